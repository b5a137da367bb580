"""Every call of the official SDK that the product answers so far, and a webhook it verifies."""

import http.server
import json
import queue
import smtplib
import sys
import threading
import time

import postscale

given = json.load(sys.stdin)
client = postscale.Postscale(given["key"], base_url=given["base_url"])


def ok(result):
    assert result.error is None, (result.error, result.error and result.error.body)
    assert result.headers.request_id, "no X-Request-ID"
    return result.data


def refused(result, status, code):
    assert result.error is not None, result.data
    assert (result.error.status_code, result.error.code) == (status, code), result.error


def until(look):
    end = time.monotonic() + 25
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        time.sleep(0.05)
    raise AssertionError("not in time")


# Domains.
made = ok(client.domains.create({"domain": "new.example", "type": "both"}))
assert made["domain"] == "new.example" and made["verified"] is False
listed = ok(client.domains.list({"limit": 10}))
assert sorted(d["domain"] for d in listed["domains"]) == ["new.example", "sdk.example"]
assert ok(client.domains.get(made["id"]))["id"] == made["id"]
assert ok(client.domains.update(made["id"], {"catch_all_enabled": True}))["catch_all_enabled"]
assert ok(client.domains.dns(made["id"]))["records"]
assert ok(client.domains.verify(made["id"]))["verified"] is False
generated = ok(client.dkim.generate(made["id"], {"selector": "k1"}))
assert generated["dns_record"]["name"] == "k1._domainkey.new.example"
assert [k["selector"] for k in ok(client.dkim.list(made["id"]))["keys"]] == ["k1"]
rotated = ok(client.dkim.rotate(made["id"], {"old_selector": "k1", "new_selector": "k2"}))
assert rotated["dns_record"]["name"] == "k2._domainkey.new.example"
assert rotated["old_key"]["selector"] == "k1"
assert ok(client.dkim.deactivate(made["id"], "k1"))["key"]["active"] is False
ok(client.domains.delete(made["id"]))
refused(client.domains.get(made["id"]), 404, "not_found")

# A webhook and its endpoint.
arrived = queue.Queue()


class Endpoint(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        arrived.put((body, dict((k.lower(), v) for k, v in self.headers.items())))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/hook"
hook = ok(client.webhooks.create({"url": url, "events": ["email.received", "email.delivered"]}))
secret = hook["secret"]
hooks = ok(client.webhooks.list())
assert [w["id"] for w in hooks["webhooks"]] == [hook["webhook"]["id"]]

# Sending.
sent = ok(
    client.emails.send(
        {
            "from": "Ann <ann@sdk.example>",
            "to": ["carol@far.example"],
            "subject": "Hello",
            "html_body": "<p>Hello Carol.</p>",
            "text_body": "Hello Carol.",
            "attachments": [postscale.attachment_from_bytes("a.csv", b"a,1")],
        }
    )
)
assert sent["message_id"] and sent["status"] == "queued"
body, headers = arrived.get(timeout=25)
event = json.loads(body)
assert event["event"] == "email.delivered", event
signature = headers["x-postscale-signature"]
assert postscale.verify_webhook_signature(body, signature, secret).valid
assert not postscale.verify_webhook_signature(body + b" ", signature, secret).valid
email = ok(client.emails.get(sent["id"]))["email"]
assert email["status"] == "delivered", email
listed = ok(client.emails.list({"limit": 5}))
assert listed["total"] == 1 and listed["emails"][0]["id"] == sent["id"]
kinds = [e["event_type"] for e in ok(client.emails.list_events(sent["id"]))["events"]]
assert kinds[0] == "queued" and kinds[-1] == "delivered", kinds
refused(
    client.emails.send({"from": "a@elsewhere.example", "to": ["b@far.example"], "subject": "x", "text_body": "x"}),
    403,
    "sender_domain_not_permitted",
)
usage = ok(client.usage.summary())
assert usage["sent"] == 1 and usage["used"] == 1 and usage["quota"] is None, usage

# What was counted.
total = ok(client.stats.aggregate(given["domain_id"], {"days": 7}))
assert total["domain"] == "sdk.example" and total["period_days"] == 7, total
assert total["metrics"]["total_sent"] == 1 and total["metrics"]["total_delivered"] == 1, total
assert total["metrics"]["delivery_rate"] == 1.0 and total["today_sent"] == 1, total
days = ok(client.stats.daily(given["domain_id"], {"days": 30}))
assert days["days"] == 30 and len(days["stats"]) == 30 and days["stats"][-1]["sent"] == 1, days
assert days["stats"][0]["sent"] == 0 and len(days["stats"][0]["id"]) == 36, days
hours = ok(client.stats.hourly(given["domain_id"]))
assert len(hours["stats"]) == 24 and sum(hour["delivered"] for hour in hours["stats"]) == 1, hours
isps = ok(client.stats.isp(given["domain_id"]))["stats"]
assert [(isp["isp"], isp["sent"], isp["delivered"]) for isp in isps] == [("other", 1, 1)], isps

# Warming.
status = ok(client.warming.get_status(given["domain_id"]))
assert status["phase"] == "warmed" and status["remaining_this_hour"] > 0, status
status = ok(client.warming.start(given["domain_id"], {"phase": "phase_1"}))
assert status["current_limits"] == {"daily_limit": 50, "hourly_limit": 10, "per_minute_limit": 2}, status
refused(
    client.emails.send(
        {
            "from": "ann@sdk.example",
            "to": ["a@far.example", "b@far.example", "c@far.example"],
            "subject": "x",
            "text_body": "x",
        }
    ),
    429,
    "rate_limit_exceeded",
)
assert ok(client.warming.pause(given["domain_id"]))["paused"] is True
assert ok(client.warming.resume(given["domain_id"]))["paused"] is False
days = ok(client.warming.history(given["domain_id"], {"days": 7}))["history"]
assert days[-1]["event"] == "resumed", days
assert ok(client.warming.start(given["domain_id"], {"skip": True}))["phase"] == "warmed"

# Receiving.
alias = ok(client.aliases.create({"domain_id": given["domain_id"], "address": "info", "action": "webhook"}))["alias"]
assert alias["address"] == "info"
assert ok(client.aliases.get(alias["id"]))["alias"]["id"] == alias["id"]
assert ok(client.aliases.update(alias["id"], {"description": "shop"}))["alias"]["description"] == "shop"
assert ok(client.aliases.list({"domain_id": given["domain_id"]}))["total"] == 1
host, port = given["mx"].rsplit(":", 1)
message = (
    "From: Bob <bob@far.example>\r\nTo: info@sdk.example\r\nSubject: An offer\r\n"
    "Message-ID: <1@far.example>\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain\r\n\r\nWe offer.\r\n"
    "--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=p.csv\r\n\r\na,1\r\n--b--\r\n"
)
with smtplib.SMTP(host, int(port), local_hostname="mx.far.example", timeout=20) as smtp:
    smtp.sendmail("bob@far.example", ["info@sdk.example"], message)
body, headers = arrived.get(timeout=25)
event = json.loads(body)
assert event["event"] == "email.received", event
result = postscale.verify_webhook_signature(body, headers["x-postscale-signature"], secret)
assert result.valid, result
inbound = until(lambda: ok(client.inbound.list({"limit": 5}))["emails"])
got = ok(client.inbound.get(inbound[0]["id"]))["email"]
assert got["subject"] == "An offer" and "We offer." in got["text"], got
attachment = got["attachments"][0]
assert attachment["filename"] == "p.csv"
assert ok(client.inbound.download_attachment(got["id"], attachment["id"])) == b"a,1"
usage = ok(client.usage.summary())
assert usage["received"] == 1 and usage["used"] == 2, usage
ok(client.aliases.delete(alias["id"]))
refused(client.aliases.get(alias["id"]), 404, "not_found")
ok(client.webhooks.delete(hook["webhook"]["id"]))
assert ok(client.webhooks.list())["webhooks"] == []
refused(postscale.Postscale("ps_live_x", base_url=given["base_url"]).emails.list(), 401, "unauthorized")

//! Every setting, declared once: what the program reads, what it defaults to and what operators
//! are told. `docs/operating/settings.md` is this table.

/// How the node runs: which defaults count and what may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A laptop instance with demo data.
    Dev,
    /// Production.
    Serve,
    /// A command that works on an instance and exits.
    Tool,
}

/// What a setting is when nobody set it.
#[derive(Debug, Clone, Copy)]
pub enum Fallback {
    /// Empty.
    Empty,
    /// This text.
    Text(&'static str),
    /// Another text in each mode.
    ByMode {
        dev: &'static str,
        serve: &'static str,
    },
    /// Found out at the start, as described here.
    Derived(&'static str),
    /// This text in `dev`; `serve` does not start without it.
    Required { dev: &'static str },
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Name of the environment variable.
    pub name: &'static str,
    /// What it is when nobody set it.
    pub default: Fallback,
    /// For operators, in Markdown.
    pub meaning: &'static str,
}

impl Setting {
    /// Name in a configuration file.
    pub fn key(&self) -> String {
        self.name
            .strip_prefix(PREFIX)
            .unwrap_or(self.name)
            .to_ascii_lowercase()
    }

    /// The text that counts when nobody set it; `None` when it is required.
    pub const fn default_text(&self, mode: Mode) -> Option<&'static str> {
        match (self.default, mode) {
            (Fallback::Empty | Fallback::Derived(_), _) => Some(""),
            (Fallback::Text(text), _) => Some(text),
            (Fallback::ByMode { dev, .. } | Fallback::Required { dev }, Mode::Dev | Mode::Tool) => {
                Some(dev)
            }
            (Fallback::ByMode { serve, .. }, Mode::Serve) => Some(serve),
            (Fallback::Required { .. }, Mode::Serve) => None,
        }
    }
}

/// What the names of our variables begin with, but for `DATABASE_URL`.
pub const PREFIX: &str = "POSTSCALE_";

/// Names the configuration of a node leaves to others: the file's own path, and tests.
pub const FOREIGN: [&str; 2] = ["POSTSCALE_CONFIG", "POSTSCALE_SEED"];
/// As [`FOREIGN`], for every name that begins so.
pub const FOREIGN_PREFIX: &str = "POSTSCALE_TEST_";

macro_rules! settings {
    ($($name:literal, $default:expr, $meaning:literal;)+) => {
        &[$(Setting { name: $name, default: $default, meaning: $meaning }),+]
    };
}

use self::Fallback::{ByMode, Derived, Empty, Required, Text};

/// Every setting.
pub const SETTINGS: &[Setting] = settings! {
    "POSTSCALE_DATA_DIR", Text("./data"), "Directory of the database, blobs, keys and `runtime.json`.";
    "DATABASE_URL", Derived("`sqlite:` in the data directory"), "`sqlite:PATH` or `postgres://user:password@host/database`. A PostgreSQL database must be encoded in UTF-8. Searches in it find letters beyond ASCII in any case where its locale knows their case, as `C.UTF-8` does and `C` does not.";
    "POSTSCALE_MIGRATE", Text("on"), "`off`: pending migrations are left to `postscale migrate`; until then `/readyz` says so, and requests are answered with 503.";
    "POSTSCALE_BLOBS", Derived("`file:` in the data directory"), "Where bodies over 128 KiB are kept: `file:DIRECTORY` or `s3://bucket/prefix`, the latter with the usual `AWS_*` variables.";
    "POSTSCALE_S3_ENDPOINT", Empty, "URL of a service that speaks S3, when it is not Amazon's.";
    "POSTSCALE_HOSTNAME", Required { dev: "mail.dev.test" }, "The instance's mail host name; the names below are derived from it.";
    "POSTSCALE_MX_HOST", Derived("`mx.` before the host name"), "Host that customers' MX records point to.";
    "POSTSCALE_SMTP_HOST", Derived("`smtp.` before the host name"), "Host that takes submissions.";
    "POSTSCALE_BOUNCES_HOST", Derived("`bounces.` before the host name"), "Host that customers' return-path CNAMEs point to.";
    "POSTSCALE_DMARC_HOST", Derived("`dmarc.` before the host name"), "Domain of the addresses DMARC reports go to.";
    "POSTSCALE_SHIELD_HOST", Derived("`shield.` before the host name"), "Domain of masked addresses.";
    "POSTSCALE_MTA_STS_HOST", Derived("`mta-sts.` before the host name"), "Host that customers' `mta-sts` CNAMEs point to; it reaches the HTTP listener, by TLS with a certificate for each customer's name.";
    "POSTSCALE_SPF_HOST", Derived("`_spf.` before the host name"), "Name of the SPF policy that customers include.";
    "POSTSCALE_PUBLIC_URL", Derived("`http://` and the HTTP listener"), "Where people and clients reach the instance: links in mails, and with `https://` the cookies' `Secure` flag.";
    "POSTSCALE_HTTP_LISTEN", Text("127.0.0.1:8080"), "Dashboard and API. As for every listener: `address:port`, several separated by commas, port 0 for any, empty for none.";
    "POSTSCALE_OPS_LISTEN", Text("127.0.0.1:9090"), "`/healthz`, `/readyz` and `/metrics`.";
    "POSTSCALE_MX_LISTEN", ByMode { dev: "127.0.0.1:2525", serve: "[::]:25" }, "Mail from other hosts.";
    "POSTSCALE_SUBMISSION_LISTEN", ByMode { dev: "127.0.0.1:2587", serve: "[::]:587" }, "Mail from customers, with STARTTLS.";
    "POSTSCALE_SUBMISSIONS_LISTEN", ByMode { dev: "", serve: "[::]:465" }, "Mail from customers, in TLS from the first octet.";
    "POSTSCALE_TLS_CERT", Derived("self-signed, made in the data directory"), "PEM file of the certificate chain for SMTP; read again when it changes.";
    "POSTSCALE_TLS_KEY", Derived("self-signed, made in the data directory"), "PEM file of its private key.";
    "POSTSCALE_DNS", Derived("the system's"), "Name servers, `address:port` separated by commas, for every look-up the product makes.";
    "POSTSCALE_DNS_AUTHORITATIVE", Text("on"), "Customers' records are looked up at the servers of their zones first, so that no cache delays a check; `off` where only the name servers above can be reached.";
    "POSTSCALE_OUTBOUND_PORT", Derived("25; the mail catcher's in `dev`"), "Destination port of outbound SMTP.";
    "POSTSCALE_OUTBOUND_ALLOW", Empty, "Networks (CIDR, commas) that outbound mail, and look-ups at the servers of zones, may reach although they are not public.";
    "POSTSCALE_WEBHOOK_ALLOW", Empty, "The same for webhooks. `http://` webhook URLs are accepted only for hosts inside it.";
    "POSTSCALE_SMARTHOST", Empty, "`smtp://[user:password@]host:port` that relays everything outbound.";
    "POSTSCALE_SYSTEM_FROM", Derived("`postscale@` the host name"), "Sender of invitations, password resets and alerts.";
    "POSTSCALE_SYSTEM_SMARTHOST", Empty, "As `POSTSCALE_SMARTHOST`, for just those.";
    "POSTSCALE_POSTMASTER", Derived("the owners of the first organization"), "Who gets mail for `<postmaster>` and for `postmaster@` the instance's own hosts.";
    "POSTSCALE_INBOUND_PER_CLIENT", Text("1200"), "Recipients a minute that one network (a /24 or a /64) may name on the MX listener of this node; more is put off (450). 0 is no limit.";
    "POSTSCALE_INBOUND_PER_ADDRESS", Text("300"), "Messages a minute that one address takes on this node; more is put off (450). 0 is no limit.";
    "POSTSCALE_SIGNUPS", Text("closed"), "`open` lets strangers create organizations.";
    "POSTSCALE_PLAN", Text("unlimited"), "Plan of new organizations: `unlimited`, `free`, `pro` or `scale`, or a name from the table `[plans]` of the configuration file (see below).";
    "POSTSCALE_WARMING", Text("on"), "New domains send little at first and more each day, as their mail does well; `off` holds nobody to their limits.";
    "POSTSCALE_SECRET_KEY", Derived("made in the data directory, mode 0600"), "32 bytes in base64 that seal DKIM keys and secrets. The same on every node that shares a database: one with another key does not start.";
    "POSTSCALE_WORKERS", Text("all"), "Background work of this node: `all`, `none`, or a list of `deliver`, `webhooks`, `verify`, `reports`, `maintenance`.";
    "POSTSCALE_RETRY_SCHEDULE", Text("5m,15m,1h,2h,4h*"), "Delays between delivery attempts; `*` repeats the last.";
    "POSTSCALE_MESSAGE_LIFETIME", Text("5d"), "How long delivery is tried.";
    "POSTSCALE_TRUSTED_PROXIES", Empty, "Networks (CIDR, commas) of proxies whose `X-Forwarded-For` is believed.";
    "POSTSCALE_OWNER_EMAIL", Empty, "With `POSTSCALE_OWNER_PASSWORD`: the owner that the first start on an empty database creates.";
    "POSTSCALE_OWNER_PASSWORD", Empty, "That owner's password.";
    "POSTSCALE_LOG", Text("info"), "What is logged: a level, or a filter such as `info,postscale_smtp=debug`.";
    "POSTSCALE_LOG_FORMAT", Derived("`text` on a terminal, else `json`"), "`text` or `json`.";
};

/// What the page says of plans.
const PLANS: &str = "
## Plans

A plan limits what an organization may have and use. The table `[plans]` of the configuration file replaces the
built-in `free`, `pro` and `scale`; `unlimited` has no limits and is always there. What a plan does not name is
without limit. These are the built-in ones:

```toml
plan = \"unlimited\"           # of new organizations

[plans.free]
monthly_messages = 3000      # one per accepted recipient sent, one per message received
hard_cap = true              # more is refused; otherwise it is counted as overage
templates = 5
domains = 3
received_per_minute = 60     # senders of more are told to try again later
retention_days = 30          # of received messages; 30 when a plan does not say

[plans.pro]
monthly_messages = 100000
templates = 100
domains = 50
received_per_minute = 600

[plans.scale]
monthly_messages = 1000000
templates = 1000
domains = 500
received_per_minute = 6000
```

Owners change between the plans under Billing, and whoever signs up chooses one first. `unlimited` is among them only
where it is the plan of new organizations. Beyond a hard cap, `POST /v1/send` answers 403 `plan_limit`, submission
550 5.7.1, and mail for the organization's domains 552 5.2.2, until the next calendar month (UTC). Mail of test keys is
not counted. Mail beyond `received_per_minute` is put off with 450 4.7.1.

Received messages are deleted with their attachments `retention_days` after they came, once nothing is left to be done
with them: those that are still to be forwarded, or that a webhook still waits for, stay until then.

An organization whose plan is no longer in the configuration is treated as a new one.
";

/// The page for operators.
pub fn page() -> String {
    let mut page = String::from(
        "# Settings\n\n\
         Every setting is an environment variable or a key of a TOML file (`--config FILE` or\n\
         `POSTSCALE_CONFIG`); the key is the variable's name in lower case without `POSTSCALE_`. The\n\
         environment wins. An unknown name or a value that does not parse stops the start with one line\n\
         that says which and why, and exit code 2.\n\n\
         This page is made from the program's own table: `postscale settings`.\n\n\
         | variable | default | meaning |\n|---|---|---|\n",
    );
    for setting in SETTINGS {
        let quoted = |text: &str| {
            if text.is_empty() {
                "none".to_owned()
            } else {
                format!("`{text}`")
            }
        };
        let default = match setting.default {
            Empty => quoted(""),
            Text(text) => quoted(text),
            ByMode { dev, serve } => format!("`dev`: {}; `serve`: {}", quoted(dev), quoted(serve)),
            Derived(text) => text.to_owned(),
            Required { dev } => format!("`dev`: {}; required in `serve`", quoted(dev)),
        };
        page.push_str(&format!(
            "| `{}` | {default} | {} |\n",
            setting.name, setting.meaning
        ));
    }
    page.push_str(PLANS);
    page
}

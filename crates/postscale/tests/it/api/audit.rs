//! Goal: what is done is in the log, once, with who did it; what is refused changes nothing and is
//! noted; nobody reads another's log; a spreadsheet gets no formula.
//! Method: do each thing over the API and read the log over the API.

mod entries;

use std::time::Duration;

use http::Method;
use postscale_access::SystemScope;
use postscale_store::{
    api_key,
    denial::{self, Flush},
};
use postscale_testkit::{Objects, Presented, TestApp};
use serde_json::{Value, json};

#[expect(
    clippy::disallowed_methods,
    reason = "stands for the node's housekeeping"
)]
const HOUSEKEEPING: SystemScope = SystemScope::for_job("test housekeeping");

/// The log of the organization of `reader`, newest first.
async fn log(app: &TestApp, reader: &str) -> Vec<Value> {
    let log = app.as_(reader).get("/v1/audit?limit=100").await.with(200);
    log["entries"].as_array().unwrap().clone()
}

/// The actions that are in the log since it had `before` entries, oldest first.
async fn actions_since(app: &TestApp, before: usize) -> Vec<String> {
    let mut entries = log(app, "owner").await;
    entries.truncate(entries.len() - before);
    let action = |entry: &Value| entry["action"].as_str().unwrap().to_owned();
    entries.iter().rev().map(action).collect()
}

async fn keep_house(app: &TestApp, flush: Flush) {
    let sources = &app.app.sources;
    denial::flush(&app.app.store, sources, flush, &HOUSEKEEPING)
        .await
        .unwrap();
}

/// Something to do, and what the log says of it.
struct Deed {
    by: &'static str,
    /// Somebody who may not.
    not_by: &'static str,
    method: Method,
    path: String,
    body: Value,
    logged: Vec<&'static str>,
}

fn deed(
    (by, not_by): (&'static str, &'static str),
    method: Method,
    path: impl Into<String>,
    body: Value,
    logged: &[&'static str],
) -> Deed {
    Deed {
        by,
        not_by,
        method,
        path: path.into(),
        body,
        logged: logged.to_vec(),
    }
}

/// On things of a domain.
fn deeds_on_domains(at: &Objects) -> Vec<Deed> {
    const WRITER: (&str, &str) = ("member_rw", "member_read");
    const HIDDEN: (&str, &str) = ("key_rw", "member_hidden");
    const OWNER: (&str, &str) = ("owner", "member_rw");
    let (post, put) = (Method::POST, Method::PUT);
    let (patch, delete) = (Method::PATCH, Method::DELETE);
    let domain = format!("/v1/domains/{}", at.domain);
    let dkim = format!("{domain}/dkim");
    let alias = format!("/v1/aliases/{}", at.alias);
    let webhook = format!("/v1/webhooks/{}", at.webhook);
    let inbound = format!("/v1/inbound-emails/{}", at.inbound);
    let email = format!("/v1/emails/{}", at.email);
    let key = json!({"selector": "k2", "algorithm": "ed25519"});
    let new_alias = json!({"domain_id": at.domain, "address": "sales", "action": "store"});
    let hook = json!({"url": "https://h.example/", "events": ["email.received"], "domain_ids": [at.domain]});
    let replay = format!("{webhook}/deliveries/{}/replay", at.delivery);
    let hours = json!({"grace_period_hours": 1});
    // With it go the seven keys that name no other domain, and its waiting mail.
    let mut gone = vec!["domain.deleted", "message.cancelled"];
    gone.extend(["key.revoked"; 7]);
    gone.sort_unstable();
    vec![
        deed(
            OWNER,
            post.clone(),
            "/v1/domains",
            json!({"domain": "new.example"}),
            &["domain.created"],
        ),
        deed(
            WRITER,
            put,
            &domain,
            json!({"open_tracking": true}),
            &["domain.settings_changed"],
        ),
        deed(OWNER, delete.clone(), &domain, json!({}), &gone),
        deed(WRITER, post.clone(), &dkim, key, &["dkim.generated"]),
        deed(
            WRITER,
            delete.clone(),
            format!("{dkim}/{}", at.selector),
            json!({"confirm": true}),
            &["dkim.deactivated", "domain.verification_lost"],
        ),
        deed(
            WRITER,
            post.clone(),
            "/v1/aliases",
            new_alias,
            &["alias.created"],
        ),
        deed(
            HIDDEN,
            patch.clone(),
            &alias,
            json!({"active": false}),
            &["alias.updated"],
        ),
        deed(
            WRITER,
            delete.clone(),
            &alias,
            json!({}),
            &["alias.deleted"],
        ),
        deed(
            WRITER,
            post.clone(),
            "/v1/webhooks",
            hook,
            &["webhook.created"],
        ),
        deed(
            WRITER,
            patch,
            &webhook,
            json!({"description": "CI"}),
            &["webhook.updated"],
        ),
        deed(
            WRITER,
            delete.clone(),
            &webhook,
            json!({}),
            &["webhook.deleted"],
        ),
        deed(
            WRITER,
            post.clone(),
            format!("{webhook}/rotate"),
            hours,
            &["webhook.secret_rotated"],
        ),
        deed(
            WRITER,
            post.clone(),
            replay,
            json!({}),
            &["webhook.replayed"],
        ),
        deed(
            HIDDEN,
            Method::GET,
            email,
            json!({}),
            &["message.content_viewed"],
        ),
        deed(
            HIDDEN,
            Method::GET,
            &inbound,
            json!({}),
            &["inbound.content_viewed"],
        ),
        deed(
            WRITER,
            post,
            format!("{inbound}/replay"),
            json!({}),
            &["inbound.replayed"],
        ),
        deed(WRITER, delete, inbound, json!({}), &["inbound.deleted"]),
    ]
}

/// On people and keys.
fn deeds_on_people(app: &TestApp) -> Vec<Deed> {
    const OWNER: (&str, &str) = ("owner", "member_rw");
    const MAKER: (&str, &str) = ("owner", "member_read");
    const ADMIN: (&str, &str) = ("admin", "key_org_by_owner");
    let (post, patch, delete) = (Method::POST, Method::PATCH, Method::DELETE);
    let at = app.shared();
    let user = |who: &str| format!("/v1/users/{}", app.world().seat(who).user);
    let key = format!("/v1/api-keys/{}", at.api_key);
    let new_key = json!({"name": "CI", "domain_ids": [at.domain]});
    let of_reader = user("member_read");
    let access = format!("{of_reader}/domain-access");
    let grants = json!({"domains": [
        {"domain_id": at.domain, "access": "read_write"},
        {"domain_id": app.world().closed.domain, "access": "read"},
    ]});
    let read = json!({"capability": "read"});
    let no_hours = json!({"overlap_hours": 0});
    // The seeded deactivated user was made so by hand: what was left ends with coming back.
    vec![
        deed(
            OWNER,
            patch.clone(),
            &of_reader,
            json!({"role": "admin"}),
            &["grant.changed", "user.role_changed"],
        ),
        deed(
            ADMIN,
            post.clone(),
            format!("{of_reader}/deactivate"),
            json!({}),
            &["grant.changed", "user.deactivated"],
        ),
        deed(
            ADMIN,
            post.clone(),
            format!("{}/reactivate", user("deactivated")),
            json!({}),
            &["grant.changed", "key.revoked", "user.reactivated"],
        ),
        deed(
            ADMIN,
            delete.clone(),
            &of_reader,
            json!({}),
            &["grant.changed", "user.deleted"],
        ),
        deed(
            ADMIN,
            delete.clone(),
            format!("{of_reader}/sessions"),
            json!({}),
            &["session.revoked"],
        ),
        deed(
            ADMIN,
            Method::PUT,
            access,
            grants,
            &["grant.changed", "grant.changed"],
        ),
        deed(
            ("member_rw", "member_hidden"),
            post.clone(),
            "/v1/api-keys",
            new_key,
            &["key.created"],
        ),
        deed(
            MAKER,
            patch.clone(),
            &key,
            json!({"name": "CD"}),
            &["key.updated"],
        ),
        deed(MAKER, patch, &key, read, &["key.narrowed"]),
        deed(
            MAKER,
            post.clone(),
            format!("{key}/rotate"),
            no_hours,
            &["key.rotated"],
        ),
        deed(MAKER, delete.clone(), key, json!({}), &["key.revoked"]),
        deed(
            ("key_rw", "anonymous"),
            delete,
            "/v1/api-keys/self",
            json!({}),
            &["key.revoked"],
        ),
        deed(
            ADMIN,
            post,
            "/v1/audit/exports",
            json!({}),
            &["export.created"],
        ),
    ]
}

#[tokio::test]
async fn what_is_done_is_in_the_log_once_and_what_is_refused_is_not() {
    let seeded = TestApp::new().await;
    let mut deeds = deeds_on_domains(seeded.shared());
    deeds.extend(deeds_on_people(&seeded));
    let mut wrong = Vec::new();
    for deed in deeds {
        let app = seeded.fork();
        let send = |who: &str| {
            let request = app.as_(who).request(deed.method.clone(), &deed.path);
            match deed.method {
                Method::GET => request.send(),
                _ => request.json(&deed.body).send(),
            }
        };
        let what = format!("{} {} {}", deed.method, deed.path, deed.body);
        let before = app.dump();
        let refused = send(deed.not_by).await;
        assert!(
            refused.status.is_client_error(),
            "{what}: {}",
            refused.status
        );
        assert_eq!(app.dump(), before, "a refused {what} changed rows");
        let entries = log(&app, "owner").await.len();
        let done = send(deed.by).await;
        assert!(done.status.is_success(), "{what}: {}", done.status);
        let mut logged = actions_since(&app, entries).await;
        logged.sort();
        if logged != deed.logged {
            wrong.push(format!("{what}: {logged:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn an_entry_says_who_what_and_how_it_was() {
    let app = TestApp::new().await;
    let at = format!("/v1/domains/{}", app.shared().domain);
    let change = json!({"open_tracking": true});
    app.as_("key_rw").put(&at, change.clone()).await.with(200);
    app.as_("owner").put(&at, change).await.with(200);
    let entries = log(&app, "owner").await;
    let seat = app.world().seat("owner");
    let newest = &entries[0];
    assert_eq!(
        newest["actor"],
        json!({
            "kind": "user", "id": seat.user.to_string(), "label": "owner@people.example"
        })
    );
    assert_eq!(newest["via"], seat.session.unwrap().to_string());
    assert_eq!(
        newest["target"],
        json!({
            "kind": "domain", "id": app.shared().domain, "label": "shared.example"
        })
    );
    assert_eq!(
        (&newest["before"], &newest["after"]),
        (&Value::Null, &Value::Null)
    );
    assert!(newest["request_id"].is_string());
    let key = &entries[1];
    assert_eq!(key["actor"]["kind"], "key");
    assert_eq!(key["via"], key["actor"]["id"]);
    assert_eq!(key["before"], json!({"open_tracking": false}));
    assert_eq!(key["after"], json!({"open_tracking": true}));
    assert_eq!(
        (&key["outcome"], &key["occurrences"]),
        (&json!("ok"), &json!(1))
    );
}

#[tokio::test]
async fn what_dns_says_is_in_the_log_when_it_changes_something() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let before = log(&app, "owner").await.len();
    // DNS has nothing of a domain that was verified.
    let verify = format!("/v1/domains/{}/verify", app.shared().domain);
    owner.post(&verify, json!({})).await.with(200);
    owner.post(&verify, json!({})).await.with(200);
    assert_eq!(
        actions_since(&app, before).await,
        ["domain.verification_lost"]
    );
}

#[tokio::test]
async fn reading_a_message_again_and_again_is_one_look() {
    let app = TestApp::new().await;
    let reader = app.as_("member_rw");
    let before = log(&app, "owner").await.len();
    let email = format!("/v1/emails/{}", app.shared().email);
    let inbound = format!("/v1/inbound-emails/{}", app.shared().inbound);
    for _ in 0..3 {
        reader.get(&email).await.with(200);
        reader.get(&inbound).await.with(200);
    }
    // Who may only read metadata looks at nothing.
    app.as_("member_read").get(&email).await.with(200);
    let once = ["message.content_viewed", "inbound.content_viewed"];
    assert_eq!(actions_since(&app, before).await, once);
    app.clock.advance(Duration::from_secs(3601));
    reader.get(&email).await.with(200);
    assert_eq!(
        actions_since(&app, before + 2).await,
        ["message.content_viewed"]
    );
}

#[tokio::test]
async fn refusals_are_noted_and_many_of_one_principal_are_counted_together() {
    let app = TestApp::new().await;
    let reader = app.as_("member_read");
    let at = format!("/v1/domains/{}", app.shared().domain);
    for _ in 0..24 {
        assert_eq!(reader.put(&at, json!({"active": false})).await.status, 403);
    }
    assert_eq!(reader.get("/v1/audit").await.status, 403);
    let writer = app.as_("member_rw");
    // Hidden is noted, what never was is not, and neither is what is another organization's.
    let closed = &app.world().closed.domain;
    let nowhere = "5f0c4f5e-7d0a-4c3e-9b43-000000000000";
    for hidden in [closed, nowhere, &app.world().foreign.domain] {
        assert_eq!(
            writer.get(&format!("/v1/domains/{hidden}")).await.status,
            404
        );
    }
    let before = log(&app, "owner").await.len();
    keep_house(&app, Flush::Due).await;
    let entries = log(&app, "owner").await;
    assert_eq!(entries.len() - before, 21, "20 of one and 1 of the other");
    let hidden = entries
        .iter()
        .find(|entry| entry["actor"]["label"] == "member_rw@people.example");
    let hidden = hidden.unwrap();
    assert_eq!(hidden["action"], "access.denied");
    assert_eq!(hidden["outcome"], "denied");
    assert_eq!(hidden["target"]["label"], "closed.example");
    assert_eq!(hidden["after"], json!({"action": "domain.read"}));
    // The minute is over: the others are one entry.
    app.clock.advance(Duration::from_secs(61));
    keep_house(&app, Flush::Due).await;
    let rest = &log(&app, "owner").await[0];
    assert_eq!(rest["occurrences"], 5);
    let counted = json!({"actions": {"audit.list": 1, "domain.settings.update": 4}});
    assert_eq!(rest["after"], counted);
    keep_house(&app, Flush::Everything).await;
    assert_eq!(log(&app, "owner").await.len(), entries.len() + 1);
    assert_eq!(log(&app, "other_org_owner").await.len(), 0);
}

#[tokio::test]
async fn who_uses_a_key_that_is_no_good_is_noted_with_what_is_wrong_with_it() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let new = async |with: Value| {
        let mut body = json!({"name": "CI"});
        body.as_object_mut()
            .unwrap()
            .extend(with.as_object().unwrap().clone());
        let made = owner.post("/v1/api-keys", body).await.with(201);
        let key = app.presenting(Presented::Key(made["secret"].as_str().unwrap().to_owned()));
        (key, made["api_key"]["id"].as_str().unwrap().to_owned())
    };
    let (elsewhere, _) = new(json!({"allowed_networks": ["198.51.100.0/24"]})).await;
    let (rotated, id) = new(json!({})).await;
    let path = format!("/v1/api-keys/{id}/rotate");
    owner
        .post(&path, json!({"overlap_hours": 1}))
        .await
        .with(200);
    let (expired, _) = new(json!({"expires_at": "2027-01-15T09:00:00Z"})).await;
    app.clock.advance(Duration::from_secs(3600));
    let owners = [elsewhere, rotated, expired];
    let others = ["key_revoked", "key_creator_deactivated"].map(|key| app.as_(key));
    for key in owners.iter().chain(&others) {
        assert_eq!(key.get("/v1/me").await.status, 401);
    }
    let before = log(&app, "owner").await.len();
    keep_house(&app, Flush::Everything).await;
    let mut reasons: Vec<Value> = log(&app, "owner").await;
    reasons.truncate(reasons.len() - before);
    let told = |entry: &Value| (entry["action"].clone(), entry["actor"]["kind"].clone());
    assert!(
        reasons
            .iter()
            .all(|entry| told(entry) == (json!("key.denied"), json!("anonymous")))
    );
    let mut reasons: Vec<_> = reasons
        .iter()
        .map(|entry| entry["after"]["reason"].clone())
        .collect();
    reasons.sort_by_key(ToString::to_string);
    let all = [
        "creator_deactivated",
        "expired",
        "network",
        "revoked",
        "rotated",
    ];
    assert_eq!(reasons, all);
}

#[tokio::test]
async fn a_key_that_expires_is_in_the_log_once() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let new = json!({"name": "CI", "scope": "organization", "expires_at": "2027-01-16T08:00:00Z"});
    owner.post("/v1/api-keys", new).await.with(201);
    let before = log(&app, "owner").await.len();
    let now = || api_key::log_expired(&app.app.store, &app.app.sources, &HOUSEKEEPING);
    now().await.unwrap();
    assert_eq!(log(&app, "owner").await.len(), before);
    app.clock.advance(Duration::from_secs(25 * 3600));
    now().await.unwrap();
    now().await.unwrap();
    // The owner's session has ended meanwhile as well.
    let rows = app.dump().remove("audit_entries").unwrap();
    let expired: Vec<_> = rows
        .iter()
        .filter(|row| row.contains("key.expired"))
        .collect();
    assert_eq!(expired.len(), 1);
    assert!(expired[0].contains("|system|"), "{expired:?}");
}

/// A log of six entries: three domains are made and changed.
async fn busy() -> TestApp {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    for name in ["a.example", "b.example", "c_d.example"].map(|name| name.replace('_', "-")) {
        owner
            .post("/v1/domains", json!({"domain": name}))
            .await
            .with(201);
        let change = json!({"open_tracking": true});
        let by = app.as_("admin");
        by.put(&format!("/v1/domains/{name}"), change)
            .await
            .with(200);
    }
    app
}

#[tokio::test]
async fn the_log_is_filtered_and_paged_and_counts_what_fits() {
    let app = busy().await;
    let owner = app.as_("owner");
    let admin = app.world().seat("admin").user.to_string();
    for (query, total) in [
        ("", 6),
        ("action=domain.created", 3),
        ("action=domain.*", 6),
        ("action=key.*", 0),
        ("actor=ADMIN%40people", 3),
        (&format!("actor={admin}"), 3),
        ("target=b.example", 2),
        ("target=domain", 6),
        ("target=c_d", 0),
        ("actor=%25", 0),
        ("from=2027-01-15", 6),
        ("from=2027-01-16", 0),
        ("to=2027-01-15", 0),
        ("to=2027-01-16T00:00:00Z", 6),
        ("actor=owner&target=a.example&action=domain.*", 1),
    ] {
        let found = owner.get(&format!("/v1/audit?{query}")).await.with(200);
        assert_eq!(found["total"], total, "{query}");
        let shown = found["entries"].as_array().unwrap().len();
        assert_eq!(u64::try_from(shown).unwrap(), total, "{query}");
    }
    for (query, field) in [
        ("action=domain", "action"),
        ("action=%25.*", "action"),
        ("from=yesterday", "from"),
        ("limit=0", "limit"),
        ("cursor=AAAA", "cursor"),
        ("actor=a&actor=b", "actor"),
    ] {
        let refused = owner.get(&format!("/v1/audit?{query}")).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (400, vec![field.to_owned()]),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_cursor_goes_on_for_who_got_it_and_for_the_same_filter() {
    let app = busy().await;
    let owner = app.as_("owner");
    let all = log(&app, "owner").await;
    let mut seen = Vec::new();
    let mut at = "/v1/audit?limit=4".to_owned();
    loop {
        let page = owner.get(&at).await.with(200);
        assert_eq!(page["total"], 6);
        seen.extend(page["entries"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        // What happens meanwhile moves nothing.
        let more = json!({"domain": format!("n{}.example", seen.len())});
        assert_eq!(
            app.as_("member_rw").post("/v1/domains", more).await.status,
            403
        );
        for (who, query) in [
            ("admin", "limit=4"),
            ("owner", "limit=4&action=domain.*"),
            ("other_org_owner", "limit=4"),
        ] {
            let foreign = app
                .as_(who)
                .get(&format!("/v1/audit?{query}&cursor={cursor}"))
                .await;
            assert_eq!(
                (foreign.status.as_u16(), foreign.fields()),
                (400, vec!["cursor".to_owned()]),
                "{who} {query}"
            );
        }
        at = format!("/v1/audit?limit=4&cursor={cursor}");
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn the_file_has_every_entry_that_fits_and_no_formula() {
    let app = busy().await;
    let owner = app.as_("owner");
    let name = json!({"name": "=HYPERLINK(\"https://evil.example\")", "scope": "organization"});
    owner.post("/v1/api-keys", name).await.with(201);
    let answer = owner
        .post("/v1/audit/exports", json!({"actor": "owner"}))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.headers["content-type"],
        "text/csv; charset=utf-8; header=present"
    );
    assert!(
        answer.headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment; filename=\"audit-log.csv\"")
    );
    let text = String::from_utf8(answer.body).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5, "a head, three domains, a key: {text}");
    assert!(lines[0].starts_with("sequence,id,at,actor_kind,"));
    assert!(
        lines[1].starts_with("1,") && lines[1].contains(",domain.created,domain,"),
        "{text}"
    );
    assert!(
        lines[4].contains(",\"'=HYPERLINK(\"\"https://evil.example\"\")\","),
        "{text}"
    );
    let newest = &log(&app, "owner").await[0];
    assert_eq!(newest["action"], "export.created");
    assert_eq!(newest["after"], json!({"filter": {"actor": "owner"}}));
    let refused = owner
        .post("/v1/audit/exports", json!({"action": "x"}))
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (400, vec!["action".to_owned()])
    );
}

#[tokio::test]
async fn nobody_reads_the_log_of_another_organization() {
    let app = busy().await;
    let other = app.as_("other_org_owner");
    assert_eq!(log(&app, "other_org_owner").await, Vec::<Value>::new());
    let id = app.world().seat("admin").user.to_string();
    for query in [
        format!("actor={id}"),
        format!("target={}", app.shared().domain),
    ] {
        let found = other.get(&format!("/v1/audit?{query}")).await.with(200);
        assert_eq!(found["total"], 0, "{query}");
    }
    let file = other.post("/v1/audit/exports", json!({})).await;
    assert_eq!(String::from_utf8(file.body).unwrap().lines().count(), 1);
    assert_eq!(log(&app, "owner").await.len(), 6);
    assert_eq!(log(&app, "other_org_owner").await.len(), 1);
}

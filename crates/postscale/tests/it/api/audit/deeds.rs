//! Each thing that can be done is in the log once; refused, it changes no row.

use http::Method;
use postscale_testkit::{Objects, TestApp};
use serde_json::{Value, json};

use super::{actions_since, log};

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
    let rules = format!("{domain}/rules");
    let rule = format!("{rules}/{}", at.rule);
    let new_rule = json!({"name": "Offers", "action": "drop", "conditions": [
        {"field": "subject", "comparator": "contains", "value": "offer"},
    ]});
    let tried = json!({"inbound_email_id": at.inbound});
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
        deed(WRITER, post.clone(), &rules, new_rule, &["rule.created"]),
        deed(
            HIDDEN,
            patch.clone(),
            &rule,
            json!({"enabled": false}),
            &["rule.updated"],
        ),
        deed(WRITER, delete.clone(), rule, json!({}), &["rule.deleted"]),
        deed(
            WRITER,
            post.clone(),
            format!("{rules}/test"),
            tried,
            &["inbound.content_viewed"],
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
            ("member_rw", "owner"),
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

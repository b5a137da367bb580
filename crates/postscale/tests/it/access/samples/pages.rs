//! Every route of the dashboard. Bodies are the fields of forms; the CSRF token is added to them.

use postscale_testkit::PASSWORD;
use serde_json::{Value, json};

use super::{Named, Sample, Target, VERIFY, api::not_the_maker, get, post, report_naming};

/// Every sample.
pub fn all() -> Vec<Sample> {
    let groups = [
        about(),
        founding(),
        organization(),
        team(),
        review(),
        invitations(),
        domains(),
        rules(),
        warming(),
        dmarc(),
        mail(),
        aliases(),
        webhooks(),
        api_keys(),
        account(),
        audit(),
    ];
    groups.into_iter().flatten().collect()
}

/// The way in, out and about.
fn about() -> Vec<Sample> {
    vec![
        get("/"),
        get("/sign-in"),
        post("/sign-in").body(|_| json!({"email": "owner@people.example", "password": PASSWORD})),
        post("/sign-in/code")
            .body(|_| json!({"pending": "none", "code": "123456"}))
            .answering(|_, _| Some("401")),
        get("/forgot-password"),
        post("/forgot-password").body(|_| json!({"email": "owner@people.example"})),
        get("/reset-password/{token}").answering(|_, _| Some("404")),
        post("/reset-password/{token}")
            .body(|_| json!({"password": "a better one than before"}))
            .answering(|_, _| Some("404")),
        post("/sign-out"),
        post("/theme").body(|_| json!({"theme": "dark"})),
        post("/organization").body(|named| json!({"organization_id": named.organization})),
        get("/assets/{name}"),
        get("/guest/{token}"),
        post("/guest/{token}"),
        get("/guest/{token}/download"),
        get("/.well-known/mta-sts.txt").answering(|_, _| Some("404")),
        get("/forward-targets/{token}"),
        post("/forward-targets/{token}"),
    ]
}

/// Setting the instance up, which is done, and signing up.
fn founding() -> Vec<Sample> {
    let done = |_: &str, _: Target| Some("404");
    vec![
        get("/docs/api"),
        get("/setup/{token}").answering(done),
        post("/setup/{token}").answering(done).body(|_| {
            json!({
                "email": "new@people.example",
                "password": PASSWORD,
                "name": "Nora New",
                "organization": "New",
            })
        }),
        get("/signup"),
        post("/signup").body(|_| {
            json!({
                "email": "new@people.example",
                "password": PASSWORD,
                "name": "Nora New",
                "organization": "New",
            })
        }),
        post("/signup/verify")
            .body(|_| json!({"email": "new@people.example", "code": "123456"}))
            .answering(|_, _| Some("400")),
    ]
}

/// The audit log.
fn audit() -> Vec<Sample> {
    vec![
        get("/audit"),
        post("/audit/export").body(|_| json!({"action": "domain.*"})),
    ]
}

/// The organization and its billing. Nobody has a plan to choose: both organizations are old.
fn organization() -> Vec<Sample> {
    vec![
        get("/settings").proving(&["org.settings.read", "usage.org.read"]),
        post("/settings").body(|_| json!({"name": "Acme Mail"})),
        post("/settings/second-factor"),
        post("/settings/delete").body(|named| json!({"confirm": named.organization_name})),
        get("/billing"),
        post("/billing/plan").body(|_| json!({"plan": "unlimited"})),
        post("/billing/contact").body(|_| json!({"contact_email": "bills@people.example"})),
        get("/onboarding"),
        post("/onboarding").body(|_| json!({"plan": "unlimited"})),
    ]
}

fn team() -> Vec<Sample> {
    vec![
        get("/team"),
        get("/team/users/{id}").proving(&["user.read", "grant.read"]),
        post("/team/users/{id}/role")
            .asking(&["user.role.set_member"])
            .body(|_| json!({"role": "member"})),
        post("/team/users/{id}/role")
            .asking(&["user.role.set_admin"])
            .body(|_| json!({"role": "admin"})),
        post("/team/users/{id}/role")
            .asking(&["user.role.set_owner"])
            .body(|_| json!({"role": "owner"})),
        post("/team/users/{id}/role/preview")
            .asking(&["user.role.set_member"])
            .body(|_| json!({"role": "member"})),
        get("/team/users/{id}/access"),
        post("/team/users/{id}/access").answering(stale),
        post("/team/users/{id}/access/preview")
            .asking(&["access.preview", "grant.replace"])
            .proving(&["access.preview"])
            .naming_ours(),
        get("/team/users/{id}/access/{domain}").naming_ours(),
        get("/api-keys/{id}/access/{domain}").naming_ours(),
        get("/team/users/{id}/deactivate"),
        get("/team/users/{id}/delete"),
        post("/team/users/{id}/sign-out"),
        post("/team/users/{id}/deactivate"),
        post("/team/users/{id}/reactivate"),
        post("/team/users/{id}/delete"),
        get("/team/users/{id}/transfer"),
        post("/team/users/{id}/transfer"),
    ]
}

/// What everybody is given.
fn review() -> Vec<Sample> {
    vec![
        get("/team/review"),
        post("/team/review/keep")
            .body(|named| json!({"kind": "api_key", "id": named.objects.api_key}))
            .naming_ours(),
        post("/team/review/revoke")
            .body(|named| json!({"kind": "api_key", "id": named.objects.api_key}))
            .naming_key(),
        post("/team/review/export"),
    ]
}

/// The form was made from no list there is; owners and admins have none.
#[expect(clippy::unnecessary_wraps, reason = "one of many answers")]
const fn stale(_: &str, target: Target) -> Option<&'static str> {
    match target {
        Target::Owner | Target::Admin => Some("409"),
        _ => Some("412"),
    }
}

/// Invitations, and what the holder of a link does.
fn invitations() -> Vec<Sample> {
    vec![
        get("/team/invitations"),
        get("/team/invitations/new"),
        post("/team/invitations")
            .asking(&["invitation.create.member"])
            .body(|_| json!({"email": "new@people.example", "role": "member"})),
        post("/team/invitations")
            .asking(&["invitation.create.member", "invitation.create.admin"])
            .body(|_| json!({"email": "new@people.example", "role": "admin"})),
        post("/team/invitations")
            .asking(&["invitation.create.member", "invitation.create.owner"])
            .body(|_| json!({"email": "new@people.example", "role": "owner"})),
        post("/team/invitations/{id}/resend"),
        post("/team/invitations/{id}/revoke"),
        get("/invitations/{token}").naming_link(),
        post("/invitations/{token}")
            .body(|_| json!({"name": "Nora New", "password": PASSWORD}))
            .naming_link(),
        post("/invitations/{token}/code")
            .body(|_| json!({"code": "123456"}))
            .asking(&["invitation.verify_email"])
            .naming_link()
            .answering(|_, _| Some("400")),
    ]
}

fn domains() -> Vec<Sample> {
    vec![
        get("/domains"),
        get("/domains/new"),
        post("/domains").body(|_| json!({"domain": "new.example", "type": "both"})),
        get("/domains/{id}").proving(&["domain.read", "domain.dns.read"]),
        get("/domains/{id}/dkim").proving(&["dkim.list", "domain.read", "domain.dns.read"]),
        get("/domains/{id}/dkim/keys").proving(&["dkim.list", "domain.read", "domain.dns.read"]),
        get("/domains/{id}/settings").proving(&["domain.settings.update"]),
        get("/domains/{id}/records"),
        get("/stats"),
        get("/domains/{id}/stats"),
        post("/domains/{id}/stats/export").body(|_| json!({"by": "day", "days": "7"})),
        get("/domains/{id}/records/download"),
        get("/domains/{id}/guest-links"),
        post("/domains/{id}/guest-links").body(|_| json!({"note": "Their DNS", "days": "14"})),
        post("/domains/{id}/guest-links/{link}/revoke"),
        post("/domains/{id}/verify").proving(&VERIFY),
        post("/domains/{id}/dkim").body(|_| json!({"selector": "s2"})),
        post("/domains/{id}/dkim/rotate").body(
            |_| json!({"old_selector": "s1", "new_selector": "s2", "new_algorithm": "ed25519"}),
        ),
        post("/domains/{id}/dkim/{selector}/verify"),
        post("/domains/{id}/dkim/{selector}/deactivate"),
        post("/domains/{id}/dkim/{selector}/delete").answering(|_, _| Some("409")),
        post("/domains/{id}/settings").body(|_| json!({"type": "both", "active": "on"})),
        post("/domains/{id}/delete").body(|named| json!({"confirm": named.objects.name})),
    ]
}

/// What others report about a domain.
fn dmarc() -> Vec<Sample> {
    vec![
        get("/domains/{id}/dmarc"),
        get("/domains/{id}/dmarc/reports"),
        get("/domains/{id}/dmarc/reports/{report}"),
        post("/domains/{id}/dmarc/reports/{report}/delete"),
        post("/domains/{id}/dmarc/export").body(|_| json!({"days": "7"})),
        post("/dmarc/reports").file_naming(report_naming),
    ]
}

/// The form of a rule.
fn rule_form(_: &Named) -> Value {
    json!({
        "name": "Offers",
        "match": "all",
        "field-1": "subject",
        "comparator-1": "contains",
        "value-1": "offer",
        "action": "drop",
        "priority": "5",
        "enabled": "on",
    })
}

fn warming() -> Vec<Sample> {
    let at_no_limit = |_: &str, _: Target| Some("409");
    vec![
        get("/domains/{id}/warming"),
        post("/domains/{id}/warming/start"),
        post("/domains/{id}/warming/start")
            .asking(&["warming.start", "warming.skip"])
            .body(|_| json!({"phase": "warmed"})),
        post("/domains/{id}/warming/pause").answering(at_no_limit),
        post("/domains/{id}/warming/resume").answering(at_no_limit),
        post("/domains/{id}/warming/shares").body(|_| json!({"provider_shares.google": "40"})),
    ]
}

fn rules() -> Vec<Sample> {
    vec![
        get("/domains/{id}/rules"),
        get("/domains/{id}/rules/new"),
        post("/domains/{id}/rules").body(rule_form),
        post("/domains/{id}/rules").body(|_| json!({"edit": "add", "field-1": "subject"})),
        get("/domains/{id}/rules/test"),
        post("/domains/{id}/rules/test").body(|named| {
            json!({
                "message": "Subject: An offer\r\n\r\nx\r\n",
                "recipient": format!("info@{}", named.objects.name),
            })
        }),
        get("/domains/{id}/rules/{rule}"),
        post("/domains/{id}/rules/{rule}").body(rule_form),
        post("/domains/{id}/rules/{rule}").body(|_| json!({"edit": "remove-1"})),
        post("/domains/{id}/rules/{rule}/delete"),
    ]
}

fn mail() -> Vec<Sample> {
    vec![
        get("/emails"),
        get("/emails/{id}"),
        get("/emails/{id}/html"),
        get("/inbound"),
        get("/inbound/{id}"),
        get("/inbound/{id}/html"),
        get("/inbound/{id}/attachments/{attachment}"),
        post("/inbound/{id}/replay"),
        post("/inbound/{id}/delete"),
    ]
}

fn aliases() -> Vec<Sample> {
    vec![
        get("/aliases"),
        get("/aliases/new").for_writers(),
        post("/aliases").naming(|named| {
            json!({
                "domain_id": named.objects.domain,
                "local_part": "sales",
                "action": "store",
                "active": "on",
            })
        }),
        get("/aliases/{id}"),
        post("/aliases/{id}").body(|_| json!({"local_part": "info", "action": "store"})),
        post("/aliases/{id}/delete"),
        post("/aliases/masked").naming(
            |named| json!({"masked_domain": named.objects.domain, "description": "a shop"}),
        ),
        post("/aliases/export").body(|_| json!({"q": "info"})),
        post("/aliases/{id}/active").body(|_| json!({"active": "on"})),
        post("/aliases/{id}/contacts").body(|_| json!({"contact": "carl@far.example"})),
        post("/aliases/{id}/contacts/{contact}").body(|_| json!({"blocked": "on"})),
        get("/shield"),
        post("/shield").body(|_| json!({"forward_to": "ann@home.example", "active": "on"})),
    ]
}

fn webhooks() -> Vec<Sample> {
    vec![
        get("/webhooks"),
        get("/webhooks/new").for_writers(),
        post("/webhooks").naming(|named| {
            json!({
                "url": "https://hooks.example/2",
                "events": ["email.received"],
                "scope": "domains",
                "domain_ids": [named.objects.domain],
            })
        }),
        post("/webhooks").asking(&["webhook.create.org"]).body(|_| {
            json!({
                "url": "https://hooks.example/2",
                "events": ["email.received"],
                "scope": "organization",
            })
        }),
        get("/webhooks/{id}").proving(&["webhook.read", "webhook.delivery.list"]),
        post("/webhooks/{id}/adopt").naming_ours(),
        post("/webhooks/{id}/test").body(|_| json!({"event": "email.sent"})),
        post("/webhooks/{id}/delete"),
    ]
}

fn api_keys() -> Vec<Sample> {
    vec![
        get("/api-keys"),
        get("/api-keys/new"),
        post("/api-keys").naming(|named| {
            json!({
                "name": "CI",
                "environment": "live",
                "capability": "full",
                "scope": "domains",
                "domain_ids": [named.objects.domain],
            })
        }),
        post("/api-keys")
            .asking(&["key.list", "key.create.org"])
            .body(|_| {
                json!({
                    "name": "CI",
                    "environment": "live",
                    "capability": "full",
                    "scope": "organization",
                })
            }),
        get("/api-keys/{id}"),
        post("/api-keys/{id}").body(|named| {
            json!({"name": "CD", "capability": "full", "domain_ids": [named.objects.domain]})
        }),
        post("/api-keys/{id}/rotate").answering(not_the_maker),
        post("/api-keys/{id}/revoke"),
    ]
}

fn account() -> Vec<Sample> {
    vec![
        get("/account").proving(&["self.session.list", "self.read"]),
        post("/account/password").body(
            |_| json!({"current_password": PASSWORD, "new_password": "a better one than before"}),
        ),
        get("/reauthenticate"),
        post("/reauthenticate").body(|_| json!({"password": PASSWORD})),
        post("/account/sessions/end-others"),
        post("/account/sessions/{id}/end"),
        get("/account/domains"),
        get("/account/leave"),
        post("/account/leave"),
        get("/account/email").proving(&["self.email.change", "self.read"]),
        post("/account/email")
            .body(|_| json!({"email": "new@people.example", "password": PASSWORD})),
        get("/account/email/confirm"),
        post("/account/email/confirm")
            .body(|_| json!({"code": "123456"}))
            .answering(|_, _| Some("400")),
        get("/account/second-factor"),
        post("/account/second-factor"),
        get("/account/second-factor/enroll"),
        post("/account/second-factor/enroll")
            .body(|_| json!({"code": "123456"}))
            .answering(no_second_factor),
        post("/account/second-factor/recovery-codes").answering(no_second_factor),
        post("/account/second-factor/remove")
            .body(|_| json!({"password": PASSWORD, "code": "123456"}))
            .answering(no_second_factor),
    ]
}

/// Nobody has a second factor.
fn no_second_factor(_: &str, _: Target) -> Option<&'static str> {
    Some("409")
}

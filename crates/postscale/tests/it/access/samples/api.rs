//! Every route of the API.

use postscale_testkit::PASSWORD;
use serde_json::json;

use super::{Sample, Target, VERIFY, delete, get, patch, post, put, report_naming};

/// Every sample.
pub fn all() -> Vec<Sample> {
    let groups = [
        account(),
        api_keys(),
        organization(),
        users(),
        invitations(),
        audit(),
        domains(),
        emails(),
        aliases(),
        inbound_emails(),
        webhooks(),
        access(),
        guest_links(),
        rules(),
        warming(),
        dmarc(),
    ];
    groups.into_iter().flatten().collect()
}

/// Signing in and oneself.
fn account() -> Vec<Sample> {
    vec![
        post("/v1/auth/login")
            .body(|_| json!({"email": "owner@people.example", "password": PASSWORD})),
        post("/v1/auth/logout"),
        post("/v1/auth/reauthenticate").body(|_| json!({"password": PASSWORD})),
        post("/v1/auth/signup").body(|_| {
            json!({
                "email": "new@people.example",
                "password": PASSWORD,
                "name": "Nora New",
                "organization": "New",
            })
        }),
        post("/v1/auth/verify-email")
            .body(|_| json!({"email": "new@people.example", "code": "123456"}))
            .answering(no_code),
        post("/v1/auth/password-reset").body(|_| json!({"email": "owner@people.example"})),
        post("/v1/auth/password-reset/confirm")
            .body(|_| json!({"token": "none", "password": "a better one than before"}))
            .answering(no_code),
        post("/v1/auth/switch").body(|named| json!({"organization_id": named.organization})),
        get("/v1/me"),
        patch("/v1/me").body(|_| json!({"name": "Ann"})),
        post("/v1/me/password").body(
            |_| json!({"current_password": PASSWORD, "new_password": "a better one than before"}),
        ),
        post("/v1/me/email").body(|_| json!({"email": "new@people.example", "password": PASSWORD})),
        post("/v1/me/email/confirm")
            .body(|_| json!({"code": "123456"}))
            .answering(no_code),
        get("/v1/me/mfa"),
        post("/v1/me/mfa"),
        post("/v1/me/mfa/confirm")
            .body(|_| json!({"code": "123456"}))
            .answering(no_second_factor),
        post("/v1/me/mfa/recovery-codes").answering(no_second_factor),
        delete("/v1/me/mfa")
            .body(|_| json!({"password": PASSWORD, "code": "123456"}))
            .answering(no_second_factor),
        get("/v1/me/sessions"),
        delete("/v1/me/sessions/{id}"),
        get("/v1/me/domain-access"),
        get("/v1/me/security-events"),
        get("/v1/openapi.json"),
    ]
}

/// Nobody has a second factor.
fn no_second_factor(_: &str, _: Target) -> Option<&'static str> {
    Some("409")
}

/// Nobody was mailed a code.
fn no_code(_: &str, _: Target) -> Option<&'static str> {
    Some("400")
}

/// Whoever follows a link is mailed a code, unless signed in with another address than the invited
/// one.
fn asked_for_a_code(actor: &str, target: Target) -> Option<&'static str> {
    let is_person = matches!(
        actor,
        "owner" | "admin" | "member_rw" | "member_read" | "member_hidden" | "other_org_owner"
    );
    let is_link = !matches!(target, Target::Absent | Target::Malformed);
    is_link.then_some(if is_person { "409" } else { "202" })
}

/// Only members have a list of domains.
fn not_a_member(_: &str, target: Target) -> Option<&'static str> {
    matches!(target, Target::Owner | Target::Admin).then_some("409")
}

/// Invitations, and what the holder of a link does.
fn invitations() -> Vec<Sample> {
    vec![
        get("/v1/invitations"),
        post("/v1/invitations")
            .asking(&["invitation.create.member"])
            .body(|_| json!({"email": "new@people.example", "role": "member"})),
        post("/v1/invitations")
            .asking(&["invitation.create.member", "invitation.create.admin"])
            .body(|_| json!({"email": "new@people.example", "role": "admin"})),
        post("/v1/invitations")
            .asking(&["invitation.create.member", "invitation.create.owner"])
            .body(|_| json!({"email": "new@people.example", "role": "owner"})),
        post("/v1/invitations/{id}/resend"),
        delete("/v1/invitations/{id}"),
        get("/v1/invitations/{id}").naming_link(),
        post("/v1/invitations/accept")
            .body(|named| {
                json!({
                    "token": named.objects.invitation_token,
                    "name": "Nora New",
                    "password": PASSWORD,
                })
            })
            .naming_link()
            .answering(asked_for_a_code),
        post("/v1/invitations/verify-email")
            .body(|named| json!({"token": named.objects.invitation_token, "code": "123456"}))
            .naming_link()
            .answering(no_code),
    ]
}

/// API keys.
fn api_keys() -> Vec<Sample> {
    vec![
        post("/v1/api-keys")
            .asking(&["key.create.scoped"])
            .naming(|named| json!({"name": "CI", "domain_ids": [named.objects.domain]})),
        post("/v1/api-keys")
            .asking(&["key.list", "key.create.org"])
            .body(|_| json!({"name": "CI", "scope": "organization"})),
        get("/v1/api-keys"),
        delete("/v1/api-keys/self"),
        get("/v1/api-keys/{id}"),
        patch("/v1/api-keys/{id}").body(|_| json!({"name": "CD"})),
        delete("/v1/api-keys/{id}"),
        post("/v1/api-keys/{id}/rotate")
            .body(|_| json!({}))
            .answering(not_the_maker),
    ]
}

/// A secret is shown to who made the key: a member the domain everybody knows, an admin the closed one.
pub(super) fn not_the_maker(actor: &str, target: Target) -> Option<&'static str> {
    let maker = match target {
        Target::Shared => "member_rw",
        Target::Closed => "admin",
        _ => "other_org_owner",
    };
    (actor != maker).then_some("403")
}

/// The audit log.
fn audit() -> Vec<Sample> {
    vec![
        get("/v1/audit"),
        post("/v1/audit/exports").body(|_| json!({"action": "domain.*"})),
    ]
}

/// The organization, its billing and its usage.
fn organization() -> Vec<Sample> {
    vec![
        get("/v1/organization"),
        patch("/v1/organization").body(|_| json!({"name": "Acme Mail"})),
        delete("/v1/organization").body(|named| json!({"name": named.organization_name})),
        get("/v1/organization/settings"),
        patch("/v1/organization/settings")
            .body(|_| json!({"name": "Acme Mail", "require_second_factor": false})),
        get("/v1/billing"),
        patch("/v1/billing").body(|_| json!({"contact_email": "bills@people.example"})),
        get("/v1/usage/summary"),
    ]
}

/// Users, their roles and access, and leaving.
fn users() -> Vec<Sample> {
    vec![
        get("/v1/users"),
        get("/v1/users/{id}"),
        patch("/v1/users/{id}")
            .asking(&["user.role.set_member"])
            .body(|_| json!({"role": "member"})),
        patch("/v1/users/{id}")
            .asking(&["user.role.set_admin"])
            .body(|_| json!({"role": "admin"})),
        patch("/v1/users/{id}")
            .asking(&["user.role.set_owner"])
            .body(|_| json!({"role": "owner"})),
        delete("/v1/users/{id}"),
        post("/v1/users/{id}/deactivate"),
        post("/v1/users/{id}/reactivate"),
        delete("/v1/users/{id}/sessions"),
        get("/v1/users/{id}/domain-access"),
        put("/v1/users/{id}/domain-access")
            .body(|_| json!({"domains": []}))
            .answering(not_a_member),
        post("/v1/organization/transfer-ownership")
            .naming_user(|named| json!({"user_id": named.user})),
        post("/v1/me/leave"),
    ]
}

/// Domains and their DKIM keys.
fn domains() -> Vec<Sample> {
    vec![
        post("/v1/domains").body(|_| json!({"domain": "new.example"})),
        get("/v1/domains"),
        get("/v1/domains/{domain}"),
        put("/v1/domains/{domain}").body(|_| json!({"catch_all_enabled": true})),
        delete("/v1/domains/{domain}"),
        get("/v1/domains/{domain}/dns"),
        post("/v1/domains/{domain}/verify").proving(&VERIFY),
        post("/v1/domains/{domain}/dkim")
            .body(|_| json!({"selector": "s2", "algorithm": "ed25519"})),
        get("/v1/domains/{domain}/dkim"),
        post("/v1/domains/{domain}/preview").body(|_| json!({"type": "inbound"})),
        post("/v1/domains/{domain}/dkim/rotate")
            .body(|_| json!({"old_selector": "s1", "new_selector": "s2", "algorithm": "ed25519"})),
        get("/v1/domains/{domain}/dkim/{selector}").proving(&["dkim.read", "dkim.list"]),
        post("/v1/domains/{domain}/dkim/{selector}/verify"),
        delete("/v1/domains/{domain}/dkim/{selector}").body(|_| json!({"confirm": true})),
        get("/v1/stats"),
        get("/v1/domains/{domain}/stats"),
        get("/v1/domains/{domain}/stats/daily"),
        get("/v1/domains/{domain}/stats/hourly"),
        get("/v1/domains/{domain}/stats/isp"),
        get("/v1/domains/{domain}/stats/tags"),
        post("/v1/domains/{domain}/stats/exports").body(|_| json!({"by": "isp"})),
    ]
}

/// Sent mail.
fn emails() -> Vec<Sample> {
    vec![
        post("/v1/send").naming(|named| {
            json!({
                "from": format!("ann@{}", named.objects.name),
                "to": ["carol@far.example"],
                "subject": "Hello",
                "text_body": "Hello Carol.",
            })
        }),
        get("/v1/emails"),
        get("/v1/emails/{id}"),
        get("/v1/emails/{id}/events"),
    ]
}

/// Aliases.
fn aliases() -> Vec<Sample> {
    vec![
        post("/v1/aliases").naming(|named| {
            json!({
                "domain_id": named.objects.domain,
                "address": "sales",
                "forward_to": ["ann@home.example"],
            })
        }),
        get("/v1/aliases"),
        get("/v1/aliases/{id}"),
        patch("/v1/aliases/{id}").body(|_| json!({"active": false})),
        delete("/v1/aliases/{id}"),
        post("/v1/aliases/bulk").naming(|named| {
            json!({"aliases": [
                {"domain_id": named.objects.domain, "address": "sales", "action": "store"},
                {"domain_id": named.objects.domain, "address": "bills", "action": "store"},
            ]})
        }),
        post("/v1/aliases/exports").body(|_| json!({"q": "info"})),
        get("/v1/aliases/{id}/contacts"),
        post("/v1/aliases/{id}/contacts").body(|_| json!({"address": "carl@far.example"})),
        patch("/v1/aliases/{id}/contacts/{contact}").body(|_| json!({"blocked": true})),
        delete("/v1/aliases/{id}/contacts/{contact}"),
        get("/v1/shield/aliases"),
        post("/v1/shield/aliases").body(|_| json!({"forward_to": ["ann@home.example"]})),
        get("/v1/shield/aliases/{id}"),
        patch("/v1/shield/aliases/{id}").body(|_| json!({"active": false})),
        delete("/v1/shield/aliases/{id}"),
    ]
}

/// Received mail.
fn inbound_emails() -> Vec<Sample> {
    vec![
        get("/v1/inbound-emails"),
        get("/v1/inbound-emails/{id}"),
        delete("/v1/inbound-emails/{id}"),
        post("/v1/inbound-emails/{id}/replay"),
        get("/v1/inbound-emails/{id}/attachments/{attachment}/download"),
    ]
}

/// Webhooks and their deliveries.
fn webhooks() -> Vec<Sample> {
    vec![
        post("/v1/webhooks").naming(|named| {
            json!({
                "url": "https://hooks.example/2",
                "events": ["email.received"],
                "domain_ids": [named.objects.domain],
            })
        }),
        post("/v1/webhooks")
            .asking(&["webhook.create.org"])
            .body(|_| {
                json!({
                    "url": "https://hooks.example/2",
                    "events": ["email.received"],
                    "scope": "organization",
                })
            }),
        get("/v1/webhooks"),
        get("/v1/webhooks/{id}"),
        patch("/v1/webhooks/{id}").body(|_| json!({"description": "CI"})),
        delete("/v1/webhooks/{id}"),
        post("/v1/webhooks/{id}/rotate").body(|_| json!({"grace_period_hours": 1})),
        post("/v1/webhooks/{id}/test"),
        post("/v1/webhooks/{id}/adopt").naming_ours(),
        get("/v1/webhooks/{id}/deliveries"),
        post("/v1/webhooks/{id}/deliveries/{delivery}/replay"),
        get("/v1/webhook-deliveries"),
    ]
}

/// Why, what if, and what there is to review.
fn access() -> Vec<Sample> {
    vec![
        get("/v1/access/explain")
            .with_query(|named| {
                format!(
                    "user_id={}&domain_id={}&action=domain.read",
                    named.user, named.objects.domain
                )
            })
            .naming_ours(),
        post("/v1/access/preview")
            .asking(&["access.preview", "grant.replace"])
            .proving(&["access.preview"])
            .body(|named| json!({"user_id": named.user, "domains": []}))
            .naming_ours(),
        get("/v1/access/review"),
        post("/v1/access/review/keep")
            .body(|named| json!({"kind": "api_key", "id": named.objects.api_key}))
            .naming_ours(),
        post("/v1/access/review/exports"),
    ]
}

/// Links that show a domain's records.
fn guest_links() -> Vec<Sample> {
    vec![
        post("/v1/domains/{domain}/guest-links").body(|_| json!({"note": "Their DNS"})),
        get("/v1/domains/{domain}/guest-links"),
        delete("/v1/domains/{domain}/guest-links/{link}"),
    ]
}

/// Warming of a domain.
fn warming() -> Vec<Sample> {
    let at_no_limit = |_: &str, _: Target| Some("409");
    vec![
        get("/v1/domains/{domain}/warming"),
        patch("/v1/domains/{domain}/warming").body(|_| json!({"provider_shares": {"google": 40}})),
        get("/v1/domains/{domain}/warming/history"),
        post("/v1/domains/{domain}/warming/start").body(|_| json!({})),
        post("/v1/domains/{domain}/warming/start")
            .asking(&["warming.start", "warming.skip"])
            .body(|_| json!({"skip": true})),
        post("/v1/domains/{domain}/warming/pause").answering(at_no_limit),
        post("/v1/domains/{domain}/warming/resume").answering(at_no_limit),
    ]
}

/// Inbound rules of a domain.
fn rules() -> Vec<Sample> {
    vec![
        get("/v1/domains/{domain}/rules"),
        post("/v1/domains/{domain}/rules").body(|_| {
            json!({
                "name": "Offers",
                "conditions": [{"field": "subject", "comparator": "contains", "value": "offer"}],
                "action": "drop",
            })
        }),
        post("/v1/domains/{domain}/rules/test").body(|named| {
            json!({
                "message": "Subject: An offer\r\n\r\nx\r\n",
                "recipient": format!("info@{}", named.objects.name),
            })
        }),
        post("/v1/domains/{domain}/rules/test")
            .asking(&["rule.test", "inbound.content.read"])
            .body(|named| json!({"inbound_email_id": named.objects.inbound})),
        get("/v1/domains/{domain}/rules/{rule}"),
        patch("/v1/domains/{domain}/rules/{rule}").body(|_| json!({"enabled": false})),
        delete("/v1/domains/{domain}/rules/{rule}"),
    ]
}

/// What others report about a domain.
fn dmarc() -> Vec<Sample> {
    vec![
        get("/v1/domains/{domain}/dmarc/address"),
        get("/v1/domains/{domain}/dmarc/summary"),
        get("/v1/domains/{domain}/dmarc/sources"),
        get("/v1/domains/{domain}/dmarc/daily"),
        get("/v1/domains/{domain}/dmarc/reports"),
        get("/v1/domains/{domain}/dmarc/reports/{report}"),
        get("/v1/domains/{domain}/dmarc/tls-reports"),
        post("/v1/domains/{domain}/dmarc/exports").body(|_| json!({"days": 7})),
        post("/v1/dmarc/reports").file_naming(report_naming),
    ]
}

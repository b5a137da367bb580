//! A valid request for every route, as a function of whose object it names.

use http::Method;
use postscale_testkit::{Objects, PASSWORD, TestApp};
use serde_json::{Value, json};

use super::matrix::Target;

/// An id nothing has.
const ABSENT: &str = "5f0c4f5e-7d0a-4c3e-9b43-aaaaaaaaaaaa";
/// What is no id; it reaches the handler with a NUL in it.
const MALFORMED: &str = "%00no-id";

/// What a sample may name: the object, and who asks.
pub struct Named {
    /// Ids to put in.
    pub objects: Objects,
    /// A session: one's own for [`Target::Shared`].
    pub session: String,
    /// A user: members of ours for [`Target::Shared`] and [`Target::Closed`].
    pub user: String,
    /// The organization of who asks.
    pub organization: String,
}

/// A request that is valid when its object is visible and writable.
pub struct Sample {
    pub method: Method,
    /// The template, as the route table has it.
    pub path: &'static str,
    /// Actions asked for, in the order in which the route asks; empty for the first declared one.
    pub actions: &'static [&'static str],
    pub body: Option<fn(&Named) -> Value>,
    /// Whether the body names the object.
    pub names_in_body: bool,
}

impl Sample {
    fn new(method: Method, path: &'static str) -> Self {
        Self {
            method,
            path,
            actions: &[],
            body: None,
            names_in_body: false,
        }
    }
    fn body(mut self, body: fn(&Named) -> Value) -> Self {
        self.body = Some(body);
        self
    }
    fn naming(self, body: fn(&Named) -> Value) -> Self {
        Self {
            names_in_body: true,
            ..self.body(body)
        }
    }
    fn asking(mut self, actions: &'static [&'static str]) -> Self {
        self.actions = actions;
        self
    }

    /// Whether the request names an object at all.
    pub fn names_something(&self) -> bool {
        self.names_in_body || self.path.contains('{')
    }

    /// The path with the ids put in.
    pub fn path_for(&self, named: &Named) -> String {
        let objects = &named.objects;
        let id = match self.path.split('/').nth(2) {
            Some("emails") => &objects.email,
            Some("aliases") => &objects.alias,
            Some("inbound-emails") => &objects.inbound,
            Some("webhooks") => &objects.webhook,
            Some("api-keys") => &objects.api_key,
            Some("me") => &named.session,
            Some("users") => &named.user,
            Some("invitations") if self.method == Method::GET => &objects.invitation_token,
            Some("invitations") => &objects.invitation,
            _ => "",
        };
        self.path
            .replace("{domain}", &objects.domain)
            .replace("{selector}", &objects.selector)
            .replace("{attachment}", &objects.attachment)
            .replace("{delivery}", &objects.delivery)
            .replace("{id}", id)
    }
}

/// The objects a request names.
pub fn named(app: &TestApp, actor: &str, target: Target) -> Named {
    let world = app.world();
    let session = |somebody: &str| world.seat(somebody).session.map(|id| id.to_string());
    let (objects, session) = match target {
        Target::Shared => (world.shared.clone(), session(actor)),
        Target::Closed => (world.closed.clone(), session("bereft")),
        Target::Foreign => (world.foreign.clone(), session("downgraded")),
        Target::Absent => (nowhere(ABSENT, "absent.example"), Some(ABSENT.to_owned())),
        Target::Malformed => (
            nowhere(MALFORMED, "nothing.example"),
            Some(MALFORMED.to_owned()),
        ),
    };
    let user = |somebody: &str| world.seat(somebody).user.to_string();
    let user = match target {
        Target::Shared => user("downgraded"),
        Target::Closed => user("bereft"),
        Target::Foreign => user("other_org_owner"),
        Target::Absent => ABSENT.to_owned(),
        Target::Malformed => MALFORMED.to_owned(),
    };
    Named {
        user,
        objects,
        // Keys have no session; any id will do, since a session is asked for first.
        session: session.unwrap_or_else(|| ABSENT.to_owned()),
        organization: world.seat(actor).organization.to_string(),
    }
}

fn nowhere(id: &str, name: &str) -> Objects {
    let id = id.to_owned();
    Objects {
        domain: id.clone(),
        name: name.to_owned(),
        selector: "s1".to_owned(),
        email: id.clone(),
        inbound: id.clone(),
        attachment: id.clone(),
        alias: id.clone(),
        webhook: id.clone(),
        delivery: id.clone(),
        api_key: id.clone(),
        invitation_token: id.clone(),
        invitation: id,
    }
}

/// Signing in and oneself.
pub fn account() -> Vec<Sample> {
    vec![
        Sample::new(Method::POST, "/v1/auth/login")
            .body(|_| json!({"email": "owner@people.example", "password": PASSWORD})),
        Sample::new(Method::POST, "/v1/auth/logout"),
        Sample::new(Method::POST, "/v1/auth/reauthenticate")
            .body(|_| json!({"password": PASSWORD})),
        Sample::new(Method::POST, "/v1/auth/signup").body(|_| {
            json!({
                "email": "new@people.example",
                "password": PASSWORD,
                "name": "Nora New",
                "organization": "New",
            })
        }),
        Sample::new(Method::POST, "/v1/auth/verify-email")
            .body(|_| json!({"email": "new@people.example", "code": "123456"})),
        Sample::new(Method::POST, "/v1/auth/switch")
            .body(|named| json!({"organization_id": named.organization})),
        Sample::new(Method::GET, "/v1/me"),
        Sample::new(Method::PATCH, "/v1/me").body(|_| json!({"name": "Ann"})),
        Sample::new(Method::POST, "/v1/me/password").body(
            |_| json!({"current_password": PASSWORD, "new_password": "a better one than before"}),
        ),
        Sample::new(Method::GET, "/v1/me/sessions"),
        Sample::new(Method::DELETE, "/v1/me/sessions/{id}"),
        Sample::new(Method::GET, "/v1/me/domain-access"),
        Sample::new(Method::POST, "/v1/me/leave"),
        Sample::new(Method::GET, "/v1/openapi.json"),
    ]
}

/// Users.
pub fn users() -> Vec<Sample> {
    vec![
        Sample::new(Method::GET, "/v1/users"),
        Sample::new(Method::GET, "/v1/users/{id}"),
        Sample::new(Method::PATCH, "/v1/users/{id}")
            .asking(&["user.role.set_member"])
            .body(|_| json!({"role": "member"})),
        Sample::new(Method::PATCH, "/v1/users/{id}")
            .asking(&["user.role.set_admin"])
            .body(|_| json!({"role": "admin"})),
        Sample::new(Method::PATCH, "/v1/users/{id}")
            .asking(&["user.role.set_owner"])
            .body(|_| json!({"role": "owner"})),
        Sample::new(Method::DELETE, "/v1/users/{id}"),
        Sample::new(Method::POST, "/v1/users/{id}/deactivate"),
        Sample::new(Method::POST, "/v1/users/{id}/reactivate"),
        Sample::new(Method::DELETE, "/v1/users/{id}/sessions"),
        Sample::new(Method::GET, "/v1/users/{id}/domain-access"),
        Sample::new(Method::PUT, "/v1/users/{id}/domain-access").body(|_| json!({"domains": []})),
        Sample::new(Method::POST, "/v1/organization/transfer-ownership")
            .naming(|named| json!({"user_id": named.user})),
    ]
}

/// Invitations, and what the holder of a link does.
pub fn invitations() -> Vec<Sample> {
    let invite = |role: &'static str| match role {
        "owner" => |_: &Named| json!({"email": "new@people.example", "role": "owner"}),
        "admin" => |_: &Named| json!({"email": "new@people.example", "role": "admin"}),
        _ => |_: &Named| json!({"email": "new@people.example", "role": "member"}),
    };
    vec![
        Sample::new(Method::GET, "/v1/invitations"),
        Sample::new(Method::POST, "/v1/invitations")
            .asking(&["invitation.create.member"])
            .body(invite("member")),
        Sample::new(Method::POST, "/v1/invitations")
            .asking(&["invitation.create.member", "invitation.create.admin"])
            .body(invite("admin")),
        Sample::new(Method::POST, "/v1/invitations")
            .asking(&["invitation.create.member", "invitation.create.owner"])
            .body(invite("owner")),
        Sample::new(Method::POST, "/v1/invitations/{id}/resend"),
        Sample::new(Method::DELETE, "/v1/invitations/{id}"),
        Sample::new(Method::GET, "/v1/invitations/{id}"),
        Sample::new(Method::POST, "/v1/invitations/accept").naming(|named| {
            json!({
                "token": named.objects.invitation_token,
                "name": "Nora New",
                "password": PASSWORD,
            })
        }),
        Sample::new(Method::POST, "/v1/invitations/verify-email")
            .naming(|named| json!({"token": named.objects.invitation_token, "code": "123456"})),
    ]
}

/// The audit log.
pub fn audit() -> Vec<Sample> {
    vec![
        Sample::new(Method::GET, "/v1/audit"),
        Sample::new(Method::POST, "/v1/audit/exports").body(|_| json!({"action": "domain.*"})),
    ]
}

/// API keys.
pub fn api_keys() -> Vec<Sample> {
    vec![
        Sample::new(Method::POST, "/v1/api-keys")
            .asking(&["key.list", "key.create.scoped"])
            .naming(|named| json!({"name": "CI", "domain_ids": [named.objects.domain]})),
        Sample::new(Method::POST, "/v1/api-keys")
            .asking(&["key.list", "key.create.org"])
            .body(|_| json!({"name": "CI", "scope": "organization"})),
        Sample::new(Method::GET, "/v1/api-keys"),
        Sample::new(Method::DELETE, "/v1/api-keys/self"),
        Sample::new(Method::GET, "/v1/api-keys/{id}"),
        Sample::new(Method::PATCH, "/v1/api-keys/{id}").body(|_| json!({"name": "CD"})),
        Sample::new(Method::POST, "/v1/api-keys/{id}/rotate").body(|_| json!({})),
        Sample::new(Method::DELETE, "/v1/api-keys/{id}"),
    ]
}

/// Domains and their DKIM keys.
pub fn domains() -> Vec<Sample> {
    vec![
        Sample::new(Method::POST, "/v1/domains").body(|_| json!({"domain": "new.example"})),
        Sample::new(Method::GET, "/v1/domains"),
        Sample::new(Method::GET, "/v1/domains/{domain}"),
        Sample::new(Method::PUT, "/v1/domains/{domain}")
            .body(|_| json!({"catch_all_enabled": true})),
        Sample::new(Method::DELETE, "/v1/domains/{domain}"),
        Sample::new(Method::GET, "/v1/domains/{domain}/dns"),
        Sample::new(Method::POST, "/v1/domains/{domain}/verify"),
        Sample::new(Method::POST, "/v1/domains/{domain}/dkim")
            .body(|_| json!({"selector": "s2", "algorithm": "ed25519"})),
        Sample::new(Method::GET, "/v1/domains/{domain}/dkim"),
        Sample::new(Method::DELETE, "/v1/domains/{domain}/dkim/{selector}")
            .body(|_| json!({"confirm": true})),
    ]
}

/// Sent mail.
pub fn emails() -> Vec<Sample> {
    vec![
        Sample::new(Method::POST, "/v1/send").naming(|named| {
            json!({
                "from": format!("ann@{}", named.objects.name),
                "to": ["carol@far.example"],
                "subject": "Hello",
                "text_body": "Hello Carol.",
            })
        }),
        Sample::new(Method::GET, "/v1/emails"),
        Sample::new(Method::GET, "/v1/emails/{id}"),
        Sample::new(Method::GET, "/v1/emails/{id}/events"),
    ]
}

/// Aliases.
pub fn aliases() -> Vec<Sample> {
    vec![
        Sample::new(Method::POST, "/v1/aliases").naming(|named| {
            json!({
                "domain_id": named.objects.domain,
                "address": "sales",
                "forward_to": ["ann@home.example"],
            })
        }),
        Sample::new(Method::GET, "/v1/aliases"),
        Sample::new(Method::GET, "/v1/aliases/{id}"),
        Sample::new(Method::PATCH, "/v1/aliases/{id}").body(|_| json!({"active": false})),
        Sample::new(Method::DELETE, "/v1/aliases/{id}"),
    ]
}

/// Received mail.
pub fn inbound_emails() -> Vec<Sample> {
    vec![
        Sample::new(Method::GET, "/v1/inbound-emails"),
        Sample::new(Method::GET, "/v1/inbound-emails/{id}"),
        Sample::new(Method::DELETE, "/v1/inbound-emails/{id}"),
        Sample::new(Method::POST, "/v1/inbound-emails/{id}/replay"),
        Sample::new(
            Method::GET,
            "/v1/inbound-emails/{id}/attachments/{attachment}/download",
        ),
    ]
}

/// Webhooks and their deliveries.
pub fn webhooks() -> Vec<Sample> {
    vec![
        Sample::new(Method::POST, "/v1/webhooks").naming(|named| {
            json!({
                "url": "https://hooks.example/2",
                "events": ["email.received"],
                "domain_ids": [named.objects.domain],
            })
        }),
        Sample::new(Method::GET, "/v1/webhooks"),
        Sample::new(Method::GET, "/v1/webhooks/{id}"),
        Sample::new(Method::PATCH, "/v1/webhooks/{id}").body(|_| json!({"description": "CI"})),
        Sample::new(Method::DELETE, "/v1/webhooks/{id}"),
        Sample::new(Method::POST, "/v1/webhooks/{id}/rotate")
            .body(|_| json!({"grace_period_hours": 1})),
        Sample::new(Method::POST, "/v1/webhooks/{id}/test"),
        Sample::new(Method::GET, "/v1/webhooks/{id}/deliveries"),
        Sample::new(
            Method::POST,
            "/v1/webhooks/{id}/deliveries/{delivery}/replay",
        ),
        Sample::new(Method::GET, "/v1/webhook-deliveries"),
    ]
}

/// Every sample.
pub fn all() -> Vec<Sample> {
    let groups = [
        account(),
        api_keys(),
        audit(),
        users(),
        invitations(),
        domains(),
        emails(),
        aliases(),
        inbound_emails(),
        webhooks(),
    ];
    groups.into_iter().flatten().collect()
}

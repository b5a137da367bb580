//! Actions of the table that nobody can ask for yet on a side. The lists may only shrink: an action
//! that a route declares must not stand here.

use super::samples::Side;

/// This file.
pub const FILE: &str = "crates/postscale/tests/it/access/exemptions.rs";

/// Actions no route of `/v1` declares.
const WITHOUT_API_ROUTE: &[&str] = &[
    "alias.list",
    "dkim.delete",
    "dkim.private_key.read",
    "dmarc.report.delete",
    "events.stream",
    "inbound.list",
    "message.cancel",
    "message.export",
    "message.list",
    "queue.control",
    "queue.read",
    "search",
    "suppression.check",
    "suppression.create",
    "suppression.delete",
    "suppression.import",
    "suppression.list",
    "suppression.list.all",
    "suppression.org.create",
    "suppression.org.delete",
    "template.create",
    "template.delete",
    "template.list",
    "template.preview",
    "template.read",
    "template.update",
    "trust.read",
    "trust.request",
    "webhook.delivery.content.read",
];

/// Actions no page declares.
const WITHOUT_PAGE: &[&str] = &[
    "alias.list",
    "dkim.private_key.read",
    "dkim.read",
    "events.stream",
    "inbound.list",
    "message.cancel",
    "message.export",
    "message.list",
    "message.send",
    "org.read",
    "queue.control",
    "queue.read",
    "search",
    "self.key.revoke",
    "shield.alias.delete",
    "suppression.check",
    "suppression.create",
    "suppression.delete",
    "suppression.import",
    "suppression.list",
    "suppression.list.all",
    "suppression.org.create",
    "suppression.org.delete",
    "template.create",
    "template.delete",
    "template.list",
    "template.preview",
    "template.read",
    "template.update",
    "trust.read",
    "trust.request",
    "webhook.delivery.content.read",
    "webhook.delivery.list.all",
    "webhook.delivery.replay",
    "webhook.secret.rotate",
    "webhook.update",
];

/// The actions no route of a side declares.
pub const fn without_route(side: Side) -> &'static [&'static str] {
    match side {
        Side::Api => WITHOUT_API_ROUTE,
        Side::Pages => WITHOUT_PAGE,
    }
}

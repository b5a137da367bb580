//! Version 1 of the API: one module per noun of its URLs.

mod access;
mod aliases;
mod api_keys;
mod audit;
mod auth;
mod billing;
mod dkim;
mod dmarc;
mod domains;
mod emails;
mod inbound_emails;
mod invitations;
mod me;
mod openapi;
mod organization;
mod rules;
mod shield;
mod stats;
mod users;
mod warming;
mod webhook_deliveries;
mod webhooks;

use postscale_web::{Routes, Surface, Web};

/// Every route under `/v1`.
#[must_use]
pub fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .merge(auth::routes())
        .merge(me::routes())
        .merge(organization::routes())
        .merge(billing::routes())
        .merge(users::routes())
        .merge(access::routes())
        .merge(invitations::routes())
        .merge(api_keys::routes())
        .merge(audit::routes())
        .merge(domains::routes())
        .merge(dkim::routes())
        .merge(stats::routes())
        .merge(dmarc::routes())
        .merge(rules::routes())
        .merge(warming::routes())
        .merge(emails::routes())
        .merge(aliases::routes())
        .merge(shield::routes())
        .merge(inbound_emails::routes())
        .merge(webhooks::routes())
        .merge(webhook_deliveries::routes())
        .merge(openapi::routes())
}

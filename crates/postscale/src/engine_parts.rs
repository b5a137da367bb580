//! The configuration in the engine's words.

use std::sync::Arc;

use anyhow::Result;
use postscale_actions::App;
use postscale_engine::{EngineParts, EngineSettings, Intakes, Workers, net_filter::NetFilter};
use postscale_mail::dns::{DnsSettings, Resolver, Source};
use postscale_model::Mailbox;

use crate::config::{Config, Switch, Work};

/// Where mail hosts listen for each other. RFC 5321 §4.5.4.2
const SMTP_PORT: u16 = 25;

/// What the engine works with on this node.
pub fn engine_parts(config: &Config, app: &App, public_url: &str) -> Result<EngineParts> {
    let does = |work| config.workers.contains(&work);
    let settings = EngineSettings {
        workers: Workers {
            deliver: does(Work::Deliver),
            webhooks: does(Work::Webhooks),
            verify: does(Work::Verify),
            reports: does(Work::Reports),
            maintenance: does(Work::Maintenance),
        },
        retry_schedule: config.outbound.retry_schedule.clone(),
        message_lifetime: config.outbound.lifetime,
        outbound_port: config.outbound.port.unwrap_or(SMTP_PORT),
        outbound_allow: config.outbound.allow.clone(),
        webhook_allow: config.webhook_allow.clone(),
        warming: config.warming,
        smarthost: config.outbound.smarthost.clone(),
        system_smarthost: config.system_mail.smarthost.clone(),
        ..EngineSettings::new(
            config.hostname.clone(),
            Mailbox::from(config.system_mail.from.clone()),
            public_url.to_owned(),
        )
    };
    Ok(EngineParts {
        store: app.store.clone(),
        blobs: app.blobs.clone(),
        sources: app.sources.clone(),
        seal: Arc::clone(&app.seal),
        resolver: Resolver::new(&dns_settings(config))?,
        hosts: Arc::clone(&app.hosts),
        link_key: Arc::clone(&app.link_key),
        plans: app.plans.clone(),
        intakes: Intakes::default(),
        settings: Arc::new(settings),
    })
}

/// Whom to ask in DNS. Strangers' zones name servers of any address: only public ones are asked, and
/// those the operator allows.
pub fn dns_settings(config: &Config) -> DnsSettings {
    const DNS_PORT: u16 = 53;
    let filter = NetFilter::new(config.outbound.allow.clone());
    let source = Source {
        port: DNS_PORT,
        may_ask: Arc::new(move |address| filter.may_dial(address)),
    };
    DnsSettings {
        servers: config.dns.clone(),
        source: (config.dns_authoritative == Switch::On).then_some(source),
        ..DnsSettings::default()
    }
}

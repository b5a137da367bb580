//! `postscale dev`: a complete instance on one machine, with demo data. None of it is in `serve`.
//!
//! What the user sets wins. What is left open points to this machine: look-ups go to a local name
//! server, outgoing mail to a mail catcher.

mod announce;
mod dns;
mod people;
mod reports;
mod rules;
mod samples;
mod seed;
mod sign_in;
mod sink;
mod state;

use anyhow::{Context as _, Result};
use tokio_util::sync::CancellationToken;

use crate::{cli::print, config::Config, data_dir::DataDir, node, sources};
use sign_in::SignInLink;
use sink::Sink;

/// What outbound mail and webhooks may reach unless the user says otherwise.
const THIS_MACHINE: [&str; 2] = ["127.0.0.0/8", "::1/128"];

/// Runs until it is told to stop.
pub async fn run(mut config: Config) -> Result<()> {
    let stopped = CancellationToken::new();
    let _stop = stopped.clone().drop_guard();
    let sources = sources::system();
    let (sink, sink_address) = Sink::start(sources.clone(), stopped).await?;
    let name_server = if config.dns.is_empty() {
        let bound = dns::Bound::bind().await?;
        config.dns = vec![bound.address()];
        Some(bound)
    } else {
        None
    };
    stay_here(&mut config, sink_address.port())?;
    let hostname = config.hostname.to_string();
    let data = DataDir::open(&config.data_dir)?;
    let link = SignInLink::new(&sources);
    let pages = postscale_dashboard::dev_router(sink, link.routes());
    let running = node::start(config, pages).await?;
    let app = &running.app;
    let _name_server =
        name_server.map(|bound| bound.serve(app.store.clone(), app.hosts.clone(), hostname));
    let seeded = seed::seed(app, &data, &running.listening).await;
    let demo = seeded.context("cannot make the demo data")?;
    let path = link.open(&demo.password);
    print(&announce::text(&running, &demo, &path))?;
    running.wait().await
}

/// Points what the user left open to this machine.
fn stay_here(config: &mut Config, sink_port: u16) -> Result<()> {
    config.outbound.port.get_or_insert(sink_port);
    for allowed in [&mut config.outbound.allow, &mut config.webhook_allow] {
        if allowed.is_empty() {
            for network in THIS_MACHINE {
                allowed.push(network.parse()?);
            }
        }
    }
    Ok(())
}

//! The HTTP listener: where it is reached and what it answers.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::Result;
use axum::{Extension, Router};
use postscale_actions::App;
use postscale_dashboard::ApiReference;
use postscale_web::{Settings, Surfaces, Web};

use crate::{config::Config, runtime_file::Listening};

/// Where people reach the node: as configured, else the first HTTP listener.
pub fn public_url(config: &Config, listening: &Listening) -> String {
    if let Some(url) = &config.public_url {
        return url.clone();
    }
    let first = listening.http.first().copied();
    let mut address = first.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    format!("http://{address}")
}

/// Everything the HTTP listener answers: the API and the pages.
///
/// # Errors
/// When the reference of the API cannot be rendered.
pub fn surfaces(
    config: &Config,
    app: &App,
    public_url: Arc<str>,
    pages: Router<Web>,
) -> Result<Surfaces> {
    let settings = Settings {
        public_url,
        trusted_proxies: config.trusted_proxies.clone().into(),
    };
    let web = Web {
        app: app.clone(),
        settings,
    };
    let api = postscale_api::router().with_state(web.clone());
    let reference = ApiReference::new(&postscale_api::document())?;
    let pages = pages.layer(Extension(reference)).with_state(web);
    let sources = app.sources.clone();
    Ok(Surfaces::new(api, postscale_api::problem, pages, sources))
}

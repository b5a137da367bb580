//! The HTTP listener: which surface answers a path, and what is counted of every answer.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use anyhow::Result;
use axum::{
    Extension, Router,
    extract::Request,
    middleware::{self, Next},
    response::Response,
};
use postscale_actions::App;
use postscale_dashboard::ApiReference;
use postscale_web::{Settings, Web, is_api, shared_layers, surfaces};

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
pub fn router(
    config: &Config,
    app: &App,
    public_url: Arc<str>,
    pages: Router<Web>,
) -> Result<Router> {
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
    Ok(shared_layers(
        surfaces(api, pages).layer(middleware::from_fn(counted)),
        app.sources.clone(),
    ))
}

async fn counted(request: Request, next: Next) -> Response {
    let surface = if is_api(request.uri().path()) {
        "api"
    } else {
        "pages"
    };
    let started = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!("postscale_http_requests_total", "surface" => surface, "status" => status)
        .increment(1);
    metrics::histogram!("postscale_http_request_seconds", "surface" => surface)
        .record(started.elapsed().as_secs_f64());
    response
}

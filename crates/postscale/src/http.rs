//! The HTTP listener: where it is reached and what it answers.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::Result;
use axum::{
    Extension, Router,
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use postscale_actions::App;
use postscale_dashboard::ApiReference;
use postscale_store::Store;
use postscale_web::{Problem, Settings, Surfaces, Web};

use crate::{
    config::{Config, Switch},
    runtime_file::Listening,
};

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

/// Migrations that were left to somebody else and may not be done yet.
#[derive(Clone)]
pub struct Pending {
    store: Store,
    are_done: Arc<AtomicBool>,
}

impl Pending {
    /// Those of a node that was told to leave them; `None` when there are none.
    pub async fn of(store: &Store, migrate: Switch) -> Option<Self> {
        let pending = Self {
            store: store.clone(),
            are_done: Arc::default(),
        };
        let is_waited_for = migrate == Switch::Off && pending.are_done().await != Some(true);
        is_waited_for.then_some(pending)
    }

    /// Whether they are, which is looked up until they were; `None` when the database cannot say.
    async fn are_done(&self) -> Option<bool> {
        if self.are_done.load(Ordering::Relaxed) {
            return Some(true);
        }
        let pending = self.store.pending_migrations().await.ok()?;
        self.are_done.store(pending.is_empty(), Ordering::Relaxed);
        Some(pending.is_empty())
    }
}

/// Answers nothing before the tables are those of this program.
async fn not_before(State(pending): State<Pending>, request: Request, next: Next) -> Response {
    // A database that cannot say will say why to whoever asks it for more.
    if pending.are_done().await != Some(false) {
        return next.run(request).await;
    }
    let problem = Problem::unavailable("migrations are pending");
    let text = format!("{}\n", problem.message);
    let mut response = problem.into_response();
    // The API puts its own form in this place; a page of ours could not be shown either.
    *response.body_mut() = text.into();
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
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
    pending: Option<Pending>,
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
    let (api, pages) = match pending {
        Some(pending) => (
            api.layer(from_fn_with_state(pending.clone(), not_before)),
            pages.layer(from_fn_with_state(pending, not_before)),
        ),
        None => (api, pages),
    };
    Ok(Surfaces::new(api, postscale_api::problem, pages, sources))
}

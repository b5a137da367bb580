//! The sockets of a node: bound all at once before anything starts, served until shutdown.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context as _, Result};
use axum::Router;
use postscale_smtp::server::{self, Handler, TlsStart};
use postscale_web::{Surfaces, serve};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{config::Listen, runtime_file::Listening, smtp::Sessions};

/// Bound sockets, by service.
pub struct Listeners {
    http: Vec<TcpListener>,
    ops: Vec<TcpListener>,
    mx: Vec<TcpListener>,
    submission: Vec<TcpListener>,
    submissions: Vec<TcpListener>,
}

impl Listeners {
    /// Binds every address that is configured.
    pub async fn bind(listen: &Listen) -> Result<Self> {
        Ok(Self {
            http: bind("HTTP", &listen.http).await?,
            ops: bind("operations", &listen.ops).await?,
            mx: bind("MX", &listen.mx).await?,
            submission: bind("submission", &listen.submission).await?,
            submissions: bind("submission over TLS", &listen.submissions).await?,
        })
    }

    /// The addresses they really have.
    pub fn addresses(&self) -> Result<Listening> {
        let of = |listeners: &[TcpListener]| {
            listeners
                .iter()
                .map(TcpListener::local_addr)
                .collect::<std::io::Result<Vec<SocketAddr>>>()
        };
        let listening: std::io::Result<Listening> = (|| {
            Ok(Listening {
                http: of(&self.http)?,
                ops: of(&self.ops)?,
                mx: of(&self.mx)?,
                submission: of(&self.submission)?,
                submissions: of(&self.submissions)?,
            })
        })();
        Ok(listening?)
    }

    /// Serves all of them until shutdown.
    pub fn serve(
        self,
        tasks: &TaskTracker,
        shutdown: &CancellationToken,
        sessions: &Sessions,
        web: Surfaces,
        ops: Router,
    ) {
        for listener in self.http {
            tasks.spawn(serve(listener, web.clone(), shutdown.clone()));
        }
        for listener in self.ops {
            tasks.spawn(serve(listener, ops.clone(), shutdown.clone()));
        }
        let mx = (
            Arc::new(sessions.reception_settings()),
            Arc::new(sessions.reception()),
        );
        spawn_smtp(self.mx, &mx, tasks, shutdown);
        for (listeners, start) in [
            (self.submission, TlsStart::Command),
            (self.submissions, TlsStart::Immediate),
        ] {
            let submission = (
                Arc::new(sessions.submission_settings(start)),
                Arc::new(sessions.submission()),
            );
            spawn_smtp(listeners, &submission, tasks, shutdown);
        }
    }
}

fn spawn_smtp<H: Handler>(
    listeners: Vec<TcpListener>,
    (settings, handler): &(Arc<server::Settings>, Arc<H>),
    tasks: &TaskTracker,
    shutdown: &CancellationToken,
) {
    for listener in listeners {
        let (settings, handler) = (Arc::clone(settings), Arc::clone(handler));
        tasks.spawn(server::serve(listener, settings, handler, shutdown.clone()));
    }
}

async fn bind(service: &str, addresses: &[SocketAddr]) -> Result<Vec<TcpListener>> {
    let mut bound = Vec::with_capacity(addresses.len());
    for address in addresses {
        let listener = TcpListener::bind(address).await;
        bound.push(listener.with_context(|| format!("cannot listen on {address} for {service}"))?);
    }
    Ok(bound)
}

//! The operations listener: `/healthz`, `/readyz`, `/metrics`.
//!
//! Not for the public: it tells who asks how the node is doing, and asks nobody who they are.

use std::{fmt::Write as _, sync::OnceLock, time::Duration};

use anyhow::Result;
use axum::{
    Router, extract::State, http::StatusCode, http::header, response::IntoResponse, routing::get,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use postscale_access::SystemScope;
use postscale_actions::App;
use postscale_store::recipient;

use crate::data_dir::DataDir;

/// How long an answer about readiness may take.
const READY_TIMEOUT: Duration = Duration::from_secs(5);
/// Upper bounds of the buckets of durations, in seconds.
const SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

#[derive(Clone)]
struct Ops {
    app: App,
    data: DataDir,
    metrics: PrometheusHandle,
}

/// Starts collecting metrics, once in a process.
pub fn install_metrics() -> Result<PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets(&SECONDS)?
        .install_recorder()?;
    Ok(HANDLE.get_or_init(|| handle).clone())
}

/// The router of the operations listener.
pub fn router(app: &App, data: &DataDir, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(show_metrics))
        .with_state(Ops {
            app: app.clone(),
            data: data.clone(),
            metrics,
        })
}

/// One line per condition; 200 only when all are met.
async fn ready(State(ops): State<Ops>) -> impl IntoResponse {
    let database =
        match tokio::time::timeout(READY_TIMEOUT, ops.app.store.pending_migrations()).await {
            Ok(Ok(pending)) if pending.is_empty() => Ok(()),
            Ok(Ok(pending)) => Err(format!("{} pending migrations", pending.len())),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        };
    let disk = match ops.data.free_bytes() {
        Ok(free) if free >= ops.app.limits.disk_free_bytes_min => Ok(()),
        Ok(free) => Err(format!("only {} MiB free", free / (1024 * 1024))),
        Err(error) => Err(error.to_string()),
    };
    let mut text = String::new();
    let mut status = StatusCode::OK;
    for (what, state) in [("database", database), ("disk", disk)] {
        let line = match &state {
            Ok(()) => "ok",
            Err(why) => {
                status = StatusCode::SERVICE_UNAVAILABLE;
                why
            }
        };
        // Writing to a text does not fail.
        let _ = writeln!(text, "{what}: {line}");
    }
    (status, text)
}

async fn show_metrics(State(ops): State<Ops>) -> impl IntoResponse {
    if let Some(depth) = queue_depth(&ops.app).await {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a gauge is a float; no queue has 2^52 rows"
        )]
        metrics::gauge!("postscale_queue_recipients").set(depth as f64);
    }
    if let Ok(free) = ops.data.free_bytes() {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!("postscale_disk_free_bytes").set(free as f64);
    }
    ops.metrics.run_upkeep();
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        ops.metrics.render(),
    )
}

/// Recipients that wait for delivery; nothing when the database cannot say.
async fn queue_depth(app: &App) -> Option<i64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a count over everybody, for the operator alone"
    )]
    let scope = SystemScope::for_job("metrics");
    let mut tx = app.store.read().await.ok()?;
    recipient::count_waiting(&mut tx, &scope).await.ok()
}

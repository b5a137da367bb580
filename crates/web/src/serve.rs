//! The accept loop: first-byte and header time-outs, a bounded number of connections, a graceful
//! stop. (`axum::serve` gives none of them.)

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{extract::Request, response::Response};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};
use tokio_util::sync::CancellationToken;
use tower::Service;

use crate::PeerAddress;

/// Time a client has for the first byte of a request and for its whole header.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections open at once.
const CONNECTIONS_MAX: usize = 10_000;
/// Time running requests have to finish once the node stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);
/// Pause after an accept failed, most likely for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves what answers requests until `shutdown`, then lets running requests finish.
pub async fn serve<S>(listener: TcpListener, answering: S, shutdown: CancellationToken)
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send>,
    S: Clone + Send + 'static,
{
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "accepting a connection failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let answering = answering.clone();
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(PeerAddress(peer));
            answering.clone().call(request.map(axum::body::Body::new))
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!(%error, peer = %peer, "a connection ended early");
            }
        });
    }
    drop(listener);
    if timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use axum::Router;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
        time::Instant,
    };

    use super::*;

    /// What a client is told until the connection ends, and how long that takes; the clock is one
    /// that runs only while everybody waits.
    async fn told(sent: &[u8]) -> (String, Duration) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(async || "here");
        let shutdown = CancellationToken::new();
        let _stop = shutdown.clone().drop_guard();
        tokio::spawn(serve(listener, router, shutdown));
        let begun = Instant::now();
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(sent).await.unwrap();
        let mut answers = String::new();
        client.read_to_string(&mut answers).await.unwrap();
        (answers, begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_whole_request_is_closed() {
        for sent in [&b""[..], b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"] {
            let (answers, after) = told(sent).await;
            assert_eq!(answers, "", "{sent:?}");
            assert!(
                after >= HEADER_TIMEOUT && after < 2 * HEADER_TIMEOUT,
                "{after:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_kept_for_the_next_request() {
        let request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        let (answers, after) = told(&[&request[..], request].concat()).await;
        assert_eq!(answers.matches("200 OK").count(), 2, "{answers}");
        assert!(
            after >= HEADER_TIMEOUT && after < 2 * HEADER_TIMEOUT,
            "{after:?}"
        );
    }
}

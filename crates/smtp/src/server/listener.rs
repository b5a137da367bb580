//! The accept loop: places, back-off when descriptors run out, and a stop that loses nothing.

use std::{fs::File, io, io::Write as _, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    Handler, Settings, TlsStart,
    admission::{Admission, Place},
    guard::guarded,
    session::Session,
    wire::Wire,
};
use crate::{Reply, replies, stream::Stream};

/// First and longest wait after a failed accept.
const BACK_OFF_MIN: Duration = Duration::from_millis(10);
const BACK_OFF_MAX: Duration = Duration::from_secs(1);

/// Serves connections of `listener` until `shutdown`: then no new ones, 421 to those between
/// transactions, and [`super::Timeouts::drain`] for the others. Dropping the future cuts all.
pub async fn serve<H: Handler>(
    listener: TcpListener,
    settings: Arc<Settings>,
    handler: Arc<H>,
    shutdown: CancellationToken,
) {
    let admission = Arc::new(Admission::default());
    let mut spare = Spare::new();
    let mut sessions = JoinSet::new();
    let mut back_off = BACK_OFF_MIN;
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            Some(joined) = sessions.join_next() => {
                report(joined);
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, peer)) => {
                back_off = BACK_OFF_MIN;
                match admission.admit(peer.ip(), &settings.limits) {
                    Ok(place) => {
                        let (settings, handler) = (Arc::clone(&settings), Arc::clone(&handler));
                        let shutdown = shutdown.clone();
                        sessions.spawn(attend(settings, handler, (socket, peer), place, shutdown));
                    }
                    Err(reply) => turn_away(socket, &reply, &settings),
                }
            }
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept SMTP connections, trying again");
                spare.turn_away_one(&listener, &settings).await;
                tokio::select! {
                    () = shutdown.cancelled() => break,
                    () = sleep(back_off) => {}
                }
                back_off = (back_off * 2).min(BACK_OFF_MAX);
            }
        }
    }
    drop(listener);
    let drained = timeout(settings.timeouts.drain, async {
        while let Some(joined) = sessions.join_next().await {
            report(joined);
        }
    });
    if drained.await.is_err() {
        tracing::warn!(
            sessions = sessions.len(),
            "SMTP sessions did not end in time and are cut"
        );
        sessions.shutdown().await;
    }
}

/// One connection, from accepted to closed.
async fn attend<H: Handler>(
    settings: Arc<Settings>,
    handler: Arc<H>,
    (socket, peer): (TcpStream, SocketAddr),
    place: Place,
    shutdown: CancellationToken,
) {
    let Ok(stream) = prepare(socket, &settings).await else {
        return tracing::debug!(client.ip = %peer.ip(), "an SMTP client did not get as far as TLS");
    };
    let mut wire = Wire::new(stream);
    let refusal = match guarded(handler.connect(peer)).await {
        Ok(Ok(memory)) => {
            let session = Session::new(settings, handler, memory, (wire, peer), place, shutdown);
            return Box::pin(session.run()).await;
        }
        Ok(Err(reply)) => reply,
        Err(_) => replies::too_busy(),
    };
    wire.push(&refusal);
    if !matches!(
        timeout(settings.timeouts.write, wire.close()).await,
        Ok(Ok(()))
    ) {
        tracing::debug!(client.ip = %peer.ip(), "an SMTP client left before it was turned away");
    }
}

/// No delay for small writes, and TLS where it begins at once.
async fn prepare(socket: TcpStream, settings: &Settings) -> io::Result<Stream> {
    socket.set_nodelay(true)?;
    match (&settings.tls, settings.tls_start) {
        (Some(tls), TlsStart::Immediate) => {
            let shaken = timeout(settings.timeouts.handshake, tls.acceptor().accept(socket));
            Ok(Stream::Tls(Box::new(shaken.await??.into())))
        }
        // A port for TLS alone says nothing without it.
        (None, TlsStart::Immediate) => Err(io::ErrorKind::Unsupported.into()),
        (_, TlsStart::Command) => Ok(Stream::Plain(socket)),
    }
}

/// Says why and closes, without waiting for the client: one small write always fits.
fn turn_away(socket: TcpStream, reply: &Reply, settings: &Settings) {
    if settings.tls_start == TlsStart::Immediate {
        return;
    }
    let mut line = Vec::new();
    reply.render(&mut line);
    if let Err(error) = socket
        .into_std()
        .and_then(|mut socket| socket.write_all(&line))
    {
        tracing::debug!(%error, "an SMTP client left before it was turned away");
    }
}

/// A connection that was gone before it was accepted says nothing about us.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

fn report(joined: Result<(), JoinError>) {
    if let Err(error) = joined
        && error.is_panic()
    {
        tracing::error!(%error, "an SMTP session panicked");
    }
}

/// A descriptor kept for the moment when there is no other, so that somebody who waits can be told
/// instead of left hanging.
struct Spare(Option<File>);

impl Spare {
    fn new() -> Self {
        Self(File::open("/dev/null").ok())
    }
    async fn turn_away_one(&mut self, listener: &TcpListener, settings: &Settings) {
        if self.0.take().is_some()
            && let Ok(Ok((socket, _))) = timeout(BACK_OFF_MIN, listener.accept()).await
        {
            turn_away(socket, &replies::too_busy(), settings);
        }
        *self = Self::new();
    }
}

//! Goal: a stop tells idle clients, lets open transactions end and takes nobody new.
//! Method: clients in each state when the stop comes.

use std::time::Duration;

use postscale_smtp::server::{Service, Settings, Timeouts};

use crate::server::{TestServer, settings};

#[tokio::test]
async fn idle_sessions_are_told_and_open_transactions_finish() {
    let server = TestServer::reception().await;
    let mut idle = server.ready_client().await;
    let mut busy = server.ready_client().await;
    busy.play("C: MAIL FROM:<a@b.example>\nC: RCPT TO:<c@d.example>\nS: 250 *\nS: 250 *")
        .await;
    server.shutdown.cancel();
    idle.play("S: 421 4.3.2 *\nS: EOF").await;
    busy.play("C: DATA\nC: last\nC: .\nS: 354 *\nS: 250 *\nS: 421 4.3.2 *\nS: EOF")
        .await;
    assert!(
        tokio::net::TcpStream::connect(server.address)
            .await
            .is_err()
    );
    assert_eq!(server.stop().await.messages().len(), 1);
}

#[tokio::test]
async fn a_transaction_that_does_not_end_is_cut() {
    let timeouts = Timeouts {
        drain: Duration::ZERO,
        ..Timeouts::default()
    };
    let server = TestServer::start(Settings {
        timeouts,
        ..settings(Service::Reception)
    })
    .await;
    let mut busy = server.ready_client().await;
    busy.play("C: MAIL FROM:<a@b.example>\nS: 250 *").await;
    assert_eq!(server.stop().await.messages().len(), 0);
    busy.play("S: EOF").await;
}

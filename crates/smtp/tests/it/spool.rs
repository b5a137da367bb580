//! Goal: a message that is put aside while it comes in is the same message, and a message that cannot be
//! kept is put off.
//! Method: messages around the size of a piece, by DATA and by BDAT; a directory that goes away.

use std::sync::Arc;

use postscale_smtp::server::{Limits, Service, Settings, Spool};

use crate::server::{TestServer, settings};

const PIECE: usize = 256 * 1024;
const BEFORE: &str = "C: MAIL FROM:<a@b.example>\nC: RCPT TO:<c@d.example>\nS: 250 *\nS: 250 *";

fn with_spool(directory: &std::path::Path, size_max: usize) -> Settings {
    Settings {
        spool: Some(Arc::new(Spool::new(directory.join("incoming"), 1).unwrap())),
        limits: Limits {
            size_max,
            ..Limits::default()
        },
        ..settings(Service::Reception)
    }
}

/// Lines that are all different, each begun by a dot that has to be doubled on its way.
fn message(octets: usize) -> Vec<u8> {
    let lines = (0..octets / 16).flat_map(|i| format!(".line {i:08}\r\n").into_bytes());
    lines.collect()
}

#[tokio::test]
async fn what_was_put_aside_comes_back_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let server = TestServer::start(with_spool(directory.path(), 4 * 1024 * 1024)).await;
    let mut client = server.ready_client().await;
    let mut want = Vec::new();
    for octets in [
        PIECE / 2,
        PIECE - 16,
        PIECE,
        PIECE + 16,
        5 * PIECE,
        16 * PIECE,
    ] {
        let message = message(octets);
        let dotted = String::from_utf8(message.clone())
            .unwrap()
            .replace("\r\n.", "\r\n..");
        client.play(BEFORE).await;
        client.play("C: DATA\nS: 354 *").await;
        client.send(format!(".{dotted}.\r\n").as_bytes()).await;
        client.play("S: 250 2.0.0 *").await;
        client.play(BEFORE).await;
        let (first, second) = message.split_at(octets / 3);
        client
            .send(format!("BDAT {}\r\n", first.len()).as_bytes())
            .await;
        client.send(first).await;
        client.play("S: 250 *").await;
        client
            .send(format!("BDAT {} LAST\r\n", second.len()).as_bytes())
            .await;
        client.send(second).await;
        client.play("S: 250 2.0.0 *").await;
        want.extend([message.clone(), message]);
    }
    let left = std::fs::read_dir(directory.path().join("incoming"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "files without a name");
    let got: Vec<_> = server
        .stop()
        .await
        .messages()
        .into_iter()
        .map(|m| m.body)
        .collect();
    assert!(got == want);
}

#[tokio::test]
async fn the_limit_counts_what_was_put_aside() {
    let directory = tempfile::tempdir().unwrap();
    let server = TestServer::start(with_spool(directory.path(), 3 * PIECE)).await;
    let mut client = server.ready_client().await;
    client.play(BEFORE).await;
    client.play("C: DATA\nS: 354 *").await;
    client.send(&message(4 * PIECE)[1..]).await;
    client.play("C: .\nS: 552 5.3.4 *\nC: NOOP\nS: 250 *").await;
    client.play(BEFORE).await;
    client.play("C: DATA\nS: 354 *").await;
    client.send(message(2 * PIECE).as_slice()).await;
    client
        .play("C! a\\nb\\r\\n.\\r\\n\nS: 550 5.6.0 *\nC: NOOP\nS: 250 *")
        .await;
    assert_eq!(server.stop().await.messages().len(), 0);
}

#[tokio::test]
async fn without_room_a_message_is_put_off() {
    let directory = tempfile::tempdir().unwrap();
    let server = TestServer::start(with_spool(directory.path(), 3 * PIECE)).await;
    std::fs::remove_dir(directory.path().join("incoming")).unwrap();
    let mut client = server.ready_client().await;
    client.play(BEFORE).await;
    client.play("C: DATA\nS: 354 *").await;
    client.send(&message(2 * PIECE)[1..]).await;
    client.play("C: .\nS: 452 4.3.1 *\nC: NOOP\nS: 250 *").await;
    client.play(BEFORE).await;
    client
        .play("C: DATA\nC: small\nC: .\nS: 354 *\nS: 250 *")
        .await;
    assert_eq!(server.stop().await.messages().len(), 1);
}

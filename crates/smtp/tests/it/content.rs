//! Goal: only CRLF.CRLF ends a message, nothing smuggled is obeyed, nothing unfinished is delivered.
//! Method: every known wrong end of data, cut at every octet; sessions cut at every octet.

use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::server::TestServer;

const BEFORE: &str = "C: MAIL FROM:<a@b.example>\nC: RCPT TO:<c@d.example>\nC: DATA\nS: 250 *\n\
    S: 250 *\nS: 354 *";

#[tokio::test]
async fn wrong_ends_of_data_smuggle_nothing() {
    let server = TestServer::reception().await;
    for end in [
        "\n.\n",
        "\n.\r\n",
        "\r.\r",
        "\r.\r\n",
        "\r\n.\n",
        "\r\n.\r",
        "\n.\r",
        "\r.\n",
        "\r\r\n.\r\r\n",
        "\r\n\0.\r\n",
        "\r\n.\0\r\n",
        "\r\n.\r\r\n",
        "\n\n.\r\n",
        "\r\n.\r\0\n",
    ] {
        let mut client = server.ready_client().await;
        let smuggled = "MAIL FROM:<evil@x.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nevil\r\n";
        let wire = format!("x{end}{smuggled}.\r\n");
        for cut in 0..=wire.len().min(20) {
            client.play(BEFORE).await;
            let (head, tail) = wire.as_bytes().split_at(cut);
            client.send(head).await;
            client.send(tail).await;
            client.play("S: 550 5.6.0 *").await;
            // A kept count of errors would end the session; a good message clears it.
            client.play(BEFORE).await;
            client.play("C: ok\nC: .\nS: 250 *").await;
        }
        client.play("C: NOOP\nS: 250 2.0.0 OK").await;
    }
    let recorder = server.stop().await;
    assert!(
        recorder
            .messages()
            .iter()
            .all(|message| message.body == b"ok\r\n")
    );
    assert!(!recorder.calls().iter().any(|call| call.contains("evil")));
}

#[tokio::test]
async fn a_session_cut_anywhere_delivers_nothing() {
    let server = TestServer::reception().await;
    let wire = b"EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n\
        one\r\n..two\r\n.\r\n";
    for cut in 0..wire.len() {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(&wire[..cut]).await.unwrap();
        socket.shutdown().await.unwrap();
        crate::script::Player::new(socket, crate::script::Side::Client)
            .drain()
            .await;
    }
    let chunked = b"EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n\
        BDAT 5\r\none\r\nBDAT 3 LAST\r\ntwo";
    for cut in 0..chunked.len() {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(&chunked[..cut]).await.unwrap();
        socket.shutdown().await.unwrap();
        crate::script::Player::new(socket, crate::script::Side::Client)
            .drain()
            .await;
    }
    assert_eq!(server.stop().await.messages().len(), 0);
}

#[tokio::test]
async fn the_handlers_answer_is_the_clients() {
    let server = TestServer::reception().await;
    let mut client = server.ready_client().await;
    client.play(BEFORE).await;
    client
        .play("C: Later: please\nC: .\nS: 451 4.3.0 *\nC: DATA\nS: 503 *")
        .await;
    assert_eq!(server.stop().await.messages().len(), 0);
}

#[tokio::test]
async fn a_refused_message_ends_its_transaction() {
    let server = TestServer::reception().await;
    let mut client = server.ready_client().await;
    client.play(BEFORE).await;
    client
        .play("C! a\\nb\\r\\n.\\r\\n\nS: 550 5.6.0 *\nC: DATA\nS: 503 *")
        .await;
    let calls = server.stop().await.calls();
    assert_eq!(calls.last().map(String::as_str), Some("reset"));
    assert!(!calls.contains(&"message".to_owned()));
}

//! Goal: BDAT (RFC 3030) keeps its place whatever is refused.
//! Method: transcripts in which a command follows each chunk.

use crate::server::TestServer;

#[tokio::test]
async fn chunks_make_one_message() {
    let server = TestServer::reception().await;
    let mut client = server.ready_client().await;
    client
        .play(
            r"
            C: MAIL FROM:<a@b.example>
            C: RCPT TO:<c@d.example>
            C: BDAT 8
            C! one\r\n.\r\n
            C: BDAT 0
            C: BDAT 5 LAST
            C! ..twoNOOP\r\n
            S: 250 *
            S: 250 *
            S: 250 2.0.0 Chunk OK
            S: 250 2.0.0 Chunk OK
            S: 250 2.0.0 Message accepted
            S: 250 2.0.0 OK",
        )
        .await;
    let messages = server.stop().await.messages();
    assert_eq!(messages[0].body, b"one\r\n.\r\n..two\r\n");
}

#[tokio::test]
async fn chunks_and_data_are_not_mixed() {
    let server = TestServer::reception().await;
    let mut client = server.ready_client().await;
    client
        .play(
            r"
            C: MAIL FROM:<a@b.example>
            C: RCPT TO:<c@d.example>
            C: BDAT 5
            C! one\r\n
            C: DATA
            C: RCPT TO:<e@d.example>
            C: BDAT 0 LAST
            S: 250 *
            S: 250 *
            S: 250 *
            S: 503 5.5.1 *
            S: 503 5.5.1 *
            S: 250 2.0.0 Message accepted
            C: BDAT 4 LAST
            C! QUIT
            S: 503 5.5.1 *
            C: NOOP
            S: 250 *",
        )
        .await;
    assert_eq!(server.stop().await.messages()[0].body, b"one\r\n");
}

#[tokio::test]
async fn refused_chunks_are_taken_off_the_wire() {
    let server = TestServer::reception().await;
    let mut client = server.ready_client().await;
    client
        .play(
            r"
            C: BDAT 6 LAST
            C! QUIT\r\n
            S: 503 5.5.1 Send MAIL first
            C: MAIL FROM:<a@b.example>
            C: BDAT 6 LAST
            C! QUIT\r\n
            S: 250 *
            S: 554 5.5.1 *
            C: RCPT TO:<c@d.example>
            C: BDAT 3
            C! a\nb
            C: BDAT 6 LAST
            C! QUIT\r\n
            S: 250 *
            S: 550 5.6.0 *
            S: 503 5.5.1 *
            C: NOOP
            S: 250 *
            C: BDAT x
            S: 501 5.5.4 *
            S: 421 4.5.0 *
            S: EOF",
        )
        .await;
    assert_eq!(server.stop().await.messages().len(), 0);
}

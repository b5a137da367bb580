//! Goal: nothing said in clear survives STARTTLS (RFC 3207 §4.2, CVE-2011-0411).
//! Method: transcripts on both listeners, with and without bytes behind the command.

use postscale_smtp::{
    server::{Service, TlsStart},
    tls,
};

use crate::server::{TestServer, reloading_acceptor, settings};

#[tokio::test]
async fn the_session_begins_anew_under_tls() {
    let server = TestServer::reception_with_tls().await;
    let mut client = server.client().await;
    client
        .play(
            r"
            S: 220 *
            C: EHLO client.example
            S: 250-mx.example.net | 250-PIPELINING | 250-SIZE 52428800 | 250-STARTTLS | 250-ENHANCED*
            C: MAIL FROM:<a@b.example>
            S: 250 *
            C: STARTTLS
            S: 220 2.0.0 *
            TLS
            C: RCPT TO:<c@d.example>
            S: 503 5.5.1 Send EHLO first
            C: EHLO client.example
            S: 250-mx.example.net | 250-PIPELINING | 250-SIZE 52428800 | 250-ENHANCED*
            C: RCPT TO:<c@d.example>
            S: 503 5.5.1 Send MAIL first
            C: STARTTLS
            S: 503 5.5.1 *
            C: MAIL FROM:<a@b.example>
            C: RCPT TO:<c@d.example>
            C: DATA
            C: hello
            C: .
            S: 250 *
            S: 250 *
            S: 354 *
            S: 250 *
            C: QUIT
            S: 221 *",
        )
        .await;
    let recorder = server.stop().await;
    assert!(recorder.calls().contains(&"reset".to_owned()));
    let messages = recorder.messages();
    assert_eq!(messages[0].protocol(), "ESMTPS");
    let tls = messages[0].tls.clone().expect("TLS is recorded");
    assert_eq!(
        (tls.version, tls.cipher.starts_with("TLS13_")),
        ("TLSv1.3", true)
    );
}

#[tokio::test]
async fn commands_behind_starttls_are_never_obeyed() {
    let server = TestServer::reception_with_tls().await;
    let mut client = server.ready_client().await;
    client
        .play("C: STARTTLS\nC: MAIL FROM:<evil@x.example>\nS: 503 5.5.1 STARTTLS must*\nS: EOF")
        .await;
    let mut client = server.ready_client().await;
    client.play("C: STARTTLS\nC! N\nS: 503 *\nS: EOF").await;
    assert!(
        !server
            .stop()
            .await
            .calls()
            .iter()
            .any(|call| call.contains("evil"))
    );
}

#[tokio::test]
async fn tls_may_begin_at_once_and_its_certificate_be_replaced() {
    let acceptor = reloading_acceptor();
    let settings = settings(Service::Submission).with_tls(acceptor.clone(), TlsStart::Immediate);
    let server = TestServer::start(settings).await;
    let script = "TLS\nS: 220 *\nC: EHLO client.example\n\
        S: 250-mx.example.net | 250-PIPELINING | 250-SIZE * | 250-AUTH PLAIN LOGIN | *";
    server.play(script).await;
    let other = tls::self_signed("other.example").unwrap();
    let config = tls::server_config_from_pem(&other.certificate_pem, &other.key_pem).unwrap();
    acceptor.replace(config);
    let socket = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    let name = "mx.example.net".try_into().unwrap();
    let shaken = crate::server::test_connector().connect(name, socket).await;
    assert!(shaken.is_err(), "the new certificate is another's");
}

#[test]
fn certificates_are_read_from_files() {
    let directory = tempfile::tempdir().unwrap();
    let (certificate, key) = (
        directory.path().join("cert.pem"),
        directory.path().join("key.pem"),
    );
    let made = tls::self_signed("mx.example.net").unwrap();
    std::fs::write(&certificate, &made.certificate_pem).unwrap();
    std::fs::write(&key, &made.key_pem).unwrap();
    assert!(tls::server_config_from_files(&certificate, &key).is_ok());
    assert!(matches!(
        tls::server_config_from_files(&directory.path().join("none"), &key),
        Err(tls::TlsError::Certificate(_))
    ));
    assert!(matches!(
        tls::server_config_from_files(&key, &key),
        Err(tls::TlsError::NoCertificate)
    ));
    assert!(matches!(
        tls::server_config_from_files(&certificate, &certificate),
        Err(tls::TlsError::Key(_))
    ));
    let other = tls::self_signed("mx.example.net").unwrap();
    assert!(matches!(
        tls::server_config_from_pem(&made.certificate_pem, &other.key_pem),
        Err(tls::TlsError::Config(_))
    ));
}

//! Goal: TLS as the policy says, nothing injected before it believed, no password in clear.
//! Method: against our own servers, and against hosts that play a script.

use postscale_smtp::{
    client::{ClientSettings, Connection, Credentials, ErrorKind, Outcome, Stage, TlsPolicy},
    tls::{self, Connector},
};

use crate::{
    client::{envelope, in_clear},
    server::{CERTIFICATE, TestServer, host},
};

fn with(tls: TlsPolicy) -> ClientSettings {
    ClientSettings { tls, ..in_clear() }
}

fn opportunistic() -> ClientSettings {
    with(TlsPolicy::Opportunistic(
        Connector::opportunistic().unwrap(),
    ))
}

fn verifying() -> ClientSettings {
    let connector = Connector::verifying_with(&CERTIFICATE.certificate_pem).unwrap();
    with(TlsPolicy::Required(connector))
}

fn credentials(password: &str) -> Option<Credentials> {
    Some(Credentials {
        user: "postscale".into(),
        password: password.into(),
    })
}

#[tokio::test]
async fn tls_is_used_when_offered() {
    let server = TestServer::reception_with_tls().await;
    for settings in [opportunistic(), verifying()] {
        let mut connection = Connection::connect(server.address, &settings)
            .await
            .unwrap();
        assert_eq!(connection.tls().map(|tls| tls.version), Some("TLSv1.3"));
        for message in [b"one\r\n", b"two\r\n"] {
            let report = connection
                .send(&envelope(&["a@example.net"]), message)
                .await
                .unwrap();
            assert_eq!(report.recipients[0].outcome, Outcome::Delivered);
        }
        connection.quit().await;
    }
    let messages = server.stop().await.messages();
    assert_eq!(messages.len(), 4);
    assert!(
        messages
            .iter()
            .all(|message| message.protocol() == "ESMTPS")
    );
}

#[tokio::test]
async fn required_tls_is_required_and_verified() {
    let plain = TestServer::reception().await;
    let error = Connection::connect(plain.address, &verifying())
        .await
        .err()
        .expect("no TLS");
    assert!(
        matches!((error.stage, &error.kind), (Stage::Tls, ErrorKind::Tls(_))),
        "{error}"
    );
    assert!(error.is_transient());
    let server = TestServer::reception_with_tls().await;
    let other = tls::self_signed("mx.example.net").unwrap();
    let stranger = Connector::verifying_with(&other.certificate_pem).unwrap();
    let wrong_name = ClientSettings {
        server_name: "other.example".parse().unwrap(),
        ..verifying()
    };
    let roots = with(TlsPolicy::Required(Connector::verifying().unwrap()));
    for settings in [with(TlsPolicy::Required(stranger)), wrong_name, roots] {
        let error = Connection::connect(server.address, &settings)
            .await
            .err()
            .expect("refused");
        assert!(
            matches!((error.stage, &error.kind), (Stage::Tls, ErrorKind::Tls(_))),
            "{error}"
        );
    }
    assert!(matches!(
        Connector::verifying_with(""),
        Err(tls::TlsError::NoCertificate)
    ));
}

#[tokio::test]
async fn a_broken_handshake_falls_back_to_clear_when_opportunistic() {
    const BROKEN: &str = "S: 220 x\nC: EHLO *\nS: 250-x\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n\
        S: this is no handshake";
    const CLEAR: &str = "S: 220 x\nC: EHLO *\nS: 250-x\nS: 250 STARTTLS";
    let (address, task) = host(&[BROKEN, CLEAR]).await;
    let connection = Connection::connect(address, &opportunistic())
        .await
        .unwrap();
    assert!(connection.tls().is_none());
    task.await.unwrap();
    let (address, task) = host(&[BROKEN]).await;
    let settings = ClientSettings {
        credentials: credentials("secret"),
        ..opportunistic()
    };
    let error = Connection::connect(address, &settings)
        .await
        .err()
        .expect("no login in clear");
    assert_eq!(error.stage, Stage::Tls);
    task.await.unwrap();
}

#[tokio::test]
async fn replies_injected_before_tls_are_not_believed() {
    let (address, task) = host(&[r"
        S: 220 x
        C: EHLO *
        S: 250-x
        S: 250 STARTTLS
        C: STARTTLS
        S: 220 go
        S: 250-evil
        S: 250 AUTH LOGIN
        HANDSHAKE
        C: EHLO client.example
        S: 250 really x"])
    .await;
    let settings = ClientSettings {
        credentials: credentials("secret"),
        ..verifying()
    };
    let error = Connection::connect(address, &settings)
        .await
        .err()
        .expect("no AUTH");
    assert!(matches!(error.kind, ErrorKind::NoLogin), "{error}");
    task.await.unwrap();
}

#[tokio::test]
async fn logins_go_over_tls_alone() {
    let server = TestServer::submission().await;
    let settings = ClientSettings {
        credentials: credentials("secret"),
        ..verifying()
    };
    let mut connection = Connection::connect(server.address, &settings)
        .await
        .unwrap();
    let report = connection
        .send(&envelope(&["a@example.net"]), b"x\r\n")
        .await
        .unwrap();
    assert_eq!(report.recipients[0].outcome, Outcome::Delivered);
    connection.quit().await;
    let wrong = ClientSettings {
        credentials: credentials("wrong"),
        ..verifying()
    };
    let error = Connection::connect(server.address, &wrong)
        .await
        .err()
        .expect("refused");
    assert_eq!(error.reply().map(|reply| reply.code()), Some(535));
    assert!(!error.is_transient());
    let clear = ClientSettings {
        credentials: credentials("secret"),
        ..in_clear()
    };
    let error = Connection::connect(server.address, &clear)
        .await
        .err()
        .expect("refused");
    assert!(matches!(error.kind, ErrorKind::NoLogin));
}

#[tokio::test]
async fn login_is_spoken_where_plain_is_not() {
    let (address, task) = host(&[r"
        S: 220 x
        C: EHLO *
        S: 250-x
        S: 250 STARTTLS
        C: STARTTLS
        S: 220 go
        HANDSHAKE
        C: EHLO *
        S: 250-x
        S: 250 AUTH=LOGIN XOAUTH2
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: cG9zdHNjYWxl
        S: 334 UGFzc3dvcmQ6
        C: c2VjcmV0
        S: 235 ok"])
    .await;
    let settings = ClientSettings {
        credentials: credentials("secret"),
        ..verifying()
    };
    assert!(Connection::connect(address, &settings).await.is_ok());
    task.await.unwrap();
}

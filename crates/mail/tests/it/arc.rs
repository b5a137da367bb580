//! Goal: whether those who say they passed a message on did is told, and improves no other verdict.
//! Method: a message sealed by a relay, whole, changed, and sealed by nobody.

use mail_auth::{
    ArcOutput, AuthenticatedMessage, AuthenticationResults,
    arc::ArcSealer,
    common::{crypto::Ed25519Key, headers::HeaderWriter as _},
};
use postscale_mail::{
    authenticate::{Authentication, Session, authenticate},
    dkim,
};
use postscale_model::{
    AuthVerdict::{Fail, None as Nothing, Pass},
    DkimAlgorithm,
};

use crate::zone::{Data, Zone, txt};

const MESSAGE: &str =
    "From: Ann <ann@sender.test>\r\nTo: bob@example.com\r\nSubject: Hi\r\n\r\nHello\r\n";

/// The message as a relay passes it on, and the record of the relay's key.
fn sealed() -> (String, String) {
    let pair = dkim::generate(DkimAlgorithm::Ed25519).unwrap();
    let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(&pair.private_der).unwrap();
    let message = AuthenticatedMessage::parse(MESSAGE.as_bytes()).unwrap();
    let results = AuthenticationResults::new("relay.test");
    let set = ArcSealer::from_key(key)
        .domain("relay.test")
        .selector("seal")
        .headers(["From", "Subject"])
        .seal(&message, &results, &ArcOutput::default())
        .unwrap();
    let record = format!("v=DKIM1; k=ed25519; p={}", pair.public_key);
    (set.to_header() + MESSAGE, record)
}

async fn judged(zone: &Zone, message: &str) -> Authentication {
    let authserv_id = "mx.example.com".parse().unwrap();
    let session = Session {
        peer: "192.0.2.9".parse().unwrap(),
        helo: "relay.test",
        mail_from: "ann@sender.test",
        authserv_id: &authserv_id,
    };
    authenticate(&zone.resolver(), session, message.as_bytes()).await
}

#[tokio::test]
async fn a_chain_is_told_and_improves_nothing() {
    let (sealed, record) = sealed();
    let records: Vec<(&str, Data)> = vec![
        ("sender.test", txt(&["v=spf1 -all"])),
        ("_dmarc.sender.test", txt(&["v=DMARC1; p=reject"])),
        ("seal._domainkey.relay.test", txt(&[&record])),
    ];
    let zone = Zone::serve(&records).await;
    let passed = judged(&zone, &sealed).await;
    assert_eq!((passed.arc, passed.spf, passed.dmarc), (Pass, Fail, Fail));
    assert!(
        passed.header.contains(";\r\n\tarc=pass\r\n"),
        "{}",
        passed.header
    );
    let changed = judged(&zone, &sealed.replace("Hello", "Hullo")).await;
    assert_eq!((changed.arc, changed.dmarc), (Fail, Fail));
    let gap = judged(&zone, &sealed.replace("ARC-Seal: i=1", "ARC-Seal: i=2")).await;
    assert_eq!(gap.arc, Fail);
    let unsealed = judged(&zone, MESSAGE).await;
    assert_eq!(unsealed.arc, Nothing);
    assert!(!unsealed.header.contains("\tarc="), "{}", unsealed.header);
}

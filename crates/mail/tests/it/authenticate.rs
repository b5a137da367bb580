//! Goal: the verdicts on a message are those of the RFCs, and trouble with DNS is `temperror`.
//! Method: a signed message and a zone with its sender's policies, then one change at a time.

use postscale_mail::{
    authenticate::{Authentication, Session, authenticate, without_forged_results},
    dkim::{self, Signer},
};
use postscale_model::{
    AuthVerdict::{Fail, None as Nothing, Pass, PermError, SoftFail, TempError},
    DkimAlgorithm, Timestamp,
};

use crate::zone::{Data, Zone, txt};

const MESSAGE: &str =
    "From: Ann <ann@sender.test>\r\nTo: bob@example.com\r\nSubject: Hi\r\n\r\nHello\r\n";

struct Sender {
    signer: Signer,
    record: String,
}

impl Sender {
    fn new(domain: &str) -> Self {
        let pair = dkim::generate(DkimAlgorithm::Ed25519).unwrap();
        let (domain, selector) = (domain.parse().unwrap(), "s1".parse().unwrap());
        let algorithm = DkimAlgorithm::Ed25519;
        Self {
            signer: Signer::from_pkcs8(algorithm, &pair.private_der, domain, selector).unwrap(),
            record: format!("v=DKIM1; k=ed25519; p={}", pair.public_key),
        }
    }

    fn sign(&self, message: &str) -> String {
        let seconds = std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap()
            .as_secs();
        let now = Timestamp::from_seconds(i64::try_from(seconds).unwrap());
        self.signer.sign(message.as_bytes(), now).unwrap() + message
    }

    async fn zone(&self) -> Zone {
        let records: Vec<(&str, Data)> = vec![
            ("sender.test", txt(&["v=spf1 ip4:192.0.2.1 ~all"])),
            ("s1._domainkey.sender.test", txt(&[&self.record])),
            ("_dmarc.sender.test", txt(&["v=DMARC1; p=reject"])),
        ];
        Zone::serve(&records).await
    }
}

async fn judged(zone: &Zone, peer: &str, mail_from: &str, message: &str) -> Authentication {
    let authserv_id = "mx.example.com".parse().unwrap();
    let session = Session {
        peer: peer.parse().unwrap(),
        helo: "mail.sender.test",
        mail_from,
        authserv_id: &authserv_id,
    };
    authenticate(&zone.resolver(), session, message.as_bytes()).await
}

#[tokio::test]
async fn honest_mail_passes_everything() {
    let sender = Sender::new("sender.test");
    let zone = sender.zone().await;
    let message = sender.sign(MESSAGE);
    let found = judged(&zone, "192.0.2.1", "ann@sender.test", &message).await;
    assert_eq!((found.spf, found.dkim, found.dmarc), (Pass, Pass, Pass));
    let lines: Vec<_> = found.header.split("\r\n").collect();
    assert_eq!(lines[0], "Authentication-Results: mx.example.com;");
    assert_eq!(lines[1], "\tspf=pass smtp.mailfrom=ann@sender.test;");
    assert!(lines[2].starts_with("\tdkim=pass header.d=sender.test header.s=s1 header.b="));
    assert_eq!(lines[3], "\tdmarc=pass header.from=sender.test");
    assert_eq!(lines[4..], [""]);
}

#[tokio::test]
async fn each_change_has_its_verdict() {
    let sender = Sender::new("sender.test");
    let zone = sender.zone().await;
    let signed = sender.sign(MESSAGE);
    let altered = signed.replace("Hello", "Hullo");
    let other = MESSAGE.replace("ann@sender.test", "ann@other.test");
    let unknown = MESSAGE.replace("ann@sender.test", "ann@x.servfail.test");
    let expired = sender
        .signer
        .sign(MESSAGE.as_bytes(), Timestamp::from_seconds(1_000));
    let expired = expired.unwrap() + MESSAGE;
    let two = format!("From: eve@other.test\r\n{signed}");
    let good = "192.0.2.1";
    for (what, peer, mail_from, message, want) in [
        (
            "forwarded",
            "192.0.2.9",
            "ann@sender.test",
            &signed,
            (SoftFail, Pass, Pass),
        ),
        (
            "altered",
            "192.0.2.9",
            "ann@sender.test",
            &altered,
            (SoftFail, Fail, Fail),
        ),
        (
            "altered, right host",
            good,
            "ann@sender.test",
            &altered,
            (Pass, Fail, Pass),
        ),
        (
            "expired",
            "192.0.2.9",
            "ann@sender.test",
            &expired,
            (SoftFail, Fail, Fail),
        ),
        (
            "unsigned",
            "192.0.2.9",
            "",
            &MESSAGE.to_owned(),
            (Nothing, Nothing, Fail),
        ),
        (
            "no policy",
            good,
            "ann@sender.test",
            &other,
            (Pass, Nothing, Nothing),
        ),
        (
            "DNS fails",
            good,
            "a@x.servfail.test",
            &unknown,
            (TempError, Nothing, TempError),
        ),
        (
            "two authors",
            good,
            "ann@sender.test",
            &two,
            (Pass, Fail, PermError),
        ),
        (
            "no header",
            good,
            "ann@sender.test",
            &String::new(),
            (Pass, PermError, PermError),
        ),
    ] {
        let found = judged(&zone, peer, mail_from, message).await;
        assert_eq!(
            (found.spf, found.dkim, found.dmarc),
            want,
            "{what}: {}",
            found.header
        );
    }
}

#[tokio::test]
async fn white_space_lines_at_the_end_of_a_relaxed_body_do_not_matter() {
    let sender = Sender::new("sender.test");
    let zone = sender.zone().await;
    let message = sender.sign(&format!("{MESSAGE} \r\n\t\r\n\r\n"));
    let found = judged(&zone, "192.0.2.1", "ann@sender.test", &message).await;
    assert_eq!(found.dkim, Pass, "{}", found.header);
}

#[tokio::test]
async fn a_flood_of_signatures_is_not_verified() {
    let sender = Sender::new("sender.test");
    let zone = sender.zone().await;
    let mut message = MESSAGE.to_owned();
    for _ in 0..21 {
        message = sender.sign(&message);
    }
    let found = judged(&zone, "192.0.2.1", "ann@sender.test", &message).await;
    assert_eq!((found.spf, found.dkim), (Pass, PermError));
}

#[tokio::test]
async fn a_signature_with_sha_1_proves_nothing() {
    let zone = Sender::new("sender.test").zone().await;
    let message = format!(
        "DKIM-Signature: v=1; a=rsa-sha1; d=sender.test; s=s1; h=From; bh=AAAA; b=AAAA\r\n{MESSAGE}"
    );
    let found = judged(&zone, "192.0.2.9", "ann@sender.test", &message).await;
    assert_eq!(
        (found.dkim, found.dmarc),
        (PermError, Fail),
        "{}",
        found.header
    );
    assert!(found.header.contains("dkim=permerror header.d=sender.test"));
}

#[tokio::test]
async fn a_signature_that_leaves_the_author_open_proves_nothing() {
    let sender = Sender::new("sender.test");
    let zone = sender.zone().await;
    let signed = sender.sign(MESSAGE);
    let (field, _) = signed.split_once("\r\nFrom:").unwrap();
    let field = field.replace("\r\n", "");
    // What the signature covers is changed, so that it fails where it is looked at.
    for (names, want) in [("To:Subject", PermError), ("to:FROM", Fail)] {
        let tags = field.split(';').map(|tag| match tag.trim_start() {
            tag if tag.starts_with("h=") => format!("h={names}"),
            tag => tag.to_owned(),
        });
        let tags: Vec<String> = tags.collect();
        let message = format!("{}\r\n{MESSAGE}", tags.join("; "));
        let found = judged(&zone, "192.0.2.9", "ann@sender.test", &message).await;
        let verdicts = (found.dkim, found.dmarc);
        assert_eq!(
            verdicts,
            (want, Fail),
            "{names}: {message} {}",
            found.header
        );
    }
}

#[tokio::test]
async fn half_a_policy_is_none() {
    const NONE: &str = "none.sender.test";
    let three = format!("v=spf1 a:{NONE} a:x.{NONE} mx:{NONE} ip4:192.0.2.1 -all");
    let two = format!("v=spf1 a:{NONE} mx:{NONE} exists:{NONE} ip4:192.0.2.1 -all");
    let zone = Zone::serve(&[
        ("good.test", txt(&["v=spf1 ip4:192.0.2.1 -all"])),
        ("good.test", txt(&["v=spf10 -all"])),
        ("two.test", txt(&["v=spf1 ip4:192.0.2.1 -all"])),
        ("two.test", txt(&["v=spf1 -all"])),
        ("foo.test", txt(&["v=spf1 ip4:192.0.2.1 foo:bar -all"])),
        ("ip.test", txt(&["v=spf1 ip4:192.0.2.1 ip4:999.1.1.1 -all"])),
        ("below.test", txt(&["v=spf1 include:foo.test -all"])),
        ("above.test", txt(&["v=spf1 include:good.test -all"])),
        ("to.test", txt(&["v=spf1 redirect=two.test"])),
        ("why.test", txt(&["v=spf1 exp=text.why.test -all"])),
        ("text.why.test", txt(&["Because %{i} is nobody"])),
        ("void2.test", txt(&[&two])),
        ("void3.test", txt(&[&three])),
    ])
    .await;
    for (domain, want) in [
        ("good.test", Pass),
        ("above.test", Pass),
        ("two.test", PermError),
        ("foo.test", PermError),
        ("ip.test", PermError),
        ("below.test", PermError),
        ("to.test", PermError),
        ("why.test", Fail),
        ("nothing.test", Nothing),
        ("void2.test", Pass),
        ("void3.test", PermError),
    ] {
        let mail_from = format!("ann@{domain}");
        let found = judged(&zone, "192.0.2.1", &mail_from, MESSAGE).await;
        assert_eq!(found.spf, want, "{domain}");
    }
}

#[tokio::test]
async fn strangers_cannot_write_into_the_field() {
    let zone = Zone::serve(&[]).await;
    let mail_from = "\"a\r\nX: y; dkim=pass\"@sender.test";
    let found = judged(&zone, "192.0.2.1", mail_from, MESSAGE).await;
    assert!(!found.header.contains("\r\nX"), "{}", found.header);
    assert!(
        found
            .header
            .contains("smtp.mailfrom=\"\\\"aX: y; dkim=pass\\\"@sender.test\"")
    );
}

#[test]
fn results_that_claim_to_be_ours_are_taken_out() {
    let us = "mx.example.com".parse().unwrap();
    let message = "Authentication-Results: MX.example.com; spf=pass\r\n\
        Authentication-Results: (c) mx.example.com; spf=pass\r\n\
        Authentication-Results: (a (b\\)) c)\r\n\tmx.example.com(x); spf=pass\r\n\
        Authentication-Results: mx.example.com.; spf=pass\r\n\
        Authentication-Results: \"mx\\.example.com\" 1; spf=pass\r\n\
        Authentication-Results: (mx.example.com; spf=pass\r\n\
        Authentication-Results: ; spf=pass\r\n\
        Authentication-Results: other.example; spf=pass\r\n\
        authentication-results: \"mx.example.com\" 1;\r\n dkim=pass\r\n\
        Authentication-Results: mx.example.com\r\n\
        Subject: x\r\n\r\nAuthentication-Results: mx.example.com; body\r\n";
    assert_eq!(
        String::from_utf8_lossy(&without_forged_results(message.as_bytes(), &us)),
        "Authentication-Results: other.example; spf=pass\r\n\
         Subject: x\r\n\r\nAuthentication-Results: mx.example.com; body\r\n"
    );
}

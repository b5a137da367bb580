//! Goal: what we sign verifies elsewhere, and changing what readers trust breaks it.
//! Method: an independent verifier in process, its DNS answers preloaded; openssl and dkimpy are
//! run by the integration tests of the binary.

use std::{collections::HashMap, hash::Hash, net::IpAddr, sync::Arc};

use mail_auth::{
    AuthenticatedMessage, DkimResult, MX, MessageAuthenticator, Parameters, RecordSet,
    ResolverCache, Txt,
    common::{cache::NoCache, parse::TxtRecordParser, verify::DomainKey},
};

use super::*;

const MESSAGE: &str = "From: Ann <ann@example.com>\r\nTo: bob@example.net\r\n\
    Subject: a  folded\r\n  subject \r\nX-Other: unsigned\r\nReferences: <a@b>\r\n\r\n\
    Hello  world \r\n\r\n tab\there\r\n \r\n\t\r\n\r\n";

fn now() -> Timestamp {
    let seconds = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs();
    Timestamp::from_seconds(i64::try_from(seconds).unwrap())
}

struct Zone(HashMap<Box<str>, Txt>);

impl ResolverCache<Box<str>, Txt> for Zone {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.get(name).cloned()
    }
    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }
    fn insert(&self, _: Box<str>, _: Txt, _: std::time::Instant) {}
}

fn signer(algorithm: DkimAlgorithm, selector: &str) -> (Signer, String) {
    let pair = generate(algorithm).unwrap();
    let domain = "example.com".parse().unwrap();
    let signer = Signer::from_pkcs8(
        algorithm,
        &pair.private_der,
        domain,
        selector.parse().unwrap(),
    );
    let kind = if algorithm == DkimAlgorithm::Ed25519 {
        "ed25519"
    } else {
        "rsa"
    };
    (
        signer.unwrap(),
        format!("v=DKIM1; k={kind}; p={}", pair.public_key),
    )
}

/// The verdicts on every signature, first first.
fn verify(message: &str, records: &[(&str, &str)]) -> Vec<DkimResult> {
    let zone = Zone(
        records
            .iter()
            .map(|(selector, record)| {
                let key = DomainKey::parse(record.as_bytes()).unwrap();
                let name = format!("{selector}._domainkey.example.com.");
                (name.into_boxed_str(), Txt::DomainKey(Arc::new(key)))
            })
            .collect(),
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let resolver = crate::dns::Resolver::new(&crate::dns::DnsSettings {
            servers: vec!["127.0.0.1:9".parse().unwrap()],
            ..Default::default()
        });
        let authenticator = MessageAuthenticator(resolver.unwrap().inner().clone());
        let parsed = AuthenticatedMessage::parse(message.as_bytes()).unwrap();
        let parameters = Parameters {
            params: &parsed,
            cache_txt: Some(&zone),
            cache_mx: None::<&NoCache<Box<str>, RecordSet<MX>>>,
            cache_ptr: None::<&NoCache<IpAddr, RecordSet<Box<str>>>>,
            cache_ipv4: None::<&NoCache<Box<str>, RecordSet<std::net::Ipv4Addr>>>,
            cache_ipv6: None::<&NoCache<Box<str>, RecordSet<std::net::Ipv6Addr>>>,
        };
        let outputs = authenticator.verify_dkim(parameters).await;
        outputs
            .iter()
            .map(|output| output.result().clone())
            .collect()
    })
}

/// The test message without the lines of white space at its end, which the verifier here gets
/// wrong (RFC 6376 §3.4.4); `canonical` covers them.
fn message() -> String {
    MESSAGE.trim_end().to_owned() + "\r\n\r\n"
}

#[test]
fn an_independent_verifier_accepts_both_kinds_of_signatures() {
    let (rsa, rsa_record) = signer(DkimAlgorithm::Rsa2048, "r1");
    let (ed, ed_record) = signer(DkimAlgorithm::Ed25519, "e1");
    let fields = sign(message().as_bytes(), &[&rsa, &ed], now()).unwrap();
    let signed = fields + &message();
    let records = [("r1", rsa_record.as_str()), ("e1", ed_record.as_str())];
    assert_eq!(
        verify(&signed, &records),
        [DkimResult::Pass, DkimResult::Pass]
    );
}

#[test]
fn changing_or_adding_a_trusted_field_breaks_the_signature() {
    let (signer, record) = signer(DkimAlgorithm::Ed25519, "e1");
    let field = signer.sign(message().as_bytes(), now()).unwrap();
    let signed = |message: String| verify(&(field.clone() + &message), &[("e1", &record)]);
    assert_eq!(signed(message()), [DkimResult::Pass]);
    assert_eq!(
        signed(message().replace("unsigned", "changed")),
        [DkimResult::Pass]
    );
    for added in [
        "From: mallory@example.net",
        "Subject: other",
        "To: x@example.org",
        "Cc: x@example.org",
        "Reply-To: x@example.org",
        "Sender: x@example.org",
        "Date: today",
        "Message-ID: <x@y>",
        "Content-Type: text/html",
        "MIME-Version: 1.0",
        "References: <c@d>",
    ] {
        let broken = signed(format!("{added}\r\n{}", message()));
        assert!(
            matches!(broken[..], [DkimResult::Fail(_)]),
            "{added}: {broken:?}"
        );
    }
    let broken = signed(message().replace("Hello", "hello"));
    assert!(matches!(broken[..], [DkimResult::Neutral(_)]), "{broken:?}");
}

#[test]
fn the_field_expires_in_a_week_names_no_length_and_is_folded() {
    let (signer, _) = signer(DkimAlgorithm::Rsa2048, "r1");
    let field = signer
        .sign(message().as_bytes(), Timestamp::from_seconds(1_000))
        .unwrap();
    assert!(field.starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"));
    assert!(field.contains("d=example.com;\r\n\ts=r1; t=1000; x=605800;"));
    assert!(!field.contains("l="));
    assert!(field.contains("From:From:Sender:Reply-To:To:To:Cc:Subject:Subject:"));
    assert!(field.ends_with("\r\n"));
    assert!(field.lines().all(|line| line.len() < 78), "{field}");
}

#[test]
fn white_space_lines_at_the_end_do_not_change_the_signature() {
    let (signer, _) = signer(DkimAlgorithm::Ed25519, "e1");
    let now = Timestamp::from_seconds(1_000);
    assert_eq!(
        signer.sign(MESSAGE.as_bytes(), now).unwrap(),
        signer.sign(message().as_bytes(), now).unwrap()
    );
}

#[test]
fn what_cannot_be_signed_is_refused() {
    let (signer, _) = signer(DkimAlgorithm::Ed25519, "e1");
    assert_eq!(
        signer.sign(b"To: a@b.example\r\n\r\n", now()),
        Err(SignError::NoFrom)
    );
    let pair = generate(DkimAlgorithm::Ed25519).unwrap();
    for (algorithm, der) in [
        (DkimAlgorithm::Rsa2048, pair.private_der.as_slice()),
        (DkimAlgorithm::Ed25519, b"junk"),
    ] {
        let domain = "example.com".parse().unwrap();
        let made = Signer::from_pkcs8(algorithm, der, domain, "s".parse().unwrap());
        assert_eq!(made.map(|_| ()), Err(SignError::Key));
    }
}

#[test]
fn signers_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Signer>();
}

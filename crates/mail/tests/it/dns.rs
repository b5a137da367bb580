//! Goal: every kind of answer is told from every other, and nothing else is asked.
//! Method: one zone with each kind.

use postscale_mail::dns::{DnsError, MxHost};

use crate::zone::{Zone, a, cname, mx, txt};

#[tokio::test]
async fn answers_are_read_whole() {
    let zone = Zone::serve(&[
        ("split.test", txt(&["v=DKIM1; p=AA", "BB"])),
        ("split.test", txt(&["other"])),
        ("mail.test", mx(20, "B.Test")),
        ("mail.test", mx(10, "a.test")),
        ("alias.test", cname("Target.test")),
        ("target.test", txt(&["through the alias"])),
        ("host.test", a(7)),
    ])
    .await;
    let resolver = zone.resolver();
    let mut texts = resolver.txt("split.test").await.unwrap();
    texts.sort();
    assert_eq!(texts, ["other", "v=DKIM1; p=AABB"]);
    let mut hosts = resolver.mx("mail.test").await.unwrap();
    hosts.sort_by_key(|host| host.preference);
    let host = |exchange: &str, preference| MxHost {
        exchange: exchange.to_owned(),
        preference,
    };
    assert_eq!(hosts, [host("a.test", 10), host("b.test", 20)]);
    assert_eq!(
        resolver.cname("alias.test").await.as_deref(),
        Ok("target.test")
    );
    assert_eq!(
        resolver.txt("alias.test").await.unwrap(),
        ["through the alias"]
    );
    assert_eq!(
        resolver.addresses("host.test").await.unwrap(),
        ["192.0.2.7".parse::<std::net::IpAddr>().unwrap()]
    );
}

#[tokio::test]
async fn an_answer_too_large_for_udp_is_fetched_over_tcp() {
    let strings = vec!["x".repeat(255); 20];
    let strings: Vec<&str> = strings.iter().map(String::as_str).collect();
    let zone = Zone::serve(&[("large.test", txt(&strings))]).await;
    let texts = zone.resolver().txt("large.test").await.unwrap();
    assert_eq!(texts.iter().map(String::len).collect::<Vec<_>>(), [5100]);
}

#[tokio::test]
async fn nothing_there_is_told_from_could_not_find_out() {
    let zone = Zone::serve(&[("host.test", a(7))]).await;
    let resolver = zone.resolver();
    for missing in ["nowhere.test", "host.test", "bad..name"] {
        let answer = resolver.txt(missing).await;
        assert_eq!(answer, Err(DnsError::NotFound), "{missing}");
    }
    for trouble in ["x.servfail.test", "x.silent.test", "outside.example"] {
        let text = resolver.txt(trouble).await;
        assert!(
            matches!(text, Err(DnsError::Failed(_))),
            "{trouble}: {text:?}"
        );
        let addresses = resolver.addresses(trouble).await;
        assert!(matches!(addresses, Err(DnsError::Failed(_))), "{trouble}");
    }
    let target = resolver.cname("host.test").await;
    assert_eq!(target, Err(DnsError::NotFound));
}

#[tokio::test]
async fn the_hosts_file_is_not_read() {
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let named = hosts.lines().filter(|line| !line.starts_with('#'));
    let zone = Zone::serve(&[]).await;
    for host in named.flat_map(|line| line.split_whitespace().skip(1)) {
        if host.contains("localhost") {
            continue; // answered without asking anybody, as RFC 6761 §6.3 wants
        }
        let found = zone.resolver().addresses(host).await;
        assert!(found.is_err(), "{host}: {found:?}");
    }
}

#[test]
fn looking_up_and_verifying_can_move_between_threads() {
    fn sendable<T: Send>(_: impl FnOnce() -> T) {}
    let resolver = |address: &str| {
        postscale_mail::dns::Resolver::new(&postscale_mail::dns::DnsSettings {
            servers: vec![address.parse().unwrap()],
            ..Default::default()
        })
    };
    let resolver: &'static _ = Box::leak(Box::new(resolver("127.0.0.1:9").unwrap()));
    let host: &'static _ = Box::leak(Box::new("mx.test".parse().unwrap()));
    let now = postscale_model::Timestamp::from_seconds(0);
    sendable(|| postscale_mail::mx::route(resolver, host));
    sendable(|| postscale_mail::records::check(resolver, Vec::new(), &[], now));
    let session = postscale_mail::authenticate::Session {
        peer: [127, 0, 0, 1].into(),
        helo: "",
        mail_from: "",
        authserv_id: host,
    };
    sendable(|| postscale_mail::authenticate::authenticate(resolver, session, b""));
}

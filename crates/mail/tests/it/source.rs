//! Goal: what the servers of a zone say counts, no cache delays it, and whatever they do instead of
//! answering costs bounded time and no answer.
//! Method: two real name servers, the usual one with old records and that of the zone with new ones.

use std::{net::IpAddr, sync::Arc, time::Duration};

use postscale_mail::{
    dns::{DnsError, DnsSettings, Resolver, Source},
    records::is_handed_over,
};
use postscale_testkit::{RecordType, TestDns};

struct Servers {
    usual: TestDns,
    own: TestDns,
}

impl Servers {
    /// `acme.test` is served by the second, as the first knows.
    async fn start() -> Self {
        let (usual, own) = (TestDns::start().await, TestDns::start().await);
        usual.add_ns("acme.test", "ns1.acme.test");
        usual.set_a("ns1.acme.test", [127, 0, 0, 1].into());
        usual.set_txt("acme.test", "old");
        usual.set_txt("acme.test", "old");
        own.set_txt("acme.test", "new");
        Self { usual, own }
    }

    fn resolver(&self, may_ask: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Resolver {
        Resolver::new(&DnsSettings {
            servers: vec![self.usual.address()],
            timeout: Duration::from_secs(1),
            source: Some(Source {
                port: self.own.address().port(),
                may_ask: Arc::new(may_ask),
            }),
        })
        .unwrap()
    }
}

async fn text(resolver: &Resolver, name: &str) -> Result<String, DnsError> {
    let found = resolver.at_source("acme.test").await.txt(name).await;
    found.map(|found| found.concat())
}

#[tokio::test]
async fn the_servers_of_the_zone_are_asked_and_seen_to_change() {
    let servers = Servers::start().await;
    let resolver = servers.resolver(|_| true);
    assert_eq!(resolver.txt("acme.test").await.unwrap(), ["old"]);
    assert_eq!(text(&resolver, "acme.test").await.unwrap(), "new");
    servers.own.set_txt("acme.test", "newer");
    assert_eq!(text(&resolver, "acme.test").await.unwrap(), "newer");
    servers.own.remove("acme.test", RecordType::TXT);
    assert_eq!(text(&resolver, "acme.test").await, Err(DnsError::NotFound));
    // A name below is in the same zone.
    servers.own.set_txt("x.mail.acme.test", "below");
    let below = resolver.at_source("mail.acme.test").await;
    assert_eq!(below.txt("x.mail.acme.test").await.unwrap(), ["below"]);
    // What is cached stays so, for those who ask for that.
    servers.usual.set_txt("acme.test", "younger");
    assert_eq!(resolver.txt("acme.test").await.unwrap(), ["old"]);
    assert_eq!(
        resolver.uncached().txt("acme.test").await.unwrap(),
        ["younger"]
    );
}

#[tokio::test]
async fn servers_at_addresses_that_are_not_allowed_are_never_asked() {
    let servers = Servers::start().await;
    let resolver = servers.resolver(|address| !address.is_loopback());
    assert_eq!(text(&resolver, "acme.test").await.unwrap(), "old");
}

#[tokio::test]
async fn servers_that_do_not_answer_for_themselves_leave_it_to_the_usual_ones() {
    let servers = Servers::start().await;
    let resolver = servers.resolver(|_| true);
    servers.own.servfail("acme.test");
    assert_eq!(text(&resolver, "acme.test").await.unwrap(), "old");
    servers.own.refuse("acme.test");
    assert_eq!(text(&resolver, "acme.test").await.unwrap(), "old");
    servers.own.fall_silent("acme.test");
    assert_eq!(text(&resolver, "acme.test").await.unwrap(), "old");
    servers.own.lie("acme.test");
    assert_eq!(text(&resolver, "acme.test").await.unwrap(), "old");
    // Nobody answers: a definite answer is not made up.
    servers.usual.fall_silent("acme.test");
    assert!(matches!(
        text(&resolver, "acme.test").await,
        Err(DnsError::Failed(_))
    ));
}

#[tokio::test]
async fn records_of_another_name_are_no_answer() {
    let dns = TestDns::start().await;
    dns.lie("acme.test");
    let found = dns.resolver().txt("acme.test").await;
    assert!(found.is_err(), "{found:?}");
}

#[tokio::test]
async fn an_answer_to_another_question_is_waited_past() {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let settings = DnsSettings {
        servers: vec![socket.local_addr().unwrap()],
        timeout: Duration::from_millis(400),
        source: None,
    };
    let liar = async {
        let mut buffer = [0; 512];
        loop {
            let (size, peer) = socket.recv_from(&mut buffer).await.unwrap();
            // The same question with another id, said to be answered: nothing there.
            buffer[0] ^= 0xff;
            buffer[2] |= 0x84;
            socket.send_to(&buffer[..size], peer).await.unwrap();
        }
    };
    let resolver = Resolver::new(&settings).unwrap();
    let asked = resolver.txt("acme.test");
    tokio::select! {
        () = liar => unreachable!("it goes on"),
        answer = asked => assert!(matches!(answer, Err(DnsError::Failed(_))), "{answer:?}"),
    }
}

#[tokio::test]
async fn chains_and_loops_of_aliases_end() {
    let dns = TestDns::start().await;
    for (at, to) in [
        ("a.test", "b.test"),
        ("b.test", "c.test"),
        ("c.test", "d.test"),
    ] {
        dns.set_cname(at, to);
    }
    dns.set_txt("d.test", "end");
    let resolver = dns.resolver();
    assert_eq!(resolver.txt("a.test").await.unwrap(), ["end"]);
    assert_eq!(
        resolver.aliases("a.test").await.unwrap(),
        ["b.test", "c.test", "d.test"]
    );
    dns.set_cname("x.test", "y.test");
    dns.set_cname("y.test", "x.test");
    assert!(resolver.txt("x.test").await.is_err());
    assert_eq!(
        resolver.aliases("x.test").await.unwrap(),
        ["y.test", "x.test"]
    );
    dns.set_cname("self.test", "self.test");
    assert_eq!(resolver.aliases("self.test").await.unwrap(), ["self.test"]);
    assert!(resolver.txt("self.test").await.is_err());
}

#[tokio::test]
async fn an_answer_with_far_too_many_records_is_cut() {
    let dns = TestDns::start().await;
    for n in 0..400 {
        dns.add_txt("many.test", &format!("{n:0>100}"));
    }
    let found = dns.resolver().txt("many.test").await.unwrap();
    assert_eq!(found.len(), 100);
}

#[tokio::test]
async fn a_name_changes_hands_only_when_one_proof_is_there_and_the_other_is_gone() {
    let dns = TestDns::start().await;
    let resolver = dns.resolver();
    let domain = "acme.test".parse().unwrap();
    let proof = |token: &str| format!("postscale-verification={token}");
    let at = "_postscale.acme.test";
    let asked = async || is_handed_over(&resolver, &domain, "bb", "aa").await;
    assert_eq!(asked().await, Some(false));
    dns.set_txt(at, &proof("aa"));
    assert_eq!(asked().await, Some(false));
    dns.add_txt(at, &proof("bb"));
    assert_eq!(asked().await, Some(false), "both are there");
    dns.set_txt(at, &proof("bb"));
    assert_eq!(asked().await, Some(true));
    dns.add_txt(at, &format!("\"{}\"", proof("AA")));
    assert_eq!(asked().await, Some(false), "however it is written");
    dns.servfail(at);
    assert_eq!(asked().await, None);
    dns.mend(at);
    dns.set_txt(at, &proof("bb"));
    for n in 0..120 {
        dns.add_txt(at, &format!("{n}"));
    }
    assert_eq!(
        asked().await,
        None,
        "the other one may be among what was cut off"
    );
}

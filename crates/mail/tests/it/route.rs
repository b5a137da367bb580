//! Goal: mail goes where RFC 5321 §5.1 and RFC 7505 say.
//! Method: one domain for each case.

use postscale_mail::mx::{RouteError, route};

use crate::zone::{Zone, a, cname, mx};

#[tokio::test]
async fn every_case_of_routing_is_decided() {
    let zone = Zone::serve(&[
        ("two.test", mx(20, "second.test")),
        ("two.test", mx(10, "first.test")),
        ("implicit.test", a(1)),
        ("null.test", mx(0, ".")),
        ("mixed.test", mx(0, ".")),
        ("mixed.test", mx(10, "host.test")),
        ("alias.test", cname("two.test")),
    ])
    .await;
    let resolver = zone.resolver();
    let hosts = |hosts: &[&str]| Ok(hosts.iter().map(ToString::to_string).collect());
    let cases: [(&str, Result<Vec<String>, RouteError>); 6] = [
        ("two.test", hosts(&["first.test", "second.test"])),
        ("alias.test", hosts(&["first.test", "second.test"])),
        ("implicit.test", hosts(&["implicit.test"])),
        ("mixed.test", hosts(&["host.test"])),
        ("null.test", Err(RouteError::NullMx)),
        ("nowhere.test", Err(RouteError::NoSuchDomain)),
    ];
    for (domain, want) in cases {
        let found = route(&resolver, &domain.parse().unwrap()).await;
        let found = found.map(|hosts| hosts.into_iter().map(|host| host.exchange).collect());
        assert_eq!(found, want, "{domain}");
    }
    let trouble = route(&resolver, &"x.servfail.test".parse().unwrap()).await;
    assert!(
        matches!(trouble, Err(RouteError::Temporary(_))),
        "{trouble:?}"
    );
}

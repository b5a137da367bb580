//! Goal: nobody makes us post to a machine that is not public, unless the operator allows it.
//! Method: endpoints whose URLs were stored without being judged, names whose addresses change
//! between tries, and an HTTP server that must hear nothing.

use std::net::Ipv4Addr;

use postscale_engine::Workers;
use postscale_testkit::on_both_engines;

use crate::{endpoint::Endpoint, instance::Instance};

const LAST_TRIES: &str = "SELECT w.url || ' ' || COALESCE(CAST(a.status_code AS TEXT), a.error) AS c FROM webhook_attempts a \
     JOIN webhook_deliveries v ON v.id = a.delivery_id JOIN webhooks w ON w.id = v.webhook_id \
     WHERE a.attempt = v.attempts ORDER BY w.created_at, w.url";
const ALL_TRIES: &str =
    "SELECT COALESCE(CAST(status_code AS TEXT), error) AS c FROM webhook_attempts ORDER BY attempt";
const REFUSED: &str = "the address is not a public one";
const INSIDE: &str = "plain http and unusual ports are posted to only inside the allowed networks";

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
const PRIVATE: Ipv4Addr = Ipv4Addr::new(10, 1, 2, 3);
const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
const PUBLIC: Ipv4Addr = Ipv4Addr::new(93, 184, 216, 34);

/// Has all of these told of one message, and waits for their tries.
async fn tell(instance: &mut Instance, urls: &[String], want: &[String]) {
    for url in urls {
        instance.endpoint(url, &["email.received"]).await;
    }
    let running = instance.start_only(Workers {
        deliver: true,
        webhooks: true,
        ..Workers::NONE
    });
    instance
        .run("UPDATE domains SET catch_all_enabled = TRUE", &[])
        .await;
    instance
        .receive(
            "bob@far.example",
            &["x@shared.example"],
            "From: bob@far.example\r\n\r\nhi\r\n",
        )
        .await;
    let want: Vec<&str> = want.iter().map(String::as_str).collect();
    instance.until_texts(LAST_TRIES, &want).await;
    running.stop().await;
}

on_both_engines! {
    async fn no_address_that_is_not_public_is_dialled(database) {
        let mut instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        instance.settings.webhook_allow.clear();
        let dns = &instance.app.dns;
        dns.set_a("loop.far.example", HERE);
        dns.set_a("private.far.example", PRIVATE);
        dns.set_a("metadata.google.internal", METADATA);
        dns.set_aaaa("mapped.far.example", HERE.to_ipv6_mapped());
        dns.set_aaaa("link.far.example", "fe80::1".parse().unwrap());
        dns.set_aaaa("unique.far.example", "fd00::1".parse().unwrap());
        dns.set_aaaa("nat64.far.example", "64:ff9b::7f00:1".parse().unwrap());
        dns.set_cname("alias.far.example", "loop.far.example");
        let mut urls: Vec<String> = [
            "https://10.1.2.3/", "https://127.0.0.1/", "https://127.0.0.1:8443/", "https://169.254.169.254/",
            "https://192.168.1.1/", "https://2130706433/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
            "https://[fd00::1]/", "https://[fe80::1]/", "https://alias.far.example/", "https://link.far.example/",
            "https://loop.far.example/", "https://mapped.far.example/", "https://metadata.google.internal/",
            "https://nat64.far.example/", "https://private.far.example/", "https://unique.far.example/",
        ].map(str::to_owned).to_vec();
        urls.sort();
        let mut want: Vec<String> = urls.iter().map(|url| format!("{url} {REFUSED}")).collect();
        // Neither plain text nor a port of its own opens a door.
        let port = endpoint.port;
        for url in [format!("http://127.0.0.1:{port}/"), format!("http://loop.far.example:{port}/"), format!("https://127.0.0.1:{port}/")] {
            want.push(format!("{url} {INSIDE}"));
            urls.push(url);
        }
        want.sort();
        tell(&mut instance, &urls, &want).await;
        assert!(endpoint.posted().is_empty());
    }

    async fn plain_http_is_for_the_allowed_networks_whatever_the_name(database) {
        let mut instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        let port = endpoint.port;
        let dns = &instance.app.dns;
        for (name, address) in [
            ("hooks.internal", HERE), ("other.internal", PRIVATE), ("public.internal", PUBLIC), ("www.far.example", PUBLIC),
            ("inside.far.example", HERE),
        ] {
            dns.set_a(name, address);
        }
        let cases = [
            (format!("http://127.0.0.1:{port}/"), "200"),
            (format!("http://93.184.216.34:{port}/"), INSIDE),
            (format!("http://[::1]:{port}/"), INSIDE),
            (format!("http://hooks.internal:{port}/"), "200"),
            (format!("http://inside.far.example:{port}/"), "200"),
            (format!("http://other.internal:{port}/"), INSIDE),
            (format!("http://public.internal:{port}/"), INSIDE),
            (format!("http://www.far.example:{port}/"), INSIDE),
            (format!("https://www.far.example:{port}/"), INSIDE),
        ];
        let urls: Vec<String> = cases.iter().map(|(url, _)| url.clone()).collect();
        let want: Vec<String> = cases.iter().map(|(url, want)| format!("{url} {want}")).collect();
        tell(&mut instance, &urls, &want).await;
        assert_eq!(endpoint.posted().len(), 3);
    }

    async fn localhost_is_a_name_like_any_other(database) {
        let mut instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        // Somewhere else is allowed; this machine is not.
        instance.settings.webhook_allow = vec!["10.0.0.0/8".parse().unwrap()];
        let urls = ["a.localhost", "localhost"].map(|name| format!("http://{name}:{}/", endpoint.port));
        let want = urls.clone().map(|url| format!("{url} {INSIDE}"));
        tell(&mut instance, &urls, &want).await;
        assert!(endpoint.posted().is_empty());
    }

    async fn a_name_is_judged_at_every_try(database) {
        let mut instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        endpoint.answer(&[500]);
        let url = format!("http://turn.far.example:{}/", endpoint.port);
        instance.app.dns.set_a("turn.far.example", HERE);
        tell(&mut instance, std::slice::from_ref(&url), &[format!("{url} 500")]).await;
        instance.app.dns.set_a("turn.far.example", PRIVATE);
        let running = instance.start();
        for tries in [&["500", INSIDE][..], &["500", INSIDE, INSIDE]] {
            instance.pass(instance.until_due().await).await;
            instance.until_texts(ALL_TRIES, tries).await;
        }
        instance.app.dns.set_a("turn.far.example", HERE);
        instance.pass(instance.until_due().await).await;
        instance.until_texts(ALL_TRIES, &["500", INSIDE, INSIDE, "200"]).await;
        running.stop().await;
        assert_eq!(endpoint.posted().len(), 2);
    }
}

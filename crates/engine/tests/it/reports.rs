//! Goal: mail to a report address becomes figures of that domain and of no other, once, however it is
//! packed and however often it comes; what is no report is told of and answered to nobody.
//! Method: mail handed to the intake as the reception does, and an engine that reads.

use bytes::Bytes;
use postscale_engine::{Workers, reports::intake};
use postscale_mail::dns::DnsError;
use postscale_model::Domain;
use postscale_smtp::ReversePath;
use postscale_store::domain;
use postscale_testkit::on_both_engines;

use crate::instance::{Instance, system};

const READING: Workers = Workers {
    reports: true,
    ..Workers::NONE
};
const KEPT: &str = "SELECT r.report_id || ' ' || d.name AS c FROM dmarc_reports r JOIN domains d ON d.id = r.domain_id \
    WHERE r.org_name <> 'Mail Provider' ORDER BY 1";
const UNREAD: &str =
    "SELECT subject || ': ' || problem AS c FROM report_mails WHERE problem IS NOT NULL ORDER BY 1";
const WAITING: &str = "SELECT subject AS c FROM report_mails WHERE next_attempt_at IS NOT NULL";

fn xml(domain: &str, id: &str, ip: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><feedback><report_metadata><org_name>far</org_name><report_id>{id}</report_id><date_range>\
         <begin>1772323200</begin><end>1772409599</end></date_range></report_metadata><policy_published>\
         <domain>{domain}</domain><p>none</p></policy_published><record><row><source_ip>{ip}</source_ip>\
         <count>5</count></row></record></feedback>"
    )
}

fn mail(subject: &str, files: &[&str]) -> String {
    let parts = files.iter().map(|file| {
        format!("--b\r\nContent-Type: application/xml; name=r.xml\r\nContent-Disposition: attachment\r\n\r\n{file}\r\n")
    });
    format!(
        "From: r@far.example\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nA report.\r\n{}--b--\r\n",
        parts.collect::<String>()
    )
}

async fn named(instance: &Instance, name: &str) -> Domain {
    let mut tx = instance.app.app.store.read().await.unwrap();
    let found = domain::list_named_for_job(&mut tx, &system(), name).await;
    found.unwrap().remove(0)
}

async fn receive(instance: &Instance, to: &str, message: String) {
    let domains = [named(instance, to).await];
    assert_eq!(
        intake::has_room(&instance.parts(), &domains[0]).await,
        Ok(true)
    );
    let message = Bytes::from(message);
    let taken = intake::receive(&instance.parts(), &domains, &ReversePath::Null, &message).await;
    taken.unwrap();
}

on_both_engines! {
    async fn reports_are_read_for_the_domain_of_their_address_alone(database) {
        let mut instance = Instance::new(database).await;
        let own = xml("shared.example", "own", "192.0.2.1");
        let foreign = xml("foreign.example", "foreign", "192.0.2.1");
        let below = xml("mail.shared.example", "below", "192.0.2.1");
        for (subject, files) in [
            ("one", vec![&*own]),
            ("once more", vec![&*own]),
            ("another's", vec![&*foreign]),
            ("of a subdomain", vec![&*below]),
            ("nothing", vec![]),
            ("odd", vec!["hello"]),
            ("cut", vec![&own[..200]]),
        ] {
            receive(&instance, "shared.example", mail(subject, &files)).await;
        }
        let two = [&*foreign, &xml("shared.example", "second", "192.0.2.1")];
        receive(&instance, "shared.example", mail("two", &two)).await;
        // Large enough to be in the blob store.
        let padded = own.replace("own", "large").replace("<record>", &format!("{}<record>", " \n".repeat(25_000)));
        receive(&instance, "shared.example", mail("large", &[&padded])).await;
        let running = instance.start_only(READING);
        instance.until_texts(WAITING, &[]).await;
        instance.until_texts(KEPT, &["large shared.example", "own shared.example", "second shared.example"]).await;
        instance.until_texts(UNREAD, &[
            "another's: foreign_domain",
            "cut: truncated",
            "nothing: no_report",
            "odd: no_report",
            "of a subdomain: foreign_domain",
        ]).await;
        instance.until_texts("SELECT report_mail_id AS c FROM report_mail_bodies", &[]).await;
        assert_eq!(instance.number("SELECT COUNT(*) AS c FROM system_emails").await, 0, "nobody is answered");
        running.stop().await;
    }

    async fn mail_of_a_deleted_domain_is_read_for_nobody(database) {
        let mut instance = Instance::new(database).await;
        receive(&instance, "shared.example", mail("one", &[&xml("shared.example", "1", "192.0.2.1")])).await;
        instance.run("DELETE FROM domains WHERE name = 'shared.example'", &[]).await;
        let running = instance.start_only(READING);
        instance.until_texts("SELECT subject AS c FROM report_mails", &[]).await;
        running.stop().await;
    }

    async fn the_name_of_a_source_is_one_that_has_the_address(database) {
        let mut instance = Instance::new(database).await;
        instance.app.dns.set_ptr("1.2.0.192.in-addr.arpa", "mail-1.google.com");
        instance.app.dns.set_a("mail-1.google.com", [192, 0, 2, 1].into());
        instance.app.dns.set_ptr("2.2.0.192.in-addr.arpa", "mail-2.google.com");
        instance.app.dns.set_a("mail-2.google.com", [192, 0, 2, 99].into());
        let lied = instance.app.app.resolver.reverse([192, 0, 2, 3].into()).await;
        assert_eq!(lied, Err(DnsError::NotFound));
        for n in 1..=3 {
            let file = xml("shared.example", &n.to_string(), &format!("192.0.2.{n}"));
            receive(&instance, "shared.example", mail("one", &[&file])).await;
        }
        let running = instance.start_only(READING);
        let named = "SELECT source_ip || ' ' || COALESCE(host_name, '-') AS c FROM dmarc_sources \
            WHERE source_ip IN ('192.0.2.1', '192.0.2.2', '192.0.2.3') ORDER BY 1";
        instance.until_texts(named, &["192.0.2.1 mail-1.google.com", "192.0.2.2 -", "192.0.2.3 -"]).await;
        running.stop().await;
    }

    async fn what_waits_too_long_to_be_read_is_put_off(database) {
        let instance = Instance::new(database).await;
        let domain = named(&instance, "shared.example").await;
        let message = Bytes::from_static(b"Subject: x\r\n\r\nx\r\n");
        let many = vec![domain.clone(); usize::try_from(intake::WAITING_MAX).unwrap()];
        intake::receive(&instance.parts(), &many, &ReversePath::Null, &message).await.unwrap();
        assert_eq!(intake::has_room(&instance.parts(), &domain).await, Ok(false));
    }
}

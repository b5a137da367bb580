//! Mail to report addresses: claimed, settled once, gone when it was read.

use std::time::Duration;

use postscale_access::action;
use postscale_model::ReportProblem;
use postscale_store::{
    Body, Tx, domain,
    report_mail::{self, ReadMail, ReportMail},
};
use postscale_testkit::on_both_engines;

use crate::world::{ALL, NOW, Who, World, later, system};

const LEASE: Duration = Duration::from_secs(60);

async fn add(world: &World, tx: &mut Tx, (team, domain): (usize, usize), subject: &str) {
    let mail = ReportMail {
        id: world.sources.ordered_id(),
        organization_id: world.teams[team].id,
        domain_id: world.teams[team].domains[domain],
        envelope_sender: "r@far.example".to_owned(),
        subject: subject.to_owned(),
        size_bytes: 3,
        received_at: NOW,
    };
    let body = Body::Row(b"abc".to_vec());
    report_mail::insert(tx, &system(), &mail, &body)
        .await
        .unwrap();
}

on_both_engines! {
    async fn mail_is_read_once_and_what_was_no_report_is_told_of(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for subject in ["read", "unread", "again"] {
            add(&world, &mut tx, (0, 0), subject).await;
        }
        let scope = system();
        let first = world.teams[0].domains[0];
        assert_eq!(report_mail::count_waiting(&mut tx, &scope, first, 2).await, Ok(2));
        let claimed = report_mail::claim_due(&mut tx, &scope, 10, LEASE, NOW).await.unwrap();
        assert_eq!(claimed.len(), 3);
        assert!(report_mail::claim_due(&mut tx, &scope, 10, LEASE, NOW).await.unwrap().is_empty());
        assert_eq!(report_mail::next_due_at(&mut tx, &scope).await, Ok(Some(NOW.plus(LEASE))));
        for one in &claimed {
            assert_eq!(report_mail::body(&mut tx, &scope, one.mail.id).await, Ok(Body::Row(b"abc".to_vec())));
            let read = match one.mail.subject.as_str() {
                "read" => ReadMail::Done,
                "unread" => ReadMail::Unread(ReportProblem::Bomb),
                _ => ReadMail::Retry { at: later(90) },
            };
            assert_eq!(report_mail::settle(&mut tx, &scope, one, read).await, Ok(true));
        }
        let of = |subject: &str| claimed.iter().find(|one| one.mail.subject == subject).unwrap();
        for subject in ["read", "unread"] {
            assert_eq!(report_mail::settle(&mut tx, &scope, of(subject), ReadMail::Done).await, Ok(false));
        }
        assert_eq!(report_mail::next_due_at(&mut tx, &scope).await, Ok(Some(later(90))));
        let left = "SELECT COUNT(*) AS c FROM report_mail_bodies";
        assert_eq!(tx.query_one(left, &[]).await.unwrap().int("c"), Ok(1));
    }

    async fn each_domain_is_told_of_its_own(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for of in [(0, 0), (0, 1), (1, 0)] {
            add(&world, &mut tx, of, &format!("{of:?}")).await;
        }
        let scope = system();
        for one in report_mail::claim_due(&mut tx, &scope, 10, LEASE, NOW).await.unwrap() {
            let unread = ReadMail::Unread(ReportProblem::NoReport);
            report_mail::settle(&mut tx, &scope, &one, unread).await.unwrap();
        }
        let proof = world.domain(&mut tx, (0, Who::Reader), action::DMARC_REPORT_LIST, world.teams[0].domains[0]).await.unwrap();
        let listed = report_mail::list_unread(&mut tx, &proof, ALL).await.unwrap();
        assert_eq!((listed.total, listed.rows[0].subject.as_str()), (1, "(0, 0)"));
        assert_eq!(listed.rows[0].problem, ReportProblem::NoReport);
        assert_eq!(report_mail::next_due_at(&mut tx, &scope).await, Ok(None));
    }

    async fn a_report_address_is_known_by_its_token_alone(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let proof = world.writable(&mut tx, 1, 1).await;
        let token = proof.dmarc_token.to_uppercase();
        let found = domain::find_by_report_token(&mut tx, &system(), &token).await.unwrap();
        assert_eq!(found.unwrap().domain.id, proof.id);
        let none = domain::find_by_report_token(&mut tx, &system(), "0").await.unwrap();
        assert!(none.is_none());
    }
}

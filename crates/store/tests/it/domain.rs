//! Domains with their checks, keys and grants.

use postscale_access::{Refusal, action};
use postscale_model::{
    CheckStatus, DKIM_RETIRING, DkimAlgorithm, DkimKey, DkimKeyId, DkimStatus, DomainCheck,
    DomainType, Level, Purpose,
};
use postscale_store::{
    dkim_key::{self, SELECTOR_KEY, SigningKey},
    domain::{self, DomainChange, DomainFilter, NAME_KEY, VERIFIED_NAME_KEY, Verification},
    grant, params,
};
use postscale_testkit::on_both_engines;

use crate::everybody_lists_only_what_they_see;
use crate::webhook::seal;
use crate::world::{ALL, NOW, Who, World, credential, later, new_domain, permission, system};

const OWNED: Verification = Verification {
    ownership: Some(true),
    mx: None,
    spf: None,
    dkim: None,
    dmarc: None,
    return_path: None,
};

on_both_engines! {
    async fn everybody_lists_only_domains_they_see(database) {
        let world = World::new(database).await;
        everybody_lists_only_what_they_see!(world, action::DOMAIN_LIST, |tx, scope| {
            let all = DomainFilter::default();
            let listed = domain::list(tx, &scope, &all, ALL, NOW).await.unwrap();
            let total = domain::count(tx, &scope, &all, NOW).await.unwrap();
            (listed.iter().map(|row| row.id).collect(), total)
        });
        let mut tx = world.read().await;
        let scope = world.scope(&mut tx, 0, Who::Owner, action::DOMAIN_LIST).await;
        for (query, want) in [("D1.TEAM0", 1), ("team1", 0), ("%", 0)] {
            let filter = DomainFilter { query: Some(query.to_owned()) };
            let listed = domain::list(&mut tx, &scope, &filter, ALL, NOW).await.unwrap();
            assert_eq!(listed.len() as u64, want, "{query}");
            assert_eq!(domain::count(&mut tx, &scope, &filter, NOW).await.unwrap(), want, "{query}");
        }
    }

    async fn a_grant_ends_at_its_instant_for_listings_and_for_the_gate(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        tx.execute("UPDATE grants SET expires_at = $1", &params![later(1)]).await.unwrap();
        let scope = world.scope(&mut tx, 0, Who::Writer, action::DOMAIN_LIST).await;
        for (now, want) in [(NOW, 1), (later(1), 0)] {
            let listed = domain::list(&mut tx, &scope, &DomainFilter::default(), ALL, now).await.unwrap();
            assert_eq!(listed.len() as u64, want);
            assert_eq!(grant::list_access(&mut tx, &scope, now).await.unwrap().len() as u64, want);
        }
        tx.execute("UPDATE grants SET expires_at = $1", &params![NOW]).await.unwrap();
        let id = world.teams[0].domains[0];
        let gone = world.domain(&mut tx, (0, Who::Writer), action::DOMAIN_READ, id).await;
        assert_eq!(gone.err(), Some(Refusal::Invisible));
    }

    async fn everybody_is_told_their_level(database) {
        let world = World::new(database).await;
        let mut tx = world.read().await;
        for (who, want) in [
            (Who::Owner, vec![Level::Write, Level::Write]),
            (Who::Reader, vec![Level::Read]),
            (Who::Writer, vec![Level::Write]),
            (Who::Stranger, vec![]),
        ] {
            let scope = world.scope(&mut tx, 1, who, action::DOMAIN_LIST).await;
            let access = grant::list_access(&mut tx, &scope, NOW).await.unwrap();
            assert_eq!(access.iter().map(|a| a.level).collect::<Vec<_>>(), want, "{who:?}");
        }
    }

    async fn a_name_is_registered_anywhere_and_proven_in_one_place(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let name = "d0.team0.example";
        let theirs = permission(&mut tx, 1, action::DOMAIN_CREATE).await;
        let twin = new_domain(world.sources.id(), world.teams[1].id, name);
        domain::insert(&mut tx, &theirs, &twin).await.unwrap();
        let mine = world.writable(&mut tx, 0, 0).await;
        let verified = domain::verify(&mut tx, &mine, OWNED, later(3)).await.unwrap();
        assert!(verified.ownership_verified && !verified.verified);
        assert_eq!(verified.last_dns_check, Some(later(3)));
        tx.commit().await.unwrap();
        let mut tx = world.write().await;
        let also = domain::verify_by_itself(&mut tx, &system(), twin, OWNED, later(3)).await;
        assert!(also.unwrap_err().is_conflict_on(VERIFIED_NAME_KEY));
        drop(tx);
        let mut tx = world.write().await;
        let mine = permission(&mut tx, 0, action::DOMAIN_CREATE).await;
        let again = new_domain(world.sources.id(), world.teams[0].id, name);
        let again = domain::insert(&mut tx, &mine, &again).await;
        assert!(again.unwrap_err().is_conflict_on(NAME_KEY));
    }

    async fn a_domain_is_verified_when_its_type_has_what_it_needs(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let proof = world.writable(&mut tx, 0, 0).await;
        let all = Verification { mx: Some(true), ..OWNED };
        assert!(!domain::verify(&mut tx, &proof, all, later(1)).await.unwrap().verified);
        let proof = world.writable(&mut tx, 0, 0).await;
        let change = DomainChange { domain_type: Some(DomainType::Inbound), ..Default::default() };
        let changed = domain::update(&mut tx, &proof, &change, later(2)).await.unwrap();
        assert_eq!((changed.verified, changed.verified_at), (true, Some(later(2))));
        let name = changed.name.clone();
        let found = domain::find_receiving(&mut tx, &system(), &name).await.unwrap().unwrap();
        assert_eq!((found.domain.id, found.plan.as_str()), (changed.id, "unlimited"));
        tx.execute("UPDATE domains SET active = FALSE", &[]).await.unwrap();
        // Whoever asks tells its senders to wait.
        let paused = domain::find_receiving(&mut tx, &system(), &name).await.unwrap().unwrap();
        assert!(!paused.domain.active);
        tx.execute("UPDATE domains SET ownership_verified = FALSE", &[]).await.unwrap();
        assert!(domain::find_receiving(&mut tx, &system(), &name).await.unwrap().is_none());
    }

    async fn a_deleted_domain_takes_rights_and_queued_mail_along(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let new = crate::email::new_email(&world, 0, 0, &["bob@far.example"]);
        let id = crate::email::accept(&world, &mut tx, 0, 0, &new).await;
        let domain_id = world.teams[0].domains[0];
        let proof = world.domain(&mut tx, (0, Who::Owner), action::DOMAIN_DELETE, domain_id).await.unwrap();
        domain::delete(&mut tx, &proof, NOW).await.unwrap();
        assert!(domain::find_for_job(&mut tx, &system(), domain_id).await.unwrap().is_none());
        let email = postscale_store::email::find_for_job(&mut tx, &system(), id).await.unwrap().unwrap();
        assert_eq!(email.status, postscale_model::EmailStatus::Canceled);
        assert_eq!(postscale_store::recipient::next_due_at(&mut tx, &system()).await, Ok(None));
        // A key is revoked with its last domain and lives on with another.
        for (who, lives) in [(Who::OwnersKey, false), (Who::ReadersKey, true)] {
            let key = credential(0, who);
            let caller = postscale_access::Caller::new(Some(key), [], NOW);
            let gate = postscale_access::Gate::open(&mut tx, &caller).await.unwrap();
            assert_eq!(gate.actor().is_some(), lives, "{who:?}");
        }
    }

    async fn the_last_check_of_each_record_is_kept(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let proof = world.writable(&mut tx, 0, 0).await;
        for (status, at) in [(CheckStatus::Missing, NOW), (CheckStatus::Verified, later(1))] {
            let check = postscale_store::domain_check::StoredCheck {
                check: DomainCheck {
                    purpose: Purpose::Spf,
                    status,
                    found: vec!["v=spf1 -all".to_owned()],
                    advice: vec![postscale_model::Advice {
                        code: postscale_model::AdviceCode::SpfMerge,
                        text: "Merge.".to_owned(),
                        value: Some("v=spf1 include:_spf.us -all".to_owned()),
                    }],
                    spf_lookups: Some(3),
                    checked_at: at,
                },
                selector: None,
            };
            postscale_store::domain_check::record(&mut tx, &proof, &[check]).await.unwrap();
        }
        let listed = postscale_store::domain_check::list(&mut tx, &proof).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].check.status, listed[0].check.checked_at), (CheckStatus::Verified, later(1)));
        assert_eq!(listed[0].check.advice[0].code, postscale_model::AdviceCode::SpfMerge);
        assert_eq!(listed[0].check.spf_lookups, Some(3));
    }

    async fn a_key_signs_once_its_record_was_seen_and_is_sealed(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let proof = world.writable(&mut tx, 0, 0).await;
        let new = |selector: &str| SigningKey {
            key: DkimKey {
                id: world.sources.id(),
                domain_id: proof.id,
                selector: selector.parse().unwrap(),
                algorithm: DkimAlgorithm::Ed25519,
                status: DkimStatus::Pending,
                public_key: "cHVi".to_owned(),
                verified_at: None,
                replaces: None,
                retire_at: None,
                created_at: NOW,
            },
            private_key: b"private".to_vec(),
        };
        let first = new("ps1");
        let (seal, sources) = (seal(), &world.sources);
        dkim_key::insert(&mut tx, &proof, &first, &seal, sources).await.unwrap();
        let stored = tx.query_one("SELECT private_key FROM dkim_keys", &[]).await.unwrap();
        assert!(!stored.blob("private_key").unwrap().windows(7).any(|part| part == b"private"));
        let sender = world.domain(&mut tx, (0, Who::Writer), action::MESSAGE_SEND, proof.id).await.unwrap();
        assert!(dkim_key::list_signing(&mut tx, &sender, &seal).await.unwrap().is_empty());
        dkim_key::mark_seen(&mut tx, &proof, &first.key.selector, later(1)).await.unwrap();
        let signing = dkim_key::list_signing(&mut tx, &sender, &seal).await.unwrap();
        assert_eq!((signing.len(), &signing[0].private_key[..]), (1, &b"private"[..]));
        assert_eq!(dkim_key::list(&mut tx, &proof).await.unwrap()[0].status, DkimStatus::Active);
        let ended = dkim_key::deactivate(&mut tx, &proof, &signing[0].key, later(2)).await.unwrap();
        assert_eq!(ended.unwrap().status, DkimStatus::Inactive);
        assert!(dkim_key::list_signing_for_job(&mut tx, &system(), proof.id, &seal).await.unwrap().is_empty());
        let wiped = tx.query_one("SELECT private_key FROM dkim_keys", &[]).await.unwrap();
        assert!(wiped.blob("private_key").unwrap().is_empty());
        let again = dkim_key::deactivate(&mut tx, &proof, &signing[0].key, later(3)).await.unwrap();
        assert!(again.is_none(), "it was out of use");
        let seen = dkim_key::mark_seen(&mut tx, &proof, &first.key.selector, later(3)).await.unwrap();
        assert!(seen.is_none(), "it stays out of use");
        let again = dkim_key::insert(&mut tx, &proof, &new("ps1"), &seal, sources).await;
        assert!(again.unwrap_err().is_conflict_on(SELECTOR_KEY));
    }

    async fn a_new_key_takes_over_and_the_old_one_retires_for_a_week(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let proof = world.writable(&mut tx, 0, 0).await;
        let (seal, sources) = (seal(), &world.sources);
        let new = |selector: &str, replaces: Option<DkimKeyId>| SigningKey {
            key: DkimKey {
                id: sources.id(),
                domain_id: proof.id,
                selector: selector.parse().unwrap(),
                algorithm: DkimAlgorithm::Ed25519,
                status: DkimStatus::Pending,
                public_key: "cHVi".to_owned(),
                verified_at: None,
                replaces,
                retire_at: None,
                created_at: NOW,
            },
            private_key: b"private".to_vec(),
        };
        let states = async |tx: &mut postscale_store::Tx| -> Vec<(String, DkimStatus)> {
            let keys = dkim_key::list_for_job(tx, &system(), proof.id).await.unwrap();
            let mut states: Vec<_> = keys.iter().map(|k| (k.selector.to_string(), k.status)).collect();
            states.sort_by(|a, b| a.0.cmp(&b.0));
            states
        };
        let is = |selector: &str, status| (selector.to_owned(), status);
        use DkimStatus::{Active, Inactive, Pending, Retiring};
        let old = new("s1", None);
        dkim_key::insert(&mut tx, &proof, &old, &seal, sources).await.unwrap();
        dkim_key::mark_seen(&mut tx, &proof, &old.key.selector, NOW).await.unwrap().unwrap();
        let successor = new("s2", Some(old.key.id));
        dkim_key::insert(&mut tx, &proof, &successor, &seal, sources).await.unwrap();
        assert_eq!(states(&mut tx).await, [is("s1", Active), is("s2", Pending)]);
        let seen = dkim_key::mark_seen(&mut tx, &proof, &successor.key.selector, later(5)).await;
        let replaced = seen.unwrap().unwrap().replaced.unwrap();
        assert_eq!(replaced.retire_at, Some(later(5).plus(DKIM_RETIRING)));
        assert_eq!(states(&mut tx).await, [is("s1", Retiring), is("s2", Active)]);
        let signing = dkim_key::list_signing_for_job(&mut tx, &system(), proof.id, &seal).await.unwrap();
        assert_eq!(signing.len(), 1);
        assert_eq!(signing[0].key.selector, successor.key.selector);
        // The end is promised in the same transaction.
        let due = tx.query_one("SELECT job_key, due_at FROM jobs WHERE kind = 'retire_dkim_key'", &[]).await.unwrap();
        assert_eq!(due.text("job_key").unwrap(), old.key.id.to_string());
        assert_eq!(due.timestamp("due_at").unwrap(), replaced.retire_at.unwrap());
        let ended = dkim_key::end_by_itself(&mut tx, &system(), &replaced, later(9)).await.unwrap();
        assert_eq!(ended.unwrap().retire_at, None);
        assert_eq!(states(&mut tx).await, [is("s1", Inactive), is("s2", Active)]);
        // A key that never signed has nothing to wait for.
        let (third, fourth) = (new("s3", None), new("s4", None));
        let fourth = SigningKey { key: DkimKey { replaces: Some(third.key.id), ..fourth.key }, ..fourth };
        for key in [&third, &fourth] {
            dkim_key::insert(&mut tx, &proof, key, &seal, sources).await.unwrap();
        }
        dkim_key::mark_seen(&mut tx, &proof, &fourth.key.selector, later(9)).await.unwrap().unwrap();
        assert_eq!(states(&mut tx).await[2..], [is("s3", Inactive), is("s4", Active)]);
        let gone = world.domain(&mut tx, (0, Who::Owner), action::DKIM_DELETE, proof.id).await.unwrap();
        for key in [&third.key, &fourth.key] {
            dkim_key::delete(&mut tx, &gone, key).await.unwrap();
        }
        assert_eq!(states(&mut tx).await.len(), 3, "only what is out of use goes");
    }
}

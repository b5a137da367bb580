//! Contacts of aliases: known once, found by their token, blocked, and gone with the alias.

use postscale_access::{Writable, action};
use postscale_model::{Alias, AliasAction, AliasId, Contact, Mailbox};
use postscale_store::{
    Tx,
    alias::{self, Resolved},
    alias_bounce, contact,
};
use postscale_testkit::on_both_engines;

use crate::world::{ALL, NOW, Who, World, system};

async fn an_alias(world: &World, tx: &mut Tx, domain: usize, local_part: &str) -> Alias {
    let proof = world.writable(tx, 0, domain).await;
    let new = Alias {
        id: world.sources.id(),
        organization_id: world.teams[0].id,
        domain_id: proof.id,
        domain: proof.name.to_string(),
        local_part: local_part.to_owned(),
        action: AliasAction::Forward,
        forward_to: vec!["ann@home.example".parse().unwrap()],
        webhook_id: None,
        is_masked: true,
        description: String::new(),
        emails_received: 0,
        active: true,
        expires_at: None,
        created_at: NOW,
        updated_at: NOW,
    };
    alias::insert(tx, &proof, &new).await.unwrap();
    new
}

async fn proof(world: &World, tx: &mut Tx, id: AliasId) -> Writable<Alias> {
    let granted = world.object(tx, (0, Who::Owner), action::ALIAS_UPDATE, id);
    granted.await.unwrap()
}

fn mailbox(text: &str) -> Mailbox {
    text.parse().unwrap()
}

async fn keep(world: &World, tx: &mut Tx, alias: &Alias, whom: &[&str]) -> Vec<Contact> {
    let whom: Vec<Mailbox> = whom.iter().map(|text| mailbox(text)).collect();
    contact::keep(tx, &system(), alias, &whom, &world.sources)
        .await
        .unwrap()
}

fn has_blocked(resolved: &Resolved) -> bool {
    match resolved {
        Resolved::Alias { has_blocked, .. } => *has_blocked,
        other => panic!("{other:?}"),
    }
}

on_both_engines! {
    async fn who_writes_becomes_known_once_for_each_alias(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let (one, other) = (
            an_alias(&world, &mut tx, 0, "one").await,
            an_alias(&world, &mut tx, 1, "other").await,
        );
        let first = keep(&world, &mut tx, &one, &["Bob <bob@far.example>", "carl@far.example"]).await;
        let again = keep(&world, &mut tx, &one, &["Robert <BOB@far.example>"]).await;
        let elsewhere = keep(&world, &mut tx, &other, &["bob@far.example"]).await;
        assert_eq!(first.len(), 2);
        let bob = first.iter().find(|contact| contact.display_name == "Bob").unwrap();
        assert_eq!(&again[0], bob);
        assert_ne!(elsewhere[0].token, bob.token);
        let host = one.domain.parse().unwrap();
        let tokens = [bob.token.clone(), elsewhere[0].token.clone(), "nothing".to_owned()];
        let found = contact::find_reverse(&mut tx, &system(), &host, &tokens).await.unwrap();
        assert_eq!(found.len(), 1, "the other is at another domain");
        assert_eq!((found[0].contact.id, found[0].alias.id), (bob.id, one.id));
        let granted = proof(&world, &mut tx, one.id).await;
        alias::delete(&mut tx, &granted).await.unwrap();
        assert!(contact::find_reverse(&mut tx, &system(), &host, &tokens).await.unwrap().is_empty());
    }

    async fn only_the_alias_that_blocks_somebody_does(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let (one, other) = (
            an_alias(&world, &mut tx, 0, "one").await,
            an_alias(&world, &mut tx, 0, "other").await,
        );
        let bob = keep(&world, &mut tx, &one, &["bob@far.example"]).await.remove(0);
        keep(&world, &mut tx, &other, &["bob@far.example"]).await;
        let granted = proof(&world, &mut tx, one.id).await;
        let blocked = Contact { blocked: true, ..bob.clone() };
        contact::update(&mut tx, &granted, &blocked).await.unwrap();
        let blocking = contact::blocking(&mut tx, &system(), &[one.id, other.id], "bob@far.example").await;
        assert_eq!(blocking.unwrap().into_iter().collect::<Vec<_>>(), [one.id]);
        let listed = contact::list(&mut tx, &granted, (None, Some(true)), ALL).await.unwrap();
        assert_eq!((listed.rows, listed.total), (vec![blocked], 1));
        // Said of it wherever mail for it comes in: on its domain, and on the shared one.
        for (alias, want) in [(&one, true), (&other, false)] {
            let domain = alias.domain_id;
            let resolved = alias::resolve(&mut tx, &system(), domain, &alias.local_part, NOW).await;
            assert_eq!(has_blocked(&resolved.unwrap()), want, "{}", alias.local_part);
            let sql = "UPDATE aliases SET domain_id = NULL, shield_host = 'shield.example' WHERE id = $1";
            tx.execute(sql, &postscale_store::params![alias.id]).await.unwrap();
            let address = format!("{}@shield.example", alias.local_part).parse().unwrap();
            let found = alias::resolve_shield(&mut tx, &system(), &address, NOW).await.unwrap().unwrap();
            assert_eq!(has_blocked(&found.resolved), want, "{address}");
        }
    }

    async fn a_target_that_bounced_is_known_to_its_alias_only(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let (one, other) = (
            an_alias(&world, &mut tx, 0, "one").await,
            an_alias(&world, &mut tx, 1, "other").await,
        );
        let sql = "INSERT INTO alias_bounces (alias_id, address_key, at) VALUES ($1, 'ann@home.example', 1)";
        tx.execute(sql, &postscale_store::params![one.id]).await.unwrap();
        let all = [one.clone(), other];
        let bouncing = alias_bounce::bouncing(&mut tx, &all).await.unwrap();
        assert_eq!(bouncing, [one.forward_to.clone(), vec![]]);
        let granted = proof(&world, &mut tx, one.id).await;
        alias_bounce::forget(&mut tx, &granted).await.unwrap();
        let bouncing = alias_bounce::bouncing(&mut tx, &all).await.unwrap();
        assert!(bouncing.iter().all(Vec::is_empty));
    }
}

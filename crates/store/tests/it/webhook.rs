//! Webhooks: who sees them, who is told, by which secrets.

use postscale_access::{Refusal, action};
use postscale_model::{KeyScope, Webhook, WebhookEvent, WebhookId};
use postscale_store::{
    Seal, Tx, params,
    webhook::{self, Rotation, WebhookChange},
};
use postscale_testkit::on_both_engines;

use crate::world::{NOW, VIEWS, Who, World, later, permission, system};

pub fn seal() -> Seal {
    Seal::new([7; 32])
}

/// A webhook of listed domains.
pub async fn make(
    world: &World,
    tx: &mut Tx,
    (team, maker): (usize, Who),
    domains: &[usize],
    events: &[WebhookEvent],
) -> WebhookId {
    let new = new_webhook(world, team, maker, events);
    let mut proofs = Vec::new();
    for domain in domains {
        proofs.push(world.writable(tx, team, *domain).await);
    }
    let (secret, seal, sources) = ("whsec_1", seal(), &world.sources);
    webhook::insert_for_domains(tx, &proofs, &new, secret, &seal, sources)
        .await
        .unwrap();
    new.id
}

/// A webhook of the whole organization.
pub async fn make_whole(world: &World, tx: &mut Tx, team: usize) -> WebhookId {
    let new = new_webhook(world, team, Who::Owner, &[WebhookEvent::EmailSent]);
    let proof = permission(tx, team, action::WEBHOOK_CREATE_ORG).await;
    let (seal, sources) = (seal(), &world.sources);
    webhook::insert_for_organization(tx, &proof, &new, "whsec_1", &seal, sources)
        .await
        .unwrap();
    new.id
}

fn new_webhook(world: &World, team: usize, maker: Who, events: &[WebhookEvent]) -> Webhook {
    Webhook {
        id: world.sources.id(),
        organization_id: world.teams[team].id,
        scope: KeyScope::Domains,
        domain_ids: vec![],
        url: "https://hooks.example/1".to_owned(),
        events: events.to_vec(),
        recipient_match: None,
        description: String::new(),
        created_by: world.user(team, maker),
        suspended_at: None,
        created_at: NOW,
    }
}

async fn told(world: &World, tx: &mut Tx, domain: usize, event: WebhookEvent) -> Vec<WebhookId> {
    let team = &world.teams[0];
    let (id, domain) = (team.id, team.domains[domain]);
    let all = webhook::covering(tx, &system(), id, domain, event, NOW)
        .await
        .unwrap();
    let mut ids: Vec<_> = all.iter().map(|webhook| webhook.id).collect();
    ids.sort_unstable();
    ids
}

fn sorted<const N: usize>(mut ids: [WebhookId; N]) -> Vec<WebhookId> {
    ids.sort_unstable();
    ids.to_vec()
}

on_both_engines! {
    async fn a_webhook_is_listed_by_who_may_read_all_its_domains(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let events = [WebhookEvent::EmailSent];
        let mut expected = Vec::new();
        for team in 0..2 {
            let owner = (team, Who::Owner);
            let first = make(&world, &mut tx, owner, &[0], &events).await;
            let second = make(&world, &mut tx, owner, &[1], &events).await;
            let both = make(&world, &mut tx, owner, &[0, 1], &events).await;
            let whole = make_whole(&world, &mut tx, team).await;
            expected.push([first, second, both, whole]);
        }
        tx.commit().await.unwrap();
        for (team, all) in expected.iter().enumerate() {
            for (who, seen) in VIEWS {
                let want = match seen {
                    [0, 1] => sorted(*all),
                    [0] => vec![all[0]],
                    _ => vec![],
                };
                let mut tx = world.read().await;
                let scope = world.scope(&mut tx, team, who, action::WEBHOOK_LIST_ALL).await;
                let listed = webhook::list(&mut tx, &scope, NOW).await.unwrap();
                let mut ids: Vec<_> = listed.iter().map(|webhook| webhook.id).collect();
                ids.sort_unstable();
                assert_eq!(ids, want, "{who:?} of team {team}");
                // The gate agrees with the listing.
                for id in all {
                    let read = world.object::<Webhook, _>(&mut tx, (team, who), action::WEBHOOK_READ, *id).await;
                    assert_eq!(read.is_ok(), want.contains(id), "{who:?} of team {team}");
                }
            }
        }
    }

    async fn a20_a_domain_is_told_to_those_who_may_know(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let sent = [WebhookEvent::EmailSent];
        let owners = make(&world, &mut tx, (0, Who::Owner), &[0, 1], &sent).await;
        let writers = make(&world, &mut tx, (0, Who::Writer), &[0, 1], &[WebhookEvent::EmailBounced, WebhookEvent::EmailSent]).await;
        let readers = make(&world, &mut tx, (0, Who::Reader), &[0], &sent).await;
        let whole = make_whole(&world, &mut tx, 0).await;
        make_whole(&world, &mut tx, 1).await;
        let event = WebhookEvent::EmailSent;
        assert_eq!(told(&world, &mut tx, 0, event).await, sorted([owners, writers, whole]));
        assert_eq!(told(&world, &mut tx, 1, event).await, sorted([owners, whole]));
        assert_eq!(told(&world, &mut tx, 0, WebhookEvent::EmailBounced).await, [writers]);
        assert!(told(&world, &mut tx, 0, WebhookEvent::EmailReceived).await.is_empty());
        tx.execute("UPDATE grants SET level = 'read_write'", &[]).await.unwrap();
        assert_eq!(told(&world, &mut tx, 0, event).await, sorted([owners, writers, readers, whole]));
        tx.execute("UPDATE grants SET expires_at = $1", &params![NOW]).await.unwrap();
        assert_eq!(told(&world, &mut tx, 0, event).await, sorted([owners, whole]));
        tx.execute("UPDATE webhooks SET suspended_at = $1 WHERE id = $2", &params![NOW, whole]).await.unwrap();
        assert_eq!(told(&world, &mut tx, 0, event).await, [owners]);
        let reader = params![world.user(0, Who::Reader)];
        tx.execute("UPDATE users SET role = 'owner' WHERE id = $1", &reader).await.unwrap();
        tx.execute("UPDATE users SET status = 'deactivated' WHERE id <> $1 AND organization_id IN (SELECT organization_id FROM users WHERE id = $1)", &reader).await.unwrap();
        assert_eq!(told(&world, &mut tx, 0, event).await, [readers]);
    }

    async fn a_rotated_secret_signs_beside_the_one_before_for_a_while(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let id = make(&world, &mut tx, (0, Who::Writer), &[0], &[WebhookEvent::EmailSent]).await;
        let stored = tx.query_one("SELECT secret FROM webhooks", &[]).await.unwrap().blob("secret").unwrap();
        assert!(!stored.windows(7).any(|part| part == b"whsec_1"), "the secret is sealed");
        let proof = world.object::<Webhook, _>(&mut tx, (0, Who::Writer), action::WEBHOOK_SECRET_ROTATE, id).await.unwrap();
        let rotation = Rotation { secret: "whsec_2".to_owned(), previous_until: later(60) };
        webhook::rotate(&mut tx, &proof, &rotation, &seal(), &world.sources).await.unwrap();
        for (seconds, want) in [(0, &["whsec_2", "whsec_1"][..]), (59, &["whsec_2", "whsec_1"]), (60, &["whsec_2"])] {
            let secrets = webhook::secrets(&mut tx, &system(), id, &seal(), later(seconds)).await.unwrap();
            assert_eq!(secrets, want);
        }
        let gone = webhook::secrets(&mut tx, &system(), world.sources.id(), &seal(), NOW).await;
        assert_eq!(gone, Ok(vec![]));
    }

    async fn what_is_changed_changes_and_what_is_deleted_is_gone(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let id = make(&world, &mut tx, (0, Who::Writer), &[0], &[WebhookEvent::EmailSent]).await;
        let refused = world.object::<Webhook, _>(&mut tx, (0, Who::Reader), action::WEBHOOK_UPDATE, id).await;
        assert!(matches!(refused, Err(Refusal::Forbidden(_))));
        let proof = world.object::<Webhook, _>(&mut tx, (0, Who::Writer), action::WEBHOOK_UPDATE, id).await.unwrap();
        let change = WebhookChange {
            events: Some(vec![WebhookEvent::EmailReceived]),
            recipient_match: Some(Some("*@x.example".to_owned())),
            ..Default::default()
        };
        webhook::update(&mut tx, &proof, change, later(1)).await.unwrap();
        let read = world.object::<Webhook, _>(&mut tx, (0, Who::Writer), action::WEBHOOK_DELETE, id).await.unwrap();
        assert_eq!(read.events, [WebhookEvent::EmailReceived]);
        assert_eq!(read.recipient_match.as_deref(), Some("*@x.example"));
        assert_eq!((read.url.as_str(), &read.domain_ids[..]), ("https://hooks.example/1", &world.teams[0].domains[..1]));
        webhook::delete(&mut tx, &read).await.unwrap();
        let gone = world.object::<Webhook, _>(&mut tx, (0, Who::Writer), action::WEBHOOK_READ, id).await;
        assert_eq!(gone.err(), Some(Refusal::Invisible));
    }

    async fn a_webhook_that_lost_its_last_domain_is_seen_and_told_by_nobody(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let id = make(&world, &mut tx, (0, Who::Owner), &[0], &[WebhookEvent::EmailSent]).await;
        tx.execute("DELETE FROM domains WHERE id = $1", &params![world.teams[0].domains[0]]).await.unwrap();
        let scope = world.scope(&mut tx, 0, Who::Owner, action::WEBHOOK_LIST_ALL).await;
        assert!(webhook::list(&mut tx, &scope, NOW).await.unwrap().is_empty());
        let hidden = world.object::<Webhook, _>(&mut tx, (0, Who::Owner), action::WEBHOOK_READ, id).await;
        assert_eq!(hidden.err(), Some(Refusal::Invisible));
    }
}

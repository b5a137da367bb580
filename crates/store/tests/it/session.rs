//! Sessions and keys: whom they stand for, until when, and when they were used.

use postscale_access::{Caller, Credential, Gate, action};
use postscale_model::{ApiKey, Session, Timestamp, TokenHash, UserId};
use postscale_store::{
    Tx,
    api_key::{self, ApiKeyChange},
    last_use, params, session,
};
use postscale_testkit::on_both_engines;

use crate::world::{ALL, NOW, Who, World, credential, later, permission, system};

/// Whether a credential is good at an instant.
async fn good(tx: &mut Tx, credential: Credential, now: Timestamp) -> bool {
    let caller = Caller::new(Some(credential), [action::SELF_READ.into()], now);
    Gate::open(tx, &caller).await.unwrap().actor().is_some()
}

async fn active_at(tx: &mut Tx, user: UserId) -> Option<Timestamp> {
    let sql = "SELECT last_active_at FROM users WHERE id = $1";
    let row = tx.query_one(sql, &params![user]).await.unwrap();
    row.opt_timestamp("last_active_at").unwrap()
}

on_both_engines! {
    async fn a_session_ends_by_age_by_idleness_and_with_its_user(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let mine = || credential(0, Who::Reader);
        assert!(good(&mut tx, mine(), later(3599)).await);
        assert!(!good(&mut tx, mine(), later(3600)).await);
        tx.execute("UPDATE sessions SET expires_at = $1", &params![later(1_000_000)]).await.unwrap();
        assert!(good(&mut tx, mine(), later(12 * 3600 - 1)).await);
        assert!(!good(&mut tx, mine(), later(12 * 3600)).await);
        tx.execute("UPDATE users SET status = 'deactivated' WHERE id = $1", &params![world.user(0, Who::Reader)]).await.unwrap();
        assert!(!good(&mut tx, mine(), NOW).await);
        assert!(good(&mut tx, credential(1, Who::Reader), NOW).await);
    }

    async fn a_person_ends_only_their_own_sessions(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let proof = permission(&mut tx, 0, action::SELF_SESSION_LIST).await;
        let login = postscale_store::person::find_login(&mut tx, &"owner@team0.example".parse().unwrap()).await.unwrap().unwrap();
        let other = postscale_store::person::find_login(&mut tx, &"owner@team1.example".parse().unwrap()).await.unwrap().unwrap();
        let mine = session::list(&mut tx, login.person.id, &proof, NOW).await.unwrap();
        assert_eq!(mine.len(), 1);
        assert_eq!(session::delete(&mut tx, other.person.id, mine[0].id, &proof).await, Ok(false));
        assert_eq!(session::delete_others(&mut tx, login.person.id, mine[0].id).await, Ok(0));
        session::switch(&mut tx, mine[0].id, world.user(0, Who::Owner), NOW).await.unwrap();
        assert_eq!(session::delete(&mut tx, login.person.id, mine[0].id, &proof).await, Ok(true));
        assert!(!good(&mut tx, credential(0, Who::Owner), NOW).await);
        let Credential::Session(token) = credential(1, Who::Owner) else { unreachable!() };
        session::delete_by_token(&mut tx, &token).await.unwrap();
        assert!(!good(&mut tx, credential(1, Who::Owner), NOW).await);
    }

    async fn a_key_is_listed_to_its_maker_and_is_over_at_once_when_revoked(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let proof = permission(&mut tx, 0, action::KEY_LIST).await;
        let listed = api_key::list(&mut tx, &proof, ALL).await.unwrap();
        assert_eq!((listed.rows.len(), listed.total), (2, 2));
        let readers: &ApiKey = listed.rows.iter().find(|key| key.created_by == world.user(0, Who::Reader)).unwrap();
        let domains = api_key::domains(&mut tx, readers, proof.actor().unwrap(), NOW).await.unwrap();
        assert_eq!(domains.iter().map(|d| d.level.is_some()).collect::<Vec<_>>(), [true, false]);
        let caller = Caller::new(Some(credential(0, Who::Reader)), [action::KEY_REVOKE.into(), action::KEY_LIST.into()], NOW);
        let mut gate = Gate::open(&mut tx, &caller).await.unwrap();
        let mine = gate.permit(action::KEY_LIST).unwrap();
        let key = gate.api_key(action::KEY_REVOKE, Some(readers.id)).await.unwrap();
        assert_eq!(api_key::list(&mut tx, &mine, ALL).await.unwrap().total, 1);
        let change = ApiKeyChange { name: Some("new".to_owned()), expires_at: Some(later(9)), ..ApiKeyChange::default() };
        api_key::update(&mut tx, &key, &change, NOW).await.unwrap();
        assert!(good(&mut tx, credential(0, Who::ReadersKey), later(8)).await);
        assert!(!good(&mut tx, credential(0, Who::ReadersKey), later(9)).await);
        api_key::revoke(&mut tx, &key, NOW).await.unwrap();
        assert!(!good(&mut tx, credential(0, Who::ReadersKey), NOW).await);
        assert!(good(&mut tx, credential(0, Who::OwnersKey), NOW).await);
    }

    async fn a_key_finds_and_revokes_itself(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let caller = Caller::new(Some(credential(1, Who::OwnersKey)), [action::SELF_KEY_REVOKE.into()], NOW);
        let proof = Gate::open(&mut tx, &caller).await.unwrap().permit(action::SELF_KEY_REVOKE).unwrap();
        let found = api_key::find_self(&mut tx, &proof).await.unwrap().unwrap();
        assert_eq!(found.organization_id, world.teams[1].id);
        api_key::revoke_self(&mut tx, &proof, NOW).await.unwrap();
        assert!(!good(&mut tx, credential(1, Who::OwnersKey), NOW).await);
    }

    async fn uses_are_written_later_at_minute_precision(database) {
        let world = World::new(database).await;
        let mut tx = world.read().await;
        assert!(good(&mut tx, credential(0, Who::OwnersKey), later(61)).await);
        assert!(good(&mut tx, credential(0, Who::Owner), later(61)).await);
        assert!(good(&mut tx, credential(0, Who::Reader), later(59)).await);
        drop(tx);
        last_use::flush(&world.store, &system()).await.unwrap();
        let mut tx = world.read().await;
        let proof = permission(&mut tx, 0, action::KEY_LIST).await;
        let keys = api_key::list(&mut tx, &proof, ALL).await.unwrap();
        let used: Vec<_> = keys.rows.iter().filter_map(|key| key.last_used_at).collect();
        assert_eq!(used, [later(61)]);
        let sql = "SELECT COUNT(*) AS n FROM sessions WHERE last_seen_at > $1";
        assert_eq!(tx.query_one(sql, &params![NOW]).await.unwrap().int("n"), Ok(1));
    }

    async fn whoever_begins_a_session_or_goes_on_in_another_organization_is_active(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let owner = world.user(0, Who::Owner);
        assert_eq!(active_at(&mut tx, owner).await, Some(NOW));
        let email = "owner@team0.example".parse().unwrap();
        let login = postscale_store::person::find_login(&mut tx, &email).await.unwrap().unwrap();
        let proof = permission(&mut tx, 0, action::SELF_SESSION_LIST).await;
        let first = session::list(&mut tx, login.person.id, &proof, NOW).await.unwrap().remove(0);
        let again = Session { id: world.sources.id(), created_at: later(5), ..first.clone() };
        session::insert(&mut tx, &again, &TokenHash::new([7; 32])).await.unwrap();
        assert_eq!(active_at(&mut tx, owner).await, Some(later(5)));
        let elsewhere = world.user(1, Who::Reader);
        session::switch(&mut tx, again.id, elsewhere, later(7)).await.unwrap();
        assert_eq!(active_at(&mut tx, elsewhere).await, Some(later(7)));
        assert_eq!(active_at(&mut tx, owner).await, Some(later(5)));
    }

    async fn a_use_written_late_takes_no_later_one_back(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        assert!(good(&mut tx, credential(0, Who::Owner), later(61)).await);
        let owner = world.user(0, Who::Owner);
        let sql = "UPDATE users SET last_active_at = $2 WHERE id = $1";
        tx.execute(sql, &params![owner, later(90)]).await.unwrap();
        tx.commit().await.unwrap();
        last_use::flush(&world.store, &system()).await.unwrap();
        assert_eq!(active_at(&mut world.read().await, owner).await, Some(later(90)));
    }
}

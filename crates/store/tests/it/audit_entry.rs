//! Goal: nobody without the key changes what the log says without it showing; nobody acts unnamed.
//! Method: write entries as the product does, then do to the tables what an intruder could do.

use postscale_access::{Caller, Gate, Origin, action};
use postscale_model::{
    AuditAction, AuditActions, AuditEvent, AuditTarget, OrganizationId, Timestamp,
};
use postscale_store::{
    Acting, Engine, Page, Store, Tx, Value, api_key,
    audit_entry::{self, AuditFilter, Chain},
    params,
};
use postscale_testkit::{database::TestDatabase, on_both_engines};
use serde_json::json;

use crate::world::{NOW, Who, World, credential, system};

/// Something that happened.
fn event(number: usize) -> AuditEvent {
    let target = AuditTarget::new("domain", number, format!("d{number}.example"));
    AuditEvent::new(AuditAction::DomainSettingsChanged, target)
        .change(json!({"active": true}), json!({"active": false}))
}

/// The statement that changes the entry `$1` of the organization `$2`.
macro_rules! edit {
    ($change:literal) => {
        concat!(
            "UPDATE audit_entries SET ",
            $change,
            " WHERE sequence = $1 AND organization_id = $2"
        )
    };
}

async fn append(store: &Store, world: &World, organization: OrganizationId, number: usize) {
    let mut tx = store.write().await.unwrap();
    audit_entry::acts(&mut tx, Acting::cli());
    audit_entry::append(&mut tx, &world.sources, organization, event(number))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// A world with three entries in the log of the first organization and one in the other's.
async fn logged(database: &TestDatabase) -> World {
    let world = World::new(database).await;
    for (team, number) in [(0, 1), (0, 2), (1, 1), (0, 3)] {
        append(&world.store, &world, world.teams[team].id, number).await;
    }
    world
}

async fn chain(tx: &mut Tx, organization: OrganizationId) -> Chain {
    audit_entry::verify(tx, organization, &system())
        .await
        .unwrap()
}

/// How many entries an untouched chain has; the first broken position otherwise.
async fn checked(tx: &mut Tx, world: &World) -> Result<i64, i64> {
    match chain(tx, world.teams[0].id).await {
        Chain::Intact { entries, .. } => Ok(entries),
        Chain::Broken(position) => Err(position),
    }
}

/// What an intruder with the database in hand does first.
async fn drop_triggers(tx: &mut Tx) {
    let (names, table) = match tx.engine() {
        Engine::Sqlite => (["audit_entries_no_update", "audit_entries_no_delete"], ""),
        Engine::Postgres => (
            ["audit_entries_no_change", "audit_entries_no_truncate"],
            " ON audit_entries",
        ),
    };
    for name in names {
        let sql = format!("DROP TRIGGER {name}{table}");
        tx.execute(&sql, &[]).await.unwrap();
    }
}

/// Does something to the untouched log without its triggers, and says what the check found.
async fn after(world: &World, sql: &str, params: &[Value]) -> Result<i64, i64> {
    let mut tx = world.write().await;
    drop_triggers(&mut tx).await;
    assert!(tx.execute(sql, params).await.unwrap() > 0, "{sql}");
    checked(&mut tx, world).await
}

on_both_engines! {
    async fn an_untouched_chain_is_intact_and_every_organization_has_its_own(database) {
        let world = logged(database).await;
        let mut tx = world.read().await;
        assert_eq!(checked(&mut tx, &world).await, Ok(3));
        let Chain::Intact { entries: 1, head } = chain(&mut tx, world.teams[1].id).await else {
            panic!("broken");
        };
        assert_eq!(head.len(), 32);
        let mut known = audit_entry::organizations(&mut tx, &system()).await.unwrap();
        known.sort();
        let mut teams: Vec<_> = [0, 1].map(|i| (world.teams[i].id, Some(format!("Team {i}")))).into();
        teams.sort();
        assert_eq!(known, teams);
    }

    async fn an_edit_of_any_column_shows_where_it_is(database) {
        let world = logged(database).await;
        let edits = [
            edit!("id = 'x'"), edit!("at = at + 1"), edit!("actor_kind = 'system'"),
            edit!("actor_id = 'x'"), edit!("actor_label = 'x'"), edit!("via = 'x'"),
            edit!("ip = 'x'"), edit!("request_id = 'x'"), edit!("action = 'domain.deleted'"),
            edit!("action = 'no.such'"), edit!("target_kind = 'x'"), edit!("target_id = 'x'"),
            edit!("target_label = 'x'"), edit!("before = '{}'"), edit!("after = '{}'"),
            edit!("outcome = 'denied'"), edit!("occurrences = 2"),
        ];
        for edit in edits {
            let second = params![2_i64, world.teams[0].id];
            assert_eq!(after(&world, edit, &second).await, Err(2), "{edit}");
        }
    }

    async fn what_is_removed_moved_or_cut_off_shows(database) {
        let world = logged(database).await;
        let ours = params![world.teams[0].id];
        for (sql, position) in [
            ("DELETE FROM audit_entries WHERE organization_id = $1 AND sequence = 1", 1),
            ("DELETE FROM audit_entries WHERE organization_id = $1 AND sequence = 2", 2),
            ("DELETE FROM audit_entries WHERE organization_id = $1 AND sequence = 3", 3),
            ("DELETE FROM audit_entries WHERE organization_id = $1", 1),
            ("DELETE FROM audit_heads WHERE organization_id = $1", 4),
            ("UPDATE audit_heads SET sequence = 2 WHERE organization_id = $1", 4),
            ("UPDATE audit_entries SET sequence = 5 WHERE organization_id = $1 AND sequence = 3", 3),
        ] {
            assert_eq!(after(&world, sql, &ours).await, Err(position), "{sql}");
        }
        // An entry of another organization's log does not fit into ours.
        let other = "UPDATE audit_entries SET organization_id = $1, sequence = 4 WHERE organization_id = $2";
        let both = params![world.teams[0].id, world.teams[1].id];
        assert_eq!(after(&world, other, &both).await, Err(4));
    }

    async fn a_log_that_is_gone_altogether_shows_unless_the_organization_is_older(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        assert_eq!(checked(&mut tx, &world).await, Ok(0));
        let newer = "UPDATE organizations SET created_at = created_at + 1";
        tx.execute(newer, &[]).await.unwrap();
        assert_eq!(checked(&mut tx, &world).await, Err(1));
    }

    async fn a_chain_of_another_key_is_broken_from_its_first_entry(database) {
        let world = logged(database).await;
        let foreign = Store::open(database.settings().clone().audit_key([4; 32])).unwrap();
        assert_eq!(checked(&mut foreign.read().await.unwrap(), &world).await, Err(1));
        // What somebody appends under another key breaks the chain there.
        append(&foreign, &world, world.teams[0].id, 4).await;
        assert_eq!(checked(&mut world.read().await, &world).await, Err(4));
    }

    async fn the_log_is_append_only(database) {
        let world = logged(database).await;
        for sql in ["UPDATE audit_entries SET ip = 'x'", "DELETE FROM audit_entries"] {
            let mut tx = world.write().await;
            let refused = tx.execute(sql, &[]).await.unwrap_err();
            assert!(refused.to_string().contains("append-only"), "{refused}");
        }
        if database.store().engine() == Engine::Postgres {
            let mut tx = world.write().await;
            assert!(tx.execute("TRUNCATE audit_entries", &[]).await.is_err());
        }
        assert_eq!(checked(&mut world.read().await, &world).await, Ok(3));
    }

    async fn an_entry_is_in_the_log_if_and_only_if_its_change_is(database) {
        let world = logged(database).await;
        let mut tx = world.write().await;
        audit_entry::append(&mut tx, &world.sources, world.teams[0].id, event(4)).await.unwrap();
        drop(tx);
        assert_eq!(checked(&mut world.read().await, &world).await, Ok(3));
        append(&world.store, &world, world.teams[0].id, 4).await;
        assert_eq!(checked(&mut world.read().await, &world).await, Ok(4));
    }

    async fn two_who_append_at_once_leave_no_gap(database) {
        let world = World::new(database).await;
        let many = |from: usize| {
            let (store, world) = (&world.store, &world);
            async move {
                for number in from..from + 20 {
                    append(store, world, world.teams[0].id, number).await;
                }
            }
        };
        tokio::join!(many(100), many(200));
        assert_eq!(checked(&mut world.read().await, &world).await, Ok(40));
    }

    async fn who_acts_is_known_from_the_credential(database) {
        let world = World::new(database).await;
        let id = world.teams[0].id;
        let origin = Origin { ip: Some("192.0.2.7".parse().unwrap()), request_id: "r1".into() };
        for who in [Who::Owner, Who::OwnersKey] {
            let mut tx = world.write().await;
            let caller = Caller::new(Some(credential(0, who)), [action::SELF_READ.into()], NOW);
            let caller = caller.with_origin(origin.clone());
            Gate::open(&mut tx, &caller).await.unwrap();
            audit_entry::append(&mut tx, &world.sources, id, event(1)).await.unwrap();
            tx.commit().await.unwrap();
        }
        let mut tx = world.read().await;
        let sql = "SELECT * FROM audit_entries WHERE organization_id = $1 ORDER BY sequence";
        let rows = tx.query(sql, &params![id]).await.unwrap();
        let text = |i: usize, column: &str| rows[i].text(column).unwrap();
        assert_eq!(text(0, "actor_kind"), "user");
        assert_eq!(text(0, "actor_id"), world.user(0, Who::Owner).to_string());
        assert_eq!(text(0, "actor_label"), "owner@team0.example");
        assert_ne!(text(0, "via"), "", "the session");
        assert_eq!((text(1, "actor_kind"), text(1, "actor_label")), ("key".to_owned(), "key".to_owned()));
        assert_eq!(text(1, "via"), text(1, "actor_id"));
        for i in 0..2 {
            assert_eq!((text(i, "ip"), text(i, "request_id")), ("192.0.2.7".to_owned(), "r1".to_owned()));
        }
    }

    async fn every_filter_narrows_the_log_of_the_own_organization(database) {
        let world = logged(database).await;
        let mut tx = world.read().await;
        let owner = Some(credential(0, Who::Owner));
        let caller = Caller::new(owner, [action::AUDIT_LIST.into()], NOW);
        let mut gate = Gate::open(&mut tx, &caller).await.unwrap();
        let permission = gate.permit(action::AUDIT_LIST).unwrap();
        let none = AuditFilter::default;
        let text = |text: &str| Some(text.to_owned());
        let changed = AuditActions::One(AuditAction::DomainSettingsChanged);
        for (filter, total) in [
            (none(), 3),
            (AuditFilter { actions: Some(changed), ..none() }, 3),
            (AuditFilter { actions: Some(AuditActions::Area("domain")), ..none() }, 3),
            (AuditFilter { actions: Some(AuditActions::Area("key")), ..none() }, 0),
            (AuditFilter { target: text("D2."), ..none() }, 1),
            (AuditFilter { target: text("domain"), ..none() }, 3),
            (AuditFilter { actor: text("nobody"), ..none() }, 0),
            (AuditFilter { from: Some(Timestamp::from_seconds(0)), ..none() }, 3),
            (AuditFilter { to: Some(Timestamp::from_seconds(0)), ..none() }, 0),
        ] {
            let page = (Some(3), Page { limit: 10, offset: 0 });
            let found = audit_entry::list(&mut tx, &permission, &filter, page).await.unwrap();
            assert_eq!(found.total, total, "{filter:?}");
            assert!(found.rows.iter().all(|entry| entry.sequence < 3), "{filter:?}");
            let all = audit_entry::list_between(&mut tx, &permission, &filter, (0, 3), 10).await.unwrap();
            assert_eq!(u64::try_from(all.len()).unwrap(), total, "{filter:?}");
        }
        assert_eq!(audit_entry::last_position(&mut tx, &permission).await.unwrap(), 3);
    }

    async fn a_key_that_expired_is_logged_once_also_by_two_nodes_at_once(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let sql = "UPDATE api_keys SET expires_at = 1";
        let keys = tx.execute(sql, &[]).await.unwrap();
        tx.commit().await.unwrap();
        let scope = system();
        let log = || api_key::log_expired(&world.store, &world.sources, &scope);
        let (one, other) = tokio::join!(log(), log());
        one.and(other).unwrap();
        let sql = "SELECT COUNT(*) AS total FROM audit_entries WHERE action = 'key.expired' AND actor_kind = 'system'";
        let row = world.read().await.query_opt(sql, &[]).await.unwrap().unwrap();
        assert!(keys > 0);
        assert_eq!(u64::try_from(row.int("total").unwrap()).unwrap(), keys);
    }

    async fn an_organization_keeps_an_active_owner(database) {
        let world = World::new(database).await;
        let owner = world.user(0, Who::Owner);
        for sql in [
            "UPDATE users SET role = 'admin' WHERE id = $1",
            "UPDATE users SET status = 'deactivated' WHERE id = $1",
            "DELETE FROM users WHERE id = $1",
        ] {
            let mut tx = world.write().await;
            let refused = tx.execute(sql, &params![owner]).await.unwrap_err();
            assert!(refused.to_string().contains("keeps an active owner"), "{refused}");
        }
        // A second owner makes the first one replaceable, an inactive one does not.
        for (status, can_leave) in [("deactivated", false), ("active", true)] {
            let mut tx = world.write().await;
            let sql = "UPDATE users SET role = 'owner', status = $2 WHERE id = $1";
            tx.execute(sql, &params![world.user(0, Who::Reader), status]).await.unwrap();
            let left = tx.execute("UPDATE users SET role = 'member' WHERE id = $1", &params![owner]).await;
            assert_eq!(left.is_ok(), can_leave, "{status}");
        }
        // With their organization they all go.
        let mut tx = world.write().await;
        let sql = "DELETE FROM organizations WHERE id = $1";
        assert_eq!(tx.execute(sql, &params![world.teams[0].id]).await, Ok(1));
    }
}

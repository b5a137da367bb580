//! Steps are taken once, in order, and never by surprise.

use postscale_model::Timestamp;
use postscale_store::{Error, MIGRATIONS, Migration, Store, params};
use postscale_testkit::{database::TestDatabase, on_both_engines};

const fn step(name: &'static str, sql: &'static str) -> Migration {
    Migration {
        name,
        sqlite: sql,
        postgres: sql,
    }
}

const FIRST: Migration = step(
    "0001_lists",
    "CREATE TABLE lists (id TEXT); CREATE TABLE x (id TEXT);",
);
const SECOND: Migration = step(
    "0002_name",
    "ALTER TABLE lists ADD COLUMN name TEXT; DROP TABLE x;",
);
const BROKEN: Migration = step("0003_broken", "CREATE TABLE y (id TEXT); SELECT nonsense;");
/// Two domains; an alias of each; a rule of an alias, one of the domain, and one that names a webhook.
const BEFORE_ALIASES_CHANGED: &str = "\
    INSERT INTO organizations (id, name, plan, created_at, updated_at) VALUES ('o', 'Acme', 'free', 1, 1); \
    INSERT INTO persons (id, email, email_key, name, failed_logins, created_at, updated_at) \
        VALUES ('p', 'a@b.example', 'a@b.example', 'Ann', 0, 1, 1); \
    INSERT INTO users (id, organization_id, person_id, role, status, created_at, updated_at) \
        VALUES ('u', 'o', 'p', 'owner', 'active', 1, 1); \
    INSERT INTO domains (id, organization_id, name, domain_type, active, catch_all_enabled, open_tracking, \
        click_tracking, ownership_token, dmarc_token, verified, ownership_verified, mx_verified, spf_verified, \
        dkim_verified, dmarc_verified, return_path_verified, created_at, updated_at) VALUES \
        ('d1', 'o', 'one.example', 'both', TRUE, FALSE, FALSE, FALSE, 't', 'm1', TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, 1, 1), \
        ('d2', 'o', 'two.example', 'both', TRUE, FALSE, FALSE, FALSE, 't', 'm2', TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, 1, 1); \
    INSERT INTO webhooks (id, organization_id, created_by, scope, url, events, description, secret, created_at, updated_at) \
        VALUES ('w', 'o', 'u', 'organization', 'https://x.example', '[]', '', '', 1, 1); \
    INSERT INTO aliases (id, organization_id, domain_id, local_part, action, forward_to, webhook_id, is_masked, \
        description, emails_received, active, expires_at, created_at, updated_at) VALUES \
        ('a1', 'o', 'd1', 'info', 'forward', '[\"b@c.example\"]', NULL, TRUE, 'note', 7, TRUE, 9, 2, 3), \
        ('a2', 'o', 'd2', 'info', 'webhook', '[]', 'w', FALSE, '', 0, FALSE, NULL, 2, 3); \
    INSERT INTO rules (id, domain_id, alias_id, name, match_mode, conditions, action, reject_text, forward_to, \
        webhook_id, tags, priority, enabled, hits, last_hit_at, created_at, updated_at) VALUES \
        ('r1', 'd1', 'a1', 'of an alias', 'all', '[]', 'reject', 'No', '[]', NULL, '[]', 1, TRUE, 5, 8, 2, 3), \
        ('r2', 'd1', NULL, 'of a domain', 'any', '[]', 'tag', NULL, '[]', NULL, '[\"t\"]', -1, FALSE, 0, NULL, 2, 3), \
        ('r3', 'd2', 'a2', 'tells a webhook', 'all', '[]', 'webhook', NULL, '[]', 'w', '[]', 0, TRUE, 0, NULL, 2, 3);";
/// What must not have changed.
const KEPT: [&str; 2] = [
    "SELECT id, organization_id, domain_id, local_part, action, forward_to, webhook_id, is_masked, description, \
     emails_received, active, expires_at, created_at, updated_at FROM aliases ORDER BY id",
    "SELECT * FROM rules ORDER BY id",
];

async fn read(database: &TestDatabase, sql: &str) -> String {
    let mut tx = database.store().read().await.unwrap();
    format!("{:?}", tx.query(sql, &[]).await.unwrap())
}

async fn write(database: &TestDatabase, sql: &str) {
    let mut tx = database.store().write().await.unwrap();
    for statement in sql.split(';').filter(|statement| !statement.is_empty()) {
        tx.execute(statement, &[]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

on_both_engines! {
    async fn pending_steps_are_taken_once(database) {
        let store = database.store();
        let both = [FIRST, SECOND];
        let names = vec!["0001_lists", "0002_name"];
        assert_eq!(store.pending_migrations_with(&both).await, Ok(names.clone()));
        assert_eq!(store.migrate_with(&both[..1], NOW).await, Ok(vec![names[0]]));
        assert_eq!(store.pending_migrations_with(&both).await, Ok(vec![names[1]]));
        assert_eq!(store.migrate_with(&both, NOW).await, Ok(vec![names[1]]));
        assert_eq!(store.migrate_with(&both, NOW).await, Ok(vec![]));
        let mut tx = store.write().await.unwrap();
        tx.execute("INSERT INTO lists (id, name) VALUES ($1, $1)", &params!["l"]).await.unwrap();
        let row = tx.query_one("SELECT max(applied_at) AS at FROM schema_migrations", &[]).await;
        assert_eq!(row.unwrap().timestamp("at"), Ok(NOW));
    }

    async fn a_newer_schema_and_an_edited_step_are_refused(database) {
        let store = database.store();
        store.migrate_with(&[FIRST, SECOND], NOW).await.unwrap();
        let edited = step(FIRST.name, "CREATE TABLE lists (id BIGINT)");
        let renamed = step("0001_other", FIRST.sqlite);
        for steps in [&[FIRST][..], &[edited, SECOND], &[renamed, SECOND]] {
            for refused in [
                store.pending_migrations_with(steps).await,
                store.migrate_with(steps, NOW).await,
            ] {
                assert!(matches!(refused, Err(Error::Corrupt(_))), "{refused:?}");
            }
        }
    }

    async fn a_step_that_fails_leaves_the_ones_before_it(database) {
        let store = database.store();
        assert!(store.migrate_with(&[FIRST, SECOND, BROKEN], NOW).await.is_err());
        let pending = store.pending_migrations_with(&[FIRST, SECOND, BROKEN]).await;
        assert_eq!(pending, Ok(vec!["0003_broken"]));
        let mended = step(BROKEN.name, "CREATE TABLE y (id TEXT)");
        assert_eq!(store.migrate_with(&[FIRST, SECOND, mended], NOW).await, Ok(vec!["0003_broken"]));
    }

    async fn nodes_that_start_together_wait_for_each_other(database) {
        let node = || {
            let store = Store::open(database.settings().clone()).unwrap();
            tokio::spawn(async move { store.migrate_with(&[FIRST, SECOND], NOW).await })
        };
        let nodes = [node(), node(), node(), node()];
        let mut taken = Vec::new();
        for node in nodes {
            taken.extend(node.await.unwrap().unwrap());
        }
        taken.sort_unstable();
        assert_eq!(taken, ["0001_lists", "0002_name"]);
    }

    async fn aliases_and_the_rules_about_them_survive_the_step_that_changes_aliases(database) {
        let step = MIGRATIONS.iter().position(|step| step.name.ends_with("_masked_replies")).unwrap();
        database.store().migrate_with(&MIGRATIONS[..step], NOW).await.unwrap();
        write(database, BEFORE_ALIASES_CHANGED).await;
        let before = [read(database, KEPT[0]).await, read(database, KEPT[1]).await];
        assert!(before[0].contains("a2") && before[1].contains("r3"), "{before:?}");
        database.store().migrate_with(&MIGRATIONS[..=step], NOW).await.unwrap();
        let after = [read(database, KEPT[0]).await, read(database, KEPT[1]).await];
        assert_eq!(after, before);
        // References hold as before: a rule goes with its alias, everything with its domain.
        let mut tx = database.store().write().await.unwrap();
        let of_nothing = "UPDATE rules SET alias_id = 'nothing' WHERE id = 'r2'";
        assert!(tx.execute(of_nothing, &[]).await.is_err());
        drop(tx);
        write(database, "DELETE FROM aliases WHERE id = 'a1'").await;
        let rules = read(database, "SELECT id FROM rules ORDER BY id").await;
        assert!(!rules.contains("r1") && rules.contains("r2") && rules.contains("r3"), "{rules}");
        write(database, "DELETE FROM domains WHERE id = 'd2'").await;
        let left = read(database, "SELECT id FROM rules UNION ALL SELECT id FROM aliases").await;
        assert!(left.contains("r2") && !left.contains("r3") && !left.contains("a2"), "{left}");
    }

    async fn the_schema_of_this_program_is_made(database) {
        let names: Vec<_> = MIGRATIONS.iter().map(|step| step.name).collect();
        assert_eq!(database.store().migrate(NOW).await, Ok(names));
        assert_eq!(database.store().pending_migrations().await, Ok(vec![]));
    }
}

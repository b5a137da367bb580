//! One text, the same answers.

use postscale_model::{DomainName, EmailId, EmailStatus, Sources, Timestamp};
use postscale_store::{Error, Value, params};
use postscale_testkit::on_both_engines;

use crate::make_tables;

on_both_engines! {
    async fn placeholders_go_by_number_whatever_their_order_and_number_of_uses(database) {
        let mut tx = database.store().read().await.unwrap();
        let sql = "SELECT $2 || '-' || $1 || '-' || $1 || '-' || $3 AS text, '$1' AS quoted";
        let row = tx.query_one(sql, &params!["a", "b", "c"]).await.unwrap();
        assert_eq!(row.text("text").unwrap(), "b-a-a-c");
        assert_eq!(row.text("quoted").unwrap(), "$1");
    }

    async fn a_placeholder_without_a_parameter_is_refused(database) {
        let mut tx = database.store().read().await.unwrap();
        assert!(tx.query("SELECT $1 || $2 AS x", &params!["a"]).await.is_err());
    }

    async fn nulls_of_every_kind_are_kept(database) {
        make_tables(database.store()).await;
        let mut tx = database.store().write().await.unwrap();
        let sql = "INSERT INTO notes (id, name, list_id, size, body) VALUES ($1, $1, $2, $3, $4)
                   RETURNING list_id, size, body, $5 IS NULL AS was_null";
        let none = params!["n", None::<&str>, None::<i64>, None::<Vec<u8>>, None::<bool>];
        let row = tx.query_one(sql, &none).await.unwrap();
        assert_eq!(row.opt_text("list_id"), Ok(None));
        assert_eq!(row.opt_int("size"), Ok(None));
        assert_eq!(row.opt_blob("body"), Ok(None));
        assert_eq!(row.bool("was_null"), Ok(true));
        assert!(matches!(row.int("size"), Err(Error::Corrupt(_))));
    }

    async fn flags_come_back_from_columns_and_from_expressions(database) {
        make_tables(database.store()).await;
        let mut tx = database.store().write().await.unwrap();
        let sql = "INSERT INTO notes (id, name, size, flag) VALUES ('n', 'n', 3, $1)
                   RETURNING flag, NOT flag AS opposite, size > 2 AS large, coalesce(flag, false) AS c";
        let row = tx.query_one(sql, &params![true]).await.unwrap();
        let flags = ["flag", "opposite", "large", "c"].map(|c| row.bool(c).unwrap());
        assert_eq!(flags, [true, false, true, true]);
        let found = tx.query("SELECT id FROM notes WHERE flag", &[]).await.unwrap();
        assert_eq!(found.len(), 1);
    }

    async fn an_upsert_returns_the_row_it_left(database) {
        make_tables(database.store()).await;
        let mut tx = database.store().write().await.unwrap();
        let sql = "INSERT INTO notes (id, name, size) VALUES ($1, $2, $3)
                   ON CONFLICT (id) DO UPDATE SET size = notes.size + excluded.size RETURNING size";
        for want in [5, 10] {
            let row = tx.query_one(sql, &params!["n", "n", 5_i64]).await.unwrap();
            assert_eq!(row.int("size"), Ok(want));
        }
        let sql = "INSERT INTO notes (id, name) VALUES ('n', 'n') ON CONFLICT DO NOTHING";
        assert_eq!(tx.execute(sql, &[]).await, Ok(0));
        assert_eq!(tx.execute("UPDATE notes SET size = 1", &[]).await, Ok(1));
        assert_eq!(tx.execute("DELETE FROM notes RETURNING id", &[]).await, Ok(1));
    }

    async fn row_values_page_by_key(database) {
        make_tables(database.store()).await;
        let mut tx = database.store().write().await.unwrap();
        for (id, size) in [("a", 1_i64), ("b", 2), ("c", 2), ("d", 3)] {
            let sql = "INSERT INTO notes (id, name, size) VALUES ($1, $1, $2)";
            tx.execute(sql, &params![id, size]).await.unwrap();
        }
        let sql = "WITH page AS (SELECT id, size, row_number() OVER (ORDER BY size, id) AS n FROM notes)
                   SELECT id, n FROM page WHERE (size, id) > ($1, $2) ORDER BY size, id LIMIT $3";
        let rows = tx.query(sql, &params![2_i64, "b", 2_i64]).await.unwrap();
        let page: Vec<_> = rows.iter().map(|r| (r.text("id").unwrap(), r.int("n").unwrap())).collect();
        assert_eq!(page, [("c".to_owned(), 3), ("d".to_owned(), 4)]);
    }

    async fn the_types_of_the_model_are_kept_and_read_back(database) {
        let mut tx = database.store().read().await.unwrap();
        let sources: Sources = sources();
        let id: EmailId = sources.id();
        let name: DomainName = "example.com".parse().unwrap();
        let sql = "SELECT $1 AS id, $2 AS name, $3 AS status, $4 AS at, $5 AS body, $6 AS list,
                          $5 AS hash";
        let bytes = [0_u8, 255].repeat(16);
        let given = params![
            id, &name, EmailStatus::Deferred, sources.now(), bytes.as_slice(),
            serde_json::json!(["x", "y"])
        ];
        let row = tx.query_one(sql, &given).await.unwrap();
        assert_eq!(row.id::<EmailId>("id"), Ok(id));
        assert_eq!(row.id::<DomainName>("name"), Ok(name));
        assert_eq!(row.word::<EmailStatus>("status"), Ok(EmailStatus::Deferred));
        assert_eq!(row.timestamp("at"), Ok(Timestamp::from_micros(1_700_000_000_000_001)));
        assert_eq!(row.blob("body"), Ok(bytes.clone()));
        assert_eq!(row.json::<Vec<String>>("list"), Ok(vec!["x".to_owned(), "y".to_owned()]));
        assert_eq!(row.token_hash("hash").unwrap().as_bytes()[..], bytes);
    }

    async fn what_is_of_another_kind_is_corrupt(database) {
        let mut tx = database.store().read().await.unwrap();
        let sql = "SELECT 'x' AS text, CAST(7 AS BIGINT) AS number";
        let row = tx.query_one(sql, &[]).await.unwrap();
        let corrupt = |e: Option<Error>| assert!(matches!(e, Some(Error::Corrupt(_))), "{e:?}");
        corrupt(row.int("text").err());
        corrupt(row.bool("number").err());
        corrupt(row.text("number").err());
        corrupt(row.blob("text").err());
        corrupt(row.text("absent").err());
        corrupt(row.word::<EmailStatus>("text").err());
        corrupt(row.id::<EmailId>("text").err());
        corrupt(row.json::<String>("text").err());
        corrupt(tx.query("SELECT CAST(0.5 AS REAL) AS real", &[]).await.err());
    }

    async fn a_statement_that_makes_no_sense_is_corrupt(database) {
        let mut tx = database.store().read().await.unwrap();
        let refused = tx.query("SELEKT 1", &[]).await;
        assert!(matches!(refused, Err(Error::Corrupt(_))), "{refused:?}");
    }
}

fn sources() -> Sources {
    struct Fixed;
    impl postscale_model::Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(1_700_000_000_000_001)
        }
    }
    impl postscale_model::Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(9);
        }
    }
    Sources::new(std::sync::Arc::new(Fixed), std::sync::Arc::new(Fixed))
}

#[test]
fn an_absent_value_keeps_its_kind() {
    assert_eq!(Value::from(None::<Timestamp>), Value::Int(None));
    assert_eq!(Value::from(None::<EmailId>), Value::Text(None));
    assert_eq!(Value::from(Some(true)), Value::Bool(Some(true)));
}

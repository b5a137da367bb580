//! A login that starts over: whose owner just proved the address.

use postscale_access::Credential;
use postscale_model::{PersonId, TokenHash};
use postscale_store::{
    Tx, params,
    person::{self, SecondFactor},
};
use postscale_testkit::on_both_engines;

use crate::world::{NOW, Who, World, credential, later};

/// Sets a second factor up, with a recovery code and an open change of address.
async fn set_up(tx: &mut Tx, world: &World) -> PersonId {
    let user = params![world.user(0, Who::Reader)];
    let row = tx
        .query_one("SELECT person_id FROM users WHERE id = $1", &user)
        .await
        .unwrap();
    let id: PersonId = row.id("person_id").unwrap();
    let hash = TokenHash::new([9; 32]);
    let sql = "UPDATE persons SET totp_secret = $2, totp_enabled_at = 1 WHERE id = $1";
    tx.execute(sql, &params![id, &hash]).await.unwrap();
    let sql = "INSERT INTO recovery_codes (person_id, code_hash) VALUES ($1, $2)";
    tx.execute(sql, &params![id, &hash]).await.unwrap();
    let sql = "INSERT INTO email_challenges (id, kind, person_id, email, email_key, secret_hash, tries, expires_at, \
               created_at) VALUES ('c', 'email_change', $1, 'e@new.example', 'e@new.example', $2, 0, $3, $3)";
    tx.execute(sql, &params![id, &hash, NOW]).await.unwrap();
    id
}

async fn count(tx: &mut Tx, sql: &'static str, id: PersonId) -> i64 {
    let row = tx.query_one(sql, &params![id]).await.unwrap();
    row.int("c").unwrap()
}

const CODES: &str = "SELECT COUNT(*) AS c FROM recovery_codes WHERE person_id = $1";
const CHALLENGES: &str = "SELECT COUNT(*) AS c FROM email_challenges WHERE person_id = $1";
const SECRETS: &str = "SELECT COUNT(totp_secret) AS c FROM persons WHERE id = $1";
const SESSIONS: &str = "SELECT COUNT(*) AS c FROM sessions WHERE person_id = $1";

on_both_engines! {
    async fn a_proven_login_keeps_its_second_factor_and_nothing_else(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let id = set_up(&mut tx, &world).await;
        let over = person::start_over(&mut tx, id, ("Nora", "$argon2id$"), later(1)).await;
        let (person, factor) = over.unwrap();
        assert_eq!(factor, SecondFactor::Kept);
        for (sql, want) in [(CODES, 1), (SECRETS, 1), (SESSIONS, 0), (CHALLENGES, 0)] {
            assert_eq!(count(&mut tx, sql, id).await, want, "{sql}");
        }
        let found = person::find_login_of(&mut tx, id).await.unwrap().unwrap();
        assert_eq!((person.name.as_str(), found.person.name.as_str()), ("Nora", "Nora"));
        assert_eq!(person.email_verified_at, Some(NOW));
        assert_eq!(found.password_hash.as_deref(), Some("$argon2id$"));
        assert_eq!(found.person.email_verified_at, Some(NOW), "proven once already");
    }

    async fn a_login_that_was_never_proven_keeps_nothing(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let id = set_up(&mut tx, &world).await;
        let sql = "UPDATE persons SET email_verified_at = NULL WHERE id = $1";
        tx.execute(sql, &params![id]).await.unwrap();
        let over = person::start_over(&mut tx, id, ("Nora", "$argon2id$"), later(1)).await;
        let (person, factor) = over.unwrap();
        assert_eq!(factor, SecondFactor::None);
        for sql in [CODES, SECRETS, SESSIONS, CHALLENGES] {
            assert_eq!(count(&mut tx, sql, id).await, 0, "{sql}");
        }
        let found = person::find_login_of(&mut tx, id).await.unwrap().unwrap();
        assert_eq!(found.person.email_verified_at, Some(later(1)));
        assert_eq!(person.email_verified_at, Some(later(1)));
        tx.commit().await.unwrap();
        let mut tx = world.read().await;
        let Credential::Session(token) = credential(0, Who::Reader) else { panic!("a session") };
        let sql = "SELECT COUNT(*) AS c FROM sessions WHERE token_hash = $1";
        let row = tx.query_one(sql, &params![&token]).await.unwrap();
        assert_eq!(row.int("c").unwrap(), 0);
    }

    async fn what_was_mailed_to_prove_an_address_is_forgotten_however_spelled(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let id = set_up(&mut tx, &world).await;
        person::forget_challenges(&mut tx, &"other@new.example".parse().unwrap()).await.unwrap();
        assert_eq!(count(&mut tx, CHALLENGES, id).await, 1);
        person::forget_challenges(&mut tx, &"E@NEW.example".parse().unwrap()).await.unwrap();
        assert_eq!(count(&mut tx, CHALLENGES, id).await, 0);
    }
}

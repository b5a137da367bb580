//! What a user could act by: told beforehand, and ended.

use postscale_model::DomainId;
use postscale_store::{offboarding, params};
use postscale_testkit::on_both_engines;

use crate::{
    user::managed,
    world::{NOW, Who, World},
};

on_both_engines! {
    async fn what_would_end_is_told_and_is_what_ends(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let reader = managed(&mut tx, 0, world.user(0, Who::Reader)).await;
        let again = "INSERT INTO sessions (id, token_hash, person_id, user_id, authenticated_at, last_seen_at, expires_at, \
                     created_at, ip, user_agent) SELECT 'again', $2, person_id, user_id, authenticated_at, last_seen_at, \
                     expires_at, created_at, ip, user_agent FROM sessions WHERE user_id = $1";
        let token = postscale_model::TokenHash::new([99; 32]);
        tx.execute(again, &params![reader.id, token]).await.unwrap();
        assert_eq!(offboarding::count_sessions(&mut tx, &reader).await, Ok(2));
        let keys = offboarding::keys(&mut tx, &reader, None).await.unwrap();
        let named = offboarding::key_domains(&mut tx, &reader).await.unwrap();
        assert!(named.iter().all(|(key, _)| *key == keys[0].id), "{named:?}");
        let mut domains: Vec<DomainId> = named.iter().map(|(_, domain)| *domain).collect();
        domains.sort_unstable();
        let mut both = world.teams[0].domains;
        both.sort_unstable();
        assert_eq!(domains, both);

        assert_eq!(offboarding::end_sessions(&mut tx, &reader).await, Ok(2));
        assert_eq!(offboarding::count_sessions(&mut tx, &reader).await, Ok(0));
        let revoked = offboarding::revoke_keys(&mut tx, &reader, None, NOW).await.unwrap();
        assert_eq!((revoked.len(), revoked[0].id, revoked[0].revoked_at), (1, keys[0].id, Some(NOW)));
        assert_eq!(offboarding::key_domains(&mut tx, &reader).await, Ok(vec![]));
    }
}

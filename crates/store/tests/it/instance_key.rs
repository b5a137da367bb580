//! Which master key a database is kept with.

use postscale_model::{DkimAlgorithm, DkimKey, DkimStatus};
use postscale_store::{
    Seal,
    dkim_key::{self, SigningKey},
    instance_key::{self, Recorded},
};
use postscale_testkit::on_both_engines;

use crate::world::{NOW, World};

on_both_engines! {
    async fn a_database_knows_no_key_before_the_first_one_was_recorded(database) {
        let store = database.store();
        let mut tx = store.read().await.unwrap();
        assert_eq!(instance_key::find(&mut tx).await, Ok(None), "without a schema");
        drop(tx);
        store.migrate(NOW).await.unwrap();
        let mut tx = store.read().await.unwrap();
        assert_eq!(instance_key::find(&mut tx).await, Ok(None));
    }

    async fn the_first_key_stays(database) {
        let store = database.store();
        store.migrate(NOW).await.unwrap();
        let seal = Seal::new([7; 32]);
        for (key, want) in [("a", Recorded::Ours), ("b", Recorded::Another), ("a", Recorded::Ours)] {
            let mut tx = store.write().await.unwrap();
            assert_eq!(instance_key::record(&mut tx, key, &seal, NOW).await, Ok(want));
            tx.commit().await.unwrap();
        }
        let mut tx = store.read().await.unwrap();
        assert_eq!(instance_key::find(&mut tx).await, Ok(Some("a".to_owned())));
    }

    async fn of_two_that_record_a_key_at_once_one_is_another(database) {
        let store = database.store();
        store.migrate(NOW).await.unwrap();
        let seal = Seal::new([7; 32]);
        let record = async |key: &str| {
            let mut tx = store.write().await.unwrap();
            let recorded = instance_key::record(&mut tx, key, &seal, NOW).await.unwrap();
            tx.commit().await.unwrap();
            recorded
        };
        let (a, b) = tokio::join!(record("a"), record("b"));
        let mut tx = store.read().await.unwrap();
        let known = instance_key::find(&mut tx).await.unwrap().unwrap();
        assert_eq!(a == Recorded::Ours, known == "a");
        assert_eq!(b == Recorded::Ours, known == "b");
    }

    async fn a_key_that_opens_nothing_of_what_is_sealed_is_another(database) {
        let world = World::new(database).await;
        let (old, new) = (Seal::new([7; 32]), Seal::new([8; 32]));
        let mut tx = world.write().await;
        let proof = world.writable(&mut tx, 0, 0).await;
        let key = SigningKey {
            key: DkimKey {
                id: world.sources.id(),
                domain_id: proof.id,
                selector: "ps1".parse().unwrap(),
                algorithm: DkimAlgorithm::Ed25519,
                status: DkimStatus::Active,
                public_key: "cHVi".to_owned(),
                verified_at: None,
                replaces: None,
                retire_at: None,
                created_at: NOW,
            },
            private_key: b"private".to_vec(),
        };
        dkim_key::insert(&mut tx, &proof, &key, &old, &world.sources).await.unwrap();
        tx.commit().await.unwrap();
        for (seal, want) in [(&new, Recorded::Another), (&old, Recorded::Ours)] {
            let mut tx = world.write().await;
            assert_eq!(instance_key::record(&mut tx, "a", seal, NOW).await, Ok(want));
        }
    }
}

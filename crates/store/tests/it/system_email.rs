//! Mail of the system: tried until it left, then gone.

use std::time::Duration;

use postscale_store::system_email::{self, SystemEmail};
use postscale_testkit::on_both_engines;

use crate::world::{NOW, World, later, system};

on_both_engines! {
    async fn a_message_is_tried_until_it_left_and_is_gone_then(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let new = SystemEmail {
            id: world.sources.id(),
            recipient: "new@far.example".parse().unwrap(),
            body: b"Subject: join\r\n\r\n".to_vec(),
            created_at: NOW,
        };
        system_email::insert(&mut tx, &new).await.unwrap();
        let (system, lease) = (system(), Duration::from_secs(60));
        let first = system_email::claim_due(&mut tx, &system, 10, lease, NOW).await.unwrap();
        assert_eq!((&first[0].email.recipient, &first[0].email.body, first[0].attempt), (&new.recipient, &new.body, 1));
        assert!(system_email::claim_due(&mut tx, &system, 10, lease, later(59)).await.unwrap().is_empty());
        system_email::renew(&mut tx, &system, &first[0], later(90)).await.unwrap();
        assert_eq!(system_email::next_due_at(&mut tx, &system).await, Ok(Some(later(90))));
        system_email::settle(&mut tx, &system, &first[0], Some(later(300))).await.unwrap();
        assert_eq!(system_email::next_due_at(&mut tx, &system).await, Ok(Some(later(300))));
        let second = system_email::claim_due(&mut tx, &system, 10, lease, later(300)).await.unwrap();
        system_email::settle(&mut tx, &system, &first[0], Some(later(900))).await.unwrap();
        system_email::renew(&mut tx, &system, &first[0], later(900)).await.unwrap();
        assert_eq!(system_email::next_due_at(&mut tx, &system).await, Ok(Some(later(360))));
        system_email::settle(&mut tx, &system, &second[0], None).await.unwrap();
        assert_eq!(system_email::next_due_at(&mut tx, &system).await, Ok(None));
    }
}

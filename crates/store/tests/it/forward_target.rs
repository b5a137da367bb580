//! Addresses that agreed to be forwarded to, and those that need not.

use postscale_model::{Address, TokenHash};
use postscale_store::{
    domain::{self, Verification},
    forward_target::{self, Consent},
};
use postscale_testkit::on_both_engines;

use crate::world::{NOW, World, later, system};

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

on_both_engines! {
    async fn an_outside_address_is_asked_until_it_agreed(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let proof = world.writable(&mut tx, 0, 0).await;
        let home = address("Ann@Home.example");
        let [old, new, later_on] = [1, 2, 3].map(|n| TokenHash::new([n; 32]));
        assert_eq!(forward_target::upsert(&mut tx, &proof, &home, &old, NOW).await, Ok(Consent::Asked));
        assert_eq!(forward_target::upsert(&mut tx, &proof, &home, &new, later(599)).await, Ok(Consent::Waiting));
        assert_eq!(forward_target::confirm(&mut tx, &new, NOW).await, Ok(false));
        assert_eq!(forward_target::upsert(&mut tx, &proof, &home, &new, later(600)).await, Ok(Consent::Asked));
        let found = forward_target::find(&mut tx, &new).await.unwrap().expect("the token");
        assert_eq!((&*found.address, found.confirmed), ("ann@home.example", false));
        let asked = [home.clone(), address("eve@near.example")];
        let organization = world.teams[0].id;
        assert_eq!(forward_target::confirmed(&mut tx, &system(), organization, &asked).await, Ok(vec![]));
        assert_eq!(forward_target::confirm(&mut tx, &old, NOW).await, Ok(false));
        assert_eq!(forward_target::confirm(&mut tx, &new, NOW).await, Ok(true));
        assert_eq!(forward_target::confirm(&mut tx, &new, later(5)).await, Ok(true));
        let upper = [address("ANN@home.example")];
        assert_eq!(forward_target::confirmed(&mut tx, &system(), organization, &upper).await, Ok(upper.to_vec()));
        // It agreed to this organization only.
        assert_eq!(forward_target::confirmed(&mut tx, &system(), world.teams[1].id, &asked).await, Ok(vec![]));
        assert_eq!(forward_target::upsert(&mut tx, &proof, &home, &later_on, NOW).await, Ok(Consent::Given));
        assert_eq!(forward_target::confirm(&mut tx, &later_on, NOW).await, Ok(false));
        assert_eq!(forward_target::find(&mut tx, &later_on).await, Ok(None));
        assert_eq!(forward_target::find(&mut tx, &new).await.unwrap().map(|found| found.confirmed), Some(true));
    }

    async fn an_own_address_need_not_agree(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let owned = world.writable(&mut tx, 0, 1).await;
        let seen = Verification { ownership: Some(true), ..Default::default() };
        domain::verify(&mut tx, &owned, seen, NOW).await.unwrap();
        let token = TokenHash::new([1; 32]);
        for (team, text, own) in [
            (0, "any@d1.team0.example", true),
            (0, "any@d0.team0.example", false),
            (0, "Reader@team0.example", true),
            (0, "reader@team1.example", false),
            (1, "any@d1.team0.example", false),
        ] {
            let (target, organization) = (address(text), world.teams[team].id);
            let internal = forward_target::is_internal(&mut tx, &system(), organization, &target).await;
            assert_eq!(internal, Ok(own), "{text}");
            let confirmed = forward_target::confirmed(&mut tx, &system(), organization, std::slice::from_ref(&target)).await;
            assert_eq!(confirmed.unwrap().len(), usize::from(own), "{text}");
        }
        let target = address("any@d1.team0.example");
        assert_eq!(forward_target::upsert(&mut tx, &owned, &target, &token, NOW).await, Ok(Consent::Given));
        tx.execute("UPDATE users SET status = 'deactivated' WHERE role = 'member'", &[]).await.unwrap();
        let left = address("reader@team0.example");
        let internal = forward_target::is_internal(&mut tx, &system(), world.teams[0].id, &left).await;
        assert_eq!(internal, Ok(false));
    }
}

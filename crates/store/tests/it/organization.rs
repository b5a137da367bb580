//! Organizations, the one set-up of an instance, and the people in them.

use postscale_access::action;
use postscale_store::{
    organization::{self, INSTANCE_SETUP_KEY},
    person::{self, EMAIL_KEY},
    user,
};
use postscale_testkit::on_both_engines;

use crate::world::{NOW, Who, World, later, permission};

on_both_engines! {
    async fn i17_an_instance_is_set_up_once(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        assert_eq!(organization::is_set_up(&mut tx).await, Ok(false));
        organization::complete_setup(&mut tx, world.teams[0].id, NOW).await.unwrap();
        assert_eq!(organization::is_set_up(&mut tx).await, Ok(true));
        let again = organization::complete_setup(&mut tx, world.teams[1].id, NOW).await;
        assert!(again.unwrap_err().is_conflict_on(INSTANCE_SETUP_KEY));
    }

    async fn a_permission_leads_to_its_own_organization_and_user(database) {
        let world = World::new(database).await;
        let mut tx = world.read().await;
        for team in 0..2 {
            let proof = permission(&mut tx, team, action::SELF_READ).await;
            assert_eq!(organization::get(&mut tx, &proof).await.unwrap().id, world.teams[team].id);
            let me = user::get_self(&mut tx, &proof).await.unwrap();
            assert_eq!(me.id, world.user(team, Who::Owner));
            assert_eq!(me.email.to_string(), format!("owner@team{team}.example"));
        }
    }

    async fn an_address_is_one_login_whatever_its_case(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let found = person::find_login(&mut tx, &"OWNER@Team0.example".parse().unwrap()).await.unwrap();
        let login = found.unwrap();
        assert_eq!((login.person.name.as_str(), login.password_hash), ("Owner", None));
        person::update_password(&mut tx, login.person.id, "$argon2id$x", later(1)).await.unwrap();
        person::update_name(&mut tx, login.person.id, "Ann", later(1)).await.unwrap();
        let login = person::find_login_of(&mut tx, login.person.id).await.unwrap().unwrap();
        assert_eq!((login.person.name.as_str(), login.password_hash.as_deref()), ("Ann", Some("$argon2id$x")));
        let memberships = person::memberships(&mut tx, login.person.id).await.unwrap();
        assert_eq!(memberships.len(), 1);
        assert_eq!(memberships[0].user_id, world.user(0, Who::Owner));
        assert!(person::find_login(&mut tx, &"nobody@team0.example".parse().unwrap()).await.unwrap().is_none());
        let twin = postscale_model::Person { id: world.sources.id(), ..login.person };
        let again = person::insert(&mut tx, &twin, None).await;
        assert!(again.unwrap_err().is_conflict_on(EMAIL_KEY));
    }
}

//! Users: who is named, who owns, and who must still set a second factor up.

use postscale_access::{Caller, Gate, action};
use postscale_model::UserId;
use postscale_store::{
    Tx, organization, params,
    user::{self, Managed},
};
use postscale_testkit::on_both_engines;

use crate::world::{NOW, Who, World, credential, permission, system};

/// A user whom the owner may change.
pub async fn managed(tx: &mut Tx, team: usize, id: UserId) -> Managed {
    let action = action::USER_DEACTIVATE;
    let caller = Caller::new(Some(credential(team, Who::Owner)), [action.into()], NOW);
    let mut gate = Gate::open(tx, &caller).await.unwrap();
    gate.user(action, Some(id)).await.unwrap().into()
}

on_both_engines! {
    async fn a_user_is_named_in_their_own_organization_even_when_they_are_gone(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let proof = permission(&mut tx, 0, action::KEY_LIST).await;
        let reader = world.user(0, Who::Reader);
        let gone = "UPDATE users SET status = 'deleted' WHERE id = $1";
        for sql in [None, Some(gone)] {
            if let Some(sql) = sql {
                tx.execute(sql, &params![reader]).await.unwrap();
            }
            let name = user::find_name(&mut tx, &proof, reader).await.unwrap();
            assert_eq!(name.as_deref(), Some("Reader"));
        }
        let foreign = user::find_name(&mut tx, &proof, world.user(1, Who::Reader)).await;
        assert_eq!(foreign, Ok(None));
    }

    async fn a_second_factor_is_owed_where_it_is_asked_for_and_not_there(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let reader = managed(&mut tx, 0, world.user(0, Who::Reader)).await;
        let asks = "UPDATE organizations SET require_second_factor = $2 WHERE id = $1";
        let has = "UPDATE persons SET totp_enabled_at = 1 WHERE id = (SELECT person_id FROM users WHERE id = $1)";
        for (asked, there, owes) in [(false, false, false), (true, false, true), (true, true, false), (false, true, false)] {
            tx.execute(asks, &params![reader.organization_id, asked]).await.unwrap();
            if there {
                tx.execute(has, &params![reader.id]).await.unwrap();
            }
            assert_eq!(user::owes_second_factor(&mut tx, &reader).await, Ok(owes), "{asked} {there}");
        }
    }

    async fn owners_are_who_may_sign_in_and_the_first_ones_have_proven_addresses(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        assert_eq!(user::first_owners(&mut tx, &system()).await, Ok(vec![]), "nobody set it up");
        organization::complete_setup(&mut tx, world.teams[0].id, NOW).await.unwrap();
        let proof = permission(&mut tx, 0, action::BILLING_READ).await;
        for (who, role, status) in [(Who::Reader, "owner", "active"), (Who::Writer, "owner", "deactivated")] {
            let sql = "UPDATE users SET role = $2, status = $3, created_at = created_at + 1 WHERE id = $1";
            tx.execute(sql, &params![world.user(0, who), role, status]).await.unwrap();
        }
        let address = |name: &str| format!("{name}@team0.example").parse().unwrap();
        let both = Ok(vec![address("owner"), address("reader")]);
        assert_eq!(user::owners(&mut tx, &proof).await, both);
        assert_eq!(user::first_owners(&mut tx, &system()).await, both);
        let sql = "UPDATE persons SET email_verified_at = NULL WHERE email = 'owner@team0.example'";
        tx.execute(sql, &[]).await.unwrap();
        assert_eq!(user::owners(&mut tx, &proof).await, both);
        assert_eq!(user::first_owners(&mut tx, &system()).await, Ok(vec![address("reader")]));
    }
}

//! Invitations: one pending per address, ended by exactly one thing, good only while the inviter may
//! still invite.

use std::time::Duration;

use postscale_access::action;
use postscale_model::{
    Invitation, InvitationId, InvitationState, Level, Role, TokenHash, UserStatus,
};
use postscale_store::{
    Tx,
    invitation::{self, Claim, Rate},
    params, user,
};
use postscale_testkit::{database::TestDatabase, on_both_engines};

use crate::world::{ALL, NOW, Who, World, later, permission, system};

const WEEK: u64 = 7 * 24 * 3600;
const MANAGE: postscale_access::OrganizationAction = action::INVITATION_CREATE_MEMBER;

fn hash(byte: u8) -> TokenHash {
    TokenHash::new([byte; 32])
}

fn invited(world: &World, email: &str, seconds: u64) -> Invitation {
    Invitation {
        id: world.sources.id(),
        organization_id: world.teams[0].id,
        email: email.parse().unwrap(),
        role: Role::Member,
        state: InvitationState::Pending,
        invited_by: world.user(0, Who::Owner),
        expires_at: later(seconds + WEEK),
        created_at: later(seconds),
    }
}

/// Inserts an invitation of the first organization that grants its first domain.
async fn insert(world: &World, tx: &mut Tx, email: &str, token: u8, seconds: u64) -> Invitation {
    let new = invited(world, email, seconds);
    let id = world.teams[0].domains[0];
    let owner = (0, Who::Owner);
    let domain = world
        .domain(tx, owner, action::DOMAIN_READ, id)
        .await
        .unwrap();
    let permission = permission(tx, 0, MANAGE).await;
    let domains = [(domain, Level::Read)];
    invitation::insert(tx, &permission, &new, &domains, &hash(token))
        .await
        .unwrap();
    new
}

async fn one(database: &TestDatabase) -> (World, Invitation) {
    let world = World::new(database).await;
    let mut tx = world.write().await;
    let new = insert(&world, &mut tx, "nora@new.example", 1, 0).await;
    tx.commit().await.unwrap();
    (world, new)
}

async fn is_good(tx: &mut Tx, token: u8, seconds: u64) -> bool {
    let found = invitation::find_by_token(tx, &hash(token), later(seconds)).await;
    found.unwrap().is_some()
}

fn claim(code: u8) -> Claim {
    Claim {
        name: "Nora".to_owned(),
        password_hash: "$argon2id$".to_owned(),
        code_hash: hash(code),
    }
}

async fn state(world: &World, id: InvitationId) -> InvitationState {
    let mut tx = world.read().await;
    let sql = "SELECT state FROM invitations WHERE id = $1";
    let row = tx.query_one(sql, &params![id]).await.unwrap();
    row.word("state").unwrap()
}

on_both_engines! {
    async fn a_second_pending_invitation_of_an_address_is_impossible(database) {
        let (world, first) = one(database).await;
        let mut tx = world.write().await;
        let permission = permission(&mut tx, 0, MANAGE).await;
        let again = invited(&world, "NORA@new.example", 1);
        let refused = invitation::insert(&mut tx, &permission, &again, &[], &hash(2)).await;
        assert!(refused.is_err());
        drop(tx);
        let mut tx = world.write().await;
        let ended = invitation::supersede(&mut tx, &permission, &again.email, later(1)).await;
        let ended = ended.unwrap().unwrap();
        assert_eq!((ended.id, ended.state), (first.id, InvitationState::Superseded));
        invitation::insert(&mut tx, &permission, &again, &[], &hash(2)).await.unwrap();
        assert!(!is_good(&mut tx, 1, 1).await && is_good(&mut tx, 2, 1).await);
    }

    async fn of_everything_that_ends_an_invitation_the_first_does(database) {
        use InvitationState::{Accepted, Expired, Revoked, Superseded};
        let world = World::new(database).await;
        for (token, first) in (1..).zip([Accepted, Expired, Revoked, Superseded]) {
            let mut tx = world.write().await;
            let email = format!("{token}@new.example");
            let new = insert(&world, &mut tx, &email, token, 0).await;
            tx.commit().await.unwrap();
            let now = later(if first == Expired { WEEK } else { 1 });
            for ending in [first, Accepted, Expired, Revoked, Superseded] {
                let mut tx = world.write().await;
                let permission = permission(&mut tx, 0, MANAGE).await;
                let user = world.user(0, Who::Stranger);
                let ended = match ending {
                    Accepted => invitation::consume(&mut tx, &new, user, now).await.unwrap(),
                    Expired => {
                        let ended = invitation::expire(&mut tx, &system(), new.id, now).await;
                        ended.unwrap().is_some()
                    }
                    Revoked => {
                        let ended = invitation::revoke(&mut tx, &permission, new.id, now).await;
                        ended.unwrap().is_some()
                    }
                    _ => {
                        let ended = invitation::supersede(&mut tx, &permission, &new.email, now);
                        ended.await.unwrap().is_some()
                    }
                };
                tx.commit().await.unwrap();
                assert!(!ended || ending == first, "{ending:?} after {first:?}");
                assert_eq!(state(&world, new.id).await, first, "{ending:?}");
            }
        }
    }

    async fn of_two_who_consume_one_does(database) {
        let (world, new) = one(database).await;
        let consume = async || {
            let mut tx = world.write().await;
            let locked = invitation::lock_by_token(&mut tx, &hash(1), later(1)).await.unwrap();
            let Some(offer) = locked else { return false };
            let user = world.user(0, Who::Stranger);
            let spent = invitation::consume(&mut tx, &offer.invitation, user, later(1)).await;
            tx.commit().await.unwrap();
            spent.unwrap()
        };
        let (one, other) = tokio::join!(consume(), consume());
        assert!(one ^ other, "{one} {other} {}", new.id);
    }

    async fn a_link_is_good_while_the_inviter_may_invite(database) {
        let (world, _) = one(database).await;
        let mut tx = world.write().await;
        assert!(is_good(&mut tx, 1, WEEK - 1).await);
        assert!(!is_good(&mut tx, 1, WEEK).await, "its end");
        assert!(!is_good(&mut tx, 2, 1).await, "another token");
        // Somebody else takes the ownership first.
        let promote = "UPDATE users SET role = 'owner' WHERE id = $1";
        tx.execute(promote, &params![world.user(0, Who::Writer)]).await.unwrap();
        let inviter = params![world.user(0, Who::Owner)];
        for (column, good) in [("role = 'admin'", true), ("role = 'member'", false), ("role = 'owner'", true), ("status = 'deactivated'", false)] {
            let sql = ["UPDATE users SET ", column, " WHERE id = $1"].concat();
            tx.execute(&sql, &inviter).await.unwrap();
            assert_eq!(is_good(&mut tx, 1, 1).await, good, "{column}");
        }
    }

    async fn each_code_has_five_tries_and_each_link_so_many_codes(database) {
        let (world, new) = one(database).await;
        let mut tx = world.write().await;
        let end = later(600);
        for code in [7, 8] {
            assert!(invitation::claim(&mut tx, &new, &claim(code), (2, end), NOW).await.unwrap());
            for _ in 0..invitation::TRIES_PER_CODE {
                let found = invitation::find_claim(&mut tx, &new, later(599)).await.unwrap();
                assert_eq!(found.unwrap().code_hash, hash(code));
                invitation::count_wrong_code(&mut tx, &new, NOW).await.unwrap();
            }
            assert!(invitation::find_claim(&mut tx, &new, NOW).await.unwrap().is_none());
        }
        assert!(!invitation::claim(&mut tx, &new, &claim(9), (2, end), NOW).await.unwrap());
        assert!(invitation::claim(&mut tx, &new, &claim(9), (3, end), NOW).await.unwrap());
        assert!(invitation::find_claim(&mut tx, &new, end).await.unwrap().is_none(), "over");
    }

    async fn a_new_link_leaves_the_old_one_dead_and_counted(database) {
        let (world, new) = one(database).await;
        let mut tx = world.write().await;
        let permission = permission(&mut tx, 0, MANAGE).await;
        assert!(invitation::claim(&mut tx, &new, &claim(7), (9, later(600)), NOW).await.unwrap());
        let link = (&hash(2), later(60 + WEEK));
        let left = world.sources.id();
        let renewed = invitation::replace_token(&mut tx, &permission, new.id, link, left, later(60)).await;
        assert_eq!(renewed.unwrap().unwrap().expires_at, later(60 + WEEK));
        assert!(!is_good(&mut tx, 1, 60).await && is_good(&mut tx, 2, 60 + WEEK - 1).await);
        assert!(invitation::find_claim(&mut tx, &new, later(61)).await.unwrap().is_none());
        let listed = invitation::list(&mut tx, &permission, None, ALL, later(60)).await.unwrap();
        assert_eq!((listed.total, listed.rows[0].invitation.id), (1, new.id));
        assert_eq!(listed.rows[0].domains.len(), 1);
        let rate = |count| Rate { count, within: Duration::from_secs(3600) };
        let next = async |tx: &mut Tx, count| {
            let to = Some(&new.email);
            invitation::next_allowed_at(tx, &permission, to, rate(count), later(60)).await.unwrap()
        };
        assert_eq!(next(&mut tx, 3).await, None);
        assert_eq!(next(&mut tx, 2).await, Some(later(3600)));
        assert_eq!(next(&mut tx, 1).await, Some(later(3660)));
    }

    async fn what_was_named_is_granted_as_far_as_it_is_there(database) {
        let (world, new) = one(database).await;
        let mut tx = world.write().await;
        let permission = permission(&mut tx, 0, MANAGE).await;
        let stranger = world.user(0, Who::Stranger);
        let granted = invitation::grant_domains(&mut tx, &permission, &new, stranger, NOW).await.unwrap();
        assert_eq!(granted.len(), 1);
        assert_eq!((granted[0].domain.as_str(), granted[0].level), ("d0.team0.example", Level::Read));
    }

    async fn what_somebody_sent_is_told_and_taken_back_together(database) {
        let (world, first) = one(database).await;
        let mut tx = world.write().await;
        let second = insert(&world, &mut tx, "max@new.example", 2, 1).await;
        let (owner, other) = (world.user(0, Who::Owner), world.user(1, Who::Owner));
        let sent = invitation::pending_of(&mut tx, owner).await.unwrap();
        assert_eq!(sent.iter().map(|it| it.id).collect::<Vec<_>>(), [second.id, first.id]);
        assert!(invitation::pending_of(&mut tx, other).await.unwrap().is_empty());
        assert!(invitation::revoke_of(&mut tx, other, later(2)).await.unwrap().is_empty());
        let revoked = invitation::revoke_of(&mut tx, owner, later(2)).await.unwrap();
        assert_eq!(revoked.len(), 2);
        assert!(revoked.iter().all(|it| it.state == InvitationState::Revoked));
        assert!(invitation::pending_of(&mut tx, owner).await.unwrap().is_empty());
        assert!(!is_good(&mut tx, 1, 2).await && !is_good(&mut tx, 2, 2).await);
    }

    async fn an_address_is_known_in_its_own_organization_only(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let here = |email: &str| Invitation { email: email.parse().unwrap(), ..invited(&world, "a@b.example", 0) };
        for (email, want) in [
            ("reader@team0.example", Some(UserStatus::Active)),
            ("READER@Team0.example", Some(UserStatus::Active)),
            ("reader@team1.example", None),
            ("nobody@team0.example", None),
        ] {
            assert_eq!(user::find_status(&mut tx, &here(email)).await.unwrap(), want, "{email}");
        }
    }
}

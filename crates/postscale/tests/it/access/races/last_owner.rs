//! Goal: whatever two owners do at the same time, the organization keeps one who can sign in.
//! Method: each of two owners ends somebody's ownership in one of the ways there are, on a node of
//! their own, at the same moment; every pair of ways in turn. Then the organization is put back.

use postscale_store::params;
use postscale_testkit::{Answer, Client, TestApp, database::TestDatabase};
use serde_json::json;

use super::races;

/// How an owner ends an ownership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Demote,
    Deactivate,
    Delete,
    Leave,
    Transfer,
}

use Way::{Deactivate, Delete, Demote, Leave, Transfer};

const WAYS: [Way; 5] = [Demote, Deactivate, Delete, Leave, Transfer];
const OWNERS: [&str; 2] = ["owner", "second_owner"];

/// Whose ownership ends: one's own, or the other's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Others,
}

/// What two owners do at once: who acts stands first in each.
type Pair = [(Way, Whose); 2];

fn every_pair() -> Vec<Pair> {
    let mut acts = Vec::new();
    for way in WAYS {
        acts.push((way, Whose::Own));
        // Nobody leaves for somebody else, or hands on what is not theirs.
        if !matches!(way, Leave | Transfer) {
            acts.push((way, Whose::Others));
        }
    }
    let firsts = acts.iter().copied();
    firsts
        .flat_map(|first| acts.iter().map(move |second| [first, *second]))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_always_stays_on_sqlite() {
    TestDatabase::sqlite().run(race).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_always_stays_on_postgres() {
    TestDatabase::postgres().await.run(race).await;
}

async fn race(database: &TestDatabase) {
    let one = TestApp::builder()
        .with_peers()
        .database(database)
        .build()
        .await;
    let other = one.sibling();
    let pairs = every_pair();
    let (mut one_won, mut both_won) = (0, 0);
    for (round, pair) in (0..2 * races()).zip(pairs.iter().cycle()) {
        restore(&one).await;
        let first = one.signed_in(OWNERS[0]).await;
        let second = other.signed_in(OWNERS[1]).await;
        let (first, second) = tokio::join!(
            act(&one, &first, pair[0], OWNERS),
            act(&other, &second, pair[1], [OWNERS[1], OWNERS[0]])
        );
        let won = [&first, &second]
            .into_iter()
            .filter(|it| it.status.is_success())
            .count();
        let told = || {
            format!(
                "race {round}, {pair:?}: {} and {}",
                first.status, second.status
            )
        };
        assert!(owners(&one).await > 0, "no owner is left: {}", told());
        assert!(won > 0, "both were refused: {}", told());
        for refused in [&first, &second]
            .into_iter()
            .filter(|it| !it.status.is_success())
        {
            assert!(
                [401, 403, 404, 409].contains(&refused.status.as_u16()),
                "{}",
                told()
            );
        }
        if won == 2 {
            let makes_another = pair.iter().any(|(way, _)| *way == Transfer);
            let is_same_owner = pair[0].1 != pair[1].1;
            assert!(
                makes_another || is_same_owner,
                "both ended an ownership: {}",
                told()
            );
            both_won += 1;
        } else {
            one_won += 1;
        }
    }
    eprintln!("{} races: one won {one_won}, both {both_won}", 2 * races());
}

/// What one of the owners does; the other stands second.
async fn act(
    app: &TestApp,
    client: &Client,
    (way, whose): (Way, Whose),
    owners: [&str; 2],
) -> Answer {
    let target = if whose == Whose::Own {
        owners[0]
    } else {
        owners[1]
    };
    let path = format!("/v1/users/{}", app.world().seat(target).user);
    match way {
        Demote => client.patch(&path, json!({"role": "member"})).await,
        Deactivate => client.post(&format!("{path}/deactivate"), json!({})).await,
        Delete => client.delete(&path).await,
        Leave => client.post("/v1/me/leave", json!({})).await,
        Transfer => {
            let heir = json!({"user_id": app.world().seat("second_admin").user});
            client
                .post("/v1/organization/transfer-ownership", heir)
                .await
        }
    }
}

/// Both owners are owners again, and nobody else is.
async fn restore(app: &TestApp) {
    let seat = |who: &str| app.world().seat(who);
    let mut tx = app.app.store.write().await.unwrap();
    for (who, role) in [
        ("owner", "owner"),
        ("second_owner", "owner"),
        ("second_admin", "admin"),
    ] {
        let sql = "UPDATE users SET role = $2, status = 'active' WHERE id = $1";
        tx.execute(sql, &params![seat(who).user, role])
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn owners(app: &TestApp) -> u64 {
    let sql = "SELECT COUNT(*) AS count FROM users \
               WHERE organization_id = $1 AND role = 'owner' AND status = 'active'";
    let organization = app.world().seat("owner").organization;
    let mut tx = app.app.store.read().await.unwrap();
    let row = tx.query_one(sql, &params![organization]).await.unwrap();
    row.count("count").unwrap()
}

/// One owner hands the organization on twice at once: once it counts, and once it is too late.
async fn race_of_heirs(database: &TestDatabase) {
    let one = TestApp::builder()
        .with_peers()
        .database(database)
        .build()
        .await;
    let other = one.sibling();
    for round in 0..races() / 5 {
        restore(&one).await;
        let owner = one.signed_in("owner").await;
        let again = other.presenting(owner.presented().clone());
        let heir = |who: &str| json!({"user_id": one.world().seat(who).user});
        let path = "/v1/organization/transfer-ownership";
        let (first, second) = tokio::join!(
            owner.post(path, heir("second_admin")),
            again.post(path, heir("admin"))
        );
        let mut got = [first.status.as_u16(), second.status.as_u16()];
        got.sort_unstable();
        assert!(
            got == [200, 409] || got == [200, 403],
            "race {round}: {got:?}"
        );
        let mut tx = one.app.store.write().await.unwrap();
        let admin = one.world().seat("admin").user;
        let sql = "UPDATE users SET role = 'admin' WHERE id = $1";
        tx.execute(sql, &params![admin]).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_is_handed_on_once_on_sqlite() {
    TestDatabase::sqlite().run(race_of_heirs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_is_handed_on_once_on_postgres() {
    TestDatabase::postgres().await.run(race_of_heirs).await;
}

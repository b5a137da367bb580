//! Goal: once it was answered that a right is taken away, no later request is served with it, on any
//! node.
//! Method: people ask without a pause on two nodes of one database while the right is taken away on
//! one of them. Whoever began to ask after the answer must be refused; everybody goes on until they
//! were. Then the right is given back, and the next race begins.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use http::Method;
use postscale_testkit::{Client, Presented, TestApp, database::TestDatabase};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::races;

/// Requests of each who asks before the answer, at most.
const ASKED: usize = 4;

macro_rules! on_both {
    ($($name:ident: $revocation:ident;)+) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                TestDatabase::sqlite().run(race::<$revocation>).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn again_on_sqlite() {
                TestDatabase::sqlite().run(race::<$revocation>).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                TestDatabase::postgres().await.run(race::<$revocation>).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn again_on_postgres() {
                TestDatabase::postgres().await.run(race::<$revocation>).await;
            }
        }
    )+};
}
on_both! {
    a_lowered_grant_writes_nothing_more: LoweredGrant;
    a_removed_grant_shows_nothing_more: RemovedGrant;
    a_lowered_role_manages_nothing_more: LoweredRole;
    a_revoked_key_opens_nothing_more: RevokedKey;
    a_deactivated_user_is_nobody: DeactivatedUser;
    an_ended_session_is_nobody: EndedSession;
}

/// A request that must be allowed before and refused after.
#[derive(Clone)]
struct Probe {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl Probe {
    fn reading(path: &str) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            body: None,
        }
    }

    async fn is_served(&self, client: &Client) -> bool {
        let request = client.request(self.method.clone(), &self.path);
        let request = match &self.body {
            Some(body) => request.json(body),
            None => request,
        };
        let status = request.send().await.status;
        assert!(!status.is_server_error(), "{status}");
        status.is_success()
    }
}

/// How a right is given and taken.
trait Revocation {
    /// Gives the right; who has it, and what they may do by it.
    async fn give(app: &TestApp) -> (Vec<Presented>, Probe);
    /// Takes it away; answered when it is gone.
    async fn take(app: &TestApp, held: &[Presented]);
}

async fn race<R: Revocation>(database: &TestDatabase) {
    let one = TestApp::builder()
        .with_peers()
        .database(database)
        .build()
        .await;
    let other = one.sibling();
    let mut asked = 0;
    for round in 0..races() {
        let (held, probe) = R::give(&one).await;
        let race = Arc::new(Race::default());
        let mut asking = Vec::new();
        // Each credential on one node, and the first one on the other as well.
        for (at, presented) in held.iter().chain(&held[..1]).enumerate() {
            let is_here = (u64::try_from(at).unwrap() + round).is_multiple_of(2);
            let is_here = if at == held.len() {
                round % 2 == 1
            } else {
                is_here
            };
            let node = if is_here { &one } else { &other };
            let client = node.presenting(presented.clone());
            let (probe, race) = (probe.clone(), Arc::clone(&race));
            asking.push(tokio::spawn(async move { race.ask(&client, &probe).await }));
        }
        // Somewhere in the middle of what they ask, a little later each time.
        while race.served.load(SeqCst) < usize::try_from(round % 4).unwrap() {
            tokio::task::yield_now().await;
        }
        let node = if round % 2 == 0 { &one } else { &other };
        R::take(node, &held).await;
        race.gone.send_replace(true);
        for task in asking {
            asked += task.await.expect("nobody was served too late");
        }
    }
    eprintln!("{} races, {asked} requests", races());
}

/// What those who ask and who takes the right away know of each other.
#[derive(Default)]
struct Race {
    /// Whether it was answered that the right is gone.
    gone: watch::Sender<bool>,
    /// Requests that were served.
    served: AtomicUsize,
}

impl Race {
    /// Asks some times while the right may be there, then once when it must be gone; how many
    /// requests that took.
    async fn ask(&self, client: &Client, probe: &Probe) -> usize {
        let mut gone = self.gone.subscribe();
        let mut count = 0;
        loop {
            count += 1;
            if count > ASKED {
                gone.wait_for(|is_gone| *is_gone).await.expect("an end");
            }
            let began_later = *gone.borrow();
            let is_served = probe.is_served(client).await;
            if is_served {
                self.served.fetch_add(1, SeqCst);
            }
            assert!(
                !(began_later && is_served),
                "served with a right that was gone"
            );
            if began_later {
                return count;
            }
            tokio::task::yield_now().await;
        }
    }
}

fn own(app: &TestApp, who: &str) -> String {
    format!("/v1/users/{}", app.world().seat(who).user)
}

async fn grant(app: &TestApp, who: &str, access: Option<&str>) {
    let lines = access.map(|access| json!({"domain_id": "shared.example", "access": access}));
    let list = json!({"domains": lines.into_iter().collect::<Vec<_>>()});
    let path = format!("{}/domain-access", own(app, who));
    app.as_("admin").put(&path, list).await.with(200);
}

async fn new_key(app: &TestApp, maker: &Client) -> Presented {
    let key = json!({"name": "CI", "domain_ids": [app.shared().domain]});
    let made = maker.post("/v1/api-keys", key).await.with(201);
    Presented::Key(made["secret"].as_str().unwrap().to_owned())
}

/// A member may only read from now on.
struct LoweredGrant;

impl Revocation for LoweredGrant {
    async fn give(app: &TestApp) -> (Vec<Presented>, Probe) {
        grant(app, "member_rw", Some("read_write")).await;
        let probe = Probe {
            method: Method::PUT,
            path: format!("/v1/domains/{}", app.shared().domain),
            body: Some(json!({"catch_all_enabled": true})),
        };
        let seat = |who: &str| app.world().seat(who).presented.clone();
        (vec![seat("member_rw"), seat("key_rw")], probe)
    }

    async fn take(app: &TestApp, _: &[Presented]) {
        grant(app, "member_rw", Some("read")).await;
    }
}

/// A member does not see a domain any more.
struct RemovedGrant;

impl Revocation for RemovedGrant {
    async fn give(app: &TestApp) -> (Vec<Presented>, Probe) {
        grant(app, "member_rw", Some("read_write")).await;
        let probe = Probe::reading(&format!("/v1/domains/{}", app.shared().domain));
        let seat = |who: &str| app.world().seat(who).presented.clone();
        (vec![seat("member_rw"), seat("key_rw")], probe)
    }

    async fn take(app: &TestApp, _: &[Presented]) {
        grant(app, "member_rw", None).await;
    }
}

/// An admin is a member from now on.
struct LoweredRole;

impl LoweredRole {
    async fn set(app: &TestApp, role: &str) {
        let path = own(app, "second_admin");
        let role = json!({"role": role});
        app.as_("owner").patch(&path, role).await.with(200);
    }
}

impl Revocation for LoweredRole {
    async fn give(app: &TestApp) -> (Vec<Presented>, Probe) {
        Self::set(app, "admin").await;
        // The sessions of before get another token with what they look at first.
        let session = app.signed_in("second_admin").await;
        let probe = Probe::reading("/v1/users?limit=1");
        (vec![session.presented().clone()], probe)
    }

    async fn take(app: &TestApp, _: &[Presented]) {
        Self::set(app, "member").await;
    }
}

/// A key is revoked.
struct RevokedKey;

impl Revocation for RevokedKey {
    async fn give(app: &TestApp) -> (Vec<Presented>, Probe) {
        let key = new_key(app, &app.as_("member_rw")).await;
        (vec![key], Probe::reading("/v1/domains"))
    }

    async fn take(app: &TestApp, held: &[Presented]) {
        let me = app
            .presenting(held[0].clone())
            .get("/v1/me")
            .await
            .with(200);
        let id = me["api_key"]["id"].as_str().unwrap();
        let path = format!("/v1/api-keys/{id}");
        app.as_("member_rw").delete(&path).await.with(204);
    }
}

/// A user is deactivated.
struct DeactivatedUser;

impl Revocation for DeactivatedUser {
    async fn give(app: &TestApp) -> (Vec<Presented>, Probe) {
        let path = format!("{}/reactivate", own(app, "member_read"));
        app.as_("owner").post(&path, json!({})).await.with(200);
        grant(app, "member_read", Some("read_write")).await;
        let session = app.signed_in("member_read").await;
        let key = new_key(app, &session).await;
        (
            vec![session.presented().clone(), key],
            Probe::reading("/v1/me"),
        )
    }

    async fn take(app: &TestApp, _: &[Presented]) {
        let path = format!("{}/deactivate", own(app, "member_read"));
        app.as_("owner").post(&path, json!({})).await.with(200);
    }
}

/// A session is ended.
struct EndedSession;

impl Revocation for EndedSession {
    async fn give(app: &TestApp) -> (Vec<Presented>, Probe) {
        let session = app.signed_in("member_read").await;
        (vec![session.presented().clone()], Probe::reading("/v1/me"))
    }

    async fn take(app: &TestApp, _: &[Presented]) {
        let path = format!("{}/sessions", own(app, "member_read"));
        app.as_("owner").delete(&path).await.with(200);
    }
}

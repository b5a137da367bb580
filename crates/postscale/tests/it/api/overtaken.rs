//! A request that has looked already when another transaction takes away what it looked at.
//!
//! Only PostgreSQL lets writers overlap like that; on SQLite one waits before it looks.

use std::{
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
};

use postscale_store::{Row, Value};
use postscale_testkit::{Answer, TestApp};

/// What becomes of it while the request waits for the other transaction.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// The other transaction commits.
    Overtaken,
    /// The database gives the request's statement up.
    GivenUp,
}

const WAITING: &str = "SELECT COUNT(*) AS c FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
const GIVE_UP: &str = "SELECT COUNT(pg_cancel_backend(pid)) AS c FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// The answer to `request` while `sql` is done and not yet committed.
pub async fn answer(
    app: &TestApp,
    (sql, parameters): (&'static str, &[Value]),
    end: End,
    request: impl Future<Output = Answer>,
) -> Answer {
    let mut other = app.app.store.write().await.unwrap();
    other.execute(sql, parameters).await.unwrap();
    let mut request = pin!(request);
    waits(app, &mut request).await;
    match end {
        End::Overtaken => other.commit().await.unwrap(),
        End::GivenUp => assert_eq!(count(app, GIVE_UP).await, 1),
    }
    request.await
}

/// The answers to two requests: the first comes upon a row that `sql` locks, and while it waits there
/// the second is asked. The row is let go once both wait, or the second is answered.
pub async fn both(
    app: &TestApp,
    (sql, parameters): (&'static str, &[Value]),
    first: impl Future<Output = Answer>,
    second: impl Future<Output = Answer>,
) -> (Answer, Answer) {
    let mut other = app.app.store.write().await.unwrap();
    other.query_one(sql, parameters).await.unwrap();
    let is_answered = AtomicBool::new(false);
    let second = async {
        while count(app, WAITING).await == 0 {
            tokio::task::yield_now().await;
        }
        let answer = second.await;
        is_answered.store(true, Ordering::Relaxed);
        answer
    };
    let ending = async {
        while count(app, WAITING).await < 2 && !is_answered.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
        other.commit().await.unwrap();
    };
    let (first, second, ()) = tokio::join!(first, second, ending);
    (first, second)
}

/// The answer to `request` while another transaction does `first`, and `second` once the request waits
/// for it. Were the request there first, each would wait for the other.
pub async fn answer_between(
    app: &TestApp,
    first: (&'static str, &[Value]),
    second: (&'static str, &[Value]),
    request: impl Future<Output = Answer>,
) -> Answer {
    let mut other = app.app.store.write().await.unwrap();
    other.execute(first.0, first.1).await.unwrap();
    let mut request = pin!(request);
    waits(app, &mut request).await;
    other.execute(second.0, second.1).await.unwrap();
    other.commit().await.unwrap();
    request.await
}

/// Goes on with the request until it waits for the other transaction.
async fn waits(app: &TestApp, request: impl Future<Output = Answer>) {
    let waiting = async {
        while count(app, WAITING).await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        early = request => panic!("it did not wait, and was answered with {}", early.status),
        () = waiting => {}
    }
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let row: Row = {
        let mut tx = app.app.store.read().await.unwrap();
        tx.query_one(sql, &[]).await.unwrap()
    };
    row.int("c").unwrap()
}

//! Real databases for tests: each test runs on SQLite in a directory of its own and on PostgreSQL in
//! a database of its own.
//!
//! PostgreSQL is the server at `POSTSCALE_TEST_POSTGRES`, a `postgres://` URL whose user may create
//! databases. Without it these tests fail: an untested engine is not a passed test.

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    path::{Path, PathBuf},
};

use futures_util::FutureExt as _;
use postscale_store::{Database, Store, StoreSettings};
use tempfile::TempDir;
use tokio_postgres::NoTls;
use uuid::Uuid;

/// Names the server of the PostgreSQL tests.
pub const POSTGRES: &str = "POSTSCALE_TEST_POSTGRES";

/// Name of the SQLite file in its directory.
pub(crate) const FILE: &str = "postscale.db";

/// Runs each test on both engines. The body gets a `&TestDatabase`, on an empty database:
///
/// ```
/// postscale_testkit::on_both_engines! {
///     async fn a_row_is_read_back(database) {
///         let mut tx = database.store().read().await.unwrap();
///         assert_eq!(tx.query("SELECT 1", &[]).await.unwrap().len(), 1);
///     }
/// }
/// ```
#[macro_export]
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($database:ident) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[expect(unused_imports, reason = "some bodies need nothing from around them")]
            use super::*;

            async fn test($database: &$crate::database::TestDatabase) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                $crate::database::TestDatabase::sqlite().run(test).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                $crate::database::TestDatabase::postgres().await.run(test).await;
            }
        }
    )+};
}

/// An empty database that is removed after the test.
pub struct TestDatabase {
    store: Store,
    settings: StoreSettings,
    place: Place,
}

enum Place {
    Directory(TempDir),
    Server { url: String, name: String },
}

impl TestDatabase {
    /// A file in a directory of its own.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn sqlite() -> Self {
        let directory = TempDir::new().expect("make a directory");
        let file = Database::Sqlite(directory.path().join(FILE));
        Self::open(file, Place::Directory(directory))
    }

    /// A database of its own on the test server.
    ///
    /// # Panics
    /// When [`POSTGRES`] names no server that works.
    pub async fn postgres() -> Self {
        Self::on_server("").await
    }

    /// As [`TestDatabase::postgres`], of an encoding that cannot hold every text.
    ///
    /// # Panics
    /// As [`TestDatabase::postgres`].
    pub async fn postgres_in_latin1() -> Self {
        Self::on_server(" ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0").await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no configuration, and names that differ between runs"
    )]
    async fn on_server(options: &str) -> Self {
        let url = std::env::var(POSTGRES).unwrap_or_else(|_| {
            panic!("{POSTGRES} is not set: it must be the postgres:// URL of a server for tests")
        });
        let name = format!("test_{}", Uuid::new_v4().simple());
        administer(&url, &format!("CREATE DATABASE {name}{options}")).await;
        let mine = in_database(&url, &name);
        Self::open(Database::Postgres(mine), Place::Server { url, name })
    }

    fn open(database: Database, place: Place) -> Self {
        let settings = StoreSettings::new(database).audit_key([3; 32]);
        let store = Store::open(settings.clone()).expect("open the store");
        Self {
            store,
            settings,
            place,
        }
    }

    /// The store on this database.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// How the store was opened, to open another one on the same database.
    #[must_use]
    pub const fn settings(&self) -> &StoreSettings {
        &self.settings
    }

    /// The directory of the SQLite file.
    #[must_use]
    pub fn directory(&self) -> Option<&Path> {
        match &self.place {
            Place::Directory(directory) => Some(directory.path()),
            Place::Server { .. } => None,
        }
    }

    /// The SQLite file.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        self.directory().map(|directory| directory.join(FILE))
    }

    /// Runs one test and removes the database, also when the test fails.
    ///
    /// # Panics
    /// When the test does.
    pub async fn run(self, test: impl AsyncFnOnce(&Self)) {
        let outcome = AssertUnwindSafe(test(&self)).catch_unwind().await;
        self.remove().await;
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    }

    /// Removes the database.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn remove(self) {
        drop(self.store);
        if let Place::Server { url, name } = self.place {
            administer(&url, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

/// Replaces the database in a URL.
fn in_database(url: &str, name: &str) -> String {
    let (base, query) = url
        .split_once('?')
        .map_or((url, String::new()), |(b, q)| (b, format!("?{q}")));
    let authority = base.find("://").map_or(0, |at| at + 3);
    let end = base
        .get(authority..)
        .and_then(|rest| rest.find('/'))
        .map_or(base.len(), |at| authority + at);
    format!("{}/{name}{query}", base.get(..end).unwrap_or(base))
}

async fn administer(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .unwrap_or_else(|why| panic!("{POSTGRES}: {why}"));
    let connection = tokio::spawn(connection);
    client
        .batch_execute(sql)
        .await
        .unwrap_or_else(|why| panic!("{sql}: {why}"));
    drop(client);
    connection
        .await
        .expect("the connection ends")
        .expect("the connection ends well");
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_database_in_a_url_is_replaced() {
        for (url, want) in [
            ("postgres://u@h:5", "postgres://u@h:5/x"),
            ("postgres://u@h:5/postgres", "postgres://u@h:5/x"),
            (
                "postgres://u@h/p?sslmode=disable",
                "postgres://u@h/x?sslmode=disable",
            ),
        ] {
            assert_eq!(super::in_database(url, "x"), want);
        }
    }
}

//! What an instance holds: seen row by row, copied, and put back.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use postscale_actions::{App, Parts, auth::Throttle};
use postscale_model::Sources;
use postscale_store::{Engine, Store, Tx};
use rusqlite::{Connection, OpenFlags, types::ValueRef};
use tempfile::TempDir;

use super::{TestApp, blobs, in_file, open, surfaces};
use crate::database::FILE;

/// The state an instance was in, to go back to.
pub struct Checkpoint(Kept);

enum Kept {
    /// A copy of the file.
    Copy(Box<TestApp>),
    /// Copies of the tables beside them, and their digests.
    Tables(BTreeMap<String, String>),
}

/// Tells whether anything was committed to a SQLite file: cheaper than comparing all its rows.
pub struct Commits {
    connection: Connection,
    seen: i64,
}

impl Commits {
    /// Whether anything was committed since the last call.
    ///
    /// # Panics
    /// When the file cannot be read.
    pub fn catch_up(&mut self) -> bool {
        let version = self
            .connection
            .pragma_query_value(None, "data_version", |row| row.get(0))
            .expect("a version");
        std::mem::replace(&mut self.seen, version) != version
    }
}

/// The schema of PostgreSQL that copies are kept in.
const KEPT: &str = "kept";

impl TestApp {
    /// Another instance in the state this one is in; neither sees what becomes of the other.
    ///
    /// # Panics
    /// When the database is not SQLite.
    #[must_use]
    pub fn fork(&self) -> Self {
        let directory = TempDir::new().expect("make a directory");
        let target = directory.path().join(FILE);
        self.connection()
            .execute(
                "VACUUM INTO ?1",
                [target.to_str().expect("a path of UTF-8")],
            )
            .expect("copy the database");
        let (clock, random) = (self.clock.fork(), self.random.fork());
        let sources = Sources::new(Arc::new(clock.clone()), Arc::new(random.clone()));
        let app = App::from(Parts {
            store: open(&target),
            blobs: blobs(directory.path()),
            throttle: Throttle::new(&sources),
            sources,
            ..Parts::clone(&self.app)
        });
        Self {
            surfaces: surfaces(&app),
            app,
            clock,
            dns: Arc::clone(&self.dns),
            world: Arc::clone(&self.world),
            random,
            _directory: directory,
            settings: in_file(&target),
            file: Some(target),
        }
    }

    /// Another node of the same instance: the same database and clock, a store of its own.
    ///
    /// # Panics
    /// When the database cannot be opened.
    #[must_use]
    pub fn sibling(&self) -> Self {
        let directory = TempDir::new().expect("make a directory");
        let app = App::from(Parts {
            store: Store::open(self.settings.clone()).expect("open the store"),
            throttle: Throttle::new(&self.app.sources),
            ..Parts::clone(&self.app)
        });
        Self {
            surfaces: surfaces(&app),
            app,
            clock: self.clock.clone(),
            dns: Arc::clone(&self.dns),
            world: Arc::clone(&self.world),
            random: self.random.clone(),
            _directory: directory,
            settings: self.settings.clone(),
            file: self.file.clone(),
        }
    }

    fn file(&self) -> &Path {
        self.file.as_deref().expect("the database is SQLite")
    }

    fn connection(&self) -> Connection {
        Connection::open_with_flags(self.file(), OpenFlags::SQLITE_OPEN_READ_WRITE)
            .expect("open the file of the database")
    }

    /// Tells what is committed from here on.
    ///
    /// # Panics
    /// When the database is not SQLite.
    #[must_use]
    pub fn commits(&self) -> Commits {
        let mut commits = Commits {
            connection: self.connection(),
            seen: 0,
        };
        commits.catch_up();
        commits
    }

    /// Every row of every table, to see what a call changed.
    ///
    /// # Panics
    /// When the database is not SQLite.
    #[must_use]
    pub fn dump(&self) -> BTreeMap<String, Vec<String>> {
        let connection = self.connection();
        let rows = |sql: &str| -> Vec<String> {
            let mut statement = connection.prepare(sql).expect("a statement");
            let columns = statement.column_count();
            let read = |row: &rusqlite::Row<'_>| {
                let cells = (0..columns).map(|i| row.get_ref(i).map(cell));
                Ok(cells.collect::<Result<Vec<_>, _>>()?.join("|"))
            };
            let rows = statement.query_map([], read).expect("rows");
            rows.map(|row| row.expect("a row")).collect()
        };
        let tables = rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
        let dumped = tables.into_iter().map(|table| {
            let all = rows(&format!("SELECT * FROM \"{table}\" ORDER BY 1, 2"));
            (table, all)
        });
        dumped.collect()
    }

    /// What tells two states apart, table by table, on either engine.
    ///
    /// # Panics
    /// When the database cannot be read.
    pub async fn digest(&self) -> BTreeMap<String, String> {
        if self.app.store.engine() == Engine::Sqlite {
            let dumped = self.dump().into_iter();
            return dumped
                .map(|(table, rows)| (table, rows.join("\n")))
                .collect();
        }
        let mut tx = self.app.store.read().await.expect("a transaction");
        let tables = tables(&mut tx).await;
        let digests = tables.iter().map(|table| {
            format!(
                "SELECT '{table}' AS name, \
                 coalesce(md5(string_agg(t::text, chr(10) ORDER BY t::text)), '') AS digest \
                 FROM \"{table}\" t"
            )
        });
        let sql = digests.collect::<Vec<_>>().join(" UNION ALL ");
        let rows = tx.query(&sql, &[]).await.expect("digests");
        let digests = rows.iter().map(|row| {
            let text = |column| row.text(column).expect("a text");
            (text("name"), text("digest"))
        });
        digests.collect()
    }

    /// Keeps the state of now. One at a time is kept.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn checkpoint(&self) -> Checkpoint {
        if self.app.store.engine() == Engine::Sqlite {
            return Checkpoint(Kept::Copy(Box::new(self.fork())));
        }
        let mut tx = self.app.store.write().await.expect("a transaction");
        run(&mut tx, &format!("DROP SCHEMA IF EXISTS {KEPT} CASCADE")).await;
        run(&mut tx, &format!("CREATE SCHEMA {KEPT}")).await;
        for table in tables(&mut tx).await {
            let copy = format!("CREATE TABLE {KEPT}.\"{table}\" AS TABLE public.\"{table}\"");
            run(&mut tx, &copy).await;
        }
        tx.commit().await.expect("commit");
        Checkpoint(Kept::Tables(self.digest().await))
    }

    /// Goes back to a state of this instance that was kept.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn rewind(&mut self, to: &Checkpoint) {
        let digests = match &to.0 {
            Kept::Copy(copy) => {
                *self = copy.fork();
                return;
            }
            Kept::Tables(digests) => digests,
        };
        let now = self.digest().await;
        let mut tx = self.app.store.write().await.expect("a transaction");
        // Rows come back in any order: what refers to what was right before.
        run(&mut tx, "SET LOCAL session_replication_role = replica").await;
        for (table, _) in now
            .iter()
            .filter(|(table, digest)| digests.get(*table) != Some(digest))
        {
            run(&mut tx, &format!("DELETE FROM public.\"{table}\"")).await;
            let back = format!("INSERT INTO public.\"{table}\" SELECT * FROM {KEPT}.\"{table}\"");
            run(&mut tx, &back).await;
        }
        tx.commit().await.expect("commit");
        self.app = App::from(Parts {
            throttle: Throttle::new(&self.app.sources),
            ..Parts::clone(&self.app)
        });
        self.surfaces = surfaces(&self.app);
    }
}

async fn tables(tx: &mut Tx) -> Vec<String> {
    let sql =
        "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
    let rows = tx.query(sql, &[]).await.expect("tables");
    rows.iter()
        .map(|row| row.text("name").expect("a name"))
        .collect()
}

async fn run(tx: &mut Tx, sql: &str) {
    tx.execute(sql, &[]).await.expect(sql);
}

fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into_owned(),
    }
}

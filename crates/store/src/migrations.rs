//! Migrations: numbered steps from an empty database to the schema of this program.
//!
//! Each is a directory `migrations/NNNN_name` with `up.sql`, or with `up.sqlite.sql` and
//! `up.postgres.sql` where the engines differ, and is listed once in [`ALL`]. Forward only. A step
//! runs in a transaction of its own and is recorded with its hash; one that has been shipped is never
//! edited, and a database that knows more than this program is refused.

use postscale_model::Timestamp;
use sha2::{Digest, Sha256};

use crate::{Engine, Error, Result, Row, Store, Tx, dialect, params};

/// One step.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// `NNNN_name`, the name of its directory. The number is its version.
    pub name: &'static str,
    /// What it does on SQLite.
    pub sqlite: &'static str,
    /// What it does on PostgreSQL.
    pub postgres: &'static str,
}

macro_rules! migration {
    ($name:literal) => {
        migration!($name, "up.sql", "up.sql")
    };
    ($name:literal per engine) => {
        migration!($name, "up.sqlite.sql", "up.postgres.sql")
    };
    ($name:literal, $sqlite:literal, $postgres:literal) => {
        Migration {
            name: $name,
            sqlite: include_str!(concat!("../migrations/", $name, "/", $sqlite)),
            postgres: include_str!(concat!("../migrations/", $name, "/", $postgres)),
        }
    };
}

/// Every step, in order.
pub const ALL: &[Migration] = &[
    migration!("0001_foundation"),
    migration!("0002_team"),
    migration!("0003_guards" per engine),
    migration!("0004_usage_and_deletion" per engine),
    migration!("0005_reviews_and_guests"),
    migration!("0006_session_renewal"),
    migration!("0007_dkim_rotation" per engine),
    migration!("0008_dns_advice"),
    migration!("0009_inbound_rules"),
    migration!("0010_inbox"),
    migration!("0011_masked_replies" per engine),
    migration!("0012_stats" per engine),
    migration!("0013_warming"),
    migration!("0014_dmarc"),
    migration!("0015_provider_shares"),
    migration!("0016_blocked_contacts"),
    migration!("0017_instance_key"),
];

/// The table that records which steps were taken. Made by the first call, on either engine.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    version BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    applied_at BIGINT NOT NULL
)";

impl Migration {
    /// The number in its name.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the name does not start with one.
    pub fn version(&self) -> Result<i64> {
        let number = self.name.split('_').next().and_then(|n| n.parse().ok());
        number.ok_or_else(|| Error::Corrupt(format!("migration {} has no number", self.name)))
    }

    const fn sql(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }

    fn sha256(&self, engine: Engine) -> String {
        hex::encode(Sha256::digest(self.sql(engine)))
    }
}

impl Store {
    /// Brings the schema up to this program and returns the names of the steps taken. Nodes that
    /// start together wait for each other.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the database knows a step this program does not, or one that was
    /// edited since; [`Error`] as a step fails, which leaves the earlier ones in place.
    pub async fn migrate(&self, now: Timestamp) -> Result<Vec<&'static str>> {
        self.migrate_with(ALL, now).await
    }

    /// As [`Store::migrate`], by another list.
    ///
    /// # Errors
    /// As [`Store::migrate`].
    pub async fn migrate_with(
        &self,
        steps: &[Migration],
        now: Timestamp,
    ) -> Result<Vec<&'static str>> {
        let mut taken = Vec::new();
        loop {
            let mut tx = self.write().await?;
            if tx.engine() == Engine::Postgres {
                tx.script(dialect::POSTGRES_MIGRATION_LOCK).await?;
            }
            tx.execute(TABLE, &[]).await?;
            let pending = pending(&mut tx, steps).await?;
            let Some(step) = pending.first() else {
                return Ok(taken);
            };
            take(&mut tx, step, now).await?;
            tx.commit().await?;
            taken.push(step.name);
        }
    }

    /// The names of the steps [`Store::migrate`] would take. Changes nothing.
    ///
    /// # Errors
    /// As [`Store::migrate`].
    pub async fn pending_migrations(&self) -> Result<Vec<&'static str>> {
        self.pending_migrations_with(ALL).await
    }

    /// As [`Store::pending_migrations`], by another list.
    ///
    /// # Errors
    /// As [`Store::migrate`].
    pub async fn pending_migrations_with(&self, steps: &[Migration]) -> Result<Vec<&'static str>> {
        let mut tx = self.read().await?;
        let sql = dialect::table_exists(tx.engine());
        let exists = tx.query_opt(sql, &params!["schema_migrations"]).await?;
        if exists.is_none() {
            return Ok(steps.iter().map(|step| step.name).collect());
        }
        let pending = pending(&mut tx, steps).await?;
        Ok(pending.iter().map(|step| step.name).collect())
    }
}

/// The steps not taken yet, after making sure that those taken are ours.
async fn pending<'a>(tx: &mut Tx, steps: &'a [Migration]) -> Result<&'a [Migration]> {
    let sql = "SELECT version, name, sha256 FROM schema_migrations ORDER BY version";
    let rows = tx.query(sql, &[]).await?;
    for (index, row) in rows.iter().enumerate() {
        let Some(step) = steps.get(index) else {
            let why = format!(
                "the database was migrated by a newer version (step {}); upgrade Postscale",
                row.str("name")?
            );
            return Err(Error::Corrupt(why));
        };
        same(step, row, tx.engine())?;
    }
    Ok(steps.get(rows.len()..).unwrap_or_default())
}

fn same(step: &Migration, row: &Row, engine: Engine) -> Result<()> {
    let name = row.str("name")?;
    if row.int("version")? != step.version()? || name != step.name {
        let why = format!(
            "the database took step {name} where this version has {}",
            step.name
        );
        return Err(Error::Corrupt(why));
    }
    if row.str("sha256")? != step.sha256(engine) {
        return Err(Error::Corrupt(format!(
            "step {name} was edited after it was taken"
        )));
    }
    Ok(())
}

async fn take(tx: &mut Tx, step: &Migration, now: Timestamp) -> Result<()> {
    tx.script(step.sql(tx.engine())).await?;
    let sql = "INSERT INTO schema_migrations (version, name, sha256, applied_at)
               VALUES ($1, $2, $3, $4)";
    let recorded = params![step.version()?, step.name, step.sha256(tx.engine()), now];
    tx.execute(sql, &recorded).await?;
    tracing::info!(step = step.name, "migrated the database");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directory_is_listed_and_numbered_without_gaps() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut on_disk: Vec<String> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with(|c: char| c.is_ascii_digit()))
            .collect();
        on_disk.sort();
        let listed: Vec<&str> = ALL.iter().map(|step| step.name).collect();
        assert_eq!(on_disk, listed);
        for (index, step) in ALL.iter().enumerate() {
            assert_eq!(step.version(), Ok(index as i64 + 1), "{}", step.name);
        }
    }
}

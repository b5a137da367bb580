//! What every command that touches an instance opens first: its directory, its keys, its database.

use anyhow::{Context as _, Result};
use postscale_model::Sources;
use postscale_store::{
    Seal, Store, StoreSettings,
    instance_key::{self, Recorded},
};

use crate::{
    cli::StateError,
    config::{Config, ConfigError},
    data_dir::DataDir,
    secrets::Secrets,
    sources::{self, SharedClock},
};

/// An instance that is opened and does nothing yet.
pub struct Instance {
    pub data: DataDir,
    pub sources: Sources,
    pub clock: SharedClock,
    pub secrets: Secrets,
    pub store: Store,
}

impl Instance {
    /// Opens it, and makes what is missing but for the schema.
    pub fn open(config: &Config) -> Result<Self> {
        let (sources, clock) = sources::shared();
        let data = DataDir::open(&config.data_dir)?;
        let secrets = Secrets::load(config, &data, &sources)?;
        let settings = StoreSettings::new(config.database.clone()).audit_key(secrets.audit);
        let store = Store::open(settings)
            .with_context(|| format!("cannot open the database {:?}", config.database))?;
        Ok(Self {
            data,
            sources,
            clock,
            secrets,
            store,
        })
    }

    /// Refuses to go on with a database that cannot hold every text. One that does not answer is
    /// judged by whoever needs it.
    async fn require_unicode(&self) -> Result<()> {
        let Ok(Some(encoding)) = self.store.narrow_encoding().await else {
            return Ok(());
        };
        let why = format!("the database's encoding is {encoding}; make one with ENCODING 'UTF8'");
        Err(ConfigError::new("DATABASE_URL", why).into())
    }

    /// Applies pending migrations, to a database that is ours. Returns their names.
    pub async fn migrate(&self) -> Result<Vec<&'static str>> {
        self.refuse_unfit().await?;
        let migrated = self.store.migrate(self.sources.now()).await;
        let steps = migrated.context("cannot migrate the database")?;
        self.join().await?;
        Ok(steps)
    }

    /// Refuses to go on with a database of another version or another key.
    pub async fn require_migrated(&self) -> Result<()> {
        self.refuse_unfit().await?;
        if self.store.pending_migrations().await?.is_empty() {
            return self.join().await;
        }
        let why = "migrations are pending: run `postscale migrate` first";
        Err(StateError(why.to_owned()).into())
    }

    /// Goes on with a database whose migrations somebody else applies. Which key it is kept with may
    /// not be known before.
    pub async fn leave_migrations(&self) -> Result<()> {
        self.refuse_unfit().await?;
        if self.store.pending_migrations().await?.is_empty() {
            return self.join().await;
        }
        tracing::warn!(
            "migrations are pending: whether this node has the database's key is looked at when it starts after them"
        );
        Ok(self.clock.compare(&self.store).await?)
    }

    /// Refuses a database that cannot hold every text, and one that is known to be kept with another
    /// key, before anything is written: what is sealed there would not open here, and what is written
    /// here not there.
    pub async fn refuse_unfit(&self) -> Result<()> {
        self.require_unicode().await?;
        let mut tx = self.store.read().await?;
        match instance_key::find(&mut tx).await? {
            Some(known) if known != self.secrets.fingerprint => Err(self.another_key()),
            _ => Ok(()),
        }
    }

    /// Becomes one of those who share the database: with their key, by its clock.
    async fn join(&self) -> Result<()> {
        self.clock.compare(&self.store).await?;
        let mut tx = self.store.read().await?;
        if instance_key::find(&mut tx).await?.is_some() {
            drop(tx);
            // Another node may just have recorded its own.
            return self.refuse_unfit().await;
        }
        drop(tx);
        let Secrets {
            fingerprint, seal, ..
        } = &self.secrets;
        let mut tx = self.store.write().await?;
        let now = self.sources.now();
        match instance_key::record(&mut tx, fingerprint, &Seal::new(*seal), now).await? {
            Recorded::Ours => Ok(tx.commit().await?),
            Recorded::Another => Err(self.another_key()),
        }
    }

    fn another_key(&self) -> anyhow::Error {
        let why = "this is not the key the database is kept with; give this node the one that every other node has";
        ConfigError::new(&self.secrets.place, why).into()
    }
}

//! What every command that touches an instance opens first: its directory, its keys, its database.

use anyhow::{Context as _, Result};
use postscale_model::Sources;
use postscale_store::{Store, StoreSettings};

use crate::{
    cli::StateError,
    config::{Config, ConfigError},
    data_dir::DataDir,
    secrets::Secrets,
    sources,
};

/// An instance that is opened and does nothing yet.
pub struct Instance {
    pub data: DataDir,
    pub sources: Sources,
    pub secrets: Secrets,
    pub store: Store,
}

impl Instance {
    /// Opens it, and makes what is missing but for the schema.
    pub fn open(config: &Config) -> Result<Self> {
        let sources = sources::system();
        let data = DataDir::open(&config.data_dir)?;
        let secrets = Secrets::load(config, &data, &sources)?;
        let settings = StoreSettings::new(config.database.clone()).audit_key(secrets.audit);
        let store = Store::open(settings)
            .with_context(|| format!("cannot open the database {:?}", config.database))?;
        Ok(Self {
            data,
            sources,
            secrets,
            store,
        })
    }

    /// Refuses to go on with a database that cannot hold every text. One that does not answer is
    /// judged by whoever needs it.
    pub async fn require_unicode(&self) -> Result<()> {
        let Ok(Some(encoding)) = self.store.narrow_encoding().await else {
            return Ok(());
        };
        let why = format!("the database's encoding is {encoding}; make one with ENCODING 'UTF8'");
        Err(ConfigError::new("DATABASE_URL", why).into())
    }

    /// Refuses to go on with a database of another version.
    pub async fn require_migrated(&self) -> Result<()> {
        self.require_unicode().await?;
        if self.store.pending_migrations().await?.is_empty() {
            return Ok(());
        }
        let why = "migrations are pending: run `postscale migrate` first";
        Err(StateError(why.to_owned()).into())
    }
}

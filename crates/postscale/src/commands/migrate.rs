//! `postscale migrate`: brings the database up to this program, or says what that would take.

use anyhow::Result;

use crate::{
    cli::{StateError, print},
    config::Config,
    instance::Instance,
};

/// Applies pending migrations; with `check` only reports them.
pub async fn migrate(config: Config, check: bool) -> Result<()> {
    let instance = Instance::open(&config)?;
    if !check {
        for step in instance.migrate().await? {
            print(&format!("applied {step}\n"))?;
        }
        return print("the database is up to date\n");
    }
    instance.refuse_unfit().await?;
    let pending = instance.store.pending_migrations().await?;
    for step in &pending {
        print(&format!("pending {step}\n"))?;
    }
    if pending.is_empty() {
        return print("the database is up to date\n");
    }
    Err(StateError(format!("{} pending migrations", pending.len())).into())
}

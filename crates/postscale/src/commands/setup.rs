//! `postscale setup`: the first organization and its owner.

use anyhow::{Context as _, Result};
use postscale_actions::{
    App, Error, Rule,
    auth::{self, Setup},
};
use postscale_model::Address;

use super::password::read_password;
use crate::{
    cli::{StateError, print},
    config::{Config, FirstOwner},
    instance::Instance,
    node,
};

/// Whom to set up.
#[derive(Debug, Clone, clap::Args)]
pub struct SetupArguments {
    /// Address the owner signs in with.
    #[arg(long, value_parser = |text: &str| text.parse::<Address>())]
    email: Address,
    /// The owner's name.
    #[arg(long)]
    name: String,
    /// The organization's name.
    #[arg(long)]
    organization: String,
}

/// Sets the instance up, once.
pub async fn setup(config: Config, arguments: &SetupArguments) -> Result<()> {
    let instance = Instance::open(&config)?;
    instance.migrate().await?;
    let app = node::app_of_command(&config, &instance)?;
    let setup = Setup {
        email: arguments.email.clone(),
        name: arguments.name.clone(),
        organization: arguments.organization.clone(),
        password: read_password()?,
        plan: app.plans.of_new_organizations().to_owned(),
    };
    match auth::setup(&app, setup).await {
        Ok((organization, owner)) => print(&format!(
            "created organization {} ({}) with owner {}\n",
            organization.name, organization.id, owner.email
        )),
        Err(Error::Rule(rule @ Rule::AlreadySetUp)) => Err(StateError(rule.to_string()).into()),
        Err(error) => Err(error.into()),
    }
}

/// Creates the owner that the configuration names, on an empty instance.
pub async fn create_first_owner(app: &App, owner: &FirstOwner) -> Result<()> {
    let setup = Setup {
        email: owner.email.clone(),
        name: owner.email.local_part().to_owned(),
        organization: owner.email.domain().to_string(),
        password: owner.password.clone(),
        plan: app.plans.of_new_organizations().to_owned(),
    };
    match auth::setup(app, setup).await {
        Ok((_, owner)) => {
            tracing::info!(user.id = %owner.id, "created the first owner");
            Ok(())
        }
        Err(Error::Rule(Rule::AlreadySetUp)) => Ok(()),
        Err(error) => Err(error).context("cannot create the first owner"),
    }
}

//! `postscale admin owner-reset`: lets an owner in again who lost password, second factor and mailbox.

use std::fmt::Write as _;

use anyhow::Result;
use postscale_access::SystemScope;
use postscale_actions::auth::{self, OwnerReset, Recovered};
use postscale_model::{Address, OrganizationId};

use super::password::read_password;
use crate::{
    cli::{StateError, print},
    config::Config,
    instance::Instance,
    node,
};

#[expect(
    clippy::disallowed_methods,
    reason = "whoever has a shell on the host has the database and its keys"
)]
const SCOPE: SystemScope = SystemScope::for_job("owner_reset");

/// Whom to let in again.
#[derive(Debug, Clone, clap::Args)]
pub struct OwnerResetArguments {
    /// Address the owner signs in with.
    #[arg(long, value_parser = |text: &str| text.parse::<Address>())]
    email: Address,
    /// Id of an organization they must own; without it, any.
    #[arg(long, value_name = "ID", value_parser = |text: &str| text.parse::<OrganizationId>())]
    organization: Option<OrganizationId>,
}

/// Lets an owner in again, also while nodes run.
pub async fn owner_reset(config: Config, arguments: &OwnerResetArguments) -> Result<()> {
    let instance = Instance::open(&config)?;
    instance.require_migrated().await?;
    let app = node::app_of_command(&config, &instance)?;
    let reset = OwnerReset {
        email: arguments.email.clone(),
        organization: arguments.organization,
        password: read_password()?,
    };
    match auth::reset_owner(&app, &SCOPE, reset).await? {
        Some(recovered) => print(&told(&recovered)),
        None => Err(StateError(refusal(arguments)).into()),
    }
}

fn refusal(arguments: &OwnerResetArguments) -> String {
    let email = &arguments.email;
    match arguments.organization {
        Some(id) => format!("{email} is no active owner of the organization {id}"),
        None => format!("{email} is no active owner of any organization"),
    }
}

fn told(recovered: &Recovered) -> String {
    let email = &recovered.person.email;
    let factor = match recovered.had_second_factor {
        true => "removed, with its recovery codes",
        false => "there was none",
    };
    let mut text = format!(
        "{email} signs in with the new password from now on\n\
         second factor: {factor}\n\
         sessions ended: {}\n\
         API keys they made: unchanged; revoke them in the dashboard if somebody else may have them\n",
        recovered.ended_sessions
    );
    for organization in &recovered.organizations {
        let (name, id) = (&organization.name, organization.id);
        writeln!(text, "written down in the audit log of {name} ({id})")
            .expect("BUG: writing to a String cannot fail");
    }
    text
}

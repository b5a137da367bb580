//! The Alias object.

use postscale_actions::aliases::AliasWithTargets;
use postscale_model::{Address, Invalid, Word as _};
use serde::Serialize;
use utoipa::ToSchema;

/// An alias.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::v1) struct AliasBody {
    id: String,
    org_id: String,
    domain_id: String,
    /// The part before the @ only.
    address: String,
    domain: String,
    forward_to: Vec<String>,
    /// `forward`, `webhook`, `store` or `drop`.
    action: &'static str,
    webhook_id: Option<String>,
    /// The webhook it names was deleted: nobody is told of its mail until another one is chosen.
    webhook_deleted: bool,
    is_masked: bool,
    /// The description of a masked address, empty for others.
    masked_description: String,
    description: String,
    emails_received: i64,
    active: bool,
    expires_at: Option<String>,
    /// Targets that have not confirmed yet: nothing is forwarded to them.
    unconfirmed: Vec<String>,
    /// Targets that turned out not to exist: nothing is forwarded to them until `forward_to` is set
    /// again.
    bouncing: Vec<String>,
    created_at: String,
    updated_at: String,
}

/// The public clients expect the alias wrapped.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::v1) struct AliasEnvelope {
    alias: AliasBody,
}

impl From<AliasWithTargets> for AliasBody {
    fn from(it: AliasWithTargets) -> Self {
        let texts = |all: &[Address]| all.iter().map(ToString::to_string).collect();
        let alias = it.alias;
        let masked = Some(&alias.description).filter(|_| alias.is_masked);
        Self {
            id: alias.id.to_string(),
            org_id: alias.organization_id.to_string(),
            domain_id: alias.domain_id.to_string(),
            masked_description: masked.cloned().unwrap_or_default(),
            address: alias.local_part,
            domain: alias.domain,
            forward_to: texts(&alias.forward_to),
            action: alias.action.as_str(),
            webhook_id: alias.webhook_id.map(|id| id.to_string()),
            webhook_deleted: it.webhook_is_gone,
            is_masked: alias.is_masked,
            description: alias.description,
            emails_received: alias.emails_received,
            active: alias.active,
            expires_at: alias.expires_at.map(|at| at.to_rfc3339()),
            unconfirmed: texts(&it.unconfirmed),
            bouncing: texts(&it.bouncing),
            created_at: alias.created_at.to_rfc3339(),
            updated_at: alias.updated_at.to_rfc3339(),
        }
    }
}

impl From<AliasWithTargets> for AliasEnvelope {
    fn from(it: AliasWithTargets) -> Self {
        Self { alias: it.into() }
    }
}

/// Where to forward.
pub(in crate::v1) fn targets(texts: &[String]) -> Result<Vec<Address>, Invalid> {
    let read = |(i, text): (usize, &String)| {
        text.parse()
            .map_err(|problem| Invalid::field(format!("forward_to[{i}]"), format!("{problem}")))
    };
    texts.iter().enumerate().map(read).collect()
}

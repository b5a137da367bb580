//! A DKIM key and the record to publish for it.

use postscale_model::{DkimKey, DkimStatus, Domain, Word as _};
use serde::Serialize;
use utoipa::ToSchema;

/// A DKIM key; its private half is never shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DkimKeyBody)]
pub(super) struct KeyBody {
    selector: String,
    domain: String,
    public_key: String,
    algorithm: &'static str,
    /// `pending`, `active`, `retiring` or `inactive`.
    status: &'static str,
    active: bool,
    verified: bool,
    verified_at: Option<String>,
    /// Selector of the key it takes over from once its record is seen.
    replaces: Option<String>,
    /// When a retiring key becomes inactive; its record must stay until then.
    retires_at: Option<String>,
    created_at: String,
}

impl KeyBody {
    /// The body of a key; `keys` are all of its domain.
    pub(super) fn new(domain: &Domain, key: &DkimKey, keys: &[DkimKey]) -> Self {
        let replaced = keys.iter().find(|other| Some(other.id) == key.replaces);
        Self {
            selector: key.selector.to_string(),
            domain: domain.name.to_string(),
            public_key: key.public_key.clone(),
            algorithm: key.algorithm.as_str(),
            status: key.status.as_str(),
            active: matches!(key.status, DkimStatus::Active | DkimStatus::Pending),
            verified: key.verified(),
            verified_at: key.verified_at.map(|at| at.to_rfc3339()),
            replaces: replaced.map(|key| key.selector.to_string()),
            retires_at: key.retire_at.map(|at| at.to_rfc3339()),
            created_at: key.created_at.to_rfc3339(),
        }
    }
}

/// The record to publish for a key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DkimRecordBody)]
pub(super) struct RecordBody {
    r#type: &'static str,
    pub(super) name: String,
    value: String,
}

impl RecordBody {
    pub(super) fn new(domain: &Domain, key: &DkimKey) -> Self {
        Self {
            r#type: "TXT",
            name: format!("{}._domainkey.{}", key.selector, domain.name),
            value: key.record_value(),
        }
    }
}

//! The Domain object.

use postscale_model::{Domain, Word as _};
use serde::Serialize;
use utoipa::ToSchema;

/// A domain.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::v1) struct DomainBody {
    id: String,
    domain: String,
    r#type: &'static str,
    verified: bool,
    ownership_verified: bool,
    mx_verified: bool,
    spf_verified: bool,
    dkim_verified: bool,
    dmarc_verified: bool,
    return_path_verified: bool,
    catch_all_enabled: bool,
    open_tracking: bool,
    click_tracking: bool,
    dkim_rotation_days: Option<u16>,
    mta_sts_mode: &'static str,
    mta_sts_max_age: u32,
    active: bool,
    last_dns_check: Option<String>,
    verified_at: Option<String>,
    created_at: String,
    updated_at: String,
}

impl From<&Domain> for DomainBody {
    fn from(domain: &Domain) -> Self {
        Self {
            id: domain.id.to_string(),
            domain: domain.name.to_string(),
            r#type: domain.domain_type.as_str(),
            verified: domain.verified,
            ownership_verified: domain.ownership_verified,
            mx_verified: domain.mx_verified,
            spf_verified: domain.spf_verified,
            dkim_verified: domain.dkim_verified,
            dmarc_verified: domain.dmarc_verified,
            return_path_verified: domain.return_path_verified,
            catch_all_enabled: domain.catch_all_enabled,
            open_tracking: domain.open_tracking,
            click_tracking: domain.click_tracking,
            dkim_rotation_days: domain.dkim_rotation_days,
            mta_sts_mode: domain.mta_sts.mode.as_str(),
            mta_sts_max_age: domain.mta_sts.max_age_seconds,
            active: domain.active,
            last_dns_check: domain.last_dns_check.map(|at| at.to_rfc3339()),
            verified_at: domain.verified_at.map(|at| at.to_rfc3339()),
            created_at: domain.created_at.to_rfc3339(),
            updated_at: domain.updated_at.to_rfc3339(),
        }
    }
}

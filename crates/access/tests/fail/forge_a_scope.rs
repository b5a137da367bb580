//! What a listing may see cannot be made up.
use postscale_access::Scope;
use postscale_model::OrganizationId;

fn everything(organization: OrganizationId) -> Scope {
    Scope { organization, member: None, key: None, nothing: false, organization_wide: true }
}

fn main() {}

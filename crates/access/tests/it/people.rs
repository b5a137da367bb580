//! The principals of the normative table, by the names of its columns.

use postscale_access::{Actor, Identity, Means, SecondFactor, Standing};
use postscale_model::{
    ApiKeyId, Capability, Environment, KeyScope, Level, OrganizationId, PersonId, Role, SessionId,
    UserId,
};
use uuid::Uuid;

pub fn organization(n: u128) -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(n))
}
pub fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n))
}

/// A principal and how it stands towards the table's domain.
#[derive(Clone)]
pub struct Principal {
    pub actor: Option<Actor>,
    pub grant: Option<Level>,
    pub in_key_scope: bool,
}

impl Principal {
    pub fn standing(&self) -> Standing {
        Standing {
            organization: organization(1),
            grant: self.grant,
            in_key_scope: self.in_key_scope,
        }
    }
}

fn session(org: u128, who: u128, role: Role, grant: Option<Level>) -> Principal {
    let means = Means::Session {
        session: SessionId::from_uuid(Uuid::from_u128(who)),
        person: PersonId::from_uuid(Uuid::from_u128(who)),
    };
    let identity = Identity {
        organization: organization(org),
        user: user(who),
        role,
        second_factor: SecondFactor::Settled,
        means,
    };
    Principal {
        actor: Some(Actor::for_test(identity)),
        grant,
        in_key_scope: false,
    }
}

fn key(
    creator: (u128, Role),
    scope: KeyScope,
    capability: Capability,
    grant: Option<Level>,
    in_key_scope: bool,
) -> Principal {
    let means = Means::Key {
        key: ApiKeyId::from_uuid(Uuid::from_u128(5)),
        capability,
        scope,
        environment: Environment::Live,
    };
    let identity = Identity {
        organization: organization(1),
        user: user(creator.0),
        role: creator.1,
        second_factor: SecondFactor::Settled,
        means,
    };
    Principal {
        actor: Some(Actor::for_test(identity)),
        grant,
        in_key_scope,
    }
}

/// Users: 1 owner, 2 admin, 3 member with write, 4 with read, 5 with nothing, 9 other owner.
pub fn principal(column: &str) -> Principal {
    use Capability::{Full, Read, Send};
    use KeyScope::{Domains, Organization};
    let (r, w) = (Some(Level::Read), Some(Level::Write));
    let rw = (3, Role::Member);
    match column {
        // Credentials that no longer verify make no actor at all.
        "anonymous" | "deactivated" | "key_revoked" | "key_creator_deactivated" => Principal {
            actor: None,
            grant: None,
            in_key_scope: false,
        },
        "owner" => session(1, 1, Role::Owner, None),
        "admin" => session(1, 2, Role::Admin, None),
        "member_rw" => session(1, 3, Role::Member, w),
        "member_read" => session(1, 4, Role::Member, r),
        "member_hidden" => session(1, 5, Role::Member, None),
        "other_org_owner" => session(2, 9, Role::Owner, None),
        "key_org_by_owner" => key((1, Role::Owner), Organization, Full, None, false),
        "key_org_by_admin" => key((2, Role::Admin), Organization, Full, None, false),
        "key_org_readcap" => key((1, Role::Owner), Organization, Read, None, false),
        "key_rw" => key(rw, Domains, Full, w, true),
        "key_rw_readcap" => key(rw, Domains, Read, w, true),
        "key_rw_sendcap" => key(rw, Domains, Send, w, true),
        "key_creator_downgraded" => key(rw, Domains, Full, r, true),
        "key_creator_lost_domain" => key(rw, Domains, Full, None, true),
        "key_other_scope" => key(rw, Domains, Full, w, false),
        other => panic!("unknown principal {other}"),
    }
}

//! Storage that holds one row of each kind and writes down what was read from it.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use postscale_access::{
    Action, Actor, Caller, Credential, Denial, DomainRef, GuestView, Identity, Rights, Standing,
    Standings, Stored, Unchecked,
};
use postscale_model::{
    Alias, AliasAction, AliasId, ApiKey, ApiKeyId, AuditTarget, Capability, Domain, DomainId,
    DomainType, Environment, KeyScope, Level, PersonId, Role, Timestamp, TokenHash, User, UserId,
    UserStatus,
};
use uuid::Uuid;

use crate::people::{organization, user};

/// When every request is received.
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// A refusal that was noted: of what, to what, when.
pub type Noted = (&'static str, AuditTarget, Timestamp);

/// One row of each kind, or none.
#[derive(Default)]
pub struct Shelf {
    pub identity: Option<Identity>,
    pub domain: Option<(Domain, Standing)>,
    pub alias: Option<(Alias, Standings)>,
    pub user: Option<User>,
    pub api_key: Option<ApiKey>,
    /// What was read, in order.
    pub reads: Vec<&'static str>,
    pub noted: Vec<Noted>,
}

impl Shelf {
    /// Somebody who asks, and nothing to be found.
    pub fn of(identity: Identity) -> Self {
        Self {
            identity: Some(identity),
            ..Self::default()
        }
    }
}

impl Rights for Shelf {
    type Error = &'static str;

    async fn identify(&mut self, _: &Caller) -> Result<Option<Identity>, Self::Error> {
        self.reads.push("identity");
        Ok(self.identity.clone())
    }
    async fn domain(
        &mut self,
        _: &Actor,
        _: &DomainRef,
        _: Timestamp,
    ) -> Result<Option<(Unchecked<Domain>, Standing)>, Self::Error> {
        self.reads.push("domain");
        let found = self.domain.clone();
        Ok(found.map(|(row, standing)| (Unchecked::seal(row), standing)))
    }
    async fn guest(
        &mut self,
        _: &TokenHash,
        _: Timestamp,
    ) -> Result<Option<GuestView>, Self::Error> {
        self.reads.push("guest link");
        let found = self.identity.clone().zip(self.domain.clone());
        Ok(found.map(|(maker, (domain, standing))| GuestView {
            maker,
            domain: Unchecked::seal(domain),
            standing,
        }))
    }
    async fn user(&mut self, _: UserId) -> Result<Option<Unchecked<User>>, Self::Error> {
        self.reads.push("user");
        Ok(self.user.clone().map(Unchecked::seal))
    }
    fn refused(&mut self, denial: &Denial<'_>, now: Timestamp) {
        self.noted
            .push((denial.action.name(), denial.target.clone(), now));
    }
    async fn api_key(&mut self, _: ApiKeyId) -> Result<Option<Unchecked<ApiKey>>, Self::Error> {
        self.reads.push("api key");
        Ok(self.api_key.clone().map(Unchecked::seal))
    }
}

impl Stored<Alias> for Shelf {
    async fn stored(
        &mut self,
        _: &Actor,
        _: AliasId,
        _: Timestamp,
    ) -> Result<Option<(Unchecked<Alias>, Standings)>, Self::Error> {
        self.reads.push("alias");
        let found = self.alias.clone();
        Ok(found.map(|(row, standings)| (Unchecked::seal(row), standings)))
    }
}

/// What a future gives that waits for nothing.
pub fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a shelf never waits"),
    }
}

/// A request on a route that declared these actions.
pub fn caller(declared: &[Action]) -> Caller {
    let credential = Credential::Session(TokenHash::new([7; 32]));
    Caller::new(Some(credential), declared, NOW)
}

/// How somebody with that grant stands towards a domain of that organization.
pub fn standing(org: u128, grant: Option<Level>) -> Standing {
    Standing {
        organization: organization(org),
        grant,
        in_key_scope: true,
    }
}

pub fn domain(org: u128) -> Domain {
    Domain {
        verified: true,
        ownership_verified: true,
        mx_verified: true,
        spf_verified: true,
        dkim_verified: true,
        dmarc_verified: true,
        return_path_verified: true,
        ..Domain::registered(
            (
                DomainId::from_uuid(Uuid::from_u128(10 + org)),
                organization(org),
            ),
            "shared.example".parse().expect("a name"),
            DomainType::Both,
            [String::new(), String::new()],
            NOW,
        )
    }
}

pub fn alias(org: u128) -> Alias {
    Alias {
        id: AliasId::from_uuid(Uuid::from_u128(20)),
        organization_id: organization(org),
        domain_id: DomainId::from_uuid(Uuid::from_u128(10 + org)),
        domain: "shared.example".to_owned(),
        local_part: "info".to_owned(),
        action: AliasAction::Store,
        forward_to: Vec::new(),
        webhook_id: None,
        is_masked: false,
        description: String::new(),
        emails_received: 0,
        active: true,
        expires_at: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub fn somebody(org: u128, role: Role) -> User {
    User {
        id: user(30),
        organization_id: organization(org),
        person_id: PersonId::from_uuid(Uuid::from_u128(31)),
        email: "bob@people.example".parse().expect("an address"),
        name: "Bob".to_owned(),
        role,
        status: UserStatus::Active,
        last_active_at: None,
        created_at: NOW,
    }
}

pub fn api_key(org: u128, creator: u128) -> ApiKey {
    ApiKey {
        id: ApiKeyId::from_uuid(Uuid::from_u128(40)),
        organization_id: organization(org),
        created_by: user(creator),
        name: "CI".to_owned(),
        environment: Environment::Live,
        capability: Capability::Full,
        scope: KeyScope::Domains,
        allowed_networks: Vec::new(),
        prefix: "ps_live_".to_owned(),
        last_used_at: None,
        previous_secret_until: None,
        expires_at: None,
        created_at: NOW,
        revoked_at: None,
    }
}

//! Everybody and everything a test finds: two organizations, three domains with something of every
//! kind, and an actor for every column of `access-matrix.csv`.
//!
//! Rows are made by the store's functions with proofs of the real gate. What no function makes yet
//! (a grant lowered, a user deactivated) is plain SQL.

mod keys;
mod objects;
mod people;

use std::collections::BTreeMap;

use postscale_access::{Caller, Credential, DomainRef, Gate, Granted, On, cap};
use postscale_actions::{App, hash_token};
use postscale_model::{Domain, DomainId, OrganizationId, SessionId, UserId};
use postscale_store::Tx;

use crate::NOW;

pub(crate) use objects::{receive, system};

/// Every actor, named and ordered as the columns of `access-matrix.csv`.
pub const ACTORS: [&str; 19] = [
    "anonymous",
    "owner",
    "admin",
    "member_rw",
    "member_read",
    "member_hidden",
    "deactivated",
    "other_org_owner",
    "key_org_by_owner",
    "key_org_by_admin",
    "key_org_readcap",
    "key_rw",
    "key_rw_readcap",
    "key_rw_sendcap",
    "key_creator_downgraded",
    "key_creator_lost_domain",
    "key_other_scope",
    "key_revoked",
    "key_creator_deactivated",
];

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// What an actor presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    /// Nothing.
    Nothing,
    /// A session's token.
    Session(String),
    /// An API key.
    Key(String),
}

impl Presented {
    fn credential(&self) -> Option<Credential> {
        match self {
            Self::Nothing => None,
            Self::Session(token) => Some(Credential::Session(hash_token(token))),
            Self::Key(key) => Some(Credential::ApiKey(hash_token(key))),
        }
    }
}

/// An actor's place in the world.
#[derive(Debug, Clone)]
pub struct Seat {
    /// What the actor presents.
    pub presented: Presented,
    /// The organization acted in.
    pub organization: OrganizationId,
    /// The user, or the creator of the key.
    pub user: UserId,
    /// Address of the login.
    pub email: String,
    /// The session, of a person.
    pub session: Option<SessionId>,
}

/// A domain and one of everything that hangs on it; ids as text, as a client writes them.
#[derive(Debug, Clone, Default)]
pub struct Objects {
    /// The domain's id.
    pub domain: String,
    /// The domain's name.
    pub name: String,
    /// The selector of its active DKIM key.
    pub selector: String,
    /// A message sent from it.
    pub email: String,
    /// A message it received.
    pub inbound: String,
    /// An attachment of that message.
    pub attachment: String,
    /// An alias.
    pub alias: String,
    /// An inbound rule of the domain.
    pub rule: String,
    /// Somebody that alias corresponds with.
    pub contact: String,
    /// An alias of the domain's organization on the instance's shared domain.
    pub shield_alias: String,
    /// A DMARC report about the domain.
    pub report: String,
    /// A webhook for this domain only.
    pub webhook: String,
    /// A delivery of that webhook.
    pub delivery: String,
    /// An API key that names the domain.
    pub api_key: String,
    /// A pending invitation of the domain's organization that grants the domain.
    pub invitation: String,
    /// The token of its link.
    pub invitation_token: String,
    /// A link that shows its records to a guest.
    pub guest_link: String,
    /// The token of that link.
    pub guest_token: String,
    /// The token of a link that asks somebody outside to be forwarded to.
    pub consent: String,
}

/// Everybody and everything.
#[derive(Debug)]
pub struct World {
    /// The domain the access table speaks of, `shared.example`.
    pub shared: Objects,
    /// A domain no member of the same organization has a grant on, `closed.example`.
    pub closed: Objects,
    /// A domain of another organization, `foreign.example`.
    pub foreign: Objects,
    seats: BTreeMap<&'static str, Seat>,
}

/// What seeding works with.
struct Seeder<'a> {
    app: &'a App,
    tx: Tx,
    seats: BTreeMap<&'static str, Seat>,
}

impl World {
    pub(crate) async fn seed(app: &App, with_peers: bool) -> Self {
        let password = app.hasher.hash(&app.sources, PASSWORD.to_owned());
        let password = password.await.expect("a hash");
        let tx = app.store.write().await.expect("a transaction");
        let seats = BTreeMap::new();
        let mut seeder = Seeder { app, tx, seats };
        seeder.people(&password, with_peers).await;
        let shared = seeder.domain("owner", "shared.example").await;
        let closed = seeder.domain("owner", "closed.example").await;
        let foreign = seeder.domain("other_org_owner", "foreign.example").await;
        seeder.grants(shared, closed).await;
        seeder.keys(shared, closed).await;
        let shared = seeder.objects("owner", "member_rw", shared).await;
        let closed = seeder.objects("owner", "admin", closed).await;
        let foreign = seeder.objects("other_org_owner", "other_org_owner", foreign);
        let foreign = foreign.await;
        seeder.off_board().await;
        let Seeder { tx, seats, .. } = seeder;
        tx.commit().await.expect("commit");
        Self {
            shared,
            closed,
            foreign,
            seats,
        }
    }

    /// An actor's place.
    ///
    /// # Panics
    /// When nobody has the name.
    #[must_use]
    pub fn seat(&self, actor: &str) -> &Seat {
        let seat = self.seats.get(actor);
        seat.unwrap_or_else(|| panic!("nobody is called {actor}"))
    }
}

impl Seeder<'_> {
    /// A proof of the real gate that somebody may do something to a domain.
    async fn proof<C: cap::Cap>(
        &mut self,
        actor: &str,
        action: On<C>,
        domain: DomainId,
    ) -> Granted<Domain, C> {
        let caller = self.caller(actor, action.into());
        let mut gate = Gate::open(&mut self.tx, &caller).await.expect("a gate");
        let found = gate.domain(action, &DomainRef::Id(domain)).await;
        found.expect("permission")
    }

    fn caller(&self, actor: &str, action: postscale_access::Action) -> Caller {
        let credential = self.seats[actor].presented.credential();
        Caller::new(credential, [action], NOW)
    }

    async fn run(&mut self, sql: &str, parameters: &[postscale_store::Value]) {
        self.tx.execute(sql, parameters).await.expect(sql);
    }
}

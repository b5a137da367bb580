//! The gate: reads rights in the caller's transaction, decides, and hands out proofs.

use postscale_model::{
    ApiKey, ApiKeyId, AuditTarget, Audited, Domain, DomainName, Invalid, KeyScope, TokenHash, User,
    UserId,
};

use crate::{
    Action, Actor, Caller, Denial, DomainRef, Granted, Late, ListAction, Means, OfDomain, On,
    OrganizationAction, OwnKeyAction, Permission, Refusal, Rights, Scope, Sendable, Standings,
    Stored, Subject, Unchecked, UserAction, Writable, action, cap, decide,
    denial::{is_denial, named_if_ours},
};

/// Why the gate handed out nothing.
#[derive(Debug)]
pub enum Denied<E> {
    /// The policy said no.
    Refused(Refusal),
    /// The handler asked for an action its route did not declare: a bug of ours.
    Undeclared(Action),
    /// Rights could not be read. Fail closed.
    Storage(E),
}

/// Asks the policy on behalf of one caller, inside one transaction.
pub struct Gate<'t, R> {
    rights: &'t mut R,
    caller: &'t Caller,
    actor: Option<Actor>,
}

impl<'t, R: Rights> Gate<'t, R> {
    /// Verifies the caller's credential in this transaction.
    ///
    /// # Errors
    /// When storage cannot answer. A credential that is no good makes an anonymous gate, which
    /// refuses everything but public actions.
    pub async fn open(rights: &'t mut R, caller: &'t Caller) -> Result<Self, Denied<R::Error>> {
        let identity = rights.identify(caller).await.map_err(Denied::Storage)?;
        Ok(Self {
            rights,
            caller,
            actor: identity.map(Actor::new),
        })
    }

    /// The actor, if the credential was good.
    #[must_use]
    pub fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// The transaction, for reading what a [`Scope`] of this gate allows.
    pub fn rights(&mut self) -> &mut R {
        self.rights
    }

    fn decide(&self, action: Action, subject: Subject<'_>) -> Result<(), Denied<R::Error>> {
        if !self.caller.declares(action) {
            return Err(Denied::Undeclared(action));
        }
        self.caller.mark_decided();
        decide(self.actor.as_ref(), action, subject).map_err(Denied::Refused)
    }

    /// Decides, and has a refusal noted that the log should have.
    fn settle(
        &mut self,
        action: Action,
        subject: Subject<'_>,
        target: impl FnOnce(&Actor) -> AuditTarget,
    ) -> Result<(), Denied<R::Error>> {
        let decided = self.decide(action, subject);
        self.noting(decided, action, subject, target)
    }

    fn noting(
        &mut self,
        decided: Result<(), Denied<R::Error>>,
        action: Action,
        subject: Subject<'_>,
        target: impl FnOnce(&Actor) -> AuditTarget,
    ) -> Result<(), Denied<R::Error>> {
        if let Err(Denied::Refused(refusal)) = &decided
            && let Some(actor) = &self.actor
            && is_denial(*refusal, actor, subject)
        {
            let denial = Denial {
                actor,
                action,
                target: target(actor),
            };
            self.rights.refused(&denial, self.caller.received_at());
        }
        decided
    }

    fn known(&self) -> Result<&Actor, Denied<R::Error>> {
        self.actor.as_ref().ok_or_else(|| {
            self.caller.mark_decided();
            Denied::Refused(Refusal::Unauthenticated)
        })
    }

    /// An action on oneself, the organization, or nothing.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn permit(&mut self, action: OrganizationAction) -> Result<Permission, Denied<R::Error>> {
        self.settle(action.into(), Subject::Nothing, |_| AuditTarget::default())?;
        Ok(Permission::new(action.into(), self.actor.clone()))
    }

    /// What a listing may see.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn scope(&mut self, action: ListAction) -> Result<Scope, Denied<R::Error>> {
        self.settle(action.into(), Subject::Nothing, |_| AuditTarget::default())?;
        self.reach()
    }

    /// What the actor reaches at all: what a listing of domains may show, for telling callers
    /// about themselves.
    ///
    /// # Errors
    /// [`Denied`] without an actor.
    pub fn reach(&self) -> Result<Scope, Denied<R::Error>> {
        let actor = self.known()?;
        let member = (!actor.is_manager()).then(|| actor.user());
        Ok(match actor.means() {
            Means::Session { .. } => Scope::new(actor.organization(), member, None, false),
            Means::Key {
                scope: KeyScope::Organization,
                ..
            } => Scope::new(actor.organization(), member, None, member.is_some()),
            Means::Key {
                scope: KeyScope::Domains,
                key,
                ..
            } => Scope::new(actor.organization(), member, Some(*key), false),
        })
    }

    /// An addressed domain.
    ///
    /// # Errors
    /// [`Denied`]; a domain that is hidden, foreign, deleted or never was is one case.
    pub async fn domain<C: cap::Cap>(
        &mut self,
        action: On<C>,
        domain: &DomainRef,
    ) -> Result<Granted<Domain, C>, Denied<R::Error>> {
        let actor = self.known()?.clone();
        let found = self
            .rights
            .domain(&actor, domain, self.caller.received_at())
            .await;
        let found = found.map_err(Denied::Storage)?;
        let standings = found
            .as_ref()
            .map(|(_, standing)| Standings::One(*standing));
        let subject = Subject::OfDomain(standings.as_ref());
        let row = found.as_ref().map(|(row, _)| &row.0);
        self.settle(action.into(), subject, |actor| match (row, domain) {
            (None, DomainRef::Name(name)) => AuditTarget::new("domain", "", name),
            _ => named_if_ours(actor, subject, row),
        })?;
        Self::grant(found.map(|(row, _)| row), standings)
    }

    /// The domain of a sender address: envelope sender, header From or Sender.
    ///
    /// # Errors
    /// [`Denied`]; every domain that may not be sent from is one case.
    pub async fn sender(
        &mut self,
        action: On<cap::Send>,
        name: Option<DomainName>,
    ) -> Result<Sendable<Domain>, Denied<R::Error>> {
        self.domain(action, &name.map_or(DomainRef::Nothing, DomainRef::Name))
            .await
    }

    /// The domain an input wants to send from, and the input itself: the sender is decided about
    /// before anything else of the input is judged.
    ///
    /// # Errors
    /// [`Denied`]. An input that names no sender at all is [`Invalid`] to everybody authenticated.
    pub async fn sender_of<T>(
        &mut self,
        action: On<cap::Send>,
        input: Late<T>,
        sender: impl FnOnce(&T) -> Option<DomainName> + Send,
    ) -> Result<Result<(Sendable<Domain>, T), Invalid>, Denied<R::Error>> {
        self.known()?;
        match input.into_inner() {
            Ok(input) => Ok(Ok((self.sender(action, sender(&input)).await?, input))),
            Err(invalid) => {
                self.caller.mark_decided();
                Ok(Err(invalid))
            }
        }
    }

    /// Which domains an input names, before anything else of it may be looked at: they are decided
    /// about first.
    ///
    /// # Errors
    /// [`Denied`] without an actor. An input that cannot be read so far is [`Invalid`] to everybody
    /// authenticated.
    pub fn named<T, N>(
        &self,
        input: &Late<T>,
        names: impl FnOnce(&T) -> N,
    ) -> Result<Result<N, Invalid>, Denied<R::Error>> {
        self.known()?;
        Ok(input.peek().map(names).map_err(Clone::clone))
    }

    /// Something that belongs to one or several domains.
    ///
    /// # Errors
    /// [`Denied`]; `None` is an id that can name nothing, as absent as an unknown one.
    pub async fn object<T: OfDomain, C: cap::Cap>(
        &mut self,
        action: On<C>,
        id: Option<T::Id>,
    ) -> Result<Granted<T, C>, Denied<R::Error>>
    where
        R: Stored<T>,
    {
        let actor = self.known()?.clone();
        let found = match id {
            Some(id) => self
                .rights
                .stored(&actor, id, self.caller.received_at())
                .await
                .map_err(Denied::Storage)?,
            None => None,
        };
        let (row, standings) = found.unzip();
        let subject = Subject::OfDomain(standings.as_ref());
        let inner = row.as_ref().map(|row| &row.0);
        self.settle(action.into(), subject, |actor| {
            named_if_ours(actor, subject, inner)
        })?;
        Self::grant(row, standings)
    }

    /// Whether the same actor may also do `action` to what a proof carries.
    pub fn also<T, C, D>(&self, action: On<D>, granted: &Granted<T, C>) -> bool {
        let subject = Subject::OfDomain(granted.standings());
        decide(self.actor.as_ref(), action.into(), subject).is_ok()
    }

    /// A stronger proof for a row already proven visible.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn upgrade<T: Audited, D: cap::Cap>(
        &mut self,
        action: On<D>,
        granted: Granted<T, cap::Read>,
    ) -> Result<Granted<T, D>, Denied<R::Error>> {
        let subject = Subject::OfDomain(granted.standings());
        self.settle(action.into(), subject, |actor| {
            named_if_ours(actor, subject, Some(&*granted))
        })?;
        let standings = granted.standings().cloned();
        Ok(Granted::new(granted.into_inner(), standings))
    }

    /// Whether the actor may do an organization-level thing. For showing or hiding controls.
    #[must_use]
    pub fn may(&self, action: OrganizationAction) -> bool {
        decide(self.actor.as_ref(), action.into(), Subject::Nothing).is_ok()
    }

    /// Whether the actor may do a thing to that user. For showing or hiding controls.
    #[must_use]
    pub fn may_to(&self, action: UserAction, user: &User) -> bool {
        let subject = Subject::User(Some((user.organization_id, user.role)));
        decide(self.actor.as_ref(), action.into(), subject).is_ok()
    }

    /// A user of the organization.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn user(
        &mut self,
        action: UserAction,
        id: Option<UserId>,
    ) -> Result<Writable<User>, Denied<R::Error>> {
        // Role first, so that who may not manage users learns nothing about any of them.
        let stranger = Subject::User(None);
        let by_role = self.decide(action.into(), stranger);
        if !matches!(by_role, Ok(()) | Err(Denied::Refused(Refusal::Invisible))) {
            self.noting(by_role, action.into(), stranger, |_| AuditTarget::default())?;
        }
        let found = match id {
            Some(id) => self.rights.user(id).await.map_err(Denied::Storage)?,
            None => None,
        };
        let target = found
            .as_ref()
            .map(|Unchecked(user)| (user.organization_id, user.role));
        let row = found.as_ref().map(|Unchecked(user)| user);
        let subject = Subject::User(target);
        self.settle(action.into(), subject, |actor| {
            named_if_ours(actor, subject, row)
        })?;
        Self::grant(found, None)
    }

    /// An API key of the organization.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn api_key(
        &mut self,
        action: OwnKeyAction,
        id: Option<ApiKeyId>,
    ) -> Result<Writable<ApiKey>, Denied<R::Error>> {
        let found = match id {
            Some(id) => self.rights.api_key(id).await.map_err(Denied::Storage)?,
            None => None,
        };
        let target = found
            .as_ref()
            .map(|Unchecked(key)| (key.organization_id, key.created_by));
        let row = found.as_ref().map(|Unchecked(key)| key);
        let subject = Subject::ApiKey(target);
        self.settle(action.into(), subject, |actor| {
            named_if_ours(actor, subject, row)
        })?;
        Self::grant(found, None)
    }

    /// The one domain a guest link shows. Its maker is asked about, as a key's is: the link is good
    /// while they may make one.
    ///
    /// # Errors
    /// [`Denied`]; a link that is unknown, expired, revoked or no longer its maker's is one case.
    pub async fn guest(
        &mut self,
        action: OrganizationAction,
        token: &TokenHash,
    ) -> Result<Granted<Domain, cap::Read>, Denied<R::Error>> {
        self.decide(action.into(), Subject::Nothing)?;
        let found = self
            .rights
            .guest(token, self.caller.received_at())
            .await
            .map_err(Denied::Storage)?;
        let Some(view) = found else {
            return Err(Denied::Refused(Refusal::Invisible));
        };
        let standings = Standings::One(view.standing);
        let may_make = action::DOMAIN_GUEST_LINK_CREATE.into();
        let maker = Actor::new(view.maker);
        decide(Some(&maker), may_make, Subject::OfDomain(Some(&standings)))
            .map_err(|_| Denied::Refused(Refusal::Invisible))?;
        Self::grant(Some(view.domain), Some(standings))
    }

    fn grant<T, C>(
        found: Option<Unchecked<T>>,
        standings: Option<Standings>,
    ) -> Result<Granted<T, C>, Denied<R::Error>> {
        let Some(Unchecked(row)) = found else {
            return Err(Denied::Refused(Refusal::Invisible));
        };
        Ok(Granted::new(row, standings))
    }
}

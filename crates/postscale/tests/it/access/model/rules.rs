//! The access rules of the model: what each class of action answers, in the order of the checks.

use super::state::{By, Capability, Level, Model, Reach, Role, Session, Status, Who};

/// A refusal: its status and its code.
pub type Refusal = (u16, &'static str);
/// What must be answered.
pub type Want = Result<(), Refusal>;

pub const UNAUTHORIZED: Refusal = (401, "unauthorized");
pub const NOT_FOUND: Refusal = (404, "not_found");
pub const FORBIDDEN: Refusal = (403, "forbidden");
pub const SESSION_REQUIRED: Refusal = (403, "session_required");
pub const INSUFFICIENT: Refusal = (403, "insufficient_capability");
pub const NOT_WRITABLE: Refusal = (403, "domain_not_writable");
pub const NO_WRITABLE: Refusal = (403, "no_writable_domain");
pub const SENDER: Refusal = (403, "sender_domain_not_permitted");
pub const STALE: Refusal = (403, "reauthentication_required");
pub const CONFLICT: Refusal = (409, "conflict");

/// What is done to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Look,
    Manage,
    /// What only an owner does, to anybody.
    Own,
}

impl Model {
    pub fn signed_in(&self, by: By) -> Result<Who, Refusal> {
        self.who(by).ok_or(UNAUTHORIZED)
    }

    pub fn person(&self, by: By) -> Result<Who, Refusal> {
        let who = self.signed_in(by)?;
        who.key.map_or(Ok(who), |_| Err(SESSION_REQUIRED))
    }

    /// An owner or admin in person.
    pub fn manager(&self, by: By) -> Result<Who, Refusal> {
        let who = self.person(by)?;
        who.is_manager().then_some(who).ok_or(FORBIDDEN)
    }

    /// An owner or admin, or a full key of theirs for the whole organization.
    pub fn operator(&self, by: By) -> Result<Who, Refusal> {
        let who = self.signed_in(by)?;
        if !who.is_manager() {
            return Err(FORBIDDEN);
        }
        let is_full = matches!(self.capability(who), None | Some(Capability::Full));
        if self.is_whole(who) && is_full {
            Ok(who)
        } else {
            Err(INSUFFICIENT)
        }
    }

    /// Anybody who may list what they see.
    pub fn lister(&self, by: By) -> Result<Who, Refusal> {
        let who = self.signed_in(by)?;
        match self.capability(who) {
            Some(Capability::Send) => Err(INSUFFICIENT),
            _ => Ok(who),
        }
    }

    /// Reading something at this level.
    pub fn may_read(&self, who: Who, level: Option<Level>) -> Want {
        level.ok_or(NOT_FOUND)?;
        match self.capability(who) {
            Some(Capability::Send) => Err(INSUFFICIENT),
            _ => Ok(()),
        }
    }

    /// Changing something at this level.
    pub fn may_write(&self, who: Who, level: Option<Level>) -> Want {
        let level = level.ok_or(NOT_FOUND)?;
        match (self.capability(who), level) {
            (Some(Capability::Read | Capability::Send), _) => Err(INSUFFICIENT),
            (_, Level::Read) => Err(NOT_WRITABLE),
            (_, Level::Write) => Ok(()),
        }
    }

    /// Changing something at this level in person.
    pub fn may_write_in_person(&self, who: Who, level: Option<Level>) -> Want {
        level.ok_or(NOT_FOUND)?;
        match who.key {
            Some(_) => Err(SESSION_REQUIRED),
            None => self.may_write(who, level),
        }
    }

    /// Destroying something at this level.
    pub fn may_destroy(&self, who: Who, level: Option<Level>) -> Want {
        level.ok_or(NOT_FOUND)?;
        match self.capability(who) {
            Some(Capability::Read | Capability::Send) => Err(INSUFFICIENT),
            _ if !who.is_manager() => Err(FORBIDDEN),
            _ if !self.is_whole(who) => Err(INSUFFICIENT),
            _ => Ok(()),
        }
    }

    /// Sending from something at this level: one answer for whatever is hidden, absent or only read.
    pub fn may_send(&self, who: Who, level: Option<Level>) -> Want {
        let level = level.ok_or(SENDER)?;
        match (self.capability(who), level) {
            (Some(Capability::Read), _) => Err(INSUFFICIENT),
            (_, Level::Read) => Err(SENDER),
            (_, Level::Write) => Ok(()),
        }
    }

    /// Doing something to a user.
    pub fn may_to_user(
        &self,
        by: By,
        user: Option<usize>,
        deed: Deed,
    ) -> Result<(Who, usize), Refusal> {
        let who = self.manager(by)?;
        let of_us = |at: &usize| {
            let user = &self.users[*at];
            user.organization == who.organization && user.status != Status::Deleted
        };
        let user = user.filter(of_us).ok_or(NOT_FOUND)?;
        let is_protected = match deed {
            Deed::Look => false,
            Deed::Manage => self.users[user].role == Role::Owner,
            Deed::Own => true,
        };
        if is_protected && who.role != Role::Owner {
            return Err(FORBIDDEN);
        }
        Ok((who, user))
    }

    /// Doing something to a key.
    pub fn may_to_key(&self, by: By, key: Option<usize>) -> Result<(Who, usize), Refusal> {
        let who = self.person(by)?;
        let of_us = |at: &usize| {
            let creator = self.keys[*at].creator;
            let is_ours = self.users[creator].organization == who.organization;
            is_ours && (creator == who.user || who.is_manager())
        };
        let key = key.filter(of_us).ok_or(NOT_FOUND)?;
        Ok((who, key))
    }

    /// The domains something gets that names none.
    pub fn writable(&self, who: Who) -> Result<Vec<usize>, Refusal> {
        let all = self.visible(who).into_iter();
        let writable: Vec<usize> = all
            .filter(|(_, level)| *level == Level::Write)
            .map(|(domain, _)| domain)
            .collect();
        if writable.is_empty() {
            Err(NO_WRITABLE)
        } else {
            Ok(writable)
        }
    }

    /// Takes a domain away with everything that hangs on it.
    pub fn forget_domain(&mut self, domain: usize) {
        self.domains[domain].is_there = false;
        for user in &mut self.users {
            user.grants.remove(&domain);
        }
        for key in &mut self.keys {
            if let Reach::Domains(named) = &mut key.reach
                && named.remove(&domain)
                && named.is_empty()
            {
                key.is_revoked = true;
            }
        }
        for webhook in &mut self.webhooks {
            if let Reach::Domains(named) = &mut webhook.reach {
                named.remove(&domain);
            }
        }
        for alias in &mut self.aliases {
            alias.is_there &= alias.domain != domain;
        }
        for invitation in &mut self.invitations {
            invitation.domains.retain(|(named, _)| *named != domain);
        }
    }

    /// Gives a role, and takes what goes with the old one.
    pub fn set_role(&mut self, user: usize, role: Role) {
        let before = self.users[user].role;
        self.users[user].role = role;
        if role > before {
            let person = self.users[user].person;
            let own = |session: &&mut Session| session.person == person;
            for session in self.sessions.iter_mut().filter(own) {
                session.is_renewal_due = true;
            }
        }
        if (before == Role::Member) != (role == Role::Member) {
            self.users[user].grants.clear();
            self.revoke_keys(user, |key| *key == Reach::Organization);
        }
        if role == Role::Member {
            self.revoke_invitations(user);
        }
    }

    /// Ends a membership.
    pub fn off_board(&mut self, user: usize, status: Status) {
        self.users[user].status = status;
        self.users[user].grants.clear();
        self.end_sessions(|session| session.user == user);
        self.revoke_keys(user, |_| true);
        self.revoke_invitations(user);
    }

    pub fn end_sessions(&mut self, ends: impl Fn(&Session) -> bool) {
        for session in &mut self.sessions {
            session.is_open &= !ends(session);
        }
    }

    fn revoke_keys(&mut self, user: usize, which: impl Fn(&Reach) -> bool) {
        for key in &mut self.keys {
            key.is_revoked |= key.creator == user && which(&key.reach);
        }
    }

    fn revoke_invitations(&mut self, user: usize) {
        use super::state::Fate;
        for invitation in &mut self.invitations {
            if invitation.inviter == user && invitation.fate == Fate::Pending {
                invitation.fate = Fate::Over;
                invitation.code = None;
            }
        }
    }
}

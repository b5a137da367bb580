//! What each credential of the model stands for now, and what it reaches.

use std::collections::BTreeMap;

use super::state::{By, Capability, Key, Level, Model, Reach, Role, Session, Status, User, Who};

/// A session nobody used for so long is over.
const IDLE: i64 = 12 * 3600;
/// A session is over so long after its sign-in.
const AGE: i64 = 30 * 24 * 3600;
/// Uses closer together than this are not written down apart.
const USE_PRECISION: i64 = 60;
/// How recently a password must have been given for what is delicate.
const RECENT: i64 = 600;

impl Model {
    pub fn is_in_force(&self, until: Option<i64>) -> bool {
        until.is_none_or(|end| end > self.now)
    }

    pub fn is_live_session(&self, session: &Session) -> bool {
        session.is_open
            && self.now < session.began + AGE
            && self.now < session.seen + IDLE
            && self.users[session.user].status == Status::Active
    }

    pub fn is_live_key(&self, key: &Key) -> bool {
        !key.is_revoked
            && !key.is_elsewhere
            && self.is_in_force(key.until)
            && self.users[key.creator].status == Status::Active
    }

    /// Whom a credential stands for.
    pub fn who(&self, by: By) -> Option<Who> {
        let (user, session, key) = match by {
            By::Nobody => return None,
            By::Session(at) => {
                let session = &self.sessions[at];
                let is_live = self.is_live_session(session);
                is_live.then_some((session.user, Some(at), None))?
            }
            By::Key(at) => {
                let key = &self.keys[at];
                let is_live = self.is_live_key(key);
                is_live.then_some((key.creator, None, Some(at)))?
            }
            By::FormerSecret(at) => {
                let key = &self.keys[at];
                let until = key.previous.as_ref().map(|(_, until)| *until);
                let is_live = self.is_live_key(key) && until.is_some_and(|end| end > self.now);
                is_live.then_some((key.creator, None, Some(at)))?
            }
        };
        Some(Who {
            user,
            organization: self.users[user].organization,
            role: self.users[user].role,
            session,
            key,
        })
    }

    /// The level a principal has on a domain, scope of its key applied but not its capability.
    pub fn level(&self, who: Who, domain: usize) -> Option<Level> {
        let there = &self.domains[domain];
        if !there.is_there || there.organization != who.organization {
            return None;
        }
        let own = if who.is_manager() {
            Some(Level::Write)
        } else {
            let grant = self.users[who.user].grants.get(&domain);
            grant
                .filter(|grant| self.is_in_force(grant.until))
                .map(|grant| grant.level)
        };
        match who.key.map(|key| &self.keys[key].reach) {
            None => own,
            Some(Reach::Organization) => own.filter(|_| who.is_manager()),
            Some(Reach::Domains(named)) => own.filter(|_| named.contains(&domain)),
        }
    }

    /// The level on a webhook: the least over its domains.
    pub fn level_on_webhook(&self, who: Who, webhook: usize) -> Option<Level> {
        let webhook = &self.webhooks[webhook];
        if !webhook.is_there || webhook.organization != who.organization {
            return None;
        }
        match &webhook.reach {
            Reach::Organization => self.is_whole(who).then_some(Level::Write),
            Reach::Domains(named) => {
                let levels = named.iter().map(|domain| self.level(who, *domain));
                levels.min().flatten()
            }
        }
    }

    /// Whether the principal stands for the organization as a whole.
    pub fn is_whole(&self, who: Who) -> bool {
        let key = who.key.map(|key| &self.keys[key].reach);
        who.is_manager() && key.is_none_or(|reach| *reach == Reach::Organization)
    }

    pub fn capability(&self, who: Who) -> Option<Capability> {
        who.key.map(|key| self.keys[key].capability)
    }

    /// Whether the password was given a short while ago.
    pub fn is_recent(&self, who: Who) -> bool {
        let given = who.session.map(|at| self.sessions[at].authenticated);
        given.is_some_and(|at| self.now - at < RECENT)
    }

    /// Takes note that a credential was used.
    pub fn used(&mut self, by: By) {
        if let (By::Session(at), Some(_)) = (by, self.who(by)) {
            let (now, session) = (self.now, &mut self.sessions[at]);
            if now - session.seen >= USE_PRECISION {
                session.noted = Some(now);
            }
        }
    }

    /// The domain an actor of an organization means by a name.
    pub fn named(&self, organization: usize, name: &str) -> Option<usize> {
        let mut all = self.domains.iter();
        all.position(|it| it.is_there && it.organization == organization && it.name == name)
    }

    /// The domains of an organization.
    pub fn domains_of(&self, organization: usize) -> Vec<usize> {
        let all = self.domains.iter().enumerate();
        all.filter(|(_, it)| it.is_there && it.organization == organization)
            .map(|(at, _)| at)
            .collect()
    }

    /// The domains a principal sees, with the level.
    pub fn visible(&self, who: Who) -> BTreeMap<usize, Level> {
        let all = self.domains_of(who.organization).into_iter();
        all.filter_map(|domain| Some((domain, self.level(who, domain)?)))
            .collect()
    }

    /// A person's active memberships, oldest first.
    pub fn memberships(&self, person: usize) -> Vec<usize> {
        let all = self.users.iter().enumerate();
        all.filter(|(_, user)| user.person == person && user.status == Status::Active)
            .map(|(at, _)| at)
            .collect()
    }

    /// A person's membership of an organization that was not deleted.
    pub fn membership(&self, organization: usize, person: usize) -> Option<usize> {
        self.users.iter().position(|user| {
            user.organization == organization
                && user.person == person
                && user.status != Status::Deleted
        })
    }

    /// Whether an organization would have no active owner without this user.
    pub fn is_last_owner(&self, user: usize) -> bool {
        let owns = |user: &User| user.role == Role::Owner && user.status == Status::Active;
        let here = &self.users[user];
        let others = self.users.iter().enumerate();
        owns(here)
            && !others
                .filter(|(at, _)| *at != user)
                .any(|(_, other)| other.organization == here.organization && owns(other))
    }

    /// Every credential that is good now.
    pub fn live(&self) -> Vec<By> {
        let sessions = (0..self.sessions.len()).map(By::Session);
        let keys = (0..self.keys.len()).map(By::Key);
        let all = sessions.chain(keys);
        all.filter(|by| self.who(*by).is_some()).collect()
    }
}

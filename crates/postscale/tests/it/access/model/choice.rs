//! Who asks next, and for what: mostly what makes sense, sometimes what does not.

use super::{
    run::{ABSENT, Run},
    state::{By, Domain},
};

impl Run {
    /// A credential to ask with: mostly a good one.
    pub fn somebody(&mut self) -> By {
        if self.dice.is(3) {
            return By::Nobody;
        }
        let is_live = self.dice.is(90);
        let live = self.model.live();
        let is_session = self.dice.is(65);
        let fits = |by: &By| matches!(by, By::Session(_)) == is_session;
        let good: Vec<By> = live.into_iter().filter(fits).collect();
        let any: Vec<By> = if is_session {
            (0..self.model.sessions.len()).map(By::Session).collect()
        } else {
            let former = |at: &usize| self.model.keys[*at].previous.is_some();
            let keys = 0..self.model.keys.len();
            keys.clone()
                .map(By::Key)
                .chain(keys.filter(former).map(By::FormerSecret))
                .collect()
        };
        let chosen = if is_live { good } else { any };
        self.dice.one_of(&chosen).unwrap_or(By::Nobody)
    }

    /// A person who is signed in, a manager if there is one.
    pub fn somebody_in_charge(&mut self) -> By {
        let live = self.model.live().into_iter();
        let in_charge: Vec<By> = live.filter(|by| self.model.manager(*by).is_ok()).collect();
        match self.dice.one_of(&in_charge) {
            Some(by) if self.dice.is(75) => by,
            _ => self.somebody(),
        }
    }

    /// The organization a credential is about; any if it is no good.
    pub fn home(&mut self, by: By) -> usize {
        let organizations = self.model.organizations.len();
        let who = self.model.who(by);
        who.map_or_else(|| self.dice.below(organizations), |who| who.organization)
    }

    /// A way to name a domain, mostly one of the caller's organization, and the domain it means.
    pub fn a_domain(&mut self, by: By) -> (String, Option<usize>) {
        let home = self.home(by);
        let ours = self.model.domains_of(home);
        let all: Vec<usize> = (0..self.model.domains.len()).collect();
        let chosen = if self.dice.is(85) { &ours } else { &all };
        let chosen = self.dice.one_of(chosen).filter(|_| !self.dice.is(3));
        let Some(at) = chosen else {
            let foreign = self.app.world().foreign.domain.clone();
            let absent = [
                ABSENT.to_owned(),
                foreign,
                "nowhere.example".to_owned(),
                "%00".to_owned(),
            ];
            return (self.dice.one_of(&absent).unwrap(), None);
        };
        let Domain {
            id, name, is_there, ..
        } = &self.model.domains[at];
        if self.dice.is(70) {
            (id.clone(), is_there.then_some(at))
        } else {
            (name.clone(), self.model.named(home, name))
        }
    }
}

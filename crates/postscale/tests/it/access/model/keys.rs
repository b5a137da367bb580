//! Operations on API keys.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    rules::{CONFLICT, FORBIDDEN, NOT_FOUND, Refusal, STALE, Want},
    run::{Run, delete, get, patch, post, text},
    state::{By, Capability, Key, Reach, Who},
};

const CAPABILITIES: [Capability; 4] = [
    Capability::Full,
    Capability::Full,
    Capability::Read,
    Capability::Send,
];
const INVALID: Refusal = (400, "invalid_request");

impl Run {
    /// Some domains, named, none twice.
    pub fn some_domains(&mut self, by: By) -> Vec<(String, Option<usize>)> {
        let mut named: Vec<(String, Option<usize>)> = Vec::new();
        for _ in 0..=self.dice.below(3) {
            let one = self.a_domain(by);
            let is_new = named
                .iter()
                .all(|known| known.0 != one.0 && (one.1.is_none() || known.1 != one.1));
            if is_new {
                named.push(one);
            }
        }
        named
    }

    /// Makes a key.
    pub async fn create_key(&mut self) {
        let by = self.somebody();
        let capability = self.dice.one_of(&CAPABILITIES).unwrap();
        let kind = self.dice.below(4);
        let named = if kind < 2 {
            self.some_domains(by)
        } else {
            Vec::new()
        };
        let until = self
            .dice
            .is(20)
            .then(|| self.model.now + self.dice.seconds(60, 40_000));
        let is_elsewhere = self.dice.is(4);
        let mut body = json!({"name": "CI", "capability": capability.word()});
        if kind < 2 {
            body["domain_ids"] = named.iter().map(|(name, _)| name.clone()).collect();
        } else if kind == 2 {
            body["scope"] = "organization".into();
        }
        if let Some(until) = until {
            body["expires_at"] = Self::at(until).into();
        }
        if is_elsewhere {
            body["allowed_networks"] = json!(["198.51.100.0/24"]);
        }
        let reach = self.reach_of_new_key(by, kind, &named);
        let want = reach.as_ref().map(drop).map_err(|refusal| *refusal);
        let Some(made) = self.ask(by, post("/v1/api-keys", body), want).await else {
            return;
        };
        let (Ok(reach), Some(who)) = (reach, self.model.who(by)) else {
            return;
        };
        self.model.keys.push(Key {
            id: text(&made, "/api_key/id"),
            secret: text(&made, "/secret"),
            previous: None,
            creator: who.user,
            capability,
            reach,
            until,
            is_revoked: false,
            is_elsewhere,
        });
    }

    fn reach_of_new_key(
        &self,
        by: By,
        kind: usize,
        named: &[(String, Option<usize>)],
    ) -> Result<Reach, Refusal> {
        let who = self.model.signed_in(by)?;
        let levels = named
            .iter()
            .map(|(_, domain)| domain.and_then(|domain| self.model.level(who, domain)));
        // What is not there comes before what may not be written.
        let levels: Vec<_> = levels.collect::<Option<_>>().ok_or(NOT_FOUND)?;
        for level in levels {
            self.model.may_write_in_person(who, Some(level))?;
        }
        let domains: BTreeSet<usize> = named.iter().filter_map(|(_, domain)| *domain).collect();
        self.model.person(by)?;
        match kind {
            0 | 1 => Ok(Reach::Domains(domains)),
            2 | 3 if who.is_manager() => {
                let is_recent = self.model.is_recent(who);
                is_recent.then_some(Reach::Organization).ok_or(STALE)
            }
            2 => Err(FORBIDDEN),
            _ => {
                let writable = self.model.writable(who)?;
                Ok(Reach::Domains(writable.into_iter().collect()))
            }
        }
    }

    /// A key, mostly one of the caller's organization.
    fn a_key(&mut self, by: By) -> (String, Option<usize>) {
        let home = self.home(by);
        let places: Vec<usize> = (0..self.model.keys.len()).collect();
        let creator = |at: &usize| &self.model.users[self.model.keys[*at].creator];
        let is_ours =
            |at: &usize| creator(at).organization == home && !self.model.keys[*at].is_revoked;
        let ours: Vec<usize> = places.iter().copied().filter(is_ours).collect();
        let chosen = if self.dice.is(80) { &ours } else { &places };
        match self.dice.one_of(chosen) {
            Some(at) => (self.model.keys[at].id.clone(), Some(at)),
            None => (super::run::ABSENT.to_owned(), None),
        }
    }

    fn is_over(&self, key: usize) -> bool {
        let key = &self.model.keys[key];
        key.is_revoked || !self.model.is_in_force(key.until)
    }

    /// Looks at a key.
    pub async fn read_key(&mut self) {
        let by = self.somebody();
        let (id, key) = self.a_key(by);
        let want = self.model.may_to_key(by, key).map(drop);
        self.ask(by, get(format!("/v1/api-keys/{id}")), want).await;
    }

    /// Revokes a key.
    pub async fn revoke_key(&mut self) {
        let by = self.somebody();
        let (id, key) = self.a_key(by);
        let want = self.model.may_to_key(by, key).map(drop);
        let asked = delete(format!("/v1/api-keys/{id}"));
        if let (Some(_), Some(key)) = (self.ask(by, asked, want).await, key) {
            self.model.keys[key].is_revoked = true;
            self.less_for_all().await;
        }
    }

    /// Revokes the key that asks.
    pub async fn revoke_own_key(&mut self) {
        let by = self.somebody();
        let who = self.model.signed_in(by);
        let want = who.and_then(|who| who.key.map_or(Err(FORBIDDEN), |_| Ok(())));
        let done = self.ask(by, delete("/v1/api-keys/self"), want).await;
        if let (Some(_), Ok(Who { key: Some(key), .. })) = (done, who) {
            self.model.keys[key].is_revoked = true;
        }
    }

    /// Gives a key a new secret.
    pub async fn rotate_key(&mut self) {
        let by = self.somebody();
        let (id, key) = self.a_key(by);
        let want = self.model.may_to_key(by, key).and_then(|(who, key)| {
            let is_wide = self.model.keys[key].reach == Reach::Organization;
            if self.model.keys[key].creator != who.user {
                Err(FORBIDDEN)
            } else if is_wide && !self.model.is_recent(who) {
                Err(STALE)
            } else if self.is_over(key) {
                Err(CONFLICT)
            } else {
                Ok(())
            }
        });
        let hours = self.dice.seconds(0, 3);
        let asked = post(
            format!("/v1/api-keys/{id}/rotate"),
            json!({"overlap_hours": hours}),
        );
        if let (Some(rotated), Some(key)) = (self.ask(by, asked, want).await, key) {
            let until = self.model.now + hours * 3600;
            let key = &mut self.model.keys[key];
            let former = std::mem::replace(&mut key.secret, text(&rotated, "/secret"));
            key.previous = Some((former, until));
        }
    }

    /// Makes a key reach less, or tries to make it reach more.
    pub async fn narrow_key(&mut self) {
        let by = self.somebody();
        let (id, key) = self.a_key(by);
        let path = format!("/v1/api-keys/{id}");
        match self.dice.below(3) {
            0 => self.keep_domains(by, &path, key).await,
            1 => self.lower_capability(by, &path, key).await,
            _ => self.shorten_life(by, &path, key).await,
        }
    }

    async fn keep_domains(&mut self, by: By, path: &str, key: Option<usize>) {
        let mut named = self.some_domains(by);
        // Mostly domains it has.
        if let Some(Reach::Domains(has)) = key.map(|key| &self.model.keys[key].reach)
            && !has.is_empty()
            && self.dice.is(60)
        {
            let has: Vec<usize> = has.iter().copied().collect();
            let kept = self.dice.some_of(&has);
            let kept = if kept.is_empty() { has } else { kept };
            let name = |at: usize| (self.model.domains[at].id.clone(), Some(at));
            named = kept.into_iter().map(name).collect();
        }
        let want = self.model.may_to_key(by, key).and_then(|(who, key)| {
            let reach = &self.model.keys[key].reach;
            for (_, domain) in &named {
                domain
                    .and_then(|domain| self.model.level(who, domain))
                    .ok_or(NOT_FOUND)?;
            }
            let has = |domain: &Option<usize>| match (reach, domain) {
                (Reach::Domains(has), Some(domain)) => has.contains(domain),
                (Reach::Organization, _) => true,
                (Reach::Domains(_), None) => false,
            };
            if named.iter().all(|(_, domain)| has(domain)) {
                self.unless_over(key)
            } else {
                Err(INVALID)
            }
        });
        let ids: Value = named.iter().map(|(name, _)| name.clone()).collect();
        let asked = patch(path, json!({"domain_ids": ids}));
        if let (Some(_), Some(key)) = (self.ask(by, asked, want).await, key) {
            let kept = named.iter().filter_map(|(_, domain)| *domain);
            self.model.keys[key].reach = Reach::Domains(kept.collect());
            self.less_for_all().await;
        }
    }

    fn unless_over(&self, key: usize) -> Want {
        if self.is_over(key) {
            Err(CONFLICT)
        } else {
            Ok(())
        }
    }

    async fn lower_capability(&mut self, by: By, path: &str, key: Option<usize>) {
        let capability = self.dice.one_of(&CAPABILITIES).unwrap();
        let want = self.model.may_to_key(by, key).and_then(|(_, key)| {
            self.unless_over(key)?;
            let had = self.model.keys[key].capability;
            let is_less = had == capability || had == Capability::Full;
            if is_less { Ok(()) } else { Err(INVALID) }
        });
        let asked = patch(path, json!({"capability": capability.word()}));
        if let (Some(_), Some(key)) = (self.ask(by, asked, want).await, key) {
            self.model.keys[key].capability = capability;
            self.less_for_all().await;
        }
    }

    async fn shorten_life(&mut self, by: By, path: &str, key: Option<usize>) {
        let until = self.model.now + self.dice.seconds(60, 30_000);
        let want = self.model.may_to_key(by, key).and_then(|(_, key)| {
            self.unless_over(key)?;
            let had = self.model.keys[key].until;
            if had.is_none_or(|end| until <= end) {
                Ok(())
            } else {
                Err(INVALID)
            }
        });
        let asked = patch(path, json!({"expires_at": Self::at(until)}));
        if let (Some(_), Some(key)) = (self.ask(by, asked, want).await, key) {
            self.model.keys[key].until = Some(until);
        }
    }
}

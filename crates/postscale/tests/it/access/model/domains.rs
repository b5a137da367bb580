//! Operations on domains, and what hangs on one.

use serde_json::json;

use super::{
    rules::CONFLICT,
    run::{Run, delete, get, patch, post, put, text},
    state::{By, Domain, Thing},
};

/// Names both organizations register.
const NAMES: [&str; 5] = [
    "a.test.example",
    "b.test.example",
    "c.test.example",
    "sub.a.test.example",
    "d.test.example",
];
/// Selectors of DKIM keys.
const SELECTORS: [&str; 2] = ["s1", "s2"];
/// Local parts of aliases.
const LOCAL_PARTS: [&str; 4] = ["info", "sales", "help", "jobs"];

impl Run {
    /// Registers a domain.
    pub async fn create_domain(&mut self) {
        let by = self.somebody_in_charge();
        let name = self.dice.one_of(&NAMES).unwrap();
        let want = self.model.operator(by).and_then(|who| {
            let taken = self.model.named(who.organization, name);
            taken.map_or(Ok(()), |_| Err((409, "domain_taken")))
        });
        let organization = self.home(by);
        let asked = post("/v1/domains", json!({"domain": name, "type": "both"}));
        if let Some(made) = self.ask(by, asked, want).await {
            self.model.domains.push(Domain {
                id: text(&made, "/id"),
                name: name.to_owned(),
                organization,
                is_there: true,
                is_ready: false,
                selectors: [].into(),
            });
        }
    }

    /// Looks at a domain.
    pub async fn read_domain(&mut self) {
        let by = self.somebody();
        let (named, domain) = self.a_domain(by);
        let want = self.model.signed_in(by).and_then(|who| {
            let level = domain.and_then(|domain| self.model.level(who, domain));
            self.model.may_read(who, level)
        });
        let part = self.dice.one_of(&["", "/dns", "/dkim"]).unwrap();
        self.ask(by, get(format!("/v1/domains/{named}{part}")), want)
            .await;
    }

    /// Changes a domain's settings.
    pub async fn update_domain(&mut self) {
        let by = self.somebody();
        let (named, domain) = self.a_domain(by);
        let want = self.model.signed_in(by).and_then(|who| {
            let level = domain.and_then(|domain| self.model.level(who, domain));
            self.model.may_write(who, level)
        });
        let body = json!({"catch_all_enabled": self.dice.is(50)});
        self.ask(by, put(format!("/v1/domains/{named}"), body), want)
            .await;
    }

    /// Deletes a domain.
    pub async fn delete_domain(&mut self) {
        let by = self.somebody();
        let (named, domain) = self.a_domain(by);
        let want = self.model.signed_in(by).and_then(|who| {
            let level = domain.and_then(|domain| self.model.level(who, domain));
            self.model.may_destroy(who, level)
        });
        let asked = delete(format!("/v1/domains/{named}"));
        if let (Some(_), Some(domain)) = (self.ask(by, asked, want).await, domain) {
            self.model.forget_domain(domain);
        }
    }

    /// Makes a DKIM key.
    pub async fn create_dkim_key(&mut self) {
        let by = self.somebody();
        let (named, domain) = self.a_domain(by);
        let selector = self.dice.one_of(&SELECTORS).unwrap();
        let want = self.model.signed_in(by).and_then(|who| {
            let level = domain.and_then(|domain| self.model.level(who, domain));
            self.model.may_write(who, level)?;
            let is_taken = |at: usize| self.model.domains[at].selectors.contains(selector);
            if domain.is_some_and(is_taken) {
                Err(CONFLICT)
            } else {
                Ok(())
            }
        });
        let body = json!({"selector": selector, "algorithm": "ed25519"});
        let asked = post(format!("/v1/domains/{named}/dkim"), body);
        if let (Some(_), Some(domain)) = (self.ask(by, asked, want).await, domain) {
            self.model.domains[domain].selectors.insert(selector);
        }
    }

    /// Makes an alias.
    pub async fn create_alias(&mut self) {
        let by = self.somebody();
        let (named, domain) = self.a_domain(by);
        let name = self.dice.one_of(&LOCAL_PARTS).unwrap();
        let want = self.model.signed_in(by).and_then(|who| {
            let level = domain.and_then(|domain| self.model.level(who, domain));
            self.model.may_write(who, level)?;
            let same = |it: &Thing| it.is_there && Some(it.domain) == domain && it.name == name;
            let is_taken = self.model.aliases.iter().any(same);
            if is_taken { Err(CONFLICT) } else { Ok(()) }
        });
        let body = json!({"domain_id": named, "address": name, "action": "store"});
        let made = self.ask(by, post("/v1/aliases", body), want).await;
        if let (Some(made), Some(domain)) = (made, domain) {
            let id = text(&made, "/alias/id");
            self.model.aliases.push(Thing {
                id,
                domain,
                name,
                is_there: true,
            });
        }
    }

    /// Looks at an alias, changes it or deletes it.
    pub async fn use_alias(&mut self) {
        let by = self.somebody();
        let all = self.model.aliases.clone();
        let (id, at) = self.a_thing(by, &all);
        let doing = self.dice.below(3);
        let want = self.on_thing(by, at.map(|at| &all[at]), doing > 0);
        let path = format!("/v1/aliases/{id}");
        let asked = match doing {
            0 => get(path),
            1 => patch(path, json!({"description": "changed"})),
            _ => delete(path),
        };
        let done = self.ask(by, asked, want).await;
        if let (Some(_), Some(at), 2) = (done, at, doing) {
            self.model.aliases[at].is_there = false;
        }
    }

    /// What reading or changing something of a domain must answer.
    pub fn on_thing(&self, by: By, thing: Option<&Thing>, changes: bool) -> super::rules::Want {
        let who = self.model.signed_in(by)?;
        let there = thing.filter(|thing| thing.is_there);
        let level = there.and_then(|thing| self.model.level(who, thing.domain));
        if changes {
            self.model.may_write(who, level)
        } else {
            self.model.may_read(who, level)
        }
    }

    /// Something of a list: mostly of the caller's organization. Its id, and its place.
    pub fn a_thing(&mut self, by: By, all: &[Thing]) -> (String, Option<usize>) {
        let home = self.home(by);
        let places: Vec<usize> = (0..all.len()).collect();
        let is_ours = |at: &usize| {
            all[*at].is_there && self.model.domains[all[*at].domain].organization == home
        };
        let ours: Vec<usize> = places.iter().copied().filter(is_ours).collect();
        let chosen = if self.dice.is(80) { &ours } else { &places };
        match self.dice.one_of(chosen) {
            Some(at) => (all[at].id.clone(), Some(at)),
            None => (super::run::ABSENT.to_owned(), None),
        }
    }
}

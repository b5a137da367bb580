//! Whole listings, compared with what the model says is visible.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    rules::Want,
    run::{Run, get},
    state::{By, Capability, Level, Reach, Role, Status, Thing, Who},
};

impl Run {
    /// Compares every listing of a few credentials.
    pub async fn compare_listings(&mut self) {
        for _ in 0..2 {
            let by = self.somebody();
            self.compare_me(by).await;
            self.compare_domains(by).await;
            for (path, member, all) in [
                ("/v1/aliases", "aliases", self.model.aliases.clone()),
                ("/v1/emails", "emails", self.model.emails.clone()),
                ("/v1/inbound-emails", "emails", self.model.inbound.clone()),
            ] {
                self.compare_things(by, (path, member), &all).await;
            }
            self.compare_webhooks(by).await;
            self.compare_keys(by).await;
            self.compare_users(by).await;
        }
    }

    async fn listed(
        &mut self,
        by: By,
        (path, member): (&str, &str),
        want: Want,
    ) -> Option<BTreeSet<String>> {
        let mut ids = BTreeSet::new();
        loop {
            let asked = get(format!("{path}?limit=100&offset={}", ids.len()));
            let page = self.ask(by, asked, want).await?;
            let rows = page[member].as_array().unwrap();
            let total = page["total"].as_u64();
            ids.extend(
                rows.iter()
                    .map(|row| row["id"].as_str().unwrap().to_owned()),
            );
            let count = u64::try_from(ids.len()).unwrap();
            if rows.len() < 100 || total == Some(count) {
                if total.is_some_and(|total| total != count) {
                    self.disagree(&format!("{path} lists {count} of {total:?}"));
                }
                return Some(ids);
            }
        }
    }

    fn same(&self, what: &str, want: &BTreeSet<String>, got: &BTreeSet<String>) {
        if want != got {
            let missing: Vec<_> = want.difference(got).collect();
            let more: Vec<_> = got.difference(want).collect();
            self.disagree(&format!("{what}: missing {missing:?}, too many {more:?}"));
        }
    }

    async fn compare_domains(&mut self, by: By) {
        let who = self.model.lister(by);
        let got = self
            .listed(by, ("/v1/domains", "domains"), who.map(drop))
            .await;
        if let (Some(got), Ok(who)) = (got, who) {
            let visible = self.model.visible(who).into_keys();
            let want = visible
                .map(|at| self.model.domains[at].id.clone())
                .collect();
            self.same("domains", &want, &got);
        }
    }

    async fn compare_things(&mut self, by: By, (path, member): (&str, &str), all: &[Thing]) {
        let who = self.model.lister(by);
        let got = self.listed(by, (path, member), who.map(drop)).await;
        let (Some(got), Ok(who)) = (got, who) else {
            return;
        };
        let is_seen = |thing: &&Thing| thing.is_there && self.is_listed(who, thing, path);
        let want = all.iter().filter(is_seen).map(|thing| thing.id.clone());
        self.same(path, &want.collect(), &got);
    }

    /// Mail of a domain that is gone stays in the history of who sees the whole organization.
    fn is_listed(&self, who: Who, thing: &Thing, path: &str) -> bool {
        let domain = &self.model.domains[thing.domain];
        let is_history = !domain.is_there && path != "/v1/aliases";
        if is_history {
            domain.organization == who.organization && self.model.is_whole(who)
        } else {
            self.model.level(who, thing.domain).is_some()
        }
    }

    async fn compare_webhooks(&mut self, by: By) {
        let who = self.model.lister(by);
        let got = self.ask(by, get("/v1/webhooks"), who.map(drop)).await;
        if let (Some(got), Ok(who)) = (got, who) {
            let rows = got["webhooks"].as_array().unwrap().iter();
            let got = rows
                .map(|row| row["id"].as_str().unwrap().to_owned())
                .collect();
            let all = 0..self.model.webhooks.len();
            let seen = all.filter(|at| self.model.level_on_webhook(who, *at).is_some());
            let want = seen.map(|at| self.model.webhooks[at].id.clone()).collect();
            self.same("webhooks", &want, &got);
        }
    }

    async fn compare_keys(&mut self, by: By) {
        let who = self.model.person(by);
        let got = self
            .listed(by, ("/v1/api-keys", "api_keys"), who.map(drop))
            .await;
        if let (Some(got), Ok(who)) = (got, who) {
            let keys = self.model.keys.iter();
            let is_seen = |key: &&super::state::Key| {
                let creator = &self.model.users[key.creator];
                !key.is_revoked
                    && creator.organization == who.organization
                    && (who.is_manager() || key.creator == who.user)
            };
            let want = keys.filter(is_seen).map(|key| key.id.clone()).collect();
            self.same("keys", &want, &got);
        }
    }

    async fn compare_users(&mut self, by: By) {
        let who = self.model.manager(by);
        let got = self
            .ask(by, get("/v1/users?limit=100"), who.map(drop))
            .await;
        let (Some(got), Ok(who)) = (got, who) else {
            return;
        };
        let row = |row: &Value| {
            let word = |member: &str| row[member].as_str().unwrap().to_owned();
            let count = |member: &str| row[member].as_u64().unwrap();
            (
                word("id"),
                (
                    word("role"),
                    word("status"),
                    count("domain_count"),
                    count("api_key_count"),
                ),
            )
        };
        let got: BTreeMap<_, _> = got["users"].as_array().unwrap().iter().map(row).collect();
        let all = self.model.users.iter().enumerate();
        let ours = all.filter(|(_, user)| {
            user.organization == who.organization && user.status != Status::Deleted
        });
        let want: BTreeMap<_, _> = ours.map(|(at, _)| self.row_of_user(at)).collect();
        if got != want {
            self.disagree(&format!("users: want {want:?}, got {got:?}"));
        }
    }

    fn row_of_user(&self, at: usize) -> (String, (String, String, u64, u64)) {
        let user = &self.model.users[at];
        let status = if user.status == Status::Active {
            "active"
        } else {
            "deactivated"
        };
        let domains = if user.status != Status::Active {
            0
        } else if user.role == Role::Member {
            let grants = user.grants.values();
            grants
                .filter(|grant| self.model.is_in_force(grant.until))
                .count()
        } else {
            self.model.domains_of(user.organization).len()
        };
        let keys = self.model.keys.iter().filter(|key| {
            key.creator == at && !key.is_revoked && self.model.is_in_force(key.until)
        });
        let counts = (
            u64::try_from(domains).unwrap(),
            u64::try_from(keys.count()).unwrap(),
        );
        (
            user.id.clone(),
            (user.role.word().into(), status.into(), counts.0, counts.1),
        )
    }

    /// Compares what a credential is told of its own reach.
    pub async fn compare_me(&mut self, by: By) {
        let who = self.model.signed_in(by);
        let got = self.ask(by, get("/v1/me"), who.map(drop)).await;
        let (Some(got), Ok(who)) = (got, who) else {
            return;
        };
        let row = |row: &Value| {
            let word = |member: &str| row[member].as_str().unwrap().to_owned();
            (word("domain_id"), word("access"))
        };
        let reached: BTreeMap<_, _> = got["domains"].as_array().unwrap().iter().map(row).collect();
        let is_reading = self.model.capability(who) == Some(Capability::Read);
        let visible = self.model.visible(who).into_iter();
        let want: BTreeMap<_, _> = visible
            .map(|(at, level)| {
                let level = if is_reading { Level::Read } else { level };
                (self.model.domains[at].id.clone(), level.word().to_owned())
            })
            .collect();
        if got["role"] != who.role.word() || reached != want {
            self.disagree(&format!("{by:?}: want {:?} {want:?}, got {got}", who.role));
        }
        let Some(key) = who.key else { return };
        // What a key reaches, its creator does, and the key names.
        let creator = Who {
            key: None,
            session: None,
            ..who
        };
        let creators = self.model.visible(creator);
        let reach = &self.model.keys[key].reach;
        for (at, level) in self.model.visible(who) {
            let is_named = match reach {
                Reach::Organization => true,
                Reach::Domains(named) => named.contains(&at),
            };
            assert!(
                is_named && creators.get(&at) >= Some(&level),
                "a key beyond its creator"
            );
        }
    }

    /// After something was taken from somebody: everybody has what the model says, and no more.
    pub async fn less_for_all(&mut self) {
        let mut live = self.model.live();
        while live.len() > 4 {
            let out = self.dice.below(live.len());
            live.remove(out);
        }
        for by in live {
            self.compare_me(by).await;
        }
    }
}

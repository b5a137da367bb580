//! Operations on users: roles, access lists, off-boarding, ownership.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    rules::{Deed, NOT_FOUND, Refusal, STALE, Want},
    run::{Run, delete, get, patch, post, put},
    state::{By, Grant, Level, Role, Status},
};

const LAST_OWNER: Refusal = (409, "last_owner");
const DEACTIVATED: Refusal = (409, "user_deactivated");
const ROLES: [Role; 4] = [Role::Member, Role::Member, Role::Admin, Role::Owner];

impl Run {
    /// A user, mostly one of the caller's organization.
    fn a_user(&mut self, by: By) -> (String, Option<usize>) {
        let home = self.home(by);
        let places: Vec<usize> = (0..self.model.users.len()).collect();
        let is_ours = |at: &usize| {
            let user = &self.model.users[*at];
            user.organization == home && user.status != Status::Deleted
        };
        let ours: Vec<usize> = places.iter().copied().filter(is_ours).collect();
        let chosen = if self.dice.is(90) { &ours } else { &places };
        match self.dice.one_of(chosen).filter(|_| !self.dice.is(2)) {
            Some(at) => (self.model.users[at].id.clone(), Some(at)),
            None => (super::run::ABSENT.to_owned(), None),
        }
    }

    fn unless_last_owner(&self, user: usize) -> Want {
        if self.model.is_last_owner(user) {
            Err(LAST_OWNER)
        } else {
            Ok(())
        }
    }

    /// Looks at a user or at their access list.
    pub async fn read_user(&mut self) {
        let by = self.somebody_in_charge();
        let (id, user) = self.a_user(by);
        let want = self.model.may_to_user(by, user, Deed::Look).map(drop);
        if self.dice.is(50) {
            self.ask(by, get(format!("/v1/users/{id}")), want).await;
            return;
        }
        let asked = get(format!("/v1/users/{id}/domain-access"));
        if let (Some(list), Some(user)) = (self.ask(by, asked, want).await, user) {
            self.compare_access(&list, user);
        }
    }

    fn compare_access(&self, list: &Value, user: usize) {
        let user = &self.model.users[user];
        let lines = list["domains"].as_array().unwrap().iter();
        let word = |line: &Value, member: &str| line[member].as_str().unwrap().to_owned();
        let got: BTreeMap<String, (String, String)> = lines
            .map(|line| {
                (
                    word(line, "domain_id"),
                    (word(line, "access"), word(line, "status")),
                )
            })
            .collect();
        let name = |at: usize| self.model.domains[at].id.clone();
        let want: BTreeMap<String, (String, String)> = if user.role == Role::Member {
            let status = |grant: &Grant| match self.model.is_in_force(grant.until) {
                true => "active",
                false => "expired",
            };
            let lines = user.grants.iter();
            lines
                .map(|(at, grant)| (name(*at), (grant.level.word().into(), status(grant).into())))
                .collect()
        } else {
            let all = self.model.domains_of(user.organization).into_iter();
            all.map(|at| (name(at), ("read_write".into(), "active".into())))
                .collect()
        };
        if got != want {
            self.disagree(&format!("access list: want {want:?}, got {got:?}"));
        }
    }

    /// Gives a user a role.
    pub async fn set_role(&mut self) {
        let by = self.somebody_in_charge();
        let (id, user) = self.a_user(by);
        let role = self.dice.one_of(&ROLES).unwrap();
        let deed = if role == Role::Owner {
            Deed::Own
        } else {
            Deed::Manage
        };
        let want = self
            .model
            .may_to_user(by, user, deed)
            .and_then(|(who, user)| {
                if role == Role::Owner && !self.model.is_recent(who) {
                    return Err(STALE);
                }
                let there = &self.model.users[user];
                if there.status != Status::Active {
                    Err(DEACTIVATED)
                } else if there.role == role {
                    Ok(())
                } else {
                    self.unless_last_owner(user)
                }
            });
        let asked = patch(format!("/v1/users/{id}"), json!({"role": role.word()}));
        if let (Some(_), Some(user)) = (self.ask(by, asked, want).await, user) {
            let is_less = role < self.model.users[user].role;
            self.model.set_role(user, role);
            if is_less {
                self.less_for_all().await;
            }
        }
    }

    /// Replaces an access list.
    pub async fn replace_access(&mut self) {
        let by = self.somebody_in_charge();
        let (id, user) = self.a_user(by);
        let mut lines: BTreeMap<usize, Grant> = BTreeMap::new();
        let mut names: Vec<Value> = Vec::new();
        let mut is_absent = false;
        for _ in 0..self.dice.below(4) {
            let (name, domain) = self.a_domain(by);
            let home = self.home(by);
            let domain = domain.filter(|at| self.model.domains[*at].organization == home);
            let level = if self.dice.is(50) {
                Level::Read
            } else {
                Level::Write
            };
            let until = self
                .dice
                .is(20)
                .then(|| self.model.now + self.dice.seconds(60, 40_000));
            let line = json!({
                "domain_id": name,
                "access": level.word(),
                "expires_at": until.map(Self::at),
            });
            match domain {
                None => is_absent = true,
                Some(domain) if lines.contains_key(&domain) => continue,
                Some(domain) => {
                    lines.insert(domain, Grant { level, until });
                }
            }
            names.push(line);
        }
        let want = self
            .model
            .may_to_user(by, user, Deed::Manage)
            .and_then(|(_, user)| {
                let there = &self.model.users[user];
                if is_absent {
                    Err(NOT_FOUND)
                } else if there.role != Role::Member {
                    Err((409, "not_a_member"))
                } else if there.status != Status::Active {
                    Err(DEACTIVATED)
                } else {
                    Ok(())
                }
            });
        let asked = put(
            format!("/v1/users/{id}/domain-access"),
            json!({"domains": names}),
        );
        if let (Some(list), Some(user)) = (self.ask(by, asked, want).await, user) {
            self.model.users[user].grants = lines;
            self.compare_access(&list, user);
            self.less_for_all().await;
        }
    }

    /// Deactivates a user, lets them in again, deletes them or ends their sessions.
    pub async fn off_board(&mut self) {
        let by = self.somebody_in_charge();
        let (id, user) = self.a_user(by);
        let doing = self.dice.below(6);
        let may = self.model.may_to_user(by, user, Deed::Manage);
        let ends = doing == 0 || doing == 1;
        let want = may.and_then(|(_, user)| {
            if ends {
                self.unless_last_owner(user)
            } else {
                Ok(())
            }
        });
        let path = format!("/v1/users/{id}");
        let asked = match doing {
            0 => delete(path),
            1 => post(format!("{path}/deactivate"), json!({})),
            2 => delete(format!("{path}/sessions")),
            _ => post(format!("{path}/reactivate"), json!({})),
        };
        let (Some(_), Some(user)) = (self.ask(by, asked, want).await, user) else {
            return;
        };
        match doing {
            0 => self.model.off_board(user, Status::Deleted),
            1 => self.model.off_board(user, Status::Deactivated),
            2 => self.model.end_sessions(|session| session.user == user),
            _ => {
                let there = &mut self.model.users[user];
                if there.status == Status::Deactivated {
                    (there.status, there.role) = (Status::Active, Role::Member);
                }
            }
        }
        if doing < 3 {
            self.less_for_all().await;
        }
    }

    /// Hands the organization on.
    pub async fn transfer(&mut self) {
        let by = self.somebody_in_charge();
        let (id, user) = self.a_user(by);
        let want = self
            .model
            .may_to_user(by, user, Deed::Own)
            .and_then(|(who, user)| {
                if !self.model.is_recent(who) {
                    Err(STALE)
                } else if user == who.user {
                    Err((400, "invalid_request"))
                } else if self.model.users[user].status != Status::Active {
                    Err(DEACTIVATED)
                } else {
                    Ok(())
                }
            });
        let own = self.model.who(by).map(|who| who.user);
        let asked = post(
            "/v1/organization/transfer-ownership",
            json!({"user_id": id}),
        );
        if let (Some(_), Some(heir), Some(own)) = (self.ask(by, asked, want).await, user, own) {
            self.model.set_role(heir, Role::Owner);
            self.model.set_role(own, Role::Admin);
        }
    }

    /// Leaves the organization.
    pub async fn leave(&mut self) {
        let by = self.somebody();
        let who = self.model.person(by);
        let want = who.and_then(|who| self.unless_last_owner(who.user));
        if self
            .ask(by, post("/v1/me/leave", json!({})), want)
            .await
            .is_some()
            && let Ok(who) = who
        {
            self.model.off_board(who.user, Status::Deactivated);
            self.less_for_all().await;
        }
    }

    /// Reads the audit log.
    pub async fn read_audit(&mut self) {
        let by = self.somebody();
        let want = self.model.manager(by).map(drop);
        self.ask(by, get("/v1/audit?limit=1"), want).await;
    }
}

//! Operations on invitations, by those who invite and by those who hold a link.

use postscale_store::params;
use serde_json::{Value, json};

use super::{
    rules::{FORBIDDEN, NOT_FOUND, Refusal, Want},
    run::{Run, delete, post, text},
    state::{Fate, Invitation, Level, Role, Status},
};

const DAY: i64 = 24 * 3600;
/// How long a link is good.
const LIFETIME: i64 = 7 * DAY;
/// Mails of one organization or to one address: how many in how long.
const RATES: [(usize, i64, bool); 3] = [(20, 3600, false), (100, DAY, false), (3, DAY, true)];
const OVER: Refusal = (409, "invitation_not_pending");

impl Run {
    /// Invites somebody.
    pub async fn invite(&mut self) {
        let by = self.somebody_in_charge();
        let person = self.dice.below(self.model.people.len());
        let role = match self.dice.below(12) {
            0 => Role::Owner,
            1..=3 => Role::Admin,
            _ => Role::Member,
        };
        let mut domains: Vec<(usize, Level)> = Vec::new();
        let mut named: Vec<Value> = Vec::new();
        let mut is_absent = false;
        if role == Role::Member {
            for _ in 0..self.dice.below(3) {
                let (name, domain) = self.a_domain(by);
                let home = self.home(by);
                let domain = domain.filter(|at| self.model.domains[*at].organization == home);
                let level = if self.dice.is(50) {
                    Level::Read
                } else {
                    Level::Write
                };
                match domain {
                    None => is_absent = true,
                    Some(at) if domains.iter().any(|(known, _)| *known == at) => continue,
                    Some(at) => domains.push((at, level)),
                }
                named.push(json!({"domain_id": name, "access": level.word()}));
            }
        }
        let want = self.model.manager(by).and_then(|who| {
            if role == Role::Owner {
                return Err(FORBIDDEN);
            }
            if is_absent {
                return Err(NOT_FOUND);
            }
            self.standing(who.organization, person)?;
            self.within_rates(who.organization, person)
        });
        let email = self.model.people[person].clone();
        let asked = post(
            "/v1/invitations",
            json!({"email": email, "role": role.word(), "domains": named}),
        );
        let made = self.ask(by, asked, want).await;
        let (Some(made), Some(who)) = (made, self.model.who(by)) else {
            return;
        };
        let (now, organization) = (self.model.now, who.organization);
        for before in &mut self.model.invitations {
            if before.organization == organization
                && before.person == person
                && before.fate == Fate::Pending
            {
                before.fate = if before.until > now {
                    Fate::Superseded
                } else {
                    Fate::Over
                };
                before.code = None;
            }
        }
        self.model.invited.push((organization, person, now));
        self.model.invitations.push(Invitation {
            id: text(&made, "/id"),
            token: self.mailed_token(person).await,
            former: Vec::new(),
            organization,
            person,
            role,
            domains,
            inviter: who.user,
            until: now + LIFETIME,
            fate: Fate::Pending,
            code: None,
            codes: 0,
        });
    }

    pub fn standing(&self, organization: usize, person: usize) -> Want {
        let user = self.model.membership(organization, person);
        match user.map(|user| self.model.users[user].status) {
            Some(Status::Active) => Err((409, "already_member")),
            Some(Status::Deactivated) => Err((409, "user_deactivated")),
            Some(Status::Deleted) | None => Ok(()),
        }
    }

    fn within_rates(&self, organization: usize, person: usize) -> Want {
        for (count, within, is_of_address) in RATES {
            let sent = self.model.invited.iter().filter(|(from, to, at)| {
                *from == organization
                    && (!is_of_address || *to == person)
                    && self.model.now < at + within
            });
            if sent.count() >= count {
                return Err((429, "rate_limit_exceeded"));
            }
        }
        Ok(())
    }

    /// The newest mail to a person.
    pub async fn newest_mail(&self, person: usize) -> String {
        let sql =
            "SELECT body FROM system_emails WHERE recipient = $1 ORDER BY created_at DESC LIMIT 1";
        let mut tx = self.app.app.store.read().await.unwrap();
        let rows = tx
            .query(sql, &params![&self.model.people[person]])
            .await
            .unwrap();
        let octets = rows
            .first()
            .expect("a mail")
            .bytes("body")
            .unwrap()
            .to_vec();
        String::from_utf8(octets)
            .unwrap()
            .replace("=\r\n", "")
            .replace("=3D", "=")
    }

    async fn mailed_token(&self, person: usize) -> String {
        let mail = self.newest_mail(person).await;
        let (_, link) = mail.split_once("/invitations/").expect("a link");
        link[..64].to_owned()
    }

    pub async fn mailed_code(&self, person: usize) -> String {
        let mail = self.newest_mail(person).await;
        let (_, code) = mail.split_once("Your code is").expect("a code");
        code.trim_start()[..6].to_owned()
    }

    /// An invitation, mostly one that can still be accepted.
    pub fn an_invitation(&mut self) -> Option<usize> {
        let all: Vec<usize> = (0..self.model.invitations.len()).collect();
        let good: Vec<usize> = all.iter().copied().filter(|at| self.is_good(*at)).collect();
        let chosen = if self.dice.is(85) { &good } else { &all };
        self.dice.one_of(chosen)
    }

    pub fn is_good(&self, at: usize) -> bool {
        let invitation = &self.model.invitations[at];
        invitation.fate == Fate::Pending && invitation.until > self.model.now
    }

    /// Mails an invitation again, or takes it back.
    pub async fn manage_invitation(&mut self) {
        let by = self.somebody_in_charge();
        let at = self.an_invitation();
        let resends = self.dice.is(60);
        let want = self.model.manager(by).and_then(|who| {
            let ours = at.filter(|at| {
                let invitation = &self.model.invitations[*at];
                invitation.organization == who.organization && invitation.fate != Fate::Superseded
            });
            let at = ours.ok_or(NOT_FOUND)?;
            if !self.is_good(at) {
                return Err(OVER);
            }
            if resends {
                let person = self.model.invitations[at].person;
                self.standing(who.organization, person)?;
                self.within_rates(who.organization, person)?;
            }
            Ok(())
        });
        let id = at.map_or(super::run::ABSENT, |at| &self.model.invitations[at].id);
        let path = format!("/v1/invitations/{id}");
        let asked = if resends {
            post(format!("{path}/resend"), json!({}))
        } else {
            delete(path)
        };
        let (Some(_), Some(at)) = (self.ask(by, asked, want).await, at) else {
            return;
        };
        if !resends {
            self.model.invitations[at].fate = Fate::Over;
            return;
        }
        let person = self.model.invitations[at].person;
        let token = self.mailed_token(person).await;
        let now = self.model.now;
        let invitation = &mut self.model.invitations[at];
        let former = std::mem::replace(&mut invitation.token, token);
        invitation.former.push(former);
        (invitation.until, invitation.code, invitation.codes) = (now + LIFETIME, None, 0);
        let organization = invitation.organization;
        self.model.invited.push((organization, person, now));
    }
}

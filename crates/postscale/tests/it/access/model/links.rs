//! Operations by who holds the link of an invitation.

use postscale_store::params;
use serde_json::json;

use super::{
    rules::{NOT_FOUND, Refusal, Want},
    run::{Run, body, get, post},
    sessions::{PASSWORD, cookie},
    state::{By, Fate, Grant, Invitation, Role, Status, User},
};

/// How long a code is good.
const CODE_LIFETIME: i64 = 600;
/// Codes mailed for one link.
const CODES_MAX: usize = 10;
const WRONG_CODE: Refusal = (400, "invalid_request");

impl Run {
    /// A link, and the invitation if it is its newest.
    fn a_link(&mut self) -> (String, Option<usize>) {
        let Some(at) = self.an_invitation() else {
            return ("none".to_owned(), None);
        };
        let invitation = &self.model.invitations[at];
        if self.dice.is(5) && !invitation.former.is_empty() {
            return (invitation.former[0].clone(), None);
        }
        let is_good = self.is_good(at);
        (invitation.token.clone(), is_good.then_some(at))
    }

    /// Looks at a link.
    pub async fn read_link(&mut self) {
        let by = self.somebody();
        let (token, at) = self.a_link();
        let want = at.map(drop).ok_or(NOT_FOUND);
        self.ask(by, get(format!("/v1/invitations/{token}")), want)
            .await;
    }

    fn open_to_strangers(&self, at: usize) -> Want {
        let invitation = &self.model.invitations[at];
        self.standing(invitation.organization, invitation.person)?;
        if self.model.memberships(invitation.person).is_empty() {
            Ok(())
        } else {
            Err((409, "sign_in_required"))
        }
    }

    /// Accepts an invitation: mostly as who was invited.
    pub async fn accept(&mut self) {
        let (token, at) = self.a_link();
        let by = self.who_accepts(at);
        let person = self.model.who(by).and_then(|who| who.session);
        let person = person.map(|session| self.model.sessions[session].person);
        let want = at.ok_or(NOT_FOUND).and_then(|at| match person {
            None => self.open_to_strangers(at),
            Some(person) if person == self.model.invitations[at].person => {
                self.standing(self.model.invitations[at].organization, person)
            }
            Some(_) => Err((409, "wrong_account")),
        });
        let is_mailed = want.is_ok() && person.is_none();
        let want = want.and_then(|()| match at.filter(|_| is_mailed) {
            Some(at) if self.model.invitations[at].codes >= CODES_MAX => {
                Err((409, "too_many_codes"))
            }
            _ => Ok(()),
        });
        let body = json!({"token": token, "name": "Nora New", "password": PASSWORD});
        let done = self
            .try_out(by, post("/v1/invitations/accept", body), want)
            .await;
        let (Some(_), Some(at)) = (done, at) else {
            return;
        };
        if is_mailed {
            let code = self.mailed_code(self.model.invitations[at].person).await;
            let until = self.model.now + CODE_LIFETIME;
            let invitation = &mut self.model.invitations[at];
            invitation.code = Some((code, until));
            invitation.codes += 1;
        } else if let By::Session(session) = by {
            let user = self.joined(at).await;
            self.model.sessions[session].user = user;
        }
    }

    fn who_accepts(&mut self, at: Option<usize>) -> By {
        let Some(at) = at.filter(|_| self.dice.is(80)) else {
            return self.somebody();
        };
        let person = self.model.invitations[at].person;
        let sessions = self.model.live().into_iter();
        let own: Vec<By> = sessions
            .filter(|by| matches!(by, By::Session(at) if self.model.sessions[*at].person == person))
            .collect();
        self.dice.one_of(&own).unwrap_or(By::Nobody)
    }

    /// A new membership; its id is learned by whoever manages.
    async fn joined(&mut self, at: usize) -> usize {
        let invitation = &mut self.model.invitations[at];
        invitation.fate = Fate::Over;
        invitation.code = None;
        let Invitation {
            organization,
            person,
            role,
            ..
        } = *invitation;
        let domains = invitation.domains.clone();
        let sql = "SELECT u.id FROM users u JOIN persons p ON p.id = u.person_id \
                   WHERE u.organization_id = $1 AND p.email = $2 AND u.status <> 'deleted'";
        let mut tx = self.app.app.store.read().await.unwrap();
        let named = params![
            &self.model.organizations[organization],
            &self.model.people[person]
        ];
        let row = tx.query_one(sql, &named).await.unwrap();
        let grant = |level| Grant { level, until: None };
        let grants = domains
            .into_iter()
            .map(|(domain, level)| (domain, grant(level)));
        self.model.users.push(User {
            id: row.text("id").unwrap(),
            organization,
            person,
            role,
            status: Status::Active,
            grants: grants.filter(|_| role == Role::Member).collect(),
        });
        self.model.users.len() - 1
    }

    /// Somebody new gives the mailed code.
    pub async fn verify_invitation(&mut self) {
        let waiting: Vec<usize> = (0..self.model.invitations.len())
            .filter(|at| self.model.invitations[*at].code.is_some())
            .collect();
        let Some(at) = self.dice.one_of(&waiting) else {
            return self.accept().await;
        };
        let invitation = &self.model.invitations[at];
        let (token, person) = (invitation.token.clone(), invitation.person);
        let (code, until) = invitation.code.clone().expect("a code that waits");
        let is_right = self.dice.is(85);
        let is_good = self.is_good(at);
        let is_in_time = until > self.model.now;
        let want = is_good.then_some(()).ok_or(NOT_FOUND).and_then(|()| {
            self.open_to_strangers(at)?;
            if is_right && is_in_time {
                Ok(())
            } else {
                Err(WRONG_CODE)
            }
        });
        let is_counted = want == Err(WRONG_CODE) && is_in_time;
        let given = if is_right { code } else { "x".to_owned() };
        let asked = post(
            "/v1/invitations/verify-email",
            json!({"token": token, "code": given}),
        );
        let answer = self.try_out(By::Nobody, asked, want).await;
        if is_counted {
            self.model.invitations[at].code = None;
            self.use_up_code(&token).await;
        }
        let Some(answer) = answer else { return };
        assert!(body(&answer).is_object());
        self.model.end_sessions(|session| session.person == person);
        let user = self.joined(at).await;
        self.begin_session(cookie(&answer), person, user);
    }

    /// Gives wrong codes until the code is worth nothing any more, so that the model need not count.
    async fn use_up_code(&mut self, token: &str) {
        for _ in 0..4 {
            let asked = post(
                "/v1/invitations/verify-email",
                json!({"token": token, "code": "x"}),
            );
            self.try_out(By::Nobody, asked, Err(WRONG_CODE)).await;
        }
    }
}

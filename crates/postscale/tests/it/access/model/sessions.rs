//! Operations on sessions, and what a caller does about themselves.

use postscale_testkit::Answer;
use serde_json::{Value, json};

use super::{
    rules::{NOT_FOUND, Refusal},
    run::{Run, body, delete, get, post},
    state::{By, Session},
};

/// What everybody signs in with.
pub const PASSWORD: &str = "correct horse battery staple";
const WRONG: Refusal = (401, "invalid_credentials");

/// The session's token in an answer that begins or renews one.
pub fn cookie(answer: &Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter();
    let cookies = cookies.map(|cookie| cookie.to_str().unwrap());
    let session = cookies
        .filter_map(|cookie| cookie.split_once('='))
        .find(|(name, _)| name.ends_with("_session"));
    let (_, value) = session.expect("a cookie of a session");
    value.split(';').next().unwrap().to_owned()
}

impl Run {
    /// Signs in somebody who is not.
    pub async fn sign_in(&mut self) {
        let signed_in = |person: usize| {
            let mut sessions = self.model.sessions.iter();
            sessions.any(|it| it.person == person && self.model.is_live_session(it))
        };
        let people = 0..self.model.people.len();
        let has_login = |person: &usize| self.model.users.iter().any(|user| user.person == *person);
        let out: Vec<usize> = people
            .filter(has_login)
            .filter(|person| !signed_in(*person))
            .collect();
        let Some(person) = self.dice.one_of(&out) else {
            return;
        };
        let user = self.model.memberships(person).first().copied();
        let email = self.model.people[person].clone();
        let asked = post(
            "/v1/auth/login",
            json!({"email": email, "password": PASSWORD}),
        );
        let want = user.map(drop).ok_or(WRONG);
        let answer = self.try_out(By::Nobody, asked, want).await;
        if let (Some(answer), Some(user)) = (answer, user) {
            self.begin_session(cookie(&answer), person, user);
        }
    }

    /// A person has a new session.
    pub fn begin_session(&mut self, token: String, person: usize, user: usize) {
        let now = self.model.now;
        self.model.sessions.push(Session {
            token,
            person,
            user,
            began: now,
            authenticated: now,
            seen: now,
            noted: None,
            is_renewal_due: false,
            is_open: true,
        });
    }

    /// The first thing a session looks at after a promotion brings it another token, nothing else does.
    pub fn keep_renewed(&mut self, at: usize, looked: &Answer) {
        let session = &mut self.model.sessions[at];
        let is_renewed = looked.headers.contains_key("set-cookie");
        if is_renewed == session.is_renewal_due {
            session.is_renewal_due = false;
            if is_renewed {
                session.token = cookie(looked);
            }
        } else {
            self.disagree(&format!("another token: {is_renewed}"));
        }
    }

    /// Gives the password again.
    pub async fn reauthenticate(&mut self) {
        let sessions = self.model.live().into_iter();
        let sessions: Vec<By> = sessions.filter(|by| matches!(by, By::Session(_))).collect();
        let Some(by @ By::Session(at)) = self.dice.one_of(&sessions) else {
            return;
        };
        let asked = post("/v1/auth/reauthenticate", json!({"password": PASSWORD}));
        if let Some(answer) = self.try_out(by, asked, Ok(())).await {
            let now = self.model.now;
            let session = &mut self.model.sessions[at];
            session.token = cookie(&answer);
            session.is_renewal_due = false;
            session.authenticated = now;
        }
    }

    /// Signs out.
    pub async fn sign_out(&mut self) {
        let by = self.somebody();
        // Keys have nothing to sign out of.
        let By::Session(at) = by else { return };
        self.ask(by, post("/v1/auth/logout", json!({})), Ok(()))
            .await;
        self.model.sessions[at].is_open = false;
    }

    /// Lists the own sessions and ends one of them, or tries to end somebody else's.
    pub async fn end_session(&mut self) {
        let by = self.somebody();
        let want = self.model.person(by).map(drop);
        let listed = self.ask(by, get("/v1/me/sessions"), want).await;
        let (Some(listed), By::Session(at)) = (listed, by) else {
            return;
        };
        let person = self.model.sessions[at].person;
        let rows: Vec<Value> = listed["sessions"].as_array().unwrap().clone();
        let own =
            |session: &&Session| session.person == person && self.model.is_live_session(session);
        let count = self.model.sessions.iter().filter(own).count();
        if rows.len() != count {
            self.disagree(&format!("{count} sessions, got {listed}"));
        }
        let chosen = self.dice.one_of(&rows).expect("the one that asks");
        let began = chosen["created_at"].as_str().unwrap().to_owned();
        let id = chosen["id"].as_str().unwrap();
        let path = format!("/v1/me/sessions/{id}");
        let live = self.model.live().into_iter();
        let strangers: Vec<By> = live
            .filter(|by| matches!(by, By::Session(at) if self.model.sessions[*at].person != person))
            .collect();
        if let Some(stranger) = self.dice.one_of(&strangers)
            && self.dice.is(30)
        {
            self.ask(stranger, delete(path), Err(NOT_FOUND)).await;
            return;
        }
        self.ask(by, delete(path), Ok(())).await;
        self.model
            .end_sessions(|session| session.person == person && Self::at(session.began) == began);
    }

    /// Goes on in another organization.
    pub async fn switch(&mut self) {
        let by = self.somebody();
        let to = self.dice.below(self.model.organizations.len());
        let want = self.model.person(by).and_then(|who| {
            let person = self.model.users[who.user].person;
            let all = self.model.memberships(person).into_iter();
            let there: Vec<usize> = all
                .filter(|user| self.model.users[*user].organization == to)
                .collect();
            there.first().copied().ok_or(NOT_FOUND)
        });
        let id = self.model.organizations[to].clone();
        let asked = post("/v1/auth/switch", json!({"organization_id": id}));
        let done = self.ask(by, asked, want.map(drop)).await;
        if let (Some(_), By::Session(at), Ok(user)) = (done, by, want) {
            self.model.sessions[at].user = user;
        }
    }

    /// Writes down when credentials were last used, as an instance does by itself.
    pub async fn write_uses(&mut self) {
        self.app.write_uses().await;
        self.note("uses are written down".to_owned());
        for session in &mut self.model.sessions {
            session.seen = session.noted.take().unwrap_or(session.seen);
        }
    }

    /// Founds an organization: a sign-up and the mailed code.
    pub async fn found(&mut self, person: usize) {
        let email = self.model.people[person].clone();
        let wanted = json!({
            "email": email,
            "password": PASSWORD,
            "name": "Ann",
            "organization": format!("Organization {person}"),
        });
        self.ask(By::Nobody, post("/v1/auth/signup", wanted), Ok(()))
            .await;
        let code = self.mailed_code(person).await;
        let given = json!({"email": email, "code": code});
        let asked = post("/v1/auth/verify-email", given);
        let answer = self.try_out(By::Nobody, asked, Ok(())).await.unwrap();
        let made = body(&answer);
        let organization = made["organization"]["id"].as_str().unwrap();
        self.model.organizations.push(organization.to_owned());
        self.model.users.push(super::state::User {
            id: made["user"]["id"].as_str().unwrap().to_owned(),
            organization: self.model.organizations.len() - 1,
            person,
            role: super::state::Role::Owner,
            status: super::state::Status::Active,
            grants: [].into(),
        });
        let user = self.model.users.len() - 1;
        self.begin_session(cookie(&answer), person, user);
    }
}

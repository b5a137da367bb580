//! Operations on sent and received mail.

use serde_json::json;

use super::{
    rules::NOT_FOUND,
    run::{Run, delete, get, post, text},
    state::Thing,
};

impl Run {
    /// Sends a message.
    pub async fn send(&mut self) {
        let by = self.somebody();
        let (_, domain) = self.a_domain(by);
        let home = self.home(by);
        let name = match domain {
            Some(domain) => self.model.domains[domain].name.clone(),
            None => "nowhere.example".to_owned(),
        };
        let meant = self.model.named(home, &name);
        let want = self.model.signed_in(by).and_then(|who| {
            let level = meant.and_then(|domain| self.model.level(who, domain));
            self.model.may_send(who, level)?;
            let is_ready = meant.is_some_and(|domain| self.model.domains[domain].is_ready);
            if is_ready {
                Ok(())
            } else {
                Err((403, "domain_not_ready"))
            }
        });
        let body = json!({
            "from": format!("ann@{name}"),
            "to": ["carol@far.example"],
            "subject": "Hello",
            "text_body": "Hello Carol.",
        });
        let sent = self.ask(by, post("/v1/send", body), want).await;
        if let (Some(sent), Some(domain)) = (sent, meant) {
            let id = text(&sent, "/id");
            self.model.emails.push(Thing {
                id,
                domain,
                name: "",
                is_there: true,
            });
        }
    }

    /// Looks at a sent message; what it says is shown to who may write.
    pub async fn read_email(&mut self) {
        let by = self.somebody();
        let all = self.model.emails.clone();
        let (id, at) = self.a_thing(by, &all);
        let want = self.on_thing(by, at.map(|at| &all[at]), false);
        let shown = self.on_thing(by, at.map(|at| &all[at]), true).is_ok();
        if self.dice.is(30) {
            self.ask(by, get(format!("/v1/emails/{id}/events")), want)
                .await;
            return;
        }
        let read = self.ask(by, get(format!("/v1/emails/{id}")), want).await;
        if let Some(read) = read
            && read["email"]["text_body"].is_string() != shown
        {
            self.disagree(&format!(
                "what a message says is to be shown: {shown}, got {read}"
            ));
        }
    }

    /// Looks at a received message, has it processed again or deletes it.
    pub async fn use_inbound(&mut self) {
        let by = self.somebody();
        let all = self.model.inbound.clone();
        let (id, at) = self.a_thing(by, &all);
        let doing = self.dice.below(4);
        let want = self.on_thing(by, at.map(|at| &all[at]), doing > 1);
        let shown = self.on_thing(by, at.map(|at| &all[at]), true).is_ok();
        let path = format!("/v1/inbound-emails/{id}");
        let asked = match doing {
            0 | 1 => get(path),
            2 => post(format!("{path}/replay"), json!({})),
            _ => delete(path),
        };
        let Some(done) = self.ask(by, asked, want).await else {
            return;
        };
        if doing < 2 && done["email"]["text"].is_string() != shown {
            self.disagree(&format!(
                "what a message says is to be shown: {shown}, got {done}"
            ));
        }
        if let (3, Some(at)) = (doing, at) {
            self.model.inbound[at].is_there = false;
        }
    }

    /// A message arrives.
    pub async fn receive(&mut self) {
        let there: Vec<usize> = (0..self.model.domains.len())
            .filter(|at| self.model.domains[*at].is_there)
            .collect();
        let Some(domain) = self.dice.one_of(&there) else {
            return;
        };
        let to = &self.model.domains[domain];
        let organization = &self.model.organizations[to.organization];
        let id = self.app.receive(organization, &to.id, &to.name).await;
        self.note(format!("{} receives {id}", to.name));
        self.model.inbound.push(Thing {
            id,
            domain,
            name: "",
            is_there: true,
        });
    }

    /// Asks for an attachment that is none.
    pub async fn read_attachment(&mut self) {
        let by = self.somebody();
        let all = self.model.inbound.clone();
        let (id, at) = self.a_thing(by, &all);
        let want = self.on_thing(by, at.map(|at| &all[at]), true);
        let absent = super::run::ABSENT;
        let path = format!("/v1/inbound-emails/{id}/attachments/{absent}/download");
        self.ask(by, get(path), want.and(Err(NOT_FOUND))).await;
    }
}

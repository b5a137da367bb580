//! Operations on webhooks.

use serde_json::json;

use super::{
    rules::{INSUFFICIENT, Refusal},
    run::{ABSENT, Run, delete, get, patch, post, text},
    state::{By, Capability, Reach, Webhook},
};

impl Run {
    /// Makes a webhook: for the whole organization, for named domains, or for what may be written.
    pub async fn create_webhook(&mut self) {
        let by = self.somebody();
        let kind = self.dice.below(3);
        let named = if kind == 0 {
            self.some_domains(by)
        } else {
            Vec::new()
        };
        let mut body = json!({"url": "https://hooks.example/1", "events": ["email.received"]});
        match kind {
            0 => body["domain_ids"] = named.iter().map(|(name, _)| name.clone()).collect(),
            1 => body["scope"] = "organization".into(),
            _ => {}
        }
        let reach = self.reach_of_new_webhook(by, kind, &named);
        let want = reach.as_ref().map(drop).map_err(|refusal| *refusal);
        let organization = self.home(by);
        let made = self.ask(by, post("/v1/webhooks", body), want).await;
        if let (Some(made), Ok(reach)) = (made, reach) {
            let id = text(&made, "/webhook/id");
            let webhook = Webhook {
                id,
                organization,
                reach,
                is_there: true,
            };
            self.model.webhooks.push(webhook);
        }
    }

    fn reach_of_new_webhook(
        &self,
        by: By,
        kind: usize,
        named: &[(String, Option<usize>)],
    ) -> Result<Reach, Refusal> {
        let who = self.model.signed_in(by)?;
        if kind == 1 || (kind == 2 && self.model.operator(by).is_ok()) {
            return self.model.operator(by).map(|_| Reach::Organization);
        }
        let mut domains: Vec<usize> = named.iter().filter_map(|(_, domain)| *domain).collect();
        for (_, domain) in named {
            let level = domain.and_then(|domain| self.model.level(who, domain));
            self.model.may_write(who, level)?;
        }
        if kind == 2 {
            domains = self.model.writable(who)?;
            let capability = self.model.capability(who);
            if matches!(capability, Some(Capability::Read | Capability::Send)) {
                return Err(INSUFFICIENT);
            }
        }
        Ok(Reach::Domains(domains.into_iter().collect()))
    }

    /// Looks at a webhook, changes it or deletes it.
    pub async fn use_webhook(&mut self) {
        let by = self.somebody();
        let home = self.home(by);
        let places: Vec<usize> = (0..self.model.webhooks.len()).collect();
        let is_ours = |at: &usize| {
            let webhook = &self.model.webhooks[*at];
            webhook.is_there && webhook.organization == home
        };
        let ours: Vec<usize> = places.iter().copied().filter(is_ours).collect();
        let chosen = if self.dice.is(80) { &ours } else { &places };
        let at = self.dice.one_of(chosen);
        let id = at.map_or(ABSENT, |at| &self.model.webhooks[at].id);
        let path = format!("/v1/webhooks/{id}");
        let doing = self.dice.below(5);
        let want = self.model.signed_in(by).and_then(|who| {
            let level = at.and_then(|at| self.model.level_on_webhook(who, at));
            if doing < 2 {
                self.model.may_read(who, level)
            } else {
                self.model.may_write(who, level)
            }
        });
        let asked = match doing {
            0 => get(path),
            1 => get(format!("{path}/deliveries")),
            2 => patch(path, json!({"description": "changed"})),
            3 => post(format!("{path}/rotate"), json!({})),
            _ => delete(path),
        };
        let done = self.ask(by, asked, want).await;
        if let (Some(_), Some(at), 4) = (done, at, doing) {
            self.model.webhooks[at].is_there = false;
        }
    }
}

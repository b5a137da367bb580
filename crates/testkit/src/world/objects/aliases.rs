//! What takes mail for a domain: aliases, rules, whom an alias corresponds with, and who agreed to be forwarded to.

use postscale_access::{Gate, action};
use postscale_actions::hash_token;
use postscale_model::{
    Alias, AliasAction, AliasId, Contact, DomainId, InboundRule, RuleAction, RuleComparator,
    RuleCondition, RuleField, RuleId, RuleMatch,
};
use postscale_store::{alias, contact, forward_target, rule};

use crate::{NOW, world::Seeder};

impl Seeder<'_> {
    pub(super) async fn alias(&mut self, owner: &str, domain: DomainId) -> AliasId {
        let proof = self.proof(owner, action::ALIAS_CREATE, domain).await;
        let new = Alias {
            id: self.app.sources.id(),
            organization_id: proof.organization_id,
            domain_id: domain,
            domain: String::new(),
            local_part: "info".to_owned(),
            action: AliasAction::Store,
            forward_to: vec![],
            webhook_id: None,
            is_masked: false,
            description: "for the shop".to_owned(),
            emails_received: 0,
            active: true,
            expires_at: None,
            created_at: NOW,
            updated_at: NOW,
        };
        alias::insert(&mut self.tx, &proof, &new)
            .await
            .expect("an alias");
        new.id
    }

    pub(super) async fn rule(&mut self, owner: &str, domain: DomainId) -> RuleId {
        let proof = self.proof(owner, action::RULE_CREATE, domain).await;
        let new = InboundRule {
            id: self.app.sources.id(),
            organization_id: proof.organization_id,
            domain_id: domain,
            alias_id: None,
            name: "Newsletters".to_owned(),
            conditions: vec![RuleCondition {
                field: RuleField::Header,
                comparator: RuleComparator::Exists,
                value: "true".to_owned(),
                header_name: Some("List-Id".to_owned()),
            }],
            match_mode: RuleMatch::All,
            action: RuleAction::Tag {
                tags: vec!["news".to_owned()],
            },
            priority: 10,
            enabled: true,
            hits: 0,
            last_hit_at: None,
            created_at: NOW,
            updated_at: NOW,
        };
        rule::insert(&mut self.tx, &proof, &new)
            .await
            .expect("a rule");
        new.id
    }

    pub(super) async fn contact(&mut self, owner: &str, alias: AliasId) -> String {
        let caller = self.caller(owner, action::ALIAS_UPDATE.into());
        let sources = &self.app.sources;
        let new = Contact {
            id: sources.id(),
            organization_id: self.seats[owner].organization,
            alias_id: alias,
            address: "bob@far.example".parse().expect("an address"),
            display_name: "Bob".to_owned(),
            token: sources.hex::<13>(),
            blocked: false,
            emails_received: 0,
            emails_sent: 0,
            last_used_at: NOW,
            created_at: NOW,
        };
        let mut gate = Gate::open(&mut self.tx, &caller).await.expect("a gate");
        let proof = gate.object::<Alias, _>(action::ALIAS_UPDATE, Some(alias));
        let proof = proof.await.expect("an alias that may be written");
        contact::insert(&mut self.tx, &proof, &new)
            .await
            .expect("a contact");
        new.id.to_string()
    }

    pub(super) async fn shield_alias(&mut self, owner: &str) -> String {
        let caller = self.caller(owner, action::SHIELD_ALIAS_CREATE.into());
        let mut gate = Gate::open(&mut self.tx, &caller).await.expect("a gate");
        let permission = gate.permit(action::SHIELD_ALIAS_CREATE);
        let permission = permission.expect("permission");
        let sources = &self.app.sources;
        let new = Alias {
            id: sources.id(),
            organization_id: permission.organization(),
            domain_id: DomainId::SHIELD,
            domain: self.app.hosts.shield.clone(),
            local_part: sources.hex::<4>(),
            action: AliasAction::Forward,
            forward_to: vec!["ann@people.example".parse().expect("an address")],
            webhook_id: None,
            is_masked: true,
            description: "for a shop".to_owned(),
            emails_received: 0,
            active: true,
            expires_at: None,
            created_at: NOW,
            updated_at: NOW,
        };
        alias::insert_shield(&mut self.tx, &permission, &new)
            .await
            .expect("an alias of the shared domain");
        new.id.to_string()
    }

    pub(super) async fn consent(&mut self, owner: &str, domain: DomainId, name: &str) -> String {
        let proof = self.proof(owner, action::ALIAS_CREATE, domain).await;
        let asked = format!("asked@{name}.far.example")
            .parse()
            .expect("an address");
        let token = self.app.sources.hex::<32>();
        let hash = hash_token(&token);
        forward_target::upsert(&mut self.tx, &proof, &asked, &hash, NOW)
            .await
            .expect("a forward target");
        token
    }
}

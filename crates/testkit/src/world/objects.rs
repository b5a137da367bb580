//! Domains and one of everything that hangs on a domain.

mod aliases;
mod mail;
mod people;
mod reports;
mod webhooks;

use postscale_access::{Gate, SystemScope, action};
use postscale_mail::dkim;
use postscale_model::{DkimAlgorithm, DkimKey, DkimStatus, Domain, DomainId, DomainType};
use postscale_store::{dkim_key, domain, params};

use super::{Objects, Seeder};
use crate::NOW;

pub(crate) use self::mail::receive;

/// Selector of every domain's key.
const SELECTOR: &str = "s1";

/// Authority of seeding.
#[expect(
    clippy::disallowed_methods,
    reason = "mail that a test finds was received and sent by nobody"
)]
pub(crate) fn system() -> SystemScope {
    SystemScope::for_job("test seeding")
}

impl Seeder<'_> {
    /// A domain that is verified and may send and receive.
    pub(super) async fn domain(&mut self, owner: &str, name: &str) -> DomainId {
        let caller = self.caller(owner, action::DOMAIN_CREATE.into());
        let mut gate = Gate::open(&mut self.tx, &caller).await.expect("a gate");
        let permission = gate.permit(action::DOMAIN_CREATE).expect("permission");
        let sources = &self.app.sources;
        let new = Domain::registered(
            (sources.id(), permission.organization()),
            name.parse().expect("a domain name"),
            DomainType::Both,
            [sources.hex::<16>(), sources.hex::<10>()],
            NOW,
        );
        domain::insert(&mut self.tx, &permission, &new)
            .await
            .expect("a domain");
        let sql = "UPDATE domains SET verified = TRUE, ownership_verified = TRUE, mx_verified = TRUE, \
                   spf_verified = TRUE, dkim_verified = TRUE, dmarc_verified = TRUE, \
                   return_path_verified = TRUE, last_dns_check = $2, verified_at = $2 WHERE id = $1";
        self.run(sql, &params![new.id, NOW]).await;
        new.id
    }

    /// One of everything on a domain.
    pub(super) async fn objects(
        &mut self,
        owner: &str,
        creator: &str,
        domain: DomainId,
    ) -> Objects {
        let proof = self.proof(owner, action::ALIAS_CREATE, domain).await;
        let name = proof.name.to_string();
        self.dkim_key(owner, domain).await;
        let email = self.email(owner, domain, &name).await;
        let alias = self.alias(owner, domain).await;
        let rule = self.rule(owner, domain).await;
        let contact = self.contact(owner, alias).await;
        let shield_alias = self.shield_alias(owner).await;
        let report = self.report(owner, domain).await;
        let (inbound, attachment) = self.inbound(owner, domain, &name).await;
        let (webhook, delivery) = self.webhook(owner, domain, email).await;
        let api_key = self.key_of(creator, domain).await;
        let (invitation, invitation_token) = self.invitation(owner, domain, &name).await;
        let consent = self.consent(owner, domain, &name).await;
        let (guest_link, guest_token) = self.guest_link(owner, domain).await;
        Objects {
            domain: domain.to_string(),
            name,
            selector: SELECTOR.to_owned(),
            email: email.to_string(),
            inbound,
            attachment,
            alias: alias.to_string(),
            rule: rule.to_string(),
            contact,
            shield_alias,
            report: report.to_string(),
            webhook,
            delivery: delivery.to_string(),
            api_key: api_key.to_string(),
            invitation,
            invitation_token,
            guest_link,
            guest_token,
            consent,
        }
    }

    async fn dkim_key(&mut self, owner: &str, domain: DomainId) {
        let proof = self.proof(owner, action::DKIM_GENERATE, domain).await;
        let pair = dkim::generate(DkimAlgorithm::Rsa2048).expect("a key pair");
        let key = dkim_key::SigningKey {
            key: DkimKey {
                id: self.app.sources.id(),
                domain_id: domain,
                selector: SELECTOR.parse().expect("a selector"),
                algorithm: DkimAlgorithm::Rsa2048,
                status: DkimStatus::Active,
                public_key: pair.public_key,
                verified_at: Some(NOW),
                replaces: None,
                retire_at: None,
                created_at: NOW,
            },
            private_key: pair.private_der,
        };
        let app = self.app;
        dkim_key::insert(&mut self.tx, &proof, &key, &app.seal, &app.sources)
            .await
            .expect("a DKIM key");
    }
}

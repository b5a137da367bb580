//! Who is told of what happens on a domain.

use postscale_access::action;
use postscale_model::{DeliveryId, DomainId, EmailId, KeyScope, Webhook, WebhookEvent};
use postscale_store::{
    webhook,
    webhook_delivery::{self, NewDelivery},
};

use super::system;
use crate::{NOW, world::Seeder};

impl Seeder<'_> {
    pub(super) async fn webhook(
        &mut self,
        owner: &str,
        domain: DomainId,
        email: EmailId,
    ) -> (String, DeliveryId) {
        let proof = self.proof(owner, action::WEBHOOK_CREATE_SCOPED, domain);
        let proof = proof.await;
        let (app, maker) = (self.app, self.seats[owner].clone());
        let new = Webhook {
            id: app.sources.id(),
            organization_id: maker.organization,
            scope: KeyScope::Domains,
            domain_ids: vec![],
            url: "https://hooks.example/1".to_owned(),
            events: vec![WebhookEvent::EmailSent],
            recipient_match: None,
            description: String::new(),
            created_by: maker.user,
            suspended_at: None,
            created_at: NOW,
        };
        let (tx, sources) = (&mut self.tx, &app.sources);
        webhook::insert_for_domains(tx, &[proof], &new, "whsec_1", &app.seal, sources)
            .await
            .expect("a webhook");
        let owed = NewDelivery {
            id: sources.id(),
            organization_id: maker.organization,
            webhook_id: new.id,
            domain_id: domain,
            event: WebhookEvent::EmailSent,
            email_id: email.to_string(),
            body: Some("{}".to_owned()),
            created_at: NOW,
        };
        let delivery = owed.id;
        webhook_delivery::insert_for_event(tx, &system(), &[owed])
            .await
            .expect("a delivery");
        (new.id.to_string(), delivery)
    }
}

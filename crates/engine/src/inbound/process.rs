//! What happens to received mail after its sender was told 250: webhooks are owed its announcement,
//! aliases and rules forward it. Both are written in the transaction that settles the message, so that a try
//! that is cut short leaves nothing behind.

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_model::{Alias, InboundAction, InboundEmail, Webhook, WebhookEvent};
use postscale_store::{
    Result, Tx, alias,
    inbound_email::{self, ClaimedInbound, Processed},
    webhook,
    webhook_delivery::{self, NewDelivery},
};

use super::{
    forwarding::{self, Forward},
    undelivered,
};
use crate::{
    EngineParts,
    runner::{Next, Work},
    webhooks::glob,
};

/// Messages claimed in one transaction.
const CLAIM_MAX: u32 = 64;
/// How long a claim holds.
const LEASE: Duration = Duration::from_secs(300);
/// Tries before a message counts as failed (security.md M19).
const ATTEMPTS_MAX: i64 = 8;

/// Processes received mail.
pub(crate) struct Process {
    parts: EngineParts,
    scope: SystemScope,
}

impl Process {
    pub(crate) const fn new(parts: EngineParts, scope: SystemScope) -> Self {
        Self { parts, scope }
    }

    async fn one(&self, claimed: &ClaimedInbound) -> Result<()> {
        let email = &claimed.email;
        let mut tx = self.parts.store.read().await?;
        let alias = match email.alias_id {
            Some(id) => alias::find_for_job(&mut tx, &self.scope, id).await?,
            None => None,
        };
        drop(tx);
        let forward = if email.action == InboundAction::Forward {
            Some(forwarding::prepare(&self.parts, &self.scope, email, alias.as_ref()).await?)
        } else {
            None
        };
        let mut tx = self.parts.store.write().await?;
        if is_announced(email) {
            self.announce(&mut tx, email, alias.as_ref()).await?;
        }
        let processed = match forward {
            None => Processed::Delivered,
            Some(Forward::Refused(why)) => {
                tracing::info!(inbound_email.id = %email.id, why, "a message is not forwarded");
                Processed::Failed
            }
            Some(Forward::Undeliverable(why)) => {
                tracing::info!(inbound_email.id = %email.id, why, "a message cannot be forwarded");
                undelivered::tell_sender(&mut tx, &self.parts, &self.scope, email).await?;
                Processed::Failed
            }
            Some(Forward::Ready(ready)) => {
                forwarding::enqueue(&mut tx, &self.parts, &self.scope, *ready).await?;
                Processed::Forwarded
            }
        };
        let now = self.parts.sources.now();
        if inbound_email::settle(&mut tx, &self.scope, claimed, processed, now).await? {
            tx.commit().await?;
        }
        Ok(())
    }

    async fn announce(
        &self,
        tx: &mut Tx,
        email: &InboundEmail,
        alias: Option<&Alias>,
    ) -> Result<()> {
        let now = self.parts.sources.now();
        let kind = WebhookEvent::EmailReceived;
        let (organization, domain) = (email.organization_id, email.domain_id);
        let endpoints = webhook::covering(tx, &self.scope, organization, domain, kind, now).await?;
        let only = match &email.rule {
            Some(rule) => rule.webhook_id,
            None => alias.and_then(|alias| alias.webhook_id),
        };
        let is_told = |webhook: &Webhook| {
            only.is_none_or(|id| id == webhook.id)
                && glob::covers(
                    webhook.recipient_match.as_deref(),
                    &email.envelope_recipient,
                )
        };
        let deliveries: Vec<NewDelivery> = endpoints
            .into_iter()
            .filter(is_told)
            .map(|webhook| NewDelivery {
                id: self.parts.sources.id(),
                organization_id: organization,
                webhook_id: webhook.id,
                domain_id: domain,
                event: kind,
                email_id: email.id.to_string(),
                body: None,
                created_at: now,
            })
            .collect();
        webhook_delivery::insert_for_event(tx, &self.scope, &deliveries).await
    }

    /// A try that did not come to an end.
    async fn again(&self, claimed: &ClaimedInbound) -> Result<()> {
        let processed = if claimed.attempt >= ATTEMPTS_MAX {
            Processed::Failed
        } else {
            let schedule = &self.parts.settings.retry_schedule;
            let at = schedule.next(claimed.attempt, &self.parts.sources);
            Processed::Retry { at }
        };
        let mut tx = self.parts.store.write().await?;
        let now = self.parts.sources.now();
        inbound_email::settle(&mut tx, &self.scope, claimed, processed, now).await?;
        tx.commit().await
    }
}

/// Whether anything is left to be done once a message is kept: what only keeps says nothing to anybody,
/// but for the catch-all. Whatever is forwarded is announced.
pub(super) fn is_announced(email: &InboundEmail) -> bool {
    match email.action {
        InboundAction::Webhook | InboundAction::Forward => true,
        InboundAction::Store => email.alias_id.is_none() && email.rule.is_none(),
        InboundAction::Drop | InboundAction::Reject => false,
    }
}

impl Work for Process {
    const NAME: &'static str = "process_inbound";
    const CHANNEL: &'static str = inbound_email::CHANNEL;

    async fn round(&self) -> Result<Next> {
        use futures_util::FutureExt as _;
        let mut tx = self.parts.store.write().await?;
        let now = self.parts.sources.now();
        let claimed = inbound_email::claim_due(&mut tx, &self.scope, CLAIM_MAX, LEASE, now).await?;
        tx.commit().await?;
        if claimed.is_empty() {
            let mut tx = self.parts.store.read().await?;
            return Ok(Next::At(
                inbound_email::next_due_at(&mut tx, &self.scope).await?,
            ));
        }
        // Side by side, so that their commits are shared.
        let all = claimed.iter().map(|one| async move {
            let done = std::panic::AssertUnwindSafe(self.one(one)).catch_unwind().await;
            match done {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => {
                    tracing::warn!(inbound_email.id = %one.email.id, %error, "a received message could not be processed");
                }
                Err(_) => {
                    tracing::error!(inbound_email.id = %one.email.id, "processing a received message panicked");
                }
            }
            self.again(one).await
        });
        let done = futures_util::future::join_all(all).await;
        done.into_iter().collect::<Result<()>>()?;
        Ok(Next::Again)
    }
}

//! Mail of the system itself: the same way out, a connection for each message, and no trace in any
//! organization. It has a return path of the system's own author; what tells that mail could not be
//! delivered has none.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt as _, future::join_all};
use postscale_access::SystemScope;
use postscale_smtp::{ReversePath, client::Envelope, tls::TlsError};
use postscale_store::system_email::{self, ClaimedSystemEmail};

use tokio::time::sleep;

use super::{
    broken,
    leases::{LEASE, RENEW_AFTER},
    outcome::{Tried, Verdict},
    site::Dialler,
};
use crate::{
    EngineParts,
    runner::{Next, Work},
    schedule::ATTEMPTS_MIN,
};

/// Messages claimed at once.
const CLAIM_MAX: u32 = 16;

/// Sends mail of the system itself.
pub(crate) struct SystemMail {
    parts: EngineParts,
    scope: SystemScope,
    dialler: Dialler,
}

impl SystemMail {
    pub(crate) fn new(parts: EngineParts, scope: SystemScope) -> Result<Self, TlsError> {
        let settings = &parts.settings;
        let smarthost = settings.system_smarthost.clone();
        let smarthost = smarthost.or_else(|| settings.smarthost.clone());
        let resolver = parts.resolver.clone();
        let dialler = Dialler::new(resolver, Arc::clone(settings), smarthost)?;
        Ok(Self {
            parts,
            scope,
            dialler,
        })
    }

    async fn send_and_settle(&self, claimed: &ClaimedSystemEmail) -> postscale_store::Result<()> {
        let sent = AssertUnwindSafe(self.send(claimed)).catch_unwind();
        let sent = self.holding(claimed, sent).await;
        let tried = match sent {
            Ok(tried) => tried.unwrap_or_else(|tried| tried),
            Err(_) => {
                tracing::error!(system_email.id = %claimed.email.id, "sending mail of the system itself panicked");
                broken("internal error")
            }
        };
        self.settle(claimed, &tried).await
    }

    /// Renews the lease for as long as `sending` takes.
    async fn holding<T>(
        &self,
        claimed: &ClaimedSystemEmail,
        sending: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(sending);
        loop {
            tokio::select! {
                sent = &mut sending => return sent,
                () = sleep(RENEW_AFTER) => {}
            }
            if let Err(error) = self.renew(claimed).await {
                tracing::warn!(system_email.id = %claimed.email.id, %error, "a lease cannot be renewed");
            }
        }
    }

    async fn renew(&self, claimed: &ClaimedSystemEmail) -> postscale_store::Result<()> {
        let until = self.parts.sources.now().plus(LEASE);
        let mut tx = self.parts.store.write().await?;
        system_email::renew(&mut tx, &self.scope, claimed, until).await?;
        tx.commit().await
    }

    async fn send(&self, claimed: &ClaimedSystemEmail) -> Result<Tried, Tried> {
        let recipient = &claimed.email.recipient;
        let site = self.dialler.site(recipient.domain()).await?;
        let mut open = self.dialler.open(&site).await?;
        let return_path = if claimed.is_notification {
            ReversePath::Null
        } else {
            ReversePath::Address(self.parts.settings.system_from.address.clone())
        };
        let envelope = Envelope {
            return_path,
            recipients: vec![recipient.clone()],
            smtputf8: false,
        };
        let sent = open.connection.send(&envelope, &claimed.email.body).await;
        let host = open.host.clone();
        open.connection.quit().await;
        let report = sent.map_err(|error| Tried::failed(&error, &host))?;
        let first = report.recipients.first();
        first.map_or_else(
            || Err(Tried::observed(Verdict::Transient, "4.3.0", "no report")),
            |report| Ok(Tried::reported(report, &host)),
        )
    }

    async fn settle(
        &self,
        claimed: &ClaimedSystemEmail,
        tried: &Tried,
    ) -> postscale_store::Result<()> {
        let settings = &self.parts.settings;
        let now = self.parts.sources.now();
        let age = now.since(claimed.email.created_at);
        let is_over = age >= settings.message_lifetime && claimed.attempt >= ATTEMPTS_MIN;
        let again = (tried.verdict == Verdict::Transient && !is_over).then(|| {
            settings
                .retry_schedule
                .next(claimed.attempt, &self.parts.sources)
        });
        if tried.verdict != Verdict::Delivered && again.is_none() {
            tracing::warn!(
                system_email.id = %claimed.email.id,
                smtp.reply = tried.reply.text,
                "mail of the system itself was given up"
            );
        }
        let mut tx = self.parts.store.write().await?;
        system_email::settle(&mut tx, &self.scope, claimed, again).await?;
        tx.commit().await
    }
}

impl Work for SystemMail {
    const NAME: &'static str = "system_mail";
    const CHANNEL: &'static str = system_email::CHANNEL;

    async fn round(&self) -> postscale_store::Result<Next> {
        let mut tx = self.parts.store.write().await?;
        let now = self.parts.sources.now();
        let claimed = system_email::claim_due(&mut tx, &self.scope, CLAIM_MAX, LEASE, now).await?;
        tx.commit().await?;
        if claimed.is_empty() {
            let mut tx = self.parts.store.read().await?;
            return Ok(Next::At(
                system_email::next_due_at(&mut tx, &self.scope).await?,
            ));
        }
        // Side by side, so that a server that takes its time holds up nobody.
        let settled = join_all(claimed.iter().map(|one| self.send_and_settle(one))).await;
        settled
            .into_iter()
            .collect::<postscale_store::Result<()>>()?;
        Ok(Next::Again)
    }
}

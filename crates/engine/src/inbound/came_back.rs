//! Mail of aliases that was given up: what an alias sent on, and what a target wrote by a reverse
//! address. Both ways out of the queue end here, the refusal by a server and the notification that
//! came later.

use postscale_access::SystemScope;
use postscale_model::{Address, BounceType, EmailId, Timestamp};
use postscale_store::{Result, Tx, alias_bounce, inbound_email, recipient::Origin};

use super::undelivered::{self, What};
use crate::EngineParts;

/// A copy that was given up.
pub(crate) struct CameBack<'a> {
    pub email_id: EmailId,
    pub message_id: &'a str,
    pub accepted_at: Timestamp,
    /// Whom it did not reach.
    pub target: &'a Address,
    pub bounce_type: BounceType,
}

/// Writes down what that means for the alias, and tells whoever is to be told. Call it once for each
/// copy, after its recipient was settled.
pub(crate) async fn settle(
    tx: &mut Tx,
    parts: &EngineParts,
    scope: &SystemScope,
    origin: &Origin,
    it: &CameBack<'_>,
) -> Result<()> {
    let now = parts.sources.now();
    if let Some(inbound) = origin.forwarded {
        if it.bounce_type == BounceType::Hard {
            alias_bounce::note(tx, scope, inbound, it.target, now).await?;
        }
        let failed = inbound_email::settle_forwarded(tx, scope, &[inbound], now).await?;
        undelivered::tell_senders(tx, parts, scope, &failed).await?;
    }
    if let Some(author) = &origin.reply_author {
        tracing::info!(email.id = %it.email_id, "an answer by a reverse address came back");
        let what = What {
            sender: author,
            recipient: it.target,
            message_id: it.message_id,
            arrived_at: it.accepted_at,
        };
        undelivered::tell(tx, parts, scope, &what).await?;
    }
    Ok(())
}

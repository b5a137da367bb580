//! Mail for the instance's own postmaster (RFC 5321 §4.5.1): sent on as mail of the system itself.
//! Nothing of it is kept in any organization.

use postscale_mail::forward;
use postscale_model::Address;
use postscale_store::{
    Result,
    system_email::{self, SystemEmail},
};

use crate::EngineParts;

/// Octets of a message that is sent on. RFC 5321 §4.5.3.1.7 asks for 64 KiB.
pub const POSTMASTER_OCTETS_MAX: usize = 1024 * 1024;

/// Queues a message for those who look after the instance. Durable on return.
///
/// # Errors
/// When it cannot be written down: the sender must be told to try again.
pub async fn pass_on(parts: &EngineParts, message: &[u8], targets: &[Address]) -> Result<()> {
    let body = forward::rewrite_from(message, &parts.settings.system_from.address);
    let mut tx = parts.store.write().await?;
    for target in targets {
        let email = SystemEmail {
            id: parts.sources.id(),
            recipient: target.clone(),
            body: body.clone(),
            created_at: parts.sources.now(),
        };
        system_email::insert(&mut tx, &email).await?;
    }
    tx.commit().await
}

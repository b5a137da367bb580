//! What people who look after a domain are told by mail, in the transaction of its cause.

use postscale_access::SystemScope;
use postscale_mail::notice::{Letter, Notice};
use postscale_model::{Address, Domain};
use postscale_store::{
    Error, Result, Tx,
    system_email::{self, SystemEmail},
    user,
};

use crate::EngineParts;

/// Tells owners, admins and the domain's writers.
pub(crate) async fn tell(
    parts: &EngineParts,
    scope: &SystemScope,
    tx: &mut Tx,
    domain: &Domain,
    notice: &Notice,
) -> Result<()> {
    let people = user::concerned_by_itself(tx, scope, domain, parts.sources.now()).await?;
    send(parts, tx, &people, notice).await
}

/// Tells each of them.
pub(crate) async fn send(
    parts: &EngineParts,
    tx: &mut Tx,
    people: &[Address],
    notice: &Notice,
) -> Result<()> {
    let now = parts.sources.now();
    for recipient in people {
        let letter = Letter {
            from: &parts.settings.system_from,
            to: recipient,
            unique: parts.sources.hex::<16>(),
            date: now,
        };
        let body = notice.compose(letter);
        let email = SystemEmail {
            id: parts.sources.id(),
            body: body.map_err(|invalid| Error::Corrupt(invalid.to_string()))?,
            recipient: recipient.clone(),
            created_at: now,
        };
        system_email::insert(tx, &email).await?;
    }
    Ok(())
}

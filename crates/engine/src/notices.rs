//! What people who look after a domain are told by mail, in the transaction of its cause.

use postscale_access::SystemScope;
use postscale_mail::notice::{Letter, Notice};
use postscale_model::Domain;
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
    let now = parts.sources.now();
    for recipient in user::concerned(tx, scope, domain, now).await? {
        let letter = Letter {
            from: &parts.settings.system_from,
            to: &recipient,
            unique: parts.sources.hex::<16>(),
            date: now,
        };
        let body = notice.compose(letter);
        let email = SystemEmail {
            id: parts.sources.id(),
            body: body.map_err(|invalid| Error::Corrupt(invalid.to_string()))?,
            recipient,
            created_at: now,
        };
        system_email::insert(tx, &email).await?;
    }
    Ok(())
}

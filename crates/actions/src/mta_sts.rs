//! The MTA-STS policy of a domain that receives here, for whoever is about to send to it.

use postscale_access::SystemScope;
use postscale_mail::mta_sts::policy_file;
pub use postscale_mail::mta_sts::{LABEL, WELL_KNOWN};
use postscale_model::DomainName;
use postscale_store::domain;

use crate::{App, Result};

#[expect(
    clippy::disallowed_methods,
    reason = "a stranger asks for a policy that is public by its nature"
)]
const SCOPE: SystemScope = SystemScope::for_job("mta_sts");

/// The policy served at the host, if it is that of a domain whose mail comes here.
///
/// # Errors
/// When the database cannot answer.
pub async fn policy(app: &App, host: &str) -> Result<Option<String>> {
    let Some(name) = domain_of(host) else {
        return Ok(None);
    };
    let mut tx = app.store.read().await?;
    let found = domain::find_receiving(&mut tx, &SCOPE, &name).await?;
    let verified = found.filter(|found| found.domain.verified);
    Ok(verified.map(|found| policy_file(found.domain.mta_sts, &app.hosts.mx)))
}

/// The domain of a host such as `mta-sts.example.com:443`.
fn domain_of(host: &str) -> Option<DomainName> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let (label, domain) = name.split_once('.')?;
    if !label.eq_ignore_ascii_case(LABEL) {
        return None;
    }
    domain.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_asked_for_by_its_host() {
        for (host, want) in [
            ("mta-sts.a.example", Some("a.example")),
            ("MTA-STS.A.example:8080", Some("a.example")),
            ("mta-sts.mail.a.example", Some("mail.a.example")),
            ("a.example", None),
            ("mta-sts.example:80", None),
            ("mta-sts.", None),
            ("", None),
        ] {
            let found = domain_of(host).map(|name| name.to_string());
            assert_eq!(found.as_deref(), want, "{host}");
        }
    }
}

//! The names of sources: a name an address claims to have counts when that name has the address,
//! because the claim alone is the sender's own (RFC 8601 §2.7.3 says so of `iprev`).

use std::{net::IpAddr, time::Duration};

use postscale_access::SystemScope;
use postscale_mail::dns::{DnsError, Resolver};
use postscale_store::{
    Result,
    dmarc_source::{self, ClaimedSource},
};

use crate::{
    EngineParts,
    runner::{Next, Work},
};

/// Sources asked about at once.
const AT_ONCE: u32 = 16;
/// Claimed names of one address that are tried.
const NAMES_MAX: usize = 3;
/// When a source is asked about again that DNS said nothing of.
const AGAIN: Duration = Duration::from_secs(24 * 3600);
/// When a source is asked about again that it did.
const RENEWED: Duration = Duration::from_secs(30 * 24 * 3600);

/// Looks names up.
pub(crate) struct Names {
    parts: EngineParts,
    scope: SystemScope,
}

impl Names {
    pub(crate) const fn new(parts: EngineParts, scope: SystemScope) -> Self {
        Self { parts, scope }
    }
}

/// The name of an address; none when it has none, or none that is true.
async fn name_of(resolver: &Resolver, address: IpAddr) -> Result<Option<String>, DnsError> {
    let claimed = match resolver.reverse(address).await {
        Ok(claimed) => claimed,
        Err(DnsError::NotFound) => return Ok(None),
        Err(failed) => return Err(failed),
    };
    for name in claimed.into_iter().take(NAMES_MAX) {
        match resolver.addresses(&name).await {
            Ok(addresses) if addresses.iter().any(|it| it.to_canonical() == address) => {
                return Ok(Some(name));
            }
            Ok(_) | Err(DnsError::NotFound) => {}
            Err(failed) => return Err(failed),
        }
    }
    Ok(None)
}

impl Work for Names {
    const NAME: &'static str = "name_sources";
    const CHANNEL: &'static str = dmarc_source::CHANNEL;

    async fn round(&self) -> Result<Next> {
        let EngineParts {
            store,
            sources,
            resolver,
            ..
        } = &self.parts;
        let now = sources.now();
        let mut tx = store.write().await?;
        let claimed = dmarc_source::claim_due(&mut tx, &self.scope, AT_ONCE, AGAIN, now).await?;
        tx.commit().await?;
        if claimed.is_empty() {
            let mut tx = store.read().await?;
            return Ok(Next::At(
                dmarc_source::next_due_at(&mut tx, &self.scope).await?,
            ));
        }
        let asked = claimed.into_iter().map(|source| async move {
            let name = name_of(resolver, source.source_ip).await;
            name.ok().map(|name| (source, name))
        });
        let told: Vec<Option<(ClaimedSource, Option<String>)>> =
            futures_util::future::join_all(asked).await;
        // In the order reports write them in, so that neither waits for the other.
        let mut told: Vec<(ClaimedSource, Option<String>)> = told.into_iter().flatten().collect();
        told.sort_unstable_by_key(|(source, _)| (source.domain_id, source.source_ip));
        let mut tx = store.write().await?;
        for (source, name) in told {
            let known = (name.as_deref(), now.plus(RENEWED));
            dmarc_source::set_host_name(&mut tx, &self.scope, source, known).await?;
        }
        tx.commit().await?;
        Ok(Next::Again)
    }
}

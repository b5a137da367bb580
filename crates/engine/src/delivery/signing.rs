//! Signing on the way out: once per message and claim, however many recipients it has there.
//!
//! Which keys sign is asked of the database at every claim, so that a key that was rotated or
//! withdrawn signs nothing more; parsed keys are kept. Submitted mail of a domain without a key waits
//! for one; what an alias forwards goes out unsigned then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use postscale_access::SystemScope;
use postscale_mail::dkim::{self, Signer};
use postscale_model::{DkimKeyId, DomainId, Timestamp};
use postscale_store::{
    Body, Result, Seal, Tx,
    dkim_key::{self, SigningKey},
    domain,
};
use tokio::sync::OnceCell;

use super::{broken, locked, outcome::Tried};

/// Parsed keys that are kept.
const SIGNERS_MAX: usize = 1024;

/// A message on its way out.
pub(super) struct Outgoing {
    pub body: Body,
    pub signers: Arc<Vec<Arc<Signer>>>,
    /// Whether it may leave without a signature.
    pub may_be_unsigned: bool,
    pub signed: OnceCell<Bytes>,
}

impl Outgoing {
    /// The message with its signature on top.
    pub(super) fn sign(&self, message: &[u8], now: Timestamp) -> Result<Bytes, Tried> {
        if self.signers.is_empty() && self.may_be_unsigned {
            return Ok(Bytes::copy_from_slice(message));
        }
        if self.signers.is_empty() {
            return Err(broken("the domain has no active DKIM key"));
        }
        let signers: Vec<&Signer> = self.signers.iter().map(AsRef::as_ref).collect();
        match dkim::sign(message, &signers, now) {
            Ok(fields) => Ok([fields.as_bytes(), message].concat().into()),
            Err(_) if self.may_be_unsigned => Ok(Bytes::copy_from_slice(message)),
            Err(error) => Err(broken(&error.to_string())),
        }
    }
}

/// Keys that were parsed.
#[derive(Default)]
pub(super) struct Signers(Mutex<HashMap<DkimKeyId, Arc<Signer>>>);

impl Signers {
    /// The keys of a domain that sign now.
    pub(super) async fn of_domain(
        &self,
        tx: &mut Tx,
        scope: &SystemScope,
        id: DomainId,
        seal: &Seal,
    ) -> Result<Arc<Vec<Arc<Signer>>>> {
        let Some(domain) = domain::find_for_job(tx, scope, id).await? else {
            return Ok(Arc::default());
        };
        let keys = dkim_key::list_signing_for_job(tx, scope, id, seal).await?;
        let signer = |key: &SigningKey| {
            let mut known = locked(&self.0);
            if let Some(signer) = known.get(&key.key.id) {
                return Some(Arc::clone(signer));
            }
            let (algorithm, selector) = (key.key.algorithm, key.key.selector.clone());
            let signer =
                Signer::from_pkcs8(algorithm, &key.private_key, domain.name.clone(), selector);
            let signer = signer
                .inspect_err(|error| tracing::error!(dkim_key.id = %key.key.id, %error, "a DKIM key is unusable"))
                .ok()?;
            if known.len() >= SIGNERS_MAX {
                known.clear();
            }
            let signer = Arc::new(signer);
            known.insert(key.key.id, Arc::clone(&signer));
            Some(signer)
        };
        Ok(Arc::new(keys.iter().filter_map(signer).collect()))
    }
}

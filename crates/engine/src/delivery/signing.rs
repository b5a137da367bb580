//! Signing on the way out: once per message and claim, however many recipients it has there.
//!
//! Before that, lines no server has to take are made shorter, whatever the message came by; one that
//! must not be changed and has such lines goes to nobody.
//! Which keys sign is asked of the database at every claim, so that a key that was rotated or
//! withdrawn signs nothing more; parsed keys are kept. Submitted mail of a domain without a key waits
//! for one; what an alias forwards goes out unsigned then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use postscale_access::SystemScope;
use postscale_mail::{
    dkim::{self, Signer},
    lines,
};
use postscale_model::{BounceType, DkimKeyId, Domain, DomainId, Isp, Timestamp};
use postscale_store::{
    Body, Result, Seal, Tx,
    dkim_key::{self, SigningKey},
};
use tokio::sync::OnceCell;

use super::{
    broken, locked,
    outcome::{Tried, Verdict},
};

/// Domains whose parsed keys are kept.
const DOMAINS_MAX: usize = 1024;

/// A message on its way out.
pub(super) struct Outgoing {
    pub body: Body,
    pub signers: Arc<Vec<Arc<Signer>>>,
    /// Providers that get no more than a share of its domain's mail.
    pub shared: Arc<[Isp]>,
    /// Whether it may leave without a signature.
    pub may_be_unsigned: bool,
    pub signed: OnceCell<Bytes>,
}

impl Outgoing {
    /// The message as it goes out, with its signature on top.
    pub(super) fn sign(&self, message: &[u8], now: Timestamp) -> Result<Bytes, Tried> {
        let message = &*lines::shorten(message).map_err(|error| {
            // RFC 3463 §3.7: conversion required and prohibited.
            let verdict = Verdict::Permanent(BounceType::Block);
            Tried::observed(verdict, "5.6.2", error.to_string())
        })?;
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

/// The keys that sign, parsed, by domain. What no longer signs is forgotten with the next look.
#[derive(Default)]
pub(super) struct Signers(Mutex<HashMap<DomainId, Parsed>>);

type Parsed = Vec<(DkimKeyId, Arc<Signer>)>;

impl Signers {
    /// The keys of a domain that sign now.
    pub(super) async fn of_domain(
        &self,
        tx: &mut Tx,
        scope: &SystemScope,
        domain: &Domain,
        seal: &Seal,
    ) -> Result<Arc<Vec<Arc<Signer>>>> {
        let keys = dkim_key::list_signing_for_job(tx, scope, domain.id, seal).await?;
        let mut known = locked(&self.0);
        let before = known.remove(&domain.id).unwrap_or_default();
        let parsed: Parsed = keys
            .iter()
            .filter_map(|key| parsed(&before, key, domain))
            .collect();
        let signers = parsed.iter().map(|(_, signer)| Arc::clone(signer));
        let signers = Arc::new(signers.collect());
        if known.len() >= DOMAINS_MAX {
            known.clear();
        }
        if !parsed.is_empty() {
            known.insert(domain.id, parsed);
        }
        Ok(signers)
    }
}

fn parsed(before: &Parsed, key: &SigningKey, domain: &Domain) -> Option<(DkimKeyId, Arc<Signer>)> {
    let id = key.key.id;
    if let Some((_, signer)) = before.iter().find(|(known, _)| *known == id) {
        return Some((id, Arc::clone(signer)));
    }
    let (algorithm, selector) = (key.key.algorithm, key.key.selector.clone());
    Signer::from_pkcs8(algorithm, &key.private_key, domain.name.clone(), selector)
        .inspect_err(|error| tracing::error!(dkim_key.id = %id, %error, "a DKIM key is unusable"))
        .ok()
        .map(|signer| (id, Arc::new(signer)))
}

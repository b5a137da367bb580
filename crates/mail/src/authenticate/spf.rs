//! SPF (RFC 7208), stricter than the library: it takes the first of two policies, passes over terms it
//! does not know, and does not count look-ups without an answer.
//!
//! It tells its caches what it asks and what it is answered. Ours keep nothing but that.

use std::{
    borrow::Borrow,
    hash::Hash,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Instant,
};

use mail_auth::{
    MessageAuthenticator, Parameters, ResolverCache, SpfOutput, SpfResult, Txt,
    spf::verify::SpfParameters,
};

use crate::{
    dns::{DnsError, Resolver},
    records::spf::{VOID_LOOKUPS_MAX, is_policy, is_valid},
};

/// Verifies as the library does, and refuses what it should have refused.
pub(super) async fn verify(
    authenticator: &MessageAuthenticator,
    resolver: &Resolver,
    parameters: SpfParameters<'_>,
) -> SpfOutput {
    let (policies, mx) = (Policies::default(), Looks::default());
    let (ipv4, ipv6) = (Looks::default(), Looks::default());
    let parameters = Parameters::new(parameters)
        .with_txt_cache(&policies)
        .with_mx_cache(&mx)
        .with_ipv4_cache(&ipv4)
        .with_ipv6_cache(&ipv6);
    let output = authenticator.verify_spf(parameters).await;
    if matches!(output.result(), SpfResult::TempError | SpfResult::PermError) {
        return output;
    }
    for name in policies.names() {
        match resolver.txt(&name).await {
            Ok(records) if is_one_policy(&records) => {}
            Ok(_) | Err(DnsError::NotFound) => return output.with_result(SpfResult::PermError),
            Err(DnsError::Failed(_)) => return output.with_result(SpfResult::TempError),
        }
    }
    // `exists` asks both families past the caches: what is left is of the client's family.
    let void = mx.void() + ipv4.void().abs_diff(ipv6.void());
    if void > VOID_LOOKUPS_MAX {
        return output.with_result(SpfResult::PermError);
    }
    output
}

/// §4.5, §4.6: there is one policy, and all of it is understood.
fn is_one_policy(records: &[String]) -> bool {
    let mut policies = records.iter().filter(|record| is_policy(record));
    let policy = policies.next();
    policies.next().is_none() && policy.is_some_and(|policy| is_valid(policy))
}

/// How many questions were asked and answered.
#[derive(Default)]
struct Looks {
    asked: AtomicU32,
    answered: AtomicU32,
}

impl Looks {
    fn void(&self) -> u32 {
        self.asked.load(Relaxed) - self.answered.load(Relaxed)
    }
}

impl<V> ResolverCache<Box<str>, V> for Looks {
    fn get<Q: Hash + Eq + ?Sized>(&self, _: &Q) -> Option<V>
    where
        Box<str>: Borrow<Q>,
    {
        self.asked.fetch_add(1, Relaxed);
        None
    }

    fn remove<Q: Hash + Eq + ?Sized>(&self, _: &Q) -> Option<V>
    where
        Box<str>: Borrow<Q>,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: V, _: Instant) {
        self.answered.fetch_add(1, Relaxed);
    }
}

/// The names whose policies were followed.
#[derive(Default)]
struct Policies(Mutex<Vec<Box<str>>>);

impl Policies {
    fn names(self) -> Vec<Box<str>> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolverCache<Box<str>, Txt> for Policies {
    fn get<Q: Hash + Eq + ?Sized>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
    {
        None
    }

    fn remove<Q: Hash + Eq + ?Sized>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
    {
        None
    }

    fn insert(&self, name: Box<str>, found: Txt, _: Instant) {
        if matches!(found, Txt::Spf(_)) {
            let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            names.push(name);
        }
    }
}

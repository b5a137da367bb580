//! How many DNS look-ups a policy makes receivers do: by really following its includes, within
//! bounds on questions, depth and, above, time.

use std::{
    pin::Pin,
    sync::atomic::{AtomicU32, Ordering},
};

use futures_util::future::join_all;

use super::{
    SPF_LOOKUPS_MAX, is_policy,
    term::{Mechanism, Term, terms},
};
use crate::dns::{DnsError, Resolver};

/// Questions asked for one policy: policies that need more are wrong by far.
const QUESTIONS_MAX: u32 = 40;
/// Policies inside policies.
const DEPTH_MAX: usize = 10;

/// What following a policy came to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Count {
    /// Look-ups receivers do (RFC 7208 §4.6.4).
    pub lookups: u32,
    /// Those without an answer.
    pub void: u32,
    /// A name whose policy includes itself.
    pub looping: Option<String>,
    /// An included name without a policy.
    pub missing: Option<String>,
    /// Whether everything was followed: otherwise there are at least that many.
    pub is_known: bool,
    /// Look-ups of each term of the policy; more than receivers do for one that ends their evaluation.
    pub by_term: Vec<u32>,
}

impl Count {
    /// A loop, and an included name without a policy, end the evaluation as too many look-ups do
    /// (RFC 7208 §5.2).
    const fn spent(&self) -> u32 {
        if self.looping.is_some() || self.missing.is_some() {
            SPF_LOOKUPS_MAX + 1
        } else {
            self.lookups
        }
    }
}

/// Follows the policy of a domain.
pub(super) async fn policy(resolver: &Resolver, policy: &str, domain: &str) -> Count {
    let walk = Walk {
        resolver,
        questions: AtomicU32::new(0),
    };
    walk.policy(policy.to_owned(), vec![domain.to_ascii_lowercase()])
        .await
}

struct Walk<'a> {
    resolver: &'a Resolver,
    questions: AtomicU32,
}

impl Walk<'_> {
    /// The policies of all terms are asked for at the same time.
    fn policy(
        &self,
        policy: String,
        path: Vec<String>,
    ) -> Pin<Box<dyn Future<Output = Count> + Send + '_>> {
        Box::pin(async move {
            let all = terms(&policy).position(|term| term.mechanism == Mechanism::All);
            let followed = terms(&policy).enumerate().filter(|(i, term)| {
                let is_modifier = matches!(term.mechanism, Mechanism::Redirect(_));
                all.is_none_or(|all| *i < all && !is_modifier)
            });
            let followed: Vec<_> = followed.map(|(_, term)| self.term(term, &path)).collect();
            let parts = join_all(followed).await;
            let mut sum = Count {
                is_known: true,
                ..Count::default()
            };
            for part in parts {
                sum.lookups += part.lookups;
                sum.void += part.void;
                sum.is_known &= part.is_known;
                sum.by_term.push(part.spent());
                sum.looping = sum.looping.or(part.looping);
                sum.missing = sum.missing.or(part.missing);
            }
            sum
        })
    }

    async fn term(&self, term: Term<'_>, path: &[String]) -> Count {
        let domain = path.last().map(String::as_str).unwrap_or_default();
        let one = Count {
            lookups: 1,
            is_known: true,
            ..Count::default()
        };
        let target = match term.mechanism {
            Mechanism::Include(target) | Mechanism::Redirect(target) => {
                return self.below(target, path).await;
            }
            Mechanism::Exists(target) => target,
            Mechanism::A(target) | Mechanism::Mx(target) => target.unwrap_or(domain),
            Mechanism::Ptr => return one,
            Mechanism::All | Mechanism::Address | Mechanism::Modifier | Mechanism::Unknown => {
                return Count { lookups: 0, ..one };
            }
        };
        // What a macro becomes depends on the message.
        if target.contains('%') || !self.may_ask() {
            return one;
        }
        let is_void = match term.mechanism {
            Mechanism::Mx(_) => self.resolver.mx(target).await.err(),
            _ => self.resolver.addresses(target).await.err(),
        };
        Count {
            void: u32::from(is_void == Some(DnsError::NotFound)),
            ..one
        }
    }

    /// The policy of an included name.
    async fn below(&self, target: &str, path: &[String]) -> Count {
        let name = target.trim_end_matches('.').to_ascii_lowercase();
        let one = Count {
            lookups: 1,
            is_known: true,
            ..Count::default()
        };
        let unknown = Count {
            is_known: false,
            ..one.clone()
        };
        if path.contains(&name) {
            return Count {
                looping: Some(name),
                ..one
            };
        }
        if name.contains('%') {
            return one;
        }
        if path.len() > DEPTH_MAX || !self.may_ask() {
            return unknown;
        }
        let found = match self.resolver.txt(&name).await {
            Ok(found) => found,
            Err(DnsError::NotFound) => Vec::new(),
            Err(DnsError::Failed(_)) => return unknown,
        };
        let is_void = found.is_empty();
        let policy = found.into_iter().find(|text| is_policy(text));
        let Some(policy) = policy else {
            return Count {
                void: u32::from(is_void),
                missing: Some(name),
                ..one
            };
        };
        let mut path = path.to_vec();
        path.push(name);
        let below = self.policy(policy, path).await;
        Count {
            lookups: below.lookups + 1,
            ..below
        }
    }

    fn may_ask(&self) -> bool {
        self.questions.fetch_add(1, Ordering::Relaxed) < QUESTIONS_MAX
    }
}

//! Refusals, kept in memory until they are written into the audit log: a refused call changes nothing
//! itself, and costs nobody a write.
//!
//! Each of a principal's first refusals within a minute has an entry of its own; the others of that
//! minute share one, which counts them by action. What is kept is bounded; what is beyond is counted
//! in the program's log. Losing it in a crash loses a few seconds of refusals and no change.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use postscale_access::{Denial, Means, Origin, SystemScope};
use postscale_model::{
    ApiKeyId, AuditAction, AuditEvent, AuditOutcome, AuditTarget, OrganizationId, Sources,
    Timestamp, UserId,
};
use serde_json::{Value, json};

use crate::{Acting, Result, Store, audit_entry};

/// Entries of their own a principal has in a window (ASVS 16.3.2 asks for all; a loop must not fill
/// the log).
const APART_MAX: usize = 20;
/// A window.
const WINDOW: Duration = Duration::from_secs(60);
/// Principals kept at once.
const PRINCIPALS_MAX: usize = 10_000;
/// Entries kept of one principal while the database is away.
const KEPT_MAX: usize = 200;

/// Refusals that are not written yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Denials(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    principals: HashMap<Principal, Window>,
    lost: u64,
}

/// Who is counted for oneself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Principal {
    User(UserId),
    Key(ApiKeyId),
    /// Whoever presents a key that does not let them in.
    Outside(ApiKeyId),
}

/// One refusal.
#[derive(Debug)]
struct Refused {
    principal: Principal,
    organization: OrganizationId,
    acting: Acting,
    action: AuditAction,
    target: AuditTarget,
    /// The action that was asked for, or why a key does not let in.
    word: &'static str,
}

/// What one principal was refused since a moment.
#[derive(Debug)]
struct Window {
    organization: OrganizationId,
    began: Timestamp,
    apart: usize,
    entries: Vec<Entry>,
    rest: Option<Rest>,
}

#[derive(Debug)]
struct Entry {
    at: Timestamp,
    acting: Acting,
    event: AuditEvent,
}

/// Those beyond the first ones.
#[derive(Debug)]
struct Rest {
    at: Timestamp,
    acting: Acting,
    action: AuditAction,
    target: AuditTarget,
    words: BTreeMap<&'static str, u32>,
}

/// How an entry of that action calls one word, and how several.
const fn members(action: AuditAction) -> (&'static str, &'static str) {
    match action {
        AuditAction::KeyDenied => ("reason", "reasons"),
        _ => ("action", "actions"),
    }
}

fn event(action: AuditAction, target: AuditTarget, after: Value, occurrences: u32) -> AuditEvent {
    AuditEvent {
        occurrences,
        ..AuditEvent::new(action, target)
            .made(after)
            .ended(AuditOutcome::Denied)
    }
}

impl From<Rest> for Entry {
    fn from(rest: Rest) -> Self {
        let occurrences = rest.words.values().sum();
        let after = json!({ members(rest.action).1: rest.words });
        Self {
            at: rest.at,
            acting: rest.acting,
            event: event(rest.action, rest.target, after, occurrences),
        }
    }
}

impl Window {
    fn new(organization: OrganizationId, began: Timestamp) -> Self {
        Self {
            organization,
            began,
            apart: 0,
            entries: Vec::new(),
            rest: None,
        }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.began) >= WINDOW
    }

    fn close(&mut self) {
        self.entries.extend(self.rest.take().map(Entry::from));
    }

    fn add(&mut self, refused: Refused, now: Timestamp) {
        if self.is_over(now) {
            self.close();
            (self.began, self.apart) = (now, 0);
        }
        let Refused {
            acting,
            action,
            target,
            word,
            ..
        } = refused;
        if self.apart < APART_MAX && self.entries.len() < KEPT_MAX {
            self.apart += 1;
            let after = json!({ members(action).0: word });
            self.entries.push(Entry {
                at: now,
                acting,
                event: event(action, target, after, 1),
            });
            return;
        }
        let rest = self.rest.get_or_insert_with(|| Rest {
            at: now,
            acting,
            action,
            // Those of a key that does not let in are all about that key.
            target: match action {
                AuditAction::KeyDenied => target,
                _ => AuditTarget::default(),
            },
            words: BTreeMap::new(),
        });
        let count = rest.words.entry(word).or_default();
        *count = count.saturating_add(1);
    }
}

impl Denials {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody known asked for what they may not do.
    pub(crate) fn note(&self, denial: &Denial<'_>, acting: &Acting, now: Timestamp) {
        let principal = match denial.actor.means() {
            Means::Session { .. } => Principal::User(denial.actor.user()),
            Means::Key { key, .. } => Principal::Key(*key),
        };
        let refused = Refused {
            principal,
            organization: denial.actor.organization(),
            acting: acting.clone(),
            action: AuditAction::AccessDenied,
            target: denial.target.clone(),
            word: denial.action.name(),
        };
        self.keep(refused, now);
    }

    /// Somebody presented a key that lets nobody in, or not from there.
    pub(crate) fn note_key(
        &self,
        (id, name, organization): (ApiKeyId, &str, OrganizationId),
        reason: &'static str,
        origin: &Origin,
        now: Timestamp,
    ) {
        let refused = Refused {
            principal: Principal::Outside(id),
            organization,
            acting: Acting::new(None, origin),
            action: AuditAction::KeyDenied,
            target: AuditTarget::new("api_key", id, name),
            word: reason,
        };
        self.keep(refused, now);
    }

    fn keep(&self, refused: Refused, now: Timestamp) {
        let mut kept = self.kept();
        let principal = refused.principal;
        let is_full = kept.principals.len() >= PRINCIPALS_MAX;
        if is_full && !kept.principals.contains_key(&principal) {
            kept.lost += 1;
            return;
        }
        let organization = refused.organization;
        kept.principals
            .entry(principal)
            .or_insert_with(|| Window::new(organization, now))
            .add(refused, now);
    }

    /// What is to be written now, by organization: with everything that still collects when
    /// `is_ending`.
    fn take(&self, now: Timestamp, is_ending: bool) -> BTreeMap<OrganizationId, Vec<Entry>> {
        let mut kept = self.kept();
        let lost = std::mem::take(&mut kept.lost);
        if lost > 0 {
            tracing::warn!(lost, "refusals of too many principals were not kept");
        }
        let mut taken: BTreeMap<OrganizationId, Vec<Entry>> = BTreeMap::new();
        kept.principals.retain(|_, window| {
            let is_over = is_ending || window.is_over(now);
            if is_over {
                window.close();
            }
            if !window.entries.is_empty() {
                let entries = taken.entry(window.organization).or_default();
                entries.append(&mut window.entries);
            }
            !is_over
        });
        for entries in taken.values_mut() {
            entries.sort_by_key(|entry| entry.at);
        }
        taken
    }
}

/// When refusals are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// From time to time: a minute that is not over yet goes on being counted.
    Due,
    /// At the end of the process: everything.
    Everything,
}

/// Writes refusals into the audit log, one transaction for each organization.
///
/// # Errors
/// When the database refuses; those that were to be written are then forgotten.
pub async fn flush(
    store: &Store,
    sources: &Sources,
    flush: Flush,
    _scope: &SystemScope,
) -> Result<()> {
    let taken = store
        .denials()
        .take(sources.now(), flush == Flush::Everything);
    let mut outcome = Ok(());
    for (organization, entries) in taken {
        outcome = outcome.and(write(store, sources, organization, entries).await);
    }
    outcome
}

async fn write(
    store: &Store,
    sources: &Sources,
    organization: OrganizationId,
    entries: Vec<Entry>,
) -> Result<()> {
    let mut tx = store.write().await?;
    for entry in entries {
        audit_entry::acts(&mut tx, entry.acting);
        audit_entry::append_at(&mut tx, sources, organization, entry.event, entry.at).await?;
    }
    tx.commit().await
}

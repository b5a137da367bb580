//! Last uses of keys and sessions, kept in memory and written in batches at minute precision.
//!
//! Knowing when a key was last used must not cost a write per request. Nothing is decided by
//! what stands here; losing it in a crash loses at most a minute of a display.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use postscale_access::SystemScope;
use postscale_model::{ApiKeyId, SessionId, Timestamp, UserId};

use crate::{Result, Store, Tx, params};

/// A use this close to the one on record is not worth a write.
const PRECISION: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct Pending {
    keys: HashMap<ApiKeyId, Timestamp>,
    sessions: HashMap<SessionId, Timestamp>,
}

/// Uses seen and not yet written.
#[derive(Debug, Clone, Default)]
pub struct LastUse(Arc<Mutex<Pending>>);

impl LastUse {
    pub(crate) fn key(&self, id: ApiKeyId, on_record: Option<Timestamp>, now: Timestamp) {
        if on_record.is_none_or(|at| now.since(at) >= PRECISION) {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .keys
                .insert(id, now);
        }
    }
    pub(crate) fn session(&self, id: SessionId, on_record: Timestamp, now: Timestamp) {
        if now.since(on_record) >= PRECISION {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .sessions
                .insert(id, now);
        }
    }
    fn take(&self) -> Pending {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes what was seen since the last call.
///
/// # Errors
/// When the database refuses; what was seen is then forgotten.
pub async fn flush(store: &Store, _scope: &SystemScope) -> Result<()> {
    let pending = store.last_use().take();
    if pending.keys.is_empty() && pending.sessions.is_empty() {
        return Ok(());
    }
    let mut tx = store.write().await?;
    for (id, at) in pending.keys {
        let sql = "UPDATE api_keys SET last_used_at = $2 WHERE id = $1";
        tx.execute(sql, &params![id, at]).await?;
    }
    // Users before sessions, as where one signs in: whoever does both at once waits, and no more.
    for (id, at) in &pending.sessions {
        let sql = "UPDATE users SET last_active_at = $2 \
                   WHERE id = (SELECT user_id FROM sessions WHERE id = $1) \
                   AND (last_active_at IS NULL OR last_active_at < $2)";
        tx.execute(sql, &params![*id, *at]).await?;
    }
    for (id, at) in pending.sessions {
        let sql = "UPDATE sessions SET last_seen_at = $2 WHERE id = $1";
        tx.execute(sql, &params![id, at]).await?;
    }
    tx.commit().await
}

/// Notes that a user is active, unless that was noted of a later instant.
pub(crate) async fn user(tx: &mut Tx, id: UserId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE users SET last_active_at = $2 \
               WHERE id = $1 AND (last_active_at IS NULL OR last_active_at < $2)";
    tx.execute(sql, &params![id, now]).await.map(drop)
}

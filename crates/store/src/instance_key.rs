//! Table `instance_keys`: a fingerprint of the master key this database is kept with. It tells
//! nothing of the key; it only tells whether a process has the same one.

use postscale_model::Timestamp;

use crate::{Result, Seal, Tx, dialect, dkim_key, params};

/// What came of [`record`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// The database is kept with that key, from now on or as before.
    Ours,
    /// It is kept with another one.
    Another,
}

/// The fingerprint of the key this database is kept with; none when none was recorded yet, or the
/// schema is older than that.
///
/// # Errors
/// When the database cannot answer.
pub async fn find(tx: &mut Tx) -> Result<Option<String>> {
    let sql = dialect::table_exists(tx.engine());
    if tx
        .query_opt(sql, &params!["instance_keys"])
        .await?
        .is_none()
    {
        return Ok(None);
    }
    let row = tx
        .query_opt("SELECT fingerprint FROM instance_keys", &[])
        .await?;
    row.map(|row| row.text("fingerprint")).transpose()
}

/// Records by which key the database is kept, unless that is known. Of two that do so at once the
/// second waits and is told what the first recorded. A database from before there were fingerprints
/// that holds sealed keys, none of which opens with `seal`, is another key's.
///
/// # Errors
/// When the database refuses.
pub async fn record(
    tx: &mut Tx,
    fingerprint: &str,
    seal: &Seal,
    now: Timestamp,
) -> Result<Recorded> {
    let sql = "INSERT INTO instance_keys (one, fingerprint, recorded_at) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING";
    let is_new = tx.execute(sql, &params![fingerprint, now]).await? > 0;
    let is_ours = if is_new {
        !dkim_key::are_sealed_otherwise(tx, seal).await?
    } else {
        find(tx).await?.is_some_and(|known| known == fingerprint)
    };
    Ok(if is_ours {
        Recorded::Ours
    } else {
        Recorded::Another
    })
}

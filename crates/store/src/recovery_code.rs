//! Table `recovery_codes`: what signs a person in whose second factor is lost. Each once.

use postscale_model::{PersonId, Timestamp, TokenHash};

use crate::{Result, Tx, params};

/// Replaces a person's codes by others.
///
/// # Errors
/// When the database refuses.
pub async fn replace_all(tx: &mut Tx, person: PersonId, codes: &[TokenHash]) -> Result<()> {
    delete_all(tx, person).await?;
    for code in codes {
        let sql = "INSERT INTO recovery_codes (person_id, code_hash) VALUES ($1, $2)";
        tx.execute(sql, &params![person, code]).await?;
    }
    Ok(())
}

/// Uses a code up; `false` when it is none of the person's or was used before.
///
/// # Errors
/// When the database refuses.
pub async fn consume(
    tx: &mut Tx,
    person: PersonId,
    code: &TokenHash,
    now: Timestamp,
) -> Result<bool> {
    let used = tx
        .execute(
            "UPDATE recovery_codes SET used_at = $3 \
             WHERE person_id = $1 AND code_hash = $2 AND used_at IS NULL",
            &params![person, code, now],
        )
        .await?;
    Ok(used == 1)
}

/// How many are left.
///
/// # Errors
/// When the database cannot answer.
pub async fn count_left(tx: &mut Tx, person: PersonId) -> Result<i64> {
    let sql = "SELECT COUNT(*) AS n FROM recovery_codes WHERE person_id = $1 AND used_at IS NULL";
    tx.query_one(sql, &params![person]).await?.int("n")
}

/// Deletes all of a person's codes.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn delete_all(tx: &mut Tx, person: PersonId) -> Result<()> {
    let sql = "DELETE FROM recovery_codes WHERE person_id = $1";
    tx.execute(sql, &params![person]).await.map(drop)
}

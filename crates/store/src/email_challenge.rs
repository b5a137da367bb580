//! Table `email_challenges`: what was mailed to prove a person or an address. Each is used once.
//!
//! A link's token is found by its hash. A code is short, so it is found by its person and tried a few
//! times at most.

use std::time::Duration;

use postscale_model::{EmailChallenge, EmailChallengeKind, PersonId, Timestamp, TokenHash};

use crate::{Result, Row, Tx, params};

fn from_row(row: &Row) -> Result<EmailChallenge> {
    Ok(EmailChallenge {
        id: row.id("id")?,
        kind: row.word("kind")?,
        person_id: row.opt_id("person_id")?,
        email: row.id("email")?,
        secret_hash: row.token_hash("secret_hash")?,
        expires_at: row.timestamp("expires_at")?,
        created_at: row.timestamp("created_at")?,
    })
}

/// Opens a challenge in place of an earlier one of its kind for its address, unless that one is
/// younger than `quiet`: so that nobody can have an address flooded, or somebody's link replaced
/// just before they open it. `false` when it was not opened.
///
/// # Errors
/// When the database refuses.
pub async fn open(tx: &mut Tx, challenge: &EmailChallenge, quiet: Duration) -> Result<bool> {
    let opened = tx
        .execute(
            "INSERT INTO email_challenges (id, kind, person_id, email, email_key, secret_hash, tries, expires_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8) ON CONFLICT (kind, email_key) DO UPDATE SET \
             id = excluded.id, person_id = excluded.person_id, email = excluded.email, \
             secret_hash = excluded.secret_hash, tries = 0, expires_at = excluded.expires_at, \
             created_at = excluded.created_at WHERE email_challenges.created_at <= $9",
            &params![
                challenge.id,
                challenge.kind,
                challenge.person_id,
                &challenge.email,
                challenge.email.key(),
                challenge.secret_hash,
                challenge.expires_at,
                challenge.created_at,
                challenge.created_at.minus(quiet),
            ],
        )
        .await?;
    Ok(opened == 1)
}

/// The open challenge of a link's token. Holding it is the authority. Nothing is used up.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_by_token(
    tx: &mut Tx,
    kind: EmailChallengeKind,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<EmailChallenge>> {
    let row = tx
        .query_opt(
            "SELECT * FROM email_challenges WHERE secret_hash = $2 AND kind = $1 AND expires_at > $3",
            &params![kind, token, now],
        )
        .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// Counts one try at a person's open code, up to `tries_max`, and gives the challenge to compare with.
///
/// # Errors
/// When the database refuses.
pub async fn count_try(
    tx: &mut Tx,
    kind: EmailChallengeKind,
    person: PersonId,
    tries_max: i64,
    now: Timestamp,
) -> Result<Option<EmailChallenge>> {
    let row = tx
        .query_opt(
            "UPDATE email_challenges SET tries = tries + 1 \
             WHERE person_id = $2 AND kind = $1 AND expires_at > $3 AND tries < $4 RETURNING *",
            &params![kind, person, now, tries_max],
        )
        .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// A person's open challenge of a kind.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_of_person(
    tx: &mut Tx,
    kind: EmailChallengeKind,
    person: PersonId,
    now: Timestamp,
) -> Result<Option<EmailChallenge>> {
    let row = tx
        .query_opt(
            "SELECT * FROM email_challenges WHERE person_id = $2 AND kind = $1 AND expires_at > $3",
            &params![kind, person, now],
        )
        .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// Uses a challenge up; `false` when somebody else was first.
///
/// # Errors
/// When the database refuses.
pub async fn consume(tx: &mut Tx, challenge: &EmailChallenge) -> Result<bool> {
    let gone = tx
        .execute(
            "DELETE FROM email_challenges WHERE id = $1 AND secret_hash = $2",
            &params![challenge.id, challenge.secret_hash],
        )
        .await?;
    Ok(gone == 1)
}

/// Ends every challenge of a person, of one kind or of all.
///
/// # Errors
/// When the database refuses.
pub async fn delete_of_person(
    tx: &mut Tx,
    person: PersonId,
    kind: Option<EmailChallengeKind>,
) -> Result<()> {
    tx.execute(
        "DELETE FROM email_challenges WHERE person_id = $1 AND ($2 IS NULL OR kind = $2)",
        &params![person, kind],
    )
    .await
    .map(drop)
}

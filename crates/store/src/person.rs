//! Table `persons`: logins.

use postscale_model::{Address, Organization, Person, PersonId, Role, Timestamp, UserId};

use crate::{Result, Row, Tx, params, recovery_code};

/// The unique key of addresses.
pub const EMAIL_KEY: &str = "persons_email_key_key";

/// A person with what is needed to check a password. Stays inside sign-in.
#[derive(Debug)]
pub struct Login {
    /// The person.
    pub person: Person,
    /// Argon2 PHC string; none while no password was ever set.
    pub password_hash: Option<String>,
    /// Wrong passwords and codes since the last good ones.
    pub failed_logins: i64,
    /// The second factor, if there is one or one is being set up.
    pub totp: Option<Totp>,
}

/// A person's second factor.
#[derive(Debug)]
pub struct Totp {
    /// The sealed secret.
    pub sealed_secret: Vec<u8>,
    /// Whether sign-in asks for it.
    pub is_enabled: bool,
}

fn login_from_row(row: &Row) -> Result<Login> {
    let is_enabled = row.opt_timestamp("totp_enabled_at")?.is_some();
    let sealed_secret = row.opt_blob("totp_secret")?;
    Ok(Login {
        person: from_row(row)?,
        password_hash: row.opt_text("password_hash")?,
        failed_logins: row.int("failed_logins")?,
        totp: sealed_secret.map(|sealed_secret| Totp {
            sealed_secret,
            is_enabled,
        }),
    })
}

/// One organization a person may work in.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The membership.
    pub user_id: UserId,
    /// The organization.
    pub organization: Organization,
    /// The role there.
    pub role: Role,
}

fn from_row(row: &Row) -> Result<Person> {
    Ok(Person {
        id: row.id("id")?,
        email: row.id("email")?,
        name: row.text("name")?,
        email_verified_at: row.opt_timestamp("email_verified_at")?,
        created_at: row.timestamp("created_at")?,
    })
}

/// Inserts a person whose password, if any, is already hashed.
///
/// # Errors
/// A conflict on [`EMAIL_KEY`] when the address is taken.
pub async fn insert(tx: &mut Tx, person: &Person, password_hash: Option<&str>) -> Result<()> {
    tx.execute(
        "INSERT INTO persons (id, email, email_key, name, password_hash, email_verified_at, failed_logins, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $7)",
        &params![
            person.id,
            &person.email,
            person.email.key(),
            &person.name,
            password_hash,
            person.email_verified_at,
            person.created_at,
        ],
    )
    .await
    .map(drop)
}

/// The login of an address, for checking a password.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_login(tx: &mut Tx, email: &Address) -> Result<Option<Login>> {
    let row = tx
        .query_opt(
            "SELECT * FROM persons WHERE email_key = $1",
            &params![email.key()],
        )
        .await?;
    row.map(|row| login_from_row(&row)).transpose()
}

/// The login of a person, for checking a password again.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_login_of(tx: &mut Tx, id: PersonId) -> Result<Option<Login>> {
    let row = tx
        .query_opt("SELECT * FROM persons WHERE id = $1", &params![id])
        .await?;
    row.map(|row| login_from_row(&row)).transpose()
}

/// The login of a person, whose password, second factor and address stay until the transaction ends.
///
/// # Errors
/// When the database cannot answer.
pub async fn keep_login_of(tx: &mut Tx, id: PersonId) -> Result<Option<Login>> {
    let lock = tx.engine().lock_suffix();
    let sql = ["SELECT * FROM persons WHERE id = $1 ", lock].concat();
    let row = tx.query_opt(&sql, &params![id]).await?;
    row.map(|row| login_from_row(&row)).transpose()
}

/// Sets a person's password hash, and forgets the wrong tries at the old one.
///
/// # Errors
/// When the database refuses.
pub async fn update_password(tx: &mut Tx, id: PersonId, hash: &str, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE persons SET password_hash = $2, failed_logins = 0, updated_at = $3 WHERE id = $1",
        &params![id, hash, now],
    )
    .await
    .map(drop)
}

/// Sets a person's name.
///
/// # Errors
/// When the database refuses.
pub async fn update_name(tx: &mut Tx, id: PersonId, name: &str, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE persons SET name = $2, updated_at = $3 WHERE id = $1",
        &params![id, name, now],
    )
    .await
    .map(drop)
}

/// Sets a person's address, proven.
///
/// # Errors
/// A conflict on [`EMAIL_KEY`] when it is somebody else's.
pub async fn update_email(
    tx: &mut Tx,
    id: PersonId,
    email: &Address,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE persons SET email = $2, email_key = $3, email_verified_at = $4, updated_at = $4 WHERE id = $1",
        &params![id, email, email.key(), now],
    )
    .await
    .map(drop)
}

/// Counts one wrong password or code, up to `max`. Gives the count when it was counted.
///
/// # Errors
/// When the database refuses.
pub async fn count_failure(tx: &mut Tx, id: PersonId, max: i64) -> Result<Option<i64>> {
    let row = tx
        .query_opt(
            "UPDATE persons SET failed_logins = failed_logins + 1 \
             WHERE id = $1 AND failed_logins < $2 RETURNING failed_logins",
            &params![id, max],
        )
        .await?;
    row.map(|row| row.int("failed_logins")).transpose()
}

/// Forgets wrong passwords and codes after good ones.
///
/// # Errors
/// When the database refuses.
pub async fn forget_failures(tx: &mut Tx, id: PersonId) -> Result<()> {
    let sql = "UPDATE persons SET failed_logins = 0 WHERE id = $1 AND failed_logins > 0";
    tx.execute(sql, &params![id]).await.map(drop)
}

/// Keeps the sealed secret of a second factor that is being set up, in place of any before;
/// `false` when there is a second factor already.
///
/// # Errors
/// When the database refuses.
pub async fn begin_totp(
    tx: &mut Tx,
    id: PersonId,
    sealed_secret: &[u8],
    now: Timestamp,
) -> Result<bool> {
    let begun = tx
        .execute(
            "UPDATE persons SET totp_secret = $2, totp_last_step = NULL, updated_at = $3 \
             WHERE id = $1 AND totp_enabled_at IS NULL",
            &params![id, sealed_secret, now],
        )
        .await?;
    Ok(begun == 1)
}

/// Makes the second factor count, once, if it is still the one that was set up; its first code is
/// used up.
///
/// # Errors
/// When the database refuses.
pub async fn enable_totp(
    tx: &mut Tx,
    id: PersonId,
    sealed_secret: &[u8],
    step: i64,
    now: Timestamp,
) -> Result<bool> {
    let enabled = tx
        .execute(
            "UPDATE persons SET totp_enabled_at = $4, totp_last_step = $3, updated_at = $4 \
             WHERE id = $1 AND totp_enabled_at IS NULL AND totp_secret = $2",
            &params![id, sealed_secret, step, now],
        )
        .await?;
    Ok(enabled == 1)
}

/// Uses a time-step of the second factor up; `false` when it or a later one was used before.
///
/// # Errors
/// When the database refuses.
pub async fn use_totp_step(tx: &mut Tx, id: PersonId, step: i64) -> Result<bool> {
    let used = tx
        .execute(
            "UPDATE persons SET totp_last_step = $2 WHERE id = $1 AND totp_enabled_at IS NOT NULL \
             AND (totp_last_step IS NULL OR totp_last_step < $2)",
            &params![id, step],
        )
        .await?;
    Ok(used == 1)
}

/// Takes the second factor away, with its recovery codes.
///
/// # Errors
/// When the database refuses.
pub async fn remove_totp(tx: &mut Tx, id: PersonId, now: Timestamp) -> Result<()> {
    recovery_code::delete_all(tx, id).await?;
    tx.execute(
        "UPDATE persons SET totp_secret = NULL, totp_enabled_at = NULL, totp_last_step = NULL, \
         updated_at = $2 WHERE id = $1",
        &params![id, now],
    )
    .await
    .map(drop)
}

/// Every organization in which the person is an active user, oldest membership first.
///
/// # Errors
/// When the database cannot answer.
pub async fn memberships(tx: &mut Tx, id: PersonId) -> Result<Vec<Membership>> {
    let rows = tx
        .query(
            "SELECT u.id AS user_id, u.role, o.id, o.name, o.plan, o.created_at \
             FROM users u JOIN organizations o ON o.id = u.organization_id \
             WHERE u.person_id = $1 AND u.status = 'active' ORDER BY u.created_at, u.id",
            &params![id],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Membership {
                user_id: row.id("user_id")?,
                role: row.word("role")?,
                organization: Organization {
                    id: row.id("id")?,
                    name: row.text("name")?,
                    plan: row.text("plan")?,
                    created_at: row.timestamp("created_at")?,
                },
            })
        })
        .collect()
}

/// Whether an organization the person belonged to was deleted.
///
/// # Errors
/// When the database cannot answer.
pub async fn lost_organization(tx: &mut Tx, id: PersonId) -> Result<bool> {
    let row = tx
        .query_opt(
            "SELECT o.id FROM users u JOIN organizations o ON o.id = u.organization_id \
             WHERE u.person_id = $1 AND o.deleted_at IS NOT NULL LIMIT 1",
            &params![id],
        )
        .await?;
    Ok(row.is_some())
}

/// Whether a login that starts over keeps its second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// It has none.
    None,
    /// It keeps the one that its owner set up.
    Kept,
}

/// Gives a login, whose owner just proved the address and could sign in nowhere, another name and
/// password, and ends its sessions. What was set up before the address was ever proven goes too: it
/// may be somebody else's. Returns the person as they are now.
///
/// # Errors
/// When the database refuses.
pub async fn start_over(
    tx: &mut Tx,
    id: PersonId,
    (name, password_hash): (&str, &str),
    now: Timestamp,
) -> Result<(Person, SecondFactor)> {
    let row = tx
        .query_one(
            "UPDATE persons SET name = $2, password_hash = $3, failed_logins = 0, updated_at = $4, \
             totp_secret = CASE WHEN email_verified_at IS NULL THEN NULL ELSE totp_secret END, \
             totp_enabled_at = CASE WHEN email_verified_at IS NULL THEN NULL ELSE totp_enabled_at END, \
             email_verified_at = COALESCE(email_verified_at, $4) \
             WHERE id = $1 RETURNING *, totp_enabled_at IS NOT NULL AS second_factor",
            &params![id, name, password_hash, now],
        )
        .await?;
    let kept = row.bool("second_factor")?;
    if !kept {
        let sql = "DELETE FROM recovery_codes WHERE person_id = $1";
        tx.execute(sql, &params![id]).await?;
    }
    for sql in [
        "DELETE FROM sessions WHERE person_id = $1",
        "DELETE FROM email_challenges WHERE person_id = $1",
    ] {
        tx.execute(sql, &params![id]).await?;
    }
    let factor = match kept {
        true => SecondFactor::Kept,
        false => SecondFactor::None,
    };
    Ok((from_row(&row)?, factor))
}

/// Forgets what was mailed to an address to prove it: its owner just did, another way.
///
/// # Errors
/// When the database refuses.
pub async fn forget_challenges(tx: &mut Tx, email: &Address) -> Result<()> {
    let sql = "DELETE FROM email_challenges WHERE email_key = $1";
    tx.execute(sql, &params![email.key()]).await.map(drop)
}

//! Table `persons`: logins.

use postscale_model::{Address, Organization, Person, PersonId, Role, Timestamp, UserId};

use crate::{Result, Row, Tx, params};

/// The unique key of addresses.
pub const EMAIL_KEY: &str = "persons_email_key_key";

/// A person with what is needed to check a password. Stays inside sign-in.
#[derive(Debug)]
pub struct Login {
    /// The person.
    pub person: Person,
    /// Argon2 PHC string; none while no password was ever set.
    pub password_hash: Option<String>,
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
    row.map(|row| {
        Ok(Login {
            person: from_row(&row)?,
            password_hash: row.opt_text("password_hash")?,
        })
    })
    .transpose()
}

/// The login of a person, for checking a password again.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_login_of(tx: &mut Tx, id: PersonId) -> Result<Option<Login>> {
    let row = tx
        .query_opt("SELECT * FROM persons WHERE id = $1", &params![id])
        .await?;
    row.map(|row| {
        Ok(Login {
            person: from_row(&row)?,
            password_hash: row.opt_text("password_hash")?,
        })
    })
    .transpose()
}

/// Sets a person's password hash.
///
/// # Errors
/// When the database refuses.
pub async fn update_password(tx: &mut Tx, id: PersonId, hash: &str, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE persons SET password_hash = $2, updated_at = $3 WHERE id = $1",
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
/// may be somebody else's.
///
/// # Errors
/// When the database refuses.
pub async fn start_over(
    tx: &mut Tx,
    id: PersonId,
    (name, password_hash): (&str, &str),
    now: Timestamp,
) -> Result<SecondFactor> {
    let row = tx
        .query_one(
            "UPDATE persons SET name = $2, password_hash = $3, failed_logins = 0, updated_at = $4, \
             totp_secret = CASE WHEN email_verified_at IS NULL THEN NULL ELSE totp_secret END, \
             totp_enabled_at = CASE WHEN email_verified_at IS NULL THEN NULL ELSE totp_enabled_at END, \
             email_verified_at = COALESCE(email_verified_at, $4) \
             WHERE id = $1 RETURNING totp_enabled_at IS NOT NULL AS second_factor",
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
    Ok(match kept {
        true => SecondFactor::Kept,
        false => SecondFactor::None,
    })
}

/// Forgets what was mailed to an address to prove it: its owner just did, another way.
///
/// # Errors
/// When the database refuses.
pub async fn forget_challenges(tx: &mut Tx, email: &Address) -> Result<()> {
    let sql = "DELETE FROM email_challenges WHERE email_key = $1";
    tx.execute(sql, &params![email.key()]).await.map(drop)
}

//! Table `alias_contacts`: whom aliases correspond with, by reverse addresses.
//!
//! A contact is known by its address inside one alias. Its token stands in the reverse address, is
//! random and unique everywhere.

mod corresponding;

use postscale_access::{Granted, Writable};
use postscale_model::{Alias, Contact, ContactId};

pub use self::corresponding::{
    Reverse, blocking, count_received, count_sent, find_all, find_reverse, keep,
};
use crate::{Listed, Page, Result, Row, Tx, conditions::Conditions, params};

/// Contacts of one alias. Beyond it the one unused longest gives way, unless it is blocked.
pub const CONTACTS_MAX: u64 = 10_000;

fn from_row(row: &Row) -> Result<Contact> {
    Ok(Contact {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        alias_id: row.id("alias_id")?,
        address: row.id("address")?,
        display_name: row.text("display_name")?,
        token: row.text("token")?,
        blocked: row.bool("blocked")?,
        emails_received: row.int("emails_received")?,
        emails_sent: row.int("emails_sent")?,
        last_used_at: row.timestamp("last_used_at")?,
        created_at: row.timestamp("created_at")?,
    })
}

/// Adds a contact to the alias it names. The one there is stays as it is when the alias has its
/// address already; either way the contact of that address is returned, and whether it is new.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    tx: &mut Tx,
    alias: &Writable<Alias>,
    contact: &Contact,
) -> Result<(Contact, bool)> {
    let is_new = add(tx, alias, contact).await?;
    let sql = "SELECT * FROM alias_contacts WHERE alias_id = $1 AND address_key = $2";
    let row = tx
        .query_one(sql, &params![alias.id, contact.address.key()])
        .await?;
    Ok((from_row(&row)?, is_new))
}

async fn add(tx: &mut Tx, alias: &Alias, contact: &Contact) -> Result<bool> {
    let added = tx
        .execute(
            "INSERT INTO alias_contacts (id, organization_id, alias_id, address, address_key, display_name, token, \
             blocked, emails_received, emails_sent, last_used_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $9) ON CONFLICT (alias_id, address_key) DO NOTHING",
            &params![
                contact.id,
                alias.organization_id,
                alias.id,
                &contact.address,
                contact.address.key(),
                &contact.display_name,
                &contact.token,
                contact.blocked,
                contact.created_at,
            ],
        )
        .await?;
    if added == 1 {
        make_room(tx, alias).await?;
    }
    Ok(added == 1)
}

async fn make_room(tx: &mut Tx, alias: &Alias) -> Result<()> {
    let sql = "SELECT COUNT(*) AS n FROM alias_contacts WHERE alias_id = $1";
    if tx.query_one(sql, &params![alias.id]).await?.count("n")? > CONTACTS_MAX {
        let sql = "DELETE FROM alias_contacts WHERE id = (SELECT id FROM alias_contacts \
                   WHERE alias_id = $1 AND NOT blocked ORDER BY last_used_at, id LIMIT 1)";
        tx.execute(sql, &params![alias.id]).await?;
    }
    Ok(())
}

/// The contacts of an alias, the one used last first; `query` is a part of address or name.
///
/// # Errors
/// When the database cannot answer.
pub async fn list<C>(
    tx: &mut Tx,
    alias: &Granted<Alias, C>,
    (query, blocked): (Option<&str>, Option<bool>),
    page: Page,
) -> Result<Listed<Contact>> {
    let mut conditions = Conditions::equal("c.alias_id", alias.id);
    conditions.and_contains(&["c.address", "c.display_name"], query);
    conditions.and_given("c.blocked = ?", blocked);
    let order = "c.last_used_at DESC, c.id DESC";
    let select = ("c.*", "alias_contacts c", order);
    conditions.list(tx, select, page, from_row).await
}

/// One contact of an alias.
///
/// # Errors
/// When the database cannot answer.
pub async fn find<C>(
    tx: &mut Tx,
    alias: &Granted<Alias, C>,
    id: ContactId,
) -> Result<Option<Contact>> {
    let sql = "SELECT * FROM alias_contacts WHERE alias_id = $1 AND id = $2";
    let row = tx.query_opt(sql, &params![alias.id, id]).await?;
    row.map(|row| from_row(&row)).transpose()
}

/// Keeps what changed of a contact: its name, and whether it is blocked.
///
/// # Errors
/// When the database refuses.
pub async fn update(tx: &mut Tx, alias: &Writable<Alias>, contact: &Contact) -> Result<()> {
    let sql =
        "UPDATE alias_contacts SET display_name = $3, blocked = $4 WHERE alias_id = $1 AND id = $2";
    let parameters = params![alias.id, contact.id, &contact.display_name, contact.blocked];
    tx.execute(sql, &parameters).await.map(drop)
}

/// Forgets a contact: its reverse address is good for nothing from then on.
///
/// # Errors
/// When the database refuses.
pub async fn delete(tx: &mut Tx, alias: &Writable<Alias>, id: ContactId) -> Result<()> {
    let sql = "DELETE FROM alias_contacts WHERE alias_id = $1 AND id = $2";
    tx.execute(sql, &params![alias.id, id]).await.map(drop)
}

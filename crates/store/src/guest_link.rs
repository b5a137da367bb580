//! Table `guest_links`: links that show one domain's records to whoever holds their token.
//!
//! A link is good while its maker may write the domain, which the gate finds out at each use; only
//! the hash of its token is here.

use std::time::Duration;

use postscale_access::{Identity, Means, Readable, SecondFactor, Writable};
use postscale_model::{Domain, GuestLink, GuestLinkId, SessionId, Timestamp, TokenHash};

use crate::{Result, Row, Tx, params};

/// The columns of a link `l` of domain `d`. When somebody last looked is in the log alone, so that
/// looking changes nothing else.
macro_rules! link_select {
    () => {
        "SELECT l.*, (SELECT MAX(a.at) FROM audit_entries a WHERE a.organization_id = d.organization_id \
         AND a.target_id = l.id AND a.action = 'guest_link.opened') AS looked_at, \
         (SELECT COUNT(*) FROM audit_entries a WHERE a.organization_id = d.organization_id \
         AND a.target_id = l.id AND a.action = 'guest_link.opened') AS looks"
    };
}

fn from_row(row: &Row) -> Result<GuestLink> {
    Ok(GuestLink {
        id: row.id("id")?,
        domain_id: row.id("domain_id")?,
        created_by: row.id("created_by")?,
        note: row.text("note")?,
        expires_at: row.timestamp("expires_at")?,
        opened_at: row.opt_timestamp("looked_at")?,
        views: row.count("looks")?,
        created_at: row.timestamp("created_at")?,
    })
}

/// The domain of a live link, how its maker stands towards it, and who that is. Unchecked: only the
/// gate asks.
pub(crate) async fn find_live(
    tx: &mut Tx,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<Row>> {
    tx.query_opt(
        "SELECT d.*, l.id AS link_id, u.id AS maker_id, u.role AS maker_role, u.person_id AS maker_person, \
         u.organization_id AS maker_organization, FALSE AS in_key_scope, \
         (SELECT g.level FROM grants g WHERE g.user_id = u.id AND g.domain_id = d.id \
          AND (g.expires_at IS NULL OR g.expires_at > $2)) AS grant_level \
         FROM guest_links l JOIN domains d ON d.id = l.domain_id JOIN users u ON u.id = l.created_by \
         WHERE l.token_hash = $1 AND l.revoked_at IS NULL AND l.expires_at > $2 AND u.status = 'active'",
        &params![token, now],
    )
    .await
}

/// Who made the link of such a row, as a person; the link stands where a session would.
pub(crate) fn maker(row: &Row) -> Result<Identity> {
    let link: GuestLinkId = row.id("link_id")?;
    Ok(Identity {
        organization: row.id("maker_organization")?,
        user: row.id("maker_id")?,
        role: row.word("maker_role")?,
        second_factor: SecondFactor::Settled,
        means: Means::Session {
            session: SessionId::from_uuid(link.as_uuid()),
            person: row.id("maker_person")?,
        },
    })
}

/// Makes a link.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    link: &GuestLink,
    token: &TokenHash,
) -> Result<()> {
    tx.execute(
        "INSERT INTO guest_links (id, domain_id, created_by, token_hash, note, expires_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &params![
            link.id,
            domain.id,
            link.created_by,
            token,
            &link.note,
            link.expires_at,
            link.created_at,
        ],
    )
    .await
    .map(drop)
}

/// A link in a list.
#[derive(Debug)]
pub struct ListedLink {
    /// The link.
    pub link: GuestLink,
    /// Name of its maker.
    pub maker: String,
    /// For asking the gate whether it is good.
    pub token: TokenHash,
}

/// A domain's links that are neither revoked nor expired, newest first.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    now: Timestamp,
) -> Result<Vec<ListedLink>> {
    let rows = tx
        .query(
            concat!(
                link_select!(),
                ", p.name AS maker FROM guest_links l JOIN domains d ON d.id = l.domain_id \
                 JOIN users u ON u.id = l.created_by JOIN persons p ON p.id = u.person_id \
                 WHERE l.domain_id = $1 AND l.revoked_at IS NULL AND l.expires_at > $2 \
                 ORDER BY l.created_at DESC, l.id"
            ),
            &params![domain.id, now],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(ListedLink {
                link: from_row(row)?,
                maker: row.text("maker")?,
                token: row.token_hash("token_hash")?,
            })
        })
        .collect()
}

/// A link of a domain that is neither revoked nor expired.
///
/// # Errors
/// When the database cannot answer.
pub async fn find(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    id: GuestLinkId,
    now: Timestamp,
) -> Result<Option<GuestLink>> {
    let row = tx
        .query_opt(
            concat!(
                link_select!(),
                " FROM guest_links l JOIN domains d ON d.id = l.domain_id \
                 WHERE l.id = $1 AND l.domain_id = $2 AND l.revoked_at IS NULL AND l.expires_at > $3"
            ),
            &params![id, domain.id, now],
        )
        .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// Ends a link of a domain, at once and for good.
///
/// # Errors
/// When the database refuses.
pub async fn revoke(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    link: &GuestLink,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE guest_links SET revoked_at = $3 WHERE id = $1 AND domain_id = $2 AND revoked_at IS NULL";
    tx.execute(sql, &params![link.id, domain.id, now])
        .await
        .map(drop)
}

/// The link by which a guest sees the domain.
///
/// # Errors
/// When the database cannot answer.
pub async fn get_shown(
    tx: &mut Tx,
    domain: &Readable<Domain>,
    token: &TokenHash,
) -> Result<GuestLink> {
    let sql = concat!(
        link_select!(),
        " FROM guest_links l JOIN domains d ON d.id = l.domain_id WHERE l.domain_id = $1 AND l.token_hash = $2"
    );
    from_row(&tx.query_one(sql, &params![domain.id, token]).await?)
}

/// Takes the link's turn to ask DNS; `false` when the last one was less than `pause` ago, on
/// whatever node.
///
/// # Errors
/// When the database refuses.
pub async fn take_check(
    tx: &mut Tx,
    domain: &Readable<Domain>,
    link: &GuestLink,
    pause: Duration,
    now: Timestamp,
) -> Result<bool> {
    let sql = "UPDATE guest_links SET checked_at = $3 WHERE id = $1 AND domain_id = $2 \
               AND (checked_at IS NULL OR checked_at <= $4)";
    let before = now.minus(pause);
    Ok(tx
        .execute(sql, &params![link.id, domain.id, now, before])
        .await?
        == 1)
}

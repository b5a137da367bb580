//! Table `rules`: what happens to received mail of a domain that fits conditions.
//!
//! The order in which rules are asked about a message is decided in `mail::rules`; listings here have
//! the same one, alias by alias.

use std::collections::BTreeMap;

use postscale_access::{Granted, SystemScope, Writable};
use postscale_model::{
    AliasId, Domain, DomainId, InboundEmail, InboundRule, RuleAction, RuleActionKind, RuleId,
    Timestamp,
};

use crate::{Result, Row, Tx, email::json, params};

/// The columns of a rule `r`, with its domain's organization.
macro_rules! rule_select {
    () => {
        "SELECT r.*, d.organization_id FROM rules r JOIN domains d ON d.id = r.domain_id \
         LEFT JOIN aliases a ON a.id = r.alias_id "
    };
}

fn from_row(row: &Row) -> Result<InboundRule> {
    Ok(InboundRule {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        domain_id: row.id("domain_id")?,
        alias_id: row.opt_id("alias_id")?,
        name: row.text("name")?,
        conditions: row.json("conditions")?,
        match_mode: row.word("match_mode")?,
        action: action_from_row(row)?,
        priority: row.int("priority")?,
        enabled: row.bool("enabled")?,
        hits: row.int("hits")?,
        last_hit_at: row.opt_timestamp("last_hit_at")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}

fn action_from_row(row: &Row) -> Result<RuleAction> {
    Ok(match row.word("action")? {
        RuleActionKind::Drop => RuleAction::Drop,
        RuleActionKind::Reject => RuleAction::Reject {
            text: row.opt_text("reject_text")?,
        },
        RuleActionKind::Forward => RuleAction::Forward {
            to: row.json("forward_to")?,
        },
        RuleActionKind::Webhook => RuleAction::Webhook {
            webhook_id: row.opt_id("webhook_id")?,
        },
        RuleActionKind::Store => RuleAction::Store,
        RuleActionKind::Tag => RuleAction::Tag {
            tags: row.json("tags")?,
        },
    })
}

/// Makes a rule of the domain.
///
/// # Errors
/// A dangling reference when its alias is gone.
pub async fn insert(tx: &mut Tx, domain: &Writable<Domain>, rule: &InboundRule) -> Result<()> {
    tx.execute(
        "INSERT INTO rules (id, domain_id, alias_id, name, match_mode, conditions, action, reject_text, forward_to, \
         webhook_id, tags, priority, enabled, hits, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14, $14)",
        &params![
            rule.id,
            domain.id,
            rule.alias_id,
            &rule.name,
            rule.match_mode,
            json(&rule.conditions)?,
            rule.action.kind(),
            rule.action.reject_text(),
            json(&rule.action.forward_to())?,
            rule.action.webhook_id(),
            json(&rule.action.tags())?,
            rule.priority,
            rule.enabled,
            rule.created_at,
        ],
    )
    .await
    .map(drop)
}

/// Keeps a rule of the domain as it is now. What it counted stays as it is.
///
/// # Errors
/// As [`insert`].
pub async fn update(tx: &mut Tx, domain: &Writable<Domain>, rule: &InboundRule) -> Result<()> {
    tx.execute(
        "UPDATE rules SET alias_id = $3, name = $4, match_mode = $5, conditions = $6, action = $7, reject_text = $8, \
         forward_to = $9, webhook_id = $10, tags = $11, priority = $12, enabled = $13, updated_at = $14 \
         WHERE id = $1 AND domain_id = $2",
        &params![
            rule.id,
            domain.id,
            rule.alias_id,
            &rule.name,
            rule.match_mode,
            json(&rule.conditions)?,
            rule.action.kind(),
            rule.action.reject_text(),
            json(&rule.action.forward_to())?,
            rule.action.webhook_id(),
            json(&rule.action.tags())?,
            rule.priority,
            rule.enabled,
            rule.updated_at,
        ],
    )
    .await
    .map(drop)
}

/// Deletes a rule of the domain. Mail it decided about stays.
///
/// # Errors
/// When the database refuses.
pub async fn delete(tx: &mut Tx, domain: &Writable<Domain>, rule: RuleId) -> Result<()> {
    let sql = "DELETE FROM rules WHERE id = $1 AND domain_id = $2";
    tx.execute(sql, &params![rule, domain.id]).await.map(drop)
}

/// A rule of a domain.
///
/// # Errors
/// When the database cannot answer.
pub async fn find<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    id: RuleId,
) -> Result<Option<InboundRule>> {
    let sql = concat!(rule_select!(), "WHERE r.id = $1 AND r.domain_id = $2");
    let row = tx.query_opt(sql, &params![id, domain.id]).await?;
    row.map(|row| from_row(&row)).transpose()
}

/// A rule by id, of whatever domain. Unchecked.
pub(crate) async fn find_any(tx: &mut Tx, id: RuleId) -> Result<Option<InboundRule>> {
    let sql = concat!(rule_select!(), "WHERE r.id = $1");
    let row = tx.query_opt(sql, &params![id]).await?;
    row.map(|row| from_row(&row)).transpose()
}

/// The rules of a domain in the order they are asked: those of its aliases, alias by alias, then those
/// of the whole domain.
///
/// # Errors
/// When the database cannot answer.
pub async fn list<C>(tx: &mut Tx, domain: &Granted<Domain, C>) -> Result<Vec<InboundRule>> {
    let sql = concat!(
        rule_select!(),
        "WHERE r.domain_id = $1 ORDER BY r.alias_id IS NULL, a.local_part, r.priority, r.created_at, r.id"
    );
    let rows = tx.query(sql, &params![domain.id]).await?;
    rows.iter().map(from_row).collect()
}

/// The rules of a domain that are switched on, for a message it receives.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_for_intake(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: DomainId,
) -> Result<Vec<InboundRule>> {
    let sql = "SELECT r.*, d.organization_id FROM rules r JOIN domains d ON d.id = r.domain_id \
               WHERE r.domain_id = $1 AND r.enabled";
    let rows = tx.query(sql, &params![domain]).await?;
    // A rule that cannot be read must not keep mail from being received.
    Ok(crate::row::readable(&rows, from_row))
}

/// Counts messages that rules decided about or marked: how many, by rule. In the order of their ids,
/// so that two messages never wait for each other.
///
/// # Errors
/// When the database refuses.
pub async fn count_hits(
    tx: &mut Tx,
    _scope: &SystemScope,
    hits: &BTreeMap<RuleId, i64>,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE rules SET hits = hits + $2, last_hit_at = $3 WHERE id = $1";
    for (rule, count) in hits {
        tx.execute(sql, &params![*rule, *count, now]).await?;
    }
    Ok(())
}

/// What the rule that decided about a message is called, unless it is gone.
///
/// # Errors
/// When the database cannot answer.
pub async fn name_of<C>(tx: &mut Tx, email: &Granted<InboundEmail, C>) -> Result<Option<String>> {
    let Some(rule) = &email.rule else {
        return Ok(None);
    };
    let sql = "SELECT name FROM rules WHERE id = $1 AND domain_id = $2";
    let row = tx
        .query_opt(sql, &params![rule.id, email.domain_id])
        .await?;
    row.map(|row| row.text("name")).transpose()
}

/// The alias of a domain with that id, if it is one of the domain's. It stays as long as the
/// transaction, for a rule that is to be about it.
///
/// # Errors
/// When the database cannot answer.
pub async fn alias_of(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    id: AliasId,
) -> Result<Option<AliasId>> {
    let sql = [
        "SELECT id FROM aliases WHERE id = $1 AND domain_id = $2 ",
        tx.engine().keep_suffix(),
    ]
    .concat();
    let row = tx.query_opt(&sql, &params![id, domain.id]).await?;
    row.map(|row| row.id("id")).transpose()
}

/// The alias of a domain with that local part, in any case. It stays as [`alias_of`] says.
///
/// # Errors
/// When the database cannot answer.
pub async fn alias_named(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    local_part: &str,
) -> Result<Option<AliasId>> {
    let sql = [
        "SELECT id FROM aliases WHERE local_part = $1 AND domain_id = $2 ",
        tx.engine().keep_suffix(),
    ]
    .concat();
    let parameters = params![local_part.to_lowercase(), domain.id];
    let row = tx.query_opt(&sql, &parameters).await?;
    row.map(|row| row.id("id")).transpose()
}

/// The local parts of the aliases that rules of a domain are about.
///
/// # Errors
/// When the database cannot answer.
pub async fn alias_names<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
) -> Result<BTreeMap<AliasId, String>> {
    let sql = "SELECT DISTINCT a.id, a.local_part FROM rules r JOIN aliases a ON a.id = r.alias_id \
               WHERE r.domain_id = $1";
    let rows = tx.query(sql, &params![domain.id]).await?;
    rows.iter()
        .map(|row| Ok((row.id("id")?, row.text("local_part")?)))
        .collect()
}

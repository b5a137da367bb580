//! Aliases and rules that announce to one endpoint alone name it. When it is deleted they keep its id,
//! which names nothing any more: they tell nobody, rather than others than they were told to.

use std::collections::HashSet;

use postscale_access::Granted;
use postscale_model::{Webhook, WebhookId};

use crate::{Result, Tx, Value, batch, params};

/// Those of the ids that name no endpoint any more.
///
/// # Errors
/// When the database cannot answer.
pub async fn gone(tx: &mut Tx, ids: &[WebhookId]) -> Result<HashSet<WebhookId>> {
    let mut gone: HashSet<WebhookId> = ids.iter().copied().collect();
    for run in batch::runs(ids) {
        let sql = [
            "SELECT id FROM webhooks WHERE id IN (",
            &batch::placeholders(1, run.len()),
            ")",
        ]
        .concat();
        let ids: Vec<Value> = run.iter().map(|id| Value::from(*id)).collect();
        for row in tx.query(&sql, &ids).await? {
            gone.remove(&row.id("id")?);
        }
    }
    Ok(gone)
}

/// How many announce to one endpoint alone.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct NamedBy {
    /// Aliases that do.
    pub aliases: u64,
    /// Rules that do.
    pub rules: u64,
}

/// Who names this endpoint, of the domains it is told about: whoever sees it sees these, and need not
/// see others it was told about once.
///
/// # Errors
/// When the database cannot answer.
pub async fn named_by<C>(tx: &mut Tx, webhook: &Granted<Webhook, C>) -> Result<NamedBy> {
    let sql = "WITH told AS (SELECT d.id FROM domains d JOIN webhooks w ON w.organization_id = d.organization_id \
               WHERE w.id = $1 AND (w.scope = 'organization' OR EXISTS (SELECT 1 FROM webhook_domains x \
               WHERE x.webhook_id = w.id AND x.domain_id = d.id))) \
               SELECT (SELECT COUNT(*) FROM aliases WHERE webhook_id = $1 AND domain_id IN (SELECT id FROM told)) AS aliases, \
               (SELECT COUNT(*) FROM rules WHERE webhook_id = $1 AND domain_id IN (SELECT id FROM told)) AS rules";
    let row = tx.query_one(sql, &params![webhook.id]).await?;
    Ok(NamedBy {
        aliases: row.count("aliases")?,
        rules: row.count("rules")?,
    })
}

//! Aliases as a file, written out piece by piece.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{Address, AliasId, AuditAction, AuditEvent, AuditTarget, Timestamp};
use postscale_store::alias;

use super::{AliasFilter, AliasWithTargets, all_with_targets};
use crate::{App, Pieces, Result, audit, csv};

/// Aliases of one piece.
const PIECE: u32 = 500;

/// The columns of the file.
const COLUMNS: [&str; 13] = [
    "id",
    "address",
    "domain",
    "action",
    "forward_to",
    "unconfirmed",
    "bouncing",
    "is_masked",
    "description",
    "emails_received",
    "active",
    "expires_at",
    "created_at",
];

/// A file that is being written out.
pub struct Export {
    app: App,
    caller: Caller,
    filter: AliasFilter,
    /// The head was written.
    begun: bool,
    /// The last alias that was written out.
    written: Option<AliasId>,
}

/// Begins a file of the aliases that fit and that the caller may see; that somebody took it is in the
/// log.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn export(app: &App, caller: &Caller, filter: Late<AliasFilter>) -> Result<Export> {
    let mut tx = app.store.write().await?;
    let scope = Gate::open(&mut tx, caller)
        .await?
        .scope(action::ALIAS_LIST_ALL)?;
    let filter = filter.after(&scope)?;
    let target = AuditTarget::new("alias", "", "aliases");
    let event = AuditEvent::new(AuditAction::ExportCreated, target);
    audit::note(app, &mut tx, scope.organization(), event).await?;
    tx.commit().await?;
    Ok(Export {
        app: app.clone(),
        caller: caller.clone(),
        filter,
        begun: false,
        written: None,
    })
}

impl Pieces for Export {
    async fn next(&mut self) -> Result<Option<String>> {
        if !self.begun {
            self.begun = true;
            return Ok(Some(csv::record(COLUMNS)));
        }
        let mut tx = self.app.store.read().await?;
        let scope = Gate::open(&mut tx, &self.caller)
            .await?
            .scope(action::ALIAS_LIST_ALL)?;
        let now = self.app.sources.now();
        let after = (self.written, PIECE);
        let aliases = alias::list_after(&mut tx, &scope, &self.filter, after, now).await?;
        let Some(last) = aliases.last() else {
            return Ok(None);
        };
        self.written = Some(last.id);
        let all = all_with_targets(&mut tx, aliases).await?;
        Ok(Some(all.iter().map(line).collect()))
    }
}

fn line(it: &AliasWithTargets) -> String {
    let alias = &it.alias;
    let list = |all: &[Address]| {
        let all: Vec<String> = all.iter().map(ToString::to_string).collect();
        all.join(" ")
    };
    csv::record([
        alias.id.to_string(),
        format!("{}@{}", alias.local_part, alias.domain),
        alias.domain.clone(),
        alias.action.to_string(),
        list(&alias.forward_to),
        list(&it.unconfirmed),
        list(&it.bouncing),
        alias.is_masked.to_string(),
        alias.description.clone(),
        alias.emails_received.to_string(),
        alias.active.to_string(),
        alias
            .expires_at
            .map_or_else(String::new, Timestamp::to_rfc3339),
        alias.created_at.to_rfc3339(),
    ])
}

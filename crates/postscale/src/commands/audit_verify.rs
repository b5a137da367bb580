//! `postscale admin audit verify`: whether the audit logs are as they were written.
//!
//! What it cannot see by itself is that the whole database was set back to an older state. It prints
//! how far each log goes and the mac it ends with: kept elsewhere, they show that too.

use std::fmt::Write as _;

use anyhow::Result;
use postscale_access::SystemScope;
use postscale_model::{AuditAction, AuditEvent, AuditTarget, OrganizationId};
use postscale_store::{
    Acting,
    audit_entry::{self, Chain},
};
use serde::Serialize;

use crate::{cli::print, config::Config, instance::Instance};

#[expect(
    clippy::disallowed_methods,
    reason = "the operator checks every organization's log"
)]
const SCOPE: SystemScope = SystemScope::for_job("audit_verify");

/// What was found of one organization's log.
#[derive(Serialize)]
struct Line {
    organization_id: String,
    /// Its name; absent once it was deleted.
    organization: Option<String>,
    intact: bool,
    /// How many entries there are; absent for a broken log.
    entries: Option<i64>,
    /// The mac of the last entry in hexadecimal; absent for a broken log.
    head: Option<String>,
    /// The first position where something was changed.
    broken_at: Option<i64>,
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        write!(text, "{octet:02x}").expect("BUG: writing to a String cannot fail");
        text
    })
}

impl Line {
    fn new(id: OrganizationId, name: Option<String>, chain: &Chain) -> Self {
        let (entries, head, broken_at) = match chain {
            Chain::Intact { entries, head } => (Some(*entries), Some(hex(head)), None),
            Chain::Broken(position) => (None, None, Some(*position)),
        };
        Self {
            organization_id: id.to_string(),
            organization: name,
            intact: broken_at.is_none(),
            entries,
            head,
            broken_at,
        }
    }

    fn text(&self) -> String {
        let id = &self.organization_id;
        let name = self.organization.as_deref().unwrap_or("(deleted)");
        match (self.broken_at, self.entries, &self.head) {
            (Some(position), _, _) => {
                format!("BROKEN  {id}  {name}: changed at entry {position} or right before it\n")
            }
            (None, Some(entries), Some(head)) => {
                format!("intact  {id}  {name}: {entries} entries, head {head}\n")
            }
            (None, _, _) => format!("intact  {id}  {name}\n"),
        }
    }
}

/// Checks every log; fails when one was changed. A log that is intact gets an entry that it was
/// checked, a broken one stays as it is for those who look into it.
pub async fn audit_verify(config: Config, json: bool) -> Result<()> {
    let instance = Instance::open(&config)?;
    instance.require_migrated().await?;
    let mut tx = instance.store.read().await?;
    let organizations = audit_entry::organizations(&mut tx, &SCOPE).await?;
    drop(tx);
    let mut lines = Vec::with_capacity(organizations.len());
    for (id, name) in organizations {
        let mut tx = instance.store.read().await?;
        let chain = audit_entry::verify(&mut tx, id, &SCOPE).await?;
        drop(tx);
        if let (Chain::Intact { entries, .. }, Some(name)) = (&chain, &name) {
            note(&instance, id, name, *entries).await?;
        }
        let line = Line::new(id, name, &chain);
        if !json {
            print(&line.text())?;
        }
        lines.push(line);
    }
    if json {
        print(&(serde_json::to_string_pretty(&lines)? + "\n"))?;
    }
    match lines.iter().filter(|line| !line.intact).count() {
        0 => Ok(()),
        broken => anyhow::bail!("{broken} of {} audit logs were changed", lines.len()),
    }
}

async fn note(
    instance: &Instance,
    organization: OrganizationId,
    name: &str,
    entries: i64,
) -> Result<()> {
    let mut tx = instance.store.write().await?;
    audit_entry::acts(&mut tx, Acting::cli());
    let target = AuditTarget::new("organization", organization, name);
    let event = AuditEvent::new(AuditAction::CliAuditVerified, target)
        .made(serde_json::json!({ "entries": entries }));
    audit_entry::append(&mut tx, &instance.sources, organization, event).await?;
    Ok(tx.commit().await?)
}

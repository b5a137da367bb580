//! What happened to a person's sign-in, as their organizations' logs and their own mailbox are told.

use postscale_model::{AuditAction, AuditEvent, AuditOutcome, AuditTarget, Person, SessionId};
use postscale_store::{Acting, Tx, audit_entry, person};
use serde_json::Value;

use crate::{App, Result, system_mail::Notice};

/// Who did it, as far as that is known.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    /// Nobody who proved anything.
    Somebody,
    /// The person, in that session.
    Themselves(Option<SessionId>),
    /// Somebody with a shell on the host.
    Operator,
}

/// Something that happened to a person's sign-in.
pub(crate) struct Event {
    action: AuditAction,
    outcome: AuditOutcome,
    before: Value,
    after: Value,
}

impl Event {
    /// Something done.
    pub(crate) const fn done(action: AuditAction) -> Self {
        Self {
            action,
            outcome: AuditOutcome::Ok,
            before: Value::Null,
            after: Value::Null,
        }
    }
    /// Something tried that did not work.
    pub(crate) fn failed(action: AuditAction) -> Self {
        Self {
            outcome: AuditOutcome::Failed,
            ..Self::done(action)
        }
    }
    /// With what changed.
    pub(crate) fn change(self, before: Value, after: Value) -> Self {
        Self {
            before,
            after,
            ..self
        }
    }
}

/// Tells the log of every organization in which the person is active. To be called after the
/// transaction's other writes.
pub(crate) async fn tell(
    app: &App,
    tx: &mut Tx,
    person: &Person,
    by: By,
    event: Event,
) -> Result<()> {
    for membership in person::memberships(tx, person.id).await? {
        let place = (membership.organization.id, membership.user_id);
        let entry = AuditEvent::new(
            event.action,
            AuditTarget::new("user", membership.user_id, &person.email),
        )
        .ended(event.outcome)
        .change(event.before.clone(), event.after.clone());
        match by {
            By::Somebody => {
                audit_entry::acts_as_nobody(tx);
                audit_entry::append(tx, &app.sources, place.0, entry).await?;
            }
            By::Operator => {
                audit_entry::acts(tx, Acting::cli());
                audit_entry::append(tx, &app.sources, place.0, entry).await?;
            }
            By::Themselves(session) => {
                audit_entry::append_as(tx, &app.sources, place, session, entry).await?;
            }
        }
    }
    Ok(())
}

/// Writes to the person that something about their sign-in changed, and what to do when it was not
/// them.
pub(crate) async fn warn(app: &App, tx: &mut Tx, person: &Person, what: &str) -> Result<()> {
    let forgot = format!("{}/forgot-password", app.links.public_url);
    Notice::new("Your Postscale sign-in was changed")
        .text(format!("Hello {},", person.name))
        .text(what)
        .text("If this was not you, choose a new password at once:")
        .link("Choose a new password", forgot)
        .send(app, tx, &person.email)
        .await
}

//! Looking into access: why somebody may or may not, what a change would do, and what there is to
//! review. Every answer is the policy's own, asked about somebody else.

mod explain;
mod export;
mod preview;
mod review;
mod sentence;

pub use explain::{Explained, ExplainedStep, Question, explain};
pub use export::{Export, export};
pub use postscale_access::Reach;
pub use postscale_store::{
    access_review::{ReviewItem, ReviewKind},
    grant::GivenGrant,
};
pub use preview::{DomainChange, KeyChange, Preview, Proposal, Proposed, WebhookChange, preview};
pub use review::{Kept, keep, review};

use postscale_access::{Identity, Means, SecondFactor};
use postscale_model::{ApiKey, Role, SessionId, User, UserStatus};

/// A user at a browser, if they may sign in; no session there is stands behind it.
fn person(user: &User, role: Role, second_factor: SecondFactor) -> Option<Identity> {
    (user.status == UserStatus::Active).then(|| Identity {
        organization: user.organization_id,
        user: user.id,
        role,
        second_factor,
        means: Means::Session {
            session: SessionId::from_uuid(user.id.as_uuid()),
            person: user.person_id,
        },
    })
}

/// A key of an active user.
fn key(key: &ApiKey, role: Role) -> Identity {
    Identity {
        organization: key.organization_id,
        user: key.created_by,
        role,
        second_factor: SecondFactor::Settled,
        means: Means::Key {
            key: key.id,
            capability: key.capability,
            scope: key.scope,
            environment: key.environment,
        },
    }
}

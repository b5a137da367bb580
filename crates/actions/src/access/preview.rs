//! What a change to one user would do, before it is done: by asking the policy about them as they are
//! and as they would be.

use std::collections::{HashMap, HashSet};

use postscale_access::{
    Caller, Gate, Late, Permission, Reach, SecondFactor, Standing, Supposed, UserAction, action,
};
use postscale_model::{
    ApiKey, ApiKeyId, DomainId, Invalid, Invitation, KeyScope, OrganizationId, Role, Timestamp,
    User, UserId, UserStatus, Webhook,
};
use postscale_store::{Tx, grant::MemberGrant, invitation, offboarding, user::Managed};

use super::{explain::second_factor, key, person};
use crate::{
    App, Result, Rule,
    users::{self, Ends, UserAccess, WantedGrant},
};

/// A change to one user.
#[derive(Debug)]
pub enum Proposal {
    /// Another access list, as a whole.
    Access(Vec<WantedGrant>),
    /// Another role.
    Role(Role),
    /// Out of the team for now.
    Deactivate,
    /// Out of the team for good.
    Delete,
}

impl Proposal {
    /// What making the change asks the gate for.
    const fn action(&self) -> UserAction {
        match self {
            Self::Access(_) => action::GRANT_REPLACE,
            Self::Role(role) => users::role_action(*role),
            Self::Deactivate => action::USER_DEACTIVATE,
            Self::Delete => action::USER_DELETE,
        }
    }
}

/// To whom what would be done.
#[derive(Debug)]
pub struct Proposed {
    /// The user.
    pub user: Option<UserId>,
    /// The change, if it could be read.
    pub change: Result<Proposal, Invalid>,
}

/// What becomes of somebody's reach on one domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainChange {
    /// The domain.
    pub domain_id: DomainId,
    /// Its name.
    pub domain: String,
    /// What they may do now.
    pub before: Reach,
    /// What they may do afterwards.
    pub after: Reach,
    /// When that ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// What becomes of a key.
#[derive(Debug)]
pub struct KeyChange {
    /// The key.
    pub key: ApiKey,
    /// It is revoked for good.
    pub is_revoked: bool,
    /// Where it reaches more or less than now.
    pub domains: Vec<DomainChange>,
}

/// What becomes of a webhook of theirs.
#[derive(Debug)]
pub struct WebhookChange {
    /// The webhook.
    pub webhook: Webhook,
    /// It is told nothing any more until somebody adopts it.
    pub is_suspended: bool,
    /// Names of domains it is no longer told of.
    pub lost: Vec<String>,
    /// Names of domains it is told of again.
    pub gained: Vec<String>,
}

/// What a change would do.
#[derive(Debug)]
pub struct Preview {
    /// The user as they are.
    pub user: User,
    /// The version of their access list this speaks of.
    pub version: String,
    /// Where they may do more or less than now, or until another time.
    pub domains: Vec<DomainChange>,
    /// Keys of theirs that change.
    pub keys: Vec<KeyChange>,
    /// Webhooks of theirs that change.
    pub webhooks: Vec<WebhookChange>,
    /// Sessions that end.
    pub ended_sessions: u64,
    /// Invitations of theirs that can no longer be accepted.
    pub invitations: Vec<Invitation>,
}

impl Preview {
    /// Whether nothing would change.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.domains.is_empty()
            && self.keys.is_empty()
            && self.webhooks.is_empty()
            && self.ended_sessions == 0
            && self.invitations.is_empty()
    }
}

/// The user at one side of the change.
struct Side {
    /// As who they are; the status included.
    user: User,
    grants: HashMap<DomainId, MemberGrant>,
}

/// What the change does besides, and how the user is afterwards.
struct Outcome {
    after: Side,
    ends: Ends,
    is_out: bool,
}

/// What a change would do. Whatever refuses the change refuses its preview.
///
/// # Errors
/// As the change: [`Rule::LastOwner`], [`Rule::NotAMember`], [`Rule::UserDeactivated`],
/// [`Rule::EmailNotVerified`], [`Rule::NoSuchObject`].
pub async fn preview(app: &App, caller: &Caller, input: Late<Proposed>) -> Result<Preview> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::ACCESS_PREVIEW)?;
    let Proposed { user: id, change } = input.after(&permission)?;
    let wanted = change.as_ref().map_or(action::GRANT_READ, Proposal::action);
    let user = Managed::from(gate.user(wanted, id).await?);
    let change = change?;
    let now = caller.received_at();
    let access = users::read_access(&mut tx, &user).await?;
    let before = Side {
        user: (*user).clone(),
        grants: by_domain(stored(&access)),
    };
    let outcome = outcome(&mut tx, &user, &access, &change, now).await?;
    let comparison = Comparison {
        permission: &permission,
        second_factor: second_factor(&mut tx, &user).await?,
        organization: user.organization_id,
        domains: &access.domains,
        key_domains: offboarding::key_domains(&mut tx, &user)
            .await?
            .into_iter()
            .collect(),
        before,
        after: outcome.after,
        now,
    };
    let keys = offboarding::keys(&mut tx, &user, None).await?;
    let webhooks = offboarding::webhooks(&mut tx, &user).await?;
    Ok(Preview {
        domains: comparison.of_user(),
        keys: keys
            .into_iter()
            .filter_map(|key| comparison.of_key(key, &outcome.ends))
            .collect(),
        webhooks: webhooks
            .into_iter()
            .filter_map(|webhook| comparison.of_webhook(webhook, outcome.is_out))
            .collect(),
        ended_sessions: match outcome.is_out {
            true => offboarding::count_sessions(&mut tx, &user).await?,
            false => 0,
        },
        invitations: match outcome.ends.invitations {
            true => invitation::pending_of(&mut tx, user.id).await?,
            false => Vec::new(),
        },
        version: access.version,
        user: access.user,
    })
}

/// The grants there are as rows: owners and admins have none.
fn stored(access: &UserAccess) -> &[MemberGrant] {
    if access.everything {
        &[]
    } else {
        &access.grants
    }
}

fn by_domain(grants: &[MemberGrant]) -> HashMap<DomainId, MemberGrant> {
    let pair = |grant: &MemberGrant| (grant.domain_id, grant.clone());
    grants.iter().map(pair).collect()
}

/// How the user is after the change, and what else it ends.
async fn outcome(
    tx: &mut Tx,
    user: &Managed,
    access: &UserAccess,
    change: &Proposal,
    now: Timestamp,
) -> Result<Outcome> {
    let mut after = (**user).clone();
    let grants = stored(access);
    let (ends, grants) = match change {
        Proposal::Access(wanted) => (Ends::NOTHING, users::wanted_grants(access, wanted, now)?),
        Proposal::Role(role) => {
            users::check_role(tx, user, *role, now).await?;
            after.role = *role;
            let ends = Ends::with_role(user.role, *role);
            let left = if ends.grants { &[] } else { grants };
            (ends, left.to_vec())
        }
        Proposal::Deactivate | Proposal::Delete => {
            if users::is_last_owner(tx, user).await? {
                return Err(Rule::LastOwner.into());
            }
            after.status = match change {
                Proposal::Delete => UserStatus::Deleted,
                _ => UserStatus::Deactivated,
            };
            (Ends::EVERYTHING, Vec::new())
        }
    };
    Ok(Outcome {
        is_out: after.status != UserStatus::Active,
        after: Side {
            user: after,
            grants: by_domain(&grants),
        },
        ends,
    })
}

/// Asks the policy about both sides.
struct Comparison<'a> {
    permission: &'a Permission,
    second_factor: SecondFactor,
    organization: OrganizationId,
    domains: &'a [(DomainId, String)],
    key_domains: HashSet<(ApiKeyId, DomainId)>,
    before: Side,
    after: Side,
    now: Timestamp,
}

impl Comparison<'_> {
    fn standing(&self, side: &Side, domain: DomainId, in_key_scope: bool) -> Standing {
        let grant = side.grants.get(&domain);
        let in_force = grant.filter(|grant| grant.is_in_force(self.now));
        Standing {
            organization: self.organization,
            grant: in_force.map(|grant| grant.level),
            in_key_scope,
        }
    }

    /// The user in person; their second factor does not change what they are given.
    fn person(&self, side: &Side) -> Supposed {
        let identity = person(&side.user, side.user.role, self.second_factor);
        Supposed::new(self.permission, identity)
    }

    fn of_user(&self) -> Vec<DomainChange> {
        let sides = (self.person(&self.before), self.person(&self.after));
        let end = |side: &Side, domain: &DomainId| {
            let grant = side.grants.get(domain)?;
            grant.expires_at.filter(|_| grant.is_in_force(self.now))
        };
        let changes = self.domains.iter().filter_map(|(id, name)| {
            let before = sides.0.reach(self.standing(&self.before, *id, false));
            let after = sides.1.reach(self.standing(&self.after, *id, false));
            let ends = (end(&self.before, id), end(&self.after, id));
            (before != after || ends.0 != ends.1).then(|| DomainChange {
                domain_id: *id,
                domain: name.clone(),
                before,
                after,
                expires_at: ends.1,
            })
        });
        changes.collect()
    }

    fn of_key(&self, it: ApiKey, ends: &Ends) -> Option<KeyChange> {
        let is_revoked = match ends.keys {
            users::EndedKeys::None => false,
            users::EndedKeys::OfOrganization => it.scope == KeyScope::Organization,
            users::EndedKeys::All => true,
        };
        let is_live = it.expires_at.is_none_or(|end| end > self.now);
        let supposed = |side: &Side, works: bool| {
            let works = works && is_live && side.user.status == UserStatus::Active;
            Supposed::new(self.permission, works.then(|| key(&it, side.user.role)))
        };
        let sides = (
            supposed(&self.before, true),
            supposed(&self.after, !is_revoked),
        );
        let changes = self.domains.iter().filter_map(|(id, name)| {
            let listed = self.key_domains.contains(&(it.id, *id));
            let before = sides.0.reach(self.standing(&self.before, *id, listed));
            let after = sides.1.reach(self.standing(&self.after, *id, listed));
            (before != after).then(|| DomainChange {
                domain_id: *id,
                domain: name.clone(),
                before,
                after,
                expires_at: None,
            })
        });
        let domains: Vec<DomainChange> = changes.collect();
        (is_revoked || !domains.is_empty()).then_some(KeyChange {
            key: it,
            is_revoked,
            domains,
        })
    }

    /// A webhook is told of the domains it lists that its maker may write.
    fn of_webhook(&self, webhook: Webhook, is_suspended: bool) -> Option<WebhookChange> {
        let sides = (self.person(&self.before), self.person(&self.after));
        let (mut lost, mut gained) = (Vec::new(), Vec::new());
        let listed = self
            .domains
            .iter()
            .filter(|(id, _)| webhook.domain_ids.contains(id));
        for (id, name) in listed {
            let before = sides.0.reach(self.standing(&self.before, *id, false));
            let after = sides.1.reach(self.standing(&self.after, *id, false));
            match (before == Reach::Write, after == Reach::Write) {
                (true, false) => lost.push(name.clone()),
                (false, true) => gained.push(name.clone()),
                (true, true) | (false, false) => {}
            }
        }
        (is_suspended || !lost.is_empty() || !gained.is_empty()).then_some(WebhookChange {
            webhook,
            is_suspended,
            lost,
            gained,
        })
    }
}

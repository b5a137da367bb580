//! Somebody is invited.

use postscale_access::{Caller, DomainRef, Gate, Late, Permission, Readable, action};
use postscale_model::{
    Address, AuditAction, Domain, Invalid, Invitation, InvitationState, Level, Role, UserStatus,
};
use postscale_store::{
    Tx, audit_entry,
    invitation::{self, InvitedDomain, ListedInvitation, Rate},
    organization, user,
};

use super::{LIFETIME, event, mail, promise_expiry};
use crate::{App, Result, Rule, auth::check_login_address, hash_token};

/// Whom to invite: as what, and the rest, which is judged after the role.
#[derive(Debug)]
pub struct NewInvitation {
    /// Admin or member. Nobody may invite an owner.
    pub role: Role,
    /// Everything else.
    pub rest: Late<NewInvitationRest>,
}

/// Everything but the role.
#[derive(Debug)]
pub struct NewInvitationRest {
    /// The address; only it can accept.
    pub email: Address,
    /// Domains a member is granted on joining, with the levels.
    pub domains: Vec<(DomainRef, Level)>,
}

/// Mails of invitations an organization may have sent, and to one address.
const RATES: [(Rate, To); 3] = [
    (rate(20, 3600), To::Anybody),
    (rate(100, 24 * 3600), To::Anybody),
    (rate(3, 24 * 3600), To::ThisAddress),
];

#[derive(Clone, Copy)]
enum To {
    Anybody,
    ThisAddress,
}

const fn rate(count: u32, seconds: u64) -> Rate {
    Rate {
        count,
        within: std::time::Duration::from_secs(seconds),
    }
}

/// Domains one invitation may name.
const DOMAINS_MAX: usize = 1000;

/// Invites somebody, by mail that leaves after the commit. What was pending for the address is
/// superseded.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Rule::AlreadyMember`], [`Rule::InvitedDeactivated`],
/// [`Rule::TooManyInvitations`].
pub async fn create(
    app: &App,
    caller: &Caller,
    new: Late<NewInvitation>,
) -> Result<ListedInvitation> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::INVITATION_CREATE_MEMBER)?;
    organization::lock(&mut tx, &permission).await?;
    // Asked again now that nobody's role can change: whoever just lost the right invites no more.
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::INVITATION_CREATE_MEMBER)?;
    let new = new.after(&permission)?;
    let permission = gate.permit(match new.role {
        Role::Owner => action::INVITATION_CREATE_OWNER,
        Role::Admin => action::INVITATION_CREATE_ADMIN,
        Role::Member => action::INVITATION_CREATE_MEMBER,
    })?;
    let rest = new.rest.after(&permission)?;
    check_login_address("email", &rest.email)?;
    check_domains(new.role, &rest.domains)?;
    let domains = visible(&mut gate, &rest.domains).await?;
    let inviter = user::get_self(&mut tx, &permission).await?;
    let now = app.sources.now();
    let invited = Invitation {
        id: app.sources.id(),
        organization_id: permission.organization(),
        email: rest.email,
        role: new.role,
        state: InvitationState::Pending,
        invited_by: inviter.id,
        expires_at: now.plus(LIFETIME),
        created_at: now,
    };
    check_standing(&mut tx, &invited).await?;
    check_rates(app, &mut tx, &permission, &invited.email).await?;
    let before = invitation::supersede(&mut tx, &permission, &invited.email, now).await?;
    let token = app.sources.hex::<32>();
    invitation::insert(
        &mut tx,
        &permission,
        &invited,
        &domains,
        &hash_token(&token),
    )
    .await?;
    promise_expiry(app, &mut tx, &invited).await?;
    let organization = organization::get(&mut tx, &permission).await?;
    mail::invite(app, &organization, &inviter, &invited, &token)
        .send(app, &mut tx, &invited.email)
        .await?;
    let domains: Vec<InvitedDomain> = domains
        .into_iter()
        .map(|(domain, level)| InvitedDomain {
            domain_id: domain.id,
            domain: domain.name.to_string(),
            level,
        })
        .collect();
    log(app, &mut tx, before.as_ref(), (&invited, &domains)).await?;
    tx.commit().await?;
    Ok(ListedInvitation {
        invitation: invited,
        inviter: inviter.name,
        domains,
    })
}

/// The domains an invitation names, each at most once.
async fn visible(
    gate: &mut Gate<'_, Tx>,
    named: &[(DomainRef, Level)],
) -> Result<Vec<(Readable<Domain>, Level)>> {
    let mut domains: Vec<(Readable<Domain>, Level)> = Vec::with_capacity(named.len());
    for (domain, level) in named {
        let domain = gate.domain(action::DOMAIN_READ, domain).await?;
        if domains.iter().any(|(known, _)| known.id == domain.id) {
            return Err(Invalid::field("domains", "names a domain twice").into());
        }
        domains.push((domain, *level));
    }
    Ok(domains)
}

/// Writes down what a new invitation ended and what it is.
async fn log(
    app: &App,
    tx: &mut Tx,
    before: Option<&Invitation>,
    (made, domains): (&Invitation, &[InvitedDomain]),
) -> Result<()> {
    let organization = made.organization_id;
    if let Some(before) = before {
        let ended = match before.state {
            InvitationState::Expired => AuditAction::InvitationExpired,
            _ => AuditAction::InvitationSuperseded,
        };
        audit_entry::append(tx, &app.sources, organization, event(ended, before)).await?;
    }
    let created = event(AuditAction::InvitationCreated, made).made(described(made, domains));
    Ok(audit_entry::append(tx, &app.sources, organization, created).await?)
}

/// What the audit log says of a new invitation.
fn described(invitation: &Invitation, domains: &[InvitedDomain]) -> serde_json::Value {
    let domains: Vec<_> = domains
        .iter()
        .map(|d| serde_json::json!({ "domain": d.domain, "access": d.level.to_string() }))
        .collect();
    serde_json::json!({
        "email": invitation.email,
        "role": invitation.role.to_string(),
        "domains": domains,
        "expires_at": invitation.expires_at,
    })
}

fn check_domains(role: Role, domains: &[(DomainRef, Level)]) -> Result<(), Invalid> {
    if role != Role::Member && !domains.is_empty() {
        Err(Invalid::field(
            "domains",
            "must be absent for an admin, who has every domain",
        ))
    } else if domains.len() > DOMAINS_MAX {
        Err(Invalid::field("domains", "names more than 1000 domains"))
    } else {
        Ok(())
    }
}

/// Refuses what would undo a deactivation or repeat a membership.
pub(super) async fn check_standing(tx: &mut Tx, invitation: &Invitation) -> Result<()> {
    match user::find_status(tx, invitation).await? {
        None | Some(UserStatus::Deleted) => Ok(()),
        Some(UserStatus::Deactivated) => Err(Rule::InvitedDeactivated.into()),
        Some(UserStatus::Active | UserStatus::Pending) => Err(Rule::AlreadyMember.into()),
    }
}

/// Refuses one mail too many.
pub(super) async fn check_rates(
    app: &App,
    tx: &mut Tx,
    permission: &Permission,
    email: &Address,
) -> Result<()> {
    let now = app.sources.now();
    for (rate, to) in RATES {
        let to = match to {
            To::Anybody => None,
            To::ThisAddress => Some(email),
        };
        let next = invitation::next_allowed_at(tx, permission, to, rate, now).await?;
        if let Some(next) = next {
            let wait = next.since(now);
            return Err(Rule::TooManyInvitations {
                retry_after_seconds: wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
            }
            .into());
        }
    }
    Ok(())
}

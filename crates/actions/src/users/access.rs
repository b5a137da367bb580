//! A member's access list: which domains, at which level, until when.

use std::collections::{HashMap, HashSet};

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_model::{
    AuditAction, AuditEvent, DomainId, Invalid, Level, Role, Timestamp, User, UserId, UserStatus,
};
use postscale_store::{
    Tx,
    grant::{self, MemberGrant},
    user::Managed,
};
use serde_json::{Value, json};

use super::{in_turn, record, target};
use crate::{App, Result, Rule, hash_token, note::check_note};

/// Domains one list may name.
const DOMAINS_MAX: usize = 1000;

/// A user's access list as it is.
#[derive(Debug)]
pub struct UserAccess {
    /// The user.
    pub user: User,
    /// By the domain's name: a member's grants, ended ones too; for owners and admins every domain.
    pub grants: Vec<MemberGrant>,
    /// Whether they reach every domain without grants.
    pub everything: bool,
    /// Changes whenever the list does.
    pub version: String,
    /// The organization's domains, by name.
    pub domains: Vec<(DomainId, String)>,
}

/// One line of a list to be saved.
#[derive(Debug, Clone)]
pub struct WantedGrant {
    /// The domain, by id or name.
    pub domain: DomainRef,
    /// How much.
    pub level: Level,
    /// Until when; for good without.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub note: String,
}

/// A list to be saved in place of the one there is.
#[derive(Debug)]
pub struct AccessChange {
    /// The whole list.
    pub grants: Vec<WantedGrant>,
    /// The versions it may replace; any without.
    pub replaces: Option<Vec<String>>,
}

/// A user's access list.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn access(app: &App, caller: &Caller, id: Option<UserId>) -> Result<UserAccess> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let user = Managed::from(gate.user(action::GRANT_READ, id).await?);
    read(&mut tx, &user).await
}

pub(crate) async fn read(tx: &mut Tx, user: &Managed) -> Result<UserAccess> {
    let domains = grant::grantable(tx, user).await?;
    let everything = user.role != Role::Member;
    let everywhere = |(id, name): &(DomainId, String)| MemberGrant {
        domain_id: *id,
        domain: name.clone(),
        level: Level::Write,
        expires_at: None,
        note: String::new(),
    };
    let grants = if everything {
        domains.iter().map(everywhere).collect()
    } else {
        grant::list_of(tx, user).await?
    };
    Ok(UserAccess {
        version: version(user, &grants),
        user: (**user).clone(),
        grants,
        everything,
        domains,
    })
}

/// Names a list by what is in it, so that two equal lists are one version.
fn version(user: &User, grants: &[MemberGrant]) -> String {
    let line = |grant: &MemberGrant| {
        let end = grant.expires_at.map(Timestamp::micros);
        json!([grant.domain_id, grant.level, end, grant.note])
    };
    let lines: Vec<Value> = grants.iter().map(line).collect();
    let whole = json!([user.id, user.role, user.status, lines]).to_string();
    let hash = hash_token(&whole);
    hash.as_bytes()[..16]
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

/// Saves a member's access list in place of the one there is. It counts from the next request on.
///
/// # Errors
/// [`Rule::NoSuchObject`] when it names a domain that is not the organization's,
/// [`Rule::NotAMember`] for owners and admins, [`Rule::ChangedMeanwhile`] when the list is not one of
/// the versions to be replaced. Nothing is saved then.
pub async fn replace_access(
    app: &App,
    caller: &Caller,
    id: Option<UserId>,
    change: Late<AccessChange>,
) -> Result<UserAccess> {
    let mut tx = app.store.write().await?;
    let (actor, member) = in_turn(&mut tx, caller, action::GRANT_REPLACE, id).await?;
    let change = change.after(&member)?;
    let member = Managed::from(member);
    let current = read(&mut tx, &member).await?;
    let now = caller.received_at();
    let wanted = resolve(&current, &change.grants, now)?;
    if change
        .replaces
        .is_some_and(|known| !known.contains(&current.version))
    {
        return Err(Rule::ChangedMeanwhile.into());
    }
    let mut events = Vec::new();
    for (before, after) in differences(&current.grants, &wanted) {
        match after {
            Some(after) => match grant::put(&mut tx, &member, after, actor.user(), now).await {
                Err(error) if error.is_dangling() => return Err(Rule::NoSuchObject.into()),
                other => other?,
            },
            None => {
                if let Some(before) = before {
                    grant::delete(&mut tx, &member, before.domain_id).await?;
                }
            }
        }
        events.push(grant_changed(&member, before, after));
    }
    let saved = read(&mut tx, &member).await?;
    record(&mut tx, app, saved.user.organization_id, events).await?;
    tx.commit().await?;
    Ok(saved)
}

/// The grants of a list that may take the place of the one there is.
///
/// # Errors
/// As [`replace_access`], but for the version.
pub(crate) fn resolve(
    current: &UserAccess,
    wanted: &[WantedGrant],
    now: Timestamp,
) -> Result<Vec<MemberGrant>> {
    let lines = lines(current, wanted, now)?;
    if current.everything {
        return Err(Rule::NotAMember.into());
    }
    if current.user.status != UserStatus::Active {
        return Err(Rule::UserDeactivated.into());
    }
    Ok(lines)
}

/// The lines of a list, each of a domain of the organization, none twice, in force.
fn lines(current: &UserAccess, wanted: &[WantedGrant], now: Timestamp) -> Result<Vec<MemberGrant>> {
    if wanted.len() > DOMAINS_MAX {
        return Err(Invalid::field("domains", "names more than 1000 domains").into());
    }
    let by_name: HashMap<&str, DomainId> = current
        .domains
        .iter()
        .map(|(id, name)| (name.as_str(), *id))
        .collect();
    let by_id: HashMap<DomainId, &str> = current
        .domains
        .iter()
        .map(|(id, name)| (*id, name.as_str()))
        .collect();
    let find = |domain: &DomainRef| match domain {
        DomainRef::Id(id) => by_id.get_key_value(id).map(|(id, name)| (*id, *name)),
        DomainRef::Name(name) => {
            let id = by_name.get(name.as_str())?;
            by_id.get_key_value(id).map(|(id, name)| (*id, *name))
        }
        DomainRef::Nothing => None,
    };
    // Every domain is looked up before anything else is said about any line.
    let found = wanted
        .iter()
        .map(|line| find(&line.domain).ok_or(Rule::NoSuchObject))
        .collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    let mut lines = Vec::with_capacity(wanted.len());
    for (index, (line, (domain_id, domain))) in wanted.iter().zip(found).enumerate() {
        if !seen.insert(domain_id) {
            let field = format!("domains[{index}].domain_id");
            return Err(Invalid::field(field, "names a domain twice").into());
        }
        let known = current.grants.iter().find(|g| g.domain_id == domain_id);
        let is_known_end = known.is_some_and(|known| known.expires_at == line.expires_at);
        if line.expires_at.is_some_and(|end| end <= now) && !is_known_end {
            let field = format!("domains[{index}].expires_at");
            return Err(Invalid::field(field, "must be in the future").into());
        }
        lines.push(MemberGrant {
            domain_id,
            domain: domain.to_owned(),
            level: line.level,
            expires_at: line.expires_at,
            note: check_note(&format!("domains[{index}].note"), &line.note)?,
        });
    }
    Ok(lines)
}

type Difference<'g> = (Option<&'g MemberGrant>, Option<&'g MemberGrant>);

/// Which grants change, from what to what.
fn differences<'g>(before: &'g [MemberGrant], after: &'g [MemberGrant]) -> Vec<Difference<'g>> {
    let of = |grants: &'g [MemberGrant], id: DomainId| grants.iter().find(|g| g.domain_id == id);
    let gone = before
        .iter()
        .filter(|old| of(after, old.domain_id).is_none())
        .map(|old| (Some(old), None));
    let put = after
        .iter()
        .map(|new| (of(before, new.domain_id), Some(new)))
        .filter(|(old, new)| old != new);
    gone.chain(put).collect()
}

/// The event of one domain. `before` and `after` say what the grant was and is.
pub(super) fn grant_changed(
    member: &User,
    before: Option<&MemberGrant>,
    after: Option<&MemberGrant>,
) -> AuditEvent {
    let domain = before.or(after);
    let state = |grant: Option<&MemberGrant>| {
        json!({
            "domain_id": domain.map(|grant| grant.domain_id),
            "domain": domain.map(|grant| grant.domain.as_str()),
            "access": grant.map_or_else(|| "none".to_owned(), |grant| grant.level.to_string()),
            "expires_at": grant.and_then(|grant| grant.expires_at),
            "note": grant.map(|grant| grant.note.as_str()).unwrap_or_default(),
        })
    };
    AuditEvent::new(AuditAction::GrantChanged, target(member)).change(state(before), state(after))
}

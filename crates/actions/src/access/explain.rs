//! Why somebody may, or may not, do one thing to one domain.

use postscale_access::{
    Action, Caller, Class, DomainRef, Explanation, Gate, Late, Permission, Refusal, SecondFactor,
    Standing, Supposed, action,
};
use postscale_model::{ApiKey, ApiKeyId, Domain, Invalid, Timestamp, User, UserId, UserStatus};
use postscale_store::{
    Tx,
    grant::{self, GivenGrant},
    offboarding,
    user::{self, Managed},
};

use super::{key, person, sentence};
use crate::{App, Result};

/// Who, where and what.
#[derive(Debug)]
pub struct Question {
    /// The user; the key's maker when only a key is given. `Some(None)` is what can be no user.
    pub user: Option<Option<UserId>>,
    /// The domain.
    pub domain: DomainRef,
    /// The action's name in the access table.
    pub action: Result<String, Invalid>,
    /// A key of the user, when the question is about it; `Some(None)` is what can be no key.
    pub api_key: Option<Option<ApiKeyId>>,
}

/// A rule the policy asked, in words.
#[derive(Debug)]
pub struct ExplainedStep {
    /// Its name.
    pub rule: &'static str,
    /// Whether it let the request go on.
    pub holds: bool,
    /// What was asked and found, in a sentence.
    pub text: String,
}

/// A decision with its whole derivation.
#[derive(Debug)]
pub struct Explained {
    /// Whom it is about.
    pub user: User,
    /// Where.
    pub domain: Domain,
    /// What.
    pub action: Action,
    /// The key, when it is about one.
    pub api_key: Option<ApiKey>,
    /// The grant of the user there, in force or ended.
    pub grant: Option<GivenGrant>,
    /// The rules asked, in order; only the last one may not hold.
    pub steps: Vec<ExplainedStep>,
    /// What the policy decides.
    pub result: Result<(), Refusal>,
}

/// Why a user, or a key of theirs, may or may not do something to a domain.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied) for everybody but owners and admins in person, and for a
/// user, domain or key that is not theirs. [`Invalid`] for an action that is unknown or about no
/// domain, and for a key of somebody else.
pub async fn explain(app: &App, caller: &Caller, question: Late<Question>) -> Result<Explained> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::ACCESS_EXPLAIN)?;
    let question = question.after(&permission)?;
    let api_key = match question.api_key {
        Some(id) => Some(gate.api_key(action::KEY_READ, id).await?.into_inner()),
        None => None,
    };
    let maker = api_key.as_ref().map(|key| key.created_by);
    let user = question.user.unwrap_or(maker);
    let user = Managed::from(gate.user(action::USER_READ, user).await?);
    let domain = gate.domain(action::DOMAIN_READ, &question.domain).await?;
    let action = about_a_domain(&question.action?)?;
    if maker.is_some_and(|maker| maker != user.id) {
        return Err(Invalid::field("api_key_id", "must be a key of that user").into());
    }
    let now = caller.received_at();
    let grant = grant::find_given(&mut tx, &user, &domain).await?;
    let standing = Standing {
        organization: domain.organization_id,
        grant: grant
            .as_ref()
            .filter(|given| given.grant.is_in_force(now))
            .map(|given| given.grant.level),
        in_key_scope: match &api_key {
            Some(key) => offboarding::key_domains(&mut tx, &user)
                .await?
                .contains(&(key.id, domain.id)),
            None => false,
        },
    };
    let asked = asked(&mut tx, &permission, &user, api_key.as_ref(), now).await?;
    let Explanation { steps, result } = asked.explain(action, standing);
    let facts = sentence::Facts {
        user: &user,
        api_key: api_key.as_ref(),
        grant: grant.as_ref(),
        now,
    };
    Ok(Explained {
        steps: steps.into_iter().map(|step| facts.tell(step)).collect(),
        user: (*user).clone(),
        domain: domain.into_inner(),
        action,
        api_key,
        grant,
        result,
    })
}

/// The action of that name, if it is one whose answer hangs on no other thing than a domain.
fn about_a_domain(name: &str) -> Result<Action, Invalid> {
    let unknown = || Invalid::field("action", "must be an action of the access table");
    let action = Action::named(name).ok_or_else(unknown)?;
    match action.class() {
        Class::UserLook | Class::UserManage | Class::UserOwner | Class::OwnKeys => Err(
            Invalid::field("action", "must not be about another user or a key"),
        ),
        _ => Ok(action),
    }
}

/// The user, or their key, as the policy knows them now.
async fn asked(
    tx: &mut Tx,
    permission: &Permission,
    user: &Managed,
    api_key: Option<&ApiKey>,
    now: Timestamp,
) -> Result<Supposed> {
    let is_live = |key: &ApiKey| {
        user.status == UserStatus::Active
            && key.revoked_at.is_none()
            && key.expires_at.is_none_or(|end| end > now)
    };
    let identity = match api_key {
        Some(it) => is_live(it).then(|| key(it, user.role)),
        None => person(user, user.role, second_factor(tx, user).await?),
    };
    Ok(Supposed::new(permission, identity))
}

/// Whether the user still has to set a second factor up.
pub(super) async fn second_factor(tx: &mut Tx, user: &Managed) -> Result<SecondFactor> {
    Ok(match user::owes_second_factor(tx, user).await? {
        true => SecondFactor::Due,
        false => SecondFactor::Settled,
    })
}

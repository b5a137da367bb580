//! `GET /team/users/{id}`, their role, and signing them out.

use postscale_access::Late;
use postscale_actions::{
    Rule,
    users::{self, Offboarding, UserAccess},
};
use postscale_model::{Level, Timestamp, UserId, UserStatus, Word as _};
use postscale_web::{FormBody, Ref};

use super::list;
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    pages::{chosen, unicode},
    refusal::Refusal,
    segments::IdSegment,
    ui::{AccessChoice, Chip, Section, Tone},
    views::{
        team::{AccessForm, GrantRow, Leaving, RoleForm, UserPage},
        words::{level_label, role_label},
    },
    visit::Visit,
};

pub(super) async fn show(visit: Visit, id: Ref<IdSegment, UserId>) -> Answer {
    rendered(&visit, id.id, None, Refusal::none()).await
}

/// The page; `picked` is what was chosen in the list of domains, when that was refused.
pub(super) async fn rendered(
    visit: &Visit,
    id: Option<UserId>,
    picked: Option<Vec<(String, Level)>>,
    mut refusal: Refusal,
) -> Answer {
    let (app, caller) = (&visit.app, &visit.caller);
    let (details, permits) = users::get_with_permits(app, caller, id).await?;
    let access = users::access(app, caller, id).await?;
    let may_go = permits.manage && !permits.is_self;
    let leaving = match may_go {
        true => Some(leaving(users::preview(app, caller, id).await?)),
        false => None,
    };
    let mut reader = visit.reader(Section::Team).await?;
    let now = caller.received_at();
    let status = refusal.status;
    let errors = (refusal.take("role"), refusal.take("domains"));
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    let user = details.user;
    let is_active = user.status == UserStatus::Active;
    let role = RoleForm::new(user.role.as_str(), permits.make_owner, errors.0);
    let page = UserPage {
        shell: reader.shell,
        id: user.id.to_string(),
        email: user.email.to_string(),
        role: role_label(user.role),
        status: list::status(user.status),
        second_factor: second_factor(details.mfa_enabled),
        is_verified: details.email_verified_at.is_some(),
        last_active_at: user.last_active_at.map(Into::into),
        created_at: user.created_at.into(),
        keys: details.api_key_count,
        everything: access.everything,
        grants: access.grants.iter().map(|it| grant(it, now)).collect(),
        access: (permits.manage && is_active && !access.everything)
            .then(|| access_form(access, picked, errors.1, now)),
        role_form: (permits.manage && is_active).then_some(role),
        may_sign_out: permits.manage && is_active,
        may_inherit: permits.make_owner && is_active && !permits.is_self,
        is_deactivated: user.status == UserStatus::Deactivated,
        is_self: permits.is_self,
        leaving,
        name: user.name,
    };
    answer::page(status, &page)
}

fn second_factor(is_on: bool) -> Chip {
    if is_on {
        Chip::new(Tone::Good, "On")
    } else {
        Chip::new(Tone::Quiet, "Off")
    }
}

fn grant(grant: &users::MemberGrant, now: Timestamp) -> GrantRow {
    GrantRow {
        domain: unicode(&grant.domain),
        level: level_label(grant.level),
        expires_at: grant.expires_at.map(Into::into),
        is_over: !grant.is_in_force(now),
        note: grant.note.clone(),
    }
}

fn access_form(
    access: UserAccess,
    picked: Option<Vec<(String, Level)>>,
    error: Option<String>,
    now: Timestamp,
) -> AccessForm {
    let in_force = access.grants.iter().filter(|grant| grant.is_in_force(now));
    let given = in_force.map(|grant| (grant.domain_id.to_string(), grant.level));
    let given: Vec<_> = picked.unwrap_or_else(|| given.collect());
    let choices = access.domains.iter().map(|(id, name)| {
        let id = id.to_string();
        AccessChoice {
            level: given.iter().find(|(known, _)| *known == id).map(|it| it.1),
            domain: unicode(name),
            id,
        }
    });
    AccessForm::new(access.version.clone(), choices.collect(), error)
}

/// What taking somebody out of the team ends, as shown.
pub(in crate::pages) fn leaving(preview: Offboarding) -> Leaving {
    Leaving {
        keys: preview.keys.into_iter().map(|key| key.name).collect(),
        webhooks: preview.webhooks.into_iter().map(|it| it.url).collect(),
        domains: preview.grants.len(),
        invitations: preview.invitations.len(),
        is_last_owner: preview.is_last_owner,
    }
}

pub(super) async fn set_role(visit: Visit, id: Ref<IdSegment, UserId>, form: FormBody) -> Answer {
    let role = Late::new(form.text("role").and_then(|text| chosen("role", text)));
    match users::set_role(&visit.app, &visit.caller, id.id, role).await {
        Ok(saved) => {
            let path = format!("/team/users/{}", saved.user.id);
            Ok(done::to(&path, Done::RoleChanged, &visit.settings))
        }
        Err(error) => {
            let blamed = |rule: &Rule| {
                let it = matches!(
                    rule,
                    Rule::LastOwner | Rule::UserDeactivated | Rule::EmailNotVerified
                );
                it.then_some("role")
            };
            rendered(&visit, id.id, None, Refusal::of(error, blamed)?).await
        }
    }
}

pub(super) async fn sign_out(visit: Visit, id: Ref<IdSegment, UserId>, _form: FormBody) -> Answer {
    users::end_sessions(&visit.app, &visit.caller, id.id).await?;
    let path = id.id.map(|id| format!("/team/users/{id}"));
    let path = path.unwrap_or_default();
    Ok(done::to(&path, Done::UserSignedOut, &visit.settings))
}

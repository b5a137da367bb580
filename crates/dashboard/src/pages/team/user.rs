//! `GET /team/users/{id}`, their role, and signing them out.

use postscale_access::Late;
use postscale_actions::{
    Rule,
    access::{self, Proposal, Proposed},
    users::{self, Offboarding},
};
use postscale_model::{Role, Timestamp, UserId, UserStatus, Word as _};
use postscale_web::{FormBody, Ref};

use super::{
    list,
    preview::{Asked, confirm},
};
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    pages::{chosen, unicode},
    refusal::Refusal,
    segments::IdSegment,
    ui::{Chip, Section, Tone},
    views::{
        team::{GrantRow, Leaving, RoleForm, UserPage},
        words::{level_label, role_label},
    },
    visit::Visit,
};

pub(super) async fn show(visit: Visit, id: Ref<IdSegment, UserId>) -> Answer {
    rendered(&visit, id.id, Refusal::none()).await
}

/// The page, with why its form was refused.
async fn rendered(visit: &Visit, id: Option<UserId>, mut refusal: Refusal) -> Answer {
    let (app, caller) = (&visit.app, &visit.caller);
    let (details, permits) = users::get_with_permits(app, caller, id).await?;
    let reach = users::access(app, caller, id).await?;
    let may_go = permits.manage && !permits.is_self;
    let leaving = match may_go {
        true => Some(leaving(users::preview(app, caller, id).await?)),
        false => None,
    };
    let mut reader = visit.reader(Section::Team).await?;
    let now = caller.received_at();
    let status = refusal.status;
    let error = refusal.take("role");
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    let user = details.user;
    let is_active = user.status == UserStatus::Active;
    let role = RoleForm::new(user.role.as_str(), permits.make_owner, error);
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
        everything: reach.everything,
        grants: reach.grants.iter().map(|it| grant(it, now)).collect(),
        may_change_access: permits.manage && is_active && !reach.everything,
        role_form: (permits.manage && is_active).then_some(role),
        may_sign_out: permits.manage && is_active,
        may_inherit: permits.make_owner && is_active && !permits.is_self,
        is_deactivated: user.status == UserStatus::Deactivated,
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
        domain_id: grant.domain_id.to_string(),
        domain: unicode(&grant.domain),
        level: level_label(grant.level),
        expires_at: grant.expires_at.map(Into::into),
        is_over: !grant.is_in_force(now),
        note: grant.note.clone(),
    }
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

/// The rules that are about the role.
fn blamed(rule: &Rule) -> Option<&'static str> {
    let it = matches!(
        rule,
        Rule::LastOwner | Rule::UserDeactivated | Rule::EmailNotVerified
    );
    it.then_some("role")
}

/// What a role would do, before it is given.
pub(super) async fn preview_role(
    visit: Visit,
    id: Ref<IdSegment, UserId>,
    form: FormBody,
) -> Answer {
    let role: Result<Role, _> = form.text("role").and_then(|text| chosen("role", text));
    let proposed = Proposed {
        user: id.id,
        change: role.clone().map(Proposal::Role),
    };
    match access::preview(&visit.app, &visit.caller, Late::from(proposed)).await {
        Ok(preview) => {
            let role = role.unwrap_or(preview.user.role);
            let asked = Asked {
                path: format!("/team/users/{}/role", preview.user.id),
                title: format!("Make {} {}?", preview.user.name, with_article(role)),
                text: "It counts from their next request on, in the dashboard and the API.",
                label: "Save role",
                field: Some(("role", role.as_str().to_owned())),
                is_dangerous: false,
            };
            confirm(&visit, preview, asked).await
        }
        Err(error) => rendered(&visit, id.id, Refusal::of(error, blamed)?).await,
    }
}

const fn with_article(role: Role) -> &'static str {
    match role {
        Role::Owner => "an owner",
        Role::Admin => "an admin",
        Role::Member => "a member",
    }
}

pub(super) async fn set_role(visit: Visit, id: Ref<IdSegment, UserId>, form: FormBody) -> Answer {
    let role = Late::new(form.text("role").and_then(|text| chosen("role", text)));
    match users::set_role(&visit.app, &visit.caller, id.id, role).await {
        Ok(saved) => {
            let path = format!("/team/users/{}", saved.user.id);
            Ok(done::to(&path, Done::RoleChanged, &visit.settings))
        }
        Err(error) => rendered(&visit, id.id, Refusal::of(error, blamed)?).await,
    }
}

pub(super) async fn sign_out(visit: Visit, id: Ref<IdSegment, UserId>, _form: FormBody) -> Answer {
    users::end_sessions(&visit.app, &visit.caller, id.id).await?;
    let path = id.id.map(|id| format!("/team/users/{id}"));
    let path = path.unwrap_or_default();
    Ok(done::to(&path, Done::UserSignedOut, &visit.settings))
}

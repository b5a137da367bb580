//! `GET /team/invitations`, and what its buttons do.

use postscale_access::Late;
use postscale_actions::invitations::{self, ListedInvitation};
use postscale_model::{InvitationId, InvitationState, Timestamp};
use postscale_web::{FormBody, Query, Ref};

use crate::{
    answer::{Answer, shown},
    done::{self, Done},
    pages::{slice, unicode},
    segments::IdSegment,
    ui::{Chip, Pager, Section, Tone},
    views::{
        invitations::{InvitationListPage, InvitationRow},
        words::{level_label, role_label},
    },
    visit::Visit,
};

pub(super) const PATH: &str = "/team/invitations";

pub(super) async fn list(visit: Visit, query: Query) -> Answer {
    let wanted = query.page().map(|page| (None, page));
    let (page, listed) = invitations::list(&visit.app, &visit.caller, Late::new(wanted)).await?;
    let shell = visit.reader(Section::Team).await?.shell;
    let now = visit.caller.received_at();
    shown(&InvitationListPage {
        shell,
        pager: Pager::new(
            PATH,
            &[],
            slice(page, listed.rows.len()),
            Some(listed.total),
        ),
        rows: listed.rows.into_iter().map(|it| row(it, now)).collect(),
    })
}

fn row(listed: ListedInvitation, now: Timestamp) -> InvitationRow {
    let it = listed.invitation;
    let state = it.state_at(now);
    let is_pending = state == InvitationState::Pending;
    let domains = listed.domains.into_iter();
    InvitationRow {
        id: it.id.to_string(),
        email: it.email.to_string(),
        role: role_label(it.role),
        domains: domains
            .map(|granted| (unicode(&granted.domain), level_label(granted.level)))
            .collect(),
        status: status(state),
        inviter: listed.inviter,
        created_at: it.created_at.into(),
        expires_at: is_pending.then(|| it.expires_at.into()),
        is_pending,
    }
}

fn status(state: InvitationState) -> Chip {
    match state {
        InvitationState::Pending => Chip::new(Tone::Busy, "Pending"),
        InvitationState::Accepted => Chip::new(Tone::Good, "Accepted"),
        InvitationState::Expired => Chip::new(Tone::Warn, "Expired"),
        InvitationState::Revoked => Chip::new(Tone::Quiet, "Revoked"),
        InvitationState::Superseded => Chip::new(Tone::Quiet, "Replaced"),
    }
}

pub(super) async fn resend(
    visit: Visit,
    id: Ref<IdSegment, InvitationId>,
    _form: FormBody,
) -> Answer {
    invitations::resend(&visit.app, &visit.caller, id.id, ().into()).await?;
    Ok(done::to(PATH, Done::InvitationResent, &visit.settings))
}

pub(super) async fn revoke(
    visit: Visit,
    id: Ref<IdSegment, InvitationId>,
    _form: FormBody,
) -> Answer {
    invitations::revoke(&visit.app, &visit.caller, id.id).await?;
    Ok(done::to(PATH, Done::InvitationRevoked, &visit.settings))
}

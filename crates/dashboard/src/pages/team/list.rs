//! `GET /team`

use postscale_access::Late;
use postscale_actions::{
    Page,
    users::{self, UserDetails, UserFilter},
};
use postscale_model::{Invalid, Role, UserStatus};
use postscale_web::Query;

use super::PATH;
use crate::{
    answer::{Answer, shown},
    pages::{chosen, slice},
    ui::{Chip, Pager, Section, Tone},
    views::{
        team::{TeamFilter, TeamPage, TeamRow},
        words::role_label,
    },
    visit::Visit,
};

fn input(query: &Query) -> Result<(UserFilter, Page), Invalid> {
    let word = |name| Ok(query.text(name)?.filter(|text| !text.is_empty()));
    let filter = UserFilter {
        query: query.string("q")?,
        role: word("role")?.map(|text| chosen("role", text)).transpose()?,
        status: word("status")?
            .map(|text| chosen("status", text))
            .transpose()?,
    };
    Ok((filter, query.page()?))
}

pub(super) async fn list(visit: Visit, query: Query) -> Answer {
    let input = Late::new(input(&query));
    let (page, listed) = users::list(&visit.app, &visit.caller, input).await?;
    let shell = visit.reader(Section::Team).await?.shell;
    let names = ["q", "role", "status"];
    let [q, role, status] = names.map(|name| query.text(name).ok().flatten().unwrap_or_default());
    let filters = [("q", q), ("role", role), ("status", status)];
    let rows: Vec<TeamRow> = listed.rows.into_iter().map(row).collect();
    shown(&TeamPage {
        shell,
        filter: TeamFilter::new(q, role, status),
        pager: Pager::new(PATH, &filters, slice(page, rows.len()), Some(listed.total)),
        rows,
    })
}

fn row(details: UserDetails) -> TeamRow {
    let user = details.user;
    TeamRow {
        has_access_list: user.role == Role::Member && user.status == UserStatus::Active,
        id: user.id.to_string(),
        name: user.name,
        email: user.email.to_string(),
        role: role_label(user.role),
        status: status(user.status),
        second_factor: details.mfa_enabled,
        domains: details.domain_count,
        keys: details.api_key_count,
        last_active_at: user.last_active_at.map(Into::into),
    }
}

/// Whether somebody may sign in, as shown.
pub(super) fn status(status: UserStatus) -> Chip {
    match status {
        UserStatus::Active => Chip::new(Tone::Good, "Active"),
        UserStatus::Pending => Chip::new(Tone::Busy, "Pending"),
        UserStatus::Deactivated => Chip::new(Tone::Warn, "Deactivated"),
        UserStatus::Deleted => Chip::new(Tone::Quiet, "Deleted"),
    }
}

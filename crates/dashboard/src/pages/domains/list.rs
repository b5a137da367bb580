//! `GET /domains`

use postscale_access::Late;
use postscale_actions::{
    Page,
    domains::{self, DomainFilter},
    organizations,
};
use postscale_model::Invalid;
use postscale_web::Query;

use crate::pages::{onboarding, slice};
use crate::{
    answer::{self, Answer, shown},
    ui::{Pager, Section},
    views::domains::{DomainListPage, DomainRow, DomainSearch},
    visit::Visit,
};

pub(super) async fn list(visit: Visit, query: Query) -> Answer {
    let input = Late::new(input(&query));
    let (page, listed) = domains::overview(&visit.app, &visit.caller, input).await?;
    let reader = visit.reader(Section::Domains).await?;
    // The founder's first step comes first.
    if reader.shell.is_owner && organizations::is_choice_due(&visit.app, &visit.caller).await? {
        return Ok(answer::to(onboarding::PATH));
    }
    let rows: Vec<DomainRow> = listed
        .rows
        .iter()
        .map(|row| {
            let reach = reader.reach(row.domain.id);
            DomainRow::new(&row.domain, &row.gone, reach).warming(row.warming)
        })
        .collect();
    let sought = query.text("q").ok().flatten().unwrap_or_default();
    shown(&DomainListPage {
        search: DomainSearch::new(sought, listed.total),
        pager: Pager::new(
            "/domains",
            &[("q", sought)],
            slice(page, rows.len()),
            Some(listed.total),
        ),
        may_create: reader.me.permits.domain_create,
        shell: reader.shell,
        rows,
    })
}

fn input(query: &Query) -> Result<(DomainFilter, Page), Invalid> {
    let sought = query.text("q")?.filter(|text| !text.is_empty());
    let filter = DomainFilter {
        query: sought.map(str::to_owned),
    };
    Ok((filter, query.page()?))
}

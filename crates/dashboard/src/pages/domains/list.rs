//! `GET /domains`

use postscale_access::Late;
use postscale_actions::{
    domains::{self, DomainFilter},
    organizations,
};
use postscale_web::Query;

use crate::pages::{onboarding, slice};
use crate::{
    answer::{self, Answer, shown},
    ui::{Pager, Section},
    views::domains::{DomainListPage, DomainRow},
    visit::Visit,
};

pub(super) async fn list(visit: Visit, query: Query) -> Answer {
    let input = query
        .page()
        .map(|page| (DomainFilter { query: None }, page));
    let (page, listed) = domains::overview(&visit.app, &visit.caller, Late::new(input)).await?;
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
    shown(&DomainListPage {
        pager: Pager::new("/domains", &[], slice(page, rows.len()), Some(listed.total)),
        may_create: reader.me.permits.domain_create,
        shell: reader.shell,
        rows,
    })
}

//! `GET /aliases`

use postscale_access::Late;
use postscale_actions::{
    Page,
    aliases::{self, AliasFilter, AliasWithTargets},
};
use postscale_model::{Alias, AliasAction, DomainId, Invalid};
use postscale_web::Query;

use crate::{
    answer::{Answer, shown},
    pages::{slice, unicode},
    ui::{Chip, Pager, Section, Tone},
    views::{
        aliases::{self as views, AliasListPage, AliasRow},
        words::action_label,
    },
    visit::Visit,
};

fn input(query: &Query) -> Result<(AliasFilter, Page), Invalid> {
    let wrong = || Invalid::field("domain_id", "must be an id");
    let domain_id = query.text("domain_id")?;
    let domain_id = domain_id.map(|text| text.parse::<DomainId>().map_err(|_| wrong()));
    let filter = AliasFilter {
        domain_id: domain_id.transpose()?,
        query: query.string("q")?,
        ..AliasFilter::default()
    };
    Ok((filter, query.page()?))
}

pub(super) async fn list(visit: Visit, query: Query) -> Answer {
    let input = Late::new(input(&query));
    let (page, listed) = aliases::list(&visit.app, &visit.caller, input).await?;
    let reader = visit.reader(Section::Aliases).await?;
    let names = ["q", "domain_id"];
    let [q, domain_id] = names.map(|name| query.text(name).ok().flatten().unwrap_or_default());
    let filters = [("q", q), ("domain_id", domain_id)];
    let rows: Vec<AliasRow> = listed.rows.iter().map(row).collect();
    shown(&AliasListPage {
        filter: views::AliasFilter::new(q, domain_id, reader.visible()),
        pager: Pager::new(
            "/aliases",
            &filters,
            slice(page, rows.len()),
            Some(listed.total),
        ),
        may_create: reader.may_write_some(),
        shell: reader.shell,
        rows,
    })
}

/// An alias's whole address, with U-labels.
pub(super) fn address(alias: &Alias) -> String {
    format!("{}@{}", alias.local_part, unicode(&alias.domain))
}

fn row(it: &AliasWithTargets) -> AliasRow {
    let alias = &it.alias;
    AliasRow {
        id: alias.id.to_string(),
        address: address(alias),
        description: alias.description.clone(),
        action: what_happens(alias),
        received: alias.emails_received,
        status: status(it),
    }
}

/// Whether an alias works.
pub(super) fn status(it: &AliasWithTargets) -> Chip {
    let waits = it.alias.action == AliasAction::Forward && !it.unconfirmed.is_empty();
    if it.alias.active && waits {
        Chip::new(Tone::Warn, "Waiting for consent")
    } else {
        Chip::active(it.alias.active)
    }
}

fn what_happens(alias: &Alias) -> String {
    let label = action_label(alias.action);
    match (alias.action, alias.forward_to.as_slice()) {
        (AliasAction::Forward, [one]) => format!("{label} to {one}"),
        (AliasAction::Forward, [first, others @ ..]) => {
            format!("{label} to {first} and {} more", others.len())
        }
        _ => label.to_owned(),
    }
}

//! `GET /aliases`, `POST /aliases/export`

use postscale_access::Late;
use postscale_actions::{
    Page,
    aliases::{self, AliasFilter, AliasWithTargets},
};
use postscale_model::{Address, Alias, AliasAction, DomainId, Invalid};
use postscale_web::{FormBody, Query, sought};

use crate::{
    answer::{Answer, shown},
    pages::{slice, unicode},
    ui::{Chip, Pager, Section, Tone},
    views::{
        aliases::{self as views, AliasListPage, AliasRow, MaskedForm},
        words::action_label,
    },
    visit::Visit,
};

/// The filters by their names, as entered.
const FILTERS: [&str; 4] = ["q", "domain_id", "active", "is_masked"];

/// Reads what is looked for; an empty field is none.
pub(super) fn filter([q, domain_id, active, is_masked]: [&str; 4]) -> Result<AliasFilter, Invalid> {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let wrong = || Invalid::field("domain_id", "must be an id");
    let domain_id = given(domain_id).map(|text| text.parse::<DomainId>().map_err(|_| wrong()));
    let flag = |field: &str, text: &str| match text {
        "" => Ok(None),
        "true" => Ok(Some(true)),
        "false" => Ok(Some(false)),
        _ => Err(Invalid::field(field, "must be true or false")),
    };
    Ok(AliasFilter {
        domain_id: domain_id.transpose()?,
        query: given(q).map(|text| sought("q", text)).transpose()?,
        active: flag("active", active)?,
        is_masked: flag("is_masked", is_masked)?,
    })
}

fn input(query: &Query) -> Result<(AliasFilter, Page), Invalid> {
    let mut entered = [""; 4];
    for (name, text) in FILTERS.into_iter().zip(&mut entered) {
        *text = query.text(name)?.unwrap_or_default();
    }
    Ok((filter(entered)?, query.page()?))
}

pub(super) async fn list(visit: Visit, query: Query) -> Answer {
    let input = Late::new(input(&query));
    let (page, listed) = aliases::list(&visit.app, &visit.caller, input).await?;
    let reader = visit.reader(Section::Aliases).await?;
    let entered = FILTERS.map(|name| query.text(name).ok().flatten().unwrap_or_default());
    let filters: Vec<(&str, &str)> = FILTERS.into_iter().zip(entered).collect();
    let rows: Vec<AliasRow> = listed.rows.iter().map(row).collect();
    let masked = MaskedForm::new(reader.writable(), &reader.shell.email);
    shown(&AliasListPage {
        filter: views::AliasFilter::new(entered, reader.visible()),
        masked: reader.may_write_some().then_some(masked),
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

/// The aliases the list shows, as a file.
pub(super) async fn export(visit: Visit, form: FormBody) -> Answer {
    let entered = FILTERS.map(|name| form.text(name).unwrap_or_default());
    let export = aliases::export(&visit.app, &visit.caller, Late::new(filter(entered))).await?;
    Ok(postscale_web::aliases(export).await?)
}

/// An alias in a list.
pub(super) fn row(it: &AliasWithTargets) -> AliasRow {
    let alias = &it.alias;
    AliasRow {
        id: alias.id.to_string(),
        address: address(alias),
        description: alias.description.clone(),
        action: what_happens(alias),
        is_masked: alias.is_masked,
        received: alias.emails_received,
        status: status(it),
    }
}

/// Whether an alias works.
pub(super) fn status(it: &AliasWithTargets) -> Chip {
    let announces = it.alias.action == AliasAction::Webhook;
    match it.alias.active {
        true if it.is_held_up() && announces => Chip::new(Tone::Bad, "Webhook was deleted"),
        true if it.is_held_up() && !it.bouncing.is_empty() => {
            Chip::new(Tone::Bad, "Target does not exist")
        }
        true if it.is_held_up() => Chip::new(Tone::Warn, "Waiting for consent"),
        active => Chip::active(active),
    }
}

/// Whether mail flows to a target.
pub(super) fn target_status(it: &AliasWithTargets, target: &Address) -> Chip {
    if it.bouncing.contains(target) {
        Chip::new(Tone::Bad, "Does not exist")
    } else if it.unconfirmed.contains(target) {
        Chip::new(Tone::Warn, "Waiting for consent")
    } else {
        Chip::new(Tone::Good, "Confirmed")
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

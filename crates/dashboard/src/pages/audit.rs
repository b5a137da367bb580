//! `/audit`

mod row;

pub(super) use row::outcome;

use std::time::Duration;

use axum::http::Method;
use postscale_access::{Late, action};
use postscale_actions::{
    Asked, Page,
    audit::{self, AuditFilter},
};
use postscale_model::{AuditActions, Invalid, Timestamp};
use postscale_web::{FormBody, Query, Routes, Surface, Web, sought};

use super::{in_shell, steps};
use crate::{
    answer::{Answer, shown},
    ui::{Section, counted},
    views::audit::{AuditFilter as Filter, AuditPage, AuditSearch},
    visit::Visit,
};

const PATH: &str = "/audit";
/// The rest of a day after its first instant.
const DAY: Duration = Duration::from_micros(24 * 3600 * 1_000_000 - 1);

pub(super) fn routes() -> Routes<Web> {
    let list = in_shell(&[action::AUDIT_LIST.into()]);
    let export_actions = [action::AUDIT_EXPORT.into()];
    Routes::new(Surface::Dashboard)
        .route(Method::GET, PATH, &list, show)
        .route(Method::POST, "/audit/export", &export_actions, export)
}

/// The texts of the filters.
fn search<'a>(
    text: impl Fn(&'static str) -> Result<&'a str, Invalid>,
) -> Result<AuditSearch, Invalid> {
    let owned = |name| text(name).map(|text| text.trim().to_owned());
    Ok(AuditSearch {
        action: owned("action")?,
        actor: owned("actor")?,
        target: owned("target")?,
        from: owned("from")?,
        to: owned("to")?,
    })
}

/// What the filters mean; days are those of UTC, the last one included.
fn filter(search: &AuditSearch) -> Result<AuditFilter, Invalid> {
    let given = |field, text: &str| match text {
        "" => Ok(None),
        text => sought(field, text.to_owned()).map(Some),
    };
    let day = |field, text: &str| match text {
        "" => Ok(None),
        text => Timestamp::parse(text)
            .map(Some)
            .ok_or_else(|| Invalid::field(field, "must be a day")),
    };
    let actions =
        match &*search.action {
            "" => None,
            text => Some(AuditActions::parse(text).ok_or_else(|| {
                Invalid::field("action", "must be one of those that can be chosen")
            })?),
        };
    Ok(AuditFilter {
        actor: given("actor", &search.actor)?,
        actions,
        target: given("target", &search.target)?,
        from: day("from", &search.from)?,
        to: day("to", &search.to)?.map(|at| at.plus(DAY)),
    })
}

fn input(query: &Query) -> Result<(Asked<AuditFilter>, Page), Invalid> {
    let search = search(|name| Ok(query.text(name)?.unwrap_or_default()))?;
    let filter = filter(&search)?;
    let cursor = query.cursor()?.map(str::to_owned);
    Ok((Asked { filter, cursor }, query.page()?))
}

async fn show(visit: Visit, query: Query) -> Answer {
    let input = Late::new(input(&query));
    let found = audit::list(&visit.app, &visit.caller, input).await?;
    let shell = visit.reader(Section::Audit).await?.shell;
    let search = search(|name| Ok(query.text(name)?.unwrap_or_default()))?;
    let counted = counted(found.listed.total, "entry", "entries");
    shown(&AuditPage {
        shell,
        pager: steps((PATH, &search.pairs()), &query, &found, counted)?,
        rows: found.listed.rows.into_iter().map(row::row).collect(),
        filter: Filter::new(search),
    })
}

async fn export(visit: Visit, form: FormBody) -> Answer {
    let asked = search(|name| form.text(name)).and_then(|search| filter(&search));
    let export = audit::export(&visit.app, &visit.caller, Late::new(asked)).await?;
    Ok(postscale_web::audit_log(export).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_counts_as_a_whole() {
        let search = AuditSearch {
            from: "2026-03-01".to_owned(),
            to: "2026-03-01".to_owned(),
            ..AuditSearch::default()
        };
        let filter = filter(&search).unwrap();
        let (from, to) = (filter.from.unwrap(), filter.to.unwrap());
        assert_eq!(to.since(from), DAY);
    }

    #[test]
    fn what_cannot_be_chosen_is_named() {
        for (search, field) in [
            (
                AuditSearch {
                    action: "x".to_owned(),
                    ..AuditSearch::default()
                },
                "action",
            ),
            (
                AuditSearch {
                    from: "x".to_owned(),
                    ..AuditSearch::default()
                },
                "from",
            ),
            (
                AuditSearch {
                    to: "x".to_owned(),
                    ..AuditSearch::default()
                },
                "to",
            ),
        ] {
            let refused = filter(&search).unwrap_err();
            assert!(format!("{refused:?}").contains(field), "{refused:?}");
        }
    }
}

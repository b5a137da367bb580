//! `GET /inbound`

use std::str::FromStr;

use postscale_access::Late;
use postscale_actions::{
    Asked, Page,
    inbound_emails::{self, Direction, InboundFilter, InboundSort},
};
use postscale_model::{InboundEmail, Invalid};
use postscale_web::Query;

use crate::{
    answer::{Answer, shown},
    pages::{shown_name, steps},
    ui::{Chip, PartNames, Section, counted},
    views::inbound::{InboundFilter as Filter, InboundListPage, InboundRow, InboundSearch, ORDERS},
    visit::Visit,
};

/// Nothing has this id.
const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

/// The texts of the filters.
fn search(query: &Query) -> Result<InboundSearch, Invalid> {
    let text = |name| Ok(query.text(name)?.unwrap_or_default().trim().to_owned());
    Ok(InboundSearch {
        q: text("q")?,
        domain: text("domain_id")?,
        alias: text("alias_id")?,
        status: text("status")?,
        attachments: text("has_attachments")?,
        from: text("from_date")?,
        to: text("to_date")?,
        order: text("order")?,
    })
}

/// What can be no id finds what an unknown id finds: nothing.
fn id<T: FromStr>(text: Option<&str>) -> Option<T> {
    text.and_then(|text| text.parse().or_else(|_| NO_ID.parse()).ok())
}

/// By what and from which end; a `-` before the word is the other end.
fn order(text: &str) -> Result<(InboundSort, Direction), Invalid> {
    if !ORDERS.iter().any(|(value, _)| *value == text) {
        let words = "must be one of those that can be chosen";
        return Err(Invalid::field("order", words));
    }
    let direction = match text.starts_with('-') {
        true => Direction::Descending,
        false => Direction::Ascending,
    };
    let sort = match text.trim_start_matches('-') {
        "from" => InboundSort::From,
        "to" => InboundSort::To,
        "subject" => InboundSort::Subject,
        "status" => InboundSort::Status,
        "processed" => InboundSort::ProcessedAt,
        "received" => InboundSort::ReceivedAt,
        _ => return Ok((InboundSort::ReceivedAt, Direction::Descending)),
    };
    Ok((sort, direction))
}

fn input(query: &Query) -> Result<(Asked<InboundFilter>, Page), Invalid> {
    let (sort, direction) = order(&search(query)?.order)?;
    let filter = InboundFilter {
        query: query.string("q")?,
        domain_id: id(query.text("domain_id")?),
        alias_id: id(query.text("alias_id")?),
        status: query.word("status")?,
        has_attachments: query.flag("has_attachments")?,
        from_date: query.timestamp("from_date")?,
        to_date: query.timestamp_until("to_date")?,
        sort,
        direction,
        ..InboundFilter::default()
    };
    let cursor = query.cursor()?.map(str::to_owned);
    Ok((Asked { filter, cursor }, query.page()?))
}

pub(super) async fn list(visit: Visit, query: Query) -> Answer {
    let input = Late::new(input(&query));
    let found = inbound_emails::list(&visit.app, &visit.caller, input).await?;
    let reader = visit.reader(Section::Inbound).await?;
    let search = search(&query)?;
    let counted = counted(found.listed.total, "message", "messages");
    let mut pager = steps(("/inbound", &search.pairs()), &query, &found, counted)?;
    if !search.order.is_empty() {
        pager.names = PartNames::FirstAndNext;
    }
    shown(&InboundListPage {
        pager,
        filter: Filter::new(search, reader.visible()),
        shell: reader.shell,
        rows: found.listed.rows.into_iter().map(row).collect(),
    })
}

fn row(email: InboundEmail) -> InboundRow {
    InboundRow {
        status: Chip::inbound(&email),
        id: email.id.to_string(),
        subject: shown_name(&email.subject),
        from: email.from_address,
        to: email.to_address,
        has_attachments: email.has_attachments,
        at: email.received_at.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_that_is_offered_is_known_and_no_other() {
        for (value, _) in ORDERS {
            assert!(order(value).is_ok(), "{value}");
        }
        assert_eq!(
            order("-subject"),
            Ok((InboundSort::Subject, Direction::Descending))
        );
        for other in ["size", "--from", "subject; DROP"] {
            assert!(order(other).is_err(), "{other}");
        }
    }

    #[test]
    fn what_is_no_id_finds_what_an_unknown_id_finds() {
        let read = |text| id::<postscale_model::DomainId>(text).map(|id| id.to_string());
        assert_eq!(read(None), None);
        assert_eq!(read(Some("x")).as_deref(), Some(NO_ID));
    }
}

//! `GET /inbound`

use postscale_access::Late;
use postscale_actions::{
    Page,
    inbound_emails::{self, InboundFilter},
};
use postscale_model::{InboundEmail, Invalid};
use postscale_web::Query;

use crate::{
    answer::{Answer, shown},
    pages::slice,
    ui::{Chip, Pager, Section},
    views::inbound::{InboundListPage, InboundRow},
    visit::Visit,
};

fn input(query: &Query) -> Result<(InboundFilter, Page), Invalid> {
    let filter = InboundFilter {
        query: query.string("q")?,
        ..InboundFilter::default()
    };
    Ok((filter, query.page()?))
}

pub(super) async fn list(visit: Visit, query: Query) -> Answer {
    let input = Late::new(input(&query));
    let (page, listed) = inbound_emails::list(&visit.app, &visit.caller, input).await?;
    let shell = visit.reader(Section::Inbound).await?.shell;
    let q = query.text("q").ok().flatten().unwrap_or_default();
    let rows: Vec<InboundRow> = listed.rows.into_iter().map(row).collect();
    let slice = slice(page, rows.len());
    shown(&InboundListPage {
        shell,
        query: InboundListPage::query_field(q),
        pager: Pager::new("/inbound", &[("q", q)], slice, Some(listed.total)),
        rows,
    })
}

fn row(email: InboundEmail) -> InboundRow {
    InboundRow {
        status: Chip::inbound(&email),
        id: email.id.to_string(),
        subject: email.subject,
        from: email.from_address,
        to: email.envelope_recipient,
        has_attachments: email.has_attachments,
        at: email.received_at.into(),
    }
}

//! `GET /emails`

use postscale_access::Late;
use postscale_actions::{
    Asked, Page,
    emails::{self, EmailFilter},
};
use postscale_model::{Email, Invalid};
use postscale_web::Query;

use crate::{
    answer::{Answer, shown},
    pages::steps,
    ui::{Section, counted},
    views::emails::{self as views, EmailListPage, EmailRow},
    visit::Visit,
};

fn input(query: &Query) -> Result<(Asked<EmailFilter>, Page), Invalid> {
    let filter = EmailFilter {
        status: query.word("status")?,
        from: query.string("from")?,
        to: query.string("to")?,
        subject: query.string("subject")?,
        ..EmailFilter::default()
    };
    let cursor = query.cursor()?.map(str::to_owned);
    Ok((Asked { filter, cursor }, query.page()?))
}

pub(super) async fn list(visit: Visit, query: Query) -> Answer {
    let input = Late::new(input(&query));
    let found = emails::list(&visit.app, &visit.caller, input).await?;
    let shell = visit.reader(Section::Emails).await?.shell;
    let text = |name| query.text(name).ok().flatten().unwrap_or_default();
    let names = ["status", "from", "to", "subject"];
    let [status, from, to, subject] = names.map(text);
    let filters = names.map(|name| (name, text(name)));
    let counted = counted(found.listed.total, "e-mail", "e-mails");
    shown(&EmailListPage {
        shell,
        filter: views::EmailFilter::new(status, from, to, subject),
        pager: steps(("/emails", &filters), &query, &found, counted)?,
        rows: found.listed.rows.iter().map(row).collect(),
    })
}

fn row(email: &Email) -> EmailRow {
    let mut all = email.to.iter().chain(&email.cc).chain(&email.bcc);
    let first = all
        .next()
        .map(|mailbox| mailbox.address.to_string())
        .unwrap_or_default();
    EmailRow {
        id: email.id.to_string(),
        subject: email.subject.clone(),
        from: email.header_from.to_string(),
        to: match all.count() {
            0 => first,
            more => format!("{first} and {more} more"),
        },
        status: email.status.into(),
        at: email.created_at.into(),
    }
}

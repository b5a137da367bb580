//! `/guest/{token}`: one domain's DNS records for somebody without an account. Looking and checking
//! change nothing of the domain.

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, Method},
};
use postscale_access::action;
use postscale_actions::{
    App,
    guest_links::{self, Opened},
};
use postscale_web::{
    BrowserSession, FormBody, Name, Problem, Query, RequestCaller, Routes, Surface, Web,
};

use super::domains::show::{format, record_row};
use crate::{
    answer::{Answer, shown},
    segments::TokenSegment,
    ui::Notice,
    views::domains::{DnsRecordRow, DnsRecords, GuestPage},
};

/// Nobody is to find the page by searching for it.
const UNLISTED: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-robots-tag"),
    HeaderValue::from_static("noindex, nofollow"),
);

pub(super) fn routes() -> Routes<Web> {
    let open = [action::DOMAIN_GUEST_LINK_OPEN.into()];
    let path = "/guest/{token}";
    Routes::new(Surface::Public)
        .route(Method::GET, path, &open, show)
        .route(Method::POST, path, &open, check)
        .route(Method::GET, "/guest/{token}/download", &open, download)
}

/// The session of whoever looks, who need not have one.
type Session = Result<BrowserSession, Problem>;

async fn show(
    State(app): State<App>,
    caller: RequestCaller,
    session: Session,
    token: Name<TokenSegment>,
) -> Answer {
    let opened = guest_links::open(&app, &caller, &token.text).await?;
    page(opened, session, &token.text, None)
}

async fn check(
    State(app): State<App>,
    caller: RequestCaller,
    session: Session,
    token: Name<TokenSegment>,
    _form: FormBody,
) -> Answer {
    let opened = guest_links::check(&app, &caller, &token.text).await?;
    let notice = if opened.is_checked {
        Notice::done("DNS was asked just now. This is what it says.")
    } else {
        Notice::hint("DNS was asked a moment ago. Wait half a minute before you check again.")
    };
    page(opened, session, &token.text, Some(notice))
}

async fn download(
    State(app): State<App>,
    caller: RequestCaller,
    token: Name<TokenSegment>,
    query: Query,
) -> Answer {
    let format = format(&query);
    let file = guest_links::download(&app, &caller, &token.text, format).await?;
    let octets = file.text.into_bytes();
    let mut answer = postscale_web::download(file.content_type, &file.filename, octets);
    answer.headers_mut().insert(UNLISTED.0, UNLISTED.1);
    Ok(answer)
}

fn page(opened: Opened, session: Session, token: &str, notice: Option<Notice>) -> Answer {
    let checked_at = opened
        .records
        .iter()
        .filter_map(|record| record.checked_at)
        .max();
    let mut rows: Vec<DnsRecordRow> = opened.records.into_iter().map(record_row).collect();
    rows.sort_by_key(|row| !row.required);
    let csrf = session.map(|session| session.csrf()).unwrap_or_default();
    let mut answer = shown(&GuestPage {
        domain: opened.domain.name.to_unicode(),
        notice,
        records: DnsRecords {
            check_at: format!("/guest/{token}"),
            download_at: format!("/guest/{token}/download"),
            refresh: None,
            rows,
            checked_at: checked_at.map(Into::into),
            next_at: None,
            check_now: Some(csrf),
            checks_each: false,
        },
        expires_at: opened.expires_at.into(),
    })?;
    answer.headers_mut().insert(UNLISTED.0, UNLISTED.1);
    Ok(answer)
}

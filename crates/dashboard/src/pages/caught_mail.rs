//! `/dev/mail`: the mail catcher of `dev`. These routes are no part of [`routes`](super::routes).

use axum::http::Method;
use postscale_actions::emails::{Parsed, parse};
use postscale_actions::{me, shown_html};
use postscale_model::Timestamp;
use postscale_web::{Name, Problem, Routes, Surface, Web};

use super::in_shell;
use crate::{
    answer::{self, Answer, shown},
    segments::IdSegment,
    ui::Section,
    views::{
        caught_mail::{CaughtMailListPage, CaughtMailPage, CaughtMailRow},
        emails::MessageBody,
    },
    visit::Visit,
};

/// A message the catcher took.
#[derive(Debug, Clone)]
pub struct CaughtMail {
    /// Names it in addresses.
    pub id: String,
    /// `MAIL FROM`; empty for the null reverse path.
    pub envelope_sender: String,
    /// `RCPT TO`, in order.
    pub envelope_recipients: Vec<String>,
    /// When it came.
    pub at: Timestamp,
    /// The message as it came over the wire.
    pub message: Vec<u8>,
}

/// Where the catcher keeps what it took.
pub trait CaughtMailSource: Clone + Send + Sync + 'static {
    /// Everything it keeps, newest first.
    fn list(&self) -> Vec<CaughtMail>;
    /// One of them.
    fn find(&self, id: &str) -> Option<CaughtMail>;
}

/// The pages of the mail catcher.
#[must_use]
pub fn caught_mail_routes(source: impl CaughtMailSource) -> Routes<Web> {
    let reads = in_shell(&[]);
    let (list_of, page_of, html_of) = (source.clone(), source.clone(), source);
    Routes::new(Surface::Dashboard)
        .route(Method::GET, "/dev/mail", &reads, move |visit: Visit| {
            let caught = list_of.list();
            async move { list(visit, caught).await }
        })
        .route(
            Method::GET,
            "/dev/mail/{id}",
            &reads,
            move |visit: Visit, id: Name<IdSegment>| {
                let caught = page_of.find(&id.text);
                async move { show(visit, caught).await }
            },
        )
        .route(
            Method::GET,
            "/dev/mail/{id}/html",
            &reads,
            move |visit: Visit, id: Name<IdSegment>| {
                let caught = html_of.find(&id.text);
                async move { html(visit, caught).await }
            },
        )
}

async fn list(visit: Visit, caught: Vec<CaughtMail>) -> Answer {
    let shell = visit.reader(Section::CaughtMail).await?.shell;
    let rows = caught.into_iter().map(row).collect();
    shown(&CaughtMailListPage { shell, rows })
}

fn row(caught: CaughtMail) -> CaughtMailRow {
    let parsed = parse(&caught.message);
    CaughtMailRow {
        from: author(&parsed),
        to: caught.envelope_recipients.join(", "),
        subject: parsed.subject,
        at: caught.at.into(),
        id: caught.id,
    }
}

fn author(parsed: &Parsed) -> String {
    parsed
        .from
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default()
}

async fn show(visit: Visit, caught: Option<CaughtMail>) -> Answer {
    let shell = visit.reader(Section::CaughtMail).await?.shell;
    let caught = caught.ok_or_else(Problem::not_found)?;
    let parsed = parse(&caught.message);
    let headers = vec![
        ("From", author(&parsed)),
        ("Envelope sender", format!("<{}>", caught.envelope_sender)),
        ("Envelope recipients", caught.envelope_recipients.join(", ")),
    ];
    shown(&CaughtMailPage {
        shell,
        subject: parsed.subject,
        headers,
        at: caught.at.into(),
        body: MessageBody {
            text: parsed.text,
            html_src: parsed.html.map(|_| format!("/dev/mail/{}/html", caught.id)),
        },
        raw_header: raw_header(&caught.message),
    })
}

/// Everything before the empty line.
fn raw_header(message: &[u8]) -> String {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n");
    let header = &message[..end.unwrap_or(message.len())];
    String::from_utf8_lossy(header).replace("\r\n", "\n")
}

async fn html(visit: Visit, caught: Option<CaughtMail>) -> Answer {
    me::get(&visit.app, &visit.caller).await?;
    let caught = caught.ok_or_else(Problem::not_found)?;
    let html = parse(&caught.message).html.ok_or_else(Problem::not_found)?;
    Ok(answer::foreign(&shown_html(html).await?.html))
}

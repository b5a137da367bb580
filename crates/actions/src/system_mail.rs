//! Mail of the instance itself: composed here, queued in the transaction of its cause.
//!
//! A [`Notice`] is a few plain paragraphs; its HTML alternative is made of the very same ones, every
//! text escaped, so that nothing anybody wrote can be markup.

use std::fmt::Write as _;

use postscale_mail::compose::{Draft, compose};
use postscale_model::{Address, Mailbox, SystemEmailId};
use postscale_store::{
    Tx,
    system_email::{self, SystemEmail},
};

use crate::{App, Error, Result};

#[cfg(test)]
mod tests;

/// What the instance writes to one address.
#[derive(Debug)]
pub(crate) struct Notice {
    subject: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Link { label: &'static str, url: String },
    Code(String),
}

impl Notice {
    /// A notice under that subject.
    pub(crate) fn new(subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            parts: Vec::new(),
        }
    }

    /// A paragraph.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    /// A link, alone on its line.
    pub(crate) fn link(mut self, label: &'static str, url: String) -> Self {
        self.parts.push(Part::Link { label, url });
        self
    }

    /// A code to be typed.
    pub(crate) fn code(mut self, code: &str) -> Self {
        self.parts.push(Part::Code(code.to_owned()));
        self
    }

    /// Queues it to the address, to leave after the commit.
    ///
    /// # Errors
    /// [`Error::Broken`] when it cannot be a message; [`Error::Store`].
    pub(crate) async fn send(self, app: &App, tx: &mut Tx, recipient: &Address) -> Result<()> {
        let email = self.compose(app, recipient)?;
        Ok(system_email::insert(tx, &email).await?)
    }

    /// As much work as [`Notice::send`], of which nothing is left: for who must not be able to tell.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn pretend(self, app: &App, tx: &mut Tx, recipient: &Address) -> Result<()> {
        let email = self.compose(app, recipient)?;
        system_email::insert(tx, &email).await?;
        Ok(system_email::discard(tx, email.id).await?)
    }

    fn compose(self, app: &App, recipient: &Address) -> Result<SystemEmail> {
        let from = &app.links.system_from;
        let (text, html) = (self.plain(), self.html());
        let draft = Draft {
            from: from.clone(),
            sender: None,
            to: vec![Mailbox::from(recipient.clone())],
            cc: Vec::new(),
            reply_to: Vec::new(),
            subject: self.subject,
            text: Some(text),
            html: Some(html),
            headers: vec![("Auto-Submitted".into(), "auto-generated".into())],
            attachments: Vec::new(),
            message_id: format!("{}@{}", app.sources.hex::<16>(), from.address.domain()),
            date: app.sources.now(),
        };
        let body = compose(&draft).map_err(|invalid| Error::Broken(invalid.to_string()))?;
        let id: SystemEmailId = app.sources.id();
        Ok(SystemEmail {
            id,
            recipient: recipient.clone(),
            body,
            created_at: draft.date,
        })
    }

    fn plain(&self) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Link { url, .. } => url.clone(),
            Part::Code(code) => format!("    {code}"),
        };
        let parts: Vec<String> = self.parts.iter().map(part).collect();
        parts.join("\n\n") + "\n"
    }

    fn html(&self) -> String {
        let mut html = String::from(HTML_HEAD);
        for part in &self.parts {
            let _infallible = match part {
                Part::Text(text) => writeln!(html, "<p>{}</p>", escaped(text)),
                Part::Link { label, url } => {
                    let (label, url) = (escaped(label), escaped(url));
                    write!(
                        html,
                        "<p><a href=\"{url}\" style=\"{BUTTON}\">{label}</a></p>\n\
                         <p style=\"{SMALL}\">Or open this address: {url}</p>\n",
                    )
                }
                Part::Code(code) => {
                    writeln!(html, "<p style=\"{CODE}\">{}</p>", escaped(code))
                }
            };
        }
        html.push_str("</div></body></html>\n");
        html
    }
}

const HTML_HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\">\
    <meta name=\"color-scheme\" content=\"light dark\"></head>\n\
    <body style=\"margin:0;padding:24px 16px;font:16px/1.5 system-ui,sans-serif\">\
    <div style=\"max-width:34rem;margin:0 auto\">\n";
const BUTTON: &str = "display:inline-block;padding:10px 20px;border-radius:6px;\
    background:#1f4fd8;color:#ffffff;font-weight:600;text-decoration:none";
const SMALL: &str = "font-size:14px;word-break:break-all";
const CODE: &str = "font:700 28px/1.4 ui-monospace,monospace;letter-spacing:6px";

/// A text as HTML text or inside a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

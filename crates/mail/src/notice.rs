//! What the instance itself writes to people: a few plain paragraphs. The HTML alternative is made of
//! the very same ones, every text escaped, so that nothing anybody wrote can be markup.

use std::fmt::Write as _;

use postscale_model::{Address, Invalid, Mailbox, Timestamp};

use crate::compose::{Draft, compose};

mod domain;
#[cfg(test)]
mod tests;

/// What the instance writes to one address.
#[derive(Debug, Clone)]
pub struct Notice {
    subject: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Link { label: &'static str, url: String },
    Code(String),
    Value(String),
}

/// What a notice is sent with.
#[derive(Debug)]
pub struct Letter<'a> {
    /// Who writes.
    pub from: &'a Mailbox,
    /// To whom.
    pub to: &'a Address,
    /// Makes the `Message-ID` unique.
    pub unique: String,
    /// When.
    pub date: Timestamp,
}

impl Notice {
    /// A notice under that subject.
    pub fn new(subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            parts: Vec::new(),
        }
    }

    /// A paragraph.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    /// A link, alone on its line.
    #[must_use]
    pub fn link(mut self, label: &'static str, url: String) -> Self {
        self.parts.push(Part::Link { label, url });
        self
    }

    /// A value to be copied, alone on its line.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        self.parts.push(Part::Value(value.to_owned()));
        self
    }

    /// A code to be typed.
    #[must_use]
    pub fn code(mut self, code: &str) -> Self {
        self.parts.push(Part::Code(code.to_owned()));
        self
    }

    /// The message as it goes out.
    ///
    /// # Errors
    /// [`Invalid`] when it cannot be a message.
    pub fn compose(&self, letter: Letter<'_>) -> Result<Vec<u8>, Invalid> {
        compose(&Draft {
            from: letter.from.clone(),
            sender: None,
            to: vec![Mailbox::from(letter.to.clone())],
            cc: Vec::new(),
            reply_to: Vec::new(),
            subject: self.subject.clone(),
            text: Some(self.plain()),
            html: Some(self.html()),
            headers: vec![("Auto-Submitted".into(), "auto-generated".into())],
            attachments: Vec::new(),
            message_id: format!("{}@{}", letter.unique, letter.from.address.domain()),
            date: letter.date,
        })
    }

    fn plain(&self) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Link { url, .. } => url.clone(),
            Part::Code(text) | Part::Value(text) => format!("    {text}"),
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
                Part::Value(value) => {
                    writeln!(html, "<p style=\"{VALUE}\">{}</p>", escaped(value))
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
const VALUE: &str = "font:14px/1.5 ui-monospace,monospace;word-break:break-all";
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

//! The `Authentication-Results` field (RFC 8601).

use std::borrow::Cow;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use postscale_model::{AuthVerdict, HostName};

use super::{Session, Verdicts};
use crate::{
    field,
    mailbox_list::{delimited, skip_comment},
};

/// Renders the field. Nothing a stranger wrote can end the line or the value it stands in.
pub(super) fn render(verdicts: &Verdicts, session: Session<'_>) -> String {
    let mut out = format!("Authentication-Results: {}", session.authserv_id);
    let (property, identity) = if session.mail_from.is_empty() {
        ("smtp.helo", session.helo)
    } else {
        ("smtp.mailfrom", session.mail_from)
    };
    push(&mut out, "spf", verdicts.spf, &[(property, identity)]);
    for signed in &verdicts.dkim {
        let start = &signed.signature[..signed.signature.len().min(6)];
        let properties = [
            ("header.d", signed.domain.as_str()),
            ("header.s", &signed.selector),
            ("header.b", &BASE64_STANDARD.encode(start)),
        ];
        push(&mut out, "dkim", signed.verdict, &properties);
    }
    if verdicts.dkim.is_empty() {
        push(&mut out, "dkim", AuthVerdict::None, &[]);
    }
    let author = [("header.from", verdicts.author_domain.as_str())];
    push(&mut out, "dmarc", verdicts.dmarc, &author);
    if verdicts.arc != AuthVerdict::None {
        push(&mut out, "arc", verdicts.arc, &[]);
    }
    out.push_str("\r\n");
    out
}

fn push(out: &mut String, method: &str, verdict: AuthVerdict, properties: &[(&str, &str)]) {
    out.push_str(&format!(";\r\n\t{method}={verdict}"));
    for (property, value) in properties.iter().filter(|(_, value)| !value.is_empty()) {
        // A fold between properties keeps every line short enough (RFC 5322 §2.1.1).
        let separator = if value.len() > 60 { "\r\n\t" } else { " " };
        out.push_str(&format!("{separator}{property}={}", pvalue(value)));
    }
}

/// The value as it stands when it is made of harmless signs, else as a quoted string.
fn pvalue(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_@+=/".contains(&byte);
    if text.bytes().all(plain) && text.len() <= 320 {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text
        .chars()
        .filter(|c| *c == ' ' || c.is_ascii_graphic())
        .take(320)
    {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    Cow::Owned(out)
}

/// The message without `Authentication-Results` fields that claim to be ours (RFC 8601 §5).
#[must_use]
pub fn without_forged_results<'m>(message: &'m [u8], authserv_id: &HostName) -> Cow<'m, [u8]> {
    let sections = field::split(message);
    let is_forged = |field: &field::Field<'_>| {
        let is_ours = |claimed: String| {
            let claimed = claimed.trim().trim_end_matches('.');
            claimed.eq_ignore_ascii_case(authserv_id.as_str())
        };
        field.is("Authentication-Results") && claimed(&field.unfolded()).is_none_or(is_ours)
    };
    if !sections.fields.iter().any(is_forged) {
        return Cow::Borrowed(message);
    }
    let header: usize = sections.fields.iter().map(|field| field.raw().len()).sum();
    let mut out = Vec::with_capacity(message.len());
    for field in sections.fields.iter().filter(|field| !is_forged(field)) {
        out.extend_from_slice(field.raw());
    }
    out.extend_from_slice(&message[header..]);
    Cow::Owned(out)
}

/// Who claims to have found that out (RFC 8601 §2.2); nothing when that cannot be read.
fn claimed(value: &str) -> Option<String> {
    let mut chars = value.chars().peekable();
    loop {
        match chars.peek()? {
            '(' => skip_comment(&mut chars).ok()?,
            c if c.is_whitespace() => drop(chars.next()),
            '"' => {
                chars.next();
                return delimited(&mut chars, '"', false).ok();
            }
            _ => break,
        }
    }
    let is_in_it = |c: &char| !c.is_whitespace() && !";(".contains(*c);
    let name: String = std::iter::from_fn(|| chars.next_if(is_in_it)).collect();
    Some(name).filter(|name| !name.is_empty())
}

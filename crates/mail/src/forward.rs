//! Changing the header of a message that an alias sends on.
//!
//! The message goes out from the alias's own domain: its `From` becomes the alias, so that the
//! domain can sign it and DMARC passes at the next host; the author is named in the display name
//! and gets the answers through `Reply-To`. The body is not touched.

use postscale_model::{Address, Mailbox};

use crate::{
    compose,
    field::{self, Field},
    mailbox_list,
};

/// Fields that spoke for the way so far, or for another domain.
const REMOVED: [&str; 4] = ["From", "Sender", "DKIM-Signature", "Return-Path"];

/// The message as it is sent on from `alias`.
///
/// `From` reads `"<author> via <alias>" <alias>`; `Reply-To` is set to the author when there is
/// none; `Sender`, `DKIM-Signature` and `Return-Path` are taken out.
#[must_use]
pub fn rewrite_from(message: &[u8], alias: &Address) -> Vec<u8> {
    let sections = field::split(message);
    let named = |name: &str| sections.fields.iter().find(|field| field.is(name));
    let authors = named("From")
        .map(|from| mailbox_list::parse_leniently(&from.unfolded()))
        .unwrap_or_default();
    let mut out = Vec::with_capacity(message.len() + 256);
    out.extend(compose::mailbox_field(
        "From",
        &[via(authors.first(), alias)],
    ));
    if named("Reply-To").is_none() && !authors.is_empty() {
        out.extend(compose::mailbox_field("Reply-To", &authors));
    }
    let is_removed = |field: &&Field<'_>| REMOVED.iter().any(|name| field.is(name));
    for field in sections.fields.iter().filter(|field| !is_removed(field)) {
        out.extend_from_slice(field.raw());
    }
    let header: usize = sections.fields.iter().map(|field| field.raw().len()).sum();
    let rest = &message[header..];
    if !rest.starts_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(rest);
    out
}

fn via(author: Option<&Mailbox>, alias: &Address) -> Mailbox {
    let author = author.map_or_else(
        || "Unknown".to_owned(),
        |author| {
            let name = author.display_name.clone();
            name.unwrap_or_else(|| author.address.to_string())
        },
    );
    Mailbox {
        display_name: Some(format!("{author} via {alias}")),
        address: alias.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(message: &str) -> String {
        let alias = "info@example.com".parse().unwrap();
        String::from_utf8(rewrite_from(message.as_bytes(), &alias)).unwrap()
    }

    #[test]
    fn the_author_becomes_the_alias_and_gets_the_answers() {
        assert_eq!(
            rewritten(
                "Return-Path: <b@x.example>\r\nDKIM-Signature: v=1;\r\n\td=x.example\r\n\
                 Received: from a by b; c\r\nSender: s@x.example\r\n\
                 From: =?utf-8?q?J=C3=B6rg?=\r\n <j@x.example>\r\nSubject: Hi\r\n\r\n body \r\n"
            ),
            "From: =?utf-8?Q?J=C3=B6rg_via_info=40example=2Ecom?= <info@example.com>\r\n\
             Reply-To: =?utf-8?B?SsO2cmc=?= <j@x.example>\r\n\
             Received: from a by b; c\r\nSubject: Hi\r\n\r\n body \r\n"
        );
    }

    #[test]
    fn an_existing_reply_to_stays() {
        let out = rewritten("Reply-To: r@x.example\r\nFrom: j@x.example\r\n\r\n");
        assert_eq!(
            out,
            "From: \"j@x.example via info@example.com\" <info@example.com>\r\n\
             Reply-To: r@x.example\r\n\r\n"
        );
    }

    #[test]
    fn a_message_without_a_readable_author_still_gets_one() {
        for message in [
            "Subject: x\r\n\r\nbody",
            "From: nobody\r\nSubject: x\r\n\r\nbody",
        ] {
            assert_eq!(
                rewritten(message),
                "From: \"Unknown via info@example.com\" <info@example.com>\r\n\
                 Subject: x\r\n\r\nbody"
            );
        }
        assert!(rewritten("no header").ends_with("\r\n\r\nno header"));
    }
}

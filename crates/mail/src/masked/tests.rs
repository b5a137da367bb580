//! Goal: the target answers to nobody directly, and the stranger reads the target's address nowhere.
//! Method: messages with addresses in every place and every spelling.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use postscale_model::{Address, Mailbox, Timestamp};

use super::*;

const TOKEN: &str = "0123456789abcdef0123456789";
const REAL: &str = "ann.real@home.example";

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn alias() -> Address {
    address("shop@x.example")
}

fn reverses(of: &[(&str, &str)]) -> Reverses {
    let one = |(whom, reverse): &(&str, &str)| (address(whom).key(), address(reverse));
    of.iter().map(one).collect()
}

fn key() -> ThreadKey {
    ThreadKey::new(&[7; 32])
}

fn masked(message: &[u8], reverses: &Reverses) -> String {
    let out = mask(message, &alias(), reverses, key().of(&alias()));
    String::from_utf8(out).unwrap()
}

fn unmasked(message: &str) -> String {
    let bob: Mailbox = "Bob Far <bob@far.example>".parse().unwrap();
    let contacts = [(TOKEN.to_owned(), bob.clone())];
    let out = unmask(
        message.as_bytes(),
        &Unmasking {
            alias: &alias(),
            contact: &bob,
            contacts: &contacts,
            hidden: &[address(REAL), address("ann@second.example")],
            threads: key().of(&alias()),
            message_id: "new@x.example",
            at: Timestamp::from_seconds(1_772_366_400),
        },
    );
    String::from_utf8(out).unwrap()
}

#[test]
fn everybody_the_target_could_answer_is_a_reverse_address() {
    let message = "Received: from a by b; c\r\nFrom: \"Bob Far\" <bob@far.example>\r\nReply-To: team@far.example\r\n\
        To: shop@x.example, Carl <carl@far.example>\r\nCc: dan@far.example, unknown@far.example\r\nSender: s@far.example\r\n\
        Disposition-Notification-To: bob@far.example\r\nReturn-Receipt-To: bob@far.example\r\nDKIM-Signature: v=1\r\n\
        List-Unsubscribe: <mailto:off@far.example>, <https://far.example/off>\r\nList-Post: <mailto:all@far.example>\r\n\
        Subject: Hi\r\n\r\nbody bob@far.example\r\n";
    let named = correspondents(message.as_bytes(), &alias());
    let named: Vec<_> = named.iter().map(|one| one.address.to_string()).collect();
    assert_eq!(
        named,
        [
            "bob@far.example",
            "team@far.example",
            "carl@far.example",
            "dan@far.example",
            "unknown@far.example"
        ]
    );
    let map = reverses(&[
        ("bob@far.example", "reply+b@x.example"),
        ("team@far.example", "reply+t@x.example"),
        ("carl@far.example", "reply+c@x.example"),
        ("dan@far.example", "reply+d@x.example"),
    ]);
    let out = masked(message.as_bytes(), &map);
    assert_eq!(
        out.replace("\r\n ", " ").replace("\r\n\t", " "),
        "From: \"Bob Far (bob at far.example)\" <reply+b@x.example>\r\n\
         Reply-To: \"team at far.example\" <reply+t@x.example>\r\n\
         To: <shop@x.example>, \"Carl (carl at far.example)\" <reply+c@x.example>\r\n\
         Cc: \"dan at far.example\" <reply+d@x.example>\r\n\
         Received: from a by b; c\r\n\
         List-Unsubscribe: <https://far.example/off>\r\n\
         Subject: Hi\r\n\r\nbody bob@far.example\r\n"
    );
}

#[test]
fn a_message_without_a_readable_author_comes_from_the_alias() {
    let out = masked(b"From: nobody\r\n\r\nx", &Reverses::new());
    assert_eq!(
        out,
        "From: \"Unknown via shop@x.example\" <shop@x.example>\r\nTo: <shop@x.example>\r\n\r\nx"
    );
}

#[test]
fn the_header_of_an_answer_is_made_of_what_tells_nothing() {
    let out = unmasked(&format!(
        "Received: from laptop (192.0.2.7) by home.example for <{REAL}>; x\r\nReturn-Path: <{REAL}>\r\n\
         DKIM-Signature: v=1; d=home.example\r\nX-Originating-IP: 192.0.2.7\r\nX-Google-Sender: {REAL}\r\n\
         From: Ann Real <{REAL}>\r\nSender: {REAL}\r\nReply-To: {REAL}\r\nBcc: secret@home.example\r\n\
         To: \"Bob (bob at far.example)\" <reply+{TOKEN}@x.example>\r\nCc: Ann <ANN@second.example>, eve@other.example\r\n\
         Subject: Re: =?utf-8?q?{REAL}?=\r\nDate: Sun, 01 Mar 2026 12:00:00 +0100\r\nMessage-ID: <1@home.example>\r\n\
         In-Reply-To: <q@far.example>\r\nReferences: <q@far.example>\r\n <0@mail.home.example> <z@x.example>\r\n\
         User-Agent: Ann's Mailer\r\nAutocrypt: addr={REAL}\r\nList-Id: <home.example>\r\nOrganization: Real Ltd\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello.\r\n"
    ));
    let own = sealed("0@mail.home.example");
    assert_eq!(
        out,
        format!(
            "From: <shop@x.example>\r\nTo: \"Bob Far\" <bob@far.example>\r\nCc: <shop@x.example>, <eve@other.example>\r\n\
         Message-ID: <new@x.example>\r\nIn-Reply-To: <q@far.example>\r\nReferences: <q@far.example>\r\n <{own}>\r\n <z@x.example>\r\n\
         Subject: Re: shop@x.example\r\nDate: Sun, 01 Mar 2026 12:00:00 +0100\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello.\r\n"
        )
    );
}

fn sealed(id: &str) -> String {
    key().of(&alias()).sealed(id).unwrap()
}

#[test]
fn an_answer_is_found_with_what_it_answers_on_both_sides() {
    let question = "Message-ID: <1.a@mail.home.example>\r\n\r\n";
    let known = message_id(question.as_bytes(), key().of(&alias())).unwrap();
    assert!(
        known.ends_with("@x.example") && !known.contains("home"),
        "{known}"
    );
    assert_eq!(known, sealed("1.a@mail.home.example"), "always the same");
    // The stranger answers.
    let answer = format!(
        "From: bob@far.example\r\nMessage-ID: <2@far.example>\r\nIn-Reply-To: <{known}>\r\n\
         References: <0@far.example> <{known}>\r\n\r\n"
    );
    let out = masked(answer.as_bytes(), &Reverses::new());
    assert!(
        out.contains("In-Reply-To: <1.a@mail.home.example>\r\n"),
        "{out}"
    );
    let references = "References: <0@far.example>\r\n <1.a@mail.home.example>\r\n";
    assert!(out.contains(references), "{out}");
    // The target goes on; the stranger's program knows every id of the thread.
    let out =
        unmasked("References: <0@far.example> <1.a@mail.home.example> <2@far.example>\r\n\r\n");
    let references = format!("References: <0@far.example>\r\n <{known}>\r\n <2@far.example>\r\n");
    assert!(out.contains(&references), "{out}");
}

#[test]
fn an_id_that_was_taken_for_words_is_found() {
    let known = sealed("1@home.example");
    let (first, last) = known.split_at(40);
    let last = last.replace('@', "=40");
    let answer = format!("In-Reply-To: =?utf-8?q?=3C{first}?=\r\n =?utf-8?q?{last}=3E?=\r\n\r\n");
    let out = masked(answer.as_bytes(), &Reverses::new());
    assert!(out.contains("In-Reply-To: <1@home.example>\r\n"), "{out}");
}

#[test]
fn an_id_that_may_be_of_either_stands_there_both_ways() {
    let out = unmasked("In-Reply-To: <5@mailer.example>\r\n\r\n");
    let both = format!(
        "In-Reply-To: <5@mailer.example>\r\n <{}>\r\n",
        sealed("5@mailer.example")
    );
    assert!(out.contains(&both), "{out}");
    let answer = format!("{both}\r\n");
    let out = masked(answer.as_bytes(), &Reverses::new());
    assert!(
        out.contains("In-Reply-To: <5@mailer.example>\r\n\r\n"),
        "{out}"
    );
}

#[test]
fn ids_of_another_alias_another_key_and_nobody_stay_as_they_are() {
    let (other_alias, other_key) = (address("club@x.example"), ThreadKey::new(&[8; 32]));
    let id = "1@home.example";
    for foreign in [
        key().of(&other_alias).sealed(id).unwrap(),
        other_key.of(&alias()).sealed(id).unwrap(),
        sealed(id).replacen('@', "A@", 1),
        "AAAA@x.example".to_owned(),
        "not base64@x.example".to_owned(),
        "nothing".to_owned(),
    ] {
        assert_eq!(key().of(&alias()).opened(&foreign), None, "{foreign}");
    }
    let long = format!("{}@home.example", "a".repeat(255));
    assert_eq!(key().of(&alias()).sealed(&long), None);
}

#[test]
fn an_answer_always_names_whom_it_goes_to() {
    let out = unmasked("From: x\r\n\r\n");
    assert_eq!(
        out,
        "From: <shop@x.example>\r\nTo: \"Bob Far\" <bob@far.example>\r\n\
         Date: Sun, 01 Mar 2026 12:00:00 +0000\r\nMessage-ID: <new@x.example>\r\n\r\n"
    );
}

#[test]
fn no_part_of_an_answer_names_the_target() {
    let html = format!(
        "<p>{REAL} <a href=\"mailto:ann.real%40home.example\">x</a> reply&#43;{TOKEN}&#64;x.example</p>"
    );
    let message = format!(
        "From: {REAL}\r\nContent-Type: multipart/mixed; boundary=\"{REAL}\"\r\n\r\npreamble {REAL}\r\n--{REAL}\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\nann.real=40home.exam=\r\nple wrote to reply+{TOKEN}@x.example =C3=A9\r\n--{REAL}\r\n\
         Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--{REAL}\r\n\
         Content-Type: message/rfc822\r\n\r\nDelivered-To: {REAL}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--{REAL}\r\n\
         Content-Type: application/pdf; name=\"{REAL}.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--{REAL}--\r\n",
        BASE64_STANDARD.encode(&html),
        BASE64_STANDARD.encode(format!("To: {REAL}")),
    );
    let out = unmasked(&message);
    assert!(!out.to_lowercase().contains("ann.real"), "{out}");
    let parsed = crate::parse::parse(out.as_bytes());
    assert_eq!(
        parsed.text.unwrap(),
        "shop@x.example wrote to bob@far.example é"
    );
    let html = parsed.html.unwrap();
    assert_eq!(
        html,
        "<p>shop@x.example <a href=\"mailto:shop@x.example\">x</a> bob@far.example</p>"
    );
    assert_eq!(parsed.attachments.len(), 2);
    let inner = crate::parse::attachment(out.as_bytes(), parsed.attachments[0].part).unwrap();
    let inner = crate::parse::parse(&inner);
    assert_eq!(inner.text.unwrap(), "To: shop@x.example");
    assert_eq!(parsed.attachments[1].filename, "shop@x.example.pdf");
}

#[test]
fn no_spelling_of_a_name_in_a_header_names_the_target() {
    let words = "=?utf-8?Q?From_ann.re?=\r\n =?iso-8859-1?B?YWxAaG9tZS5leGFtcGxl?=";
    let message = format!(
        "From: {REAL}\r\nContent-Description: {words}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: application/pdf; name=\"{words}\"\r\n\
         Content-Disposition: attachment; filename*=utf-8''%61nn.real%40home%2Eexample.pdf\r\n\r\nx\r\n--b\r\n\
         Content-Type: message/rfc822\r\n\r\nTo: {words} <x@far.example>\r\nSubject: =?utf-8?Q?J=C3=B6rg?=\r\n\r\ny\r\n--b\r\n\
         Content-Type: application/ics\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        BASE64_STANDARD.encode(format!("ATTENDEE:mailto:{REAL}"))
    );
    let out = unmasked(&message);
    let clean = format!(
        "=?utf-8?B?{}?=",
        BASE64_STANDARD.encode("From shop@x.example")
    );
    for want in [
        format!("Content-Description: {clean}\r\n"),
        format!("name=\"{clean}\"\r\n"),
        "filename*=utf-8''shop@x.example.pdf\r\n".to_owned(),
        format!("To: {clean} <x@far.example>\r\nSubject: =?utf-8?Q?J=C3=B6rg?=\r\n"),
        BASE64_STANDARD.encode("ATTENDEE:mailto:shop@x.example"),
    ] {
        assert!(out.contains(&want), "{want}: {out}");
    }
}

#[test]
fn ids_of_pictures_do_not_name_the_host_of_the_target() {
    let out = unmasked(
        "From: x\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
         <img src=\"cid:part1.X@home.example\"><img src=\"cid:part2@far.example\">\r\n--b\r\n\
         Content-Type: image/png\r\nContent-ID: <part1.X@home.example>\r\n\r\nx\r\n--b\r\n\
         Content-Type: image/png\r\nContent-ID: <part2@far.example>\r\n\r\nx\r\n--b--\r\n",
    );
    assert!(!out.contains("home.example"), "{out}");
    for id in ["part1.X@x.example", "part2@far.example"] {
        assert_eq!(out.matches(id).count(), 2, "{id}: {out}");
    }
}

#[test]
fn what_hides_nothing_is_left_as_it_is() {
    let body =
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVs\r\nbG8=\r\n";
    assert!(unmasked(body).ends_with(body));
}

#[test]
fn reverse_addresses_are_found_wherever_they_stand() {
    let other = TOKEN.replace('0', "f");
    let message = format!(
        "To: reply+{TOKEN}@x.example\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        BASE64_STANDARD.encode(format!("On Monday reply+{other}@x.example wrote"))
    );
    assert_eq!(mentioned(message.as_bytes()), [TOKEN.to_owned(), other]);
}

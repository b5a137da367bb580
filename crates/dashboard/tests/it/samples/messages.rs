//! Messages sent, received and caught.

use postscale_dashboard::ui::{Chip, Choice, Notice, Section, Tone};
use postscale_dashboard::views::caught_mail::*;
use postscale_dashboard::views::emails::*;
use postscale_dashboard::views::inbound::*;
use postscale_model::{AuthVerdict, EmailStatus, Environment, InboundStatus, MessageHeader, Word};

use super::{LONG, RTL, Samples, at, id, member, owner, parts, stranger};

pub fn add(samples: &mut Samples) {
    emails(samples);
    inbound(samples);
    caught(samples);
}

fn email_rows() -> Vec<EmailRow> {
    let subjects = [
        "Your order has shipped",
        "Reset your password",
        "Invoice 2026-0341",
        "",
    ];
    EmailStatus::ALL
        .iter()
        .zip(subjects.iter().cycle())
        .zip(0..)
        .map(|((status, subject), n)| EmailRow {
            id: id(n),
            subject: (*subject).to_owned(),
            from: "Acme <hello@acme.example>".to_owned(),
            to: if n % 3 == 1 {
                "ana@example.org and 2 more"
            } else {
                "ben@example.net"
            }
            .to_owned(),
            status: Chip::from(*status),
            at: at(-i64::from(n) * 37),
        })
        .collect()
}

fn emails(samples: &mut Samples) {
    let list = |rows: Vec<EmailRow>, status: &str, subject: &str, pager| EmailListPage {
        shell: owner(Section::Emails),
        filter: EmailFilter::new(status, "", "", subject),
        pager,
        rows,
    };
    let many = parts("1,234 e-mails", None, Some("/emails?cursor=AAAA"));
    samples.add("emails", &list(email_rows(), "", "", many));
    let none = || parts("0 e-mails", None, None);
    samples.add("emails_empty", &list(Vec::new(), "", "", none()));
    samples.add(
        "emails_no_match",
        &list(Vec::new(), "bounced", "in\"voice", none()),
    );
    let long = EmailRow {
        subject: RTL.to_owned(),
        from: format!("{LONG} <{}@example.org>", "x".repeat(64)),
        to: "用户@例え.example".to_owned(),
        ..email_rows().remove(0)
    };
    let page = EmailListPage {
        shell: stranger(Section::Emails),
        ..list(vec![long], "", "", parts("1 e-mail", None, None))
    };
    samples.add("emails_long", &page);

    samples.add("email", &email());
    samples.add(
        "email_read_only",
        &EmailPage {
            shell: member(Section::Emails),
            body: None,
            ..email()
        },
    );
    let sparse = EmailPage {
        shell: stranger(Section::Emails),
        subject: String::new(),
        status: Chip::from(EmailStatus::Queued),
        environment: Chip::from(Environment::Test),
        tags: Vec::new(),
        metadata: Vec::new(),
        events: Vec::new(),
        body: Some(MessageBody {
            text: None,
            html_src: None,
        }),
        ..email()
    };
    samples.add("email_sparse", &sparse);
}

fn email() -> EmailPage {
    let refusal = "550 5.1.1 <ben@example.net>: Recipient address rejected: User unknown";
    let recipient =
        |address: &str, kind, status: EmailStatus, attempts, reply: Option<&str>| RecipientRow {
            address: address.to_owned(),
            kind,
            status: status.into(),
            attempts,
            waits: None,
            last_reply: reply.map(str::to_owned),
        };
    let waiting = |address: &str, status, attempts, for_provider| RecipientRow {
        waits: Some(Waits {
            until: at(30),
            for_provider,
        }),
        ..recipient(address, "To", status, attempts, None)
    };
    let event =
        |tone, text: &str, recipient: &str, minute, attempt, reply: Option<&str>| EventRow {
            chip: Chip::new(tone, text),
            recipient: recipient.to_owned(),
            at: at(minute),
            attempt,
            mx_host: (attempt > 0).then(|| "mx1.example.org".to_owned()),
            reply: reply.map(str::to_owned),
        };
    EmailPage {
        shell: owner(Section::Emails),
        id: id(7),
        subject: "Your order has shipped".to_owned(),
        status: EmailStatus::Bounced.into(),
        environment: Environment::Live.into(),
        created_at: at(0),
        headers: vec![
            ("From", "Acme <hello@acme.example>".to_owned()),
            ("To", "ana@example.org, ben@example.net".to_owned()),
            ("Message-ID", "0195a0000000.7@acme.example".to_owned()),
            ("Size", "4.1 KB".to_owned()),
        ],
        tags: vec!["orders".to_owned(), "shipping".to_owned()],
        metadata: vec![("order_id".to_owned(), "8841".to_owned())],
        recipients: vec![
            recipient(
                "ana@example.org",
                "To",
                EmailStatus::Delivered,
                2,
                Some("250 2.0.0 Ok"),
            ),
            recipient(
                "ben@example.net",
                "To",
                EmailStatus::Bounced,
                1,
                Some(refusal),
            ),
            recipient("cy@example.com", "Bcc", EmailStatus::Queued, 0, None),
            waiting("di@example.org", EmailStatus::Deferred, 1, false),
            waiting("ed@example.net", EmailStatus::Queued, 0, true),
        ],
        events: vec![
            event(
                Tone::Good,
                "Delivered",
                "ana@example.org",
                6,
                2,
                Some("250 2.0.0 Ok: queued"),
            ),
            event(Tone::Bad, "Bounced", "ben@example.net", 1, 1, Some(refusal)),
            event(
                Tone::Warn,
                "Deferred",
                "ana@example.org",
                1,
                1,
                Some("451 4.7.1 Try later"),
            ),
            event(Tone::Busy, "Queued", "ana@example.org", 0, 0, None),
        ],
        body: Some(MessageBody {
            text: Some("Hello Ana,\n\nyour order <8841> is on its way.\n".to_owned()),
            html_src: Some(format!("/emails/{}/html", id(7))),
        }),
    }
}

fn inbound(samples: &mut Samples) {
    let row = |n: u8, subject: &str, status: InboundStatus, has_attachments| InboundRow {
        id: id(n),
        subject: subject.to_owned(),
        from: "ana@example.org".to_owned(),
        to: "support@acme.example".to_owned(),
        status: status.into(),
        has_attachments,
        at: at(-i64::from(n)),
    };
    let list = |rows: Vec<InboundRow>, search: InboundSearch| InboundListPage {
        shell: owner(Section::Inbound),
        pager: parts(
            "54 messages",
            Some("/inbound"),
            Some("/inbound?cursor=AAAA"),
        ),
        filter: InboundFilter::new(search, vec![Choice::new(id(1), "acme.example")]),
        rows,
    };
    let none = InboundSearch::default;
    let rows = vec![
        row(1, "Where is my order?", InboundStatus::Delivered, true),
        row(2, "Re: Invoice", InboundStatus::Processing, false),
        row(3, "", InboundStatus::Failed, false),
        row(4, RTL, InboundStatus::Received, false),
    ];
    samples.add("inbound", &list(rows, none()));
    samples.add("inbound_empty", &list(Vec::new(), none()));
    let search = InboundSearch {
        q: "<x>".to_owned(),
        alias: id(5),
        order: "-from".to_owned(),
        ..none()
    };
    samples.add("inbound_no_match", &list(Vec::new(), search));
    samples.add("inbound_email", &received());
    samples.add(
        "inbound_email_read_only",
        &InboundPage {
            shell: member(Section::Inbound),
            tester: None,
            content: None,
            may_replay: false,
            alias: None,
            rule: Some((None, "A rule that is gone".to_owned())),
            tags: Vec::new(),
            ..received()
        },
    );
}

fn received() -> InboundPage {
    let verdict = |method, verdict, meaning| Verdict {
        chip: Chip::verdict(method, verdict),
        meaning,
    };
    let header = |name: &str, value: &str| MessageHeader {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    InboundPage {
        shell: owner(Section::Inbound),
        id: id(3),
        subject: "Where is my order?".to_owned(),
        status: InboundStatus::Delivered.into(),
        verdicts: vec![
            verdict("SPF", AuthVerdict::Pass, "The server may send."),
            verdict("DKIM", AuthVerdict::Fail, "A signature does not fit."),
            verdict("DMARC", AuthVerdict::None, "No policy."),
        ],
        received_at: at(3),
        processed_at: Some(at(4)),
        headers: vec![
            ("From", "ana@example.org".to_owned()),
            ("To", "support@acme.example".to_owned()),
            ("Envelope sender", "bounces@example.org".to_owned()),
            ("Envelope recipient", "support@acme.example".to_owned()),
        ],
        alias: Some((
            format!("/aliases/{}", id(5)),
            "support@acme.example".to_owned(),
        )),
        action: "Forward",
        tester: Some(format!("/domains/{}/rules/test?message={}", id(1), id(3))),
        no_content: "The content is shown to people with write access to this domain.",
        rule: Some((
            Some(format!("/domains/{}/rules/{}", id(1), id(7))),
            "Orders to the shop".to_owned(),
        )),
        tags: vec!["order".to_owned(), "<b>shop</b>".to_owned()],
        incomplete: Some(Notice::hint("Not all of it was read.")),
        may_replay: true,
        content: Some(InboundContent {
            body: MessageBody {
                text: Some("Hi,\nwhere is it?\n".to_owned()),
                html_src: Some(format!("/inbound/{}/html", id(3))),
            },
            links: vec!["https://example.org/?a=<b>".to_owned()],
            headers: vec![
                header(
                    "Received",
                    "from mx1.example.org (mx1.example.org [192.0.2.1]) by mx",
                ),
                header("Subject", "Where is my order?"),
                header("X-Spam", RTL),
            ],
            attachments: vec![
                AttachmentRow {
                    href: format!("/inbound/{}/attachments/{}", id(3), id(4)),
                    filename: "receipt.pdf".to_owned(),
                    about: "application/pdf · 84 KB".to_owned(),
                },
                AttachmentRow {
                    href: format!("/inbound/{}/attachments/{}", id(3), id(5)),
                    filename: format!("{LONG} \u{202e}fdp.exe"),
                    about: "application/octet-stream · 1.2 MB".to_owned(),
                },
            ],
        }),
    }
}

fn caught(samples: &mut Samples) {
    let row = CaughtMailRow {
        id: "1".to_owned(),
        from: "hello@acme.example".to_owned(),
        to: "ana@example.org".to_owned(),
        subject: "Your order has shipped".to_owned(),
        at: at(1),
    };
    let list = |rows| CaughtMailListPage {
        shell: owner(Section::CaughtMail),
        rows,
    };
    samples.add("caught_mail", &list(vec![row]));
    samples.add("caught_mail_empty", &list(Vec::new()));
    let page = CaughtMailPage {
        shell: owner(Section::CaughtMail),
        subject: String::new(),
        headers: vec![
            ("From", "hello@acme.example".to_owned()),
            ("To", "ana@example.org".to_owned()),
        ],
        at: at(1),
        body: MessageBody {
            text: Some("Hello".to_owned()),
            html_src: Some("/dev/mail/1/html".to_owned()),
        },
        raw_header: "DKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=postscale1;\r\n\tc=relaxed/relaxed\r\nSubject: =?utf-8?Q?x?=\r\n".to_owned(),
    };
    samples.add("caught_mail_message", &page);
}

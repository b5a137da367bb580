//! A few messages, so that no list of the demo is empty.

use anyhow::Result;
use postscale_access::Caller;
use postscale_actions::{
    App,
    emails::{self, NewMessage, Rest},
};
use postscale_mail::compose::{Draft, compose};
use postscale_model::{HostName, Mailbox};
use postscale_smtp::{
    ReversePath,
    client::{ClientSettings, Connection, Envelope, TlsPolicy},
    tls::Connector,
};

use crate::runtime_file::Listening;

/// Author, recipient, subject and text of what is sent.
const SENT: [[&str; 4]; 3] = [
    [
        "Acme <hello@acme.test>",
        "Ada <ada@example.com>",
        "Welcome to Acme",
        "Hello Ada,\n\nyour account is ready.\n",
    ],
    [
        "Staging <ci@staging.acme.test>",
        "team@example.org",
        "Deployment finished",
        "All checks passed.\n",
    ],
    [
        "Client A <orders@client-a.test>",
        "bounce@example.net",
        "Your order",
        "This one is refused by its receiver, to show what that looks like.\n",
    ],
];

fn draft(app: &App, [from, to, subject, text]: [&str; 4]) -> Result<Draft> {
    let from: Mailbox = from.parse()?;
    Ok(Draft {
        message_id: format!("{}@{}", app.sources.hex::<16>(), from.address.domain()),
        from,
        sender: None,
        to: vec![to.parse()?],
        cc: Vec::new(),
        reply_to: Vec::new(),
        subject: subject.to_owned(),
        text: Some(text.to_owned()),
        html: None,
        headers: Vec::new(),
        attachments: Vec::new(),
        date: app.sources.now(),
    })
}

/// Sends as a client with a key does.
pub async fn send(app: &App, key: &Caller) -> Result<()> {
    for sample in SENT {
        let draft = draft(app, sample)?;
        let new = NewMessage {
            from: draft.from.clone(),
            rest: Ok(Rest {
                draft,
                bcc: Vec::new(),
                tags: vec!["demo".to_owned()],
                metadata: std::collections::BTreeMap::new(),
            }),
        };
        emails::send(app, key, new.into()).await?;
    }
    Ok(())
}

/// Mails the demo from outside, over SMTP, if it listens.
pub async fn receive(app: &App, listening: &Listening) -> Result<()> {
    let Some(address) = listening.mx.first().copied() else {
        return Ok(());
    };
    let sample = [
        "Ada <ada@example.com>",
        "hello@acme.test",
        "A question",
        "Hello,\n\ndo you ship to Mars?\n",
    ];
    let message = compose(&draft(app, sample)?)?;
    let (us, them): (HostName, HostName) =
        ("client.example.com".parse()?, "mail.dev.test".parse()?);
    let tls = TlsPolicy::Opportunistic(Connector::opportunistic()?);
    let settings = ClientSettings::new(us, them, tls);
    let mut connection = Connection::connect(address, &settings).await?;
    let envelope = Envelope {
        return_path: ReversePath::Address("ada@example.com".parse()?),
        recipients: vec!["hello@acme.test".parse()?],
        smtputf8: false,
    };
    connection.send(&envelope, &message).await?;
    connection.quit().await;
    Ok(())
}

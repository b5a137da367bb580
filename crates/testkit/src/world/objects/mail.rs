//! Messages of a domain, sent and received.

use std::collections::BTreeMap;

use postscale_access::action;
use postscale_model::{
    Attachment, AuthVerdict, DomainId, Email, EmailId, EmailStatus, Environment, InboundAction,
    InboundEmail, InboundStatus, Mailbox, OrganizationId, RecipientKind, Sources,
};
use postscale_store::{
    Body, Tx,
    email::{self, NewEmail, Submitter},
    inbound_email,
    recipient::NewRecipient,
};

use super::system;
use crate::{NOW, world::Seeder};

/// A message as it was received, with one attachment.
const RECEIVED: &str = "From: Bob <bob@far.example>\r\nTo: info@NAME\r\nSubject: An offer\r\n\
    MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain\r\n\r\nWe offer.\r\n\
    --b\r\nContent-Type: text/csv; name=prices.csv\r\n\
    Content-Disposition: attachment; filename=prices.csv\r\n\r\na,1\r\n\
    --b\r\nContent-Type: text/html\r\n\r\n<p>We offer.</p>\r\n--b--\r\n";

/// A message as it was sent.
const SENT: &str = "From: ann@NAME\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/alternative; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain\r\n\r\nHello Carol.\r\n\
    --b\r\nContent-Type: text/html\r\n\r\n<p>Hello Carol.</p>\r\n--b--\r\n";

impl Seeder<'_> {
    pub(super) async fn email(&mut self, owner: &str, domain: DomainId, name: &str) -> EmailId {
        let from = self.proof(owner, action::MESSAGE_SEND, domain).await;
        let sources = &self.app.sources;
        let to: Mailbox = "Carol <carol@far.example>".parse().expect("a mailbox");
        let octets = SENT.replace("NAME", name);
        let new = NewEmail {
            email: Email {
                id: sources.id(),
                organization_id: from.organization_id,
                domain_id: domain,
                message_id: format!("1@{name}"),
                header_from: format!("Ann <ann@{name}>").parse().expect("a mailbox"),
                to: vec![to.clone()],
                cc: vec![],
                bcc: vec![],
                subject: "Hello".to_owned(),
                status: EmailStatus::Queued,
                environment: Environment::Live,
                tags: vec!["welcome".to_owned()],
                metadata: BTreeMap::from([("order".to_owned(), "7".to_owned())]),
                size_bytes: i64::try_from(octets.len()).expect("a length"),
                created_at: NOW,
                scheduled_at: None,
                sent_at: None,
                delivered_at: None,
            },
            body: Body::Row(octets.into_bytes()),
            smtputf8: false,
            submitter: Submitter::User {
                user: self.seats[owner].user,
                key: None,
            },
            recipients: vec![NewRecipient {
                id: sources.ordered_id(),
                address: to.address,
                kind: RecipientKind::To,
                return_path: None,
            }],
        };
        email::insert(&mut self.tx, &from, &new, sources)
            .await
            .expect("a message");
        new.email.id
    }

    pub(super) async fn inbound(
        &mut self,
        owner: &str,
        domain: DomainId,
        name: &str,
    ) -> (String, String) {
        let organization = self.seats[owner].organization;
        let sources = &self.app.sources;
        receive(&mut self.tx, sources, (organization, domain), name).await
    }
}

/// A message with one attachment, received by a domain: its id and the attachment's.
pub(crate) async fn receive(
    tx: &mut Tx,
    sources: &Sources,
    (organization, domain): (OrganizationId, DomainId),
    name: &str,
) -> (String, String) {
    let octets = RECEIVED.replace("NAME", name).into_bytes();
    let mail = InboundEmail {
        id: sources.id(),
        organization_id: organization,
        domain_id: domain,
        alias_id: None,
        message_id: "<1@far.example>".to_owned(),
        envelope_sender: "bounce@far.example".to_owned(),
        envelope_recipient: format!("info@{name}"),
        from_address: "bob@far.example".to_owned(),
        to_address: format!("info@{name}"),
        subject: "An offer".to_owned(),
        status: InboundStatus::Received,
        action: InboundAction::Store,
        rule: None,
        tags: vec![],
        spf: AuthVerdict::Pass,
        dkim: AuthVerdict::None,
        dmarc: AuthVerdict::None,
        arc: AuthVerdict::None,
        limits_exceeded: false,
        has_attachments: true,
        size_bytes: i64::try_from(octets.len()).expect("a length"),
        received_at: sources.now(),
        processed_at: None,
    };
    let attached = Attachment {
        id: sources.id(),
        filename: "prices.csv".to_owned(),
        content_type: "text/csv".to_owned(),
        size_bytes: 3,
        part: 2,
    };
    let ids = (mail.id.to_string(), attached.id.to_string());
    let body = Body::Row(octets);
    inbound_email::insert(tx, &system(), &mail, &body, &[attached])
        .await
        .expect("a received message");
    ids
}

//! Domains and one of everything that hangs on a domain.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use postscale_access::{Gate, SystemScope, action};
use postscale_actions::hash_token;
use postscale_mail::dkim;
use postscale_model::{
    Alias, AliasAction, AliasId, Attachment, AuthVerdict, Contact, DeliveryId, DkimAlgorithm,
    DkimKey, DkimStatus, DmarcDetails, DmarcDisposition, DmarcRecord, DmarcReport, DmarcReportId,
    DmarcTotals, Domain, DomainId, DomainType, Email, EmailId, EmailStatus, Environment, GuestLink,
    InboundAction, InboundEmail, InboundRule, InboundStatus, Invitation, InvitationState, KeyScope,
    Level, Mailbox, OrganizationId, PublishedPolicy, RecipientKind, Role, RuleAction,
    RuleComparator, RuleCondition, RuleField, RuleId, RuleMatch, Sources, Webhook, WebhookEvent,
};
use postscale_store::{
    Body, Tx, alias, contact, dkim_key,
    dmarc_report::{self, NewReport, ReportOwner},
    domain,
    email::{self, NewEmail, Submitter},
    forward_target, guest_link, inbound_email, invitation, params,
    recipient::NewRecipient,
    rule, webhook,
    webhook_delivery::{self, NewDelivery},
};

use super::{Objects, Seeder};
use crate::NOW;

/// Selector of every domain's key.
const SELECTOR: &str = "s1";

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

/// Authority of seeding.
#[expect(
    clippy::disallowed_methods,
    reason = "mail that a test finds was received and sent by nobody"
)]
pub(crate) fn system() -> SystemScope {
    SystemScope::for_job("test seeding")
}

impl Seeder<'_> {
    /// A domain that is verified and may send and receive.
    pub(super) async fn domain(&mut self, owner: &str, name: &str) -> DomainId {
        let caller = self.caller(owner, action::DOMAIN_CREATE.into());
        let mut gate = Gate::open(&mut self.tx, &caller).await.expect("a gate");
        let permission = gate.permit(action::DOMAIN_CREATE).expect("permission");
        let sources = &self.app.sources;
        let new = Domain::registered(
            (sources.id(), permission.organization()),
            name.parse().expect("a domain name"),
            DomainType::Both,
            [sources.hex::<16>(), sources.hex::<10>()],
            NOW,
        );
        domain::insert(&mut self.tx, &permission, &new)
            .await
            .expect("a domain");
        let sql = "UPDATE domains SET verified = TRUE, ownership_verified = TRUE, mx_verified = TRUE, \
                   spf_verified = TRUE, dkim_verified = TRUE, dmarc_verified = TRUE, \
                   return_path_verified = TRUE, last_dns_check = $2, verified_at = $2 WHERE id = $1";
        self.run(sql, &params![new.id, NOW]).await;
        new.id
    }

    /// One of everything on a domain.
    pub(super) async fn objects(
        &mut self,
        owner: &str,
        creator: &str,
        domain: DomainId,
    ) -> Objects {
        let proof = self.proof(owner, action::ALIAS_CREATE, domain).await;
        let name = proof.name.to_string();
        self.dkim_key(owner, domain).await;
        let email = self.email(owner, domain, &name).await;
        let alias = self.alias(owner, domain).await;
        let rule = self.rule(owner, domain).await;
        let contact = self.contact(owner, alias).await;
        let shield_alias = self.shield_alias(owner).await;
        let report = self.report(owner, domain).await;
        let (inbound, attachment) = self.inbound(owner, domain, &name).await;
        let (webhook, delivery) = self.webhook(owner, domain, email).await;
        let api_key = self.key_of(creator, domain).await;
        let (invitation, invitation_token) = self.invitation(owner, domain, &name).await;
        let consent = self.consent(owner, domain, &name).await;
        let (guest_link, guest_token) = self.guest_link(owner, domain).await;
        Objects {
            domain: domain.to_string(),
            name,
            selector: SELECTOR.to_owned(),
            email: email.to_string(),
            inbound,
            attachment,
            alias: alias.to_string(),
            rule: rule.to_string(),
            contact,
            shield_alias,
            report: report.to_string(),
            webhook,
            delivery: delivery.to_string(),
            api_key: api_key.to_string(),
            invitation,
            invitation_token,
            guest_link,
            guest_token,
            consent,
        }
    }

    /// A DMARC report with one record.
    async fn report(&mut self, owner: &str, domain: DomainId) -> DmarcReportId {
        let proof = self.proof(owner, action::DMARC_REPORT_UPLOAD, domain).await;
        let record = DmarcRecord {
            source_ip: [192, 0, 2, 10].into(),
            count: 12,
            disposition: DmarcDisposition::None,
            dkim: true,
            spf: false,
            details: Arc::new(DmarcDetails {
                header_from: proof.name.to_string(),
                ..DmarcDetails::default()
            }),
        };
        let mut totals = DmarcTotals::default();
        totals.count(&record);
        let report = DmarcReport {
            id: self.app.sources.ordered_id(),
            organization_id: proof.organization_id,
            domain_id: domain,
            org_name: "Mail Provider".to_owned(),
            email: "dmarc@provider.example".to_owned(),
            extra_contact_info: String::new(),
            report_id: format!("seeded about {}", proof.name),
            begin_at: NOW.minus(Duration::from_secs(24 * 3600)),
            end_at: NOW,
            policy: PublishedPolicy::default(),
            records: 1,
            skipped: 0,
            totals,
            received_at: NOW,
        };
        let new = NewReport {
            report: &report,
            records: &[record],
        };
        let owner = ReportOwner::of_upload(&proof);
        dmarc_report::keep(&mut self.tx, &owner, new, &self.app.sources)
            .await
            .expect("a report");
        report.id
    }

    async fn guest_link(&mut self, owner: &str, domain: DomainId) -> (String, String) {
        let action = action::DOMAIN_GUEST_LINK_CREATE;
        let proof = self.proof(owner, action, domain).await;
        let token = self.app.sources.hex::<32>();
        let link = GuestLink {
            id: self.app.sources.id(),
            domain_id: domain,
            created_by: self.seats[owner].user,
            note: "DNS administrator".to_owned(),
            expires_at: NOW.plus(Duration::from_secs(14 * 24 * 3600)),
            opened_at: None,
            views: 0,
            created_at: NOW,
        };
        guest_link::insert(&mut self.tx, &proof, &link, &hash_token(&token))
            .await
            .expect("a guest link");
        (link.id.to_string(), token)
    }

    async fn invitation(&mut self, owner: &str, domain: DomainId, name: &str) -> (String, String) {
        let proof = self.proof(owner, action::DOMAIN_READ, domain).await;
        let caller = self.caller(owner, action::INVITATION_CREATE_MEMBER.into());
        let mut gate = Gate::open(&mut self.tx, &caller).await.expect("a gate");
        let permission = gate.permit(action::INVITATION_CREATE_MEMBER);
        let permission = permission.expect("permission");
        let token = self.app.sources.hex::<32>();
        let new = Invitation {
            id: self.app.sources.id(),
            organization_id: permission.organization(),
            email: format!("invited@{name}").parse().expect("an address"),
            role: Role::Member,
            state: InvitationState::Pending,
            invited_by: self.seats[owner].user,
            expires_at: NOW.plus(Duration::from_secs(7 * 24 * 3600)),
            created_at: NOW,
        };
        let domains = [(proof, Level::Read)];
        let hash = hash_token(&token);
        invitation::insert(&mut self.tx, &permission, &new, &domains, &hash)
            .await
            .expect("an invitation");
        (new.id.to_string(), token)
    }

    async fn consent(&mut self, owner: &str, domain: DomainId, name: &str) -> String {
        let proof = self.proof(owner, action::ALIAS_CREATE, domain).await;
        let asked = format!("asked@{name}.far.example")
            .parse()
            .expect("an address");
        let token = self.app.sources.hex::<32>();
        let hash = hash_token(&token);
        forward_target::upsert(&mut self.tx, &proof, &asked, &hash, NOW)
            .await
            .expect("a forward target");
        token
    }

    async fn dkim_key(&mut self, owner: &str, domain: DomainId) {
        let proof = self.proof(owner, action::DKIM_GENERATE, domain).await;
        let pair = dkim::generate(DkimAlgorithm::Rsa2048).expect("a key pair");
        let key = dkim_key::SigningKey {
            key: DkimKey {
                id: self.app.sources.id(),
                domain_id: domain,
                selector: SELECTOR.parse().expect("a selector"),
                algorithm: DkimAlgorithm::Rsa2048,
                status: DkimStatus::Active,
                public_key: pair.public_key,
                verified_at: Some(NOW),
                replaces: None,
                retire_at: None,
                created_at: NOW,
            },
            private_key: pair.private_der,
        };
        let app = self.app;
        dkim_key::insert(&mut self.tx, &proof, &key, &app.seal, &app.sources)
            .await
            .expect("a DKIM key");
    }

    async fn email(&mut self, owner: &str, domain: DomainId, name: &str) -> EmailId {
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

    async fn alias(&mut self, owner: &str, domain: DomainId) -> AliasId {
        let proof = self.proof(owner, action::ALIAS_CREATE, domain).await;
        let new = Alias {
            id: self.app.sources.id(),
            organization_id: proof.organization_id,
            domain_id: domain,
            domain: String::new(),
            local_part: "info".to_owned(),
            action: AliasAction::Store,
            forward_to: vec![],
            webhook_id: None,
            is_masked: false,
            description: "for the shop".to_owned(),
            emails_received: 0,
            active: true,
            expires_at: None,
            created_at: NOW,
            updated_at: NOW,
        };
        alias::insert(&mut self.tx, &proof, &new)
            .await
            .expect("an alias");
        new.id
    }

    async fn rule(&mut self, owner: &str, domain: DomainId) -> RuleId {
        let proof = self.proof(owner, action::RULE_CREATE, domain).await;
        let new = InboundRule {
            id: self.app.sources.id(),
            organization_id: proof.organization_id,
            domain_id: domain,
            alias_id: None,
            name: "Newsletters".to_owned(),
            conditions: vec![RuleCondition {
                field: RuleField::Header,
                comparator: RuleComparator::Exists,
                value: "true".to_owned(),
                header_name: Some("List-Id".to_owned()),
            }],
            match_mode: RuleMatch::All,
            action: RuleAction::Tag {
                tags: vec!["news".to_owned()],
            },
            priority: 10,
            enabled: true,
            hits: 0,
            last_hit_at: None,
            created_at: NOW,
            updated_at: NOW,
        };
        rule::insert(&mut self.tx, &proof, &new)
            .await
            .expect("a rule");
        new.id
    }

    async fn contact(&mut self, owner: &str, alias: AliasId) -> String {
        let caller = self.caller(owner, action::ALIAS_UPDATE.into());
        let sources = &self.app.sources;
        let new = Contact {
            id: sources.id(),
            organization_id: self.seats[owner].organization,
            alias_id: alias,
            address: "bob@far.example".parse().expect("an address"),
            display_name: "Bob".to_owned(),
            token: sources.hex::<13>(),
            blocked: false,
            emails_received: 0,
            emails_sent: 0,
            last_used_at: NOW,
            created_at: NOW,
        };
        let mut gate = Gate::open(&mut self.tx, &caller).await.expect("a gate");
        let proof = gate.object::<Alias, _>(action::ALIAS_UPDATE, Some(alias));
        let proof = proof.await.expect("an alias that may be written");
        contact::insert(&mut self.tx, &proof, &new)
            .await
            .expect("a contact");
        new.id.to_string()
    }

    async fn shield_alias(&mut self, owner: &str) -> String {
        let caller = self.caller(owner, action::SHIELD_ALIAS_CREATE.into());
        let mut gate = Gate::open(&mut self.tx, &caller).await.expect("a gate");
        let permission = gate.permit(action::SHIELD_ALIAS_CREATE);
        let permission = permission.expect("permission");
        let sources = &self.app.sources;
        let new = Alias {
            id: sources.id(),
            organization_id: permission.organization(),
            domain_id: DomainId::SHIELD,
            domain: self.app.hosts.shield.clone(),
            local_part: sources.hex::<4>(),
            action: AliasAction::Forward,
            forward_to: vec!["ann@people.example".parse().expect("an address")],
            webhook_id: None,
            is_masked: true,
            description: "for a shop".to_owned(),
            emails_received: 0,
            active: true,
            expires_at: None,
            created_at: NOW,
            updated_at: NOW,
        };
        alias::insert_shield(&mut self.tx, &permission, &new)
            .await
            .expect("an alias of the shared domain");
        new.id.to_string()
    }

    async fn inbound(&mut self, owner: &str, domain: DomainId, name: &str) -> (String, String) {
        let organization = self.seats[owner].organization;
        let sources = &self.app.sources;
        receive(&mut self.tx, sources, (organization, domain), name).await
    }

    async fn webhook(
        &mut self,
        owner: &str,
        domain: DomainId,
        email: EmailId,
    ) -> (String, DeliveryId) {
        let proof = self.proof(owner, action::WEBHOOK_CREATE_SCOPED, domain);
        let proof = proof.await;
        let (app, maker) = (self.app, self.seats[owner].clone());
        let new = Webhook {
            id: app.sources.id(),
            organization_id: maker.organization,
            scope: KeyScope::Domains,
            domain_ids: vec![],
            url: "https://hooks.example/1".to_owned(),
            events: vec![WebhookEvent::EmailSent],
            recipient_match: None,
            description: String::new(),
            created_by: maker.user,
            suspended_at: None,
            created_at: NOW,
        };
        let (tx, sources) = (&mut self.tx, &app.sources);
        webhook::insert_for_domains(tx, &[proof], &new, "whsec_1", &app.seal, sources)
            .await
            .expect("a webhook");
        let owed = NewDelivery {
            id: sources.id(),
            organization_id: maker.organization,
            webhook_id: new.id,
            domain_id: domain,
            event: WebhookEvent::EmailSent,
            email_id: email.to_string(),
            body: Some("{}".to_owned()),
            created_at: NOW,
        };
        let delivery = owed.id;
        webhook_delivery::insert_for_event(tx, &system(), &[owed])
            .await
            .expect("a delivery");
        (new.id.to_string(), delivery)
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
        status: InboundStatus::Delivered,
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
        processed_at: Some(sources.now()),
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

//! Reception (RFC 5321): who exists here, whose bounces come back, and taking a message over.
//!
//! Recipients are known at RCPT or refused; nothing is answered after 250. The relay question has
//! one answer: a domain that is not ours is denied. The instance and every domain that receives have a
//! postmaster (RFC 5321 §4.5.1): the domain's without an alias is stored, the instance's is passed on.

use std::net::SocketAddr;

use postscale_access::SystemScope;
use postscale_engine::{
    intake::{self, Elsewhere, Intake, IntakeRecipient},
    postmaster::{self, POSTMASTER_OCTETS_MAX},
};
use postscale_mail::{
    authenticate::{Session as Origin, authenticate, without_forged_results},
    return_path::is_return_path,
    trace::{Received, is_looping, received},
};
use postscale_model::{Address, DomainName, HostName, RecipientId};
use postscale_smtp::{
    ForwardPath, MailParameters, Reply, ReversePath, replies,
    server::{Handler, MailObject},
};
use postscale_store::{
    Error,
    alias::{self, Resolved},
    domain::{self, Receiving},
    usage, user,
};

use super::Sessions;

/// First label of the host in customers' return paths.
const RETURN_PATH_LABEL: &str = "ps-bounces";

#[expect(
    clippy::disallowed_methods,
    reason = "a stranger asks whether a mailbox exists"
)]
const SCOPE: SystemScope = SystemScope::for_job("reception");

/// Takes mail from other hosts.
pub struct Reception(pub(super) Sessions);

/// One connection: who the message being received is for.
#[derive(Default)]
pub struct Session {
    recipients: Vec<IntakeRecipient>,
    bounced: Vec<RecipientId>,
    /// Who reads mail for the instance's own postmaster, if it is for them too.
    postmasters: Vec<Address>,
}

fn is_postmaster(address: &Address) -> bool {
    address.local_part().eq_ignore_ascii_case("postmaster")
}

impl Reception {
    /// Finds who takes mail for an address.
    async fn find(&self, address: &Address) -> Result<IntakeRecipient, Reply> {
        let name: Result<DomainName, _> = address.domain().as_str().parse();
        let name = name.map_err(|_| replies::relay_denied())?;
        let mut tx = self.0.app.store.read().await.map_err(unavailable)?;
        let found = domain::find_receiving(&mut tx, &SCOPE, &name)
            .await
            .map_err(unavailable)?;
        let Receiving { domain, plan } = found.ok_or_else(replies::relay_denied)?;
        if !domain.active {
            // Nothing is lost: senders try again for days.
            return Err(replies::domain_paused());
        }
        let now = self.0.app.sources.now();
        let resolved = alias::resolve(&mut tx, &SCOPE, domain.id, address.local_part(), now).await;
        let alias = match resolved.map_err(unavailable)? {
            Resolved::Alias(alias) => Some(*alias),
            Resolved::Unknown if domain.catch_all_enabled => None,
            // Every domain has a postmaster (RFC 5321 §4.5.1).
            Resolved::Unknown | Resolved::Inactive if is_postmaster(address) => None,
            Resolved::Unknown | Resolved::Inactive => return Err(replies::no_such_user()),
        };
        let whose = (domain.organization_id, plan.as_str());
        match usage::has_room(&mut tx, &SCOPE, whose, &self.0.app.plans, now).await {
            Ok(true) => {}
            Ok(false) => return Err(replies::over_quota()),
            Err(error) => return Err(unavailable(error)),
        }
        Ok(IntakeRecipient {
            address: address.clone(),
            domain,
            alias,
        })
    }

    /// Whether the host is one that return paths of ours name.
    fn is_return_path_host(&self, host: &HostName) -> bool {
        let label = host.as_str().split('.').next();
        host.as_str() == self.0.app.hosts.bounces || label == Some(RETURN_PATH_LABEL)
    }

    /// Whether the host is the instance itself, under any of its names.
    fn is_own_host(&self, host: &HostName) -> bool {
        let hosts = &self.0.app.hosts;
        let names = [
            &hosts.mx,
            &hosts.smtp,
            &hosts.bounces,
            &hosts.dmarc,
            &hosts.shield,
        ];
        *host == self.0.hostname || names.into_iter().any(|name| host.as_str() == name)
    }

    /// Who reads mail for the instance's own postmaster.
    async fn postmasters(&self) -> Result<Vec<Address>, Reply> {
        if let Some(address) = &self.0.postmaster {
            return Ok(vec![address.clone()]);
        }
        let mut tx = self.0.app.store.read().await.map_err(unavailable)?;
        let owners = user::first_owners(&mut tx, &SCOPE).await;
        let owners = owners.map_err(unavailable)?;
        if owners.is_empty() {
            // Nobody has set the instance up yet; somebody will.
            return Err(replies::mailbox_unavailable());
        }
        Ok(owners)
    }

    /// The message as it is kept: our trace and verdict on top, nobody else's claims to be ours.
    async fn take_over(&self, session: Session, object: MailObject) -> Result<Intake, Error> {
        let sources = &self.0.app.sources;
        let mail_from = object.envelope.reverse_path.address();
        let origin = Origin {
            peer: object.peer.ip(),
            helo: &object.hello.name,
            mail_from: &mail_from.map_or_else(String::new, Address::to_string),
            authserv_id: &self.0.hostname,
        };
        let authentication = authenticate(&self.0.parts.resolver, origin, &object.body).await;
        let id = sources.hex::<8>();
        let trace = received(&Received {
            helo: &object.hello.name,
            peer: Some(object.peer.ip()),
            by: &self.0.hostname,
            with: object.protocol(),
            id: &id,
            recipient: match object.envelope.recipients.as_slice() {
                [one] => Some(&one.0),
                _ => None,
            },
            at: sources.now(),
        });
        let kept = without_forged_results(&object.body, &self.0.hostname);
        let message = [authentication.header.as_bytes(), trace.as_bytes(), &kept].concat();
        for recipient in &session.bounced {
            intake::bounce(&self.0.parts, *recipient, &message).await?;
        }
        if !session.postmasters.is_empty() {
            postmaster::pass_on(&self.0.parts, &message, &session.postmasters).await?;
        }
        if !session.recipients.is_empty() {
            let received = intake::Received {
                envelope_sender: &object.envelope.reverse_path,
                recipients: &session.recipients,
                message: &message,
                authentication: &authentication,
                elsewhere: if session.bounced.is_empty() && session.postmasters.is_empty() {
                    Elsewhere::Nobody
                } else {
                    Elsewhere::Taken
                },
            };
            let intake = intake::receive(&self.0.parts, &received).await?;
            if intake != Intake::Taken {
                return Ok(intake);
            }
        }
        tracing::info!(
            smtp.session_id = id,
            recipients = session.recipients.len(),
            bounces = session.bounced.len(),
            postmasters = session.postmasters.len(),
            message.size_bytes = message.len(),
            "took over a received message"
        );
        Ok(Intake::Taken)
    }
}

impl Handler for Reception {
    type Session = Session;

    async fn connect(&self, _: SocketAddr) -> Result<Session, Reply> {
        metrics::counter!("postscale_smtp_sessions_total", "service" => "reception").increment(1);
        Ok(Session::default())
    }

    async fn mail(
        &self,
        session: &mut Session,
        _: &ReversePath,
        _: &MailParameters,
    ) -> Result<(), Reply> {
        *session = Session::default();
        self.0.check_disk()
    }

    async fn recipient(&self, session: &mut Session, path: &ForwardPath) -> Result<(), Reply> {
        let address = &path.0;
        if is_postmaster(address) && self.is_own_host(address.domain()) {
            session.postmasters = self.postmasters().await?;
            return Ok(());
        }
        if self.is_return_path_host(address.domain()) {
            let ours = is_return_path(address.local_part());
            let recipient =
                ours.then(|| intake::bounced_recipient(&self.0.parts, address.local_part()));
            session
                .bounced
                .push(recipient.flatten().ok_or_else(replies::no_such_user)?);
            return Ok(());
        }
        let found = self.find(address).await?;
        // A message said twice to be for one mailbox is kept there once.
        let known = session
            .recipients
            .iter()
            .any(|known| known.address.key() == address.key());
        if !known {
            session.recipients.push(found);
        }
        Ok(())
    }

    async fn message(&self, session: &mut Session, object: MailObject) -> Reply {
        let session = std::mem::take(session);
        if let Err(reply) = self.0.check_disk() {
            return reply;
        }
        if is_looping(&object.body) {
            return replies::loop_detected();
        }
        if !session.postmasters.is_empty() && object.body.len() > POSTMASTER_OCTETS_MAX {
            return replies::message_too_large();
        }
        match self.take_over(session, object).await {
            Ok(Intake::Taken) => replies::message_accepted(),
            Ok(Intake::Rejected { text }) => replies::rejected(text),
            Ok(Intake::NobodyHasRoom) => replies::over_quota(),
            // Recipients were told apart at RCPT, and will be again when it is tried again.
            Ok(Intake::SomebodyHasNoRoom) => replies::mailbox_full(),
            Err(error) => unavailable(error),
        }
    }

    async fn reset(&self, session: &mut Session) {
        *session = Session::default();
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unavailable(error: Error) -> Reply {
    tracing::warn!(%error, "mail cannot be received now");
    replies::storage_unavailable()
}

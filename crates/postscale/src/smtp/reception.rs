//! Reception (RFC 5321): who exists here, whose bounces come back, and taking a message over.
//!
//! Recipients are known at RCPT or refused; nothing is answered after 250. The relay question has
//! one answer: a domain that is not ours is denied. The instance and every domain that receives have a
//! postmaster (RFC 5321 §4.5.1): the domain's without an alias is stored, the instance's is passed on.
//! Who takes mail for an address is found in [`finding`]; reverse addresses and the instance's shared
//! domain are in [`masked`].

mod finding;
mod masked;

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use postscale_access::SystemScope;
use postscale_engine::{
    OnTheWay, forwarding,
    intake::{self, Elsewhere, Intake, IntakeRecipient},
    postmaster::{self, POSTMASTER_OCTETS_MAX},
    reports::intake::{self as report_intake, REPORT_MAIL_OCTETS_MAX},
};
use postscale_mail::{
    authenticate::{Session as Origin, authenticate, without_forged_results},
    return_path::is_return_path,
    reverse,
    trace::{Received, is_looping, received},
};
use postscale_model::{Address, Domain, HostName, RecipientId};
use postscale_smtp::{
    ForwardPath, MailParameters, Reply, ReversePath, replies,
    server::{Handler, MailObject},
};
use postscale_store::{Error, contact::Reverse, user};

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
pub struct Session {
    client: IpAddr,
    message: Recipients,
}

/// Who a message is for.
#[derive(Default)]
struct Recipients {
    kept: Vec<IntakeRecipient>,
    /// Tells those who write messages that one for `kept` comes.
    on_the_way: Option<OnTheWay>,
    /// Whom an alias writes to for one of its targets.
    reverses: Vec<Reverse>,
    bounced: Vec<RecipientId>,
    /// Who reads mail for the instance's own postmaster, if it is for them too.
    postmasters: Vec<Address>,
    /// The domains whose report addresses it is for.
    reported: Vec<Domain>,
}

fn is_postmaster(address: &Address) -> bool {
    address.local_part().eq_ignore_ascii_case("postmaster")
}

impl Recipients {
    /// Whether anybody beside those who may refuse it by a rule has taken the message by now.
    fn elsewhere(&self) -> Elsewhere {
        let others = [
            self.reverses.is_empty(),
            self.bounced.is_empty(),
            self.postmasters.is_empty(),
            self.reported.is_empty(),
        ];
        if others.contains(&false) {
            Elsewhere::Taken
        } else {
            Elsewhere::Nobody
        }
    }
}

impl Reception {
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

    /// Whether a message is only for aliases that would send it round in circles.
    fn is_circling(&self, to: &Recipients, message: &[u8]) -> bool {
        let mut kept = to.kept.iter();
        !to.kept.is_empty()
            && to.elsewhere() == Elsewhere::Nobody
            && kept.all(|one| forwarding::circles(&self.0.parts, one, message))
    }

    /// The message with our fields on top, and without those that claim to be ours.
    fn with_head(&self, head: &str, body: Vec<u8>) -> Vec<u8> {
        let kept = without_forged_results(&body, &self.0.hostname);
        [head.as_bytes(), &kept].concat()
    }

    /// The message as it is kept: our trace and verdict on top, nobody else's claims to be ours.
    async fn take_over(&self, mut to: Recipients, object: MailObject) -> Result<Reply, Error> {
        let sources = &self.0.app.sources;
        let mail_from = object.envelope.reverse_path.address();
        let origin = Origin {
            peer: object.peer.ip(),
            helo: &object.hello.name,
            mail_from: &mail_from.map_or_else(String::new, Address::to_string),
            authserv_id: &self.0.hostname,
        };
        let authentication = authenticate(&self.0.parts.resolver, origin, &object.body).await;
        let refused = self
            .settle_masked(&mut to, &object, &authentication)
            .await?;
        if let Some(refused) = refused {
            return Ok(refused);
        }
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
        let head = authentication.header.clone() + &trace;
        let message = Bytes::from(self.with_head(&head, object.body));
        for recipient in &to.bounced {
            intake::bounce(&self.0.parts, *recipient, &message).await?;
        }
        if !to.postmasters.is_empty() {
            postmaster::pass_on(&self.0.parts, &message, &to.postmasters).await?;
        }
        if !to.reported.is_empty() {
            let sender = &object.envelope.reverse_path;
            report_intake::receive(&self.0.parts, &to.reported, sender, &message).await?;
        }
        if !to.kept.is_empty() {
            let received = intake::Received {
                envelope_sender: &object.envelope.reverse_path,
                recipients: &to.kept,
                message: &message,
                authentication: &authentication,
                elsewhere: to.elsewhere(),
            };
            match intake::receive(&self.0.parts, &received, to.on_the_way.take()).await? {
                Intake::Taken => {}
                Intake::Rejected { text } => return Ok(replies::rejected(text)),
                Intake::NobodyHasRoom => return Ok(replies::over_quota()),
                // Recipients were told apart at RCPT, and will be again when it is tried again.
                Intake::SomebodyHasNoRoom => return Ok(replies::mailbox_full()),
            }
        }
        tracing::info!(
            smtp.session_id = id,
            recipients = to.kept.len(),
            reverses = to.reverses.len(),
            bounces = to.bounced.len(),
            postmasters = to.postmasters.len(),
            reports = to.reported.len(),
            message.size_bytes = message.len(),
            "took over a received message"
        );
        Ok(replies::message_accepted())
    }
}

impl Handler for Reception {
    type Session = Session;

    async fn connect(&self, peer: SocketAddr) -> Result<Session, Reply> {
        metrics::counter!("postscale_smtp_sessions_total", "service" => "reception").increment(1);
        Ok(Session {
            client: peer.ip(),
            message: Recipients::default(),
        })
    }

    async fn mail(
        &self,
        session: &mut Session,
        _: &ReversePath,
        _: &MailParameters,
    ) -> Result<(), Reply> {
        session.message = Recipients::default();
        self.0.check_disk()
    }

    async fn recipient(&self, session: &mut Session, path: &ForwardPath) -> Result<(), Reply> {
        let address = &path.0;
        if !self.0.inflow.from(session.client) {
            return Err(replies::rate_limited());
        }
        let message = &mut session.message;
        if is_postmaster(address) && self.is_own_host(address.domain()) {
            message.postmasters = self.postmasters().await?;
            return Ok(());
        }
        if self.is_return_path_host(address.domain()) {
            let ours = is_return_path(address.local_part());
            let recipient =
                ours.then(|| intake::bounced_recipient(&self.0.parts, address.local_part()));
            message
                .bounced
                .push(recipient.flatten().ok_or_else(replies::no_such_user)?);
            return Ok(());
        }
        if let Some(token) = reverse::token(address.local_part()) {
            return self.add_reverse(message, address, token).await;
        }
        if address.domain().as_str() == self.0.app.hosts.dmarc {
            let domain = self.find_reported(address).await?;
            if !message.reported.iter().any(|known| known.id == domain.id) {
                message.reported.push(domain);
            }
            return Ok(());
        }
        let found = self.find(address).await?;
        // A message said twice to be for one mailbox is kept there once.
        let known = message
            .kept
            .iter()
            .any(|known| known.address.key() == address.key());
        if !known {
            message.kept.push(found);
            message
                .on_the_way
                .get_or_insert_with(|| self.0.parts.intakes.on_the_way());
        }
        Ok(())
    }

    async fn message(&self, session: &mut Session, object: MailObject) -> Reply {
        let to = std::mem::take(&mut session.message);
        if let Err(reply) = self.0.check_disk() {
            return reply;
        }
        if is_looping(&object.body) || self.is_circling(&to, &object.body) {
            return replies::loop_detected();
        }
        if !to.postmasters.is_empty() && object.body.len() > POSTMASTER_OCTETS_MAX {
            return replies::message_too_large();
        }
        if !to.reported.is_empty() && object.body.len() > REPORT_MAIL_OCTETS_MAX {
            return replies::message_too_large();
        }
        match self.take_over(to, object).await {
            Ok(reply) => reply,
            Err(error) => unavailable(error),
        }
    }

    async fn reset(&self, session: &mut Session) {
        session.message = Recipients::default();
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unavailable(error: Error) -> Reply {
    tracing::warn!(%error, "mail cannot be received now");
    replies::storage_unavailable()
}

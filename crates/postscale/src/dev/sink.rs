//! The mail catcher: an SMTP server that takes every message and keeps it in memory.
//!
//! Recipients called `bounce` are refused for good and those called `defer` for now, so that both
//! can be seen. Keeps the newest messages up to a number and a size; nothing survives a stop.

use std::{
    collections::VecDeque,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use postscale_dashboard::{CaughtMail, CaughtMailSource};
use postscale_model::{HostName, Sources};
use postscale_smtp::{
    ForwardPath, MailParameters, Reply, ReversePath, Subject, replies,
    server::{self, Handler, MailObject, Service, Settings, TlsStart},
    tls::{ReloadingAcceptor, self_signed, server_config_from_pem},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Messages kept.
const MESSAGES_MAX: usize = 500;
/// Octets kept of all of them together.
const OCTETS_MAX: usize = 64 * 1024 * 1024;
/// The host's name.
const HOST: &str = "sink.dev.test";

/// What was caught. Clones share it.
#[derive(Clone)]
pub struct Sink {
    sources: Sources,
    caught: Arc<Mutex<Caught>>,
}

#[derive(Default)]
struct Caught {
    /// Newest first.
    messages: VecDeque<CaughtMail>,
    octets: usize,
}

impl Caught {
    fn keep(&mut self, message: CaughtMail) {
        self.octets += message.message.len();
        self.messages.push_front(message);
        while self.messages.len() > MESSAGES_MAX || self.octets > OCTETS_MAX {
            let Some(oldest) = self.messages.pop_back() else {
                break;
            };
            self.octets -= oldest.message.len();
        }
    }
}

impl Sink {
    /// Starts to catch, on loopback, until `shutdown`.
    pub async fn start(
        sources: Sources,
        shutdown: CancellationToken,
    ) -> Result<(Self, SocketAddr)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let certificate = self_signed(HOST)?;
        let tls = server_config_from_pem(&certificate.certificate_pem, &certificate.key_pem)?;
        let acceptor = Arc::new(ReloadingAcceptor::new(tls));
        let mut settings = Settings::new(HOST.parse::<HostName>()?, Service::Reception)
            .with_tls(acceptor, TlsStart::Command);
        // Everything comes from this machine, and refusals are asked for.
        settings.limits.connections_per_client_max = settings.limits.connections_max;
        settings.limits.errors_before_delay = u32::MAX;
        settings.limits.errors_max = u32::MAX;
        let sink = Self {
            sources,
            caught: Arc::default(),
        };
        let handler = Arc::new(sink.clone());
        tokio::spawn(server::serve(
            listener,
            Arc::new(settings),
            handler,
            shutdown,
        ));
        Ok((sink, address))
    }
}

impl CaughtMailSource for Sink {
    fn list(&self) -> Vec<CaughtMail> {
        let caught = self.caught.lock().unwrap_or_else(PoisonError::into_inner);
        caught.messages.iter().cloned().collect()
    }
    fn find(&self, id: &str) -> Option<CaughtMail> {
        let caught = self.caught.lock().unwrap_or_else(PoisonError::into_inner);
        caught.messages.iter().find(|mail| mail.id == id).cloned()
    }
}

impl Handler for Sink {
    type Session = ();

    async fn connect(&self, _peer: SocketAddr) -> Result<(), Reply> {
        Ok(())
    }

    async fn mail(
        &self,
        _session: &mut (),
        _reverse_path: &ReversePath,
        _parameters: &MailParameters,
    ) -> Result<(), Reply> {
        Ok(())
    }

    async fn recipient(&self, _session: &mut (), path: &ForwardPath) -> Result<(), Reply> {
        match path.0.local_part() {
            "bounce" => Err(Reply::permanent(
                50,
                Subject::Addressing,
                1,
                "No such user here",
            )),
            "defer" => Err(Reply::transient(50, Subject::Mailbox, 2, "Mailbox is full")),
            _ => Ok(()),
        }
    }

    async fn message(&self, _session: &mut (), mail_object: MailObject) -> Reply {
        let envelope = mail_object.envelope;
        let sender = envelope.reverse_path.address();
        let recipients = envelope.recipients.iter();
        let caught = CaughtMail {
            id: self.sources.hex::<8>(),
            envelope_sender: sender.map(ToString::to_string).unwrap_or_default(),
            envelope_recipients: recipients.map(|path| path.0.to_string()).collect(),
            at: self.sources.now(),
            message: mail_object.body,
        };
        let mut kept = self.caught.lock().unwrap_or_else(PoisonError::into_inner);
        kept.keep(caught);
        replies::message_accepted()
    }
}

#[cfg(test)]
mod tests {
    use postscale_model::Timestamp;

    use super::*;

    fn mail(id: usize, octets: usize) -> CaughtMail {
        CaughtMail {
            id: id.to_string(),
            envelope_sender: String::new(),
            envelope_recipients: Vec::new(),
            at: Timestamp::from_seconds(0),
            message: vec![b'x'; octets],
        }
    }

    #[test]
    fn the_newest_messages_are_kept_up_to_a_number_and_a_size() {
        let mut caught = Caught::default();
        for id in 0..MESSAGES_MAX + 3 {
            caught.keep(mail(id, 1));
        }
        assert_eq!(caught.messages.len(), MESSAGES_MAX);
        assert_eq!(caught.messages[0].id, (MESSAGES_MAX + 2).to_string());
        caught.keep(mail(9999, OCTETS_MAX - 1));
        assert_eq!(caught.messages.len(), 2);
        assert_eq!(caught.octets, OCTETS_MAX);
    }
}

//! SMTP's questions, answered: who may log in and send, who exists here, what becomes of a message.

mod reception;
mod submission;

use std::{sync::Arc, time::Duration};

use postscale_actions::{App, Inflow, emails::RECIPIENTS_MAX};
use postscale_engine::EngineParts;
use postscale_model::{Address, HostName};
use postscale_smtp::{
    Reply, replies,
    server::{Service, Settings, Spool, TlsStart},
    tls::ReloadingAcceptor,
};

use crate::data_dir::DataDir;
use reception::Reception;
use submission::Submission;

/// What open transactions get to finish once the node stops.
const DRAIN: Duration = Duration::from_secs(20);

/// What sessions of either kind work with. Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    pub app: App,
    pub parts: EngineParts,
    pub data: DataDir,
    pub hostname: HostName,
    /// Who reads mail for the instance's postmaster; unset for the first owners.
    pub postmaster: Option<Address>,
    pub tls: Arc<ReloadingAcceptor>,
    /// How much mail came in lately.
    pub inflow: Inflow,
    /// Where large messages wait while they come in.
    pub spool: Arc<Spool>,
}

impl Sessions {
    /// Mail from other hosts.
    pub fn reception(&self) -> Reception {
        Reception(self.clone())
    }

    /// Mail from customers.
    pub fn submission(&self) -> Submission {
        Submission(self.clone())
    }

    /// Settings of a reception listener.
    pub fn reception_settings(&self) -> Settings {
        self.settings(Service::Reception, TlsStart::Command)
    }

    /// Settings of a submission listener.
    pub fn submission_settings(&self, start: TlsStart) -> Settings {
        let mut settings = self.settings(Service::Submission, start);
        // The queue takes no more of one message; a client sends the rest in another transaction.
        settings.limits.recipients_max = RECIPIENTS_MAX;
        settings
    }

    fn settings(&self, service: Service, start: TlsStart) -> Settings {
        let mut settings =
            Settings::new(self.hostname.clone(), service).with_tls(Arc::clone(&self.tls), start);
        settings.limits.size_max = self.app.limits.message_bytes_max;
        settings.timeouts.drain = DRAIN;
        settings.spool = Some(Arc::clone(&self.spool));
        settings
    }

    /// Refuses new messages while there is no room to keep them.
    fn check_disk(&self) -> Result<(), Reply> {
        match self.data.free_bytes_lately() {
            Ok(free) if free < self.app.limits.disk_free_bytes_min => Err(replies::disk_full()),
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::error!(%error, "cannot tell how much room the disk has");
                Err(replies::storage_unavailable())
            }
        }
    }
}

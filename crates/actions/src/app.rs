//! What every use case works with.

use std::{ops::Deref, sync::Arc};

use postscale_mail::{dns::Resolver, records::MailHosts};
use postscale_model::{Mailbox, Plans, Sources};
use postscale_store::{Blobs, Seal, Store};

use crate::{
    Hasher,
    auth::{SetupLink, Signups, Throttle},
    warming::WarmingLimits,
};

/// What every use case works with. A clone is the same one: a request makes several.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
impl From<Parts> for App {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

/// What an [`App`] is made of.
#[derive(Clone)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Large bodies.
    pub blobs: Blobs,
    /// Time and randomness.
    pub sources: Sources,
    /// Seals private keys and secrets.
    pub seal: Arc<Seal>,
    /// Signs return paths and links.
    pub link_key: Arc<[u8; 32]>,
    /// Asks DNS.
    pub resolver: Resolver,
    /// The instance's mail host names.
    pub hosts: Arc<MailHosts>,
    /// Hashes passwords.
    pub hasher: Hasher,
    /// Slows guessing down.
    pub throttle: Throttle,
    /// Limits of inputs.
    pub limits: Limits,
    /// What organizations may have and use: from `POSTSCALE_PLAN` and the table `[plans]`.
    pub plans: Plans,
    /// Whether new senders are held to limits: from `POSTSCALE_WARMING`.
    pub warming: WarmingLimits,
    /// The link that sets the instance up.
    pub setup_link: SetupLink,
    /// Who may create organizations: from `POSTSCALE_SIGNUPS`.
    pub signups: Signups,
    /// Where links lead and who writes them: from `POSTSCALE_PUBLIC_URL` and
    /// `POSTSCALE_SYSTEM_FROM`.
    pub links: Arc<Links>,
    /// Networks otherwise closed to webhooks that they may reach: from `POSTSCALE_WEBHOOK_ALLOW`.
    pub webhook_allow: Arc<[ipnet::IpNet]>,
}

/// Where links in mail and answers lead, and who writes mail of the system itself.
#[derive(Debug, Clone)]
pub struct Links {
    /// Origin of the instance, without a slash at its end.
    pub public_url: String,
    /// Author of invitations and confirmations.
    pub system_from: Mailbox,
}

/// Limits of inputs, with their sources in the contract.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Octets of a message, decoded attachments included.
    pub message_bytes_max: usize,
    /// Free space below which nothing new is accepted.
    pub disk_free_bytes_min: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes_max: 50 * 1024 * 1024,
            disk_free_bytes_min: 256 * 1024 * 1024,
        }
    }
}

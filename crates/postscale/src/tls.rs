//! Certificates for SMTP: the operator's files, or a self-signed pair in the data directory. Read
//! again when the files change; what cannot be used is reported and the old one stays.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result};
use postscale_smtp::tls::{ReloadingAcceptor, self_signed, server_config_from_files};
use tokio_util::sync::CancellationToken;

use crate::{config::Config, data_dir::DataDir};

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(10);

/// A certificate and its key, in files.
pub struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
    acceptor: Arc<ReloadingAcceptor>,
    seen: Stamp,
}

/// When the two files last changed.
type Stamp = (Option<SystemTime>, Option<SystemTime>);

impl Certificate {
    /// Reads the configured files, or those of the data directory, made the first time.
    pub fn load(config: &Config, data: &DataDir) -> Result<Self> {
        let (certificate, key) = match &config.tls {
            Some(files) => files.clone(),
            None => own_files(config, data)?,
        };
        let seen = stamp(&certificate, &key);
        let tls = server_config_from_files(&certificate, &key)
            .with_context(|| format!("{} and {}", certificate.display(), key.display()))?;
        Ok(Self {
            certificate,
            key,
            acceptor: Arc::new(ReloadingAcceptor::new(tls)),
            seen,
        })
    }

    /// For listeners.
    pub fn acceptor(&self) -> Arc<ReloadingAcceptor> {
        Arc::clone(&self.acceptor)
    }

    /// Follows the files until `shutdown`.
    pub async fn follow(mut self, shutdown: CancellationToken) {
        let mut turns = tokio::time::interval(INTERVAL);
        while shutdown.run_until_cancelled(turns.tick()).await.is_some() {
            self.reload();
        }
    }

    fn reload(&mut self) {
        let now = stamp(&self.certificate, &self.key);
        if now == self.seen {
            return;
        }
        self.seen = now;
        match server_config_from_files(&self.certificate, &self.key) {
            Ok(tls) => {
                self.acceptor.replace(tls);
                tracing::info!(file = %self.certificate.display(), "read the new certificate");
            }
            Err(error) => {
                tracing::error!(%error, file = %self.certificate.display(), "cannot use the new certificate; the old one stays");
            }
        }
    }
}

fn own_files(config: &Config, data: &DataDir) -> Result<(PathBuf, PathBuf)> {
    const CERTIFICATE: &str = "tls.crt";
    const KEY: &str = "tls.key";
    let files = (data.path(CERTIFICATE), data.path(KEY));
    if data.read(CERTIFICATE)?.is_none() || data.read(KEY)?.is_none() {
        let made = self_signed(config.hosts.mx.as_str())?;
        data.write(KEY, &made.key_pem)?;
        data.write(CERTIFICATE, &made.certificate_pem)?;
    }
    Ok(files)
}

fn stamp(certificate: &Path, key: &Path) -> Stamp {
    let changed = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    (changed(certificate), changed(key))
}

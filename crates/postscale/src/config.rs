//! The configuration: every setting of a node, typed, checked before anything starts.
//!
//! The only place that reads the environment. `table` declares the settings, `values` finds their
//! texts, `parse` gives them meaning.

mod parse;
mod plans;
mod table;
mod values;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use ipnet::IpNet;
use postscale_actions::{InflowLimits, auth::Signups, warming::WarmingLimits};
use postscale_mail::records::MailHosts;
use postscale_model::{Address, HostName, Plans};
use postscale_store::{BlobSettings, Database, Error};

use postscale_engine::{Smarthost, schedule::RetrySchedule};

pub use parse::Work;
pub use table::{Mode, page};
pub use values::ConfigError;
use values::Values;

/// Whether something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Addresses to listen on, by service. Empty is off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    pub http: Vec<SocketAddr>,
    pub ops: Vec<SocketAddr>,
    pub mx: Vec<SocketAddr>,
    pub submission: Vec<SocketAddr>,
    pub submissions: Vec<SocketAddr>,
}

/// What outbound mail needs to know.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// Destination port; 25, or the mail catcher's in `dev`, when nobody chose one.
    pub port: Option<u16>,
    pub allow: Vec<IpNet>,
    pub smarthost: Option<Smarthost>,
    pub retry_schedule: RetrySchedule,
    pub lifetime: std::time::Duration,
}

/// Mail of the instance itself.
#[derive(Debug, Clone)]
pub struct SystemMail {
    pub from: Address,
    pub smarthost: Option<Smarthost>,
}

/// The owner to create on an empty instance.
#[derive(Clone)]
pub struct FirstOwner {
    pub email: Address,
    pub password: String,
}

/// What is logged and how.
#[derive(Debug, Clone)]
pub struct Log {
    pub filter: String,
    /// Unset: by whether there is a terminal.
    pub format: Option<LogFormat>,
}

/// Every setting of a node.
#[derive(Clone)]
pub struct Config {
    pub data_dir: PathBuf,
    pub database: Database,
    pub migrate: Switch,
    pub blobs: String,
    pub blob_settings: BlobSettings,
    pub hostname: HostName,
    pub hosts: MailHosts,
    pub public_url: Option<String>,
    pub listen: Listen,
    /// Certificate and key; unset for self-signed ones.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Empty for the system's.
    pub dns: Vec<SocketAddr>,
    /// Whether the servers of customers' zones are asked themselves.
    pub dns_authoritative: Switch,
    pub outbound: Outbound,
    pub webhook_allow: Vec<IpNet>,
    pub system_mail: SystemMail,
    /// Who reads mail for the instance's postmaster; unset for the first owners.
    pub postmaster: Option<Address>,
    /// How much mail comes in from one network and for one address.
    pub inflow: InflowLimits,
    pub signups: Signups,
    pub plans: Plans,
    pub warming: WarmingLimits,
    pub secret_key: Option<[u8; 32]>,
    pub workers: Vec<Work>,
    pub trusted_proxies: Vec<IpNet>,
    pub first_owner: Option<FirstOwner>,
    pub log: Log,
}

impl Config {
    /// Reads the environment of this process and a file.
    ///
    /// # Errors
    /// [`ConfigError`] names the first setting that cannot be used.
    pub fn load(mode: Mode, file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::read(mode, std::env::vars_os().filter_map(text_pair), file)
    }

    fn read(
        mode: Mode,
        environment: impl Iterator<Item = (String, String)>,
        file: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let (variables, environment): (Vec<_>, Vec<_>) =
            environment.partition(|(name, _)| name.starts_with("AWS_"));
        let values = Values::read(mode, environment.into_iter(), file)?;
        let data_dir: PathBuf = values.get("POSTSCALE_DATA_DIR", |text| text.parse::<PathBuf>())?;
        let hostname: HostName = values.get("POSTSCALE_HOSTNAME", str::parse)?;
        Ok(Self {
            database: database(&values, &data_dir)?,
            migrate: values.get(
                "POSTSCALE_MIGRATE",
                parse::word(&[("on", Switch::On), ("off", Switch::Off)]),
            )?,
            blobs: blobs(&values, &data_dir)?,
            blob_settings: BlobSettings {
                endpoint: values.find_value("POSTSCALE_S3_ENDPOINT", parse::public_url)?,
                variables,
            },
            hosts: hosts(&values, &hostname)?,
            public_url: values.find_value("POSTSCALE_PUBLIC_URL", parse::public_url)?,
            listen: listen(&values)?,
            tls: tls(&values)?,
            dns: values.list("POSTSCALE_DNS", parse::address)?,
            dns_authoritative: values.get(
                "POSTSCALE_DNS_AUTHORITATIVE",
                parse::word(&[("on", Switch::On), ("off", Switch::Off)]),
            )?,
            outbound: outbound(&values)?,
            webhook_allow: values.list("POSTSCALE_WEBHOOK_ALLOW", parse::network)?,
            system_mail: system_mail(&values, &hostname)?,
            postmaster: postmaster(&values, &hostname)?,
            inflow: InflowLimits {
                per_network: values.get("POSTSCALE_INBOUND_PER_CLIENT", parse::most)?,
                per_address: values.get("POSTSCALE_INBOUND_PER_ADDRESS", parse::most)?,
            },
            signups: values.get(
                "POSTSCALE_SIGNUPS",
                parse::word(&[("open", Signups::Open), ("closed", Signups::Closed)]),
            )?,
            plans: plans(&values)?,
            warming: values.get(
                "POSTSCALE_WARMING",
                parse::word(&[
                    ("on", WarmingLimits::Enforced),
                    ("off", WarmingLimits::Ignored),
                ]),
            )?,
            secret_key: values.find_value("POSTSCALE_SECRET_KEY", parse::secret_key)?,
            workers: values.get("POSTSCALE_WORKERS", parse::workers)?,
            trusted_proxies: values.list("POSTSCALE_TRUSTED_PROXIES", parse::network)?,
            first_owner: first_owner(&values)?,
            log: log(&values)?,
            data_dir,
            hostname,
        })
    }
}

/// Variables of other programs need not be UTF-8; a value of ours that is not does not parse.
fn text_pair((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((
        name.into_string().ok()?,
        value.to_string_lossy().into_owned(),
    ))
}

fn database(values: &Values, data_dir: &Path) -> Result<Database, ConfigError> {
    let parse = |url: &str| {
        let must = "must be sqlite:PATH or postgres://user:password@host/database";
        let database = Database::parse(url).ok_or_else(|| must.to_owned())?;
        match database.check() {
            Ok(()) => Ok(database),
            Err(Error::Unavailable(why)) => Err(why),
            Err(other) => Err(other.to_string()),
        }
    };
    let set = values.find_value("DATABASE_URL", parse)?;
    Ok(set.unwrap_or_else(|| Database::Sqlite(data_dir.join("postscale.db"))))
}

fn blobs(values: &Values, data_dir: &Path) -> Result<String, ConfigError> {
    let parse = |text: &str| match text.split_once(':') {
        Some(("file" | "s3", rest)) if !rest.is_empty() => Ok(text.to_owned()),
        _ => Err("must be file:DIRECTORY or s3://bucket/prefix"),
    };
    let set = values.find_value("POSTSCALE_BLOBS", parse)?;
    Ok(set.unwrap_or_else(|| format!("file:{}", data_dir.join("blobs").display())))
}

fn hosts(values: &Values, hostname: &HostName) -> Result<MailHosts, ConfigError> {
    let mut hosts = MailHosts::derived_from(hostname);
    let name = |text: &str| text.parse::<HostName>().map(String::from);
    for (setting, host) in [
        ("POSTSCALE_MX_HOST", &mut hosts.mx),
        ("POSTSCALE_SMTP_HOST", &mut hosts.smtp),
        ("POSTSCALE_BOUNCES_HOST", &mut hosts.bounces),
        ("POSTSCALE_DMARC_HOST", &mut hosts.dmarc),
        ("POSTSCALE_SHIELD_HOST", &mut hosts.shield),
        ("POSTSCALE_MTA_STS_HOST", &mut hosts.mta_sts),
    ] {
        if let Some(set) = values.find_value(setting, name)? {
            *host = set;
        }
    }
    if let Some(set) = values.find_value("POSTSCALE_SPF_HOST", parse::policy_name)? {
        hosts.spf = set;
    }
    Ok(hosts)
}

fn listen(values: &Values) -> Result<Listen, ConfigError> {
    Ok(Listen {
        http: values.list("POSTSCALE_HTTP_LISTEN", parse::address)?,
        ops: values.list("POSTSCALE_OPS_LISTEN", parse::address)?,
        mx: values.list("POSTSCALE_MX_LISTEN", parse::address)?,
        submission: values.list("POSTSCALE_SUBMISSION_LISTEN", parse::address)?,
        submissions: values.list("POSTSCALE_SUBMISSIONS_LISTEN", parse::address)?,
    })
}

fn tls(values: &Values) -> Result<Option<(PathBuf, PathBuf)>, ConfigError> {
    let certificate = values.find_value("POSTSCALE_TLS_CERT", |text| text.parse::<PathBuf>())?;
    let key = values.find_value("POSTSCALE_TLS_KEY", |text| text.parse::<PathBuf>())?;
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
        (None, None) => Ok(None),
        (Some(_), None) => {
            Err(values.refuse("POSTSCALE_TLS_KEY", "must be set with POSTSCALE_TLS_CERT"))
        }
        (None, Some(_)) => {
            Err(values.refuse("POSTSCALE_TLS_CERT", "must be set with POSTSCALE_TLS_KEY"))
        }
    }
}

fn outbound(values: &Values) -> Result<Outbound, ConfigError> {
    Ok(Outbound {
        port: values.find_value("POSTSCALE_OUTBOUND_PORT", parse::port)?,
        allow: values.list("POSTSCALE_OUTBOUND_ALLOW", parse::network)?,
        smarthost: values.find_value("POSTSCALE_SMARTHOST", str::parse)?,
        retry_schedule: values.get("POSTSCALE_RETRY_SCHEDULE", str::parse)?,
        lifetime: values.get("POSTSCALE_MESSAGE_LIFETIME", parse::duration)?,
    })
}

fn system_mail(values: &Values, hostname: &HostName) -> Result<SystemMail, ConfigError> {
    let from = match values.find_value("POSTSCALE_SYSTEM_FROM", str::parse::<Address>)? {
        Some(from) => from,
        None => Address::new("postscale", hostname.clone())
            .map_err(|why| values.refuse("POSTSCALE_HOSTNAME", &why.to_string()))?,
    };
    Ok(SystemMail {
        from,
        smarthost: values.find_value("POSTSCALE_SYSTEM_SMARTHOST", str::parse)?,
    })
}

fn postmaster(values: &Values, hostname: &HostName) -> Result<Option<Address>, ConfigError> {
    let set = values.find_value("POSTSCALE_POSTMASTER", str::parse::<Address>)?;
    match set {
        Some(address) if address.domain() == hostname => Err(values.refuse(
            "POSTSCALE_POSTMASTER",
            "must be an address that this instance does not stand for itself",
        )),
        set => Ok(set),
    }
}

fn plans(values: &Values) -> Result<Plans, ConfigError> {
    let of_new: String = values.get("POSTSCALE_PLAN", |text| Ok::<_, String>(text.to_owned()))?;
    Plans::new(values.plans.clone(), &of_new).ok_or_else(|| {
        values.refuse(
            "POSTSCALE_PLAN",
            "is neither unlimited nor in the table [plans]",
        )
    })
}

fn first_owner(values: &Values) -> Result<Option<FirstOwner>, ConfigError> {
    let email = values.find_value("POSTSCALE_OWNER_EMAIL", str::parse::<Address>)?;
    let password = values.find_value("POSTSCALE_OWNER_PASSWORD", |text| {
        Ok::<_, String>(text.to_owned())
    })?;
    match (email, password) {
        (Some(email), Some(password)) => Ok(Some(FirstOwner { email, password })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(values.refuse(
            "POSTSCALE_OWNER_PASSWORD",
            "must be set with POSTSCALE_OWNER_EMAIL",
        )),
        (None, Some(_)) => Err(values.refuse(
            "POSTSCALE_OWNER_EMAIL",
            "must be set with POSTSCALE_OWNER_PASSWORD",
        )),
    }
}

fn log(values: &Values) -> Result<Log, ConfigError> {
    let filter = |text: &str| {
        text.parse::<tracing_subscriber::EnvFilter>()
            .map(|_| text.to_owned())
    };
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    Ok(Log {
        filter: values.get("POSTSCALE_LOG", filter)?,
        format: values.find_value("POSTSCALE_LOG_FORMAT", parse::word(&formats))?,
    })
}

#[cfg(test)]
mod tests;

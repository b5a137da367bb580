//! Blobs in a bucket of S3 or of a service that speaks as S3 does.
//!
//! Where from and who we are comes from the usual `AWS_*` variables, which the program hands over:
//! keys (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`), `AWS_REGION`, web
//! identity, container and instance roles. The files under `~/.aws` are not read.

use std::{net::IpAddr, sync::Arc, time::Duration};

use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    client::{ClientConfigKey, HttpClient, HttpConnector},
    path::Path,
    prefix::PrefixStore,
};
use reqwest::{Url, redirect::Policy};
use rustls::ClientConfig;

use super::{BlobSettings, failed};
use crate::{
    Error, Result,
    tls::{self, Trust},
};

/// How long one request may take; a message of the largest size passes a slow line in it.
const REQUEST: Duration = Duration::from_secs(30);
/// How long a new connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// A request that failed on the way is tried so many times more, all of them within [`REQUEST`].
const RETRIES: usize = 3;

/// Opens `bucket` or `bucket/prefix`. The service is not contacted yet.
pub(super) fn open(place: &str, settings: &BlobSettings) -> Result<Arc<dyn ObjectStore>> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if bucket.is_empty() {
        return Err(Error::unavailable("s3://bucket/prefix names no bucket"));
    }
    let mut builder = AmazonS3Builder::new();
    for (name, value) in &settings.variables {
        if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
    let plain = endpoint.map_or(Ok(false), |endpoint| is_plain(&endpoint))?;
    let retry = RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: RETRIES,
        retry_timeout: REQUEST,
    };
    let connector = Connector(tls::client(Trust::Host, None)?);
    let bucket = builder
        .with_bucket_name(bucket)
        .with_allow_http(plain)
        .with_retry(retry)
        .with_http_connector(connector)
        .build()
        .map_err(|e| failed(&e))?;
    let prefix = Path::parse(prefix).map_err(Error::unavailable)?;
    if prefix.as_ref().is_empty() {
        return Ok(Arc::new(bucket));
    }
    Ok(Arc::new(PrefixStore::new(bucket, prefix)))
}

/// Whether an endpoint is spoken to without TLS, which nobody may overhear.
fn is_plain(endpoint: &str) -> Result<bool> {
    let url: Url = endpoint.parse().map_err(|why| {
        Error::Unavailable(format!("the S3 endpoint {endpoint:?} is no URL: {why}"))
    })?;
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => Ok(false),
        "http" if loopback => Ok(true),
        _ => {
            let why = format!("the S3 endpoint {endpoint:?} must be https://, or on this machine");
            Err(Error::Unavailable(why))
        }
    }
}

/// Makes HTTP clients with our TLS. The library's own would need a process-wide default.
#[derive(Debug)]
struct Connector(ClientConfig);

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        // The library allows it for the roles of an instance, which are asked on the link itself.
        let allow = options.get_config_value(&ClientConfigKey::AllowHttp);
        let plain = allow.as_deref() == Some("true");
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.0.clone())
            .https_only(!plain)
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(REQUEST);
        if plain {
            builder = builder.no_proxy();
        }
        match builder.build() {
            Ok(client) => Ok(HttpClient::new(client)),
            Err(why) => Err(object_store::Error::Generic {
                store: "S3",
                source: Box::new(why),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_spoken_to_without_tls() {
        for (endpoint, want) in [
            ("https://s3.example", Some(false)),
            ("http://127.0.0.1:9000", Some(true)),
            ("http://[::1]:9000", Some(true)),
            ("http://localhost:9000", Some(true)),
            ("http://s3.example", None),
            ("http://127.0.0.1.example", None),
            ("http://localhost.example", None),
            ("http://10.0.0.1:9000", None),
            ("ftp://127.0.0.1", None),
            ("s3.example", None),
        ] {
            assert_eq!(is_plain(endpoint).ok(), want, "{endpoint}");
        }
    }

    #[test]
    fn variables_cannot_allow_what_is_overheard() {
        let settings = BlobSettings {
            endpoint: None,
            variables: vec![
                (
                    "AWS_ENDPOINT_URL".to_owned(),
                    "http://s3.example".to_owned(),
                ),
                ("AWS_ALLOW_HTTP".to_owned(), "true".to_owned()),
            ],
        };
        let refused = open("bucket/prefix", &settings).err();
        assert!(
            matches!(refused, Some(Error::Unavailable(_))),
            "{refused:?}"
        );
    }

    #[test]
    fn an_address_names_a_bucket_and_perhaps_a_prefix() {
        let settings = BlobSettings::default();
        for (place, opens) in [
            ("bucket", true),
            ("bucket/", true),
            ("bucket/a", true),
            ("bucket/a/b/", true),
            ("", false),
            ("/a", false),
            ("bucket/../a", false),
        ] {
            assert_eq!(open(place, &settings).is_ok(), opens, "{place}");
        }
    }
}

//! TLS configurations for both sides: versions 1.2 and 1.3, aws-lc-rs named explicitly.
//!
//! The process-wide default provider is never consulted. Certificates of other mail hosts are not
//! verified where RFC 3207 encryption is merely opportunistic; handshake signatures always are.

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Why no configuration could be made.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate file cannot be read or holds no certificate.
    #[error("cannot read the certificate: {0}")]
    Certificate(rustls::pki_types::pem::Error),
    /// The certificate file is empty of certificates.
    #[error("there is no certificate in the file")]
    NoCertificate,
    /// The key file cannot be read or holds no private key.
    #[error("cannot read the private key: {0}")]
    Key(rustls::pki_types::pem::Error),
    /// Certificate and key do not make a configuration.
    #[error("certificate and key cannot be used: {0}")]
    Config(#[from] rustls::Error),
    /// The host name cannot be in a certificate, or no key could be made.
    #[error("cannot make a certificate: {0}")]
    SelfSigned(#[from] rcgen::Error),
}

/// A certificate and its key as PEM.
pub struct SelfSigned {
    /// `-----BEGIN CERTIFICATE-----`.
    pub certificate_pem: String,
    /// `-----BEGIN PRIVATE KEY-----`.
    pub key_pem: String,
}

/// A server's configuration that can be swapped while connections come in.
pub struct ReloadingAcceptor(RwLock<Arc<ServerConfig>>);

/// How a client makes TLS connections. Cheap to clone; one for all connections shares sessions.
#[derive(Clone)]
pub struct Connector(pub(crate) TlsConnector);

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

impl ReloadingAcceptor {
    /// Starts with `config`.
    #[must_use]
    pub fn new(config: ServerConfig) -> Self {
        Self(RwLock::new(Arc::new(config)))
    }
    /// Uses `config` for handshakes from now on; sessions that run are not touched.
    pub fn replace(&self, config: ServerConfig) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }
    /// The configuration of this moment, ready to accept.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(
            &self.0.read().unwrap_or_else(PoisonError::into_inner),
        ))
    }
}

/// A server's configuration from a certificate chain and a private key in PEM files.
///
/// # Errors
/// [`TlsError`] when a file cannot be read or the two do not belong together.
pub fn server_config_from_files(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(TlsError::Certificate)?;
    server_config(
        chain,
        PrivateKeyDer::from_pem_file(key).map_err(TlsError::Key)?,
    )
}

/// A server's configuration from a certificate chain and a private key in PEM.
///
/// # Errors
/// [`TlsError`] when either cannot be read or the two do not belong together.
pub fn server_config_from_pem(certificate: &str, key: &str) -> Result<ServerConfig, TlsError> {
    let chain = CertificateDer::pem_slice_iter(certificate.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(TlsError::Certificate)?;
    server_config(
        chain,
        PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(TlsError::Key)?,
    )
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, TlsError> {
    if chain.is_empty() {
        return Err(TlsError::NoCertificate);
    }
    Ok(ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?)
}

/// A new key and a certificate for `hostname` signed by itself.
///
/// # Errors
/// [`TlsError::SelfSigned`] when the name cannot be in a certificate.
pub fn self_signed(hostname: &str) -> Result<SelfSigned, TlsError> {
    let made = rcgen::generate_simple_self_signed([hostname.to_owned()])?;
    Ok(SelfSigned {
        certificate_pem: made.cert.pem(),
        key_pem: made.signing_key.serialize_pem(),
    })
}

impl Connector {
    /// Encrypts and does not ask who the other side is (RFC 3207, RFC 7435).
    ///
    /// # Errors
    /// [`TlsError::Config`] when the provider offers no usable version.
    pub fn opportunistic() -> Result<Self, TlsError> {
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider())))
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
    /// Encrypts and verifies the certificate against Mozilla's roots.
    ///
    /// # Errors
    /// [`TlsError::Config`] when the provider offers no usable version.
    pub fn verifying() -> Result<Self, TlsError> {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        Self::with_roots(roots)
    }
    /// Encrypts and verifies the certificate against the roots in `pem` alone.
    ///
    /// # Errors
    /// [`TlsError`] when there is no usable root.
    pub fn verifying_with(pem: &str) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots.add(root.map_err(TlsError::Certificate)?)?;
        }
        if roots.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        Self::with_roots(roots)
    }
    fn with_roots(roots: RootCertStore) -> Result<Self, TlsError> {
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
}

/// Takes any certificate, but proof that the other side holds its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

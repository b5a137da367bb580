//! Verifying whom a received message is from: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 9989),
//! ARC (RFC 8617), reported as `Authentication-Results` (RFC 8601).
//!
//! The verdicts come from mail-auth, which asks DNS through our [`Resolver`]. SPF, DKIM and ARC run
//! side by side and have ten seconds, DMARC another ten; what is not known by then, and every
//! failure of DNS, is `temperror`. ARC is told and nothing more: it never improves another verdict
//! (security.md M25), and trouble with it is not trouble with the others.

mod arc;
mod header;
mod spf;

use std::{net::IpAddr, panic::AssertUnwindSafe, time::Duration};

use futures_util::future::{BoxFuture, FutureExt as _};
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcOutput, DmarcResult, Error,
    MessageAuthenticator, Parameters, SpfOutput, SpfResult,
    common::crypto::Algorithm,
    dkim::{Canonicalization, DkimError, Signature},
    dmarc::verify::DmarcParameters,
    spf::verify::SpfParameters,
};
use postscale_model::{AuthVerdict, HostName};

use crate::{dkim, dns::Resolver, field};
pub use header::without_forged_results;

/// Time SPF and DKIM have together, and DMARC after them (security.md M7: 20 s in all).
const STAGE_TIMEOUT: Duration = Duration::from_secs(10);
/// Signatures that are verified; more make a `permerror` (RFC 6376 §8.4).
const SIGNATURES_MAX: usize = 20;
/// Fields a message may have to be verified (security.md M10).
const FIELDS_MAX: usize = 1000;

/// What an SMTP session says about a message.
#[derive(Debug, Clone, Copy)]
pub struct Session<'a> {
    /// Address of the client.
    pub peer: IpAddr,
    /// What it called itself.
    pub helo: &'a str,
    /// MAIL FROM, empty for the null reverse path.
    pub mail_from: &'a str,
    /// Our name in `Authentication-Results`.
    pub authserv_id: &'a HostName,
}

/// The verdicts on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// SPF of MAIL FROM, or of HELO when that is null.
    pub spf: AuthVerdict,
    /// DKIM: pass when any signature passes.
    pub dkim: AuthVerdict,
    /// DMARC of the author domain.
    pub dmarc: AuthVerdict,
    /// ARC: whether those who say they passed it on did.
    pub arc: AuthVerdict,
    /// The domains whose signatures pass.
    pub signing_domains: Vec<String>,
    /// The `Authentication-Results` field, folded, with its line end.
    pub header: String,
}

/// Whether an author is who they claim to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// They are.
    Given,
    /// Nothing says so.
    Missing,
    /// It could not be found out now.
    Unknown,
}

impl Authentication {
    /// Whether the author of a message that came from `mail_from` is proven: DMARC passes, or the
    /// author domain has no policy and SPF or a signature passes for it all the same (RFC 9989 §4.4,
    /// without the list of public suffixes: one of the two domains must lie below the other).
    #[must_use]
    pub fn proof_of(&self, author: &HostName, mail_from: Option<&HostName>) -> Proof {
        let verdicts = [self.spf, self.dkim, self.dmarc];
        match self.dmarc {
            AuthVerdict::Pass => Proof::Given,
            AuthVerdict::None if self.is_aligned(author, mail_from) => Proof::Given,
            AuthVerdict::None | AuthVerdict::TempError
                if verdicts.contains(&AuthVerdict::TempError) =>
            {
                Proof::Unknown
            }
            _ => Proof::Missing,
        }
    }

    fn is_aligned(&self, author: &HostName, mail_from: Option<&HostName>) -> bool {
        let aligned = |domain: &str| {
            let below = |inner: &str, outer: &str| {
                let above = inner.strip_suffix(outer);
                outer.contains('.')
                    && above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            below(domain, author.as_str()) || below(author.as_str(), domain)
        };
        let by_spf = mail_from.is_some_and(|domain| aligned(domain.as_str()));
        let mut signing = self.signing_domains.iter();
        (self.spf == AuthVerdict::Pass && by_spf)
            || signing.any(|domain| aligned(&domain.to_ascii_lowercase()))
    }
}

/// One DKIM signature and what came of it.
struct Signed {
    verdict: AuthVerdict,
    domain: String,
    selector: String,
    signature: Vec<u8>,
}

struct Verdicts {
    spf: AuthVerdict,
    dkim: Vec<Signed>,
    dmarc: AuthVerdict,
    author_domain: String,
    arc: AuthVerdict,
}

/// Verifies a message. Takes at most twenty seconds and never panics.
///
/// Boxed, so that the verifiers are compiled here and not anew where a message is received.
pub fn authenticate<'a>(
    resolver: &'a Resolver,
    session: Session<'a>,
    message: &'a [u8],
) -> BoxFuture<'a, Authentication> {
    authenticated(resolver, session, message).boxed()
}

async fn authenticated(
    resolver: &Resolver,
    session: Session<'_>,
    message: &[u8],
) -> Authentication {
    let verifying = AssertUnwindSafe(verdicts(resolver, session, message)).catch_unwind();
    let verdicts = verifying.await.unwrap_or_else(|_| {
        tracing::warn!(
            message.size_bytes = message.len(),
            "the message verifier panicked"
        );
        Verdicts::unknown(AuthVerdict::TempError)
    });
    Authentication {
        spf: verdicts.spf,
        dkim: overall(&verdicts.dkim),
        dmarc: verdicts.dmarc,
        arc: verdicts.arc,
        signing_domains: passing(&verdicts.dkim),
        header: header::render(&verdicts, session),
    }
}

impl Verdicts {
    fn unknown(verdict: AuthVerdict) -> Self {
        Self {
            spf: verdict,
            dkim: vec![Signed::without_signature(verdict)],
            dmarc: verdict,
            author_domain: String::new(),
            arc: verdict,
        }
    }
}

impl Signed {
    fn of(signature: &Signature, verdict: AuthVerdict) -> Self {
        Self {
            verdict,
            domain: signature.d.clone(),
            selector: signature.s.clone(),
            signature: signature.b.clone(),
        }
    }
    fn without_signature(verdict: AuthVerdict) -> Self {
        Self {
            verdict,
            domain: String::new(),
            selector: String::new(),
            signature: Vec::new(),
        }
    }
}

async fn verdicts(resolver: &Resolver, session: Session<'_>, message: &[u8]) -> Verdicts {
    let authenticator = MessageAuthenticator(resolver.inner().clone());
    let sections = field::split(message);
    let count = |name: &str| sections.fields.iter().filter(|f| f.is(name)).count();
    let spf_check = spf::verify(&authenticator, resolver, spf_parameters(session));
    let (signatures, authors) = (count("DKIM-Signature"), count("From"));
    let parsed = if signatures <= SIGNATURES_MAX && sections.fields.len() <= FIELDS_MAX {
        AuthenticatedMessage::parse(message)
    } else {
        None
    };
    let Some(mut parsed) = parsed else {
        let spf = tokio::time::timeout(STAGE_TIMEOUT, spf_check).await;
        return Verdicts {
            spf: spf.map_or(AuthVerdict::TempError, |output| spf_verdict(&output)),
            ..Verdicts::unknown(AuthVerdict::PermError)
        };
    };
    let trimmed = with_trimmed_body(message, sections.body);
    let mut trimmed = trimmed.as_deref().and_then(AuthenticatedMessage::parse);
    let worthless = without_worthless(&mut parsed);
    trimmed
        .iter_mut()
        .for_each(|trimmed| drop(without_worthless(trimmed)));
    let (spf, dkim, arc) = tokio::join!(
        tokio::time::timeout(STAGE_TIMEOUT, spf_check),
        tokio::time::timeout(
            STAGE_TIMEOUT,
            verify_dkim(&authenticator, &parsed, trimmed.as_ref())
        ),
        tokio::time::timeout(STAGE_TIMEOUT, arc::verify(&authenticator, &parsed)),
    );
    let spf_output = spf.unwrap_or_else(|_| SpfOutput::default().with_result(SpfResult::TempError));
    let dkim_in_time = dkim.is_ok();
    let (dkim_output, dkim) = match dkim {
        Ok(outputs) => {
            let signed = outputs.iter().map(signed);
            let signed = signed.chain(worthless).collect();
            (outputs, signed)
        }
        Err(_) => (
            Vec::new(),
            vec![Signed::without_signature(AuthVerdict::TempError)],
        ),
    };
    let parameters = DmarcParameters::new(
        &parsed,
        &dkim_output,
        mail_from_domain(session),
        &spf_output,
    );
    let dmarc = tokio::time::timeout(STAGE_TIMEOUT, authenticator.verify_dmarc(parameters)).await;
    let (mut dmarc, author_domain) = dmarc.map_or_else(
        |_| (AuthVerdict::TempError, String::new()),
        |output| (dmarc_verdict(&output), output.into_domain()),
    );
    if authors > 1 {
        // Readers differ in which author they show, so none is authenticated.
        dmarc = AuthVerdict::PermError;
    } else if dmarc == AuthVerdict::Fail && !dkim_in_time {
        dmarc = AuthVerdict::TempError;
    }
    Verdicts {
        spf: spf_verdict(&spf_output),
        dkim,
        dmarc,
        author_domain,
        arc: arc.unwrap_or(AuthVerdict::TempError),
    }
}

/// Takes out the signatures that prove nothing: those with SHA-1 (RFC 8301 §3.1), and those that leave
/// the author to whoever passes the message on (RFC 6376 §6.1.1).
fn without_worthless(parsed: &mut AuthenticatedMessage<'_>) -> Vec<Signed> {
    let is_worthless = |signature: &Signature| {
        let covers_from = signature
            .h
            .iter()
            .any(|name| name.trim().eq_ignore_ascii_case("From"));
        signature.a == Algorithm::RsaSha1 || !covers_from
    };
    let signatures = parsed.dkim_headers.iter().map(|header| &header.header);
    let worthless = signatures
        .filter(|signature| is_worthless(signature))
        .map(|signature| Signed::of(signature, AuthVerdict::PermError))
        .collect();
    parsed
        .dkim_headers
        .retain(|header| !is_worthless(&header.header));
    worthless
}

fn spf_parameters(session: Session<'_>) -> SpfParameters<'_> {
    let authserv_id = session.authserv_id.as_str();
    if session.mail_from.is_empty() {
        SpfParameters::verify_ehlo(session.peer, session.helo, authserv_id)
    } else {
        SpfParameters::verify_mail_from(session.peer, session.helo, authserv_id, session.mail_from)
    }
}

fn mail_from_domain(session: Session<'_>) -> &str {
    let domain = session.mail_from.rsplit_once('@').map(|(_, domain)| domain);
    domain.unwrap_or(session.helo)
}

/// Verifies all signatures, and those that failed on a relaxed body once more on the trimmed one.
///
/// The library keeps lines of white space at the end of a relaxed body that RFC 6376 §3.4.4
/// ignores.
async fn verify_dkim<'x>(
    authenticator: &MessageAuthenticator,
    parsed: &'x AuthenticatedMessage<'x>,
    trimmed: Option<&'x AuthenticatedMessage<'x>>,
) -> Vec<DkimOutput<'x>> {
    let mut outputs = authenticator.verify_dkim(Parameters::new(parsed)).await;
    if let Some(trimmed) = trimmed
        && outputs.iter().any(may_be_trimmed)
    {
        let again = authenticator.verify_dkim(Parameters::new(trimmed)).await;
        for (output, second) in outputs.iter_mut().zip(again) {
            if may_be_trimmed(output) {
                *output = second;
            }
        }
    }
    outputs
}

fn may_be_trimmed(output: &DkimOutput<'_>) -> bool {
    let relaxed = |s: &Signature| s.cb == Canonicalization::Relaxed;
    is_body_mismatch(output.result()) && output.signature().is_some_and(relaxed)
}

fn is_body_mismatch(result: &DkimResult) -> bool {
    matches!(
        result,
        DkimResult::Neutral(Error::Dkim(DkimError::FailedBodyHashMatch))
    )
}

/// The message with the trimmed body, when that is another one.
fn with_trimmed_body(message: &[u8], body: &[u8]) -> Option<Vec<u8>> {
    let trimmed = dkim::without_trailing_blank_lines(body);
    let ends_the_same = body[trimmed.len()..]
        .iter()
        .all(|byte| matches!(byte, b'\r' | b'\n'));
    (!ends_the_same).then(|| message[..message.len() - (body.len() - trimmed.len())].to_vec())
}

fn signed(output: &DkimOutput<'_>) -> Signed {
    let verdict = dkim_verdict(output.result());
    output.signature().map_or_else(
        || Signed::without_signature(verdict),
        |signature| Signed::of(signature, verdict),
    )
}

fn dkim_verdict(result: &DkimResult) -> AuthVerdict {
    match result {
        DkimResult::Pass => AuthVerdict::Pass,
        DkimResult::Neutral(Error::Dkim(
            DkimError::FailedBodyHashMatch | DkimError::SignatureExpired,
        ))
        | DkimResult::Fail(_) => AuthVerdict::Fail,
        DkimResult::Neutral(_) => AuthVerdict::Neutral,
        DkimResult::PermError(_) => AuthVerdict::PermError,
        DkimResult::TempError(_) => AuthVerdict::TempError,
        DkimResult::None => AuthVerdict::None,
    }
}

/// Whose signatures pass.
fn passing(signatures: &[Signed]) -> Vec<String> {
    let passing = signatures
        .iter()
        .filter(|signed| signed.verdict == AuthVerdict::Pass);
    passing.map(|signed| signed.domain.clone()).collect()
}

/// The best of several signatures counts; a temporary error hides a permanent one.
fn overall(signatures: &[Signed]) -> AuthVerdict {
    use AuthVerdict::{Fail, Neutral, None, Pass, PermError, TempError};
    let found = |wanted: &AuthVerdict| signatures.iter().any(|s| s.verdict == *wanted);
    [Pass, TempError, Fail, PermError, Neutral]
        .into_iter()
        .find(found)
        .unwrap_or(None)
}

fn spf_verdict(output: &SpfOutput) -> AuthVerdict {
    match output.result() {
        SpfResult::Pass => AuthVerdict::Pass,
        SpfResult::Fail => AuthVerdict::Fail,
        SpfResult::SoftFail => AuthVerdict::SoftFail,
        SpfResult::Neutral => AuthVerdict::Neutral,
        SpfResult::TempError => AuthVerdict::TempError,
        SpfResult::PermError => AuthVerdict::PermError,
        SpfResult::None => AuthVerdict::None,
    }
}

fn dmarc_verdict(output: &DmarcOutput) -> AuthVerdict {
    match output.result() {
        DmarcResult::Pass => AuthVerdict::Pass,
        DmarcResult::Fail(_) => AuthVerdict::Fail,
        DmarcResult::TempError(_) => AuthVerdict::TempError,
        DmarcResult::PermError(_) => AuthVerdict::PermError,
        DmarcResult::None => AuthVerdict::None,
    }
}

//! The library's results in the words of the RFCs.

use mail_auth::{
    DkimOutput, DkimResult, DmarcOutput, DmarcResult, Error, SpfOutput, SpfResult,
    dkim::{DkimError, Signature},
};
use postscale_model::AuthVerdict;

/// One DKIM signature and what came of it.
pub(super) struct Signed {
    pub verdict: AuthVerdict,
    pub domain: String,
    pub selector: String,
    pub signature: Vec<u8>,
}

impl Signed {
    pub(super) fn of(signature: &Signature, verdict: AuthVerdict) -> Self {
        Self {
            verdict,
            domain: signature.d.clone(),
            selector: signature.s.clone(),
            signature: signature.b.clone(),
        }
    }
    pub(super) fn without_signature(verdict: AuthVerdict) -> Self {
        Self {
            verdict,
            domain: String::new(),
            selector: String::new(),
            signature: Vec::new(),
        }
    }
}

pub(super) fn signed(output: &DkimOutput<'_>) -> Signed {
    let verdict = match output.result() {
        DkimResult::Pass => AuthVerdict::Pass,
        DkimResult::Neutral(Error::Dkim(
            DkimError::FailedBodyHashMatch | DkimError::SignatureExpired,
        ))
        | DkimResult::Fail(_) => AuthVerdict::Fail,
        DkimResult::Neutral(_) => AuthVerdict::Neutral,
        DkimResult::PermError(_) => AuthVerdict::PermError,
        DkimResult::TempError(_) => AuthVerdict::TempError,
        DkimResult::None => AuthVerdict::None,
    };
    output.signature().map_or_else(
        || Signed::without_signature(verdict),
        |signature| Signed::of(signature, verdict),
    )
}

/// The best of several signatures counts; a temporary error hides a permanent one.
pub(super) fn overall(signatures: &[Signed]) -> AuthVerdict {
    use AuthVerdict::{Fail, Neutral, None, Pass, PermError, TempError};
    let found = |wanted: &AuthVerdict| signatures.iter().any(|s| s.verdict == *wanted);
    [Pass, TempError, Fail, PermError, Neutral]
        .into_iter()
        .find(found)
        .unwrap_or(None)
}

pub(super) fn spf_verdict(output: &SpfOutput) -> AuthVerdict {
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

pub(super) fn dmarc_verdict(output: &DmarcOutput) -> AuthVerdict {
    match output.result() {
        DmarcResult::Pass => AuthVerdict::Pass,
        DmarcResult::Fail(_) => AuthVerdict::Fail,
        DmarcResult::TempError(_) => AuthVerdict::TempError,
        DmarcResult::PermError(_) => AuthVerdict::PermError,
        DmarcResult::None => AuthVerdict::None,
    }
}

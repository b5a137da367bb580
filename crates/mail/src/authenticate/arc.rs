//! The chain of those who passed a message on (RFC 8617): `pass` when every link of it is genuine.

use std::panic::AssertUnwindSafe;

use futures_util::future::FutureExt as _;
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator, Parameters};
use postscale_model::AuthVerdict;

/// Verifies the chain. A panic of the verifier is the message's fault and nobody else's.
pub(super) async fn verify(
    authenticator: &MessageAuthenticator,
    parsed: &AuthenticatedMessage<'_>,
) -> AuthVerdict {
    let verifying = authenticator.verify_arc(Parameters::new(parsed));
    match AssertUnwindSafe(verifying).catch_unwind().await {
        Ok(output) => verdict(output.result()),
        Err(_) => {
            tracing::warn!("the ARC verifier panicked");
            AuthVerdict::PermError
        }
    }
}

/// RFC 8617 §5.2 knows `none`, `pass` and `fail`; what DNS did not tell is said apart.
fn verdict(result: &DkimResult) -> AuthVerdict {
    match result {
        DkimResult::None => AuthVerdict::None,
        DkimResult::Pass => AuthVerdict::Pass,
        DkimResult::TempError(_) => AuthVerdict::TempError,
        DkimResult::Neutral(_) | DkimResult::Fail(_) | DkimResult::PermError(_) => {
            AuthVerdict::Fail
        }
    }
}

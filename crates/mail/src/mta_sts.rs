//! MTA-STS policies (RFC 8461): the text that is served, and the records that point to it.

use aws_lc_rs::digest;
use postscale_model::{MtaStsMode, MtaStsPolicy};

/// Where a policy is served on the host `mta-sts.` before the domain (RFC 8461 §3.3).
pub const WELL_KNOWN: &str = "/.well-known/mta-sts.txt";
/// First label of that host.
pub const LABEL: &str = "mta-sts";
/// Octets of the identifier's hash: 20 hexadecimal digits of at most 32 characters.
const ID_OCTETS: usize = 10;

/// The policy file (RFC 8461 §3.2) of a domain whose exchanger is `mx`.
#[must_use]
pub fn policy_file(policy: MtaStsPolicy, mx: &str) -> String {
    let MtaStsPolicy {
        mode,
        max_age_seconds,
    } = policy;
    // Without a policy there is none to name hosts for; senders forget the one they had.
    let hosts = match mode {
        MtaStsMode::None => String::new(),
        MtaStsMode::Testing | MtaStsMode::Enforce => format!("mx: {mx}\r\n"),
    };
    format!("version: STSv1\r\nmode: {mode}\r\n{hosts}max_age: {max_age_seconds}\r\n")
}

/// The `_mta-sts` record (RFC 8461 §3.1). Its identifier is another one whenever the policy is.
#[must_use]
pub fn record_value(policy: MtaStsPolicy, mx: &str) -> String {
    let file = policy_file(policy, mx);
    let hash = digest::digest(&digest::SHA256, file.as_bytes());
    let id: String = hash.as_ref()[..ID_OCTETS]
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    format!("v=STSv1; id={id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_exchanger_and_how_long_it_is_kept() {
        let policy = MtaStsPolicy {
            mode: MtaStsMode::Enforce,
            max_age_seconds: 86_400,
        };
        assert_eq!(
            policy_file(policy, "mx.ps.example"),
            "version: STSv1\r\nmode: enforce\r\nmx: mx.ps.example\r\nmax_age: 86400\r\n"
        );
    }

    #[test]
    fn the_identifier_changes_with_the_policy() {
        let policy = |mode, max_age_seconds| MtaStsPolicy {
            mode,
            max_age_seconds,
        };
        let testing = record_value(policy(MtaStsMode::Testing, 3600), "mx.a.example");
        assert_eq!(
            testing,
            record_value(policy(MtaStsMode::Testing, 3600), "mx.a.example")
        );
        for other in [
            record_value(policy(MtaStsMode::Enforce, 3600), "mx.a.example"),
            record_value(policy(MtaStsMode::Testing, 7200), "mx.a.example"),
            record_value(policy(MtaStsMode::Testing, 3600), "mx.b.example"),
        ] {
            assert_ne!(testing, other);
        }
        let id = testing.strip_prefix("v=STSv1; id=").unwrap();
        assert!(id.len() <= 32 && id.bytes().all(|b| b.is_ascii_alphanumeric()));
    }
}

//! The signature of a delivery (api.md §9.4): `t=<seconds>,v1=<hex>`, one `v1` per valid secret.

use std::fmt::Write as _;

use aws_lc_rs::hmac;
use postscale_model::Timestamp;

/// The `X-Postscale-Signature` of a body sent now; none without a secret.
pub(crate) fn sign(secrets: &[String], now: Timestamp, body: &[u8]) -> Option<String> {
    if secrets.is_empty() {
        return None;
    }
    let mut header = format!("t={}", now.seconds());
    for secret in secrets {
        // The whole secret as given, its prefix included.
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let mut context = hmac::Context::with_key(&key);
        context.update(format!("{}.", now.seconds()).as_bytes());
        context.update(body);
        let _infallible = write!(header, ",v1={}", hex::encode(context.sign()));
    }
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_signed_with_every_valid_secret() {
        let now = Timestamp::from_seconds(1_700_000_000);
        let secrets = ["whsec_test".to_owned(), "whsec_old".to_owned()];
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_test
        let first = "t=1700000000,v1=";
        let header = sign(&secrets, now, br#"{"a":1}"#).unwrap();
        assert!(header.starts_with(first), "{header}");
        let signatures: Vec<_> = header.split(",v1=").skip(1).collect();
        assert_eq!(signatures.len(), 2);
        assert!(
            signatures
                .iter()
                .all(|s| s.len() == 64 && s.bytes().all(|b| b.is_ascii_hexdigit()))
        );
        assert_eq!(signatures[0], EXPECTED);
        assert_eq!(sign(&[], now, b""), None);
    }

    const EXPECTED: &str = "38877139021993b830af32feea6e18a8da83eb2f6e49ee50bd9e4cf4ca4d3789";
}

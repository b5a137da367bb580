//! Files, a stranger's most of them: to be saved under a harmless name and never to be shown (RFC
//! 6266; `nosniff` and a sandbox in case a browser does).

use std::fmt::Write as _;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use futures_util::{StreamExt as _, stream};
use postscale_actions::{Error, Pieces, access, aliases as alias_actions, audit, dmarc};

/// RFC 6266 §4.1: a name every client understands, and the real one as RFC 8187 writes it.
fn disposition(filename: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_graphic() && !"\"\\%;/".contains(c) || c == ' ' {
            c
        } else {
            '_'
        }
    };
    let plain: String = filename.chars().map(plain).collect();
    let mut value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in filename.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            value.push(char::from(byte));
        } else {
            write!(value, "%{byte:02X}").expect("BUG: writing to a String cannot fail");
        }
    }
    value
}

fn headers(content_type: &str, filename: &str) -> HeaderMap {
    let octets = HeaderValue::from_static("application/octet-stream");
    let declared = HeaderValue::from_str(content_type).unwrap_or(octets);
    let saved = HeaderValue::from_str(&disposition(filename));
    let sandbox = "sandbox; default-src 'none'; frame-ancestors 'none'";
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, declared);
    let attached = HeaderValue::from_static("attachment");
    headers.insert(header::CONTENT_DISPOSITION, saved.unwrap_or(attached));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(sandbox),
    );
    headers
}

/// The audit log as a file.
///
/// # Errors
/// When its beginning cannot be read.
pub async fn audit_log(export: audit::Export) -> Result<Response, Error> {
    made_while_sent("audit-log.csv", export).await
}

/// The access review as a file.
///
/// # Errors
/// As [`audit_log`].
pub async fn access_review(export: access::Export) -> Result<Response, Error> {
    made_while_sent("access-review.csv", export).await
}

/// Aliases as a file.
///
/// # Errors
/// As [`audit_log`].
pub async fn aliases(export: alias_actions::Export) -> Result<Response, Error> {
    made_while_sent("aliases.csv", export).await
}

/// The records of a domain's DMARC reports as a file.
///
/// # Errors
/// As [`audit_log`].
pub async fn dmarc_records(export: dmarc::Export) -> Result<Response, Error> {
    made_while_sent("dmarc-records.csv", export).await
}

/// A file that is read while it is sent, but for its beginning: when that cannot be read the answer
/// says so. When a later piece cannot, the transfer breaks off, so that nobody takes a part for the
/// whole.
async fn made_while_sent(filename: &str, mut file: impl Pieces) -> Result<Response, Error> {
    // The names of the columns, and what stands below them first.
    let beginning = [file.next().await?, file.next().await?];
    let beginning = stream::iter(beginning.into_iter().flatten().map(Ok));
    let rest = stream::try_unfold(file, async |mut file| {
        let piece = file.next().await?;
        Ok::<_, Error>(piece.map(|piece| (piece, file)))
    });
    Ok(csv(filename, Body::from_stream(beginning.chain(rest))))
}

/// Comma-separated values as a file.
#[must_use]
pub fn values(filename: &str, text: String) -> Response {
    csv(filename, Body::from(text))
}

fn csv(filename: &str, pieces: Body) -> Response {
    let headers = headers("text/csv; charset=utf-8; header=present", filename);
    (headers, pieces).into_response()
}

/// The answer that carries a file.
#[must_use]
pub fn download(content_type: &str, filename: &str, octets: Vec<u8>) -> Response {
    (headers(content_type, filename), octets).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_twice_and_breaks_out_of_neither() {
        for (name, want) in [
            (
                "a.pdf",
                "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf",
            ),
            (
                "Über \"x\".pdf",
                "attachment; filename=\"_ber _x_.pdf\"; filename*=UTF-8''%C3%9Cber%20%22x%22.pdf",
            ),
            (
                "a\r\nSet-Cookie: x",
                "attachment; filename=\"a__Set-Cookie: x\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x",
            ),
        ] {
            assert_eq!(disposition(name), want);
        }
    }

    #[test]
    fn what_a_browser_is_told_cannot_be_chosen_by_the_sender() {
        let headers = headers("text/html\r\nX: y", "x.html");
        assert_eq!(headers[header::CONTENT_TYPE], "application/octet-stream");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(
            headers[header::CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap()
                .starts_with("sandbox")
        );
    }
}

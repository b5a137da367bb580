//! Files somebody sends: as the whole body of a request, or in a form (RFC 7578).

use std::collections::HashMap;

use axum::{
    extract::{FromRef, FromRequest, Request},
    http::{HeaderMap, header},
};
use bytes::Bytes;
use postscale_actions::csrf_token;
use postscale_model::Invalid;

use crate::{
    Problem, Settings,
    caller::is_cross_site,
    cookie::session_cookie_value,
    json::{collect, collect_up_to},
};

/// Types a file may be declared as. What it is, its own octets say: official clients call everything
/// JSON.
const TYPES: [&str; 11] = [
    "application/xml",
    "text/xml",
    "application/gzip",
    "application/x-gzip",
    "application/zip",
    "application/x-zip-compressed",
    "application/octet-stream",
    "application/json",
    "application/tlsrpt+json",
    "application/tlsrpt+gzip",
    "text/plain",
];
/// What the rest of a form with a file may add to it.
const FORM_OCTETS_MAX: usize = 64 * 1024;
/// Parts of a form.
const PARTS_MAX: usize = 16;
/// Octets of a boundary (RFC 2046 §5.1.1).
const BOUNDARY_OCTETS_MAX: usize = 70;

/// A file of at most `MAX` octets, as the body of a request.
#[derive(Debug)]
pub struct FileBody<const MAX: usize> {
    /// Its octets.
    pub octets: Bytes,
}

fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

impl<S: Send + Sync, const MAX: usize> FromRequest<S> for FileBody<MAX> {
    type Rejection = Problem;
    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let kind = content_type(request.headers()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let is_known = TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind));
        let octets = collect::<MAX>(request).await?;
        if !is_known {
            return Err(Problem::unsupported_media_type(
                "application/xml, application/gzip, application/zip or application/json",
            ));
        }
        Ok(Self { octets })
    }
}

/// A form with a file of about `MAX` octets that a page of ours sent: its CSRF token was right.
#[derive(Debug, Default)]
pub struct FileForm<const MAX: usize> {
    fields: HashMap<String, String>,
    file: Bytes,
}

impl<const MAX: usize> FileForm<MAX> {
    /// A field's text, trimmed; empty when it is absent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |text| text.trim())
    }
    /// The octets of the file; none when no file was chosen.
    #[must_use]
    pub fn into_file(self) -> Bytes {
        self.file
    }
}

impl<S, const MAX: usize> FromRequest<S> for FileForm<MAX>
where
    S: Send + Sync,
    Settings: FromRef<S>,
{
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let settings = Settings::from_ref(state);
        if is_cross_site(request.headers(), &settings) {
            return Err(Problem::csrf());
        }
        let session = session_cookie_value(request.headers(), &settings);
        let boundary = content_type(request.headers()).and_then(boundary);
        let body = collect_up_to(request, MAX + FORM_OCTETS_MAX).await?;
        let form = match boundary {
            Some(boundary) => read(&body, &boundary),
            None if body.is_empty() => Some(Self::default()),
            None => {
                return Err(Problem::unsupported_media_type("multipart/form-data"));
            }
        };
        let form = form.ok_or_else(|| Invalid::whole("The form could not be read"))?;
        if let Some(session) = session
            && form.text("csrf") != csrf_token(&session)
        {
            return Err(Problem::csrf());
        }
        Ok(form)
    }
}

/// The boundary a content type names.
fn boundary(kind: &str) -> Option<Vec<u8>> {
    let (kind, parameters) = kind.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let mut parameters = parameters.split(';');
    let boundary = parameters.find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        let is_it = name.eq_ignore_ascii_case("boundary");
        is_it.then(|| value.trim_matches('"'))
    })?;
    let is_good = (1..=BOUNDARY_OCTETS_MAX).contains(&boundary.len());
    is_good.then(|| boundary.as_bytes().to_vec())
}

/// The parts of a form. A field that stands twice or has a NUL in it is no form of ours.
fn read<const MAX: usize>(body: &Bytes, boundary: &[u8]) -> Option<FileForm<MAX>> {
    let delimiter = [b"\r\n--", boundary].concat();
    let mut form = FileForm::default();
    let mut at = body
        .strip_prefix(&delimiter[2..])
        .map(|_| delimiter.len() - 2)?;
    for _ in 0..=PARTS_MAX {
        if body[at..].starts_with(b"--") {
            return Some(form);
        }
        let begin = at + body[at..].starts_with(b"\r\n").then_some(2)?;
        let end = begin + memchr::memmem::find(&body[begin..], &delimiter)?;
        let head = begin + memchr::memmem::find(&body[begin..end], b"\r\n\r\n")?;
        let header = std::str::from_utf8(&body[begin..head]).ok()?;
        let content = head + 4..end;
        let (name, is_file) = named(header)?;
        if is_file {
            form.file = body.slice(content);
        } else {
            let text = std::str::from_utf8(&body[content]).ok()?;
            let is_twice = form.fields.insert(name, text.to_owned()).is_some();
            if is_twice || text.contains('\0') {
                return None;
            }
        }
        at = end + delimiter.len();
    }
    None
}

/// The name of a part, and whether it is a file.
fn named(header: &str) -> Option<(String, bool)> {
    let mut lines = header.split("\r\n");
    let disposition = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_it = name.eq_ignore_ascii_case("content-disposition");
        is_it.then_some(value)
    })?;
    let (_, name) = disposition.split_once("name=\"")?;
    let name = name.split('"').next()?.to_owned();
    Some((name, disposition.contains("filename=")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nt\r\n\
        --b\r\nContent-Disposition: form-data; name=\"report\"; filename=\"a.xml\"\r\n\
        Content-Type: text/xml\r\n\r\n<a>\r\n</a>\r\n--b--\r\n";

    #[test]
    fn a_form_with_a_file_is_read() {
        let body = Bytes::from_static(FORM.as_bytes());
        let form: FileForm<100> = read(&body, b"b").unwrap();
        assert_eq!(form.text("csrf"), "t");
        assert_eq!(form.text("report"), "");
        assert_eq!(&form.into_file()[..], b"<a>\r\n</a>");
        let kind = "multipart/form-data; charset=utf-8; boundary=\"b\"";
        assert_eq!(boundary(kind).as_deref(), Some(&b"b"[..]));
        assert_eq!(boundary("text/plain; boundary=b"), None);
    }

    #[test]
    fn what_is_no_form_is_none() {
        let twice = FORM.replace(
            "--b--",
            "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nu\r\n--b--",
        );
        let many = format!(
            "{}--b--",
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(40)
        );
        for text in [
            "",
            "--b",
            "--b\r\n",
            "--c--",
            &FORM[..60],
            &FORM[..FORM.len() - 9],
            &twice,
            &many,
            &FORM.replace("\r\nt\r\n", "\r\n\0\r\n"),
        ] {
            let body = Bytes::copy_from_slice(text.as_bytes());
            assert!(read::<100>(&body, b"b").is_none(), "{text}");
        }
    }
}

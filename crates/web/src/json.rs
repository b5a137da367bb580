//! JSON bodies: collected within a limit, read strictly, judged late.

use axum::{
    extract::{FromRequest, Request},
    http::header,
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use postscale_access::Late;
use postscale_actions::verified;
use postscale_model::Invalid;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};

use crate::{
    Problem,
    caller::{Declared, Given},
};

/// Octets of a body unless a route says otherwise, and of what is taken from anybody.
const BYTES_MAX: usize = 1024 * 1024;
/// Levels of nesting (security.md's limit for every JSON input).
const DEPTH_MAX: u8 = 32;
/// What is wrong with a text that PostgreSQL could not keep, wherever it is given.
pub(crate) const NUL: &str = "must not contain NUL";

/// A JSON body of at most `MAX` octets, not read yet.
#[derive(Debug)]
pub struct JsonBody<const MAX: usize = BYTES_MAX>(Bytes);

impl<const MAX: usize> JsonBody<MAX> {
    /// Reads the body as `T`. What is wrong with it is told only after a decision.
    pub fn late<T: DeserializeOwned>(&self) -> Late<T> {
        Late::new(read(if self.0.is_empty() { b"{}" } else { &self.0 }))
    }
    /// Reads the body of who has nothing to say: none at all, or an object without members.
    pub fn nothing(&self) -> Late<()> {
        self.late::<Nothing>().and_then(|Nothing {}| Ok(()))
    }
    /// Whether nothing was sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl<S: Send + Sync, const MAX: usize> FromRequest<S> for JsonBody<MAX> {
    type Rejection = Problem;
    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let is_json = kind.is_none_or(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json")
        });
        let has_kind = kind.is_some();
        let body = collect::<MAX>(request).await?;
        if !body.is_empty() && (!is_json || !has_kind) {
            return Err(Problem::unsupported_media_type("application/json"));
        }
        Ok(Self(body))
    }
}

/// Collects a body of at most `MAX` octets.
pub(crate) async fn collect<const MAX: usize>(request: Request) -> Result<Bytes, Problem> {
    collect_up_to(request, MAX).await
}

/// Collects a body of at most `max` octets.
pub(crate) async fn collect_up_to(request: Request, max: usize) -> Result<Bytes, Problem> {
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok());
    if declared.is_some_and(|length| length > max) {
        return Err(Problem::payload_too_large());
    }
    if max > BYTES_MAX && declared.is_none_or(|length| length > BYTES_MAX) {
        let declared = request.extensions().get::<Declared>().cloned();
        check_sender(declared.as_ref().and_then(Declared::given)).await?;
    }
    match Limited::new(request.into_body(), max).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            Err(Problem::payload_too_large())
        }
        Err(_) => Err(Invalid::whole("The request body could not be read").into()),
    }
}

/// Whoever is nobody cannot make us hold a large body: they are refused before it comes.
async fn check_sender(given: Option<&Given>) -> Result<(), Problem> {
    let given = given
        .ok_or_else(|| Problem::internal("a large body is taken before its sender is known"))?;
    Ok(verified(&given.app, &given.caller).await?)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Invalid> {
    let mut check = serde_json::Deserializer::from_slice(bytes);
    Strict { depth: 0 }
        .deserialize(&mut check)
        .and_then(|()| check.end())
        .map_err(|error| refused(bytes, &error))?;
    // serde would take a list for an object whose members may all be absent.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Invalid::whole(
            "The body is not as expected: must be an object",
        ));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| named(&error))
}

/// What [`Strict`] found. Where a NUL stands is looked for again: hardly any body has one.
fn refused(bytes: &[u8], error: &serde_json::Error) -> Invalid {
    if !error.to_string().starts_with(NUL) {
        return Invalid::whole(format!("The body is not valid JSON: {error}"));
    }
    let mut track = serde_path_to_error::Track::new();
    let mut again = serde_json::Deserializer::from_slice(bytes);
    let tracked = serde_path_to_error::Deserializer::new(&mut again, &mut track);
    // It ends where it ended before.
    drop(Strict { depth: 0 }.deserialize(tracked));
    match track.path().to_string().as_str() {
        "." => Invalid::whole(format!("The body {NUL}")),
        path => Invalid::field(path, NUL),
    }
}

/// Reads one value of a body as `T`, as late as the body itself.
pub fn late_value<T: DeserializeOwned>(value: serde_json::Value) -> Late<T> {
    Late::new(serde_path_to_error::deserialize(value).map_err(|error| named(&error)))
}

/// Names the member that is wrong.
fn named(error: &serde_path_to_error::Error<serde_json::Error>) -> Invalid {
    let inner = error.inner().to_string();
    let message = inner.split(" at line ").next().unwrap_or(&inner);
    let message = in_words_of_json(message);
    let path = error.path().to_string();
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let field = rest.split('`').next().unwrap_or(rest);
        let parent = path
            .rsplit_once('.')
            .map(|(parent, _)| parent)
            .filter(|_| path != ".");
        return Invalid::unknown_field(
            parent.map_or_else(|| field.to_owned(), |parent| format!("{parent}.{field}")),
        );
    }
    if let Some(field) = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next())
    {
        let name = if path == "." {
            field.to_owned()
        } else {
            format!("{path}.{field}")
        };
        return Invalid::field(name, "is required");
    }
    if path == "." {
        Invalid::whole(format!("The body is not as expected: {message}"))
    } else {
        Invalid::field(path, message)
    }
}

/// A complaint about a type, as who writes JSON says it. The value is theirs and need not be repeated.
fn in_words_of_json(message: &str) -> String {
    if let Some(problem) = out_of_range(message) {
        return problem;
    }
    let Some((_, expected)) = message
        .strip_prefix("invalid type: ")
        .and_then(|rest| rest.rsplit_once(", expected "))
    else {
        return message.to_owned();
    };
    let word = match expected {
        "a sequence" => "an array",
        "a map" => "an object",
        _ if expected.starts_with("struct ") => "an object",
        "i64" | "u64" | "u32" | "u16" | "u8" | "usize" => "a whole number",
        other => other,
    };
    format!("must be {word}")
}

/// What is wrong with a whole number that its type does not hold.
fn out_of_range(message: &str) -> Option<String> {
    let (number, kind) = message
        .strip_prefix("invalid value: integer `")?
        .split_once("`, expected ")?;
    let max = match kind {
        "u8" => u8::MAX.into(),
        "u16" => u16::MAX.into(),
        "u32" => u32::MAX.into(),
        "i64" => i64::MAX.unsigned_abs(),
        "u64" | "usize" => u64::MAX,
        _ => return None,
    };
    Some(match number.starts_with('-') {
        true => "must be a whole number of at least 0".to_owned(),
        false => format!("must be a whole number of at most {max}"),
    })
}

/// Walks any JSON and refuses NUL in texts, and duplicate members and too deep nesting, which serde
/// would let pass in maps.
struct Strict {
    depth: u8,
}

impl Strict {
    fn deeper<E: serde::de::Error>(&self) -> Result<Self, E> {
        if self.depth >= DEPTH_MAX {
            Err(E::custom("nested too deeply"))
        } else {
            Ok(Self {
                depth: self.depth + 1,
            })
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        without_nul(text)
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self.deeper()?)?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = std::collections::HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            without_nul::<A::Error>(&name)?;
            if seen.contains(&name) {
                return Err(A::Error::custom(format_args!(
                    "the member `{name}` stands twice"
                )));
            }
            seen.insert(name);
            map.next_value_seed(self.deeper()?)?;
        }
        Ok(())
    }
}

fn without_nul<E: serde::de::Error>(text: &str) -> Result<(), E> {
    if text.contains('\0') {
        Err(E::custom(NUL))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is looked at")]
    struct Input {
        name: String,
        to: Option<Vec<String>>,
        hours: Option<u16>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Change {
        name: Option<String>,
    }

    #[test]
    fn a_list_is_no_object_whose_members_are_all_absent() {
        assert!(read::<Change>(b"{}").is_ok());
        for list in ["[]", " [null]", r#"["a"]"#] {
            let invalid = read::<Change>(list.as_bytes()).unwrap_err().to_string();
            assert_eq!(invalid, "The body is not as expected: must be an object");
        }
    }

    #[test]
    fn what_is_wrong_with_a_body_is_named() {
        for (body, code, field) in [
            (r#"{"name":"a","html":"x"}"#, "unknown_field", Some("html")),
            (r#"{}"#, "invalid_request", Some("name")),
            (r#"{"name":["a"]}"#, "invalid_request", Some("name")),
            (
                r#"{"name":"a","to":["a",5]}"#,
                "invalid_request",
                Some("to[1]"),
            ),
            (r#"{"name":"a","name":"b"}"#, "invalid_request", None),
            (r#"{"name":"a"} trailing"#, "invalid_request", None),
            (r#"{"name":"#, "invalid_request", None),
            ("[]", "invalid_request", None),
        ] {
            let invalid = read::<Input>(body.as_bytes()).expect_err(body);
            assert_eq!(invalid.code, code, "{body}");
            assert_eq!(
                invalid.fields.keys().next().map(String::as_str),
                field,
                "{body}: {invalid}"
            );
        }
        for (body, message) in [
            (r#"{"name":5}"#, "name: must be a string"),
            (r#"{"name":"a","to":"b"}"#, "to: must be an array"),
            (
                r#"{"name":"a","hours":1.5}"#,
                "hours: must be a whole number",
            ),
            (
                r#"{"name":"a","hours":-1}"#,
                "hours: must be a whole number of at least 0",
            ),
            (
                r#"{"name":"a","hours":65536}"#,
                "hours: must be a whole number of at most 65535",
            ),
        ] {
            assert_eq!(
                read::<Input>(body.as_bytes()).unwrap_err().to_string(),
                message
            );
        }
        for (body, message) in [
            (r#"{"name":"a\u0000b"}"#, "name: must not contain NUL"),
            (
                r#"{"name":"a","to":["a","\u0000"]}"#,
                "to[1]: must not contain NUL",
            ),
            (r#"{"a\u0000":5}"#, "The body must not contain NUL"),
            (r#""\u0000""#, "The body must not contain NUL"),
        ] {
            let invalid = read::<Input>(body.as_bytes()).unwrap_err();
            assert_eq!(
                (invalid.code, invalid.message.as_str()),
                ("invalid_request", message)
            );
        }
        let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
        assert!(read::<serde_json::Value>(deep.as_bytes()).is_err());
    }
}

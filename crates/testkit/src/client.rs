//! Requests to both surfaces, as somebody.

use axum::body::Body;
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use postscale_actions::{SessionToken, csrf_token};
use postscale_web::Surfaces;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::Presented;

/// Cookie of a session under `https`.
const COOKIE: &str = "__Host-postscale_session";

/// Sends requests as one actor: a cookie with its CSRF token, or a bearer key.
#[derive(Clone)]
pub struct Client {
    pub(crate) surfaces: Surfaces,
    pub(crate) presented: Presented,
}

/// A request under construction.
pub struct Request {
    client: Client,
    builder: http::request::Builder,
    body: Vec<u8>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Octets of the body.
    pub body: Vec<u8>,
}

impl Client {
    /// What it presents.
    #[must_use]
    pub const fn presented(&self) -> &Presented {
        &self.presented
    }

    /// A request without a body.
    #[must_use]
    pub fn request(&self, method: Method, path: &str) -> Request {
        let unsafe_method = !matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
        let mut builder = http::Request::builder().method(method).uri(path);
        match &self.presented {
            Presented::Nothing => {}
            Presented::Key(key) => {
                builder = builder.header(header::AUTHORIZATION, format!("Bearer {key}"));
            }
            Presented::Session(token) => {
                builder = builder.header(header::COOKIE, format!("{COOKIE}={token}"));
                if unsafe_method {
                    let token = SessionToken::parse(token).expect("a session token");
                    builder = builder.header("x-csrf-token", csrf_token(&token));
                }
            }
        }
        Request {
            client: self.clone(),
            builder,
            body: Vec::new(),
        }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).send().await
    }
    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path).send().await
    }
    /// POST of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.request(Method::POST, path).json(&body).send().await
    }
    /// POST of a form.
    pub async fn submit(&self, path: &str, fields: Value) -> Answer {
        self.request(Method::POST, path).form(&fields).send().await
    }
    /// PUT of JSON.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.request(Method::PUT, path).json(&body).send().await
    }
    /// PATCH of JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.request(Method::PATCH, path).json(&body).send().await
    }
}

impl Request {
    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// Carries JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Carries the fields of a form, and the proof a page of ours puts among them instead of the
    /// one a script puts into a header. A list is one field several times.
    ///
    /// # Panics
    /// When a field is neither a text nor a list of texts.
    #[must_use]
    pub fn form(mut self, fields: &Value) -> Self {
        if let Some(headers) = self.builder.headers_mut() {
            headers.remove("x-csrf-token");
        }
        let mut form = form_urlencoded::Serializer::new(String::new());
        if let Presented::Session(token) = &self.client.presented {
            let token = SessionToken::parse(token).expect("a session token");
            form.append_pair("csrf", &csrf_token(&token));
        }
        for (name, value) in fields.as_object().into_iter().flatten() {
            let all = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            for one in all {
                form.append_pair(name, one.as_str().expect("a text"));
            }
        }
        self.body("application/x-www-form-urlencoded", form.finish())
    }

    /// Carries a form with a file and these fields, and the proof a page of ours puts among them.
    ///
    /// # Panics
    /// When a field is no text.
    #[must_use]
    pub fn upload(mut self, fields: &Value, (name, file): (&str, &[u8])) -> Self {
        if let Some(headers) = self.builder.headers_mut() {
            headers.remove("x-csrf-token");
        }
        let mut form = Vec::new();
        let mut part = |head: String, octets: &[u8]| {
            form.extend(format!("--=_f\r\nContent-Disposition: form-data; {head}\r\n\r\n").bytes());
            form.extend(octets);
            form.extend(b"\r\n");
        };
        if let Presented::Session(token) = &self.client.presented {
            let token = SessionToken::parse(token).expect("a session token");
            part("name=\"csrf\"".to_owned(), csrf_token(&token).as_bytes());
        }
        for (name, value) in fields.as_object().into_iter().flatten() {
            let value = value.as_str().expect("a text");
            part(format!("name=\"{name}\""), value.as_bytes());
        }
        part(format!("name=\"{name}\"; filename=\"{name}\""), file);
        form.extend(b"--=_f--\r\n");
        self.body("multipart/form-data; boundary=\"=_f\"", form)
    }

    /// Carries octets of a type.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut carrying = self.header("content-type", content_type);
        carrying.body = body.into();
        carrying
    }

    /// Sends it and collects the answer.
    ///
    /// # Panics
    /// When the request is none or the answer breaks off.
    pub async fn send(self) -> Answer {
        let request = self
            .builder
            .body(Body::from(self.body))
            .expect("a well-formed request");
        let response = self.client.surfaces.oneshot(request).await;
        let (parts, body) = response.expect("an answer").into_parts();
        let body = body.collect().await.expect("the whole body").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.into(),
        }
    }
}

impl Answer {
    /// The session the answer begins.
    ///
    /// # Panics
    /// When it begins none.
    #[must_use]
    pub fn session(&self) -> Presented {
        let cookies = self.headers.get_all(header::SET_COOKIE).into_iter();
        let mut cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split_once('='));
        let (_, value) = cookies
            .find(|(name, _)| *name == COOKIE)
            .expect("a session's cookie");
        let token = value.split(';').next().unwrap_or_default();
        Presented::Session(token.to_owned())
    }
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The code of a refusal.
    #[must_use]
    pub fn code(&self) -> String {
        let code = self.json()["error"]["code"].clone();
        code.as_str().unwrap_or_default().to_owned()
    }

    /// The fields a refusal names.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        let fields = self.json()["error"]["fields"].clone();
        let named = fields.as_object().into_iter().flatten();
        named.map(|(name, _)| name.clone()).collect()
    }

    /// Where the answer sends the browser.
    #[must_use]
    pub fn location(&self) -> &str {
        let location = self.headers.get(header::LOCATION);
        location
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The answer without what differs between any two: request id and date.
    #[must_use]
    pub fn comparable(&self) -> Self {
        let mut same = self.clone();
        same.headers.remove("x-request-id");
        same.headers.remove(header::DATE);
        same
    }

    /// Asserts the status and gives the JSON, which need not be looked at.
    ///
    /// # Panics
    /// When it is another status.
    #[track_caller]
    pub fn with(&self, status: u16) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{text}");
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }
}

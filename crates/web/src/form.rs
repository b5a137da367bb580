//! Forms of pages: read strictly, with the session's CSRF token among their fields.

use std::collections::HashMap;

use axum::{
    extract::{FromRef, FromRequest, Request},
    http::header,
};
use postscale_actions::csrf_token;
use postscale_model::Invalid;

use crate::{
    Problem, Settings,
    caller::is_cross_site,
    cookie::session_cookie_value,
    json::{NUL, collect},
};

/// Fields that may be given several times; every other one is a scalar, on every form.
const LISTS: [&str; 3] = ["domain_ids", "domains", "events"];
/// Octets of a form.
const BYTES_MAX: usize = 256 * 1024;

/// The fields of a form that a page of ours sent: its CSRF token was right, or it needs none
/// because nobody is signed in.
#[derive(Debug, Default)]
pub struct FormBody(HashMap<String, Vec<String>>);

/// What a page's form carries; an alias kept short for signatures.
pub type Form = FormBody;

impl FormBody {
    /// A field's text, trimmed; empty when it is absent.
    ///
    /// # Errors
    /// [`Invalid`] when it is given twice.
    pub fn text(&self, name: &str) -> Result<&str, Invalid> {
        match self.0.get(name).map(Vec::as_slice) {
            None => Ok(""),
            Some([one]) => Ok(one.trim()),
            Some(_) => Err(Invalid::field(name, "must be given once")),
        }
    }
    /// A field as entered, untrimmed: for passwords.
    ///
    /// # Errors
    /// As [`FormBody::text`].
    pub fn verbatim(&self, name: &str) -> Result<&str, Invalid> {
        match self.0.get(name).map(Vec::as_slice) {
            None => Ok(""),
            Some([one]) => Ok(one),
            Some(_) => Err(Invalid::field(name, "must be given once")),
        }
    }
    /// Refuses a text that could not be kept, and a scalar that is given twice: of two values, one reader
    /// could take the first and another the second (security.md I5). Nothing is looked up for it, so it
    /// is told to everybody.
    fn check(&self) -> Result<(), Invalid> {
        let has_nul = |all: &Vec<String>| all.iter().any(|text| text.contains('\0'));
        if let Some((name, _)) = self.0.iter().find(|(_, all)| has_nul(all)) {
            return Err(Invalid::field(name.clone(), NUL));
        }
        let mut fields = self.0.iter();
        match fields.find(|(name, all)| all.len() > 1 && !LISTS.contains(&name.as_str())) {
            Some((name, _)) => Err(Invalid::field(name.clone(), "must be given once")),
            None => Ok(()),
        }
    }
    /// Every value of a field that may be given several times.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
    /// Whether a check box is ticked.
    #[must_use]
    pub fn is_ticked(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

impl<S> FromRequest<S> for FormBody
where
    S: Send + Sync,
    Settings: FromRef<S>,
{
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // Also before anybody is signed in: another site's page must not sign a browser in as
        // somebody else.
        let settings = Settings::from_ref(state);
        if is_cross_site(request.headers(), &settings) {
            return Err(Problem::csrf());
        }
        let session = session_cookie_value(request.headers(), &settings);
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let is_form =
            kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let body = collect::<BYTES_MAX>(request).await?;
        if !body.is_empty() && !is_form {
            return Err(Problem::unsupported_media_type(
                "application/x-www-form-urlencoded",
            ));
        }
        let mut fields: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in form_urlencoded::parse(&body) {
            fields
                .entry(name.into_owned())
                .or_default()
                .push(value.into_owned());
        }
        let form = Self(fields);
        if let Some(session) = session
            && form.text("csrf")? != csrf_token(&session)
        {
            return Err(Problem::csrf());
        }
        form.check()?;
        Ok(form)
    }
}

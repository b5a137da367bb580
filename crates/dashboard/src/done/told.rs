//! The cookie between a page that did something and the page that tells it. What something was done
//! to may follow its word, with the session's proof that we wrote it.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use postscale_web::{BrowserSession, Settings};

use super::Done;
use crate::{answer, ui::Notice};

const COOKIE: &str = "done";
/// Seconds the next page has to come.
const AGE_SECONDS: u32 = 60;
/// Letters of what something was done to: encoded, they fit into a cookie with room to spare.
const ABOUT_MAX: usize = 200;

/// The value of one of a request's cookies.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}

/// What the page before this one did, and to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    done: Done,
    about: Option<String>,
}

impl Told {
    /// What the next page says.
    pub(crate) fn notice(self) -> Notice {
        let mut notice = self.done.notice();
        if let Some(about) = self.about {
            notice.text = match self.done {
                Done::AccessKept => format!("Kept for {about}. It is noted that you looked at it."),
                Done::AccessRevoked => format!("Taken away from {about}. It works no more."),
                _ => notice.text,
            };
        }
        notice
    }
}

/// What the page before this one did. What it was done to is believed only with the proof of the
/// session that is read on.
pub(crate) fn told(headers: &HeaderMap, session: Option<&BrowserSession>) -> Option<Told> {
    let value = cookie(headers, COOKIE)?;
    let (word, rest) = value.split_once('.').unwrap_or((value, ""));
    let mut known = Done::ALL.iter().copied();
    let done = known.find(|done| done.as_str() == word)?;
    let about = rest.split_once('.').and_then(|(proof, about)| {
        let is_ours = session.is_some_and(|session| session.proof(about) == proof);
        let about = percent_decode_str(about).decode_utf8().ok()?;
        is_ours.then(|| about.into_owned())
    });
    Some(Told { done, about })
}

fn set_cookie(value: &str, age: u32, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).expect("BUG: words are header values")
}

/// On to a page that tells what was done.
pub(crate) fn to(path: &str, done: Done, settings: &Settings) -> Response {
    leading(path, done.as_str(), settings)
}

/// On to a page that tells what was done, and to what.
pub(crate) fn to_about(
    path: &str,
    done: Done,
    about: &str,
    session: &BrowserSession,
    settings: &Settings,
) -> Response {
    let about = utf8_percent_encode(&shortened(about), NON_ALPHANUMERIC).to_string();
    let value = format!("{}.{}.{about}", done.as_str(), session.proof(&about));
    leading(path, &value, settings)
}

/// A text that ends early says so, and what it isolates from the sentence around it ends with it.
fn shortened(about: &str) -> String {
    match about.char_indices().nth(ABOUT_MAX) {
        Some((end, _)) => format!("{}…\u{2069}", &about[..end]),
        None => about.to_owned(),
    }
}

fn leading(path: &str, value: &str, settings: &Settings) -> Response {
    let mut response = answer::to(path);
    let cookie = set_cookie(value, AGE_SECONDS, settings.secure_cookies());
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// Takes the cookie back once a page told what it says.
pub(crate) fn forget(response: &mut Response) {
    let cookie = set_cookie("", 0, false);
    response.headers_mut().append(header::SET_COOKIE, cookie);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_of_the_list_are_told() {
        let headers = |text: &'static str| {
            HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(text))])
        };
        let word = |headers: &HeaderMap| told(headers, None).map(|told| told.done);
        assert_eq!(
            word(&headers("a=b; done=domain-added")),
            Some(Done::DomainAdded)
        );
        assert_eq!(word(&headers("done=<b>hello</b>")), None);
        assert_eq!(word(&headers("undone=domain-added")), None);
        assert_eq!(word(&HeaderMap::new()), None);
    }

    fn session(digit: &str) -> BrowserSession {
        let cookie = format!("postscale_session={}", digit.repeat(64));
        let value = HeaderValue::from_str(&cookie).unwrap();
        BrowserSession::presented(&HeaderMap::from_iter([(header::COOKIE, value)])).unwrap()
    }

    #[test]
    fn what_it_was_done_to_is_told_to_nobody_else_and_by_nobody_else() {
        let (ours, other) = (session("a"), session("b"));
        let about = "Ana%2C%20%3C";
        let said = |proof: &str, reader: &BrowserSession| {
            let cookie = format!("done=access-revoked.{proof}.{about}");
            let value = HeaderValue::from_str(&cookie).unwrap();
            let headers = HeaderMap::from_iter([(header::COOKIE, value)]);
            told(&headers, Some(reader)).unwrap().notice().text
        };
        let proof = ours.proof(about);
        assert_eq!(
            said(&proof, &ours),
            "Taken away from Ana, <. It works no more."
        );
        let plain = "It was taken away. It works no more.";
        assert_eq!(said(&proof, &other), plain);
        assert_eq!(said("", &ours), plain);
        assert_eq!(said(&ours.csrf(), &ours), plain);
    }

    #[test]
    fn what_is_long_ends_early_and_says_so() {
        assert_eq!(shortened("Ana"), "Ana");
        let long = shortened(&"é".repeat(201));
        assert_eq!(long, format!("{}…\u{2069}", "é".repeat(200)));
    }
}

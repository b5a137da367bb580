//! The HTML of a stranger's message, made fit to be shown (security.md W3).
//!
//! What may stay is listed here; ammonia removes the rest. Nothing that stays runs, loads, submits or
//! leads anywhere: of links only their words stay, and where they lead is told apart
//! ([`SafeHtml::links`]). Pictures are those the message carries itself, by `cid:` or as `data:`. The
//! page shows the result in a sandboxed frame besides; neither line of defence relies on the other.
//!
//! Input beyond [`OCTETS_MAX`] and what takes the parser longer than [`TIME_MAX`] – its work grows
//! with the square of the attributes of an element and of the depth – is cut off.

mod policy;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    collections::HashMap,
    io::{self, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

pub(crate) use self::policy::is_picture_type;
use crate::parse;

/// Octets of HTML that are read. Long newsletters have a tenth of it.
const OCTETS_MAX: usize = 1024 * 1024;
/// How long the parser may be fed (security.md M10).
const TIME_MAX: Duration = Duration::from_secs(2);
/// Links that are told.
const LINKS_MAX: usize = 100;
/// Octets of a link that is told.
const LINK_OCTETS_MAX: usize = 2000;

/// HTML fit to be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SafeHtml {
    /// A fragment of HTML.
    pub html: String,
    /// Where its links led, in order, each once.
    pub links: Vec<String>,
    /// Whether something at its end is left out.
    pub is_cut: bool,
}

/// The HTML of a message with the pictures the message carries. Never panics.
#[must_use]
pub fn of_message(message: &[u8], html: &str) -> SafeHtml {
    clean(html, parse::pictures(message, html))
}

/// HTML by itself; pictures it names by `cid:` are missing. Never panics.
#[must_use]
pub fn of(html: &str) -> SafeHtml {
    clean(html, HashMap::new())
}

fn clean(html: &str, pictures: HashMap<String, String>) -> SafeHtml {
    let cleaned = AssertUnwindSafe(|| cleaned(html, pictures, TIME_MAX));
    catch_unwind(cleaned).unwrap_or_else(|_| {
        tracing::warn!(html.size_bytes = html.len(), "the HTML cleaner panicked");
        SafeHtml {
            is_cut: true,
            ..SafeHtml::default()
        }
    })
}

fn cleaned(html: &str, pictures: HashMap<String, String>, time: Duration) -> SafeHtml {
    let links = Links::default();
    let told = links.clone();
    let mut builder = policy::builder();
    builder.attribute_filter(
        move |element, attribute, value| match (element, attribute) {
            (_, "href") => {
                told.tell(value);
                None
            }
            ("img", "src") => picture(&pictures, value),
            (_, "style") => policy::is_plain_style(value).then_some(Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        },
    );
    let mut input = Input {
        rest: &html.as_bytes()[..html.floor_char_boundary(OCTETS_MAX)],
        until: Instant::now() + time,
    };
    let document = builder.clean_from_reader(&mut input);
    // Reading from memory does not fail.
    let html_shown = document.map_or_else(|_| String::new(), |document| document.to_string());
    SafeHtml {
        html: html_shown,
        links: links.take(),
        is_cut: html.len() > OCTETS_MAX || !input.rest.is_empty(),
    }
}

/// A picture that comes with the message.
fn picture<'v>(pictures: &HashMap<String, String>, src: &'v str) -> Option<Cow<'v, str>> {
    let src = src.trim();
    if let Some(id) = policy::content_id(src) {
        return pictures.get(id).cloned().map(Cow::Owned);
    }
    policy::is_picture(src).then_some(Cow::Borrowed(src))
}

/// Where links lead, collected while they are taken out.
#[derive(Clone, Default)]
struct Links(Arc<Mutex<Vec<String>>>);

impl Links {
    fn tell(&self, link: &str) {
        let link: String = link.chars().filter(|c| !c.is_control()).collect();
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if policy::is_link(&link)
            && link.len() <= LINK_OCTETS_MAX
            && links.len() < LINKS_MAX
            && !links.contains(&link)
        {
            links.push(link);
        }
    }
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Feeds the parser in pieces, as long as there is time.
struct Input<'h> {
    rest: &'h [u8],
    until: Instant,
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if Instant::now() >= self.until {
            return Ok(0);
        }
        self.rest.read(buffer)
    }
}

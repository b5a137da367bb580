//! The pages where more than one request makes the point: what the sweep of single requests does not
//! show.

mod access;
mod dmarc;
mod domains;
mod inbound;
mod onboarding;
mod organization;
mod rules;
mod warming;

use postscale_testkit::{Answer, Presented};

/// What a page says.
fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// The session an answer begins.
fn session(answer: &Answer) -> Presented {
    let cookies = answer.headers.get_all("set-cookie").into_iter();
    let mut cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split_once('='));
    let (_, value) = cookies.find(|(name, _)| name.ends_with("session")).unwrap();
    Presented::Session(value.split(';').next().unwrap().to_owned())
}

//! The pages where more than one request makes the point: what the sweep of single requests does not
//! show.

mod access;
mod dmarc;
mod domains;
mod inbound;
mod lists;
mod onboarding;
mod organization;
mod rules;
mod warming;

use postscale_testkit::Answer;

/// What a page says.
fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

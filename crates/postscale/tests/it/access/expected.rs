//! What the table means for an answer of the API and for a page.

use http::{Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use postscale_testkit::{Answer, TestApp};

use super::{
    matrix::{Matrix, Target},
    samples::{Sample, Side, named},
};

/// Where a page leads whoever is not signed in.
const SIGN_IN: &str = "/sign-in?return_to=";
/// What stays as it is in the address to return to.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_');

/// What the table says of this request.
pub fn of<'t>(matrix: &'t Matrix, sample: &Sample, actor: &str, target: Target) -> &'t str {
    let cell = matrix.says(&sample.actions(), sample.kind(), actor, target);
    on_side(sample, actor, target, cell)
}

/// A cell, as this side must answer it.
pub fn on_side<'t>(sample: &Sample, actor: &str, target: Target, cell: &'t str) -> &'t str {
    // No key opens a page: there it is as good as nothing.
    if sample.side() == Side::Pages && actor.starts_with("key_") && !sample.is_public() {
        return "401";
    }
    let writes_nothing = matches!(actor, "member_read" | "member_hidden");
    if sample.is_for_writers && writes_nothing {
        return "403";
    }
    let of_state = (cell == "A").then(|| sample.because_of_state(actor, target));
    of_state.flatten().unwrap_or(cell)
}

/// What is wrong with an answer, if anything is.
pub fn wrong(
    sample: &Sample,
    actor: &str,
    target: Target,
    want: &str,
    got: &Answer,
    app: &TestApp,
) -> Option<String> {
    let fits = match (sample.side(), want) {
        (Side::Api, "A") => {
            let promised = sample.route().operation.as_ref();
            got.status == promised.map_or(StatusCode::OK, |operation| operation.success)
        }
        (Side::Pages, "A") => {
            let is_done = got.status == StatusCode::SEE_OTHER && !leads_to_sign_in(got);
            got.status.is_success() || is_done
        }
        (Side::Pages, "401") if sample.method == Method::GET => {
            let path = sample.path_for(&named(app, actor, target));
            let back = format!("{SIGN_IN}{}", utf8_percent_encode(&path, KEPT));
            got.status == StatusCode::SEE_OTHER && got.location() == back && got.body.is_empty()
        }
        (_, code) => got.status.as_str() == code,
    };
    let text = String::from_utf8_lossy(&got.body);
    let (code, to) = (got.status.as_u16(), got.location());
    (!fits).then(|| format!("want {want}, got {code} {to} {}", beginning(&text)))
}

/// Enough of a body to see what was answered.
pub fn beginning(body: &str) -> String {
    body.chars().take(300).collect()
}

/// Whether an answer sends the browser to sign in and back.
pub fn leads_to_sign_in(answer: &Answer) -> bool {
    answer.status == StatusCode::SEE_OTHER && answer.location().starts_with(SIGN_IN)
}

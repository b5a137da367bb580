//! Pages without a signed-in person around them.

use postscale_dashboard::views::forward_target::ForwardTargetPage;
use std::collections::BTreeMap;

use postscale_dashboard::ui::Notice;
use postscale_dashboard::views::founding::{FoundingEntry, FoundingPage, SignupCodePage};
use postscale_dashboard::views::problems::{FailedPage, ForbiddenPage, NotFoundPage, RefusedPage};
use postscale_dashboard::views::sign_in::SignInPage;

use super::Samples;

pub fn add(samples: &mut Samples) {
    let sign_in = |email: &str| SignInPage::new("0f1e".to_owned(), "/domains".to_owned(), email);
    samples.add("sign_in", &sign_in(""));
    samples.add(
        "sign_in_failed",
        &sign_in("olivia@acme.example").failed("E-mail or password is not right."),
    );
    samples.add("sign_in_open", &sign_in("").may_sign_up(true));
    let entry = FoundingEntry {
        organization: "Acme & <Sons>".to_owned(),
        name: "Olivia Owner".to_owned(),
        email: "olivia".to_owned(),
    };
    let nothing = FoundingEntry::default();
    samples.add(
        "setup",
        &FoundingPage::setup("0f1e".to_owned(), "0f1e2d", &nothing),
    );
    samples.add(
        "signup",
        &FoundingPage::sign_up("0f1e".to_owned(), &nothing),
    );
    let problems = BTreeMap::from([("email", "Must be an e-mail address.".to_owned())]);
    let refused = FoundingPage::sign_up("0f1e".to_owned(), &entry)
        .refused(problems, Some(Notice::failed("Something else.")));
    samples.add("signup_refused", &refused);
    let code =
        |problem| SignupCodePage::new("0f1e".to_owned(), "olivia@acme.example".to_owned(), problem);
    samples.add("signup_code", &code(None));
    let wrong = "Is wrong or has expired.".to_owned();
    samples.add("signup_code_wrong", &code(Some(wrong)));
    let target = |confirmed| ForwardTargetPage {
        csrf: "0f1e".to_owned(),
        token: "0f1e2d".to_owned(),
        address: "ana@example.org".to_owned(),
        organization: "Acme & <Sons>".to_owned(),
        confirmed,
    };
    samples.add("forward_target", &target(false));
    samples.add("forward_target_agreed", &target(true));
    samples.add("not_found", &NotFoundPage);
    samples.add("forbidden", &ForbiddenPage);
    let message = "The form was too old to be accepted.".to_owned();
    samples.add("refused", &RefusedPage { message });
    samples.add(
        "failed",
        &FailedPage {
            request_id: "0195a000f1e2d3c4".to_owned(),
        },
    );
}

//! Pages without a signed-in person around them.

use postscale_dashboard::views::forward_target::ForwardTargetPage;
use std::collections::BTreeMap;

use postscale_dashboard::ui::Notice;
use postscale_dashboard::views::api_reference::{
    ApiReferencePage, FieldView, OperationGroup, OperationView,
};
use postscale_dashboard::views::founding::{FoundingEntry, FoundingPage, SignupCodePage};
use postscale_dashboard::views::password_reset::{
    ForgotPasswordPage, LinkSentPage, ResetPasswordPage,
};
use postscale_dashboard::views::problems::{FailedPage, ForbiddenPage, NotFoundPage, RefusedPage};
use postscale_dashboard::views::sign_in::{ReauthenticatePage, SignInCodePage, SignInPage};

use super::Samples;

pub fn add(samples: &mut Samples) {
    let sign_in = |email: &str| SignInPage::new("0f1e".to_owned(), "/domains".to_owned(), email);
    samples.add("sign_in", &sign_in(""));
    samples.add(
        "sign_in_failed",
        &sign_in("olivia@acme.example").failed("E-mail or password is not right."),
    );
    samples.add("sign_in_open", &sign_in("").may_sign_up(true));
    add_codes_and_links(samples);
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
    samples.add("api_reference", &reference());
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

fn reference() -> ApiReferencePage {
    let field = |name: &str, kind: &str, presence| FieldView {
        name: name.to_owned(),
        kind: kind.to_owned(),
        presence,
        meaning: "What it <means>.".to_owned(),
    };
    let operation = |id: &str, method: &str, is_public| OperationView {
        id: id.to_owned(),
        method: method.to_owned(),
        path: "/v1/domains/{domain}".to_owned(),
        summary: "Do something to a domain".to_owned(),
        actions: vec![
            "domain.read".to_owned(),
            "domain.settings.update".to_owned(),
        ],
        is_public,
        parameters: vec![field("domain", "in the path", "required")],
        request: vec![
            field("type", "string or null", ""),
            field(super::LONG, "boolean", ""),
        ],
        status: "200".to_owned(),
        response: vec![field("domains[].id", "string", "required")],
        other_response: None,
    };
    let removal = OperationView {
        request: Vec::new(),
        response: Vec::new(),
        status: "204".to_owned(),
        other_response: Some("nothing is answered"),
        ..operation("delete_domains_domain", "DELETE", false)
    };
    ApiReferencePage {
        version: "1.2.3".to_owned(),
        groups: vec![
            OperationGroup {
                name: "auth".to_owned(),
                operations: vec![operation("post_auth", "POST", true)],
            },
            OperationGroup {
                name: "domains".to_owned(),
                operations: vec![operation("get_domains", "GET", false), removal],
            },
        ],
    }
}

fn add_codes_and_links(samples: &mut Samples) {
    let csrf = || "0f1e".to_owned();
    let code = || SignInCodePage::new(csrf(), "/domains".to_owned(), "5ea1ed".to_owned());
    samples.add("sign_in_code", &code());
    let wrong = code().failed("The code is wrong or was used before.");
    samples.add("sign_in_code_failed", &wrong);
    let (next, email) = ("/account".to_owned(), "olivia@acme.example".to_owned());
    let again = ReauthenticatePage::new(csrf(), next, email.clone(), None).with_code();
    samples.add("reauthenticate_with_code", &again);
    let problem = Some("Must be an e-mail address.".to_owned());
    let forgot = ForgotPasswordPage::new(csrf(), "olivia", problem);
    samples.add("forgot_password", &forgot);
    samples.add("link_sent", &LinkSentPage { email });
    let reset = ResetPasswordPage::new(csrf(), "0f1e2d".to_owned(), None);
    samples.add("reset_password", &reset);
}

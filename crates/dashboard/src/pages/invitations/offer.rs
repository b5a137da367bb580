//! `/invitations/{token}`: what the holder of a link does. Looking changes nothing, because mail
//! scanners look too; every dead link is an address like any that never existed.

use axum::{extract::State, http::StatusCode};
use postscale_access::Late;
use postscale_actions::{
    App, Error, Rule,
    invitations::{self, Acceptance, Accepted, Link, Next, Verification},
};
use postscale_model::Role;
use postscale_web::{
    BrowserSession, FormBody, FromBrowser, Name, Peer, Problem, RequestCaller, Web, let_in,
};

use crate::{
    answer::{self, Answer, shown},
    done::{self, Done},
    refusal::Refusal,
    segments::TokenSegment,
    views::invitations::{InvitationCodePage, Offer, OfferPage, OfferStep},
};

/// The session of whoever looks, who need not have one.
type Session = Result<BrowserSession, Problem>;

const HOME: &str = "/domains";

fn csrf(session: Session) -> String {
    session.map(|session| session.csrf()).unwrap_or_default()
}

fn offer(link: &Link, token: &str) -> Offer {
    Offer {
        token: token.to_owned(),
        organization: link.organization.clone(),
        inviter: link.inviter.clone(),
        email: link.email.to_string(),
        role: match link.role {
            Role::Owner => "an owner",
            Role::Admin => "an admin",
            Role::Member => "a member",
        },
        expires_at: link.expires_at.into(),
    }
}

fn step(next: Next) -> OfferStep {
    match next {
        Next::Register => OfferStep::register("", (None, None)),
        Next::SignIn => OfferStep::SignIn,
        Next::Join => OfferStep::Join,
        Next::OtherAccount(email) => OfferStep::OtherAccount(email.to_string()),
    }
}

pub(super) async fn look(
    State(app): State<App>,
    RequestCaller(caller): RequestCaller,
    session: Session,
    token: Name<TokenSegment>,
) -> Answer {
    let link = invitations::read_link(&app, &caller, &token.text).await?;
    shown(&OfferPage {
        csrf: csrf(session),
        offer: offer(&link, &token.text),
        step: step(link.next),
        notice: None,
    })
}

pub(super) async fn accept(
    State(Web { app, settings }): State<Web>,
    Peer(ip): Peer,
    RequestCaller(caller): RequestCaller,
    (session, token): (Session, Name<TokenSegment>),
    form: FormBody,
) -> Answer {
    let token = token.text;
    let link = invitations::read_link(&app, &caller, &token).await?;
    let name = form.text("name").unwrap_or_default().to_owned();
    let given = form.text("name").and_then(|name| {
        Ok(Acceptance {
            token: token.clone(),
            name: name.to_owned(),
            password: form.verbatim("password")?.to_owned(),
        })
    });
    match invitations::accept(&app, &caller, Late::new(given), ip).await {
        Ok(Accepted::Joined(_)) => Ok(done::to(HOME, Done::Joined, &settings)),
        Ok(Accepted::CodeMailed { .. }) => {
            let page = InvitationCodePage::new(csrf(session), offer(&link, &token), None);
            shown(&page)
        }
        // Somebody signed in or out meanwhile: the page says how to go on.
        Err(Error::Rule(Rule::SignInRequired | Rule::WrongAccount)) => {
            Ok(answer::to(&format!("/invitations/{token}")))
        }
        Err(error) => {
            let mut refusal = Refusal::of(error, |_| None)?;
            let problems = (refusal.take("name"), refusal.take("password"));
            let page = OfferPage {
                csrf: csrf(session),
                offer: offer(&link, &token),
                step: OfferStep::register(&name, problems),
                notice: refusal.rest(),
            };
            answer::page(StatusCode::BAD_REQUEST, &page)
        }
    }
}

pub(super) async fn verify(
    State(Web { app, settings }): State<Web>,
    browser: FromBrowser,
    RequestCaller(caller): RequestCaller,
    (session, token): (Session, Name<TokenSegment>),
    form: FormBody,
) -> Answer {
    let token = token.text;
    let link = invitations::read_link(&app, &caller, &token).await?;
    let given = form.text("code").map(|code| Verification {
        token: token.clone(),
        code: code.to_owned(),
    });
    let given = Late::new(given);
    let verified = invitations::verify_email(&app, &caller, given, &browser.get()).await;
    match verified.map(|verified| verified.signed_in) {
        Ok(Some(signed_in)) => {
            let mut response = done::to(HOME, Done::Joined, &settings);
            let_in(&mut response, &settings, &signed_in);
            Ok(response)
        }
        // The login has a second factor, which is asked for there.
        Ok(None) => Ok(answer::to("/sign-in")),
        Err(error) => {
            let mut refusal = Refusal::of(error, |_| None)?;
            let problem = refusal.take("code");
            let page = InvitationCodePage::new(csrf(session), offer(&link, &token), problem);
            answer::page(StatusCode::BAD_REQUEST, &page)
        }
    }
}

//! A signed-in person's request for a page, and what surrounds the page.

use axum::{
    extract::{FromRef as _, FromRequestParts},
    http::{Method, request::Parts},
    response::Response,
};
use postscale_access::Caller;
use postscale_actions::{
    App,
    me::{self, Me},
};
use postscale_model::{DomainId, Level, Role};
use postscale_web::{BrowserSession, Problem, RequestCaller, Settings, Web};

use crate::{
    done::{self, Done, Told},
    pages::unicode,
    ui::{Choice, OrganizationChoice, Section, Shell, Theme},
    views::words::{Reach, role_label},
};

/// The cookie the theme is kept in; the script writes it too.
pub(crate) const THEME_COOKIE: &str = "theme";

/// The mail catcher exists: put into each request by the router of `dev`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HasCaughtMail;

/// A signed-in person's request. Whether the session is a good one, the use cases decide.
pub(crate) struct Visit {
    /// The use cases' world.
    pub app: App,
    /// The web layer's settings.
    pub settings: Settings,
    /// Who asks.
    pub caller: Caller,
    /// Proof against forged posts.
    pub csrf: String,
    session: BrowserSession,
    theme: Theme,
    path: String,
    done: Option<Told>,
    has_caught_mail: bool,
}

/// A visit whose reader is known.
pub(crate) struct Reader {
    /// Who reads and what they reach.
    pub me: Me,
    /// What surrounds the page.
    pub shell: Shell,
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let RequestCaller(caller) = RequestCaller::from_request_parts(parts, web).await?;
        let session = BrowserSession::from_request_parts(parts, web).await?;
        let theme = done::cookie(&parts.headers, THEME_COOKIE).unwrap_or_default();
        let path = match parts.method {
            Method::GET => parts.uri.path_and_query().map(|path| path.as_str()),
            _ => None,
        };
        Ok(Self {
            app: App::from_ref(web),
            settings: Settings::from_ref(web),
            caller,
            csrf: session.csrf(),
            done: done::told(&parts.headers, Some(&session)),
            session,
            theme: Theme::from_cookie(theme),
            path: path.unwrap_or("/").to_owned(),
            has_caught_mail: parts.extensions.get::<HasCaughtMail>().is_some(),
        })
    }
}

impl Visit {
    /// On to a page that tells what was done, and to what.
    pub(crate) fn told_about(&self, path: &str, done: Done, about: &str) -> Response {
        done::to_about(path, done, about, &self.session, &self.settings)
    }

    /// Who reads, and what surrounds a page of that room.
    ///
    /// # Errors
    /// [`Problem`] without a good session.
    pub(crate) async fn reader(&self, section: Section) -> Result<Reader, Problem> {
        let me = me::get(&self.app, &self.caller).await?;
        let others = me.memberships.iter();
        let others = others.filter(|membership| membership.organization.id != me.organization.id);
        let shell = Shell {
            section,
            organization: me.organization.name.clone(),
            other_organizations: others
                .map(|membership| OrganizationChoice {
                    id: membership.organization.id.to_string(),
                    name: membership.organization.name.clone(),
                })
                .collect(),
            person: me.user.name.clone(),
            email: me.user.email.to_string(),
            role: role_label(me.user.role),
            is_manager: me.actor.is_manager(),
            is_owner: me.user.role == Role::Owner,
            csrf: self.csrf.clone(),
            theme: self.theme,
            path: self.path.clone(),
            has_caught_mail: self.has_caught_mail,
            notice: self.done.clone().map(Told::notice),
        };
        Ok(Reader { me, shell })
    }
}

impl Reader {
    /// What the reader may do on a domain, for showing it.
    pub(crate) fn reach(&self, domain: DomainId) -> Reach {
        if self.me.actor.is_manager() {
            return Reach::Everything;
        }
        let access = self
            .me
            .domains
            .iter()
            .find(|access| access.domain_id == domain);
        Reach::Member(access.map_or(Level::Read, |access| access.level))
    }

    /// Whether there is any domain the reader may write.
    pub(crate) fn may_write_some(&self) -> bool {
        self.me
            .domains
            .iter()
            .any(|access| access.level == Level::Write)
    }

    /// The domains the reader may write, to choose from.
    pub(crate) fn writable(&self) -> Vec<Choice> {
        let writable = self
            .me
            .domains
            .iter()
            .filter(|access| access.level == Level::Write);
        writable
            .map(|access| Choice::new(access.domain_id.to_string(), unicode(&access.domain)))
            .collect()
    }

    /// The domains the reader sees, to choose from.
    pub(crate) fn visible(&self) -> Vec<Choice> {
        let domains = self.me.domains.iter();
        domains
            .map(|access| Choice::new(access.domain_id.to_string(), unicode(&access.domain)))
            .collect()
    }
}

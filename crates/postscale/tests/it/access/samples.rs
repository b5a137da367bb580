//! A valid request for every route, as a function of whose object it names. A route that needs
//! nothing but the ids in its path is one line in [`api`] or in [`pages`], such as
//! `get("/v1/domains/{id}"),`. What else may be said of it is a method of [`Sample`].

mod api;
mod pages;

use std::sync::LazyLock;

use http::Method;
use postscale_testkit::{Objects, Request, TestApp};
use postscale_web::{Route, Surface};
use serde_json::{Value, json};

use super::matrix::{Kind, Target};

/// An id nothing has.
const ABSENT: &str = "5f0c4f5e-7d0a-4c3e-9b43-aaaaaaaaaaaa";
/// What is no id; it reaches the handler with a NUL in it.
const MALFORMED: &str = "%00no-id";

/// What is asked for when every record of a domain is verified.
pub const VERIFY: [&str; 6] = [
    "domain.verify.ownership",
    "domain.verify.mx",
    "domain.verify.spf",
    "domain.verify.dkim",
    "domain.verify.dmarc",
    "domain.verify.return_path",
];

/// Which half of the product a route belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `/v1`.
    Api,
    /// The dashboard, and the pages that are open to everybody.
    Pages,
}

impl Side {
    /// Every route of it.
    pub fn routes(self) -> &'static [Route] {
        static API: LazyLock<Vec<Route>> =
            LazyLock::new(|| postscale_api::routes().list().to_vec());
        static PAGES: LazyLock<Vec<Route>> =
            LazyLock::new(|| postscale_dashboard::routes().list().to_vec());
        match self {
            Self::Api => &API,
            Self::Pages => &PAGES,
        }
    }

    /// A sample of every route of it.
    pub fn samples(self) -> Vec<Sample> {
        match self {
            Self::Api => api::all(),
            Self::Pages => pages::all(),
        }
    }

    /// Where its samples are written.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Api => "crates/postscale/tests/it/access/samples/api.rs",
            Self::Pages => "crates/postscale/tests/it/access/samples/pages.rs",
        }
    }
}

/// What a sample may name: the object, and who asks.
pub struct Named {
    /// Ids to put in.
    pub objects: Objects,
    /// A user's id.
    pub user: String,
    /// A session: one's own for [`Target::Shared`].
    pub session: String,
    /// The organization of who asks.
    pub organization: String,
    /// Its name.
    pub organization_name: &'static str,
}

/// A request that is valid when its object is visible and writable.
pub struct Sample {
    pub method: Method,
    /// The template, as the route table has it.
    pub path: &'static str,
    asked: &'static [&'static str],
    proven: &'static [&'static str],
    body: Option<fn(&Named) -> Value>,
    /// A file that is sent instead.
    file: Option<fn(&Named) -> String>,
    /// What it names, where the path does not tell.
    names: Option<Kind>,
    /// What follows the path.
    query: Option<fn(&Named) -> String>,
    because_of_state: Option<fn(&str, Target) -> Option<&'static str>>,
    /// Whether who may write no domain is refused, though no domain is named.
    pub is_for_writers: bool,
}

const fn new(method: Method, path: &'static str) -> Sample {
    Sample {
        method,
        path,
        asked: &[],
        proven: &[],
        body: None,
        file: None,
        names: None,
        query: None,
        because_of_state: None,
        is_for_writers: false,
    }
}
/// `GET`.
pub const fn get(path: &'static str) -> Sample {
    new(Method::GET, path)
}
/// `POST`.
pub const fn post(path: &'static str) -> Sample {
    new(Method::POST, path)
}
/// `PUT`.
pub const fn put(path: &'static str) -> Sample {
    new(Method::PUT, path)
}
/// `PATCH`.
pub const fn patch(path: &'static str) -> Sample {
    new(Method::PATCH, path)
}
/// `DELETE`.
pub const fn delete(path: &'static str) -> Sample {
    new(Method::DELETE, path)
}

/// A DMARC report about a domain.
fn report_naming(named: &Named) -> String {
    format!(
        "<feedback><report_metadata><org_name>Reporter</org_name><report_id>sample</report_id>\
         <date_range><begin>1772323200</begin><end>1772409599</end></date_range></report_metadata>\
         <policy_published><domain>{}</domain><p>none</p></policy_published></feedback>",
        named.objects.name
    )
}

impl Sample {
    /// Carries JSON, or the fields of a form, which names no object.
    fn body(mut self, body: fn(&Named) -> Value) -> Self {
        self.body = Some(body);
        self
    }
    /// Carries a body that names a domain.
    fn naming(mut self, body: fn(&Named) -> Value) -> Self {
        self.names = Some(Kind::OfDomain);
        self.body(body)
    }
    /// Carries a file that names a domain.
    fn file_naming(mut self, file: fn(&Named) -> String) -> Self {
        self.names = Some(Kind::OfDomain);
        self.file = Some(file);
        self
    }
    /// Carries a body that names a user.
    fn naming_user(mut self, body: fn(&Named) -> Value) -> Self {
        self.names = Some(Kind::User);
        self.body(body)
    }
    /// Names something of the organization as a whole, or of the one it belongs to.
    fn naming_ours(mut self) -> Self {
        self.names = Some(Kind::OfOrganization);
        self
    }
    /// Names a key in its body.
    fn naming_key(mut self) -> Self {
        self.names = Some(Kind::Key);
        self
    }
    /// Asks with these parameters.
    fn with_query(mut self, query: fn(&Named) -> String) -> Self {
        self.query = Some(query);
        self
    }
    /// Names the token of an invitation's link.
    fn naming_link(mut self) -> Self {
        self.names = Some(Kind::ForEverybody);
        self
    }
    /// Answered so by the state the world is in, where the table allows it.
    fn answering(mut self, answer: fn(&str, Target) -> Option<&'static str>) -> Self {
        self.because_of_state = Some(answer);
        self
    }
    /// Actions the gate is asked for, in that order, where they are not the first declared one.
    fn asking(mut self, actions: &'static [&'static str]) -> Self {
        self.asked = actions;
        self
    }
    /// Actions whose cells the answers show, where they are not the last one asked for.
    fn proving(mut self, actions: &'static [&'static str]) -> Self {
        self.proven = actions;
        self
    }
    /// Refused to those who may write no domain, though no domain is named.
    fn for_writers(mut self) -> Self {
        self.is_for_writers = true;
        self
    }

    /// What is sent with it.
    pub fn body_for(&self, named: &Named) -> Option<Value> {
        self.body.map(|body| body(named))
    }

    /// Whether something is sent with it.
    pub const fn takes_a_body(&self) -> bool {
        self.body.is_some()
    }

    /// Whether a body that is sent with it is read, if only to see that it says nothing.
    pub fn reads_a_body(&self) -> bool {
        let says_nothing = self.method == Method::POST && self.file.is_none();
        self.takes_a_body() || says_nothing
    }

    /// What the state of the world makes of a call the table allows.
    pub fn because_of_state(&self, actor: &str, target: Target) -> Option<&'static str> {
        self.because_of_state
            .and_then(|answer| answer(actor, target))
    }

    /// Which half of the product this is about.
    pub fn side(&self) -> Side {
        if self.path.starts_with("/v1/") {
            Side::Api
        } else {
            Side::Pages
        }
    }

    /// Its route.
    pub fn route(&self) -> &'static Route {
        let mut routes = self.side().routes().iter();
        let found = routes.find(|route| route.method == self.method && route.path == self.path);
        found.unwrap_or_else(|| panic!("no route {} {}", self.method, self.path))
    }

    /// Whether everybody may, signed in or not.
    pub fn is_public(&self) -> bool {
        self.route().surface == Surface::Public
    }

    /// The actions of the table it is decided by.
    pub fn actions(&self) -> Vec<&'static str> {
        if self.asked.is_empty() {
            vec![self.route().actions[0].name()]
        } else {
            self.asked.to_vec()
        }
    }

    /// The actions whose cells its answers show.
    pub fn proves(&self) -> Vec<&'static str> {
        if self.proven.is_empty() {
            self.actions().last().copied().into_iter().collect()
        } else {
            self.proven.to_vec()
        }
    }

    /// What it names.
    pub fn kind(&self) -> Kind {
        if let Some(kind) = self.names {
            return kind;
        }
        if !self.path.contains('{') {
            return Kind::Nothing;
        }
        match self.noun() {
            "api-keys" => Kind::Key,
            "me" | "account" => Kind::OwnSession,
            "users" => Kind::User,
            "invitations" | "shield" => Kind::OfOrganization,
            "assets" | "forward-targets" | "guest" | "setup" => Kind::ForEverybody,
            _ => Kind::OfDomain,
        }
    }

    /// The first segment after the side's own.
    fn noun(&self) -> &'static str {
        let prefixes = ["/v1", "/team"].iter();
        let mut inside = prefixes.filter_map(|prefix| self.path.strip_prefix(prefix));
        let path = inside.next().unwrap_or(self.path);
        path.split('/').nth(1).unwrap_or_default()
    }

    /// The path with the ids put in.
    pub fn path_for(&self, named: &Named) -> String {
        let objects = &named.objects;
        let id = match self.noun() {
            "domains" => &objects.domain,
            "emails" => &objects.email,
            "aliases" => &objects.alias,
            "shield" => &objects.shield_alias,
            "inbound-emails" | "inbound" => &objects.inbound,
            "webhooks" => &objects.webhook,
            "api-keys" => &objects.api_key,
            "me" | "account" => &named.session,
            "users" => &named.user,
            "invitations" if self.names.is_some() => &objects.invitation_token,
            "invitations" => &objects.invitation,
            noun if self.path.contains("{id}") => {
                panic!("say in Sample::path_for which {{id}} /{noun} has")
            }
            _ => "",
        };
        let token = match self.noun() {
            "invitations" => &objects.invitation_token,
            "guest" => &objects.guest_token,
            _ => &objects.consent,
        };
        let query = self.query.map(|query| query(named));
        self.path
            .replace("{link}", &objects.guest_link)
            .replace("{domain}", &objects.domain)
            .replace("{rule}", &objects.rule)
            .replace("{report}", &objects.report)
            .replace("{selector}", &objects.selector)
            .replace("{attachment}", &objects.attachment)
            .replace("{contact}", &objects.contact)
            .replace("{delivery}", &objects.delivery)
            .replace("{token}", token)
            .replace("{name}", &named.asset())
            .replace("{id}", id)
            + &query.map_or_else(String::new, |query| format!("?{query}"))
    }

    /// The request, as that actor.
    pub fn request(&self, app: &TestApp, actor: &str, target: Target) -> Request {
        self.request_naming(app, actor, &named(app, actor, target))
    }

    /// The request about anything.
    pub fn request_naming(&self, app: &TestApp, actor: &str, named: &Named) -> Request {
        let request = app
            .as_(actor)
            .request(self.method.clone(), &self.path_for(named));
        let is_form = self.side() == Side::Pages && self.method != Method::GET;
        if let Some(file) = self.file {
            let file = file(named);
            return match self.side() {
                Side::Api => request.body("application/xml", file),
                Side::Pages => {
                    let fields = json!({"domain": named.objects.domain});
                    request.upload(&fields, ("report", file.as_bytes()))
                }
            };
        }
        match self.body_for(named) {
            fields if is_form => request.form(&fields.unwrap_or_default()),
            Some(body) => request.json(&body),
            None => request,
        }
    }
}

impl Named {
    fn asset(&self) -> String {
        match self.objects.domain.as_str() {
            nothing @ (ABSENT | MALFORMED) => nothing.to_owned(),
            _ => "app.css".to_owned(),
        }
    }
}

/// The objects a request names.
pub fn named(app: &TestApp, actor: &str, target: Target) -> Named {
    let world = app.world();
    let session = |somebody: &str| world.seat(somebody).session.map(|id| id.to_string());
    let (objects, session) = match target {
        Target::Closed => (world.closed.clone(), session("bereft")),
        Target::Foreign => (world.foreign.clone(), session("downgraded")),
        Target::Absent => (nowhere(ABSENT, "absent.example"), Some(ABSENT.to_owned())),
        Target::Malformed => (
            nowhere(MALFORMED, "nothing.example"),
            Some(MALFORMED.to_owned()),
        ),
        Target::Shared | Target::Owner | Target::Admin | Target::Member => {
            (world.shared.clone(), session(actor))
        }
    };
    let user = |somebody: &str| world.seat(somebody).user.to_string();
    Named {
        user: match target {
            Target::Owner => user("second_owner"),
            Target::Admin => user("second_admin"),
            Target::Shared | Target::Closed | Target::Member => user("bereft"),
            Target::Foreign => user("their_member"),
            Target::Absent | Target::Malformed => objects.domain.clone(),
        },
        objects,
        // Keys have no session; any id will do, since a session is asked for first.
        session: session.unwrap_or_else(|| ABSENT.to_owned()),
        organization: world.seat(actor).organization.to_string(),
        organization_name: match actor {
            "other_org_owner" => "Umbrella",
            _ => "Acme",
        },
    }
}

fn nowhere(id: &str, name: &str) -> Objects {
    let id = id.to_owned();
    Objects {
        domain: id.clone(),
        name: name.to_owned(),
        selector: "s1".to_owned(),
        email: id.clone(),
        inbound: id.clone(),
        attachment: id.clone(),
        alias: id.clone(),
        rule: id.clone(),
        contact: id.clone(),
        shield_alias: id.clone(),
        report: id.clone(),
        webhook: id.clone(),
        delivery: id.clone(),
        guest_link: id.clone(),
        guest_token: id.clone(),
        consent: id.clone(),
        invitation: id.clone(),
        invitation_token: id.clone(),
        api_key: id,
    }
}

/// Every sample of both sides.
pub fn all() -> Vec<Sample> {
    let mut all = Side::Api.samples();
    all.extend(Side::Pages.samples());
    all
}

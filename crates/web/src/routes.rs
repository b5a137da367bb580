//! Routes that cannot be registered without an action, and that remember themselves.

use std::{collections::BTreeMap, pin::Pin, sync::Arc};

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on, options},
};
use postscale_access::{Action, Class};
use utoipa::openapi::{RefOr, schema::Schema};

use crate::{Problem, caller::Declared, renewal};

/// Who a route is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// The JSON API.
    Api,
    /// The dashboard.
    Dashboard,
    /// Open to everybody.
    Public,
}

impl Surface {
    /// The word the `routes` command prints.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Dashboard => "dashboard",
            Self::Public => "public",
        }
    }
}

/// How a body looks, for the API reference.
#[derive(Clone)]
pub enum Body {
    /// None.
    Empty,
    /// JSON of that schema.
    Json(Box<RefOr<Schema>>),
    /// Bytes of any type.
    Bytes,
}

/// What the API reference says of a route.
#[derive(Clone)]
pub struct Operation {
    /// One sentence.
    pub summary: &'static str,
    /// Status of success.
    pub success: StatusCode,
    /// What is sent.
    pub request: Body,
    /// What is answered.
    pub response: Body,
    /// What the schemas of both refer to, by name.
    pub schemas: Vec<(String, RefOr<Schema>)>,
    /// Query parameters: name and meaning.
    pub query: &'static [(&'static str, &'static str)],
}

/// One route.
#[derive(Clone)]
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path template.
    pub path: &'static str,
    /// Every action a request to it may ask the gate for; the first one names it.
    pub actions: Arc<[Action]>,
    /// For whom.
    pub surface: Surface,
    /// For the API reference.
    pub operation: Option<Operation>,
}

/// A router under construction. The only way to add a route is with its actions.
pub struct Routes<S> {
    surface: Surface,
    methods: BTreeMap<&'static str, MethodRouter<S>>,
    list: Vec<Route>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes yet.
    #[must_use]
    pub fn new(surface: Surface) -> Self {
        Self {
            surface,
            methods: BTreeMap::new(),
            list: Vec::new(),
        }
    }

    /// Adds a route.
    ///
    /// # Panics
    /// When no action is given, or the method cannot be routed: a bug found at the first start.
    #[must_use]
    pub fn route<H, T>(
        self,
        method: Method,
        path: &'static str,
        actions: &[Action],
        handler: H,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let actions = declared(&method, path, actions);
        let route = on(filter(&method), Guarded::new(handler, &actions));
        self.add(method, path, actions, route, None)
    }

    /// Adds a route with what the API reference says of it.
    ///
    /// # Panics
    /// As [`Routes::route`].
    #[must_use]
    pub fn operation<H, T>(
        self,
        method: Method,
        path: &'static str,
        actions: &[Action],
        handler: H,
        operation: Operation,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let actions = declared(&method, path, actions);
        let route = on(filter(&method), Guarded::new(handler, &actions));
        self.add(method, path, actions, route, Some(operation))
    }

    /// Everything about a route that does not depend on its handler's type, and is therefore not
    /// compiled anew for each.
    fn add(
        mut self,
        method: Method,
        path: &'static str,
        actions: Arc<[Action]>,
        route: MethodRouter<S>,
        operation: Option<Operation>,
    ) -> Self {
        let known = self.methods.remove(path);
        let merged = known.unwrap_or_default().merge(route);
        self.methods.insert(path, merged);
        self.list.push(Route {
            method,
            path,
            actions,
            surface: self.surface,
            operation,
        });
        self
    }

    /// Joins the routes of another group, which keeps its surface.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (path, methods) in other.methods {
            let known = self.methods.remove(path);
            let merged = known.unwrap_or_default().merge(methods);
            self.methods.insert(path, merged);
        }
        self.list.extend(other.list);
        self
    }

    /// Every route, in the order they were added.
    #[must_use]
    pub fn list(&self) -> &[Route] {
        &self.list
    }

    /// The router. What no template matches is the constant 404, an unsupported method the
    /// constant 405, and OPTIONS lists a template's methods for any id.
    pub fn into_router(self) -> Router<S> {
        let mut router = Router::new();
        for (path, methods) in self.methods {
            let listed = allowed(&self.list, path);
            let allow = listed.clone();
            let known = move || std::future::ready(options_answer(allow.clone()));
            let unknown = move || {
                std::future::ready((
                    [(header::ALLOW, listed.clone())],
                    Problem::method_not_allowed(),
                ))
            };
            let methods = methods.merge(options(known)).fallback(unknown);
            router = router.route(path, methods);
        }
        router.fallback(|| async { Problem::not_found() })
    }
}

fn filter(method: &Method) -> MethodFilter {
    MethodFilter::try_from(method.clone()).expect("BUG: a routable method")
}

fn declared(method: &Method, path: &str, actions: &[Action]) -> Arc<[Action]> {
    assert!(
        !actions.is_empty(),
        "BUG: {method} {path} declares no action"
    );
    actions.into()
}

/// A handler with its guard.
#[derive(Clone)]
struct Guarded<H> {
    handler: H,
    actions: Arc<[Action]>,
}

impl<H> Guarded<H> {
    fn new(handler: H, actions: &Arc<[Action]>) -> Self {
        let actions = Arc::clone(actions);
        Self { handler, actions }
    }
}

impl<H: Handler<T, S>, T, S> Handler<T, S> for Guarded<H> {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        let guard = Guard::before(self.actions, &mut request);
        Box::pin(guard.after(self.handler.call(request, state)))
    }
}

/// Hands the route's actions to its handler and checks afterwards that the gate was asked: a
/// successful answer nobody decided about is a bug of ours, never an answer.
///
/// A session whose person was promoted meanwhile gets another token on the way out.
struct Guard {
    declared: Declared,
    /// What is looked at, if nothing is asked to change.
    view: Option<Uri>,
}

impl Guard {
    fn before(actions: Arc<[Action]>, request: &mut Request) -> Self {
        let declared = Declared::new(actions);
        request.extensions_mut().insert(declared.clone());
        let view = (request.method() == Method::GET).then(|| request.uri().clone());
        Self { declared, view }
    }

    async fn after(self, answer: impl Future<Output = Response>) -> Response {
        let response = answer.await;
        if response.status().is_success() && !self.is_public() && !self.declared.was_decided() {
            return Problem::internal("a handler answered without a decision").into_response();
        }
        match (self.declared.given(), &self.view) {
            (Some(given), Some(uri))
                if given.caller.is_renewal_due() && !is_refusal(response.status()) =>
            {
                renewal::renewed(given, uri, response).await
            }
            _ => response,
        }
    }

    fn is_public(&self) -> bool {
        let mut actions = self.declared.actions().iter();
        actions.all(|action| action.class() == Class::Public)
    }
}

fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

fn allowed(list: &[Route], path: &str) -> HeaderValue {
    let mut methods: Vec<&str> = list
        .iter()
        .filter(|route| route.path == path)
        .map(|route| route.method.as_str())
        .collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    HeaderValue::from_str(&methods.join(", ")).expect("BUG: method names are header values")
}

fn options_answer(allow: HeaderValue) -> Response {
    (StatusCode::NO_CONTENT, [(header::ALLOW, allow)]).into_response()
}

//! The server-rendered pages, their forms and their templates.
//!
//! Four layers: `ui` is the small design system (components that render themselves), `views`
//! are the pages as plain data, `assets` is what the browser loads besides, `pages` are the
//! handlers: they call the use cases the API calls and turn the answers into views. A view holds
//! texts that are ready to be shown and says by `Option` and flags what its reader may do: a form
//! that is absent is a right that is absent, so that no page carries a dead button.
//!
//! Nothing here decides who may do what, and nothing here talks to the database.
//!
//! Every page is made for a strict content security policy: no inline script, no inline style,
//! no event handler attribute, nothing from another origin.
#![warn(missing_docs)]

mod answer;
pub mod assets;
mod done;
mod pages;
mod problems;
mod reference;
mod refusal;
mod segments;
pub mod ui;
pub mod views;
mod visit;

pub use pages::{ApiReference, CaughtMail, CaughtMailSource, caught_mail_routes, routes};

use axum::{Extension, Router, middleware};
use postscale_web::{Routes, Web};

/// The dashboard's router.
pub fn router() -> Router<Web> {
    rendered(routes())
}

/// The dashboard's router with the mail catcher of `dev` and its other routes.
pub fn dev_router(caught: impl CaughtMailSource, others: Routes<Web>) -> Router<Web> {
    let routes = routes().merge(caught_mail_routes(caught)).merge(others);
    rendered(routes).layer(Extension(visit::HasCaughtMail))
}

fn rendered(routes: Routes<Web>) -> Router<Web> {
    let pages = routes.into_router();
    pages.layer(middleware::from_fn(problems::shown_as_pages))
}

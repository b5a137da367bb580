//! The server-rendered pages, their forms and their templates.
//!
//! Three layers: `ui` is the small design system (components that render themselves), `views`
//! are the pages as plain data, `assets` is what the browser loads besides. A view holds texts
//! that are ready to be shown and says by `Option` and flags what its reader may do: a form that
//! is absent is a right that is absent, so that no page carries a dead button.
//!
//! Nothing here decides who may do what, and nothing here talks to the database.
//!
//! Every page is made for a strict content security policy: no inline script, no inline style,
//! no event handler attribute, nothing from another origin.
#![warn(missing_docs)]

pub mod assets;
pub mod ui;
pub mod views;

//! Who may do what, asked of the router itself.

mod every_route;
pub mod matrix;
mod methods;
pub mod samples;

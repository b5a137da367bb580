//! Who may do what, asked of the router itself.

mod cells;
mod dice;
mod every_route;
mod exemptions;
mod expected;
pub mod matrix;
mod methods;
mod model;
mod races;
pub mod samples;
mod two_worlds;

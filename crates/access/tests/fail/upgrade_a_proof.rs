//! Conversion goes downwards only.
use postscale_access::{Readable, Writable};
use postscale_model::Domain;

fn upgrade(domain: Readable<Domain>) -> Writable<Domain> {
    domain.into()
}

fn main() {}

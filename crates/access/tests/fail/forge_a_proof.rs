//! A proof is made by the gate only.
use postscale_access::{Writable, cap};
use postscale_model::Domain;

fn forge(domain: Domain) -> Writable<Domain> {
    postscale_access::Granted::<Domain, cap::Write>::new(domain, None)
}

fn main() {}

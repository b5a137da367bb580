//! A proof of reading does not open what wants a proof of writing.
use postscale_access::{Readable, Writable};
use postscale_model::Domain;

fn change(_domain: &Writable<Domain>) {}

fn handler(domain: Readable<Domain>) {
    change(&domain);
}

fn main() {}

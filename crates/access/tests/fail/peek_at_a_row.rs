//! A row that was loaded but not decided about cannot be looked into.
use postscale_access::Unchecked;
use postscale_model::Domain;

fn peek(row: Unchecked<Domain>) -> Domain {
    row.0
}

fn main() {}

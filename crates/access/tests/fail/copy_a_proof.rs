//! A proof is for one use: it cannot be kept beside the one handed on.
use postscale_access::Writable;
use postscale_model::Domain;

fn twice(proof: &Writable<Domain>) -> Writable<Domain> {
    proof.clone()
}

fn main() {}

//! Nobody can type themselves an owner.
use postscale_access::{Actor, Identity};

fn become_owner(identity: Identity) -> Actor {
    Actor { identity }
}

fn main() {}

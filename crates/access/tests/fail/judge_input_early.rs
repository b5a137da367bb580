//! An input is judged only after a decision: without a proof it stays shut.
use postscale_access::Late;

fn early(input: Late<String>) -> String {
    input.after(&()).unwrap()
}

fn main() {}

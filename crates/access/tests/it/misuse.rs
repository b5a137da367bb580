//! Misuse that must not compile, and why: a forged, copied or upgraded proof is a type error.

#[test]
fn misuse_of_proofs_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}

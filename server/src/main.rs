//! The heron binary.
fn main() {}

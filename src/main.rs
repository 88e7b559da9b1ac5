//! goodall.
fn main() {}

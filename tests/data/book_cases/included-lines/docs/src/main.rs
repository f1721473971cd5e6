use std::io;
// ANCHOR: bell
fn ring() {}
// ANCHOR_END: bell

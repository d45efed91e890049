//! A trap for tests of the recovery. It is in no module that ships.

use core::cell::Cell;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static CALLS_LEFT: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Makes an export of a producer or a call trap, after this number of further calls of such exports.
#[wasm_bindgen(js_name = trapAfter)]
pub fn trap_after(calls: u32) {
    CALLS_LEFT.set(Some(calls));
}

/// Called by each export that a test may make trap. Traps if `trap_after` has asked for it at this call.
pub fn trap_if_requested() {
    match CALLS_LEFT.get() {
        Some(0) => panic!("trapAfter was called"),
        Some(left) => CALLS_LEFT.set(Some(left - 1)),
        None => {}
    }
}

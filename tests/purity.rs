//! The core is a function of its inputs: nothing in it but the binding knows a clock, a random source or a host.

use std::path::Path;

const FORBIDDEN: [&str; 9] = [
    "Instant",
    "SystemTime",
    "std::time",
    "std::thread",
    "std::net",
    "std::fs",
    "js_sys",
    "web_sys",
    "wasm_bindgen",
];

#[test]
fn only_the_binding_knows_the_host() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_core = path.extension().is_some_and(|extension| extension == "rs");
        if !is_core || path.ends_with("wasm.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for word in FORBIDDEN {
            assert!(!text.contains(word), "{} uses {word}", path.display());
        }
        seen += 1;
    }
    assert!(seen > 10);
}

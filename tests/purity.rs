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
    let seen = check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(seen > 20, "only {seen} files");
}

/// How many files of the core are in a folder and below it.
fn check(folder: &Path) -> usize {
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_stem().is_some_and(|name| name == "bindings") {
            continue;
        }
        if path.is_dir() {
            seen += check(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for word in FORBIDDEN {
                assert!(!text.contains(word), "{} uses {word}", path.display());
            }
            seen += 1;
        }
    }
    seen
}

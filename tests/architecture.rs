//! The structure of the sources: which folder may use which, what the core must not know, and how long a file may be.

use std::fs::{read_dir, read_to_string};
use std::path::Path;

/// The folders of `src`. Each may use those to its right, and the shared modules.
const FOLDERS: [&str; 5] = ["bindings", "producer", "client", "api", "sigv4"];
/// Files of `src` that every folder may use. They use each other and no folder.
const SHARED_MODULES: [&str; 4] = ["error", "random", "text", "time"];
/// What a function of its inputs cannot use: a clock, threads, the network, files, the host.
const HOST_WORDS: [&str; 9] = [
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
const LINES_MAX: usize = 350;
/// The most columns of a line that is a comment. `rustfmt` breaks code, and leaves comments as they are.
const COLUMNS_MAX: usize = 120;

/// A source file: its path below `src` and its text.
type Source = (String, String);

#[test]
fn imports_follow_the_direction_of_the_folders() {
    for (path, text) in sources() {
        let forbidden = forbidden_paths(folder_of(&path), &text);
        assert!(forbidden.is_empty(), "src/{path} uses {forbidden:?}");
    }
}

#[test]
fn only_the_bindings_know_the_host() {
    for (path, text) in sources() {
        let words: Vec<_> = HOST_WORDS.iter().filter(|word| text.contains(**word)).collect();
        assert!(
            path.starts_with("bindings/") || words.is_empty(),
            "src/{path} uses {words:?}"
        );
    }
}

#[test]
fn files_are_short() {
    for folder in ["src", "tests"] {
        // `tests/server` is a crate of its own.
        let sources = sources_of(folder)
            .into_iter()
            .filter(|(path, _)| !path.starts_with("server/"));
        for (path, text) in sources {
            let lines = text.lines().count();
            assert!(
                lines <= LINES_MAX,
                "{folder}/{path} has {lines} lines, {LINES_MAX} at most"
            );
        }
    }
}

#[test]
fn comments_are_wrapped() {
    for (path, text) in sources() {
        for (index, line) in text.lines().enumerate() {
            let columns = line.chars().count();
            assert!(
                !line.trim_start().starts_with("//") || columns <= COLUMNS_MAX,
                "src/{path}:{} is a comment of {columns} columns, {COLUMNS_MAX} at most",
                index + 1
            );
        }
    }
}

#[test]
fn every_source_is_in_a_known_folder() {
    for (path, _) in sources() {
        let folder = folder_of(&path);
        let is_known = folder == "lib" || FOLDERS.contains(&folder) || SHARED_MODULES.contains(&folder);
        assert!(
            is_known,
            "src/{path}: neither a folder nor a shared module that this test knows"
        );
    }
}

#[test]
fn a_forbidden_import_is_found() {
    for (folder, text, found) in [
        ("api", "use crate::client::Client;", "client"),
        ("sigv4", "use crate::api::json;", "api"),
        (
            "client",
            "    let x = crate::producer::options::Options::default();",
            "producer",
        ),
        ("producer", "fn f(_: &crate::bindings::Client) {}", "bindings"),
        ("api", "use crate::{error::Error, client::Client};", "client"),
        (
            "api",
            "use crate::{\n    error::Error,\n    producer::{Producer, Step},\n};",
            "producer",
        ),
        ("api", "use super::super::client;", "client"),
        ("sigv4", "pub use crate :: producer :: Producer;", "producer"),
        ("error", "use crate::api::Request;", "api"),
        ("text", "use crate::sigv4::AmzDate;", "sigv4"),
    ] {
        assert_eq!(forbidden_paths(folder, text), [found], "{folder}: {text}");
    }
}

#[test]
fn an_allowed_import_is_not_found() {
    for (folder, text) in [
        ("bindings", "use crate::producer::Producer;"),
        (
            "producer",
            "use crate::client::Client;\nuse crate::{api, error::Error};",
        ),
        ("client", "use crate::client::clock::Clock;"),
        ("api", "use crate::api::json; // crate::client would be wrong"),
        (
            "api",
            "/// See [`Client`](crate::client::Client).\nuse crate::text::text;",
        ),
        ("sigv4", "use crate::time::UnixMs;"),
        ("lib", "pub mod producer;"),
    ] {
        assert!(forbidden_paths(folder, text).is_empty(), "{folder}: {text}");
    }
}

/// The folders that a text names in a path and that its own folder must not use.
fn forbidden_paths(folder: &str, text: &str) -> Vec<&'static str> {
    let code: Vec<&str> = text.lines().map(without_comment).collect();
    let code: String = code.join(" ").split_whitespace().collect();
    let mut allowed = SHARED_MODULES.to_vec();
    if folder == "lib" {
        allowed.extend(FOLDERS);
    }
    if let Some(place) = FOLDERS.iter().position(|known| *known == folder) {
        allowed.extend(&FOLDERS[place..]);
    }
    let named = FOLDERS.into_iter().filter(|folder| names_folder(&code, folder));
    named.filter(|folder| !allowed.contains(folder)).collect()
}

/// Whether code without white space names a folder of the crate, by itself or in a group: `crate::{…, folder::…}`.
fn names_folder(code: &str, folder: &str) -> bool {
    ["crate::", "super::super::"].iter().any(|root| {
        code.match_indices(root).any(|(at, _)| {
            let rest = &code[at + root.len()..];
            match rest.strip_prefix('{') {
                Some(group) => group_members(group).into_iter().any(|member| is_folder(member, folder)),
                None => is_folder(rest, folder),
            }
        })
    })
}

/// The members of the group that a text begins with, up to the brace that closes it. A member keeps the group of its own.
fn group_members(group: &str) -> Vec<&str> {
    let (mut members, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                members.push(&group[start..at]);
                return members;
            }
            ',' if depth == 0 => {
                members.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    members
}

fn is_folder(path: &str, folder: &str) -> bool {
    let after = path.strip_prefix(folder).map(|rest| rest.chars().next());
    after.is_some_and(|next| next.is_none_or(|next| next != '_' && !next.is_alphanumeric()))
}

fn without_comment(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// `api` for `api/json/reader.rs`, `error` for `error.rs`.
fn folder_of(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

fn sources() -> Vec<Source> {
    let found = sources_of("src");
    assert!(found.len() > 50, "only {} sources", found.len());
    found
}

fn sources_of(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), "", &mut found);
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<Source>) {
    for entry in read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((format!("{prefix}{name}"), read_to_string(&path).unwrap()));
        }
    }
}

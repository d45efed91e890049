//! The command as a parent process sees it: one line, and an end.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;

#[test]
fn it_says_where_it_listens_and_ends_with_stdin() {
    let mut server = start(&["--exit-with-stdin"]);
    let endpoint = endpoint(&mut server);
    assert!(endpoint.starts_with("http://127.0.0.1:"), "{endpoint}");
    drop(server.stdin.take());
    assert!(end(&mut server).success());
}

#[test]
fn it_ends_when_told_to_though_stdin_is_open() {
    let mut server = start(&["--no-limits", "--exit-with-stdin"]);
    endpoint(&mut server);
    let killed = Command::new("kill").arg(server.id().to_string()).status();
    assert!(killed.unwrap().success());
    assert!(end(&mut server).success());
}

#[test]
fn a_port_that_is_taken_is_one_line_and_a_failure() {
    let mut first = start(&["--exit-with-stdin"]);
    let endpoint = endpoint(&mut first);
    let port = endpoint.rsplit_once(':').unwrap().1;
    let mut second = start(&["--port", port]);
    assert_eq!(end(&mut second).code(), Some(1));
    let mut text = String::new();
    second.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(text.contains(port) && text.lines().count() == 1, "{text}");
    drop(first.stdin.take());
    end(&mut first);
}

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_kinesis-server"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn endpoint(server: &mut Child) -> String {
    let mut line = String::new();
    let mut out = BufReader::new(server.stdout.as_mut().unwrap());
    out.read_line(&mut line).unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    said["endpoint"].as_str().unwrap().to_owned()
}

/// Waits without closing stdin, which `wait` does.
fn end(server: &mut Child) -> ExitStatus {
    loop {
        if let Some(status) = server.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

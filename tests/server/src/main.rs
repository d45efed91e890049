//! The command: `kinesis-server [--port N] [--no-limits] [--exit-with-stdin]`. Says where it listens in one line of
//! JSON.

use std::io::{self, Read};
use std::process::ExitCode;

use args::Args;
use kinesis_server::{Options, Server};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

mod args;

#[tokio::main]
async fn main() -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(text) => return fail(&text),
    };
    match run(&args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

async fn run(args: &Args) -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let server = Server::bind(Options {
        port: args.port,
        limits: args.limits,
    })
    .await?;
    println!("{}", serde_json::json!({ "endpoint": server.endpoint() }));
    tokio::select! {
        () = server.run() => {}
        () = end_of_stdin(args.exit_with_stdin) => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Resolves when stdin ends, which it does when the parent process ends for any reason. Never, where that was not asked
/// for.
async fn end_of_stdin(asked: bool) {
    if !asked {
        return std::future::pending().await;
    }
    let (ended, end) = oneshot::channel();
    // A plain thread: the runtime would wait at its end for a thread of its own that is stuck in a read.
    std::thread::spawn(move || {
        let mut sink = [0; 1024];
        let mut stdin = io::stdin();
        while matches!(stdin.read(&mut sink), Ok(1..)) {}
        let _ = ended.send(());
    });
    let _ = end.await;
}

fn fail(text: &str) -> ExitCode {
    eprintln!("kinesis-server: {text}");
    ExitCode::FAILURE
}

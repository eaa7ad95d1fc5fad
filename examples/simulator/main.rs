//! The device simulator: a camera and a small robot, for a dashboard without hardware.
//!
//! `cargo run --example simulator` films a moving test picture to `/ws/esp32cam` and reports
//! telemetry to `/ws/pico`, where it also obeys commands. It is a client as a device would be:
//! when the server goes away, it keeps trying.
// wasm-pack builds the tests of all targets.
#![cfg(not(target_arch = "wasm32"))]

mod camera;
mod font;
mod link;
mod pico;
mod picture;
mod world;

use std::io::{self, IsTerminal, Read};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;

use clap::Parser;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::info;
use tracing_subscriber::EnvFilter;

use crate::link::Server;
use crate::world::World;

/// Simulates the camera and the robot of the Everline dashboard.
#[derive(Parser)]
#[command(name = "simulator")]
struct Cli {
    /// Where the server is.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7860")]
    server: Server,
    /// The server's token, if it asks for one.
    #[arg(long)]
    token: Option<String>,
    /// Frames a second.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u8).range(1..=60))]
    fps: u8,
    /// End when standard input is closed, for a parent process that may die.
    #[arg(long)]
    exit_with_stdin: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")),
        )
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .log_internal_errors(false)
        .init();

    let server = cli.server.with_token(cli.token);
    let world = Arc::new(Mutex::new(World::new()));
    let stop = CancellationToken::new();
    let devices = async {
        tokio::join!(
            link::keep(&server, "/ws/esp32cam", &stop, async |link| {
                camera::film(link, &world, cli.fps).await
            }),
            link::keep(&server, "/ws/pico", &stop, async |link| pico::report(link, &world).await),
        )
    };
    let ended = async {
        let why = asked_to_end(cli.exit_with_stdin).await;
        info!("{why}: ending");
        stop.cancel();
    };
    tokio::join!(devices, ended);
    ExitCode::SUCCESS
}

async fn asked_to_end(exit_with_stdin: bool) -> &'static str {
    tokio::select! {
        why = signalled() => why,
        () = stdin_closed(), if exit_with_stdin => "standard input closed",
    }
}

async fn signalled() -> &'static str {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            return tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = tokio::signal::ctrl_c() => "SIGINT",
            };
        }
    }
    let _ = tokio::signal::ctrl_c().await;
    "SIGINT"
}

async fn stdin_closed() {
    let (closed, is_closed) = oneshot::channel();
    // A thread of its own: the runtime would wait for a blocking read before it ends.
    thread::spawn(move || {
        let mut waste = [0; 256];
        while matches!(io::stdin().read(&mut waste), Ok(1..)) {}
        closed.send(())
    });
    let _ = is_closed.await;
}

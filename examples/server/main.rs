//! The reference server: everything Everline talks to, in one program that can also misbehave.
//!
//! `cargo run --example server` serves the dashboard and its WebSocket endpoints;
//! `--faults` adds the routes that break connections on purpose.
// wasm-pack builds the tests of all targets.
#![cfg(not(target_arch = "wasm32"))]

mod accept;
mod app;
mod audio;
mod auth;
mod chat;
mod clients;
mod exchange;
mod facts;
mod faults;
mod health;
mod hub;
mod idempotency;
mod logs;
mod message;
mod origin;
mod pcm;
mod pico;
mod sequence;
mod session;
mod socket;
mod switches;
mod talk;
mod transcriber;
mod translate;
mod video;
mod wav;
mod wire;

use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tracing::{info, warn};

use crate::accept::Acceptor;
use crate::app::{Config, Shared};
use crate::hub::Drain;
use crate::logs::Logs;
use crate::origin::{Origin, OriginPolicy};
use crate::session::protocol;
use crate::transcriber::Transcribers;

/// The Everline reference server.
#[derive(Parser)]
#[command(name = "server")]
struct Cli {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port to listen on; 0 picks a free one.
    #[arg(long, default_value_t = 7860)]
    port: u16,
    /// Add the /faults routes, which break connections on purpose.
    #[arg(long)]
    faults: bool,
    /// Ask for this token (`?token=` or `Authorization: Bearer`), except from this machine.
    #[arg(long)]
    token: Option<String>,
    /// Ask for the token from this machine too.
    #[arg(long, requires = "token")]
    token_on_loopback: bool,
    /// Allow pages from this origin as well, such as https://example.com; may be repeated.
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<Origin>,
    /// Folder of the dashboard, served at /.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/dashboard"))]
    dashboard: PathBuf,
    /// Folder of the built package, served at /pkg/.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/pkg"))]
    pkg: PathBuf,
    /// Largest WebSocket message accepted; a larger one is answered by close code 1009.
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20)]
    max_message: usize,
    /// Largest HTTP body accepted; a larger one is answered by 413.
    #[arg(long, value_name = "BYTES", default_value_t = 8 << 20)]
    max_body: usize,
    /// How long a client may leave a message unread before it is closed with 1013.
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    slow_consumer: u64,
    /// How long a client may be silent before it is pinged, and then before it is given up.
    #[arg(long, value_name = "MS", default_value_t = 30_000)]
    keepalive: u64,
    /// How long a session lives without a connection.
    #[arg(long, value_name = "MS", default_value_t = 120_000)]
    session_ttl: u64,
    /// How long it is remembered which messages of an ended session arrived.
    #[arg(long, value_name = "MS", default_value_t = 4 * 60 * 60 * 1000)]
    session_memory: u64,
    /// Time between two heartbeats of a session.
    #[arg(long, value_name = "MS", default_value_t = 20_000)]
    session_heartbeat: u64,
    /// What a session may have sent without an acknowledgement; four times as much may wait.
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20)]
    session_window: usize,
    /// How many sessions there may be.
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
    session_limit: usize,
    /// Program that writes down what is said, such as "python3 ears.py": PCM in, JSON lines out
    /// (see examples/transcribers). Without it audio is measured.
    #[arg(long, value_name = "COMMAND")]
    transcriber: Option<String>,
    /// How many of them may run at once, one for each talk.
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    transcribers: usize,
    /// How long one may leave audio unread, or go on after its end, before it is killed.
    #[arg(long, value_name = "MS", default_value_t = 30_000)]
    transcriber_patience: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let logs = logs::install();
    match run(cli, logs).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // Not a log line: whoever started the program reads it, whatever RUST_LOG says.
            let _ = writeln!(io::stderr(), "error: {problem}");
            ExitCode::from(2)
        }
    }
}

/// Serves until a signal comes; a restart is a stop and a start in the same process.
async fn run(cli: Cli, logs: Logs) -> Result<(), String> {
    let mut listener = bind(&cli.host, cli.port).await?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let mut signals = Signals::listen().map_err(|error| error.to_string())?;
    let (restart, mut restarts) = mpsc::channel(1);
    let app = Shared::new(config(cli, address)?, logs, restart);
    let router = app::router(&app);
    announce(address);

    loop {
        let acceptor = Acceptor::start(listener, router.clone());
        let restart = tokio::select! {
            name = signals.next() => {
                info!("{name}: stopping");
                None
            }
            restart = restarts.recv() => restart,
        };
        let drain = if restart.as_ref().is_some_and(|restart| restart.hard) {
            Drain::Reset
        } else {
            Drain::Close
        };
        app.hub.drain(drain);
        acceptor.stop().await;

        let Some(restart) = restart else { break };
        if restart.forget {
            app.sessions.forget();
        }
        info!("down for {} ms", restart.down.as_millis());
        tokio::select! {
            () = tokio::time::sleep(restart.down) => {}
            _ = signals.next() => break,
        }
        app.hub.reopen();
        listener = bind(&address.ip().to_string(), address.port()).await?;
        info!("listening again on http://{address}");
    }
    info!("stopped");
    Ok(())
}

async fn bind(host: &str, port: u16) -> Result<TcpListener, String> {
    accept::listen(host, port).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => format!(
            "port {port} is already taken; stop the program that uses it, or choose another port \
             with --port (--port 0 picks a free one)"
        ),
        _ => format!("cannot listen on {host}, port {port}: {error}; see --host and --port"),
    })
}

fn config(cli: Cli, address: SocketAddr) -> Result<Config, String> {
    for (folder, hint) in [(&cli.dashboard, "--dashboard"), (&cli.pkg, "npm run build, or --pkg")] {
        if !folder.is_dir() {
            warn!("nothing to serve in {} (see {hint})", folder.display());
        }
    }
    let patience = Duration::from_millis(cli.transcriber_patience);
    let transcribers = cli
        .transcriber
        .map(|command| Transcribers::new(&command, cli.transcribers, patience))
        .transpose()?
        .map(Arc::new);
    Ok(Config {
        origins: OriginPolicy::new(cli.origins, address.ip().is_loopback()),
        token: cli.token,
        token_on_loopback: cli.token_on_loopback,
        faults: cli.faults,
        dashboard: cli.dashboard,
        pkg: cli.pkg,
        max_message: cli.max_message,
        max_body: cli.max_body,
        slow_consumer: Duration::from_millis(cli.slow_consumer),
        keepalive: Duration::from_millis(cli.keepalive),
        session: protocol::Config {
            ttl: cli.session_ttl,
            hb: cli.session_heartbeat,
            win: cli.session_window,
            outbox: cli.session_window.saturating_mul(4),
            max: cli.max_message,
            max_body: cli.max_body,
            tombstone_ttl: cli.session_memory,
            max_sessions: cli.session_limit,
            ..protocol::Config::default()
        },
        transcribers,
    })
}

/// The first line on stdout, for people and for scripts that asked for port 0.
fn announce(address: SocketAddr) {
    let mut stdout = io::stdout();
    // A closed stdout is no reason to stop.
    let _ = writeln!(stdout, "listening on http://{address}");
    let _ = stdout.flush();
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}

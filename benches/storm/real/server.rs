//! The reference server as a process.

use std::io::{self, Error, ErrorKind};
use std::net::SocketAddr;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub(super) struct Server {
    process: Child,
    pub(super) address: SocketAddr,
}

/// How it is ended.
#[derive(Clone, Copy)]
pub(super) enum Signal {
    /// At once: its connections are cut.
    Kill,
    /// It closes them.
    Terminate,
}

impl Signal {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kill => "SIGKILL",
            Self::Terminate => "SIGTERM",
        }
    }
}

impl Server {
    /// Port 0 is any that is free.
    pub(super) async fn start(program: &str, port: u16) -> io::Result<Self> {
        let mut process = Command::new(program)
            .args(["--port", &port.to_string()])
            .env("RUST_LOG", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let told = process.stdout.take().ok_or(ErrorKind::BrokenPipe)?;
        let line = BufReader::new(told).lines().next_line().await?.unwrap_or_default();
        let address = line.strip_prefix("listening on http://").and_then(|it| it.parse().ok());
        let wrong = || Error::new(ErrorKind::InvalidData, format!("the server says {line:?}"));
        Ok(Self { process, address: address.ok_or_else(wrong)? })
    }

    /// It has ended, and with it all that it had.
    pub(super) async fn stop(mut self, signal: Signal) -> io::Result<()> {
        match (signal, self.process.id()) {
            (Signal::Terminate, Some(id)) => {
                Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
                self.process.wait().await?;
                Ok(())
            }
            _ => self.process.kill().await,
        }
    }
}

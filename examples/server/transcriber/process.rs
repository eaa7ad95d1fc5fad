//! One run of the program: audio in, lines out, and an end that comes in any case.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::lines::{self, Line};

/// How long a line may be.
const MAX_LINE: usize = 64 << 10;
/// How much of one is logged.
const MAX_LOGGED: usize = 1000;
/// Between two lines for the log, so that a program that chatters does not fill it.
const BREATH: Duration = Duration::from_millis(10);

/// A line of the program.
#[derive(Debug, Deserialize, PartialEq)]
pub(crate) struct Words {
    pub(crate) text: String,
    /// These words will not change any more.
    #[serde(default, rename = "final")]
    pub(crate) is_final: bool,
    pub(crate) translation: Option<String>,
    pub(crate) language: Option<String>,
}

pub(crate) enum Said {
    Words(Words),
    /// The last of all: the program has ended, well or for this reason.
    Over(Result<(), String>),
}

/// What the program is given, and where its words go.
pub(super) struct Pipes {
    pub(super) name: Arc<str>,
    pub(super) audio: mpsc::UnboundedReceiver<Bytes>,
    /// Bytes that wait for the program.
    pub(super) backlog: watch::Sender<usize>,
    pub(super) said: mpsc::Sender<Said>,
    pub(super) patience: Duration,
}

/// Runs until the program has ended. Dropping this kills it.
pub(super) async fn run(mut child: Child, mut pipes: Pipes) {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else { return };
    // Goes on to the end of what was printed, also when the program is killed.
    tokio::spawn(log(stderr, pipes.name.clone()));
    let end = pipes.serve(&mut child, stdin, stdout).await;
    let name = &pipes.name;
    match &end {
        Ok(()) => info!("{name}: ended"),
        Err(why) => warn!("{name}: {why}"),
    }
    // Killed before the end is told, and not only when this is dropped.
    drop(child);
    pipes.said.send(Said::Over(end)).await.ok();
}

impl Pipes {
    async fn serve(
        &mut self,
        child: &mut Child,
        stdin: ChildStdin,
        stdout: ChildStdout,
    ) -> Result<(), String> {
        let Self { name, audio, backlog, said, patience } = self;
        let slow = |_| format!("did not end within {} ms", patience.as_millis());
        let mut reading = std::pin::pin!(read(stdout, name, said));
        let had_all = tokio::select! {
            biased;
            () = reading.as_mut() => false,
            written = write(stdin, audio, backlog, said, *patience) => {
                written?;
                timeout(*patience, reading).await.map_err(slow)?;
                true
            }
        };
        match timeout(*patience, child.wait()).await.map_err(slow)? {
            Ok(status) if !status.success() => Err(format!("failed with {status}")),
            Ok(_) if !had_all => Err("ended before the audio did".into()),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Writes all audio, and closes the pipe.
async fn write(
    mut stdin: ChildStdin,
    audio: &mut mpsc::UnboundedReceiver<Bytes>,
    backlog: &watch::Sender<usize>,
    said: &mpsc::Sender<Said>,
    patience: Duration,
) -> Result<(), String> {
    let mut is_open = true;
    while let Some(bytes) = audio.recv().await {
        // A program that reads no further may still have something to say.
        is_open = is_open && write_one(&mut stdin, &bytes, said, patience).await?;
        backlog.send_modify(|backlog| *backlog -= bytes.len());
    }
    Ok(())
}

/// False if the program has closed its end of the pipe.
async fn write_one(
    stdin: &mut ChildStdin,
    mut bytes: &[u8],
    said: &mpsc::Sender<Said>,
    patience: Duration,
) -> Result<bool, String> {
    while !bytes.is_empty() {
        match timeout(patience, stdin.write_buf(&mut bytes)).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return Ok(false),
            // It waits for us, not we for it.
            Err(_) if said.capacity() == 0 => {}
            Err(_) => return Err(format!("left audio unread for {} ms", patience.as_millis())),
        }
    }
    Ok(true)
}

/// Passes the program's words on, to the end of what it prints.
async fn read(stdout: ChildStdout, name: &str, said: &mpsc::Sender<Said>) {
    let mut stdout = BufReader::new(stdout);
    while let Some(line) = lines::next(&mut stdout, MAX_LINE).await {
        let words = match &line {
            Line::Whole(line) => serde_json::from_str(line).map_err(|error| error.to_string()),
            Line::Cut(_) => Err(format!("longer than {MAX_LINE} bytes")),
        };
        match words {
            Ok(words @ Words { is_final: true, .. }) => {
                if said.send(Said::Words(words)).await.is_err() {
                    return;
                }
            }
            // The next ones will say more: nothing is lost when nobody listens fast enough.
            Ok(words) => {
                said.try_send(Said::Words(words)).ok();
            }
            Err(problem) => {
                warn!("{name}: skipped a line, {problem}: {}", start_of(&line));
                sleep(BREATH).await;
            }
        }
    }
}

async fn log(stderr: ChildStderr, name: Arc<str>) {
    let mut stderr = BufReader::new(stderr);
    while let Some(line) = lines::next(&mut stderr, MAX_LOGGED).await {
        info!("{name}: {}", start_of(&line));
        sleep(BREATH).await;
    }
}

fn start_of(line: &Line) -> String {
    match line {
        Line::Whole(line) if line.len() <= MAX_LOGGED => line.clone(),
        Line::Whole(line) | Line::Cut(line) => line.chars().take(MAX_LOGGED).chain(['…']).collect(),
    }
}

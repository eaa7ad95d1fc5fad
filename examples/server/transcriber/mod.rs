//! `--transcriber`: a program that writes down what is said, any that reads PCM and prints JSON
//! lines. Each talk has a process of its own. What is said between the two is described in
//! `examples/transcribers/README.md`.

mod lines;
mod process;

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::process::Command;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_util::task::AbortOnDropHandle;
use tracing::{error, info};

pub(crate) use self::process::{Said, Words};
use crate::audio::Init;

/// How much audio may wait for a program; half a minute at 16 kHz.
const BACKLOG: usize = 1 << 20;
/// How many lines may wait for the client.
const LINES: usize = 256;

/// The program, and how many of it may run.
pub(crate) struct Transcribers {
    program: String,
    arguments: Vec<String>,
    name: Arc<str>,
    places: Arc<Semaphore>,
    limit: usize,
    patience: Duration,
}

/// One that runs. Dropping it kills the process.
pub(crate) struct Transcriber {
    /// None once the audio has ended.
    audio: Option<mpsc::UnboundedSender<Bytes>>,
    backlog: watch::Sender<usize>,
    said: mpsc::Receiver<Said>,
    _process: AbortOnDropHandle<()>,
    _place: OwnedSemaphorePermit,
}

/// Why there is none.
#[derive(Debug)]
pub(crate) enum Refusal {
    Busy(usize),
    Broken,
}

impl Transcribers {
    /// `command` is split into words as a shell would, but no shell is asked.
    pub(crate) fn new(command: &str, limit: usize, patience: Duration) -> Result<Self, String> {
        let mut words = shlex::split(command)
            .ok_or_else(|| format!("--transcriber {command}: a quotation mark is missing"))?
            .into_iter();
        let program = words.next().ok_or("--transcriber needs a command")?;
        let arguments: Vec<_> = words.collect();
        Ok(Self {
            name: name(&program, &arguments).into(),
            program,
            arguments,
            places: Arc::new(Semaphore::new(limit)),
            limit,
            patience,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn start(&self, init: &Init) -> Result<Transcriber, Refusal> {
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| Refusal::Busy(self.limit))?;
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env("EVERLINE_SAMPLE_RATE", init.sample_rate.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        for (variable, value) in [
            ("EVERLINE_SOURCE_LANGUAGE", &init.source_language),
            ("EVERLINE_TARGET_LANGUAGE", &init.target_language),
            ("EVERLINE_ENGINE", &init.engine),
        ] {
            match value {
                Some(value) => command.env(variable, value),
                None => command.env_remove(variable),
            };
        }
        let child = command.spawn().map_err(|problem| {
            error!("{} cannot be started: {problem}", self.program);
            Refusal::Broken
        })?;
        info!("{}: started", self.name);

        let (audio, to_program) = mpsc::unbounded_channel();
        let (from_program, said) = mpsc::channel(LINES);
        let backlog = watch::Sender::new(0);
        let pipes = process::Pipes {
            name: self.name.clone(),
            audio: to_program,
            backlog: backlog.clone(),
            said: from_program,
            patience: self.patience,
        };
        let process = AbortOnDropHandle::new(tokio::spawn(process::run(child, pipes)));
        let audio = Some(audio);
        Ok(Transcriber { audio, backlog, said, _process: process, _place: place })
    }
}

impl Transcriber {
    pub(crate) fn hear(&self, samples: &[i16]) {
        let Some(audio) = &self.audio else { return };
        let bytes: Bytes = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        self.backlog.send_modify(|backlog| *backlog += bytes.len());
        // Where nobody takes it any more, the end of the program is about to be told.
        audio.send(bytes).ok();
    }

    /// Whether the program keeps up; until it does, no more should be read.
    pub(crate) fn has_room(&self) -> bool {
        *self.backlog.borrow() < BACKLOG
    }

    /// The end of the audio. The last words follow.
    pub(crate) fn finish(&mut self) {
        self.audio = None;
    }

    /// What the program says next; none when it has caught up after having no room. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Option<Said> {
        let mut backlog = self.backlog.subscribe();
        let is_full = !self.has_room();
        tokio::select! {
            said = self.said.recv() => {
                Some(said.unwrap_or_else(|| Said::Over(Err("came to no end".into()))))
            }
            _ = backlog.wait_for(|backlog| *backlog < BACKLOG), if is_full => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy(limit) => {
                write!(formatter, "as many transcribers are running as may: {limit}")
            }
            Self::Broken => formatter.write_str("the transcriber cannot be started"),
        }
    }
}

/// The script's name, if the command has one, else the program's.
fn name(program: &str, arguments: &[String]) -> String {
    let words = std::iter::once(program).chain(arguments.iter().map(String::as_str));
    let script = words.map(Path::new).find(|path| {
        path.extension().is_some_and(|it| ["py", "js", "mjs", "sh"].map(OsStr::new).contains(&it))
    });
    let named = script.unwrap_or(Path::new(program));
    named.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcribers(command: &str) -> Result<Transcribers, String> {
        Transcribers::new(command, 1, Duration::from_secs(1))
    }

    #[test]
    fn a_command_is_split_into_words_and_has_a_name() {
        let it =
            transcribers(r#"python3 "my files/sphinx.py" --grammar 'a b.gram' \$HOME"#).unwrap();
        assert_eq!((it.program.as_str(), it.name()), ("python3", "sphinx"));
        assert_eq!(it.arguments, ["my files/sphinx.py", "--grammar", "a b.gram", "$HOME"]);
        assert_eq!(transcribers("/opt/ears --model x.bin").unwrap().name(), "ears");
    }

    #[test]
    fn a_command_that_makes_no_sense_is_refused() {
        assert!(transcribers("").is_err());
        assert!(transcribers("python3 'x.py").is_err());
    }
}

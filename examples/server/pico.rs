//! `/ws/pico`: a device tells its telemetry to all viewers, and viewers command the device.

use axum::extract::State;
use axum::extract::ws::Utf8Bytes;
use axum::response::Response;
use tokio::sync::broadcast;

use crate::app::App;
use crate::message::{self, Request};
use crate::socket::{Endpoint, Incoming, Over, Socket, Upgrade};

/// How many messages a client may be behind.
const BACKLOG: usize = 256;

pub(crate) struct Pico {
    to_viewers: broadcast::Sender<Utf8Bytes>,
    to_devices: broadcast::Sender<Utf8Bytes>,
}

struct Peer(App);

impl Pico {
    pub(crate) fn new() -> Self {
        Self {
            to_viewers: broadcast::Sender::new(BACKLOG),
            to_devices: broadcast::Sender::new(BACKLOG),
        }
    }
}

pub(crate) async fn open(State(app): State<App>, upgrade: Upgrade) -> Response {
    upgrade.serve(Peer(app))
}

impl Endpoint for Peer {
    const PATH: &'static str = "/ws/pico";

    async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
        let pico = &self.0.pico;
        let (first, text) = loop {
            let incoming = socket.recv().await?;
            if let Some(request) = understood(socket, incoming).await? {
                break request;
            }
        };
        if first.kind == "hello" && first.text("role") == Some("device") {
            device(pico, socket).await
        } else {
            viewer(pico, socket, first, text).await
        }
    }
}

async fn device(pico: &Pico, socket: &mut Socket) -> Result<(), Over> {
    let mut commands = pico.to_devices.subscribe();
    loop {
        tokio::select! {
            incoming = socket.recv() => {
                let Some((request, text)) = understood(socket, incoming?).await? else { continue };
                match request.kind.as_str() {
                    "telemetry" | "command_ack" => {
                        // Nobody watching is no error.
                        let _ = pico.to_viewers.send(text);
                    }
                    "hello" => {}
                    _ => socket.send_json(&message::unknown(&request)).await?,
                }
            }
            command = commands.recv() => match command {
                Ok(command) => socket.send_text(command).await?,
                Err(_) => return Err(socket.too_slow()),
            },
        }
    }
}

async fn viewer(
    pico: &Pico,
    socket: &mut Socket,
    first: Request,
    text: Utf8Bytes,
) -> Result<(), Over> {
    let mut telemetry = pico.to_viewers.subscribe();
    from_viewer(pico, socket, first, text).await?;
    loop {
        tokio::select! {
            incoming = socket.recv() => {
                let Some((request, text)) = understood(socket, incoming?).await? else { continue };
                from_viewer(pico, socket, request, text).await?;
            }
            told = telemetry.recv() => match told {
                Ok(told) => socket.send_text(told).await?,
                Err(_) => return Err(socket.too_slow()),
            },
        }
    }
}

async fn from_viewer(
    pico: &Pico,
    socket: &mut Socket,
    request: Request,
    text: Utf8Bytes,
) -> Result<(), Over> {
    let problem = match request.kind.as_str() {
        "hello" => return Ok(()),
        "command" if request.text("command").is_none() => {
            message::error("a command needs the field \"command\", which is a string")
        }
        "command" => match pico.to_devices.send(text) {
            Ok(_) => return Ok(()),
            Err(_) => message::error("no device is connected"),
        },
        _ => message::unknown(&request),
    };
    socket.send_json(&problem).await
}

/// A message and its text, which is passed on as it came.
async fn understood(
    socket: &mut Socket,
    incoming: Incoming,
) -> Result<Option<(Request, Utf8Bytes)>, Over> {
    match incoming {
        Incoming::Text(text) => Ok(socket.request(&text).await?.map(|request| (request, text))),
        binary @ Incoming::Binary(_) => socket.expect_nothing(binary).await.map(|()| None),
    }
}

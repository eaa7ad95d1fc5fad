//! Cameras and those who watch: `/ws/esp32cam` takes JPEG frames in, `/ws/video` gives the newest
//! one out. A slow viewer misses frames and is never late.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use axum::extract::{Query, State};
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::watch;

use crate::app::App;
use crate::message;
use crate::socket::{Endpoint, Incoming, Over, Socket, Upgrade};

/// The newest frame of one source; empty before the first.
type Channel = watch::Sender<Bytes>;

/// The sources that somebody films or watches, by name.
#[derive(Default)]
pub(crate) struct Cameras(Mutex<HashMap<String, Weak<Channel>>>);

#[derive(Deserialize)]
pub(crate) struct Source {
    #[serde(default = "esp32cam")]
    source: String,
}

struct Camera(Arc<Channel>);

struct Viewer(Arc<Channel>);

impl Cameras {
    fn channel(&self, source: String) -> Arc<Channel> {
        let mut channels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        channels.retain(|_, channel| channel.strong_count() > 0);
        if let Some(channel) = channels.get(&source).and_then(Weak::upgrade) {
            return channel;
        }
        let channel = Arc::new(Channel::new(Bytes::new()));
        channels.insert(source, Arc::downgrade(&channel));
        channel
    }
}

pub(crate) async fn open_camera(
    State(app): State<App>,
    Query(Source { source }): Query<Source>,
    upgrade: Upgrade,
) -> Response {
    upgrade.serve(Camera(app.cameras.channel(source)))
}

pub(crate) async fn open_viewer(
    State(app): State<App>,
    Query(Source { source }): Query<Source>,
    upgrade: Upgrade,
) -> Response {
    upgrade.serve(Viewer(app.cameras.channel(source)))
}

impl Endpoint for Camera {
    const PATH: &'static str = "/ws/esp32cam";

    async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
        loop {
            match socket.recv().await? {
                Incoming::Binary(frame) if is_jpeg(&frame) => {
                    self.0.send_replace(frame);
                }
                Incoming::Binary(_) => {
                    socket.send_json(&message::error("this frame is not a JPEG picture")).await?;
                }
                text => socket.expect_nothing(text).await?,
            }
        }
    }
}

impl Endpoint for Viewer {
    const PATH: &'static str = "/ws/video";

    async fn serve(self, socket: &mut Socket) -> Result<(), Over> {
        let mut newest = self.0.subscribe();
        newest.mark_changed();
        loop {
            tokio::select! {
                incoming = socket.recv() => socket.expect_nothing(incoming?).await?,
                changed = newest.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    let frame = newest.borrow_and_update().clone();
                    if !frame.is_empty() {
                        socket.send_binary(frame).await?;
                    }
                }
            }
        }
    }
}

fn esp32cam() -> String {
    "esp32cam".into()
}

fn is_jpeg(frame: &[u8]) -> bool {
    frame.starts_with(&[0xFF, 0xD8, 0xFF])
}

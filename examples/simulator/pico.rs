//! The robot: telemetry out, commands in.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::protocol::Message;
use tracing::{info, warn};

use crate::link::{Link, Lost};
use crate::world::World;

const EVERY: Duration = Duration::from_millis(200);

pub(crate) async fn report(link: &mut Link, world: &Mutex<World>) -> Result<Infallible, Lost> {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    send(link, &json!({ "type": "hello", "role": "device" })).await?;
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                let telemetry = current(world, |world| world.telemetry());
                send(link, &telemetry).await?;
            }
            text = link.recv() => {
                let text = text?;
                let Ok(message) = serde_json::from_str::<Value>(&text) else { continue };
                match message.get("type").and_then(Value::as_str) {
                    Some("command") => {
                        let ack = current(world, |world| world.obey(&message));
                        info!("command {message}: {ack}");
                        send(link, &ack).await?;
                    }
                    Some("error") => warn!("the server says {message}"),
                    _ => {}
                }
            }
        }
    }
}

async fn send(link: &mut Link, message: &Value) -> Result<(), Lost> {
    link.send(Message::text(message.to_string())).await
}

fn current(world: &Mutex<World>, ask: impl FnOnce(&mut World) -> Value) -> Value {
    let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
    world.update();
    ask(&mut world)
}

//! The camera: films the world, frame by frame.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::protocol::Message;
use tracing::warn;

use crate::link::{Link, Lost};
use crate::picture;
use crate::world::World;

pub(crate) async fn film(
    link: &mut Link,
    world: &Mutex<World>,
    fps: u8,
) -> Result<Infallible, Lost> {
    let mut ticks = interval(Duration::from_secs(1) / fps.into());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut number = 0;
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                number += 1;
                let frame = expose(world, number).await?;
                link.send(Message::binary(frame)).await?;
            }
            text = link.recv() => warn!("the server says {}", text?),
        }
    }
}

async fn expose(world: &Mutex<World>, number: u32) -> Result<Vec<u8>, Lost> {
    let world = {
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        world.update();
        world.clone()
    };
    // Compressing takes a while without optimisation: not in the way of the telemetry.
    Ok(spawn_blocking(move || picture::jpeg(&world, number)).await??)
}

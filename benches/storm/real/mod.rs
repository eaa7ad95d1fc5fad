//! The simulator against reality: a thousand connections over real WebSockets lose the reference server,
//! which is killed or stopped and started again; then the same in virtual time, with what was measured.

mod server;
mod visitor;

use std::io::{self, Error, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use everline::connection::{Config, Millis};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use self::server::{Server, Signal};
use self::visitor::{News, visit};
use crate::simulator::{Dice, Histogram, Loss, Setting, storm_of};

const CLIENTS: usize = 1000;
const SEED: u64 = 1;

/// How long the server is away, without the time that it takes to start.
const AWAY: Duration = Duration::from_secs(2);

/// All have to be there by then.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many the server lets wait until it accepts them.
const BACKLOG: usize = 1024;

/// The points of a curve: each hundredth of the clients.
const POINTS: usize = 100;

pub(crate) fn run(program: &str) -> io::Result<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Code that runs for the first time is slower than what follows.
        restart(program, Signal::Kill).await?;
        let killed = restart(program, Signal::Kill).await?;
        let stopped = restart(program, Signal::Terminate).await?;
        Ok(json!([killed, stopped]))
    })
}

async fn restart(program: &str, signal: Signal) -> io::Result<Value> {
    let server = Server::start(program, 0).await?;
    let address = server.address;
    let origin = Instant::now();
    let (sender, mut news) = unbounded_channel();
    let _visitors = invite(address, origin, &sender);
    let opened = gather(&mut news, |it| matches!(it, News::Open { .. })).await?;
    let rate = CLIENTS as f64 / opened.iter().map(News::at).fold(0.0, Millis::max) * 1000.0;
    // What they were told last has arrived.
    sleep(Duration::from_secs(1)).await;

    let lost = since(origin);
    let until = Instant::now() + AWAY;
    server.stop(signal).await?;
    sleep_until(until).await;
    let server = Server::start(program, address.port()).await?;
    let down = since(origin) - lost;
    let mut losses = vec![(0.0, Loss::Killed); CLIENTS];
    let mut round_trips = Vec::new();
    let mut attempts = 0;
    let back = gather(&mut news, |it| {
        match *it {
            News::Attempt => attempts += 1,
            News::Refused { took } => round_trips.push(took),
            News::Lost { client, at, loss } if at < lost + down => {
                losses[client] = (at - lost, loss)
            }
            News::Lost { .. } | News::Open { .. } => {}
        }
        matches!(it, News::Open { .. })
    })
    .await?;
    server.stop(Signal::Kill).await?;

    round_trips.sort_by(Millis::total_cmp);
    let way = round_trips.get(round_trips.len() / 2).map_or(0.0, |took| took / 2.0);
    let setting = Setting { clients: CLIENTS, down, rate, queue: BACKLOG, way: [way; 2] };
    let mut measured = Histogram::default();
    back.iter().for_each(|it| measured.count((it.at() - lost).max(0.0)));
    let news = |client| losses[client as usize].0;
    let losses = |client| losses[client as usize].1;
    let (outcome, simulated) = storm_of(&Config::default(), news, losses, setting, SEED);
    Ok(json!({
        "signal": signal.name(),
        "setting": setting,
        "attempts": attempts,
        "simulatedAttempts": ((outcome.wasted + 1.0) * CLIENTS as f64).round(),
        "measured": measured.curve(CLIENTS, POINTS),
        "simulated": simulated.curve(CLIENTS, POINTS),
        "distance": measured.distance(&simulated, CLIENTS),
    }))
}

/// All at once, with the seeds that the simulator gives.
fn invite(address: SocketAddr, origin: Instant, news: &UnboundedSender<News>) -> JoinSet<()> {
    let mut seeds = Dice(SEED);
    let mut visitors = JoinSet::new();
    for client in 0..CLIENTS {
        let config = Config { seed: seeds.next(), ..Config::default() };
        visitors.spawn(visit(client, address, config, origin, news.clone()));
    }
    visitors
}

/// So many news of this kind as there are clients.
async fn gather(
    news: &mut UnboundedReceiver<News>,
    mut counts: impl FnMut(&News) -> bool,
) -> io::Result<Vec<News>> {
    let all = async {
        let mut gathered = Vec::new();
        while gathered.len() < CLIENTS
            && let Some(it) = news.recv().await
        {
            if counts(&it) {
                gathered.push(it);
            }
        }
        gathered
    };
    timeout(PATIENCE, all)
        .await
        .map_err(|_| Error::new(ErrorKind::TimedOut, "not all clients were there in time"))
}

fn since(origin: Instant) -> Millis {
    origin.elapsed().as_secs_f64() * 1000.0
}

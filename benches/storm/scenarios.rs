//! What is simulated: the policies side by side, and Everline's at every size and before slower and
//! faster servers.

use std::thread;

use everline::connection::{Backoff, Config, Connection, Jitter};
use serde_json::{Value, json};

use crate::simulator::{Farewell, PEERS, Policy, Setting, storm};

const SEED: u64 = 1;

/// How long the server is away, in ms.
const AWAY: [f64; 4] = [0.0, 2000.0, 10_000.0, 60_000.0];

/// How many seconds it needs to accept all clients.
const CAPACITY: f64 = 10.0;

struct Scenario {
    name: &'static str,
    policy: Policy,
    farewell: Farewell,
    setting: Setting,
}

/// With up to so many clients.
pub(crate) fn run(most: usize) -> Value {
    // The largest crowds are one after the other, so that the memory is one crowd's.
    let (policies, sizes) = thread::scope(|scope| {
        let policies = scope.spawn(|| all(policies(most / 10)));
        let sizes = all(sizes(most));
        (policies.join().unwrap_or_default(), sizes)
    });
    json!({
        "seed": SEED,
        "capacity": CAPACITY,
        "connectionBytes": size_of::<Connection<u8>>(),
        "peakBytes": peak_memory(),
        "policies": policies,
        "sizes": sizes,
    })
}

/// All of them, from the same start.
fn policies(clients: usize) -> Vec<Scenario> {
    let ours = Policy::Everline(Config::default());
    let full = Backoff { jitter: Jitter::Full, ..Backoff::default() };
    let wide = Backoff { min: 4000.0, ..Backoff::default() };
    let with = |backoff| Policy::Everline(Config { backoff, ..Config::default() });
    let hints = Farewell::Hints(1001, CAPACITY * 1000.0);
    let mut contestants = vec![
        ("Everline", ours.clone(), Farewell::None),
        ("Everline, closed with 1012", ours.clone(), Farewell::Code(1012)),
        ("Everline, closed with hints", ours, hints),
        ("Everline, minReconnectionDelay 4000", with(wide), Farewell::None),
        ("Everline, jitter \"full\"", with(full), Farewell::None),
    ];
    contestants.extend(PEERS.iter().map(|it| (it.name, Policy::Formula(it), Farewell::None)));
    contestants
        .into_iter()
        .flat_map(|(name, policy, farewell)| {
            AWAY.map(|down| Scenario {
                name,
                policy: policy.clone(),
                farewell,
                setting: Setting::new(clients, down, CAPACITY),
            })
        })
        .collect()
}

fn sizes(most: usize) -> Vec<Scenario> {
    let crowds = [most / 1000, most / 100, most / 10, most].map(|clients| (clients, CAPACITY));
    let servers = [1.0, 60.0].map(|seconds| (most / 10, seconds));
    let mut scenarios = Vec::new();
    for (clients, seconds) in crowds.into_iter().chain(servers) {
        for (name, farewell) in [("killed", Farewell::None), ("1012", Farewell::Code(1012))] {
            scenarios.extend(AWAY.map(|down| Scenario {
                name,
                policy: Policy::Everline(Config::default()),
                farewell,
                setting: Setting::new(clients, down, seconds),
            }));
        }
    }
    scenarios
}

fn all(scenarios: Vec<Scenario>) -> Vec<Value> {
    scenarios
        .into_iter()
        .map(|Scenario { name, policy, farewell, setting }| {
            let (outcome, _) = storm(&policy, farewell, setting, SEED);
            eprintln!("{name}, {} clients, away {} ms", setting.clients, setting.down);
            json!({ "name": name, "setting": setting, "outcome": outcome })
        })
        .collect()
}

/// The most that this process has had, where that can be asked.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

//! The formulas of other libraries, from their sources.

use super::formula::{Draw, Formula};

const FOREVER: u32 = u32::MAX;

/// It leaves that to the browser, which is more patient than any storm lasts.
const NO_TIMEOUT: f64 = f64::INFINITY;

pub(crate) static PEERS: &[Formula] = &[
    Formula {
        name: "reconnecting-websocket",
        // `own` was drawn when the page was loaded.
        delay: |Draw { retry, own, .. }| {
            if retry == 0 { 0.0 } else { capped(1000.0 + own * 4000.0, 1.3, retry - 1, 10_000.0) }
        },
        timeout: 4000.0,
        retries: FOREVER,
    },
    Formula {
        name: "partysocket",
        delay: |Draw { retry, .. }| {
            if retry == 0 { 0.0 } else { capped(3000.0, 1.3, retry - 1, 10_000.0) }
        },
        timeout: 4000.0,
        retries: FOREVER,
    },
    Formula {
        name: "rews",
        delay: |Draw { retry, chance, .. }| {
            capped(150.0, 2.0, retry, 10_000.0) * (0.5 + chance / 2.0)
        },
        timeout: 10_000.0,
        retries: FOREVER,
    },
    Formula { name: "sockette", delay: |_| 1000.0, timeout: NO_TIMEOUT, retries: FOREVER },
    Formula {
        name: "sturdy-websocket",
        delay: |Draw { retry, .. }| {
            if retry == 0 { 0.0 } else { capped(1000.0, 1.5, retry - 1, 30_000.0) }
        },
        timeout: 5000.0,
        retries: FOREVER,
    },
    Formula {
        name: "robust-websocket",
        delay: |Draw { retry, .. }| listed(&[0.0, 3000.0, 10_000.0], retry, 10_000.0),
        timeout: NO_TIMEOUT,
        retries: 3,
    },
    Formula {
        name: "websocket-ts",
        // Its `ExponentialBackoff(1000, 6)`, the first of which is already doubled.
        delay: |Draw { retry, .. }| capped(1000.0, 2.0, retry + 1, 64_000.0),
        timeout: NO_TIMEOUT,
        retries: FOREVER,
    },
    Formula {
        name: "iso-websocket",
        delay: |Draw { retry, .. }| capped(1000.0, 2.0, retry, 10_000.0),
        timeout: 5000.0,
        retries: 3,
    },
    Formula {
        name: "socket.io",
        // The jitter comes before the cap.
        delay: |Draw { retry, chance, .. }| {
            (capped(1000.0, 2.0, retry, f64::INFINITY) * (0.5 + chance)).min(5000.0)
        },
        timeout: 20_000.0,
        retries: FOREVER,
    },
    Formula {
        name: "centrifuge",
        delay: |Draw { retry, chance, .. }| {
            (500.0 + chance * capped(500.0, 2.0, retry, 20_000.0)).min(20_000.0)
        },
        timeout: 5000.0,
        retries: FOREVER,
    },
    Formula {
        name: "phoenix",
        delay: |Draw { retry, .. }| {
            let first = [10.0, 50.0, 100.0, 150.0, 200.0, 250.0, 500.0, 1000.0, 2000.0];
            listed(&first, retry, 5000.0)
        },
        timeout: NO_TIMEOUT,
        retries: FOREVER,
    },
    Formula {
        name: "SignalR",
        delay: |Draw { retry, .. }| listed(&[0.0, 2000.0, 10_000.0, 30_000.0], retry, 30_000.0),
        timeout: NO_TIMEOUT,
        retries: 4,
    },
    Formula {
        name: "graphql-ws",
        delay: |Draw { retry, chance, .. }| {
            capped(1000.0, 2.0, retry, f64::INFINITY) + 300.0 + chance * 2700.0
        },
        timeout: NO_TIMEOUT,
        retries: 5,
    },
];

/// `min(max, min · factor^retry)`.
fn capped(min: f64, factor: f64, retry: i32, max: f64) -> f64 {
    (min * factor.powi(retry)).min(max)
}

fn listed(delays: &[f64], retry: i32, then: f64) -> f64 {
    delays.get(retry as usize).copied().unwrap_or(then)
}

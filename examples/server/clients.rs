//! What is remembered of clients between their requests, under the names that they give
//! themselves: over HTTP nothing else holds a client's requests together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

/// How many are remembered; then the one that was silent longest is forgotten.
const MAX_CLIENTS: usize = 1000;
/// How long a silent one is remembered.
const MEMORY: Duration = Duration::from_secs(120);
const MAX_NAME: usize = 64;

/// A client's name, in the query.
#[derive(Deserialize)]
pub(crate) struct Visitor {
    pub(crate) client: Option<Name>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(try_from = "String")]
pub(crate) struct Name(String);

pub(crate) struct Clients<T>(Mutex<HashMap<Name, Client<T>>>);

struct Client<T> {
    state: Arc<T>,
    seen: Instant,
}

impl<T> Clients<T> {
    /// What is remembered of this client; of an unknown one, `new()` from now on.
    pub(crate) fn recall(&self, name: &Name, now: Instant, new: impl FnOnce() -> T) -> Arc<T> {
        let mut clients = self.remembered(now);
        if !clients.contains_key(name) && clients.len() >= MAX_CLIENTS {
            let oldest = clients.iter().min_by_key(|(_, client)| client.seen);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                clients.remove(&oldest);
            }
        }
        let client = clients
            .entry(name.clone())
            .or_insert_with(|| Client { state: Arc::new(new()), seen: now });
        client.seen = now;
        Arc::clone(&client.state)
    }

    /// Makes the memory end also where nobody comes any more.
    pub(crate) fn forget_silent(&self, now: Instant) {
        drop(self.remembered(now));
    }

    fn remembered(&self, now: Instant) -> MutexGuard<'_, HashMap<Name, Client<T>>> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clients.retain(|_, client| now.duration_since(client.seen) < MEMORY);
        clients
    }
}

impl<T> Default for Clients<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if (1..=MAX_NAME).contains(&name.chars().count()) {
            Ok(Self(name))
        } else {
            Err(format!("a client's name has 1 to {MAX_NAME} characters"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts how often the client came.
    fn visit(clients: &Clients<AtomicUsize>, name: &str, now: Instant) -> usize {
        let client = clients.recall(&Name(name.into()), now, AtomicUsize::default);
        client.fetch_add(1, Ordering::Relaxed) + 1
    }

    #[test]
    fn a_silent_client_is_forgotten_after_a_while() {
        let clients = Clients::default();
        let start = Instant::now();
        assert_eq!(visit(&clients, "a", start), 1);
        assert_eq!(visit(&clients, "a", start + MEMORY / 2), 2);
        assert_eq!(visit(&clients, "a", start + MEMORY), 3);
        assert_eq!(visit(&clients, "a", start + MEMORY * 2), 1);
    }

    #[test]
    fn the_one_silent_longest_makes_room() {
        let clients = Clients::default();
        let start = Instant::now();
        visit(&clients, "first", start);
        visit(&clients, "second", start + Duration::from_millis(1));
        visit(&clients, "first", start + Duration::from_millis(2));
        for other in 2..=MAX_CLIENTS {
            visit(&clients, &other.to_string(), start + Duration::from_millis(3));
        }
        assert_eq!(visit(&clients, "first", start + Duration::from_millis(4)), 3);
        assert_eq!(visit(&clients, "second", start + Duration::from_millis(4)), 1);
    }

    #[test]
    fn a_silent_client_is_forgotten_although_nobody_comes() {
        let clients = Clients::default();
        let start = Instant::now();
        let state = clients.recall(&Name("a".into()), start, AtomicUsize::default);
        clients.forget_silent(start + MEMORY / 2);
        assert_eq!(Arc::strong_count(&state), 2);
        clients.forget_silent(start + MEMORY);
        assert_eq!(Arc::strong_count(&state), 1);
    }
}

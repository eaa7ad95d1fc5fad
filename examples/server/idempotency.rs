//! `Idempotency-Key`: a request that is repeated because its answer got lost acts only once.
//!
//! A middleware after the IETF draft "The Idempotency-Key HTTP Header Field". Where the draft
//! leaves a choice: a key is optional, and opaque, so quoted and bare ones are both taken; a
//! repeat that comes while the first request still runs waits for its answer; 5xx answers are not
//! kept, so that a repeat tries again.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header::HeaderName;
use axum::http::response::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::auth;
use crate::exchange::{self, Problem};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

const MAX_KEY: usize = 255;
/// How much is kept, and how long; the oldest answers make room.
const MAX_ENTRIES: usize = 1000;
const MAX_BYTES: usize = 16 << 20;
const LIFETIME: Duration = Duration::from_secs(600);

/// What was asked, and answered.
pub(crate) struct Memory {
    max_body: usize,
    /// Its keys are random, so nobody can make two bodies that look the same.
    fingerprints: RandomState,
    entries: Mutex<HashMap<Id, Entry>>,
}

/// Whoever sends the same key elsewhere, or is somebody else, means something else.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Id {
    path: String,
    principal: Option<String>,
    key: String,
}

struct Entry {
    fingerprint: u64,
    since: Instant,
    answer: Answer,
}

/// Nothing until the work is done.
type Answer = watch::Receiver<Option<Kept>>;

#[derive(Clone)]
struct Kept {
    parts: Parts,
    body: Bytes,
}

enum Claim {
    First(Work),
    Repeat(Answer),
}

/// The right to act. Given up without an answer, it leaves nothing behind.
struct Work {
    memory: Arc<Memory>,
    id: Id,
    answer: watch::Sender<Option<Kept>>,
}

/// The middleware.
pub(crate) async fn act_once(
    State(memory): State<Arc<Memory>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let Some(key) = key_of(request.headers())? else { return Ok(next.run(request).await) };
    let (parts, body) = request.into_parts();
    let body = exchange::whole(body, memory.max_body).await?;
    let id = Id {
        path: parts.uri.path().to_owned(),
        principal: auth::principal(&parts.headers, &parts.uri),
        key,
    };
    let fingerprint = memory.fingerprints.hash_one(&body);
    match memory.claim(id, fingerprint, Instant::now())? {
        Claim::First(work) => {
            let answer = work.answer.subscribe();
            let request = Request::from_parts(parts, body.into());
            // A task of its own goes on to its end when the client has gone away.
            tokio::spawn(async move { work.finish(next.run(request).await).await });
            respond(answer).await
        }
        Claim::Repeat(answer) => {
            let mut response = respond(answer).await?;
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            Ok(response)
        }
    }
}

fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut keys = headers.get_all(KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let is_printable = key.as_bytes().iter().all(|byte| matches!(byte, b' '..=b'~'));
    match key.to_str() {
        Ok(key) if is_printable && (1..=MAX_KEY).contains(&key.len()) && keys.next().is_none() => {
            Ok(Some(key.to_owned()))
        }
        _ => Err(Problem::bad_request(format!(
            "an Idempotency-Key has 1 to {MAX_KEY} printable characters"
        ))),
    }
}

async fn respond(mut answer: Answer) -> Result<Response, Problem> {
    let kept = answer.wait_for(Option::is_some).await.ok().and_then(|kept| kept.clone());
    kept.map(|Kept { parts, body }| Response::from_parts(parts, body.into()))
        .ok_or_else(|| Problem(StatusCode::INTERNAL_SERVER_ERROR, "it came to no answer".into()))
}

impl Memory {
    pub(crate) fn new(max_body: usize) -> Arc<Self> {
        Arc::new(Self { max_body, fingerprints: RandomState::new(), entries: Mutex::default() })
    }

    fn claim(self: &Arc<Self>, id: Id, fingerprint: u64, now: Instant) -> Result<Claim, Problem> {
        let mut entries = self.entries();
        entries.retain(|_, entry| entry.is_running() || now.duration_since(entry.since) < LIFETIME);
        if let Some(entry) = entries.get(&id) {
            return if entry.fingerprint == fingerprint {
                Ok(Claim::Repeat(entry.answer.clone()))
            } else {
                let why = "this Idempotency-Key was used with another body";
                Err(Problem(StatusCode::UNPROCESSABLE_ENTITY, why.into()))
            };
        }
        if entries.len() >= MAX_ENTRIES && forget_oldest(&mut entries).is_none() {
            return Err(Problem(StatusCode::SERVICE_UNAVAILABLE, "too much is running".into()));
        }
        let (answer, receiver) = watch::channel(None);
        entries.insert(id.clone(), Entry { fingerprint, since: now, answer: receiver });
        Ok(Claim::First(Work { memory: Arc::clone(self), id, answer }))
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Id, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What runs is never forgotten: its repeat would act again.
fn forget_oldest(entries: &mut HashMap<Id, Entry>) -> Option<Entry> {
    let done = entries.iter().filter(|(_, entry)| !entry.is_running());
    let oldest = done.min_by_key(|(_, entry)| entry.since).map(|(id, _)| id.clone())?;
    entries.remove(&oldest)
}

impl Entry {
    fn is_running(&self) -> bool {
        self.answer.borrow().is_none()
    }

    fn bytes(&self) -> usize {
        self.answer.borrow().as_ref().map_or(0, |kept| kept.body.len())
    }
}

impl Work {
    /// Tells the answer to all who wait, and keeps it.
    async fn finish(self, response: Response) {
        let (parts, body) = response.into_parts();
        let Ok(body) = to_bytes(body, usize::MAX).await else { return };
        if parts.status.is_server_error() || body.len() > MAX_BYTES {
            self.memory.entries().remove(&self.id);
        }
        self.answer.send_replace(Some(Kept { parts, body }));
        let mut entries = self.memory.entries();
        let mut bytes: usize = entries.values().map(Entry::bytes).sum();
        while bytes > MAX_BYTES {
            let Some(oldest) = forget_oldest(&mut entries) else { return };
            bytes -= oldest.bytes();
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.answer.borrow().is_none() {
            self.memory.entries().remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::response::IntoResponse;
    use axum::routing::post;
    use tokio::sync::Semaphore;
    use tower::ServiceExt;

    use super::*;

    /// An endpoint that works until it is told to stop, and answers how often it did.
    struct Endpoint {
        router: Router,
        memory: Arc<Memory>,
        count: Arc<AtomicUsize>,
        done: Arc<Semaphore>,
    }

    impl Endpoint {
        fn new() -> Self {
            let (count, done) = (Arc::<AtomicUsize>::default(), Arc::new(Semaphore::new(0)));
            let (counter, permit) = (count.clone(), done.clone());
            let work = async move |body: String| {
                let count = counter.fetch_add(1, Ordering::SeqCst) + 1;
                permit.acquire().await.unwrap().forget();
                match body.as_str() {
                    "panic" => panic!("on purpose"),
                    "fail" => StatusCode::BAD_GATEWAY.into_response(),
                    _ => format!("{body} {count}").into_response(),
                }
            };
            let memory = Memory::new(1000);
            let router = Router::new()
                .route("/", post(work))
                .layer(from_fn_with_state(memory.clone(), act_once));
            Self { router, memory, count, done }
        }

        fn ask(&self, body: &'static str) -> tokio::task::JoinHandle<(StatusCode, String, bool)> {
            let request = Request::post("/").header(KEY, "key").body(Body::from(body)).unwrap();
            let response = self.router.clone().oneshot(request);
            tokio::spawn(async {
                let response = response.await.unwrap();
                let (parts, body) = response.into_parts();
                let body = to_bytes(body, 1000).await.unwrap();
                let text = String::from_utf8(body.into()).unwrap();
                (parts.status, text, parts.headers.contains_key(REPLAYED))
            })
        }

        async fn until_running(&self) {
            while self.count.load(Ordering::SeqCst) == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn a_repeat_waits_for_the_first_request_that_still_runs() {
        let endpoint = Endpoint::new();
        let first = endpoint.ask("a");
        endpoint.until_running().await;
        let repeat = endpoint.ask("a");
        let (status, ..) = endpoint.ask("b").await.unwrap();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!repeat.is_finished());
        endpoint.done.add_permits(1);
        assert_eq!(first.await.unwrap(), (StatusCode::OK, "a 1".into(), false));
        assert_eq!(repeat.await.unwrap(), (StatusCode::OK, "a 1".into(), true));
    }

    #[tokio::test]
    async fn the_work_goes_on_when_the_client_has_gone_away() {
        let endpoint = Endpoint::new();
        let gone = endpoint.ask("a");
        endpoint.until_running().await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        endpoint.done.add_permits(1);
        assert_eq!(endpoint.ask("a").await.unwrap(), (StatusCode::OK, "a 1".into(), true));
    }

    #[tokio::test]
    async fn what_failed_is_tried_again() {
        let endpoint = Endpoint::new();
        endpoint.done.add_permits(4);
        for _ in 0..2 {
            let (status, _, is_replay) = endpoint.ask("fail").await.unwrap();
            assert_eq!((status, is_replay), (StatusCode::BAD_GATEWAY, false));
            let (status, _, is_replay) = endpoint.ask("panic").await.unwrap();
            assert_eq!((status, is_replay), (StatusCode::INTERNAL_SERVER_ERROR, false));
        }
        assert_eq!(endpoint.count.load(Ordering::SeqCst), 4);
        assert!(endpoint.memory.entries().is_empty());
    }

    fn id(key: usize) -> Id {
        Id { path: "/".into(), principal: None, key: key.to_string() }
    }

    /// The work, if there is some to do.
    fn claim(memory: &Arc<Memory>, key: usize, now: Instant) -> Option<Work> {
        match memory.claim(id(key), 0, now).unwrap() {
            Claim::First(work) => Some(work),
            Claim::Repeat(_) => None,
        }
    }

    #[tokio::test]
    async fn an_answer_is_kept_for_a_while() {
        let memory = Memory::new(1000);
        let start = Instant::now();
        claim(&memory, 1, start).unwrap().finish("answer".into_response()).await;
        assert!(claim(&memory, 1, start + LIFETIME - Duration::from_millis(1)).is_none());
        assert!(claim(&memory, 1, start + LIFETIME).is_some());
    }

    #[tokio::test]
    async fn so_many_answers_are_kept_and_work_is_never_forgotten() {
        let memory = Memory::new(1000);
        let start = Instant::now();
        let running = claim(&memory, 0, start).unwrap();
        claim(&memory, 1, start).unwrap().finish("answer".into_response()).await;
        let others: Vec<_> = (2..=MAX_ENTRIES).map(|key| claim(&memory, key, start)).collect();
        assert!(claim(&memory, 0, start).is_none());
        let full = memory.claim(id(1), 0, start).err().unwrap();
        assert_eq!(full.0, StatusCode::SERVICE_UNAVAILABLE);
        drop((running, others));
        assert!(memory.entries().is_empty());
    }

    #[tokio::test]
    async fn so_many_bytes_are_kept() {
        let memory = Memory::new(1000);
        let start = Instant::now();
        for (key, size) in [(1, MAX_BYTES / 2), (2, MAX_BYTES / 2), (3, 1), (4, MAX_BYTES + 1)] {
            let now = start + Duration::from_millis(key as u64);
            claim(&memory, key, now).unwrap().finish(vec![0; size].into_response()).await;
        }
        let now = start + Duration::from_millis(5);
        let kept = [2, 3].map(|key| claim(&memory, key, now).is_none());
        let forgotten = [1, 4].map(|key| claim(&memory, key, now).is_some());
        assert_eq!((kept, forgotten), ([true; 2], [true; 2]));
    }
}

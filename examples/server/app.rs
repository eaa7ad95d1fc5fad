//! The routes, and what the handlers share.

use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONNECTION, HOST,
    HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY, WWW_AUTHENTICATE,
};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tower::util::option_layer;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::info;

use crate::chat::Room;
use crate::clients::Clients;
use crate::faults::{Faults, Restart};
use crate::health::Clock;
use crate::hub::Hub;
use crate::idempotency::{self, Memory};
use crate::logs::Logs;
use crate::origin::OriginPolicy;
use crate::pico::Pico;
use crate::session::{self, Host};
use crate::talk::Talk;
use crate::transcriber::Transcribers;
use crate::video::Cameras;
use crate::wire::WireHandle;
use crate::{audio, auth, chat, exchange, faults, health, logs, pico, switches, translate, video};

pub(crate) type App = Arc<Shared>;

pub(crate) struct Config {
    pub(crate) origins: OriginPolicy,
    pub(crate) token: Option<String>,
    pub(crate) token_on_loopback: bool,
    pub(crate) faults: bool,
    pub(crate) dashboard: PathBuf,
    pub(crate) pkg: PathBuf,
    pub(crate) max_message: usize,
    pub(crate) max_body: usize,
    pub(crate) slow_consumer: Duration,
    pub(crate) keepalive: Duration,
    pub(crate) session: session::protocol::Config,
    pub(crate) transcribers: Option<Arc<Transcribers>>,
}

pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) hub: Arc<Hub>,
    pub(crate) logs: Logs,
    pub(crate) room: Room,
    /// By HTTP; on a WebSocket the connection remembers its own.
    pub(crate) talks: Clients<tokio::sync::Mutex<Talk>>,
    pub(crate) cameras: Cameras,
    pub(crate) pico: Pico,
    pub(crate) sessions: Arc<Host>,
    pub(crate) faults: Faults,
}

impl Shared {
    pub(crate) fn new(config: Config, logs: Logs, restart: mpsc::Sender<Restart>) -> App {
        let sessions = Host::new(config.session.clone(), config.transcribers.clone());
        let app = Arc::new(Self {
            config,
            clock: Clock::start(),
            hub: Arc::default(),
            logs,
            room: Room::new(),
            talks: Clients::default(),
            cameras: Cameras::default(),
            pico: Pico::new(),
            sessions,
            faults: Faults::new(restart),
        });
        tokio::spawn(forget_talks(Arc::downgrade(&app)));
        app
    }

    pub(crate) fn talk(&self) -> Talk {
        Talk::new(self.config.transcribers.clone())
    }

    /// The transcriber's name.
    pub(crate) fn engine(&self) -> Option<&str> {
        self.config.transcribers.as_ref().map(|it| it.name())
    }
}

pub(crate) fn router(app: &App) -> Router {
    let config = &app.config;
    let no_cache =
        SetResponseHeaderLayer::overriding(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Browsers silently repeat a POST when a kept connection breaks: one fault would be several.
    let no_keep_alive = config.faults.then(|| {
        SetResponseHeaderLayer::if_not_present(CONNECTION, HeaderValue::from_static("close"))
    });

    let sockets = Router::new()
        .route("/ws", get(chat::open))
        .route("/ws/video", get(video::open_viewer))
        .route("/ws/esp32cam", get(video::open_camera))
        .route("/ws/pico", get(pico::open))
        .route("/ws/audio", get(audio::open))
        .route("/ws/logs", get(logs::open))
        .route_layer(from_fn_with_state(app.clone(), switches::handshakes));
    let http_side =
        |route: MethodRouter<App>| route.head(exchange::here).options(exchange::preflight);
    let posts = Router::new()
        .route("/ws", http_side(post(chat::post)))
        .route("/api/translate", http_side(post(translate::post)))
        .route_layer(from_fn_with_state(Memory::new(config.max_body), idempotency::act_once))
        .route_layer(from_fn_with_state(app.clone(), switches::posts));
    let faults = if config.faults { faults::routes() } else { faults::no_routes() };
    let guarded = sockets
        .merge(posts)
        .merge(faults)
        .route_layer(from_fn_with_state(app.clone(), check_token))
        .merge(session::routes(app))
        .route_layer(from_fn_with_state(app.clone(), check_origin));

    Router::new()
        .route("/health", get(health::health))
        .merge(guarded)
        .nest_service("/pkg", ServeDir::new(&config.pkg))
        .fallback_service(ServeDir::new(&config.dashboard))
        .layer(no_cache)
        .layer(option_layer(no_keep_alive))
        .with_state(app.clone())
}

/// Clients that are gone leave no transcribers behind.
async fn forget_talks(app: Weak<Shared>) {
    while let Some(app) = app.upgrade() {
        app.talks.forget_silent(Instant::now());
        drop(app);
        sleep(Duration::from_secs(10)).await;
    }
}

/// Which pages may come in.
async fn check_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let origin = headers.get(ORIGIN).cloned();
    if let Some(origin) = &origin {
        let host = text(headers, HOST);
        if !origin.to_str().is_ok_and(|origin| app.config.origins.allows(origin, host)) {
            info!("refused {}: origin {origin:?} is not allowed", request.uri().path());
            return (StatusCode::FORBIDDEN, "this origin is not allowed; see --origin\n")
                .into_response();
        }
    }

    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let exposed = HeaderValue::from_static("retry-after, idempotency-replayed");
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    response
}

/// Who may come in at all. A preflight is the browser's own, and has no token.
async fn check_token(
    State(app): State<App>,
    Extension(wire): Extension<WireHandle>,
    request: Request,
    next: Next,
) -> Response {
    let is_preflight = request.method() == Method::OPTIONS;
    if !is_preflight && !auth::allows(&app.config, wire.peer, request.headers(), request.uri()) {
        info!("refused {}: no valid token from {}", request.uri().path(), wire.peer);
        let challenge = [(WWW_AUTHENTICATE, "Bearer")];
        return (StatusCode::UNAUTHORIZED, challenge, "a valid token is needed\n").into_response();
    }
    next.run(request).await
}

/// A header's value, if it is there and plain text.
pub(crate) fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

//! A session's half in JavaScript: what it is told, and whom it tells.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use super::Shared;
use super::host::{SocketHost, get, reach};
use super::message::Message;
use super::options::{Provider, ProviderError, Session, Url};
use super::requests::{Asked, Requests, asking, set, telling};
use crate::browser::source;
use crate::connection::AttemptId;
use crate::session::{Config, Resume};

#[wasm_bindgen(module = "/src/browser/session.js")]
extern "C" {
    pub(super) type OpenSession;

    #[wasm_bindgen(js_name = openSession)]
    fn open_session(settings: &Object, host: &Object) -> OpenSession;

    /// What the connection and the application's messages were when the page went.
    #[wasm_bindgen(method, getter)]
    fn kept(this: &OpenSession) -> JsValue;

    #[wasm_bindgen(method, catch)]
    pub(super) fn address(this: &OpenSession, base: &str) -> Result<String, JsValue>;

    #[wasm_bindgen(method)]
    pub(super) fn hear(this: &OpenSession, attempt: u32, data: &JsValue);

    #[wasm_bindgen(method)]
    pub(super) fn greet(this: &OpenSession, recv: f64, first: f64, number: u32, mode: u32);

    #[wasm_bindgen(method, js_name = addPart)]
    pub(super) fn add_part(this: &OpenSession, part: &JsValue);

    #[wasm_bindgen(method)]
    pub(super) fn abort(this: &OpenSession);

    #[wasm_bindgen(method)]
    pub(super) fn end(this: &OpenSession, attempt: u32, code: u16, reason: &str);

    #[wasm_bindgen(method)]
    pub(super) fn farewell(this: &OpenSession, recv: f64, first: f64, code: u16, reason: &str);

    #[wasm_bindgen(method)]
    pub(super) fn renew(this: &OpenSession);

    #[wasm_bindgen(method)]
    pub(super) fn save(
        this: &OpenSession,
        recv: f64,
        acked: f64,
        attaches: u32,
        numbered: u32,
        is_new: u32,
    );
}

pub(super) struct SessionSide {
    pub(super) js: OpenSession,
    token: Option<Provider<String>>,
    /// What the next reset is about.
    pub(super) delivered: RefCell<Vec<Message>>,
    pub(super) undelivered: RefCell<Vec<Message>>,
}

impl SessionSide {
    /// The session's half here, and what the connection is told.
    pub(super) fn open(
        session: Session,
        url: &Url,
        protocols: &Array,
        requests: &Requests,
        shared: &Rc<Shared>,
    ) -> (Self, Config) {
        let Session { core, token } = session;
        let place = match &url.0 {
            Provider::Fixed(url) if core.persists => Some(["everline:session:", url].concat()),
            _ => None,
        };
        let settings = requests.settings(shared);
        set(&settings, "url", asking(shared, SocketHost::http_url));
        set(&settings, "protocols", offering(protocols));
        if token.is_some() {
            set(&settings, "token", asking(shared, SocketHost::token));
        }
        set(&settings, "wait", core.wait.into());
        set(&settings, "place", place.as_ref().map(JsValue::from).unwrap_or_default());
        let js = open_session(&settings, &host(shared, telling(shared)));
        let resume = resume(&get(&js.kept(), "figures"));
        let side =
            Self { js, token, delivered: RefCell::default(), undelivered: RefCell::default() };
        (side, Config { persists: place.is_some(), resume, ..core })
    }

    /// The messages of a session that has outlived its page.
    pub(super) fn restored(&self) -> Vec<Message> {
        let messages = get(&self.js.kept(), "messages");
        let messages = messages.dyn_into::<Array>().unwrap_or_default();
        messages.iter().filter_map(|message| Message::from_js(&message)).collect()
    }

    pub(super) fn ask_token(&self) -> Option<Asked> {
        let answer = self.token.as_ref()?.ask();
        Some(Box::pin(async { Ok(answer.await.map_err(|ProviderError| "no token")?.into()) }))
    }
}

/// As `Kept` in `session.js` has them.
fn resume(figures: &JsValue) -> Option<Resume> {
    let figures = figures.dyn_ref::<Array>()?;
    let figure = |place| figures.get(place).as_f64().unwrap_or_default();
    Some(Resume {
        recv: figure(0) as u64,
        acked: figure(1) as u64,
        attaches: figure(2) as u32,
        numbered: figure(3) as u32,
        is_new: figure(4) > 0.0,
    })
}

fn offering(protocols: &Array) -> JsValue {
    let protocols = protocols.clone();
    let offer = move || protocols.clone();
    Closure::wrap(Box::new(offer) as Box<dyn Fn() -> Array>).into_js_value()
}

/// `SessionHost` in `session.js`.
fn host(shared: &Rc<Shared>, told: JsValue) -> Object {
    let shared = Rc::downgrade(shared);
    let host = Object::new();
    let weak = shared.clone();
    let say = move |attempt: u32, text: String| {
        if let Some(driver) = reach(&weak) {
            driver.host().say(AttemptId(attempt), &text);
        }
    };
    let say = Closure::wrap(Box::new(say) as Box<dyn Fn(u32, String)>);
    set(&host, "say", say.into_js_value());
    let weak = shared.clone();
    let lose = move |attempt: u32| {
        if let Some(driver) = reach(&weak) {
            driver.host().lose(AttemptId(attempt));
        }
    };
    let lose = Closure::wrap(Box::new(lose) as Box<dyn Fn(u32)>);
    set(&host, "lose", lose.into_js_value());
    let weak = shared.clone();
    let hear = move |letter: u8, kind: u8, number: u32, figures: Array, reason: JsValue| {
        if let Some(driver) = reach(&weak) {
            driver.host().hear(letter, source(kind, number), &figures, &reason);
        }
    };
    let hear = Closure::wrap(Box::new(hear) as Box<dyn Fn(u8, u8, u32, Array, JsValue)>);
    set(&host, "hear", hear.into_js_value());
    let weak = shared.clone();
    let receive = move |kind: u8, number: u32, bytes: u32| {
        reach(&weak).is_some_and(|driver| driver.receive(source(kind, number), bytes as usize))
    };
    let receive = Closure::wrap(Box::new(receive) as Box<dyn Fn(u8, u32, u32) -> bool>);
    set(&host, "receive", receive.into_js_value());
    let deliver = move |data: JsValue| {
        if let (Some(driver), Some(message)) = (reach(&shared), Message::from_js(&data)) {
            driver.host().deliver(message);
        }
    };
    let deliver = Closure::wrap(Box::new(deliver) as Box<dyn Fn(JsValue)>);
    set(&host, "deliver", deliver.into_js_value());
    set(&host, "told", told);
    host
}

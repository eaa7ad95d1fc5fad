//! Where requests go and what they carry, for the fallback and for sessions.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::pin::Pin;

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::host::{SocketHost, get, reach};
use super::options::{Batch, Credentials, Fallback, Provider, ProviderError, Url};
use super::{FallbackError, Shared};

#[wasm_bindgen(module = "/src/browser/fetch.js")]
extern "C" {
    pub(super) fn joins(message: &JsValue, batch: &str) -> bool;
}

#[wasm_bindgen(module = "/src/browser/http.js")]
extern "C" {
    pub(super) type Http;

    #[wasm_bindgen(constructor)]
    fn new(settings: &Object, url: &JsValue, tell: &JsValue) -> Http;

    #[wasm_bindgen(method, js_name = addPart)]
    pub(super) fn add_part(this: &Http, part: &JsValue);

    #[wasm_bindgen(method)]
    pub(super) fn post(this: &Http, post: u32, careful: bool, as_blob: bool);

    #[wasm_bindgen(method)]
    pub(super) fn abort(this: &Http);

    #[wasm_bindgen(method, js_name = sendOff)]
    pub(super) fn send_off(this: &Http);
}

pub(super) struct Requests {
    url: Option<Url>,
    headers: Provider<Vec<(String, String)>>,
    credentials: Option<Credentials>,
    pub(super) batch: &'static str,
    is_idempotent: bool,
    /// Where it is remembered that HTTP worked.
    pub(super) hint: Option<String>,
}

/// An answer for JavaScript.
pub(super) type Asked = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

impl Requests {
    pub(super) fn new(fallback: Fallback, socket_url: &Url) -> Self {
        let Fallback { url, headers, batch, credentials, core } = fallback;
        let batch = match batch {
            Batch::None => "none",
            Batch::Ndjson => "ndjson",
            Batch::Concat => "concat",
        };
        let hint = match (&url, &socket_url.0) {
            (Some(Url(Provider::Fixed(url))), _) => Some(url.clone()),
            (None, Provider::Fixed(url)) => Some(http_for(url)),
            _ => None,
        };
        Self { url, headers, credentials, batch, is_idempotent: core.idempotent, hint }
    }

    /// The fallback's half in JavaScript.
    pub(super) fn open_http(&self, shared: &Rc<Shared>) -> Http {
        let settings = self.settings(shared);
        set(&settings, "batch", self.batch.into());
        set(&settings, "idempotent", self.is_idempotent.into());
        Http::new(&settings, &asking(shared, SocketHost::http_url), &telling(shared))
    }

    /// What the fallback's half and a session's have in common.
    pub(super) fn settings(&self, shared: &Rc<Shared>) -> Object {
        let credentials = self.credentials.map(|credentials| match credentials {
            Credentials::Omit => "omit",
            Credentials::SameOrigin => "same-origin",
            Credentials::Include => "include",
        });
        let settings = Object::new();
        set(&settings, "credentials", credentials.map(JsValue::from).unwrap_or_default());
        set(&settings, "headers", asking(shared, SocketHost::headers));
        settings
    }

    /// It must not weaken what the socket's URL asks for.
    pub(super) fn ask_url(&self, socket_url: String) -> Asked {
        let answer = self.url.as_ref().map(|url| url.0.ask());
        Box::pin(async move {
            let url = match answer {
                Some(answer) => answer.await.map_err(|ProviderError| "no URL")?,
                None => http_for(&socket_url),
            };
            // Nothing would mean the page itself.
            let url = if url.is_empty() { url } else { absolute(&url)? };
            let is_weaker = socket_url.starts_with("wss:") && url.starts_with("http:");
            if url.is_empty() || is_weaker {
                return Err("no URL, or a weaker one than the socket's".into());
            }
            Ok(url.into())
        })
    }

    pub(super) fn ask_headers(&self) -> Asked {
        let answer = self.headers.ask();
        Box::pin(async move {
            let headers = answer.await.map_err(|ProviderError| "no headers")?;
            let pair = |(name, value)| Array::of2(&JsValue::from(name), &JsValue::from(value));
            Ok(headers.into_iter().map(pair).collect::<Array>().into())
        })
    }
}

impl FallbackError {
    pub(super) fn from_js(error: &JsValue) -> Option<Self> {
        let kind = get(error, "kind").as_string()?;
        Some(match kind.as_str() {
            "timeout" => Self::Timeout,
            "status" => Self::Status(get(error, "status").as_f64().unwrap_or_default() as u16),
            "redirect" => Self::Redirect,
            "type" => Self::Type,
            "body" => Self::Body,
            "provider" => Self::Provider,
            _ => Self::Network,
        })
    }
}

/// A function for JavaScript that asks the host, and answers with a promise.
pub(super) fn asking(shared: &Rc<Shared>, ask: fn(&SocketHost) -> Option<Asked>) -> JsValue {
    let shared = Rc::downgrade(shared);
    let ask = move || match reach(&shared).and_then(|driver| ask(driver.host())) {
        Some(answer) => future_to_promise(answer),
        None => Promise::reject(&JsValue::UNDEFINED),
    };
    Closure::wrap(Box::new(ask) as Box<dyn Fn() -> Promise>).into_js_value()
}

/// A function for JavaScript that tells the host of requests: `Tell` in `http.js`.
pub(super) fn telling(shared: &Rc<Shared>) -> JsValue {
    let shared = Rc::downgrade(shared);
    let tell = move |post: u32, parts: Array, kind: i32, value: JsValue, after: JsValue| {
        if let Some(driver) = reach(&shared) {
            let after = after.as_f64().unwrap_or(f64::NAN);
            driver.host().hear_of_post(post, parts.length(), kind, &value, after);
        }
    };
    Closure::wrap(Box::new(tell) as Box<dyn Fn(u32, Array, i32, JsValue, JsValue)>).into_js_value()
}

/// The URL, resolved against the page's.
pub(super) fn absolute(url: &str) -> Result<String, JsValue> {
    let page = get(&get(&js_sys::global(), "location"), "href");
    let url = match page.as_string() {
        Some(page) => web_sys::Url::new_with_base(url, &page),
        None => web_sys::Url::new(url),
    };
    Ok(url?.href())
}

pub(super) fn set(object: &Object, name: &str, value: JsValue) {
    let _ = Reflect::set(object, &name.into(), &value);
}

fn http_for(url: &str) -> String {
    match url.strip_prefix("ws") {
        Some(rest) => ["http", rest].concat(),
        None => url.to_string(),
    }
}

//! What JavaScript calls: listeners and timers.

use alloc::boxed::Box;

use wasm_bindgen::prelude::*;

use super::reason::JsReason;

#[wasm_bindgen]
extern "C" {
    /// Whatever a listener is called with. Each kind of event has some of these.
    pub(super) type Event;

    #[wasm_bindgen(method, getter)]
    pub(super) fn code(this: &Event) -> u16;

    #[wasm_bindgen(method, getter)]
    pub(super) fn reason(this: &Event) -> JsReason;

    #[wasm_bindgen(method, getter, js_name = wasClean)]
    pub(super) fn was_clean(this: &Event) -> bool;

    #[wasm_bindgen(method, getter)]
    pub(super) fn persisted(this: &Event) -> bool;

    #[wasm_bindgen(method, getter)]
    pub(super) fn target(this: &Event) -> Target;

    pub(super) type Target;

    #[wasm_bindgen(method, getter)]
    pub(super) fn hidden(this: &Target) -> bool;

    type Function;

    #[wasm_bindgen(method)]
    fn bind(this: &Function, this_argument: &JsValue, kind: u8) -> JsValue;
}

/// A Rust function for JavaScript. All have this one shape, for each further one needs its own glue:
/// a number that says what the event is (comparing names would be dearer), and the event.
pub(super) type Listener = Closure<dyn Fn(u8, Event)>;

pub(super) fn listener(listen: impl Fn(u8, Event) + 'static) -> Listener {
    Closure::wrap(Box::new(listen) as Box<dyn Fn(u8, Event)>)
}

/// The listener for the events of one kind.
pub(super) fn bind(listener: &JsValue, kind: u8) -> JsValue {
    listener.unchecked_ref::<Function>().bind(&JsValue::UNDEFINED, kind)
}

//! Errors that nobody caught: those of extensions are kept away, and no others.

use std::cell::RefCell;
use std::rc::Rc;

use everline::noise::Rule;
use everline::{ErrorFilterOptions, install_error_filter};
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// Dispatches an error as the browser does; false if it was suppressed.
fn throw(filename: &str, stack: &str) -> bool {
    let dispatch = Function::new_with_args(
        "filename, stack",
        "const error = Object.assign(new Error('x is null'), { stack });
        const [type, message] = ['error', 'Uncaught Error: x is null'];
        // The tests' own handler would take it for a failure of theirs.
        const keep = (event) => event.stopImmediatePropagation();
        addEventListener(type, keep);
        const init = { message, filename, error, cancelable: true };
        try {
            return dispatchEvent(new ErrorEvent(type, init));
        } finally {
            removeEventListener(type, keep);
        }",
    );
    let kept = dispatch.call2(&JsValue::UNDEFINED, &filename.into(), &stack.into());
    kept.unwrap().as_bool().unwrap()
}

const THEIRS: &str = "Error: x is null\n    at f (chrome-extension://aaaa/x.js:1:1)";

#[wasm_bindgen_test]
fn of_extensions_alone_are_suppressed_until_the_filter_is_dropped() {
    let told = Rc::new(RefCell::new(Vec::new()));
    let options = ErrorFilterOptions::new().on_suppressed({
        let told = told.clone();
        move |report| told.borrow_mut().push((report.message.clone(), report.rule))
    });
    let filter = install_error_filter(options);
    assert!(!throw("chrome-extension://aaaa/x.js", THEIRS));
    let ours = format!("{THEIRS}\n    at g (https://app.example.com/x.js:1:1)");
    assert!(throw("chrome-extension://aaaa/x.js", &ours));
    assert!(!throw("chrome-extension://aaaa/x.js", ""));
    assert_eq!(filter.suppressed(), 2);
    let message = || "Uncaught Error: x is null".to_string();
    let expected = [(message(), Rule::ExtensionFrames), (message(), Rule::ExtensionFile)];
    assert_eq!(*told.borrow(), expected);
    drop(filter);
    assert!(throw("chrome-extension://aaaa/x.js", THEIRS));
}

#[wasm_bindgen_test]
fn of_listed_places_are_suppressed_and_of_own_ones_kept() {
    let options = ErrorFilterOptions::new()
        .url("https://widgets.example/")
        .own_url("chrome-extension://aaaa/")
        .stack_trace_limit(false);
    let _filter = install_error_filter(options);
    assert!(throw("", THEIRS));
    assert!(!throw("", "Error: x is null\n    at f (https://widgets.example/w.js:1:1)"));
}

//! The lines of a stack, engine by engine.

use everline::noise::Origin::{self, Application, Extension, Neutral};
use everline::noise::{Context, Evidence, frames};

fn read(stack: &str) -> Vec<(&str, Origin)> {
    let context = Context { page: "https://app.example.com/", ..Context::default() };
    frames(&Evidence { stack, ..Evidence::default() }, &context)
        .map(|frame| (frame.location, frame.origin))
        .collect()
}

#[test]
fn of_v8() {
    for (line, frame) in [
        ("    at https://a.example/x.js:1:2", ("https://a.example/x.js:1:2", Application)),
        ("    at f (https://a.example/x.js:1:2)", ("https://a.example/x.js:1:2", Application)),
        (
            "    at async f (https://a.example/x.js:1:2)",
            ("https://a.example/x.js:1:2", Application),
        ),
        (
            "    at async chrome-extension://a/x.js:1:2",
            ("chrome-extension://a/x.js:1:2", Extension),
        ),
        (
            "    at A.f [as b] (chrome-extension://a/x.js:1:2)",
            ("chrome-extension://a/x.js:1:2", Extension),
        ),
        (
            "    at f (webpack-internal:///(rsc)/./x.ts:1:2)",
            ("webpack-internal:///(rsc)/./x.ts:1:2", Application),
        ),
        (
            "    at webpack-internal:///(rsc)/./x.ts:1:2",
            ("webpack-internal:///(rsc)/./x.ts:1:2", Application),
        ),
        ("    at Array.forEach (<anonymous>)", ("<anonymous>", Neutral)),
        ("    at <anonymous>:1:39", ("<anonymous>:1:39", Neutral)),
        ("    at new Promise (<anonymous>)", ("<anonymous>", Neutral)),
        ("    at async Promise.all (index 0)", ("", Neutral)),
        ("    at Array.map (native)", ("native", Neutral)),
        (
            "    at eval (eval at f (chrome-extension://a/x.js:15:55), <anonymous>:1:7)",
            ("chrome-extension://a/x.js:15:55", Extension),
        ),
        (
            "    at eval (eval at f (https://a.example/x.js:1:2), <anonymous>:1:7)",
            ("https://a.example/x.js:1:2", Application),
        ),
        (
            "    at h (eval at f (chrome-extension://a/x.js:1:2), webpack://b/y.js:3:4)",
            ("webpack://b/y.js:3:4", Application),
        ),
        (
            "    at h (eval at f (https://a.example/x.js:1:2), chrome-extension://a/y.js:3:4)",
            ("https://a.example/x.js:1:2", Application),
        ),
        ("    at eval (eval at <anonymous> (:1:1), <anonymous>:1:7)", ("<anonymous>:1:7", Neutral)),
        (
            "    at chrome-extension://fake (https://a.example/x.js:1:2)",
            ("https://a.example/x.js:1:2", Application),
        ),
        (
            "    at f (chrome-extension://fake) (https://a.example/x.js:1:2)",
            ("https://a.example/x.js:1:2", Application),
        ),
        (
            "    at wasm://wasm/0543fef2:wasm-function[0]:0x21",
            ("wasm://wasm/0543fef2:wasm-function[0]:0x21", Application),
        ),
        ("    at file:///C:/x.js:1:2", ("file:///C:/x.js:1:2", Application)),
        (
            "    at f (chrome-extension://a/(group)/x.js:1:2)\r",
            ("chrome-extension://a/(group)/x.js:1:2", Extension),
        ),
    ] {
        assert_eq!(read(line), [frame], "{line}");
    }
}

#[test]
fn of_gecko_and_webkit() {
    for (line, frame) in [
        ("f@https://a.example/x.js:1:2", ("https://a.example/x.js:1:2", Application)),
        ("@https://a.example/x.js:1:2", ("https://a.example/x.js:1:2", Application)),
        ("f@https://a.example/@scope/x.js:1:2", ("https://a.example/@scope/x.js:1:2", Application)),
        (
            "f/<@moz-extension://a/vendor/@pkg/i.js:3:4",
            ("moz-extension://a/vendor/@pkg/i.js:3:4", Extension),
        ),
        (
            "moz-extension://fake@https://a.example/x.js:1:2",
            ("https://a.example/x.js:1:2", Application),
        ),
        ("async*f@https://a.example/x.js:1:2", ("https://a.example/x.js:1:2", Application)),
        (
            "setTimeout handler*@moz-extension://a/x.js:1:2",
            ("moz-extension://a/x.js:1:2", Extension),
        ),
        ("f@<anonymous code>:6:56", ("<anonymous code>:6:56", Neutral)),
        ("@<anonymous code> line 15 > eval:1:7", ("<anonymous code> line 15 > eval:1:7", Neutral)),
        (
            "@moz-extension://a/x.js line 3 > eval:1:7",
            ("moz-extension://a/x.js line 3 > eval:1:7", Extension),
        ),
        (
            "f@https://a.example/ line 67 > injectedScript:1:39",
            ("https://a.example/ line 67 > injectedScript:1:39", Application),
        ),
        (
            "anonymous@webpack-internal:///./src/app.ts:3:7",
            ("webpack-internal:///./src/app.ts:3:7", Application),
        ),
        (
            "@https://a.example/app.wasm:wasm-function[0]:0x21",
            ("https://a.example/app.wasm:wasm-function[0]:0x21", Application),
        ),
        ("forEach@self-hosted:157:14", ("self-hosted:157:14", Neutral)),
        ("promiseReactionJob@[native code]", ("[native code]", Neutral)),
        ("ElementNotFoundError@", ("", Neutral)),
        (
            "@webkit-masked-url://hidden/:17:189527",
            ("webkit-masked-url://hidden/:17:189527", Extension),
        ),
        (
            "global code@safari-web-extension://A-1/x.js:1:2",
            ("safari-web-extension://A-1/x.js:1:2", Extension),
        ),
        ("https://a.example/x.js:1:2", ("https://a.example/x.js:1:2", Application)),
        ("f@app.js:1:2", ("app.js:1:2", Application)),
        ("f@user-script:7:1:2", ("user-script:7:1:2", Extension)),
    ] {
        assert_eq!(read(line), [frame], "{line}");
    }
}

#[test]
fn are_not_what_only_reads_like_them() {
    for line in [
        "",
        "Error: write to me@example.com",
        "TypeError: Failed to fetch dynamically imported module: https://a.example/x.js",
        "see https://a.example/",
        "From previous event:",
        "at",
    ] {
        assert_eq!(read(line), [], "{line}");
    }
}

#[test]
fn of_several_engines_in_one_stack_are_all_read() {
    let stack =
        "Error: x\n    at f (chrome-extension://a/x.js:1:2)\n  ---- \ng@https://a.example/x.js:1:2";
    let origins: Vec<_> = read(stack).into_iter().map(|(_, origin)| origin).collect();
    assert_eq!(origins, [Extension, Application]);
}

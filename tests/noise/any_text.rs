//! Whatever the texts are.

use everline::noise::{Context, Evidence, Origin, Rule, frames, judge};
use proptest::prelude::*;

use crate::cases;
use crate::random;

const PAGE: &str = "https://app.example.com/";

proptest! {
    #![proptest_config(random::cases(2000))]

    #[test]
    fn is_judged_the_same_twice(
        message in text(), filename in text(), own in text(), stack in text(), page in text(),
        patterns in prop::collection::vec(text(), 0..3),
    ) {
        let patterns = patterns.join("\n");
        let context = Context {
            page: &page,
            urls: &patterns,
            messages: &patterns,
            own_urls: &patterns,
            ..Context::default()
        };
        let evidence = Evidence {
            message: &message,
            filename: &filename,
            heading: &own,
            stack: &stack,
            causes: &stack,
            is_normal_close: false,
        };
        let rule = judge(&evidence, &context);
        prop_assert_eq!(rule, judge(&evidence, &context));
        for frame in frames(&evidence, &context) {
            prop_assert!(stack.contains(frame.location));
        }
    }

    #[test]
    fn is_kept_with_a_frame_of_the_application_anywhere(
        header in prop_oneof![Just(String::new()), "[ -~]{0,20}", "[ -~]{0,9}\n[ -~]{0,9}"],
        name in prop_oneof![Just("Error"), Just("TypeError"), Just("")],
        prefix in prop_oneof![Just(""), Just("Uncaught "), Just("Uncaught (in promise) ")],
        mut lines in prop::collection::vec(frame_of_an_extension(), 0..6),
        frame in frame_of_the_application(),
        place in any::<prop::sample::Index>(),
        filename in prop_oneof![Just(""), Just("chrome-extension://aaaa/x.js"), Just("<anonymous code>")],
        is_close in any::<bool>(),
    ) {
        let first = if name.is_empty() { header.clone() } else { format!("{name}: {header}") };
        let message = format!("{prefix}{first}");
        let mut all: Vec<String> = first.split('\n').map(String::from).collect();
        all.append(&mut lines);
        // Before the header, in its middle, or after any line.
        all.insert(place.index(all.len() + 1), frame);
        let stack = all.join("\n");
        let evidence = Evidence {
            message: &message,
            filename,
            heading: &header,
            stack: &stack,
            is_normal_close: is_close,
            ..Evidence::default()
        };
        let context = Context { page: PAGE, ..Context::default() };
        prop_assert_eq!(judge(&evidence, &context), Rule::ApplicationFrame, "{}", stack);
    }

    #[test]
    fn cases_are_kept_with_a_frame_of_the_application_anywhere(
        case in prop::sample::select(cases::all()),
        frame in frame_of_the_application(),
        place in any::<prop::sample::Index>(),
    ) {
        let mut lines = case.stack.clone();
        lines.insert(place.index(lines.len() + 1), frame);
        let stack = lines.join("\n");
        prop_assert!(!case.judge_with(&stack).suppresses(), "{}\n{stack}", case.name);
    }

    #[test]
    fn frames_of_extensions_alone_are_theirs(
        lines in prop::collection::vec(frame_of_an_extension(), 1..12),
    ) {
        let stack = lines.join("\n");
        let evidence = Evidence { stack: &stack, ..Evidence::default() };
        let context = Context { page: PAGE, ..Context::default() };
        let origins: Vec<_> = frames(&evidence, &context).map(|frame| frame.origin).collect();
        prop_assert_eq!(&origins, &vec![Origin::Extension; lines.len()], "{}", stack);
        prop_assert_eq!(judge(&evidence, &context), Rule::ExtensionFrames);
    }
}

/// A megabyte of anything: were it looked at again for each of its parts, this would take hours.
#[test]
fn long_stacks_are_read_in_time() {
    let context = Context {
        page: PAGE,
        urls: "https://widgets.example/",
        messages: "*",
        ..Context::default()
    };
    for part in [
        "at f (",
        "@",
        "a@b:",
        "@chrome-extension://a/",
        " (",
        "), ",
        ": ",
        "at ",
        "    at f (https://app.example.com/x.js:1:1)\n",
        "\n",
        "x",
        "Uncaught ",
        "é",
    ] {
        let stack = part.repeat(1_000_000 / part.len());
        let evidence = Evidence { filename: &stack, stack: &stack, ..Evidence::default() };
        judge(&evidence, &context);
        let evidence = Evidence { message: &stack, heading: &stack, causes: &stack, ..evidence };
        judge(&evidence, &context);
    }
}

fn text() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "at ",
        "async ",
        "eval at f",
        " (",
        ")",
        "), ",
        "@",
        ":",
        "://",
        "chrome-extension://a/x.js:1:2",
        "moz-extension:",
        "https://app.example.com/x.js:1:2",
        "<anonymous>",
        "<anonymous code>",
        ":1:7",
        "[native code]",
        "native",
        "Error: ",
        "Uncaught ",
        "index 0",
        "wasm-function[0]:0x21",
        "\n",
        "\r",
        " ",
        "é",
        "*",
        "a",
        "\u{10ffff}",
    ]);
    prop_oneof![
        3 => prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat()),
        1 => any::<String>(),
    ]
}

fn frame_of_the_application() -> impl Strategy<Value = String> {
    frame(vec![
        "https://app.example.com/assets/x.js:1:2",
        "https://cdn.example.com/@scope/lib.js:1:2",
        "https://app.example.com/extensions/a.js:3:1",
        "https://app.example.com/share?u=chrome-extension://abc/x.js:3:1",
        "http://127.0.0.1:8080/(group)/page.js:1:2",
        "webpack-internal:///(app-pages-browser)/./src/x.ts:1:2",
        "webpack:///./src/x.ts:1:2",
        "blob:https://app.example.com/8d1543f4:1:2",
        "data:text/javascript,f():1:2",
        "capacitor://localhost/main.js:1:2",
        "tauri://localhost/main.js:1:2",
        "vscode-webview://abc/index.html:3:1",
        "file:///C:/app/x.js:1:2",
        "wasm://wasm/0543fef2:wasm-function[0]:0x21",
        "https://app.example.com/app.wasm:wasm-function[0]:0x21",
        "app.js:1:2",
    ])
}

fn frame_of_an_extension() -> impl Strategy<Value = String> {
    frame(vec![
        "chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn/a/b.js:1:2",
        "Chrome-Extension://nkbihfbeogaeaoehlefnkodbefgpgknn/a(b)/c.js:1:2",
        "moz-extension://5e54df94-d457-48a1-87a8-17455bca8749/vendor/@pkg/i.js:3:4",
        "moz-extension://5e54df94-d457-48a1-87a8-17455bca8749/vendor/@i.js:3:4",
        "safari-web-extension://E1A2B3C4-0000-4000-8000-000000000000/content.js:2:9",
        "safari-extension://com.example-W8F64X92K3/ee7759dd/x.js:2:9",
        "webkit-masked-url://hidden/:21:35",
        "ms-browser-extension://abc/x.js:1:1",
        "extension://abc/x.js:1:1",
        "user-script:12:1:1",
    ])
}

/// A place as the engines write a call from it.
fn frame(places: Vec<&'static str>) -> impl Strategy<Value = String> {
    let forms = prop::sample::select(vec![
        "    at f (PLACE)",
        "    at PLACE",
        "    at async PLACE",
        "    at async f (PLACE)",
        "    at new Foo (PLACE)",
        "    at Object.f [as g] (PLACE)",
        "    at Object.chrome-extension://fake (PLACE)",
        "    at eval (eval at f (PLACE), <anonymous>:1:7)",
        "    at eval (eval at f (eval at g (PLACE), <anonymous>:1:1), <anonymous>:1:7)",
        "f@PLACE",
        "@PLACE",
        "async*f@PLACE",
        "setTimeout handler*f/<@PLACE",
        "PLACE > eval:1:7",
    ]);
    (forms, prop::sample::select(places))
        // Only old versions of WebKit leave the sign out, and only before a URL.
        .prop_filter("bare", |(form, place)| {
            !form.starts_with("PLACE") || place.contains("://") && !place.contains('@')
        })
        .prop_map(|(form, place)| form.replace("PLACE", place))
}

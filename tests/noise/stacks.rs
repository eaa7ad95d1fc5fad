//! Messages that look like frames.

use everline::noise::{Context, Evidence, Rule, judge};

const FAKE: &str = "Save failed: Error: x\n    at foo (chrome-extension://aaaa/bg.js:1:1)";

fn judged(message: &str, own: &str, stack: &str) -> Rule {
    let evidence = Evidence { message, heading: own, stack, ..Evidence::default() };
    judge(&evidence, &Context { page: "https://app.example.com/", ..Context::default() })
}

#[test]
fn are_not_proof_against_anybody() {
    let stack = format!("Error: {FAKE}");
    assert_eq!(judged(&format!("Uncaught Error: {FAKE}"), FAKE, &stack), Rule::Unattributed);
    assert_eq!(judged(FAKE, FAKE, &stack), Rule::Unattributed);
    // The event alone, the error alone, or a name that was given later.
    assert_eq!(judged(&format!("Uncaught Error: {FAKE}"), "", &stack), Rule::Unattributed);
    assert_eq!(judged(&format!("Uncaught SaveError: {FAKE}"), FAKE, &stack), Rule::Unattributed);
    assert_eq!(judged("", FAKE, &stack), Rule::Unattributed);
    assert_eq!(judged(FAKE, FAKE, FAKE), Rule::Unattributed);
}

#[test]
fn do_not_hide_whose_they_are() {
    let quoted = "wrapped: Error\n    at app (https://app.example.com/x.js:1:1)";
    let stack = format!("Error: {quoted}\n    at f (chrome-extension://aaaa/x.js:1:1)");
    assert_eq!(judged(&format!("Uncaught Error: {quoted}"), quoted, &stack), Rule::ExtensionFrames);
    // Changed since: what looks like the application's may be the application's.
    assert_eq!(judged("edited", "edited", &stack), Rule::ApplicationFrame);
}

#[test]
fn that_begin_alike_are_not_the_header() {
    let stack = "Error: no\n    at f (chrome-extension://aaaa/x.js:1:1)";
    assert_eq!(judged("n", "n", stack), Rule::ExtensionFrames);
    assert_eq!(judged("", "", stack), Rule::ExtensionFrames);
}

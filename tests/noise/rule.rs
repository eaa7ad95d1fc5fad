//! What decides, case by case of the rule.

use everline::noise::{Context, Evidence, Rule, judge};

const PAGE: &str = "https://app.example.com/start?x=1#top";
const THEIRS: &str = "    at f (chrome-extension://aaaa/x.js:1:1)";
const OURS: &str = "    at g (https://app.example.com/x.js:1:1)";
const NEUTRAL: &str = "    at Array.forEach (<anonymous>)";
const MESSAGE: &str = "Extension context invalidated.";

fn page() -> Context<'static> {
    Context { page: PAGE, ..Context::default() }
}

fn stacked<'a>(filename: &'a str, stack: &'a str) -> impl Fn(&Context<'_>) -> Rule + 'a {
    move |context| judge(&Evidence { filename, stack, ..Evidence::default() }, context)
}

fn said(message: &str) -> impl Fn(&Context<'_>) -> Rule + '_ {
    move |context| judge(&Evidence { message, ..Evidence::default() }, context)
}

#[test]
fn the_file_decides_where_no_frame_does() {
    for (filename, rule) in [
        ("chrome-extension://aaaa/x.js", Rule::ExtensionFile),
        ("MOZ-EXTENSION://aaaa/x.js", Rule::ExtensionFile),
        ("https://app.example.com/x.js", Rule::ApplicationFile),
        ("https://app.example.com/start?x=1", Rule::Unattributed),
        (PAGE, Rule::Unattributed),
        ("<anonymous code>", Rule::Unattributed),
        ("blob:chrome-extension://aaaa/8d15", Rule::ApplicationFile),
        ("", Rule::Unattributed),
    ] {
        assert_eq!(stacked(filename, "")(&page()), rule, "{filename}");
        assert_eq!(stacked(filename, NEUTRAL)(&page()), rule, "{filename}");
    }
}

#[test]
fn a_file_of_the_application_speaks_against_frames_of_extensions() {
    for filename in
        [PAGE, "https://app.example.com/x.js", "https://app.example.com/ line 6 > injectedScript"]
    {
        assert_eq!(stacked(filename, THEIRS)(&page()), Rule::ApplicationFile, "{filename}");
    }
    for filename in ["", "<anonymous code>", "chrome-extension://aaaa/x.js"] {
        assert_eq!(stacked(filename, THEIRS)(&page()), Rule::ExtensionFrames, "{filename}");
    }
}

#[test]
fn a_cause_with_a_frame_of_the_application_is_the_applications() {
    let judged =
        |stack, causes: &str| judge(&Evidence { stack, causes, ..Evidence::default() }, &page());
    assert_eq!(judged(THEIRS, OURS), Rule::ApplicationFrame);
    let two = format!("Error: 1\n{THEIRS}\nError: 2\n{OURS}");
    assert_eq!(judged(THEIRS, &two), Rule::ApplicationFrame);
    assert_eq!(judged(THEIRS, THEIRS), Rule::ExtensionFrames);
    // Frames of an extension are proof of nothing but themselves.
    assert_eq!(judged("", THEIRS), Rule::Unattributed);
}

#[test]
fn a_text_of_the_browsers_decides_as_a_whole() {
    for prefix in [
        "",
        "Error: ",
        "Uncaught Error: ",
        "Uncaught (in promise) Error: ",
        "uncaught exception: ",
        "Unhandled Promise Rejection: Error: ",
    ] {
        let message = format!("{prefix}{MESSAGE}");
        assert_eq!(said(&message)(&page()), Rule::RuntimeMessage, "{message}");
    }
    for message in [
        "Extension context invalidated",
        "extension context invalidated.",
        "SyncError: Extension context invalidated.",
        "Failed: Extension context invalidated.",
    ] {
        assert_eq!(said(message)(&page()), Rule::Unattributed, "{message}");
    }
}

#[test]
fn a_text_of_the_browsers_decides_nothing_against_a_name() {
    let judged = |filename, stack| {
        judge(
            &Evidence {
                message: MESSAGE,
                heading: MESSAGE,
                filename,
                stack,
                ..Evidence::default()
            },
            &page(),
        )
    };
    assert_eq!(judged("", OURS), Rule::ApplicationFrame);
    assert_eq!(judged("https://app.example.com/x.js", ""), Rule::ApplicationFile);
    assert_eq!(judged(PAGE, NEUTRAL), Rule::RuntimeMessage);
}

#[test]
fn texts_can_be_left_alone() {
    let context = Context { runtime_messages: false, ..page() };
    assert_eq!(said(MESSAGE)(&context), Rule::Unattributed);
    let in_extension = Context { page: "chrome-extension://bbbb/app.html", ..page() };
    assert_eq!(said(MESSAGE)(&in_extension), Rule::Unattributed);
}

#[test]
fn in_a_page_of_an_extension_its_own_files_are_the_applications() {
    for (page, own) in [
        ("chrome-extension://aaaa/app.html", true),
        ("CHROME-EXTENSION://aaaa/", true),
        ("chrome-extension://aaaab/app.html", false),
        ("moz-extension://aaaa/app.html", false),
        ("https://aaaa/", false),
    ] {
        let context = Context { page, ..Context::default() };
        let rule = if own { Rule::ApplicationFrame } else { Rule::ExtensionFrames };
        assert_eq!(stacked("", THEIRS)(&context), rule, "{page}");
    }
}

#[test]
fn normal_closes_are_noise_unless_the_application_took_part() {
    let judged =
        |stack| judge(&Evidence { is_normal_close: true, stack, ..Evidence::default() }, &page());
    assert_eq!(judged(""), Rule::NormalClose);
    assert_eq!(judged(OURS), Rule::ApplicationFrame);
    assert_eq!(said("1000")(&page()), Rule::Unattributed);
}

#[test]
fn listed_places_and_messages_count_as_extensions() {
    let widget = "    at w (https://widgets.example/v2/w.js:1:1)";
    let context = Context {
        urls: "https://widgets.example/",
        messages: "Error response received for message <*",
        ..page()
    };
    assert_eq!(stacked("", widget)(&page()), Rule::ApplicationFrame);
    assert_eq!(stacked("", widget)(&context), Rule::ExtensionFrames);
    assert_eq!(stacked("", &format!("{widget}\n{OURS}"))(&context), Rule::ApplicationFrame);
    let message = "Uncaught (in promise) Error: Error response received for message <get>";
    assert_eq!(said(message)(&page()), Rule::Unattributed);
    assert_eq!(said(message)(&context), Rule::ListedMessage);
}

#[test]
fn listed_places_can_be_the_applications() {
    let context = Context { own_urls: "chrome-extension://aaaa/", ..page() };
    assert_eq!(stacked("", THEIRS)(&context), Rule::ApplicationFrame);
    let other = Context { own_urls: "chrome-extension://bbbb/", ..page() };
    assert_eq!(stacked("", THEIRS)(&other), Rule::ExtensionFrames);
}

//! How it looks.

use web_sys::{HtmlInputElement, UrlSearchParams};
use yew::prelude::*;

use crate::chat::{Change, Chat, Line as Written, Standing};
use crate::line::Line;

/// Where the reference server is if the page's own URL does not say so: `?server=wss://…`.
const SERVER: &str = "ws://127.0.0.1:7860/ws";

#[component]
pub fn Page() -> Html {
    let chat = use_reducer(|| Chat::new(guest()));
    let line = {
        let chat = chat.dispatcher();
        // As long as the page is there, so is the line.
        use_memo((), |()| Line::open(server(), move |event| chat.dispatch(Change::Event(event))))
    };
    let input = use_node_ref();

    let write = {
        let (chat, line, input) = (chat.clone(), line.clone(), input.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(input) = input.cast::<HtmlInputElement>() else { return };
            let text = input.value().trim().to_owned();
            if !text.is_empty() {
                line.send(chat.message(&text));
                chat.dispatch(Change::Wrote(text));
                input.set_value("");
            }
        })
    };
    let reconnect = Callback::from(move |_| line.reconnect());

    let (state, words) = describe(&chat.standing);
    let is_down = matches!(chat.standing, Standing::Waiting { .. } | Standing::Over { .. });
    html! {
        <main>
            <header>
                <h1>{ "Everline in Rust" }</h1>
                <p class="standing" data-state={state} role="status">{ words }</p>
                <button type="button" onclick={reconnect} hidden={!is_down}>
                    { "Reconnect now" }
                </button>
            </header>
            <div class="log" role="log" aria-label="Messages" tabindex="0">
                <ol>{ for chat.lines.iter().map(show) }</ol>
            </div>
            <form onsubmit={write}>
                <label for="text">{ format!("You are {}", chat.me) }</label>
                <input id="text" ref={input} autocomplete="off" placeholder="Say something" />
                <button>{ "Send" }</button>
            </form>
        </main>
    }
}

fn describe(standing: &Standing) -> (&'static str, String) {
    match standing {
        Standing::Connecting => ("connecting", "Connecting…".into()),
        Standing::Open => ("open", "Open".into()),
        Standing::Waiting { attempt, delay, why } => {
            let delay = delay.as_secs_f32();
            ("waiting", format!("Reconnecting in {delay:.1} s, attempt {attempt}: {why}"))
        }
        Standing::Over { why } => ("over", format!("Given up: {why}")),
    }
}

fn show(line: &Written) -> Html {
    let Written { number, from, text, is_pending } = line;
    let state = match from {
        None => "note",
        Some(_) if *is_pending => "pending",
        Some(_) => "said",
    };
    html! {
        <li key={*number} data-state={state}>
            if let Some(from) = from {
                <b>{ from }</b>
            }
            <span>{ text }</span>
            if *is_pending {
                <small>{ "on its way" }</small>
            }
        </li>
    }
}

fn guest() -> String {
    format!("guest {}", 1000 + (js_sys::Math::random() * 9000.0) as u32)
}

fn server() -> String {
    let search = web_sys::window().and_then(|window| window.location().search().ok());
    let named = UrlSearchParams::new_with_str(&search.unwrap_or_default());
    named.ok().and_then(|named| named.get("server")).unwrap_or_else(|| SERVER.into())
}

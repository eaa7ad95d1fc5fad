//! A URL that is found anew for each attempt.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use everline::connection::Cause;
use everline::{Event, Options, ProviderError, Socket, Url};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{all, eager, next, url};

#[wasm_bindgen_test]
async fn it_is_asked_before_each_attempt() {
    let asked = Rc::new(Cell::new(0));
    let provider = Url::provider({
        let asked = asked.clone();
        move || {
            let turn = asked.replace(asked.get() + 1);
            async move {
                match turn {
                    0 => Err(ProviderError),
                    1 => Ok(String::from("ftp://example.com")),
                    2 => Ok(url("/faults/ws/close?code=4000")),
                    _ => Ok(url("/faults/ws/echo")),
                }
            }
        }
    });
    let mut socket = Socket::connect(provider, eager());
    for _ in 0..2 {
        assert_eq!(next(&mut socket).await, Event::Error(Cause::Provider));
        assert!(matches!(next(&mut socket).await, Event::Close(close) if close.code == 1006));
        assert!(matches!(next(&mut socket).await, Event::Reconnecting { .. }));
    }
    assert_eq!(next(&mut socket).await, Event::Open);
    assert!(matches!(next(&mut socket).await, Event::Close(close) if close.code == 4000));
    assert!(matches!(next(&mut socket).await, Event::Reconnecting { .. }));
    assert_eq!(next(&mut socket).await, Event::Open);
    assert_eq!(asked.get(), 4);
}

#[wasm_bindgen_test]
async fn one_that_hangs_is_an_attempt_that_timed_out() {
    let options = Options::new().connection_timeout(Duration::from_millis(150)).max_retries(0);
    let mut socket = Socket::connect(Url::provider(pending), options);
    assert_eq!(all(&mut socket).await.first(), Some(&Event::Error(Cause::Timeout)));
}

#[wasm_bindgen_test]
async fn an_answer_that_comes_too_late_connects_nothing() {
    let (answer, answered) = futures_util::future::abortable(pending::<()>());
    let answer = Rc::new(Cell::new(Some(answer)));
    let provider = Url::provider(move || {
        let answer = answer.take();
        async move {
            if let Some(answer) = answer {
                let _ = answer.await;
            }
            Ok(url("/faults/ws/echo"))
        }
    });
    let mut socket = Socket::connect(provider, Options::new());
    let close = socket.close().await;
    assert_eq!(close.code, 1006);
    all(&mut socket).await;
    answered.abort();
    // The next attempt runs through the same tasks, behind the late answer.
    socket.reconnect();
    assert_eq!(next(&mut socket).await, Event::Open);
    assert_eq!(socket.stats().opens, 1);
}

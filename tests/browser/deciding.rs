//! An application that decides about retries itself.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use everline::connection::{GaveUp, Verdict};
use everline::{Event, Socket};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{all, eager, url};

#[wasm_bindgen_test]
async fn it_is_asked_with_the_close_and_the_number_of_the_retry() {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let options = eager().should_reconnect({
        let asked = asked.clone();
        move |close, retry| {
            asked.borrow_mut().push((close.code, retry));
            if retry < 3 { Verdict::Retry } else { Verdict::Stop }
        }
    });
    // By the table of close codes this one is final.
    let mut socket = Socket::connect(url("/faults/ws/close?code=4403"), options);
    let events = all(&mut socket).await;
    assert_eq!(*asked.borrow(), [(4403, 1), (4403, 2), (4403, 3)]);
    assert_eq!(events.last(), Some(&Event::Failed(GaveUp::Verdict)));
}

#[wasm_bindgen_test]
async fn it_can_name_the_delay_or_leave_it_to_the_table() {
    let options = eager().should_reconnect(|_, retry| match retry {
        1 => Verdict::RetryAfter(150.0),
        _ => Verdict::ByCode,
    });
    let mut socket = Socket::connect(url("/faults/ws/close?code=4403"), options);
    let events = all(&mut socket).await;
    let delays: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Reconnecting { delay, .. } => Some(*delay),
            _ => None,
        })
        .collect();
    assert_eq!(delays, [Duration::from_millis(150)]);
    assert_eq!(events.last(), Some(&Event::Failed(GaveUp::FinalCode)));
}

//! The application may decide about each retry, at once or later.

use everline::connection::{
    Cause, Config, Event, Fallback, GaveUp, Millis, Page, Status, Transport, Verdict,
};

use crate::world::{Answer, Exchange, Fate, Plan, World, abnormal, clean, steady};

fn judged(verdict: Answer, first: Plan) -> World {
    let config = Config { judged: true, ..steady() };
    World::new(config)
        .plan(move |n| match n {
            1 => Plan { verdict, ..first.clone() },
            _ => Plan::healthy(),
        })
        .started()
}

fn closing_with(code: u16, reason: &'static str) -> Plan {
    Plan::living([(0.0, Fate::Close(code, reason))])
}

fn retrying(at: Millis, delay: Millis) -> (Millis, Event) {
    (at, Event::Reconnecting { attempt: 1, delay, cause: Cause::Close })
}

#[test]
fn comes_after_the_close_event() {
    let mut world = judged(Answer::Now(Verdict::Retry), Plan::failing());
    world.run(0.0);
    assert_eq!(
        world.kinds(),
        [
            Event::Error(Cause::Handshake),
            Event::Close(abnormal()),
            Event::Reconnecting { attempt: 1, delay: 500.0, cause: Cause::Handshake },
        ]
    );
}

#[test]
fn stops() {
    for answer in [Answer::Now(Verdict::Stop), Answer::After(2000.0, Verdict::Stop)] {
        let mut world = judged(answer, closing_with(1000, ""));
        world.run(60_000.0);
        assert_eq!(
            world.kinds(),
            [Event::Open, Event::Close(clean(1000, "")), Event::Failed(GaveUp::Verdict)]
        );
        assert_eq!((world.status(), world.deadline()), (Status::Failed, None));
    }
}

#[test]
fn retries_what_the_code_would_end() {
    let mut world = judged(Answer::Now(Verdict::Retry), closing_with(1008, ""));
    world.run(500.0);
    assert_eq!(world.status(), Status::Open);
}

#[test]
fn retries_with_the_peers_delay() {
    let mut world = judged(Answer::Now(Verdict::Retry), closing_with(1013, "retry=7000"));
    world.run(0.0);
    assert_eq!(world.events().last(), Some(&retrying(0.0, 7000.0)));
}

#[test]
fn retries_after_its_own_delay() {
    let answer = Answer::Now(Verdict::RetryAfter(3000.0));
    let mut world = judged(answer, closing_with(1013, "retry=7000"));
    world.run(0.0);
    assert_eq!(world.events().last(), Some(&retrying(0.0, 3000.0)));
    world.run(1000.0);
    world.page(Page::Awake);
    world.run(1999.0);
    assert_eq!(world.status(), Status::Waiting, "waking up does not shorten it");
    world.run(1.0);
    assert_eq!(world.status(), Status::Open);
}

#[test]
fn leaves_it_to_the_code() {
    let mut world = judged(Answer::Now(Verdict::ByCode), closing_with(1008, ""));
    world.run(0.0);
    assert_eq!(world.kinds().last(), Some(&Event::Failed(GaveUp::FinalCode)));
    let mut world = judged(Answer::Now(Verdict::ByCode), closing_with(1011, ""));
    world.run(0.0);
    assert_eq!(world.events().last(), Some(&retrying(0.0, 500.0)));
}

#[test]
fn may_take_its_time() {
    let mut world = judged(Answer::After(4000.0, Verdict::Retry), closing_with(1011, ""));
    world.run(3999.0);
    assert_eq!(world.status(), Status::Waiting);
    assert_eq!(world.deadline(), Some(10_000.0));
    world.page(Page::Awake);
    world.run(500.0);
    assert_eq!(world.events().last(), Some(&retrying(4000.0, 500.0)));
    world.run(1.0);
    assert_eq!(world.attempts(), [0.0, 4500.0]);
}

#[test]
fn that_never_comes_leaves_it_to_the_code() {
    let mut world = judged(Answer::Never, closing_with(1011, ""));
    world.run(10_000.0);
    assert_eq!(world.events().last(), Some(&retrying(10_000.0, 500.0)));
    let mut world = judged(Answer::Never, closing_with(1008, ""));
    world.run(10_000.0);
    assert_eq!(world.kinds().last(), Some(&Event::Failed(GaveUp::FinalCode)));
}

#[test]
fn that_comes_too_late_changes_nothing() {
    for late in [10_001.0, 10_500.0, 30_000.0] {
        let mut world = judged(Answer::After(late, Verdict::Stop), closing_with(1011, ""));
        world.run(60_000.0);
        assert_eq!((world.status(), world.attempts().len()), (Status::Open, 2), "{late}");
    }
}

#[test]
fn is_not_asked_for_what_the_application_ended() {
    let mut world = judged(Answer::Now(Verdict::Retry), Plan::healthy());
    world.run(10.0);
    world.close(1000);
    world.run(60_000.0);
    assert_eq!((world.status(), world.attempts().len()), (Status::Closed, 1));
}

#[test]
fn does_not_undo_a_close_or_a_reconnect() {
    let answer = Answer::After(2000.0, Verdict::Retry);
    let mut world = judged(answer, closing_with(1011, ""));
    world.run(1000.0);
    world.close(4000);
    world.run(60_000.0);
    assert_eq!(world.kinds().last(), Some(&Event::Close(clean(4000, ""))));

    let answer = Answer::After(2000.0, Verdict::Stop);
    let mut world = judged(answer, closing_with(1011, ""));
    world.run(1000.0);
    world.reconnect();
    world.run(60_000.0);
    assert_eq!((world.status(), world.attempts().len()), (Status::Open, 2));
}

#[test]
fn is_not_asked_about_a_page_that_is_put_away() {
    let mut world = judged(Answer::Now(Verdict::Stop), Plan::healthy());
    world.run(10.0);
    world.page(Page::Shelved);
    world.page(Page::Awake);
    world.run(1000.0);
    assert_eq!((world.status(), world.attempts().len()), (Status::Open, 2));
}

#[test]
fn about_a_websocket_is_none_about_http() {
    let fallback = Fallback { after: 1, retry_websocket: f64::INFINITY, ..Fallback::default() };
    let config = Config { judged: true, fallback: Some(fallback), ..steady() };
    let mut world = World::new(config)
        .plan(|n| match n {
            1 => Plan { verdict: Answer::After(11_000.0, Verdict::Stop), ..Plan::failing() },
            _ => Plan::healthy(),
        })
        .http(|n| if n == 2 { Exchange::status(403) } else { Exchange::healthy() })
        .started();
    world.run(10_500.0);
    assert_eq!(world.transport(), Some(Transport::Http));
    world.send();
    world.run(1000.0);
    assert_eq!(world.status(), Status::Waiting);
    world.run(11_000.0);
    assert_eq!((world.status(), world.acted()), (Status::Open, vec![0]));
}

#[test]
fn is_asked_for_where_no_attempt_was() {
    let fallback = Fallback { after: 0, retry_websocket: f64::INFINITY, ..Fallback::default() };
    let config = Config { judged: true, fallback: Some(fallback), ..steady() };
    let mut world = World::new(config)
        .http(|n| if n == 2 { Exchange::status(403) } else { Exchange::healthy() })
        .started();
    world.run(0.0);
    world.send();
    world.run(0.0);
    assert_eq!((world.status(), world.attempts().len()), (Status::Waiting, 0));
    world.run(10_500.0);
    assert_eq!((world.attempts().len(), world.acted()), (1, vec![0]));
}

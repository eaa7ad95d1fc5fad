//! A connection that opens only to die is a failure: delays grow until a message came, or until one
//! has lasted.

use everline::connection::{Config, Event, GaveUp, Heartbeat, Millis, Page, Status};

use crate::world::{Fate, Plan, World, steady};

fn dying_after(life: Millis) -> World {
    World::new(steady()).plan(move |_| Plan::living([(life, Fate::Cut)])).started()
}

#[test]
fn dying_at_once_keeps_the_delay_growing() {
    let mut world = dying_after(0.0);
    world.run(10_000.0);
    assert_eq!(world.attempts(), [0.0, 500.0, 1500.0, 3500.0, 7500.0]);
    assert_eq!(world.connection().retries(), 5);
}

#[test]
fn dying_at_once_is_counted_as_a_failed_attempt() {
    let mut world = World::new(Config { max_retries: 2, ..steady() })
        .plan(|_| Plan::living([(0.0, Fate::Close(1011, ""))]))
        .started();
    world.run(60_000.0);
    assert_eq!(world.attempts().len(), 3);
    assert_eq!(world.kinds().last(), Some(&Event::Failed(GaveUp::MaxRetries)));
}

#[test]
fn lasting_is_success() {
    let mut world = dying_after(5000.0);
    world.run(20_000.0);
    assert_eq!(world.attempts(), [0.0, 5500.0, 11_000.0, 16_500.0]);
}

#[test]
fn almost_lasting_is_failure() {
    let mut world = dying_after(4999.0);
    world.run(20_000.0);
    assert_eq!(world.attempts(), [0.0, 5499.0, 11_498.0, 18_497.0]);
}

#[test]
fn a_message_is_success() {
    let mut world = World::new(steady())
        .plan(|_| Plan::living([(1.0, Fate::Message), (2.0, Fate::Cut)]))
        .started();
    world.run(2000.0);
    assert_eq!(world.attempts(), [0.0, 502.0, 1004.0, 1506.0]);
}

#[test]
fn lasting_resets_the_count_while_it_is_open() {
    let mut world = World::new(steady())
        .plan(|n| if n < 4 { Plan::failing() } else { Plan::healthy() })
        .started();
    world.run(3500.0);
    assert_eq!((world.status(), world.connection().retries()), (Status::Open, 3));
    world.run(5000.0);
    assert_eq!(world.connection().retries(), 0);
    assert_eq!(world.deadline(), None);
}

/// In a throttled page, timers fire once a minute. What happens in between knows the time too.
#[test]
fn lasting_does_not_depend_on_the_timer() {
    for end in [Fate::Cut, Fate::Close(1011, "")] {
        let mut world = World::new(steady())
            .timer_lag(60_000.0)
            .plan(move |_| Plan::living([(50_000.0, end.clone())]))
            .started();
        world.run(1_000_000.0);
        assert_eq!(world.connection().counters().last_delay, Some(500.0));
    }

    let mut world = World::new(Config { max_retries: 1, ..steady() })
        .timer_lag(60_000.0)
        .plan(|n| if n == 1 { Plan::failing() } else { Plan::healthy() })
        .started();
    world.run(100_000.0);
    world.page(Page::Shelved);
    assert_eq!(world.status(), Status::Waiting, "has a retry again to come back with");
}

#[test]
fn lasting_counts_when_the_heartbeat_ends_it() {
    let heartbeat = Some(Heartbeat { interval: 3000.0, timeout: 2000.0 });
    let mut world = World::new(Config { heartbeat, ..steady() })
        .plan(|_| Plan { reply: None, ..Plan::healthy() })
        .started();
    world.run(20_000.0);
    assert_eq!(world.attempts(), [0.0, 5500.0, 11_000.0, 16_500.0]);
}

//! What a close code from the peer means.

use everline::connection::{Cause, Event, GaveUp, Status};

use crate::world::{Fate, Plan, World, clean, steady};

fn closed_with(code: u16) -> World {
    let mut world = World::new(steady())
        .plan(move |n| match n {
            1 => Plan::living([(10.0, Fate::Close(code, "why"))]),
            _ => Plan::healthy(),
        })
        .started();
    world.run(600.0);
    assert_eq!(world.kinds()[..2], [Event::Open, Event::Close(clean(code, "why"))]);
    world
}

/// Refuses every attempt with this code, after what happens before.
fn refusing(code: u16, before: &'static [Fate]) -> World {
    World::new(steady())
        .plan(move |_| {
            let mut life: Vec<_> = before.iter().map(|fate| (0.0, fate.clone())).collect();
            life.push((0.0, Fate::Close(code, "")));
            Plan::living(life)
        })
        .started()
}

#[test]
fn are_retried_like_any_drop() {
    for code in [1000, 1001, 1005, 1006, 1011, 1012, 1013, 1015, 4000, 4402, 4999] {
        assert_eq!(closed_with(code).status(), Status::Open, "{code}");
    }
}

#[test]
fn are_final_where_trying_again_is_pointless() {
    for code in [1002, 1003, 1007, 1008, 1009, 1010, 4400, 4403] {
        let world = closed_with(code);
        assert_eq!((world.status(), world.attempts().len()), (Status::Failed, 1), "{code}");
    }
}

#[test]
fn final_ones_are_told() {
    let mut world = refusing(1008, &[]);
    world.run(60_000.0);
    assert_eq!(
        world.kinds(),
        [Event::Open, Event::Close(clean(1008, "")), Event::Failed(GaveUp::FinalCode)]
    );
}

#[test]
fn refused_credentials_are_refreshed_once() {
    for code in [3000, 4401] {
        let mut world = refusing(code, &[]);
        world.run(60_000.0);
        assert_eq!(world.attempts(), [0.0, 500.0], "{code}");
        assert_eq!(
            world.kinds(),
            [
                Event::Open,
                Event::Close(clean(code, "")),
                Event::Reconnecting { attempt: 1, delay: 500.0, cause: Cause::Close },
                Event::Open,
                Event::Close(clean(code, "")),
                Event::Failed(GaveUp::FinalCode),
            ]
        );
    }
}

#[test]
fn another_failure_in_between_does_not_refresh_twice() {
    let mut world = World::new(steady())
        .plan(|n| match n {
            2 => Plan::failing(),
            _ => Plan::living([(0.0, Fate::Close(4401, ""))]),
        })
        .started();
    world.run(60_000.0);
    assert_eq!(world.attempts().len(), 3);
    assert_eq!(world.status(), Status::Failed);
}

#[test]
fn success_allows_another_refresh() {
    let mut world = World::new(steady())
        .plan(|n| match n {
            1 | 3 => Plan::living([(0.0, Fate::Close(4401, ""))]),
            2 => Plan::living([(5000.0, Fate::Close(4401, ""))]),
            _ => Plan::healthy(),
        })
        .started();
    world.run(5500.0);
    assert_eq!((world.status(), world.attempts().len()), (Status::Waiting, 2));
    // The refresh of the second connection's end is the third attempt, refused in its turn.
    world.run(60_000.0);
    assert_eq!((world.status(), world.attempts().len()), (Status::Failed, 3));
}

#[test]
fn refused_credentials_are_refreshed_once_also_by_a_server_that_greets() {
    let mut world = refusing(4401, &[Fate::Message]);
    world.run(60_000.0);
    assert_eq!((world.status(), world.attempts().len()), (Status::Failed, 2));
}

#[test]
fn the_application_allows_another_refresh_by_reconnecting() {
    let mut world = refusing(4401, &[]);
    world.run(60_000.0);
    assert_eq!(world.status(), Status::Failed);
    world.reconnect();
    world.run(60_000.0);
    assert_eq!(world.attempts().len(), 4);
}

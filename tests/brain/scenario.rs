//! Random servers, applications and machines.

use everline::connection::{
    Backoff, Config, Event, Fallback, Flush, Heartbeat, Jitter, Limits, Millis, Overflow, Page,
    Status, Transport, Verdict,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::world::{
    Answer, Command, Exchange, Fate, Handshake, Outcome, Plan, Presence, Resolve, World,
};

/// One life of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) config: Config,
    timer_lag: Millis,
    /// How the attempts go, over and over.
    plans: Vec<Plan>,
    /// How the requests go, over and over.
    exchanges: Vec<Exchange>,
    /// How many messages go in a request that outlives the page.
    keepalive: usize,
    /// What the application does, and how long after the last.
    commands: Vec<(Millis, Command)>,
    /// What the application does when it hears of something, as often as said here.
    reactions: Vec<(Heard, Command)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Heard {
    Open,
    Error,
    Close,
    Reconnecting,
    Failed,
    Dropped,
    TransportChange,
}

pub(crate) fn scenario(
    plans: usize,
    commands: usize,
    longest_gap: Millis,
) -> BoxedStrategy<Scenario> {
    let timer_lag =
        prop_oneof![4 => Just(0.0), 1 => 0.0..20.0, 1 => Just(1000.0), 1 => Just(60_000.0)];
    let gap = prop_oneof![1 => Just(0.0), 2 => 0.0..1000.0, 2 => 0.0..longest_gap];
    (
        config(),
        timer_lag,
        prop_oneof![
            4 => vec(plan(), 1..plans).boxed(),
            // WebSockets are blocked, and HTTP takes over for long.
            1 => Just(vec![Plan::failing()]).boxed(),
        ],
        vec(exchange(), 1..plans),
        prop_oneof![2 => Just(usize::MAX), 1 => 0usize..3],
        vec((gap, command()), 0..commands),
        vec((heard(), deed()), 0..6),
    )
        .prop_map(|(config, timer_lag, plans, exchanges, keepalive, commands, reactions)| {
            Scenario { config, timer_lag, plans, exchanges, keepalive, commands, reactions }
        })
        .boxed()
}

impl Scenario {
    /// Lives through it. The world checks itself at every step.
    pub(crate) fn play(&self) -> World {
        let plans = self.plans.clone();
        let exchanges = self.exchanges.clone();
        let mut reactions = self.reactions.clone();
        let mut world = World::new(self.config.clone())
            .timer_lag(self.timer_lag)
            .plan(move |n| plans[n as usize % plans.len()].clone())
            .http(move |n| exchanges[n as usize % exchanges.len()].clone())
            .keepalive(self.keepalive)
            .listen(move |event| {
                let heard = Heard::from(event);
                let reaction = reactions.iter().position(|(to, _)| *to == heard);
                reaction.map(|index| reactions.remove(index).1).into_iter().collect()
            })
            .started();
        for (gap, command) in &self.commands {
            world.run(*gap);
            world.command(command.clone());
        }
        world
    }

    /// The server is well again: the connection is open in time, unless it ended before, and then
    /// the application can have it back.
    pub(crate) fn recover(&self, world: &mut World) {
        world.heal();
        world.run(self.patience());
        match world.status() {
            Status::Open => return self.is_well(world),
            // Who closed it, or that it gave up and why, the ledger has seen.
            Status::Closed | Status::Failed => {}
            status => panic!("still {status:?} after {} ms", self.patience()),
        }
        world.reconnect();
        world.run(0.0);
        assert_eq!(world.status(), Status::Open, "the application wants it back");
        self.is_well(world);
    }

    /// It is on WebSocket, unless nobody wants that, and nothing waits.
    fn is_well(&self, world: &mut World) {
        let Some(fallback) = self.config.fallback else { return };
        if fallback.retry_websocket.is_finite() {
            assert_eq!(world.transport(), Some(Transport::WebSocket));
        } else {
            // What a page that left could not send off goes when it is back.
            world.page(Page::Awake);
            world.run(1000.0);
        }
        if !world.has_left_behind() {
            let connection = world.connection();
            assert_eq!((connection.queued(), connection.in_flight().count()), (0, 0));
        }
    }

    /// The longest that one may have to wait: for a sick attempt, for a verdict, for a retry, for
    /// the heartbeat to find out, and for the next attempt.
    fn patience(&self) -> Millis {
        let config = &self.config;
        let timers = 6.0 * (self.timer_lag + 1000.0);
        let heartbeat = config.heartbeat.map_or(0.0, |beat| beat.interval + beat.timeout);
        let delay = config.backoff.max.max(LONGEST_ASKED);
        let closing = 15_000.0;
        let back = self.config.fallback.map_or(0.0, |fallback| {
            let rest = fallback.retry_websocket;
            if rest.is_finite() { 1.25 * rest.max(300_000.0) + 2000.0 } else { 0.0 }
        });
        back + timers + heartbeat + 4.0 * config.connection_timeout + 2.0 * delay + closing
    }
}

const LONGEST_ASKED: Millis = 90_000.0;

pub(crate) fn config() -> impl Strategy<Value = Config> {
    let backoff = (0.0..5000.0, 0.0..60_000.0, 1.0..4.0, jitter())
        .prop_map(|(min, max, factor, jitter)| Backoff { min, max, factor, jitter });
    let limits = (
        prop_oneof![Just(0usize), 1usize..8, Just(usize::MAX)],
        prop_oneof![Just(0usize), 1usize..40, Just(usize::MAX)],
        prop_oneof![Just(Millis::INFINITY), 1.0..20_000.0],
        prop_oneof![Just(Overflow::DropNewest), Just(Overflow::DropOldest), Just(Overflow::Refuse)],
    )
        .prop_map(|(messages, bytes, time_to_live, overflow)| Limits {
            messages,
            bytes,
            time_to_live,
            overflow,
        });
    let heartbeat = prop::option::of((1.0..40_000.0, 1.0..15_000.0))
        .prop_map(|heartbeat| heartbeat.map(|(interval, timeout)| Heartbeat { interval, timeout }));
    let flush = prop_oneof![Just(Flush::BeforeOpen), Just(Flush::AfterOpen), Just(Flush::Manual)];
    (
        1.0..15_000.0,
        prop_oneof![0u32..6, Just(u32::MAX)],
        backoff,
        0.0..10_000.0,
        limits,
        flush,
        heartbeat,
        fallback(),
        any::<bool>(),
        any::<u64>(),
    )
        .prop_map(
            |(
                connection_timeout,
                max_retries,
                backoff,
                uptime,
                limits,
                flush,
                heartbeat,
                fallback,
                judged,
                seed,
            )| {
                let (limits, flush) = match fallback {
                    // What has to wait must be able to.
                    Some(_) => (
                        Limits { messages: limits.messages.max(1), ..limits },
                        if flush == Flush::Manual { Flush::BeforeOpen } else { flush },
                    ),
                    None => (limits, flush),
                };
                Config {
                    connection_timeout,
                    max_retries,
                    backoff,
                    min_uptime: uptime,
                    limits,
                    flush,
                    heartbeat,
                    fallback,
                    session: None,
                    judged,
                    seed,
                }
            },
        )
}

fn fallback() -> impl Strategy<Value = Option<Fallback>> {
    let poll = prop_oneof![2 => Just(Millis::INFINITY), 1 => 1.0..60_000.0];
    let retry_websocket = prop_oneof![
        4 => Just(5000.0),
        1 => 0.0..400_000.0,
        1 => Just(0.0),
        1 => Just(Millis::INFINITY),
    ];
    let fallback = (0u32..4, poll, any::<bool>(), retry_websocket, any::<bool>()).prop_map(
        |(after, poll, idempotent, retry_websocket, remembered)| Fallback {
            after,
            poll,
            idempotent,
            retry_websocket,
            remembered,
        },
    );
    prop_oneof![1 => Just(None), 2 => fallback.prop_map(Some)]
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let after = || prop_oneof![2 => Just(0.0), 3 => 0.0..500.0, 2 => 0.0..20_000.0];
    let presence = prop_oneof![
        8 => after().prop_map(Presence::After),
        1 => after().prop_map(Presence::Fails),
        1 => Just(Presence::Never),
    ];
    let status = prop_oneof![
        6 => Just(200u16),
        2 => prop::sample::select(vec![408u16, 409, 413, 425, 429, 503]),
        1 => prop::sample::select(vec![302u16, 400, 401, 403, 404, 410, 418, 500, 501, 502, 511]),
    ];
    let retry_after = prop::option::of(prop_oneof![Just(0.0), 0.0..LONGEST_ASKED]);
    let end = prop::option::weighted(0.9, (after(), prop::bool::weighted(0.7)));
    let answered = (after(), status, retry_after, vec(after(), 0..4), end).prop_map(
        |(after, status, retry_after, lines, end)| Outcome::Answered {
            after,
            status,
            retry_after,
            lines,
            end,
        },
    );
    let outcome = prop_oneof![
        12 => answered,
        1 => after().prop_map(Outcome::Lost),
        1 => after().prop_map(Outcome::Unsent),
        1 => Just(Outcome::Hangs),
    ];
    (presence, any::<bool>(), outcome).prop_map(|(presence, acts, outcome)| Exchange {
        presence,
        acts,
        outcome,
    })
}

fn jitter() -> impl Strategy<Value = Jitter> {
    prop_oneof![Just(Jitter::Spread), Just(Jitter::Full), Just(Jitter::Equal), Just(Jitter::None)]
}

fn plan() -> impl Strategy<Value = Plan> {
    let resolve = prop_oneof![
        6 => Just(Resolve::Now),
        2 => (0.0..20_000.0).prop_map(Resolve::After),
        1 => (0.0..20_000.0).prop_map(Resolve::Fails),
        1 => Just(Resolve::Never),
    ];
    let handshake = prop_oneof![
        6 => (0.0..500.0).prop_map(Handshake::Opens),
        1 => (0.0..20_000.0).prop_map(Handshake::Opens),
        2 => (0.0..2000.0).prop_map(Handshake::Fails),
        1 => Just(Handshake::Hangs),
        1 => Just(Handshake::Refused),
    ];
    let after = || prop_oneof![1 => Just(0.0), 3 => 0.0..500.0, 3 => 0.0..60_000.0];
    let takes = prop_oneof![4 => Just(usize::MAX), 1 => 0usize..4];
    (
        resolve,
        handshake,
        vec((after(), fate()), 0..6),
        prop::option::of(after()),
        takes,
        prop::option::of(after()),
        answer(),
        any::<bool>(),
    )
        .prop_map(|(resolve, handshake, life, reply, takes, closing, verdict, lingers)| Plan {
            resolve,
            handshake,
            life,
            reply,
            takes,
            closing,
            verdict,
            lingers,
        })
}

fn fate() -> impl Strategy<Value = Fate> {
    let code = prop_oneof![
        6 => prop::sample::select(vec![1000u16, 1001, 1005, 1011, 1012, 1013, 4000]),
        2 => prop::sample::select(vec![3000u16, 4401]),
        1 => prop::sample::select(vec![1002u16, 1008, 4400, 4403]),
    ];
    let reason = prop::sample::select(vec![
        "",
        "",
        "bye",
        "retry=0",
        "retry=50",
        "retry: 700",
        r#"{"retry": 90000}"#,
    ]);
    prop_oneof![
        3 => Just(Fate::Message),
        1 => Just(Fate::Reply),
        2 => (code, reason).prop_map(|(code, reason)| Fate::Close(code, reason)),
        1 => Just(Fate::Cut),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        4 => verdict().prop_map(Answer::Now),
        2 => (0.0..30_000.0, verdict()).prop_map(|(after, verdict)| Answer::After(after, verdict)),
        1 => Just(Answer::Never),
    ]
}

pub(crate) fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        4 => Just(Verdict::ByCode),
        1 => Just(Verdict::Stop),
        2 => Just(Verdict::Retry),
        2 => (0.0..LONGEST_ASKED).prop_map(Verdict::RetryAfter),
    ]
}

pub(crate) fn page() -> impl Strategy<Value = Page> {
    prop_oneof![
        2 => Just(Page::Awake),
        1 => Just(Page::Offline),
        1 => Just(Page::Shelved),
        1 => Just(Page::Leaving),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        15 => deed(),
        4 => page().prop_map(Command::Page),
        1 => (0.0..600_000.0).prop_map(Command::Sleep),
        1 => Just(Command::Timeout),
    ]
}

/// What an application does, also while it hears of something.
fn deed() -> impl Strategy<Value = Command> {
    let code = prop_oneof![Just(None), Just(Some(1000)), Just(Some(4001))];
    let reason = prop::sample::select(vec!["", "bye", "retry=5"]);
    prop_oneof![
        1 => (code.clone(), reason.clone()).prop_map(|(code, reason)| Command::Close(code, reason)),
        2 => (code, reason).prop_map(|(code, reason)| Command::Reconnect(code, reason)),
        10 => prop_oneof![4 => 0usize..20, 1 => Just(usize::MAX)].prop_map(Command::Send),
        4 => (0usize..20).prop_map(Command::Join),
        1 => Just(Command::TakeQueued),
        1 => Just(Command::Start),
    ]
}

fn heard() -> impl Strategy<Value = Heard> {
    prop::sample::select(vec![
        Heard::Open,
        Heard::Error,
        Heard::Close,
        Heard::Reconnecting,
        Heard::Failed,
        Heard::Dropped,
        Heard::TransportChange,
    ])
}

impl From<&Event> for Heard {
    fn from(event: &Event) -> Self {
        match event {
            Event::Open => Self::Open,
            Event::Error(_) => Self::Error,
            Event::Close(_) => Self::Close,
            Event::Reconnecting { .. } => Self::Reconnecting,
            Event::Failed(_) => Self::Failed,
            Event::Dropped { .. } => Self::Dropped,
            Event::TransportChange { .. } => Self::TransportChange,
        }
    }
}

//! Who is let in, and which carrier counts.

use super::*;

fn resume(mode: Mode, att: u64, recv: u64) -> Hello {
    Hello { new: false, recv, ..hello(mode, att) }
}

#[test]
fn the_first_hello_makes_a_session_and_a_repeated_one_finds_it() {
    let mut world = world();
    let first = world.session();
    world.close(first);
    let again = world.ws(hello(Mode::Ws, 2));
    assert_eq!(world.read(again), ["w 0 1"]);
    assert_eq!(world.sessions(), 1);
}

#[test]
fn the_welcome_tells_the_limits() {
    let config = Config { url: Some("wss://node".into()), ..Config::default() };
    let mut world = with(config);
    let protocols = Some(vec!["chat".into(), "other".into()]);
    let id = world.ws(Hello { protocols, ..hello(Mode::Ws, 1) });
    let expected = Welcome {
        recv: 0,
        seq: 1,
        hb: 20_000,
        win: 1 << 20,
        max: 1 << 20,
        ttl: 120_000,
        protocol: Some("chat".into()),
        url: Some("wss://node".into()),
    };
    let welcome = Frame::Control(Control::Welcome(Box::new(expected)));
    assert_eq!(world.frames(id), [Transmit::Frame(welcome)]);
}

#[test]
fn an_unknown_session_is_not_there() {
    let mut world = world();
    for hello in [resume(Mode::Ws, 1, 0), hello(Mode::Probe, 1)] {
        let id = world.ws(hello);
        assert_eq!(world.read(id), ["x 4404", "."]);
    }
    for mode in [Mode::Stream, Mode::Poll, Mode::Send] {
        let id = world.post(resume(mode, 1, 0), &[]);
        assert_eq!(world.read(id), ["x 4404", "."]);
    }
    assert_eq!(world.sessions(), 0);
}

#[test]
fn a_websocket_is_stale_if_another_attach_had_its_number() {
    let mut world = world();
    let current = world.ws(hello(Mode::Ws, 5));
    for (att, answer) in [(4, "x 4409"), (5, "x 4409"), (6, "w 0 1")] {
        let id = world.ws(resume(Mode::Ws, att, 0));
        assert_eq!(world.read(id).first().unwrap(), answer, "{att}");
    }
    assert_eq!(world.read(current), ["w 0 1", "x 4409", "."].split_at(1).1);
}

#[test]
fn a_post_is_stale_only_if_a_later_attach_was_here() {
    let mut world = world();
    let first = world.post(hello(Mode::Stream, 5), &[]);
    assert_eq!(world.read(first), ["w 0 1"]);
    let stale = world.post(resume(Mode::Stream, 4, 0), &[]);
    assert_eq!(world.read(stale), ["x 4409", "."]);
    let repeated = world.post(resume(Mode::Stream, 5, 0), &[]);
    assert_eq!(world.read(repeated), ["w 0 1"]);
    assert_eq!(world.read(first), ["x 4409", "."]);
}

#[test]
fn the_newest_carrier_gets_the_messages() {
    let mut world = world();
    let old = world.session();
    world.send("1");
    assert_eq!(world.read(old), ["= 1"]);
    let new = world.ws(resume(Mode::Ws, 2, 1));
    world.send("2");
    assert_eq!(world.read(old), ["x 4409", "."]);
    assert_eq!(world.read(new), ["w 0 2", "= 2"]);
    world.say(old, text("too late"));
    world.close(old);
    world.send("3");
    assert_eq!(world.read(new), ["= 3"]);
    assert!(world.heard.is_empty());
}

#[test]
fn key_and_principal_must_be_the_creators() {
    let mut world = world();
    let owner = world.ws(Hello { token: Some("me".into()), ..hello(Mode::Ws, 1) });
    assert_eq!(world.read(owner), ["w 0 1"]);
    let mine = Hello { token: Some("me".into()), ..resume(Mode::Ws, 2, 0) };
    let wrong = [
        Hello { key: "kkkkkkkkkkkkkkkkkkkkkK".into(), ..mine.clone() },
        Hello { key: format!("{KEY}k"), ..mine.clone() },
        Hello { token: Some("you".into()), ..mine.clone() },
        Hello { token: None, new: true, ..mine.clone() },
    ];
    for hello in wrong {
        for mode in [Mode::Ws, Mode::Probe] {
            let id = world.ws(Hello { mode, ..hello.clone() });
            assert_eq!(world.read(id), ["x 4403", "."]);
        }
        let id = world.post(Hello { mode: Mode::Send, seq: Some(1), ..hello }, &[text("forged")]);
        assert_eq!(world.read(id), ["x 4403", "."]);
    }
    world.send("undisturbed");
    assert_eq!(world.read(owner), ["= undisturbed"]);
    let id = world.ws(mine);
    assert_eq!(world.read(id), ["w 0 1", "= undisturbed"]);
    assert!(world.heard.is_empty());
}

#[test]
fn what_the_gate_says_is_told() {
    let mut world = world();
    let id = world.ws(Hello { token: Some("bad".into()), ..hello(Mode::Ws, 1) });
    assert_eq!(world.read(id), ["x 4401", "."]);
    let id = world.ws(Hello { token: Some("far".into()), ..hello(Mode::Ws, 1) });
    let end = End { url: Some("wss://far".into()), ..End::new(4421, "not here") };
    let expected =
        [Transmit::Frame(Frame::Control(Control::End(end.clone()))), Transmit::End(Some(end))];
    assert_eq!(world.frames(id), expected);
    assert_eq!(world.sessions(), 0);
}

#[test]
fn a_probe_attaches_nothing_until_its_second_hello() {
    let mut world = world();
    let stream = world.post(hello(Mode::Stream, 1), &[]);
    assert_eq!(world.read(stream), ["w 0 1"]);
    let socket = world.ws(resume(Mode::Probe, 0, 0));
    assert_eq!(world.read(socket), ["w 0 1"]);
    world.send("1");
    world.say(socket, ping(0));
    assert_eq!(world.read(socket), ["a 0"]);
    assert_eq!(world.read(stream), ["= 1"]);
    world.say(socket, control(resume(Mode::Ws, 2, 1)));
    assert_eq!(world.read(socket), ["w 0 2"]);
    assert_eq!(world.read(stream), ["x 4409", "."]);
    world.say(socket, text("up"));
    assert_eq!(world.heard, ["up"]);
}

#[test]
fn a_probe_carries_no_messages_and_there_is_no_third_hello() {
    let mut world = world();
    world.session();
    let probe = world.ws(resume(Mode::Probe, 0, 0));
    world.say(probe, text("up"));
    assert_eq!(world.read(probe), ["x 4400", "."]);
    let socket = world.ws(resume(Mode::Ws, 2, 0));
    world.say(socket, control(resume(Mode::Ws, 3, 0)));
    assert_eq!(world.read(socket), ["x 4400", "."]);
    assert!(world.heard.is_empty());
}

#[test]
fn a_hello_that_makes_no_sense_is_malformed() {
    let mut world = world();
    let ok = hello(Mode::Ws, 1);
    let wrong = [
        Hello { v: 2, ..ok.clone() },
        Hello { id: "short".into(), ..ok.clone() },
        Hello { id: format!("{}/", &ID[1..]), ..ok.clone() },
        Hello { key: "k".repeat(129), ..ok.clone() },
        Hello { att: None, ..ok.clone() },
        Hello { recv: 1, ..ok.clone() },
        Hello { mode: Mode::Poll, ..ok.clone() },
    ];
    for hello in wrong {
        let id = world.ws(hello);
        assert_eq!(world.read(id), ["x 4400", "."]);
    }
    for mode in [Mode::Ws, Mode::Probe] {
        let id = world.post(hello(mode, 1), &[]);
        assert_eq!(world.read(id), ["x 4400", "."]);
    }
    let opening = Opening {
        kind: Kind::WebSocket,
        sid: Some("BBBBBBBBBBBBBBBBBBBBBB".into()),
        address: String::new(),
        gate: Box::new(gate),
    };
    let id = world.server.open(opening, world.now);
    world.say(id, control(ok));
    assert_eq!(world.read(id), ["x 4400", "."]);
    assert_eq!(world.sessions(), 0);
}

//! What the devices live in: a motor, a lamp, a battery, and time that passes smoothly.

use std::f64::consts::TAU;
use std::time::Instant;

use serde_json::{Value, json};

/// Of the room and the idle robot, °C.
const AMBIENT: f64 = 22.0;
/// The picture's world is this wide; see the picture for what moves in it.
pub(crate) const WIDTH: f64 = 480.0;
pub(crate) const BALL_RADIUS: f64 = 30.0;

#[derive(Clone)]
pub(crate) struct World {
    updated: Instant,
    /// Seconds since the start.
    pub(crate) time: f64,
    pub(crate) led: bool,
    /// What was commanded, percent.
    pub(crate) throttle: f64,
    /// What the motor does about it, percent.
    pub(crate) motor: f64,
    pub(crate) temperature: f64,
    pub(crate) battery: f64,
    charging: bool,
    pub(crate) ball: Ball,
    /// How far the ground has rolled by.
    pub(crate) distance_rolled: f64,
}

#[derive(Clone)]
pub(crate) struct Ball {
    pub(crate) x: f64,
    velocity: f64,
    /// Of its hops, in turns; half a turn is one hop.
    hop: f64,
    /// How far it has turned, in radians.
    pub(crate) spin: f64,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            updated: Instant::now(),
            time: 0.0,
            led: false,
            throttle: 20.0,
            motor: 0.0,
            temperature: AMBIENT,
            battery: 92.0,
            charging: false,
            ball: Ball { x: WIDTH / 3.0, velocity: 1.0, hop: 0.0, spin: 0.0 },
            distance_rolled: 0.0,
        }
    }

    /// Lets the time pass that has passed.
    pub(crate) fn update(&mut self) {
        let now = Instant::now();
        self.advance(now.duration_since(self.updated).as_secs_f64());
        self.updated = now;
    }

    fn advance(&mut self, seconds: f64) {
        self.time += seconds;
        self.motor += (self.throttle - self.motor) * fraction(seconds, 0.6);
        let warm = AMBIENT + 2.0 * (self.time / 47.0 * TAU).sin() + self.motor * 0.22;
        self.temperature += (warm - self.temperature) * fraction(seconds, 8.0);

        let load = 0.02 + self.motor * 0.002 + if self.led { 0.02 } else { 0.0 };
        self.battery += seconds * if self.charging { 2.0 } else { -load };
        self.battery = self.battery.clamp(0.0, 100.0);
        self.charging = self.battery < if self.charging { 95.0 } else { 15.0 };

        self.distance_rolled += seconds * (0.4 + self.motor * 0.05);
        self.ball.advance(seconds, self.motor);
    }

    /// What the sonar measures, in centimetres.
    fn distance(&self) -> f64 {
        120.0 + 60.0 * (self.time / 19.0 * TAU).sin() + 9.0 * (self.time / 5.3 * TAU).sin()
    }

    pub(crate) fn telemetry(&self) -> Value {
        json!({
            "type": "telemetry",
            "temperature": tenths(self.temperature),
            "battery": tenths(self.battery),
            "distance": tenths(self.distance()),
            "motor": tenths(self.motor),
            "led": self.led,
        })
    }

    /// Obeys one command, and answers what is the case now.
    pub(crate) fn obey(&mut self, command: &Value) -> Value {
        let name = command.get("command").and_then(Value::as_str).unwrap_or_default();
        let value = command.get("value").unwrap_or(&Value::Null);
        let problem = match name {
            "led" => match switched(value, self.led) {
                Some(led) => {
                    self.led = led;
                    None
                }
                None => Some("led takes on, off or toggle"),
            },
            "motor" => match value.as_f64().filter(|percent| (0.0..=100.0).contains(percent)) {
                Some(percent) => {
                    self.throttle = percent;
                    None
                }
                None => Some("motor takes a number from 0 to 100"),
            },
            _ => Some("the commands are led and motor"),
        };
        let now = match name {
            "led" => self.led.into(),
            "motor" => self.throttle.into(),
            _ => Value::Null,
        };
        let mut ack = json!({
            "type": "command_ack",
            "command": name,
            "value": now,
            "ok": problem.is_none(),
        });
        if let Some(ack) = ack.as_object_mut() {
            ack.extend(problem.map(|problem| ("message".into(), problem.into())));
            // Tells commands apart, for those who number them.
            ack.extend(command.get("id").map(|id| ("id".into(), id.clone())));
        }
        ack
    }
}

impl Ball {
    /// How high it is, 0 on the ground, 1 at the top of a hop.
    pub(crate) fn height(&self) -> f64 {
        (self.hop * TAU).sin().abs()
    }

    fn advance(&mut self, seconds: f64, motor: f64) {
        let speed = 50.0 + 3.5 * motor;
        self.x += self.velocity * speed * seconds;
        if self.x < BALL_RADIUS {
            self.velocity = 1.0;
        } else if self.x > WIDTH - BALL_RADIUS {
            self.velocity = -1.0;
        }
        self.x = self.x.clamp(BALL_RADIUS, WIDTH - BALL_RADIUS);
        self.hop = (self.hop + seconds * (0.3 + motor * 0.006)).fract();
        self.spin += self.velocity * seconds * speed / BALL_RADIUS;
    }
}

fn switched(value: &Value, now: bool) -> Option<bool> {
    match value {
        Value::Bool(on) => Some(*on),
        Value::String(word) => match word.as_str() {
            "on" => Some(true),
            "off" => Some(false),
            "toggle" => Some(!now),
            _ => None,
        },
        _ => None,
    }
}

/// How much of the way something has gone that needs `time` seconds for two thirds of it.
fn fraction(seconds: f64, time: f64) -> f64 {
    1.0 - (-seconds / time).exp()
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_obeyed_and_acknowledged() {
        let mut world = World::new();
        let ack = world.obey(&json!({ "command": "led", "value": "toggle", "id": 7 }));
        assert!(world.led);
        assert_eq!(
            (&ack["ok"], &ack["value"], &ack["id"]),
            (&json!(true), &json!(true), &json!(7))
        );
        let ack = world.obey(&json!({ "command": "motor", "value": 70 }));
        assert_eq!(ack["value"], 70.0);
        world.advance(5.0);
        assert!((world.motor - 70.0).abs() < 1.0);
    }

    #[test]
    fn a_command_that_makes_no_sense_changes_nothing() {
        let mut world = World::new();
        for (command, value) in [
            ("led", json!("blue")),
            ("motor", json!(101)),
            ("motor", json!("5")),
            ("jump", json!(1)),
        ] {
            let ack = world.obey(&json!({ "command": command, "value": value }));
            assert_eq!(ack["ok"], false, "{command} {value}");
            assert!(ack["message"].is_string());
        }
        assert!(!world.led);
        assert_eq!(world.throttle, 20.0);
    }

    #[test]
    fn everything_stays_in_its_bounds_for_a_day() {
        let mut world = World::new();
        world.throttle = 100.0;
        for _ in 0..24 * 3600 * 5 {
            world.advance(0.2);
            assert!((0.0..=100.0).contains(&world.battery));
            assert!((0.0..=60.0).contains(&world.temperature));
            assert!((0.0..=WIDTH).contains(&world.ball.x));
            assert!(world.distance() > 0.0);
        }
    }
}

//! The test picture: a ball that hops over a rolling plain at dusk. That it moves, its frame
//! counter and its clock make a frozen picture easy to see.

use std::f64::consts::TAU;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use jpeg_encoder::{ColorType, Encoder, EncodingError};

use crate::font;
use crate::world::{self, BALL_RADIUS, World};

const WIDTH: u16 = world::WIDTH as u16;
const HEIGHT: u16 = 270;
const HORIZON: i32 = 150;
const QUALITY: u8 = 70;

type Color = [u8; 3];

const NIGHT: Color = [17, 20, 56];
const DUSK: Color = [98, 54, 128];
const GLOW: Color = [255, 150, 92];
const SUN: Color = [255, 214, 122];
const PLAIN: Color = [19, 16, 44];
const GRID: Color = [74, 210, 214];
const WHITE: Color = [244, 244, 250];
const RED: Color = [238, 74, 84];
const BLACK: Color = [0, 0, 0];
const PANEL: Color = [8, 8, 22];
const DIM: Color = [134, 138, 170];
const LAMP: Color = [120, 255, 140];

/// What stays the same in every frame.
static SCENERY: LazyLock<Canvas> = LazyLock::new(scenery);

pub(crate) fn jpeg(world: &World, number: u32) -> Result<Vec<u8>, EncodingError> {
    let canvas = draw(world, number);
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, QUALITY).encode(&canvas.pixels, WIDTH, HEIGHT, ColorType::Rgb)?;
    Ok(jpeg)
}

fn draw(world: &World, number: u32) -> Canvas {
    let mut canvas = SCENERY.clone();
    rolling_lines(&mut canvas, world.distance_rolled);
    ball(&mut canvas, world);
    canvas.text(10, 9, 2, WHITE, "EVERLINE CAM");
    canvas.text(10, 29, 2, DIM, &clock());
    canvas.text(326, 9, 2, WHITE, &format!("FRAME {:06}", number % 1_000_000));
    lamp(&mut canvas, world.led);
    instruments(&mut canvas, world);
    canvas
}

fn scenery() -> Canvas {
    let mut canvas = Canvas { pixels: vec![0; usize::from(WIDTH) * usize::from(HEIGHT) * 3] };
    let (width, height) = (i32::from(WIDTH), i32::from(HEIGHT));
    for y in 0..HORIZON {
        let down = f64::from(y) / f64::from(HORIZON);
        let color = if down < 0.6 {
            mix(NIGHT, DUSK, down / 0.6)
        } else {
            mix(DUSK, GLOW, (down - 0.6) / 0.4)
        };
        canvas.rectangle(0, y, width, 1, color);
    }
    // The sun, striped towards the horizon.
    canvas.disc(330.0, 128.0, 46.0, |_, y| (y < 22.0 && (y < 0.0 || y % 8.0 > 2.5)).then_some(SUN));
    canvas.rectangle(0, HORIZON, width, height - HORIZON, PLAIN);
    for line in -14..=14 {
        for y in HORIZON..height {
            let depth = f64::from(y - HORIZON + 4) / f64::from(height - HORIZON);
            let x = 240.0 + f64::from(line) * 70.0 * depth;
            canvas.blend(x as i32, y, GRID, 0.15 + 0.35 * depth);
        }
    }
    canvas.rectangle(0, HORIZON, width, 1, GRID);
    canvas
}

/// The lines across the plain, which come nearer as the robot drives.
fn rolling_lines(canvas: &mut Canvas, rolled: f64) {
    for line in 0..14 {
        let ahead = f64::from(line) + 1.0 - rolled.fract();
        let y = f64::from(HORIZON) + 130.0 / (ahead + 0.1);
        let strength = (0.75 / (ahead * 0.35)).min(0.75);
        for x in 0..i32::from(WIDTH) {
            canvas.blend(x, y as i32, GRID, strength);
        }
    }
}

fn ball(canvas: &mut Canvas, world: &World) {
    let height = world.ball.height();
    let (x, ground) = (world.ball.x, 226.0);
    let y = ground - BALL_RADIUS - height * 116.0;
    for dy in -7..=7 {
        let half =
            (1.0 - f64::from(dy * dy) / 56.0).max(0.0).sqrt() * BALL_RADIUS * (1.1 - 0.5 * height);
        for dx in -(half as i32)..=half as i32 {
            canvas.blend(x as i32 + dx, ground as i32 + dy, BLACK, 0.55 - 0.3 * height);
        }
    }
    canvas.disc(x, y, BALL_RADIUS, |dx, dy| {
        let turn = (dy.atan2(dx) - world.ball.spin).rem_euclid(TAU) / TAU;
        let color = if (turn * 6.0) as i32 % 2 == 0 { RED } else { WHITE };
        // Lit from the upper left.
        let light = 1.0 - ((dx + 10.0).hypot(dy + 12.0) / (BALL_RADIUS * 1.9)).powi(2);
        Some(mix(NIGHT, color, light.clamp(0.15, 1.0)))
    });
}

fn lamp(canvas: &mut Canvas, on: bool) {
    let (x, y) = (456.0, 44.0);
    if on {
        for dy in -24i32..=24 {
            for dx in -24i32..=24 {
                let glow = 1.0 - f64::from(dx * dx + dy * dy).sqrt() / 24.0;
                canvas.blend(x as i32 + dx, y as i32 + dy, LAMP, glow.max(0.0) * 0.7);
            }
        }
    }
    canvas.disc(x, y, 9.0, |_, _| Some(PANEL));
    canvas.disc(x, y, 7.0, |_, _| Some(if on { LAMP } else { [40, 64, 52] }));
    canvas.text(400, 41, 1, if on { LAMP } else { DIM }, if on { "LED ON" } else { "LED OFF" });
}

fn instruments(canvas: &mut Canvas, world: &World) {
    let top = i32::from(HEIGHT) - 28;
    canvas.rectangle(0, top, i32::from(WIDTH), 28, PANEL);
    canvas.text(10, top + 11, 1, WHITE, &format!("TEMP {:4.1} C", world.temperature));
    canvas.text(100, top + 11, 1, WHITE, &format!("BATTERY {:3.0} %", world.battery));
    canvas.text(208, top + 11, 1, WHITE, &format!("MOTOR {:3.0} %", world.motor));
    let (x, width) = (290, 180);
    canvas.rectangle(x, top + 10, width, 9, [36, 36, 66]);
    for step in 0..(world.motor / 100.0 * f64::from(width)) as i32 {
        let color = mix(GRID, RED, f64::from(step) / f64::from(width));
        canvas.rectangle(x + step, top + 10, 1, 9, if step % 6 < 5 { color } else { PANEL });
    }
    let wanted = (world.throttle / 100.0 * f64::from(width)) as i32;
    canvas.rectangle(x + wanted - 1, top + 7, 2, 15, WHITE);
}

fn clock() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = now.as_secs() % 86_400;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{} UTC", seconds % 60, now.subsec_millis() / 100)
}

/// Red, green and blue, row by row.
#[derive(Clone)]
struct Canvas {
    pixels: Vec<u8>,
}

impl Canvas {
    fn blend(&mut self, x: i32, y: i32, color: Color, strength: f64) {
        if let Some(pixel) = self.pixel(x, y) {
            *pixel = mix(*pixel, color, strength);
        }
    }

    fn rectangle(&mut self, left: i32, top: i32, width: i32, height: i32, color: Color) {
        for y in top..top + height {
            for x in left..left + width {
                if let Some(pixel) = self.pixel(x, y) {
                    *pixel = color;
                }
            }
        }
    }

    /// A disc, coloured by the distance from its centre in x and y, with a smooth edge.
    fn disc(&mut self, x: f64, y: f64, radius: f64, color: impl Fn(f64, f64) -> Option<Color>) {
        let reach = radius as i32 + 1;
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                let (pixel_x, pixel_y) = (x as i32 + dx, y as i32 + dy);
                let (off_x, off_y) = (f64::from(pixel_x) - x, f64::from(pixel_y) - y);
                let inside = (radius - off_x.hypot(off_y) + 0.5).clamp(0.0, 1.0);
                if inside > 0.0
                    && let Some(color) = color(off_x, off_y)
                {
                    self.blend(pixel_x, pixel_y, color, inside);
                }
            }
        }
    }

    fn text(&mut self, left: i32, top: i32, scale: i32, color: Color, text: &str) {
        let mut x = left;
        for character in text.chars() {
            for (row, bits) in (0..font::HEIGHT).zip(font::glyph(character)) {
                for column in 0..font::WIDTH {
                    if bits >> (font::WIDTH - 1 - column) & 1 == 1 {
                        let (x, y) = (x + column * scale, top + row * scale);
                        self.rectangle(x + 1, y + 1, scale, scale, BLACK);
                        self.rectangle(x, y, scale, scale, color);
                    }
                }
            }
            x += (font::WIDTH + 1) * scale;
        }
    }

    fn pixel(&mut self, x: i32, y: i32) -> Option<&mut Color> {
        let (x, y) = (u16::try_from(x).ok()?, u16::try_from(y).ok()?);
        if x >= WIDTH {
            return None;
        }
        let index = usize::from(y) * usize::from(WIDTH) + usize::from(x);
        self.pixels.as_chunks_mut().0.get_mut(index)
    }
}

fn mix(from: Color, to: Color, how_much: f64) -> Color {
    let mut mixed = from;
    for (channel, to) in mixed.iter_mut().zip(to) {
        let from = f64::from(*channel);
        *channel = (from + (f64::from(to) - from) * how_much) as u8;
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_jpeg_and_no_two_are_the_same() {
        let world = World::new();
        let (first, second) = (jpeg(&world, 1).unwrap(), jpeg(&world, 2).unwrap());
        assert!(first.starts_with(&[0xFF, 0xD8, 0xFF]));
        assert_ne!(first, second);
        assert!(first.len() < 64 * 1024, "{} bytes", first.len());
    }

    #[test]
    fn the_lamp_lights_the_picture_up() {
        let mut world = World::new();
        let light = |world: &World| -> u64 {
            draw(world, 1).pixels.iter().map(|&channel| u64::from(channel)).sum()
        };
        let dark = light(&world);
        world.led = true;
        assert!(light(&world) > dark);
    }
}

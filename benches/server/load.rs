//! Many clients of a WebSocket server in one thread, which do as little as they can themselves: their
//! frames are made once and what comes back is counted, not read.
//!
//! `load ADDRESS PATH` takes orders from stdin, one a line, and answers each with a line of JSON:
//!
//! - `connect COUNT`: opens so many more, each of which waits for its first message;
//! - `echo COUNT WINDOW MS BYTES`: so many of them keep WINDOW messages of BYTES on their way for MS.
// wasm-pack builds all targets.
#![cfg(not(target_arch = "wasm32"))]

use std::io::{self, BufRead, ErrorKind, Write};
use std::process::ExitCode;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// How many handshakes are on their way at once.
const AT_ONCE: usize = 64;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "load: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> io::Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(address), Some(path)) = (args.next(), args.next()) else {
        return Err(io::Error::new(ErrorKind::InvalidInput, "an address and a path are needed"));
    };
    let mut clients = Vec::new();
    for order in io::stdin().lock().lines() {
        let order = order?;
        let mut words = order.split(' ');
        let name = words.next();
        let figures: Vec<usize> = words.filter_map(|word| word.parse().ok()).collect();
        let start = Instant::now();
        let done = match (name, figures.as_slice()) {
            (Some("connect"), [count]) => {
                clients.extend(connect_all(&address, &path, *count).await?);
                clients.len() as u64
            }
            (Some("echo"), [count, window, ms, bytes]) => {
                let until = start + Duration::from_millis(*ms as u64);
                let busy = clients.split_off(clients.len().saturating_sub(*count));
                let (messages, rested) = echo_all(busy, *window, *bytes, until).await?;
                clients.extend(rested);
                messages
            }
            _ => return Err(io::Error::new(ErrorKind::InvalidInput, order)),
        };
        let ms = start.elapsed().as_secs_f64() * 1000.0;
        writeln!(io::stdout(), "{{\"done\":{done},\"ms\":{ms}}}")?;
    }
    Ok(())
}

async fn connect_all(address: &str, path: &str, count: usize) -> io::Result<Vec<Client>> {
    stream::iter(0..count)
        .map(|_| Client::connect(address, path))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// Answers with the number of messages that came back in time.
async fn echo_all(
    clients: Vec<Client>,
    window: usize,
    bytes: usize,
    until: Instant,
) -> io::Result<(u64, Vec<Client>)> {
    let burst = echo_frame(bytes).repeat(window);
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|client| tokio::spawn(client.echo(burst.clone(), window, until)))
        .collect();
    let (mut messages, mut rested) = (0, Vec::new());
    for task in tasks {
        let (count, client) = task.await??;
        messages += count;
        rested.push(client);
    }
    Ok((messages, rested))
}

struct Client {
    stream: TcpStream,
    frames: Frames,
}

impl Client {
    /// Resolves once the first message is here.
    async fn connect(address: &str, path: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        let behind = loop {
            stream.read_buf(&mut answer).await.and_then(not_the_end)?;
            if let Some(at) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break answer.split_off(at + 4);
            }
        };
        if !answer.starts_with(b"HTTP/1.1 101 ") {
            return Err(io::Error::other(String::from_utf8_lossy(&answer).into_owned()));
        }
        let mut client = Self { stream, frames: Frames::default() };
        if client.frames.count(&behind) == 0 {
            let mut buffer = [0; 1024];
            while client.receive(&mut buffer).await? == 0 {}
        }
        Ok(client)
    }

    /// Sends a burst, and a message for each that comes back until then; waits for the last.
    async fn echo(
        mut self,
        burst: Vec<u8>,
        window: usize,
        until: Instant,
    ) -> io::Result<(u64, Self)> {
        let mut buffer = vec![0; 16 << 10];
        let (mut messages, mut on_their_way) = (0, window);
        self.stream.write_all(&burst).await?;
        while on_their_way > 0 {
            let count = self.receive(&mut buffer).await?;
            if Instant::now() < until {
                messages += count as u64;
                let answer = burst.get(..burst.len() / window * count).unwrap_or(&burst);
                self.stream.write_all(answer).await?;
            } else {
                on_their_way = on_their_way.saturating_sub(count);
            }
        }
        Ok((messages, self))
    }

    /// How many messages came.
    async fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.stream.read(buffer).await.and_then(not_the_end)?;
        Ok(self.frames.count(buffer.get(..length).unwrap_or_default()))
    }
}

fn not_the_end(length: usize) -> io::Result<usize> {
    if length == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(length) }
}

/// Where one is in a stream of frames, which a server does not mask.
#[derive(Default)]
struct Frames {
    header: Vec<u8>,
    /// Of the payload.
    left: u64,
    is_message: bool,
}

impl Frames {
    /// How many messages end within these bytes.
    fn count(&mut self, mut bytes: &[u8]) -> usize {
        let mut messages = 0;
        while let Some((&first, rest)) = bytes.split_first() {
            if self.left > 0 {
                let part = bytes.len().min(self.left as usize);
                bytes = bytes.get(part..).unwrap_or_default();
                self.left -= part as u64;
            } else {
                bytes = rest;
                self.header.push(first);
                let Some(length) = length(&self.header) else { continue };
                self.is_message = self.header.first().is_some_and(|first| first & 0x0f < 8);
                self.header.clear();
                self.left = length;
            }
            messages += usize::from(self.left == 0 && self.is_message);
        }
        messages
    }
}

/// What a frame's header says about its payload, once it is complete.
fn length(header: &[u8]) -> Option<u64> {
    match *header {
        [_, short @ 0..=125] => Some(short.into()),
        [_, 126, a, b] => Some(u16::from_be_bytes([a, b]).into()),
        [_, 127, a, b, c, d, e, f, g, h] => Some(u64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ => None,
    }
}

/// A JSON message of so many bytes that asks to be echoed.
fn echo_frame(bytes: usize) -> Vec<u8> {
    const MASK: [u8; 4] = [1, 2, 3, 4];
    let around = r#"{"type":"echo","data":""}"#.len();
    let text =
        format!(r#"{{"type":"echo","data":"{}"}}"#, "x".repeat(bytes.saturating_sub(around)));
    let mut frame = vec![0x81];
    match text.len() {
        short @ 0..=125 => frame.push(0x80 | short as u8),
        long => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(long.min(0xffff) as u16).to_be_bytes());
        }
    }
    frame.extend_from_slice(&MASK);
    frame.extend(text.bytes().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

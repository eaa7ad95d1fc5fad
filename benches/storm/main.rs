//! A server restarts, and all its clients come back: `storm simulate [CLIENTS]` in virtual time,
//! `storm real SERVER` with a thousand real ones. Both print JSON; benches/storm/bench.mjs makes a report
//! of it.
// wasm-pack builds all targets.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::indexing_slicing)]

mod real;
mod scenarios;
mod simulator;

use std::io::{self, Error, ErrorKind};
use std::process::ExitCode;

use serde_json::Value;

fn main() -> ExitCode {
    match run() {
        Ok(result) => {
            println!("{result}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("storm: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<Value> {
    // `cargo bench` adds a flag of its own.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let usage = || Error::new(ErrorKind::InvalidInput, "simulate [CLIENTS], or real SERVER");
    match words.as_slice() {
        ["simulate"] => Ok(scenarios::run(1_000_000)),
        ["simulate", most] => Ok(scenarios::run(most.parse().map_err(|_| usage())?)),
        ["real", server] => real::run(server),
        _ => Err(usage()),
    }
}

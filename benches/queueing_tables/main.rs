//! Generates and checks the tables of `profiles/queueing`.
//!
//! - `cargo bench --bench queueing_tables -- write` simulates the grid and writes all tables, or the tables named after
//!   it.
//! - `cargo bench --bench queueing_tables -- check` compares formulas and tables with simulations between the grid
//!   points, with another seed, and prints the errors as a table for the README.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a command, not the model"
)]

mod check;
mod plan;
mod pool;
#[path = "../../tests/sim/mod.rs"]
mod sim;
mod write;

use std::fs;

fn main() {
    let asked = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    match asked.as_str() {
        "write" => {
            let only: Vec<String> = std::env::args().skip(2).filter(|argument| !argument.starts_with('-')).collect();
            let save = |file: &str, make: fn() -> String| {
                if !only.is_empty() && !only.iter().any(|name| name == file) {
                    return;
                }
                let text = make();
                println!("{file}: {} bytes", text.len());
                fs::write(format!("profiles/queueing/{file}.csv"), text).unwrap();
            };
            save("fcfs", || write::plain(write::FCFS, &plan::SCV_OUTSIDE_FORMULA));
            save("sharing", || write::plain(write::SHARING, &plan::SCV));
            save("quota-fcfs", || write::quota(write::FCFS));
            save("quota-sharing", || write::quota(write::SHARING));
        }
        "check" => check::print(),
        _ => println!("say `-- write` or `-- check`"),
    }
}

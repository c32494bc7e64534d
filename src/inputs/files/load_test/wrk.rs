//! The output of wrk and of wrk2 (<https://github.com/wg/wrk>, <https://github.com/giltene/wrk2>: `src/wrk.c`).

use super::{LoadRun, LoadTest, Tool, note_quantile, percent, seconds};

/// Whether a report starts with this line: `Running 30s test @ http://127.0.0.1:8080/`.
pub(super) fn starts(line: &str) -> bool {
    line.starts_with("Running ") && line.contains(" test @ ")
}

pub(super) fn parse(text: &str) -> Result<LoadTest, String> {
    // wrk2 calibrates its rate, and prints the name of its latency histogram.
    let constant_rate = text.contains("Thread calibration:") || text.contains("HdrHistogram");
    let mut runs: Vec<LoadRun> = Vec::new();
    for line in text.lines() {
        if starts(line) {
            runs.push(LoadRun::default());
        } else if let Some(run) = runs.last_mut() {
            take(run, line);
        }
    }
    for run in &mut runs {
        if run.point.requests_per_second == 0.0 {
            return Err("a report has no line `Requests/sec`, so it is incomplete".to_owned());
        }
        if constant_rate {
            // Requests are sent at a fixed rate, regardless of the number of connections.
            run.point.connections = None;
        }
    }
    Ok(LoadTest { tool: if constant_rate { Tool::Wrk2 } else { Tool::Wrk }, runs })
}

fn take(run: &mut LoadRun, line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [_, "threads", "and", connections, "connections"] => run.point.connections = connections.parse().ok(),
        ["Latency", mean, ..] => run.point.mean = run.point.mean.or_else(|| seconds(mean)),
        [requests, "requests", "in", ..] => run.requests = requests.parse().ok(),
        ["Requests/sec:", rate] => run.point.requests_per_second = rate.parse().unwrap_or_default(),
        ["Non-2xx", "or", "3xx", "responses:", count] => run.failed += count.parse().unwrap_or(0),
        ["Socket", "errors:", counts @ ..] => {
            run.failed += counts.iter().filter_map(|word| word.trim_end_matches(',').parse::<u64>().ok()).sum::<u64>();
        }
        [share, time] => {
            if let (Some(percent), Some(seconds)) = (percent(share), seconds(time)) {
                note_quantile(&mut run.point, percent, seconds);
            }
        }
        _ => {}
    }
}

//! The text of hey (<https://github.com/rakyll/hey>: `requester/print.go`) and of oha, which has the same format.

use super::{LoadRun, LoadTest, Tool, note_quantile, percent, seconds};

/// Whether a report starts with this line.
pub(super) fn starts(line: &str) -> bool {
    line.trim() == "Summary:"
}

/// A section of a report whose lines start with a number in brackets.
#[derive(Clone, Copy)]
enum Part {
    Other,
    Statuses,
    Errors,
}

pub(super) fn parse(text: &str) -> Result<LoadTest, String> {
    let mut runs: Vec<LoadRun> = Vec::new();
    let mut part = Part::Other;
    for line in text.lines() {
        if starts(line) {
            runs.push(LoadRun::default());
            part = Part::Other;
        } else if let Some(run) = runs.last_mut() {
            part = match line.trim() {
                "Status code distribution:" => Part::Statuses,
                "Error distribution:" => Part::Errors,
                _ => {
                    take(run, part, line);
                    part
                }
            };
        }
    }
    if runs.iter().any(|run| run.point.requests_per_second == 0.0) {
        return Err("a report has no line `Requests/sec`, so it is incomplete".to_owned());
    }
    Ok(LoadTest { tool: Tool::Hey, runs })
}

fn take(run: &mut LoadRun, part: Part, line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    match (part, words.as_slice()) {
        (_, ["Requests/sec:", rate]) => run.point.requests_per_second = rate.parse().unwrap_or_default(),
        (_, ["Average:", time, unit]) => run.point.mean = seconds(&format!("{time}{unit}")),
        (_, [share, "in", time, unit]) => {
            if let (Some(percent), Some(seconds)) = (percent(share), seconds(&format!("{time}{unit}"))) {
                note_quantile(&mut run.point, percent, seconds);
            }
        }
        (Part::Statuses, [status, count, "responses"]) => {
            let count = count.parse().unwrap_or(0);
            run.requests = Some(run.requests.unwrap_or(0) + count);
            // 2xx and 3xx
            let good = status.starts_with("[2") || status.starts_with("[3");
            run.failed += if good { 0 } else { count };
        }
        // `[7] connection refused`: count and message.
        (Part::Errors, [count, message @ ..]) if message != ENDED => {
            let count = count.strip_prefix('[').and_then(|count| count.strip_suffix(']'));
            run.failed += count.and_then(|count| count.parse::<u64>().ok()).unwrap_or(0);
        }
        _ => {}
    }
}

/// Requests in flight when the time was up; they did not fail.
const ENDED: [&str; 4] = ["aborted", "due", "to", "deadline"];

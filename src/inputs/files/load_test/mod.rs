//! Output of load generators, and CSV files that people write: parsed to points of (rate, latency, CPU).

mod cpu;
mod json;
mod points;
mod summary;
mod wrk;

use cpu::extract_cpu_seconds;

use std::path::{Path, PathBuf};

use super::{FileError, label, read};
use crate::model::calibration::LoadPoint;
use crate::model::usage::{CONTAINER_CPU, PROCESS_CPU};

/// The program that wrote a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// wrk, a closed loop.
    Wrk,
    /// wrk2, at a constant rate.
    Wrk2,
    /// hey, and oha's text output, which has the same format.
    Hey,
    /// oha's JSON.
    Oha,
    /// k6's summary.
    K6,
    /// `vegeta report -type=json`.
    Vegeta,
    /// A CSV file with units in its column names.
    Csv,
}

impl Tool {
    /// Name of the program.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wrk => "wrk",
            Self::Wrk2 => "wrk2",
            Self::Hey => "hey",
            Self::Oha => "oha",
            Self::K6 => "k6",
            Self::Vegeta => "vegeta",
            Self::Csv => "a CSV file",
        }
    }
}

/// One run of a load generator.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoadRun {
    /// The measured values.
    pub point: LoadPoint,
    /// Number of answered requests; `None` if the report does not contain it.
    pub requests: Option<u64>,
    /// Number of requests that failed or were answered with an error.
    pub failed: u64,
}

/// The runs of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadTest {
    /// The program that wrote the file.
    pub tool: Tool,
    /// Runs, in the order of the file.
    pub runs: Vec<LoadRun>,
}

/// A report of a load generator, and the CPU counter of the service before and after that run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadTestFiles {
    /// The report, or a CSV file of runs.
    pub report: PathBuf,
    /// Readings of the CPU counter; `None` if the report contains the CPU time, or if it was not read.
    pub cpu: Option<(PathBuf, PathBuf)>,
}

/// Reads a load test, and computes the CPU per request from the readings before and after it.
///
/// # Errors
/// [`FileError`] if a file cannot be read or has another format.
pub fn read_load_test(files: &LoadTestFiles) -> Result<LoadTest, FileError> {
    let label = label(&files.report);
    let mut test = extract_load_test(&label, &read(&files.report)?)?;
    let Some((before, after)) = &files.cpu else { return Ok(test) };
    let used = cpu_seconds(after)? - cpu_seconds(before)?;
    let invalid = |message: String| FileError::Invalid { label, wanted: "load test", message };
    let [run] = test.runs.as_mut_slice() else {
        let message = format!(
            "it has {} runs, but a pair of CPU readings belongs to one run: save each run in its own file",
            test.runs.len()
        );
        return Err(invalid(message));
    };
    let Some(requests) = run.requests.filter(|requests| *requests > 0) else {
        return Err(invalid(
            "it does not say how many requests were answered, so CPU readings give no CPU per request".to_owned(),
        ));
    };
    if !(used > 0.0 && used.is_finite()) {
        let message = format!(
            "the CPU counter went from {} to {}: give the reading before the run first; a restart in between resets it",
            self::label(before),
            self::label(after)
        );
        return Err(invalid(message));
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 requests")]
    let per_request = used / requests as f64;
    run.point.cpu_per_request = Some(per_request);
    Ok(test)
}

fn cpu_seconds(path: &Path) -> Result<f64, FileError> {
    extract_cpu_seconds(&read(path)?).ok_or_else(|| FileError::Invalid {
        label: label(path),
        wanted: "CPU reading",
        message: format!(
            "expected cpu.stat or cpuacct.usage of a control group, or an exposition with {PROCESS_CPU} or {CONTAINER_CPU}"
        ),
    })
}

/// Parses the runs in a text, detecting the program that wrote it. One file may contain several reports of wrk, wrk2
/// or hey.
///
/// # Errors
/// [`FileError`] if the format is unknown or a required value is missing.
pub fn extract_load_test(label: &str, text: &str) -> Result<LoadTest, FileError> {
    parse(text).map_err(|message| FileError::Invalid { label: label.to_owned(), wanted: "load test", message })
}

fn parse(text: &str) -> Result<LoadTest, String> {
    let test = if text.trim_start().starts_with('{') {
        json::parse(text)?
    } else if text.lines().any(wrk::starts) {
        wrk::parse(text)?
    } else if text.lines().any(summary::starts) {
        summary::parse(text)?
    } else if text.lines().next().is_some_and(points::starts) {
        points::parse(text)?
    } else {
        return Err(format!(
            "this is not the output of wrk, wrk2, hey, oha, k6 (--summary-export) or vegeta (report -type=json), nor a CSV with \
             a column {}",
            points::RATE
        ));
    };
    if test.runs.is_empty() {
        return Err("it has no run".to_owned());
    }
    for run in &test.runs {
        let rate = run.point.requests_per_second;
        if !(rate > 0.0 && rate.is_finite()) {
            return Err(format!("a run has {rate} requests per second: nothing was measured"));
        }
    }
    Ok(test)
}

/// A duration as these programs print it, in seconds: `635.91us`, `1.2ms`, `3.00s`, `1.50m`, `2h`.
fn seconds(text: &str) -> Option<f64> {
    let number = text.trim_end_matches(|c: char| c.is_alphabetic());
    let unit = match &text[number.len()..] {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" | "sec" | "secs" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|value| value * unit)
}

/// `99%`, `99.000%` and, from old versions of hey, `99%%`.
fn percent(text: &str) -> Option<f64> {
    text.strip_suffix('%')?.trim_end_matches('%').parse().ok()
}

/// Records a latency quantile the first time that it occurs.
fn note_quantile(point: &mut LoadPoint, percent: f64, seconds: f64) {
    let quantile = if percent == 50.0 {
        &mut point.p50
    } else if percent == 99.0 {
        &mut point.p99
    } else {
        return;
    };
    quantile.get_or_insert(seconds);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str, text: &str) -> LoadTest {
        extract_load_test(name, text).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    macro_rules! fixture {
        ($name:literal) => {
            fixture($name, include_str!(concat!("../../../../fixtures/load-test/", $name)))
        };
    }

    fn near(value: Option<f64>, wanted: f64) {
        assert!(value.is_some_and(|value| (value / wanted - 1.0).abs() < 1e-9), "{value:?}, not {wanted}");
    }

    #[test]
    fn two_runs_of_wrk_in_one_file_are_read() {
        let test = fixture!("wrk.txt");
        assert_eq!((test.tool, test.runs.len()), (Tool::Wrk, 2));
        let LoadRun { point, requests, failed } = test.runs[0];
        assert_eq!((point.connections, requests, failed), (Some(100.0), Some(374_812), 0));
        near(Some(point.requests_per_second), 12_476.1);
        near(point.mean, 0.008_1);
        near(point.p50, 0.007_42);
        near(point.p99, 0.018_3);
        // Its p99 was not reported; some requests were refused and some had no response.
        let LoadRun { point, requests, failed } = test.runs[1];
        assert_eq!(
            (point.connections, point.p99, requests, failed),
            (Some(400.0), None, Some(61_004), 1 + 2 + 3 + 4 + 120)
        );
        near(point.mean, 1.32);
    }

    #[test]
    fn wrk2_is_distinguished_from_wrk_and_has_no_closed_loop() {
        let test = fixture!("wrk2.txt");
        assert_eq!((test.tool, test.runs.len()), (Tool::Wrk2, 1));
        let point = test.runs[0].point;
        assert_eq!(point.connections, None);
        near(Some(point.requests_per_second), 1_999.61);
        near(point.p50, 0.001_03);
        near(point.p99, 0.002_77);
    }

    #[test]
    fn the_text_of_hey_and_oha_is_read() {
        let hey = fixture!("hey.txt");
        assert_eq!(hey.tool, Tool::Hey);
        let LoadRun { point, requests, failed } = hey.runs[0];
        assert_eq!((requests, failed), (Some(9_998), 98 + 2));
        near(Some(point.requests_per_second), 4_712.041_9);
        near(point.mean, 0.010_4);
        near(point.p50, 0.009_2);
        near(point.p99, 0.031_5);
        let oha = fixture!("oha.txt");
        near(oha.runs[0].point.p99, 0.012_345_6);
        near(oha.runs[0].point.mean, 0.004_1);
        // Requests in flight at the end did not fail.
        assert_eq!((oha.runs[0].requests, oha.runs[0].failed), (Some(24_000), 7));
    }

    #[test]
    fn the_json_of_oha_k6_and_vegeta_is_read() {
        let oha = fixture!("oha.json");
        assert_eq!((oha.tool, oha.runs[0].requests, oha.runs[0].failed), (Tool::Oha, Some(15_010), 10 + 3));
        near(Some(oha.runs[0].point.requests_per_second), 1_500.97);
        near(oha.runs[0].point.p99, 0.005_77);
        let k6 = fixture!("k6-export.json");
        assert_eq!((k6.tool, k6.runs[0].requests, k6.runs[0].failed), (Tool::K6, Some(30_012), 12));
        assert_eq!(k6.runs[0].point.connections, Some(20.0));
        near(Some(k6.runs[0].point.requests_per_second), 1_000.4);
        near(k6.runs[0].point.p50, 0.019_1);
        near(k6.runs[0].point.p99, 0.041_7);
        let summary = fixture!("k6-summary.json");
        assert_eq!((summary.runs[0].point.connections, summary.runs[0].point.p99), (None, None));
        near(summary.runs[0].point.mean, 0.003_09);
        let vegeta = fixture!("vegeta.json");
        assert_eq!((vegeta.tool, vegeta.runs[0].requests, vegeta.runs[0].failed), (Tool::Vegeta, Some(6_000), 30));
        // The rate of successful responses rather than that of sent requests.
        near(Some(vegeta.runs[0].point.requests_per_second), 198.97);
        near(vegeta.runs[0].point.p99, 0.061_740_24);
    }

    #[test]
    fn user_written_csv_files_are_read() {
        let test = fixture!("points.csv");
        assert_eq!((test.tool, test.runs.len()), (Tool::Csv, 4));
        let first = test.runs[0].point;
        near(first.cpu_per_request, 0.000_31);
        assert_eq!((first.limit_cores, first.throttled, first.connections), (Some(0.5), Some(0.0), None));
        assert_eq!(test.runs[3].point.p99, None);
    }

    #[test]
    fn unreadable_reports_are_refused_with_the_reason() {
        for (text, want) in [
            ("", "not the output of wrk"),
            ("hello\n", "not the output of wrk"),
            ("{\"a\": 1}", "neither oha's"),
            ("{", "line 1"),
            ("Running 30s test @ http://x/\n  1 threads and 2 connections\n", "Requests/sec"),
            ("Summary:\n  Total: 1 secs\n", "Requests/sec"),
            ("rate_per_second,p99_ms\n1,2\n", "p99_ms"),
            ("rate_per_second,p99_seconds\n", "no run"),
            ("rate_per_second,p99_seconds\n10,fast\n", "line 2"),
            ("rate_per_second,throttled_share\n10,5\n", "line 2"),
            ("rate_per_second\n0\n", "nothing was measured"),
            (r#"{"metrics": {}}"#, "http_reqs"),
        ] {
            let error = extract_load_test("x", text).unwrap_err().to_string();
            assert!(error.contains(want), "{text:?}: {error}");
        }
    }
}

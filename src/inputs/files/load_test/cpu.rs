//! CPU time from files that can be saved around a load test: of a control group, or a metrics exposition.

use crate::model::usage::{CONTAINER_CPU, PROCESS_CPU};

/// CPU seconds used so far: `cpu.stat` of control groups version 2, `cpuacct.usage` of version 1, or the counter of a
/// process (`process_cpu_seconds_total`) or container (`container_cpu_usage_seconds_total`, sum of all series) in an
/// exposition. The difference of readings before and after a test is its CPU time. `None` for any other text.
pub(super) fn extract_cpu_seconds(text: &str) -> Option<f64> {
    if let Ok(nanoseconds) = text.trim().parse::<f64>() {
        return Some(nanoseconds / 1e9);
    }
    if let Some(microseconds) = text.lines().find_map(|line| line.strip_prefix("usage_usec ")) {
        return microseconds.trim().parse::<f64>().ok().map(|value| value / 1e6);
    }
    [PROCESS_CPU, CONTAINER_CPU].into_iter().find_map(|name| {
        let values: Vec<f64> = text.lines().filter_map(|line| sample(line, name)).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    })
}

/// The value of a line `NAME{LABELS} VALUE [TIMESTAMP]`.
fn sample(line: &str, name: &str) -> Option<f64> {
    let rest = line.strip_prefix(name)?;
    let rest = if rest.starts_with('{') { &rest[rest.rfind('}')? + 1..] } else { rest };
    // A metric with a longer name that begins the same has no space here.
    rest.strip_prefix(' ')?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_from_control_groups_and_expositions() {
        assert_eq!(extract_cpu_seconds("1500000000\n"), Some(1.5));
        assert_eq!(extract_cpu_seconds("usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n"), Some(2.5));
        let process = "# HELP process_cpu_seconds_total Total CPU.\n# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 12.25\n";
        assert_eq!(extract_cpu_seconds(process), Some(12.25));
        let workers =
            "process_cpu_seconds_total{pid=\"7\"} 1.5\nprocess_cpu_seconds_total{pid=\"8\"} 2.5 1700000000000\n";
        assert_eq!(extract_cpu_seconds(workers), Some(4.0));
        assert_eq!(
            extract_cpu_seconds("container_cpu_usage_seconds_total{container=\"web\",x=\"a} b\"} 3 1\n"),
            Some(3.0)
        );
        assert_eq!(extract_cpu_seconds("process_cpu_seconds_total_other 1\n"), None);
        assert_eq!(extract_cpu_seconds(""), None);
    }
}

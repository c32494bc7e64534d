//! `estimate --sweep`: each point equals an estimate of its demand.

use serde_json::Value;

use crate::support::binary::capmodel;

fn estimate(arguments: &str) -> Value {
    let words: Vec<&str> = ["estimate"].into_iter().chain(arguments.split(' ')).collect();
    let output = capmodel(&words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn each_point_equals_an_estimate_at_its_demand() {
    let common = "--samples 0 --load diurnal --format json";
    let whole = estimate(&format!("--rps 5000 --sweep 200:80k {common}"));
    let rows = whole["sweep"].as_array().unwrap();
    assert_eq!(rows.len(), 40 * 4, "40 points of two profiles under two policies");
    let demand = |row: &Value| row["requests_per_second"].as_f64().unwrap();
    assert_eq!((demand(&rows[0]), demand(&rows[rows.len() - 1])), (200.0, 80_000.0));
    for point in [0, 17, 39] {
        let rows = &rows[point * 4..][..4];
        let alone = estimate(&format!("--rps {} {common}", demand(&rows[0])));
        assert_eq!(alone["sweep"], Value::Null, "a key only where it was asked for");
        for (row, estimate) in rows.iter().zip(alone["estimates"].as_array().unwrap()) {
            assert_eq!((&row["profile"], &row["policy"]), (&estimate["profile"], &estimate["policy"]));
            assert_eq!(row["pods"], estimate["pods"]["plan"], "{row}");
            assert_eq!(row["share_cost_per_month"], estimate["share_cost_per_month"]["plan"], "{row}");
            assert_eq!(row["node_cost_per_month"], estimate["node_cost_per_month"]["plan"], "{row}");
        }
    }
}

//! Published and computed reference values of the queueing formulas.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may panic as tests do")]

use capmodel::model::queueing::{
    erlang_b, erlang_c, ggc_mean_wait, mmc_mean_wait, mmc_sojourn_quantile, mmc_wait_quantile,
};
use serde_json::Value;

fn vectors(name: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../../fixtures/queueing.json")).unwrap();
    all[name].as_array().unwrap().clone()
}

fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("{key} of {row}"))
}

fn servers(row: &Value) -> u32 {
    u32::try_from(row["c"].as_u64().unwrap()).unwrap()
}

fn assert_exact(row: &Value, key: &str, got: f64) {
    let want = number(row, key);
    assert!((got - want).abs() <= 1e-9 * want.max(1.0), "{key} of {row}: {got}");
}

#[test]
fn erlang_formulas_match_published_values() {
    let rows = vectors("erlang");
    assert_eq!(rows.len(), 20);
    for row in &rows {
        let (c, a) = (servers(row), number(row, "a"));
        assert_exact(row, "B", erlang_b(c, a));
        assert_exact(row, "C", erlang_c(c, a));
        assert_exact(row, "Wq_over_S", mmc_mean_wait(c, a, 1.0));
        assert_exact(row, "Lq", a * mmc_mean_wait(c, a, 1.0));
    }
}

#[test]
fn mmc_quantiles_match_published_values() {
    let rows = vectors("mmc_quantiles_S1");
    assert_eq!(rows.len(), 11);
    for row in &rows {
        let (c, a) = (servers(row), number(row, "a"));
        for (key, probability) in [("w95", 0.95), ("w99", 0.99)] {
            assert_exact(row, key, mmc_wait_quantile(c, a, 1.0, probability));
        }
        for (key, probability) in [("t50", 0.5), ("t95", 0.95), ("t99", 0.99)] {
            assert_exact(row, key, mmc_sojourn_quantile(c, a, 1.0, probability));
        }
    }
}

#[test]
fn ggc_means_match_published_values() {
    let rows = vectors("ggc_S1");
    assert_eq!(rows.len(), 8);
    for row in &rows {
        let (c, rho, ca2, cs2) = (servers(row), number(row, "rho"), number(row, "ca2"), number(row, "cs2"));
        assert_exact(row, "whitt93", ggc_mean_wait(c, rho, ca2, cs2, 1.0));
    }
}

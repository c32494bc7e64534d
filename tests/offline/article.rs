//! Every claim of the article that the model can check, with the expected verdict.

use std::collections::BTreeMap;

use crate::support::binary::capmodel;

#[test]
fn every_verdict_is_as_expected() {
    let output = capmodel(&["estimate", "--rps", "5000", "--article", "--format", "json"]).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let claims = document["claims"].as_array().unwrap();
    let verdicts: BTreeMap<&str, &str> =
        claims.iter().map(|c| (c["id"].as_str().unwrap(), c["verdict"].as_str().unwrap())).collect();
    let ids = |wanted: &str| -> Vec<&str> {
        verdicts.iter().filter(|(_, verdict)| **verdict == wanted).map(|(id, _)| *id).collect()
    };
    assert_eq!(ids("differs"), ["bench-avg-fastapi", "decide-2-rps", "practice-1k-10k-go"]);
    assert_eq!(
        ids("contradicts-itself"),
        [
            "bench-rss-fastapi",
            "bench-rss-gin",
            "cont-load-py",
            "glance-cold-py",
            "glance-image-go",
            "glance-latency-go",
            "glance-latency-py",
            "glance-mem-go",
            "glance-mem-py",
        ]
    );
    assert_eq!(ids("agrees").len() + ids("input").len(), claims.len() - 12);
    assert_eq!(ids("input").len(), 17, "figures that the profiles take are no proof of anything");
    let claim = |id: &str| claims.iter().find(|c| c["id"] == id).unwrap();
    assert_eq!(
        (claim("cost-pods-py")["computed_low"].as_f64(), claim("cost-pods-py")["computed_high"].as_f64()),
        (Some(4.0), Some(6.0))
    );
    // A single pod of 250m only meets the policy up to 5,046 req/s, half of the article's figure.
    assert!((claim("practice-1k-10k-go")["differs_by"].as_f64().unwrap() - (5046.0 / 10000.0 - 1.0)).abs() < 1e-9);
    // The headline of 5–10x: the verdict includes the range in which it holds.
    let note = claim("cost-ratio")["note"].as_str().unwrap();
    assert!(note.contains("target utilizations of 30–79%, 85–100%") && note.contains("above 5,236"), "{note}");
}

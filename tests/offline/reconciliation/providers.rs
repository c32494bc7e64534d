//! Bills of Google Cloud and Azure, which list machines in other ways than AWS.

use super::bills::csv;
use super::{cluster_of, report, rows};

const COLUMNS: [&str; 13] = [
    "BilledCost",
    "EffectiveCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "ChargePeriodStart",
    "ChargeCategory",
    "ServiceCategory",
    "ResourceId",
    "ResourceName",
    "ChargeDescription",
    "ConsumedQuantity",
    "ConsumedUnit",
    "Tags",
];

/// A row of usage in February 2026 with the values of the last columns.
fn usage(cost: &str, service: &str, rest: [&str; 6]) -> Vec<String> {
    let start = "2026-02-01T00:00:00Z";
    let first = [cost, cost, "USD", start, start, "Usage", service];
    first.iter().chain(&rest).map(|value| (*value).to_owned()).collect()
}

fn reconciled(nodes: &[(String, &str)], charges: &[Vec<String>]) -> std::collections::BTreeMap<String, [String; 2]> {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = cluster_of(folder.path(), nodes);
    let path = folder.path().join("bill.csv");
    let header = COLUMNS.map(str::to_owned).to_vec();
    std::fs::write(&path, csv(&[&[header], charges].concat())).unwrap();
    rows(&report(&snapshot, "2026-02", &[&path], &[]))
}

/// Cores and memory are billed apart, in seconds and byte-seconds; the machine has two cores. The path ends in a number.
#[test]
fn google_bills_the_cores_of_a_machine() {
    let path = "//compute.googleapis.com/projects/shop/zones/us-central1-a/instances/7746098437";
    let name = "projects/1234/zones/us-central1-a/instances/gke-a";
    // 600 hours of two cores.
    let core = [path, name, "N2 Instance Core running in Iowa", "4320000", "seconds", ""];
    let memory = [path, name, "N2 Instance Ram running in Iowa", "9000000", "byte-seconds", ""];
    let tags = r#"[{"key": "goog-k8s-cluster-name", "value": "small"}]"#;
    let balancer = ["projects/shop/global/forwardingRules/f", "", "Forwarding rule", "672", "h", tags];
    let found = reconciled(
        &[("gce://shop/us-central1-a/gke-a".to_owned(), "z9.small")],
        &[usage("40.00", "Compute", core), usage("21.50", "Compute", memory), usage("16.80", "Networking", balancer)],
    );
    // Modelled at 0.10 for 672 hours, of which 600 are billed, for 61.50 instead of 60.00.
    assert_eq!(found["rate"], ["60.00", "61.50"]);
    assert_eq!(found["hours"], ["7.20", "0.00"]);
    assert_eq!(found["load-balancers"], ["–", "16.80"]);
}

/// A scale set is billed as a whole; nodes that a bill lists one by one are compared one by one.
#[test]
fn azure_bills_a_scale_set_as_a_whole() {
    let set = |name: &str| {
        format!("/subscriptions/S/resourceGroups/MC_rg/providers/Microsoft.Compute/virtualMachineScaleSets/{name}")
    };
    let node = |name: &str, number: u32| (format!("azure://{}/virtualMachines/{number}", set(name)), "z9.small");
    let tags = r#"{"aks-managed-cluster-name": "small"}"#;
    let (whole, one) = (set("pool-a").to_lowercase(), format!("{}/virtualMachines/1", set("pool-b")));
    let hours = |id: &str, quantity: &str| {
        usage(
            &format!("{}.00", quantity.parse::<u32>().unwrap() / 10),
            "Compute",
            [id, "", "D2s v5", quantity, "1 Hour", tags],
        )
    };
    let found = reconciled(
        &[node("pool-a", 0), node("pool-a", 1), node("pool-b", 0), node("pool-b", 1)],
        &[hours(&whole, "1340"), hours(&one, "670"), hours(&set("pool-c"), "10")],
    );
    // Two machines of pool a for 1,344 modelled and 1,340 billed hours, one of pool b for 672 and 670.
    assert_eq!(found["rate"], ["201.00", "201.00"]);
    assert_eq!(found["hours"], ["0.60", "0.00"]);
    assert_eq!(found["not-billed"], ["67.20", "0.00"]);
    assert_eq!(found["not-in-cluster"], ["–", "1.00"]);
}

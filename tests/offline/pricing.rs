//! Negotiated prices: the effect of a pricing file, and the errors for invalid files.

use capmodel::inputs::prices::{PriceBook, parse_pricing};
use capmodel::model::nodes::Provider;
use capmodel::model::pricing::Match;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::binary::{capmodel, estimate};

const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// Estimates of a small demand, including traffic, with a pricing file.
fn priced(pricing: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pricing.toml");
    std::fs::write(&path, pricing).unwrap();
    let path = path.to_str().unwrap();
    let arguments = ["--rps", "2000", "--response-bytes", "4Ki", "--samples", "0", "--pricing", path];
    estimate(&arguments)["estimates"].as_array().unwrap().clone()
}

fn lines(estimate: &Value) -> Vec<Value> {
    estimate["lines"].as_array().unwrap().clone()
}

fn total(estimate: &Value) -> Decimal {
    decimal(&estimate["total_cost_per_month"])
}

/// No line is negative, and the lines add up to the total.
fn check_bill(estimate: &Value) {
    let costs: Vec<Decimal> = lines(estimate).iter().map(|line| decimal(&line["cost_per_month"])).collect();
    assert!(costs.iter().all(|cost| *cost >= Decimal::ZERO), "{costs:?}");
    let sum: Decimal = costs.iter().sum();
    assert_eq!(sum.round_dp(2), total(estimate).round_dp(2), "{costs:?}");
}

proptest! {
    // Each case runs the binary.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_discount_on_everything_scales_the_bill(tenths in 1_u32..1000) {
        let percent = Decimal::new(tenths.into(), 1);
        let paid = Decimal::ONE - percent / Decimal::ONE_HUNDRED;
        let list = priced("");
        let effective = priced(&format!("[[discount]]\nkind = \"all\"\npercent = {percent}\n"));
        prop_assert_eq!(list.len(), effective.len());
        for (list, effective) in list.iter().zip(&effective) {
            check_bill(effective);
            let expected = total(list) * paid;
            prop_assert!((expected - total(effective)).abs() < CENT, "{} {}", expected, total(effective));
            for (list, effective) in lines(list).iter().zip(lines(effective)) {
                prop_assert_eq!(&list["name"], &effective["name"]);
                prop_assert!(list.get("pricing_rule").is_none());
                prop_assert!(effective["pricing_rule"].as_str().unwrap().contains("off everything"));
                let difference = decimal(&list["unit_price"]) - decimal(&effective["list_unit_price"]);
                // The mean price of traffic has nine decimal places; the discount makes its last one uncertain by 1 /
                // paid.
                prop_assert!(difference.abs() <= Decimal::new(1, 9) / paid, "{} {}", list, effective);
            }
        }
    }

    #[test]
    fn bill_lines_add_up_to_the_total_for_any_pricing_file(
        kinds in proptest::sample::subsequence(vec!["all", "node", "disk", "traffic", "control-plane", "load-balancer"], 0..6),
        percent in 1_u32..100,
        family in proptest::option::of(1_u32..100),
        cents in proptest::option::of(1_u32..60),
    ) {
        let mut text: String =
            kinds.iter().map(|kind| format!("[[discount]]\nkind = \"{kind}\"\npercent = {percent}\n")).collect();
        if let Some(percent) = family {
            text += &format!("[[discount]]\nfamily = \"c7a\"\npercent = {percent}\n");
        }
        if let Some(cents) = cents {
            text += &format!("[[price]]\ninstance_type = \"c6a.large\"\nusd_per_hour = {}\n", Decimal::new(cents.into(), 2));
        }
        priced(&text).iter().for_each(check_bill);
    }
}

/// Precedence: type and region, type, family, kind, all; the list price applies without a rule.
#[test]
fn only_the_most_specific_rule_applies() {
    let book = PriceBook::embedded();
    let text = std::fs::read_to_string("examples/pricing.toml").unwrap()
        + "[[price]]\ninstance_type = \"c6a.large\"\nusd_per_hour = \"0.07\"\n[[discount]]\nkind = \"node\"\npercent = 10\n";
    let pricing = parse_pricing("p.toml", &text, &book).unwrap();
    let paid = book.clone().with_pricing(pricing.clone());
    for (region, name, share, matched) in [
        ("us-east-1", "c6a.large", None, Match::Exact),
        ("us-east-2", "c6a.large", None, Match::Exact),
        ("us-east-1", "c7a.large", Some("0.85"), Match::Family),
        ("us-east-1", "m6i.large", Some("0.90"), Match::Kind),
    ] {
        let list = book.find(Provider::Aws, region, name).unwrap();
        let found = paid.find(Provider::Aws, region, name).unwrap();
        assert_eq!(pricing.matched(Provider::Aws, region, &list.instance), matched, "{name}");
        let fixed = if region == "us-east-1" { "0.06" } else { "0.07" };
        let expected = share.map_or_else(
            || fixed.parse::<Decimal>().unwrap(),
            |share| list.on_demand.amount() * share.parse::<Decimal>().unwrap(),
        );
        assert_eq!(found.on_demand.amount(), expected, "{name}");
        assert_eq!(share.is_none(), found.spot == list.spot, "{name}");
        let negotiated = found.origin.negotiated.as_ref().unwrap();
        assert_eq!(negotiated.list_price(expected), Some(list.on_demand.amount()), "{name}");
        let sold = paid.offerings(Provider::Aws, region).unwrap();
        assert!(sold.contains(&found), "{name}");
    }
}

#[test]
fn a_report_shows_list_and_effective_price() {
    let output = capmodel(&[
        "report",
        "fixtures/report/small.json",
        "--prices",
        "fixtures/report/prices.csv",
        "--pricing",
        "examples/pricing.toml",
        "--format",
        "json",
    ])
    .output()
    .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for node in report["nodes"].as_array().unwrap() {
        assert_eq!(
            decimal(&node["price_per_hour"]),
            decimal(&node["list_price_per_hour"]) * Decimal::new(91, 2),
            "{node}"
        );
        assert!(node["pricing_rule"].as_str().unwrap().ends_with("pricing.toml:7, 9% off everything"), "{node}");
    }
}

#[test]
fn invalid_files_are_refused() {
    let price = |rest: &str| format!("[[price]]\ninstance_type = \"m6i.large\"\n{rest}\n");
    let discount = |rest: &str| format!("[[discount]]\n{rest}\n");
    for (text, why) in [
        (
            discount("kind = \"node\"\npercent = 130"),
            "p.toml:3: a discount of 130%: percent must be above 0 and below 100",
        ),
        (discount("kind = \"node\"\npercent = -5"), "p.toml:3: a discount of -5%"),
        (discount("kind = \"node\"\npercent = 0"), "p.toml:3: a discount of 0%"),
        (discount("percent = 5"), "p.toml:2: give one of kind and family"),
        (discount("kind = \"disc\"\npercent = 5"), "p.toml:2: unknown variant `disc`"),
        (
            discount("family = \"m6j\"\npercent = 5"),
            "p.toml:3: no price table has an instance family `m6j`; did you mean",
        ),
        (
            discount("kind = \"node\"\npercent = 5") + &discount("kind = \"node\"\npercent = 6"),
            "p.toml:6: the discount on nodes already has the rule of line 3: remove one of the two",
        ),
        (
            price("usd_per_hour = 0.09") + &price("usd_per_hour = 0.08"),
            "p.toml:6: the price of m6i.large already has the rule of line 3",
        ),
        (price("usd_per_hour = 0"), "p.toml:3: usd_per_hour is 0: give a price above 0"),
        (price("usd_per_hour = \"-1\""), "p.toml:3: usd_per_hour is -1: give a price above 0"),
        (price("usd_per_hour = \"1 USD\""), "p.toml:3: `1 USD` is not a decimal number"),
        (price("usd_per_month = 70"), "p.toml:3: unknown field `usd_per_month`"),
        (price("region = \"dc1\"\nusd_per_hour = 0.09"), "p.toml:4: m6i.large has no list price in region `dc1`"),
        // 0.096 per hour is 70.08 per month.
        (
            price("usd_per_hour = 70.08"),
            "p.toml:3: 70.08 USD per hour is 35.04 USD per core-hour, but the list prices of m6i.large",
        ),
        (price("usd_per_hour = 0.00013"), "p.toml:3: 0.00013 USD per hour is 0.0001 USD per core-hour"),
        (
            "[[price]]\ninstance_type = \"m6i.larg\"\nusd_per_hour = 0.09\n".to_owned(),
            "p.toml:3: no price table has an instance type `m6i.larg`; did you mean m6i.large",
        ),
    ] {
        let error = parse_pricing("p.toml", &text, &PriceBook::embedded()).unwrap_err().to_string();
        assert!(error.starts_with(why), "{error}\n{why}");
    }
}

#[test]
fn invalid_rules_are_refused() {
    let price = |rest: &str| format!("[[price]]\n{rest}\n");
    let commitment = |rest: &str| format!("[[commitment]]\n{rest}\n");
    for (text, why) in [
        (price("node = \"a\""), "p.toml:1: give one of usd_per_hour, usd_per_node_month"),
        (price("node = \"a\"\nusd_per_hour = 1\nusd_per_node_month = 1"), "p.toml:1: give one of usd_per_hour"),
        (price("node = \"a\"\nusd_per_core_hour = 0.03"), "p.toml:1: give one of usd_per_hour"),
        (price("node = \"a\"\nusd_per_hour = 0"), "p.toml:3: usd_per_hour is 0: give a price above 0"),
        (price("node = \"a\"\nlabel = \"x=y\"\nusd_per_hour = 1"), "p.toml:4: give one of node, label"),
        (price("node = \"a\"\nregion = \"x\"\nusd_per_hour = 1"), "p.toml:4: give one of node, label"),
        (price("label = \"x\"\nusd_per_hour = 1"), "p.toml:3: label `x`: write KEY=VALUE"),
        (price("provider = \"moon\"\nusd_per_hour = 1"), "p.toml:2: unknown variant `moon`"),
        // 0.03 per hour is 21.9 per month.
        (
            price("provider = \"on-prem\"\nusd_per_core_hour = 21.9\nusd_per_gib_hour = 0.004"),
            "p.toml:3: usd_per_core_hour = 21.9 is far from the usual 0.031611",
        ),
        (
            price("provider = \"on-prem\"\nusd_per_core_hour = 0.03\nusd_per_gib_hour = 2.9"),
            "p.toml:4: usd_per_gib_hour = 2.9 is far from the usual 0.004237",
        ),
        (price("node = \"a\"\nusd_per_hour = 1\nkw = 0.3"), "p.toml:4: give both kw and usd_per_kwh"),
        (price("node = \"a\"\nusd_per_hour = 1\nkw = 350\nusd_per_kwh = 0.1"), "p.toml:4: kw = 350: give the power"),
        (
            price("node = \"a\"\nusd_per_hour = 1\nkw = 0.3\nusd_per_kwh = 12"),
            "p.toml:5: usd_per_kwh = 12: give the price in US dollars",
        ),
        (
            price("node = \"a\"\nusd_per_hour = 1") + &price("node = \"a\"\nusd_per_hour = 2"),
            "p.toml:6: the price of node a already has the rule of line 3",
        ),
        (
            commitment("usd_per_hour = 1\npercent = 130\nexpires = \"2027-03-31\""),
            "p.toml:3: percent is 130: give a number below 100",
        ),
        (
            commitment("usd_per_hour = 1\npercent = -1\nexpires = \"2027-03-31\""),
            "p.toml:3: percent is -1: give a number above 0",
        ),
        (
            commitment("usd_per_hour = 0\npercent = 10\nexpires = \"2027-03-31\""),
            "p.toml:2: usd_per_hour is 0: give a number above 0",
        ),
        (commitment("usd_per_hour = 1\npercent = 10"), "p.toml:1: missing field `expires`"),
        (
            commitment("usd_per_hour = 1\npercent = 10\nstarts = \"2027-04-01\"\nexpires = \"2027-03-31\""),
            "p.toml:4: starts = \"2027-04-01\" is after expires = \"2027-03-31\"",
        ),
        (
            commitment("usd_per_hour = 1\npercent = 10\nstarts = \"March\"\nexpires = \"2027-03-31\""),
            "p.toml:4: starts = \"March\": write a day",
        ),
        (commitment("usd_per_hour = 1\npercent = 10\nexpires = \"soon\""), "p.toml:4: expires = \"soon\": write a day"),
        (
            commitment("cores = 8\nusd_per_core_hour = 0.02\nexpires = \"2027-03-31\""),
            "p.toml:4: give usd_per_hour and percent",
        ),
        (
            commitment("family = \"m6j\"\nshare_percent = 10\npercent = 10\nexpires = \"2027-03-31\""),
            "p.toml:5: no price table has an instance family `m6j`; did you mean",
        ),
        (
            commitment("family = \"m6i\"\nshare_percent = 101\npercent = 10\nexpires = \"2027-03-31\""),
            "p.toml:3: share_percent is 101: give",
        ),
        (
            commitment(
                "provider = \"gcp\"\nregion = \"us-central-1\"\nusd_per_hour = 1\npercent = 10\nexpires = \"2027-03-31\"",
            ),
            "p.toml:6: no price table has a region `us-central-1`; did you mean us-central1",
        ),
        // 0.03 per hour is 21.9 per month.
        (
            commitment("family = \"m6i\"\ncores = 8\nusd_per_core_hour = 21.9\nexpires = \"2027-03-31\""),
            "p.toml:4: usd_per_core_hour is 21.9, but the list prices of family m6i are",
        ),
    ] {
        let error = parse_pricing("p.toml", &text, &PriceBook::embedded()).unwrap_err().to_string();
        assert!(error.starts_with(why), "{error}\n{why}");
    }
}

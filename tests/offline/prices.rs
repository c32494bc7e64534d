//! The packed catalogue compared with its source tables, and the split of its prices.

use capmodel::inputs::prices::{PriceBook, PricesError, price_groups};
use capmodel::model::nodes::{Arch, CapacityType, Provider};
use capmodel::model::pricing::{
    GroupPrice, Offering, PriceGroups, PriceTable, ShareRule, SplitError, SpotBasis, superseded,
};
use capmodel::units::Bytes;

use crate::allocatable::rows;

const AWS: &str = include_str!("../../profiles/prices/aws.csv");
const GCP: &str = include_str!("../../profiles/prices/gcp.csv");
const AZURE: &str = include_str!("../../profiles/prices/azure.csv");
const DATES: &str = include_str!("../../profiles/prices/price-dates.csv");

fn book() -> PriceBook {
    PriceBook::embedded()
}

fn region(provider: Provider, name: &str) -> Vec<Offering> {
    book().offerings(provider, name).unwrap()
}

/// Every row of every table is returned as it was written, in the same order.
#[test]
fn the_packed_catalogue_equals_its_tables() {
    for (provider, table) in [(Provider::Aws, AWS), (Provider::Gcp, GCP), (Provider::Azure, AZURE)] {
        let mut written = rows(table).into_iter();
        for name in book().regions(provider) {
            for offering in region(provider, name) {
                let row = written.next().unwrap();
                let machine = &offering.instance;
                assert_eq!((name, machine.name.as_str()), (row("region").as_str(), row("instance_type").as_str()));
                let gib: f64 = row("memory_gib").parse().unwrap();
                let mib = machine.memory.as_f64() / 1_048_576.0;
                assert!((0.0..1.0).contains(&(gib * 1024.0 - mib)), "{} {gib}", machine.name);
                let same = [
                    (machine.arch.to_string(), row("arch")),
                    (machine.vcpu.to_string(), row("vcpu")),
                    (machine.gpu_count.to_string(), row("gpu_count")),
                    (machine.gpu_name.clone().unwrap_or_default(), row("gpu_name")),
                    (offering.on_demand.amount().to_string(), plain(&row("ondemand_usd_per_hour"))),
                    (
                        offering.spot.map(|spot| spot.amount().to_string()).unwrap_or_default(),
                        plain(&row("spot_usd_per_hour")),
                    ),
                ];
                for (packed, written) in same {
                    assert_eq!(packed, written, "{name} {}", machine.name);
                }
                assert_eq!(offering.origin.table, PriceTable::Catalogue);
            }
        }
        assert!(written.next().is_none(), "{provider}");
    }
}

/// Without trailing zeros, as in the catalogue.
fn plain(price: &str) -> String {
    if price.contains('.') { price.trim_end_matches('0').trim_end_matches('.').to_owned() } else { price.to_owned() }
}

#[test]
fn one_type_is_found_wherever_it_is_sold() {
    let book = book();
    let large = book.find(Provider::Aws, "us-east-1", "m6i.large").unwrap();
    assert_eq!((large.on_demand.amount().to_string(), large.instance.vcpu), ("0.096".to_owned(), 2));
    assert_eq!((large.instance.memory, large.instance.eni_max_pods), (Bytes::from_gib(8), Some(29)));
    for provider in [Provider::Aws, Provider::Gcp, Provider::Azure] {
        for name in book.regions(provider) {
            let sold = region(provider, name);
            for offering in [&sold[0], &sold[sold.len() / 2], &sold[sold.len() - 1]] {
                assert_eq!(&book.find(provider, name, &offering.instance.name).unwrap(), offering);
            }
        }
    }
    let everywhere = book.everywhere(Provider::Azure, "Standard_D4s_v5").into_iter().map(|(region, _)| region);
    let table = rows(AZURE);
    let written = table.iter().filter(|row| row("instance_type") == "Standard_D4s_v5").map(|row| row("region"));
    assert_eq!(everywhere.collect::<Vec<_>>(), written.collect::<Vec<_>>());
    assert!(book.everywhere(Provider::Gcp, "m6i.large").is_empty());
}

#[test]
fn every_price_has_a_date() {
    let book = book();
    let mut newest = String::new();
    for row in rows(DATES) {
        let dates = book.dates(row("provider").parse().unwrap(), &row("region")).unwrap();
        let (basis, day) = match dates.spot {
            SpotBasis::List { date } => ("list", date.to_string()),
            SpotBasis::Derived { date } => ("advisor-percentage", date.to_string()),
            SpotBasis::None => ("none", String::new()),
        };
        assert_eq!(dates.on_demand_date.to_string(), row("ondemand_date"));
        assert_eq!(*dates.on_demand_source, row("ondemand_source"));
        assert_eq!((basis, &day), (row("spot_basis").as_str(), &row("spot_date")));
        newest = newest.max(row("ondemand_date")).max(day);
    }
    assert_eq!(book.catalogue_date().to_string(), newest);
}

/// Sizes that the sources state incorrectly or without their fraction (Microsoft's size pages; AWS instance types, r3).
#[test]
fn wrong_sizes_in_the_sources_are_corrected() {
    for (provider, name, vcpu, gib) in [
        (Provider::Azure, "Standard_B1ls", 1, "0.5"),
        (Provider::Azure, "Standard_D1", 1, "3.5"),
        (Provider::Azure, "Standard_D1_v2", 1, "3.5"),
        (Provider::Azure, "Standard_DS1", 1, "3.5"),
        (Provider::Azure, "Standard_DS1_v2", 1, "3.5"),
        (Provider::Azure, "Standard_M8ms", 8, "218.75"),
        // Constrained sizes offer the cores after the dash and are billed as the whole size.
        (Provider::Azure, "Standard_E8-4ads_v5", 4, "64"),
        (Provider::Azure, "Standard_M16-4ms", 4, "437.5"),
        (Provider::Aws, "r3.large", 2, "15.25"),
    ] {
        let machine = book().everywhere(provider, name)[0].1.instance.clone();
        let mib = gib.parse::<f64>().unwrap() * 1024.0;
        assert!((machine.memory.as_f64() / 1_048_576.0 - mib).abs() < 1.0, "{name}");
        assert_eq!(machine.vcpu, vcpu, "{name}");
    }
}

/// AWS's and Google's accelerated families (AWS "Accelerated computing" instance pages, Google "Accelerator-optimized
/// machine family") have accelerators in the table, so that no plan for others uses them.
#[test]
fn accelerated_families_have_accelerators() {
    let aws = ["dl1", "dl2q", "f1", "f2", "inf1", "inf2", "trn1", "trn1n", "trn2", "vt1"];
    for name in book().type_names(Provider::Aws) {
        let machine = book().everywhere(Provider::Aws, name)[0].1.instance.clone();
        let family = machine.family(Provider::Aws);
        let accelerated = aws.contains(&family.as_str())
            || (family.starts_with(['g', 'p']) && family[1..].starts_with(|c: char| c.is_ascii_digit()))
            || family.starts_with("gr");
        assert_eq!(machine.gpu_count > 0, accelerated, "{name}");
    }
    for name in book().type_names(Provider::Gcp) {
        let machine = book().everywhere(Provider::Gcp, name)[0].1.instance.clone();
        let accelerated = ["a2", "a3", "g2", "g4"].contains(&machine.family(Provider::Gcp).as_str());
        assert_eq!(machine.gpu_count > 0, accelerated, "{name}");
    }
}

/// AWS lowered these prices on 2025-06-01 by the same percentages by which the catalogue's prices of both days differ.
#[test]
fn prices_older_than_a_price_change_have_a_finding() {
    let find = |region: &str, name: &str| book().find(Provider::Aws, region, name).unwrap();
    let said = |offering: &Offering| superseded(Provider::Aws, &offering.instance, &offering.origin).map(|f| f.message);
    for (name, percent) in [("p4d.24xlarge", 33), ("p5.48xlarge", 44), ("p5en.48xlarge", 25)] {
        let (new, old) = (find("us-east-1", name), find("us-east-2", name));
        assert!(said(&old).unwrap().contains(&format!("{percent}%")), "{name}");
        assert_eq!(said(&new), None, "{name}");
        let ratio = new.on_demand.ratio(old.on_demand).unwrap();
        assert!((ratio - (1.0 - f64::from(percent) / 100.0)).abs() < 0.005, "{name}: {ratio}");
    }
    assert_eq!(said(&find("us-east-2", "m6i.large")), None);
}

#[test]
fn unknown_names_get_suggestions() {
    let book = book();
    let elsewhere = book.everywhere(Provider::Azure, "Standard_D2as_v7");
    let not_there = format!(
        "Standard_D2as_v7 is not priced in azure swedensouth, but in {} other regions, for example {}; did you mean Standard_D2as_v4, Standard_D2as_v5 or Standard_D2as_v6?",
        elsewhere.len(),
        elsewhere[0].0
    );
    for (error, text) in [
        (
            book.find(Provider::Aws, "us-east-1", "m6i.lrage").unwrap_err(),
            "aws has no instance type `m6i.lrage` in the price tables; did you mean m6i.large, c6i.large or m6a.large?",
        ),
        (book.find(Provider::Azure, "swedensouth", "Standard_D2as_v7").unwrap_err(), not_there.as_str()),
        (
            book.dates(Provider::Gcp, "us-centrall").unwrap_err(),
            "gcp has no region `us-centrall` in the price tables; did you mean us-central1, me-central1 or me-central2?",
        ),
        (
            book.find(Provider::Aws, "mars", "m6i.large").unwrap_err(),
            "aws has no region `mars` in the price tables; list them with: capmodel prices list --provider aws",
        ),
        (
            book.offerings(Provider::OnPrem, "dc1").unwrap_err(),
            "no prices for on-prem: give your own table with --prices FILE",
        ),
    ] {
        assert_eq!(error.to_string(), text);
    }
    assert!(matches!(book.offerings(Provider::Aws, ""), Err(PricesError::UnknownRegion { .. })));
}

fn basis(groups: &PriceGroups, provider: Provider, arch: Arch, name: &str) -> GroupPrice {
    groups.share_basis(provider, arch, &region(provider, name), CapacityType::OnDemand).unwrap()
}

fn group(name: &str, provider: Provider, at: &str) -> GroupPrice {
    let groups = price_groups().unwrap();
    let group = groups.iter().find(|group| group.name == name).unwrap();
    groups.share_price(group, &region(provider, at), CapacityType::OnDemand).unwrap()
}

/// OpenCost splits an m6i.large by the ratio of Google's N1; the resulting errors, to a tenth of a percent.
#[test]
fn opencost_underprices_the_cores_of_aws() {
    let fitted = basis(&price_groups().unwrap(), Provider::Aws, Arch::Amd64, "us-east-1");
    assert_eq!((fitted.group.as_str(), fitted.price.rows), ("c6i+m6i+r6i", 27));
    assert!(fitted.findings.is_empty());
    let number = |price: capmodel::units::MoneyPerHour| price.amount().to_string().parse::<f64>().unwrap();
    let (core, gib) = (number(fitted.price.core_hour), number(fitted.price.gib_hour));
    let ratio = 0.031611 / 0.004237;
    let gib_opencost = 0.096 / (2.0 * ratio + 8.0);
    let error = |opencost: f64, fitted: f64| ((opencost / fitted - 1.0) * 1000.0).round() / 10.0;
    assert_eq!((error(gib_opencost * ratio, core), error(gib_opencost, gib)), (-10.7, 20.9));
    assert!(fitted.price.max_residual < 0.019, "{}", fitted.price.max_residual);
}

#[test]
fn googles_own_ratio_is_found_exactly() {
    let fitted = basis(&price_groups().unwrap(), Provider::Gcp, Arch::Amd64, "us-central1");
    assert_eq!(fitted.price.core_hour.amount().to_string(), "0.031611");
    assert_eq!(fitted.price.gib_hour.amount().to_string(), "0.004237");
    assert_eq!((fitted.price.max_residual, &fitted.price.rule), (0.0, &ShareRule::Fitted));
}

#[test]
fn a_group_with_a_borrowed_ratio_has_a_finding() {
    let tau = group("t2d", Provider::Gcp, "us-central1");
    assert_eq!(tau.price.rule, ShareRule::Borrowed { from: "n2".to_owned() });
    let [finding] = tau.findings.as_slice() else { panic!("{:?}", tau.findings) };
    assert_eq!((finding.code.as_str(), finding.subject.as_str()), ("share-price-borrowed", "t2d"));
    assert!(finding.message.starts_with("all its instance types have the same"), "{}", finding.message);
    // The price of a whole machine is unchanged: t2d-standard-4 is 0.168988.
    let whole = tau.price.core_hour.amount() * rust_decimal::Decimal::from(4)
        + tau.price.gib_hour.amount() * rust_decimal::Decimal::from(16);
    assert!(
        (whole - "0.168988".parse::<rust_decimal::Decimal>().unwrap()).abs() < "0.00001".parse().unwrap(),
        "{whole}"
    );
}

/// Every region of every provider has a positive price for both architectures, unless it sells no machine of the
/// architecture.
#[test]
fn every_region_has_a_share_price() {
    let groups = price_groups().unwrap();
    for provider in [Provider::Aws, Provider::Gcp, Provider::Azure] {
        for name in book().regions(provider) {
            let sold = region(provider, name);
            for arch in [Arch::Amd64, Arch::Arm64] {
                match groups.share_basis(provider, arch, &sold, CapacityType::OnDemand) {
                    Ok(basis) => {
                        assert!(!basis.price.core_hour.amount().is_sign_negative(), "{name} {arch}");
                        assert!(basis.price.max_residual < 0.08, "{name} {arch} {basis:?}");
                    }
                    Err(why) => {
                        assert_eq!(why, SplitError::NoRows);
                        assert!(sold.iter().all(|offering| offering.instance.arch != arch), "{name} {arch}");
                    }
                }
            }
        }
    }
}

#[test]
fn another_group_is_used_where_the_reference_group_is_not_sold() {
    let groups = price_groups().unwrap();
    for (provider, arch, name, stand_in, message) in [
        (Provider::Aws, Arch::Amd64, "eu-south-2", "c5+m5+r5", "c6i+m6i+r6i is not available in this region"),
        (Provider::Gcp, Arch::Amd64, "europe-north2", "c4", "n2 is not available in this region"),
        (
            Provider::Azure,
            Arch::Arm64,
            "jioindiawest",
            "Dpls_v5+Dps_v5+Eps_v5",
            "Dpls_v6+Dps_v6+Eps_v6 is not available in this region",
        ),
    ] {
        let basis = basis(&groups, provider, arch, name);
        assert_eq!((basis.group.as_str(), &basis.price.rule), (stand_in, &ShareRule::Fitted));
        let [finding] = basis.findings.as_slice() else { panic!("{:?}", basis.findings) };
        assert_eq!(finding.code.as_str(), "share-price-fallback-group");
        assert!(finding.message.starts_with(message), "{}", finding.message);
    }
    // Of the basis group, Jakarta sells only m6i: it remains the basis and borrows a ratio.
    let jakarta = basis(&groups, Provider::Aws, Arch::Amd64, "ap-southeast-3");
    assert_eq!(jakarta.group, "c6i+m6i+r6i");
    assert_eq!(jakarta.price.rule, ShareRule::Borrowed { from: "c5+m5+r5".to_owned() });
}

/// Each group in its provider's main region: prices within a group are linear to 6 %, Google's to the last published
/// digit.
#[test]
fn prices_within_a_group_are_linear() {
    let groups = price_groups().unwrap();
    for group in groups.iter() {
        let (home, within) = match group.provider {
            Provider::Aws => ("us-east-1", 0.023),
            Provider::Gcp => ("us-central1", 2e-5),
            Provider::Azure | Provider::OnPrem => ("eastus", 0.06),
        };
        let split = groups.share_price(group, &region(group.provider, home), CapacityType::OnDemand).unwrap().price;
        assert!(split.max_residual < within, "{}: {}", group.name, split.max_residual);
        assert!(split.rows >= 7, "{}: {}", group.name, split.rows);
        let alone = matches!(group.name.as_str(), "t2d" | "t2a");
        assert_eq!(split.rule == ShareRule::Fitted, !alone, "{}", group.name);
    }
}

#[test]
fn shares_are_priced_with_spot_prices_of_the_basis_group() {
    let groups = price_groups().unwrap();
    let spot = |provider, name| groups.share_basis(provider, Arch::Amd64, &region(provider, name), CapacityType::Spot);
    let google = spot(Provider::Gcp, "us-central1").unwrap().price;
    assert_eq!(google.core_hour.amount().to_string(), "0.01499");
    assert_eq!(spot(Provider::Azure, "eastus"), Err(SplitError::NoRows));
}

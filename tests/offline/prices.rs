//! The packed catalogue against the tables it was packed from, and the split of its prices.

use capmodel::inputs::prices::{PriceBook, PricesError, price_groups};
use capmodel::model::{
    Arch, CapacityType, GroupPrice, NoFit, Offering, PriceGroups, PriceTable, Provider, ShareRule, SpotBasis,
};
use capmodel::units::Bytes;

use crate::allocatable::rows;

const AWS: &str = include_str!("../../profiles/prices/aws.csv");
const GCP: &str = include_str!("../../profiles/prices/gcp.csv");
const AZURE: &str = include_str!("../../profiles/prices/azure.csv");

fn book() -> PriceBook {
    PriceBook::embedded()
}

fn region(provider: Provider, name: &str) -> Vec<Offering> {
    book().offerings(provider, name).unwrap()
}

/// Every row of every table comes back as it was written, in the same order.
#[test]
fn packing_loses_nothing() {
    for (provider, table, count) in
        [(Provider::Aws, AWS, 14_756), (Provider::Gcp, GCP, 12_609), (Provider::Azure, AZURE, 58_816)]
    {
        let mut written = rows(table).into_iter();
        let mut read = 0;
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
                read += 1;
            }
        }
        assert!(written.next().is_none());
        assert_eq!(read, count, "{provider}");
    }
}

/// Without trailing zeros, as the catalogue gives prices.
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
    let everywhere = book.everywhere(Provider::Azure, "Standard_D4s_v5");
    assert_eq!((everywhere.len(), everywhere[0].0), (57, "australiacentral"));
    assert!(book.everywhere(Provider::Gcp, "m6i.large").is_empty());
}

#[test]
fn prices_say_how_old_they_are() {
    let book = book();
    let dates = |provider, name| {
        let dates = book.dates(provider, name).unwrap();
        let spot = match dates.spot {
            SpotBasis::List { date } => format!("list {date}"),
            SpotBasis::Derived { date } => format!("derived {date}"),
            SpotBasis::None => "none".to_owned(),
        };
        format!("{} {} {spot}", dates.on_demand_date, dates.on_demand_source)
    };
    assert_eq!(dates(Provider::Aws, "us-east-1"), "2026-07-20 karpenter-provider-aws derived 2025-06-28");
    assert_eq!(dates(Provider::Aws, "eu-west-1"), "2025-04-04 ec2.shop derived 2025-06-28");
    assert_eq!(dates(Provider::Gcp, "us-central1"), "2026-08-03 karpenter-provider-gcp list 2026-08-03");
    assert_eq!(dates(Provider::Azure, "eastus"), "2026-06-18 karpenter-provider-azure none");
    assert_eq!(book.catalogue_date().to_string(), "2026-08-03");
}

#[test]
fn unknown_names_come_with_the_nearest() {
    let book = book();
    for (error, text) in [
        (
            book.find(Provider::Aws, "us-east-1", "m6i.lrage").unwrap_err(),
            "aws has no instance type `m6i.lrage` in the price tables; did you mean m6i.large, c6i.large or m6a.large?",
        ),
        (
            book.find(Provider::Azure, "swedensouth", "Standard_D2as_v7").unwrap_err(),
            "Standard_D2as_v7 is not priced in azure swedensouth, but in 32 other regions, for example australiaeast; did you mean Standard_D2as_v4, Standard_D2as_v5 or Standard_D2as_v6?",
        ),
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

/// OpenCost splits an m6i.large by Google's N1 ratio; the known errors of that, to a tenth of a percent.
#[test]
fn a_core_on_aws_is_not_a_core_on_google() {
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
fn one_ratio_borrows_and_says_so() {
    let tau = group("t2d", Provider::Gcp, "us-central1");
    assert_eq!(tau.price.rule, ShareRule::Borrowed { from: "n2".to_owned() });
    let [finding] = tau.findings.as_slice() else { panic!("{:?}", tau.findings) };
    assert_eq!((finding.code.as_str(), finding.subject.as_str()), ("share-price-borrowed", "t2d"));
    assert!(finding.message.starts_with("its machines have one ratio"), "{}", finding.message);
    // The price of a whole machine is kept: t2d-standard-4 is 0.168988.
    let whole = tau.price.core_hour.amount() * rust_decimal::Decimal::from(4)
        + tau.price.gib_hour.amount() * rust_decimal::Decimal::from(16);
    assert!(
        (whole - "0.168988".parse::<rust_decimal::Decimal>().unwrap()).abs() < "0.00001".parse().unwrap(),
        "{whole}"
    );
}

/// In every region of every provider, for both architectures: a positive price, or nothing of that architecture is sold.
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
                        assert_eq!(why, NoFit::NoRows);
                        assert!(sold.iter().all(|offering| offering.instance.arch != arch), "{name} {arch}");
                    }
                }
            }
        }
    }
}

#[test]
fn another_group_stands_in_where_the_basis_is_not_sold() {
    let groups = price_groups().unwrap();
    for (provider, arch, name, stand_in, message) in [
        (Provider::Aws, Arch::Amd64, "eu-south-2", "c5+m5+r5", "c6i+m6i+r6i is not sold here"),
        (Provider::Gcp, Arch::Amd64, "europe-north2", "c4", "n2 is not sold here"),
        (
            Provider::Azure,
            Arch::Arm64,
            "jioindiawest",
            "Dpls_v5+Dps_v5+Eps_v5",
            "Dpls_v6+Dps_v6+Eps_v6 is not sold here",
        ),
    ] {
        let basis = basis(&groups, provider, arch, name);
        assert_eq!((basis.group.as_str(), &basis.price.rule), (stand_in, &ShareRule::Fitted));
        let [finding] = basis.findings.as_slice() else { panic!("{:?}", basis.findings) };
        assert_eq!(finding.code, "share-price-group");
        assert!(finding.message.starts_with(message), "{}", finding.message);
    }
    // Jakarta sells m6i alone of the basis: it stays the basis and borrows.
    let jakarta = basis(&groups, Provider::Aws, Arch::Amd64, "ap-southeast-3");
    assert_eq!(jakarta.group, "c6i+m6i+r6i");
    assert_eq!(jakarta.price.rule, ShareRule::Borrowed { from: "c5+m5+r5".to_owned() });
}

/// Each group in its provider's home region: what belongs together is linear to 6 %, Google's to the last printed digit.
#[test]
fn groups_are_linear() {
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
fn spot_shares() {
    let groups = price_groups().unwrap();
    let spot = |provider, name| groups.share_basis(provider, Arch::Amd64, &region(provider, name), CapacityType::Spot);
    let google = spot(Provider::Gcp, "us-central1").unwrap().price;
    assert_eq!(google.core_hour.amount().to_string(), "0.01499");
    assert_eq!(spot(Provider::Azure, "eastus"), Err(NoFit::NoRows));
}

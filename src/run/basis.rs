//! Prices, services and reservation formulas → the model's price basis.

use std::path::Path;

use super::Failure;
use crate::inputs::files::read_bytes;
use crate::inputs::prices::{OwnTable, PriceBook, price_groups, service_prices};
use crate::model::{
    Arch, Basis, Candidate, CapacityType, Distribution, Finding, Kubelet, LeftOut, MaxPods, NoFit, Offering, SpotBasis,
    allocatable, superseded,
};
use crate::settings::BasisSettings;
use crate::units::Date;

/// Days after which a list price is called old: providers change most of theirs less often than once a year (0 of 557 AWS
/// prices in 15 months, 29 % of Google's in two years), so a younger one is likely still right.
pub(super) const OLD_AFTER_DAYS: i32 = 365;

/// The catalogue, with an own table laid over it where one is named.
pub(super) fn price_book(table: Option<&Path>) -> Result<PriceBook, Failure> {
    let book = PriceBook::embedded();
    let Some(path) = table else { return Ok(book) };
    Ok(book.with_table(OwnTable::parse(&read_bytes(path)?, &path.display().to_string())?))
}

/// The price basis of an estimate, with types of these instruction sets; shares are priced by the settings' own.
pub(super) fn basis(settings: &BasisSettings, archs: &[Arch]) -> Result<Basis, Failure> {
    let BasisSettings { provider, arch, kubelet, daemonsets, hours, .. } = *settings;
    check_kubelet(&kubelet)?;
    let book = price_book(settings.prices.as_deref())?;
    let region = region(settings, &book)?;
    let offerings = book.offerings(provider, &region)?;
    let mut findings = Vec::new();
    let capacity_type = capacity_type(settings, &offerings, &region, &mut findings);
    let (candidates, left_out) =
        candidates(settings, archs, &book, &region, offerings.as_slice(), capacity_type, &mut findings)?;
    for candidate in &candidates {
        findings.extend(candidate.instance.burstable(provider));
        findings.extend(superseded(provider, &candidate.instance, &candidate.origin));
    }
    if kubelet.distribution == Distribution::AksWindows {
        findings.push(Finding::warning(
            "node-windows",
            "nodes",
            "Windows nodes are priced as Linux ones: their licence is not in the cost",
        ));
    }
    let share = price_groups()?
        .share_basis(provider, arch, &offerings, capacity_type)
        .map_err(|no_fit| no_share(settings, &region, no_fit))?;
    findings.extend(share.findings.iter().cloned());
    findings.extend(age(settings, &book, &region, &candidates, capacity_type)?);
    let services = service_prices()?.remove(&provider);
    match &services {
        Some(services) if services.control_plane.note.region != region => findings.push(Finding::info(
            "service-prices-region",
            &region,
            format!(
                "control plane, disk, load balancer and traffic are at the prices of {}; those of {region} are not in the catalogue",
                services.control_plane.note.region
            ),
        )),
        Some(_) => {}
        None => findings.push(Finding::info(
            "services-unpriced",
            provider.to_string(),
            "control plane, disks, load balancer and traffic have no price here: the bill has nodes alone",
        )),
    }
    let partial = services.is_none()
        || capacity_type != settings.capacity_type
        || kubelet.distribution == Distribution::AksWindows;
    if settings.daemonsets_assumed {
        findings.push(Finding::info(
            "daemonset-overhead-assumed",
            "nodes",
            format!(
                "every node gives {}, {} and {} pods to DaemonSets: an assumption, set yours with --daemonset-overhead",
                daemonsets.cpu, daemonsets.memory, daemonsets.pods
            ),
        ));
    }
    if candidates.len() > 1 {
        findings.push(Finding::info("vcpu-speed", "nodes", "a vCPU counts as equally fast on every instance type"));
    }
    findings.sort();
    Ok(Basis {
        provider,
        capacity_type,
        distribution: kubelet.distribution,
        own_prices: settings.prices.is_some(),
        named: !settings.instance_types.is_empty(),
        candidates,
        left_out,
        share,
        services,
        daemonsets,
        hours,
        currency: "USD",
        catalogue: book.catalogue_date().to_string(),
        prices_of: book.dates(provider, &region)?,
        partial,
        region,
        findings,
    })
}

/// Prefixes are the AWS CNI's.
pub(super) fn check_kubelet(kubelet: &Kubelet) -> Result<(), Failure> {
    let distribution = kubelet.distribution;
    if kubelet.max_pods == Some(MaxPods::PrefixDelegation) && !distribution.has_aws_cni() {
        return Err(Failure::Value(format!(
            "--max-pods prefix-delegation is a mode of the AWS CNI, and {distribution} has none: write the number of pods"
        )));
    }
    Ok(())
}

fn region(settings: &BasisSettings, book: &PriceBook) -> Result<String, Failure> {
    if let Some(region) = &settings.region {
        return Ok(region.clone());
    }
    match book.regions(settings.provider).as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err(Failure::Value(format!(
            "{} has no built-in prices: give your own with --prices FILE (CSV: {})",
            settings.provider,
            OwnTable::COLUMNS.join(",")
        ))),
        several => Err(Failure::Value(format!("name one of the regions with --region: {}", several.join(", ")))),
    }
}

/// Spot where the region has any spot price, else on demand with a finding.
fn capacity_type(
    settings: &BasisSettings,
    offerings: &[Offering],
    region: &str,
    findings: &mut Vec<Finding>,
) -> CapacityType {
    let provider = settings.provider;
    if settings.capacity_type == CapacityType::OnDemand {
        return CapacityType::OnDemand;
    }
    let wanted =
        |o: &&Offering| settings.instance_types.is_empty() || settings.instance_types.contains(&o.instance.name);
    let Some(priced) = offerings.iter().filter(wanted).find(|o| o.spot.is_some()) else {
        findings.push(Finding::warning(
            "spot-price-missing",
            region,
            format!("no spot price of {provider} {region} is known for these types: on-demand prices are used"),
        ));
        return CapacityType::OnDemand;
    };
    if let SpotBasis::Derived { date } = priced.origin.dates.spot {
        findings.push(Finding::warning(
            "spot-price-indicative",
            region,
            format!("spot prices are on-demand prices less an average saving of {date} in whole percent: indicative"),
        ));
    }
    CapacityType::Spot
}

/// The types that may be used, and how many were left out and why.
fn candidates(
    settings: &BasisSettings,
    archs: &[Arch],
    book: &PriceBook,
    region: &str,
    offerings: &[Offering],
    capacity_type: CapacityType,
    findings: &mut Vec<Finding>,
) -> Result<(Vec<Candidate>, LeftOut), Failure> {
    let provider = settings.provider;
    let mut left_out = LeftOut::default();
    let mut candidates = Vec::new();
    let candidate = |offering: &Offering| {
        Some(Candidate {
            instance: offering.instance.clone(),
            price: offering.price(capacity_type)?,
            origin: offering.origin.clone(),
            allocatable: allocatable(provider, &offering.instance, &settings.kubelet),
        })
    };
    let mut names = settings.instance_types.clone();
    names.sort();
    names.dedup();
    for name in &names {
        let offering = book.find(provider, region, name)?;
        if !archs.contains(&offering.instance.arch) {
            let arch = offering.instance.arch;
            return Err(Failure::Value(format!(
                "{name} is {arch}; say --arch {arch}, or name an {} type",
                settings.arch
            )));
        }
        match candidate(&offering) {
            Some(candidate) => candidates.push(candidate),
            None => {
                left_out.unpriced += 1;
                findings.push(Finding::warning(
                    "spot-price-missing",
                    name,
                    format!("left out: no spot price of it is known in {region}"),
                ));
            }
        }
    }
    if names.is_empty() {
        for offering in offerings {
            let instance = &offering.instance;
            let reason = match () {
                () if !archs.contains(&instance.arch) => Some(&mut left_out.arch),
                () if instance.is_burstable(provider) => Some(&mut left_out.burstable),
                () if instance.is_previous_generation(provider) => Some(&mut left_out.previous_generation),
                () if !settings.kubelet.distribution.takes(instance.vcpu) => Some(&mut left_out.too_small),
                () if instance.gpu_count > 0 => Some(&mut left_out.gpu),
                () => None,
            };
            match (reason, candidate(offering)) {
                (Some(reason), _) => *reason += 1,
                (None, Some(candidate)) => candidates.push(candidate),
                (None, None) => left_out.unpriced += 1,
            }
        }
    }
    if candidates.is_empty() {
        return Err(Failure::Value(format!(
            "{provider} {region} has no {} instance type that fits the request: try another --arch, --region or --instance-type",
            settings.arch
        )));
    }
    Ok((candidates, left_out))
}

fn no_share(settings: &BasisSettings, region: &str, no_fit: NoFit) -> Failure {
    Failure::Value(format!(
        "the price of a core and a GiB in {} {region} ({}) cannot be found: {no_fit}",
        settings.provider, settings.arch
    ))
}

/// How old the prices are.
fn age(
    settings: &BasisSettings,
    book: &PriceBook,
    region: &str,
    candidates: &[Candidate],
    capacity_type: CapacityType,
) -> Result<Option<Finding>, Failure> {
    let oldest = candidates.iter().map(|c| c.origin.date(capacity_type)).min();
    let oldest = oldest.map_or_else(|| book.dates(settings.provider, region).map(|d| d.on_demand_date), Ok)?;
    let old = days_between(oldest, settings.today) > OLD_AFTER_DAYS;
    Ok(old.then(|| {
        Finding::warning(
            "price-age",
            region,
            format!("prices are of {oldest}, over a year old: check them against a bill, or lay your own over them with --prices"),
        )
    }))
}

fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

//! Builds the model's price basis from prices and settings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Failure;
use crate::inputs::files::{label, read, read_bytes};
use crate::inputs::prices::{OwnTable, PriceBook, PricesError, parse_pricing, price_groups, service_prices};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::{Arch, Kubelet, MaxPods, Provider};
use crate::model::pricing::{
    Basis, BasisQuestion, Commitment, CustomType, Offering, Pricing, RegionPrices, ServicePrices, about_term,
};
use crate::settings::BasisSettings;
use crate::units::{Bytes, Currency};

/// The catalogue, overridden by the user's own table if there is one.
pub(super) fn price_book(table: Option<&Path>) -> Result<PriceBook, Failure> {
    let book = PriceBook::embedded();
    let Some(path) = table else { return Ok(book) };
    Ok(book.with_table(OwnTable::parse(&read_bytes(path).map_err(|error| error.named_by("--prices"))?, &label(path))?))
}

/// The prices paid for machines and other services: list prices unless a file overrides them.
/// Tables and rules are in US dollars, and the prices paid are converted only here.
pub(super) fn priced(
    table: Option<&Path>,
    pricing: Option<&Path>,
    currency: Currency,
) -> Result<(PriceBook, BTreeMap<Provider, ServicePrices>), Failure> {
    let (book, services) = (price_book(table)?, service_prices()?);
    let pricing = match pricing {
        None => Pricing::default(),
        Some(path) => {
            let text = read(path).map_err(|error| error.named_by("--pricing"))?;
            parse_pricing(&label(path), &text, &book)?
        }
    };
    let paid = |prices| pricing.services(prices).in_currency(currency);
    let services = services.into_iter().map(|(provider, prices)| (provider, paid(prices))).collect();
    Ok((book.with_pricing(pricing).with_currency(currency), services))
}

/// The price basis of an estimate, with types of these architectures; cluster shares are priced for the architecture
/// in the settings. Commitments are not applied, which is a finding.
pub(super) fn basis(settings: &BasisSettings, archs: &[Arch]) -> Result<Basis, Failure> {
    let Parts { mut basis, commitments, .. } = parts(settings, archs)?;
    not_applied(&mut basis, &commitments);
    Ok(basis)
}

/// The price basis of an estimate without a cluster: it has no nodes that a price by name or label could be for.
pub(super) fn basis_without_cluster(settings: &BasisSettings, archs: &[Arch]) -> Result<Basis, Failure> {
    let Parts { mut basis, commitments, of_nodes } = parts(settings, archs)?;
    basis.findings.extend(of_nodes);
    not_applied(&mut basis, &commitments);
    Ok(basis)
}

/// Adds the finding that commitments are not applied.
fn not_applied(basis: &mut Basis, commitments: &[Commitment]) {
    if let Some(first) = commitments.first() {
        let message = "commitments are not applied here: nodes that already run use them first; a report applies them to the nodes of a cluster, \
                       and an estimate of one service without a cluster to the nodes of that service";
        basis.findings.push(Finding::info(Code::CommitmentNotApplied, &*first.rule, message));
    }
    basis.findings.sort();
}

/// The price basis of a service on nodes of its own, which use the commitments: no other nodes are known.
pub(super) fn basis_of_own_nodes(settings: &BasisSettings) -> Result<Basis, Failure> {
    let Parts { mut basis, commitments, of_nodes } = parts(settings, &[settings.arch])?;
    basis.findings.extend(of_nodes);
    basis.findings.extend(about_term(&commitments, settings.today));
    basis.findings.sort();
    basis.commitments = commitments;
    Ok(basis)
}

/// The price basis, and what of the pricing file is not in it.
struct Parts {
    basis: Basis,
    /// Commitments in the currency of the basis.
    commitments: Vec<Commitment>,
    /// Findings about the prices of single nodes, which apply to none without a cluster.
    of_nodes: Vec<Finding>,
}

fn parts(settings: &BasisSettings, archs: &[Arch]) -> Result<Parts, Failure> {
    let BasisSettings {
        provider,
        arch,
        capacity_type,
        kubelet,
        daemonsets,
        daemonsets_assumed,
        hours,
        today,
        currency,
        ..
    } = *settings;
    check_kubelet(&kubelet)?;
    let (book, mut services) = priced(settings.prices.as_deref(), settings.pricing.as_deref(), currency)?;
    let region = region(settings, &book)?;
    let prices = RegionPrices {
        offerings: book.offerings(provider, &region)?,
        dates: book.dates(provider, &region)?,
        groups: &price_groups()?,
        services: services.remove(&provider),
        catalogue: book.catalogue_date(),
        own_prices: settings.prices.is_some(),
        currency,
    };
    // A type that is not sold in the region is the user's error; similar names are suggested.
    for name in settings.instance_types.iter().collect::<BTreeSet<_>>() {
        book.find(provider, &region, name).map_err(|error| custom(provider, name, &prices.offerings, error))?;
    }
    let instance_types = &settings.instance_types;
    let question = BasisQuestion {
        provider,
        region,
        archs,
        arch,
        capacity_type,
        instance_types,
        kubelet,
        daemonsets,
        daemonsets_assumed,
        hours,
        today,
    };
    let of_nodes = book.pricing().without_nodes();
    Ok(Parts { basis: Basis::new(&question, prices)?, commitments: book.commitments(), of_nodes })
}

/// Prefix delegation is a feature of the AWS VPC CNI.
pub(super) fn check_kubelet(kubelet: &Kubelet) -> Result<(), Failure> {
    let distribution = kubelet.distribution;
    if kubelet.max_pods == Some(MaxPods::PrefixDelegation) && !distribution.has_aws_cni() {
        return Err(Failure::Value(format!(
            "--max-pods prefix-delegation is only available with the AWS VPC CNI, which {distribution} does not use: give a number of pods"
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
            "there are no built-in prices for {}: give your own with --prices FILE (CSV: {})",
            settings.provider,
            OwnTable::COLUMNS.join(",")
        ))),
        several => Err(Failure::Value(format!("choose a region with --region: {}", several.join(", ")))),
    }
}

/// A custom machine type has no price of its own, but the nearest predefined type has one.
fn custom(provider: Provider, name: &str, offerings: &[Offering], error: PricesError) -> Failure {
    let custom = if provider == Provider::Gcp { CustomType::parse(name) } else { None };
    let Some(custom) = custom else { return error.into() };
    let size = |vcpu: u32, memory: Bytes| format!("{vcpu} vCPUs, {} MiB", memory.bytes() >> 20);
    let nearest = custom.nearest(offerings).map_or_else(String::new, |offering| {
        let machine = &offering.instance;
        format!(
            "the nearest predefined type of at least that size is {} ({}): use it, or ",
            machine.name,
            size(machine.vcpu, machine.memory)
        )
    });
    Failure::Value(format!(
        "{name} is a custom machine type ({}), which has no built-in price: {nearest}give its price with --prices FILE",
        size(custom.vcpu, custom.memory)
    ))
}

//! Builds the price basis of an estimate from the prices of a region.

use super::caveats::{indicative_price, old_price, superseded};
use super::{Basis, Candidate, Excluded, Offering, PriceDates, PriceGroups, ServicePrices, SplitError};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::{Arch, CapacityType, DaemonSetOverhead, Distribution, Kubelet, Provider, allocatable};
use crate::units::{Currency, Date, Hours};

/// Location and purchase option of the nodes, and the types that may be used.
#[derive(Clone, Debug)]
pub struct BasisQuestion<'a> {
    /// Cloud provider of the prices.
    pub provider: Provider,
    /// Region of the prices.
    pub region: String,
    /// CPU architectures that may be used.
    pub archs: &'a [Arch],
    /// CPU architecture whose price group prices the shares of a cluster.
    pub arch: Arch,
    /// Purchase option of the nodes.
    pub capacity_type: CapacityType,
    /// Names of the instance types; empty for all general-purpose types.
    pub instance_types: &'a [String],
    /// Reservations and pod limit of the nodes' kubelets.
    pub kubelet: Kubelet,
    /// Resources that DaemonSets take on every node.
    pub daemonsets: DaemonSetOverhead,
    /// Whether `daemonsets` is an assumption.
    pub daemonsets_assumed: bool,
    /// Number of priced hours.
    pub hours: Hours,
    /// Today's date, which the age of prices is relative to.
    pub today: Date,
}

/// Prices of one region.
#[derive(Clone, Debug)]
pub struct RegionPrices<'a> {
    /// All offerings of the region.
    pub offerings: Vec<Offering>,
    /// Dates and sources of the prices.
    pub dates: PriceDates,
    /// Price groups by which machine prices are split.
    pub groups: &'a PriceGroups,
    /// Prices of everything except machines; `None` if unknown for the provider.
    pub services: Option<ServicePrices>,
    /// Date of the newest price in the catalogue, which is its name.
    pub catalogue: Date,
    /// Whether the user's price table overrides part of the catalogue.
    pub own_prices: bool,
    /// Currency of every price.
    pub currency: Currency,
}

/// Why a price basis cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BasisError {
    /// A named type has another CPU architecture than the requested one.
    #[error("{0} has architecture {1}; use --arch {1}, or an {2} type")]
    OtherArch(String, Arch, Arch),
    /// The region has no usable type of this architecture.
    #[error("{0} {1} has no {2} instance type that fits the request: try another --arch, --region or --instance-type")]
    NoCandidate(Provider, String, Arch),
    /// The prices of the region cannot be split into cores and memory.
    #[error("the price of a core and a GiB in {0} {1} ({2}) cannot be computed: {3}")]
    NoShare(Provider, String, Arch, SplitError),
}

impl Basis {
    /// Builds the basis from the prices of the region.
    ///
    /// # Errors
    /// [`BasisError`] if a named type or the region cannot be used, or the prices cannot be split.
    pub fn new(question: &BasisQuestion<'_>, prices: RegionPrices<'_>) -> Result<Self, BasisError> {
        let BasisQuestion { provider, arch, kubelet, daemonsets, hours, .. } = *question;
        let region = question.region.clone();
        let mut findings = Vec::new();
        let capacity_type = question.capacity_type(&prices.offerings, &mut findings);
        let (candidates, excluded) = question.candidates(&prices.offerings, capacity_type, &mut findings)?;
        for candidate in &candidates {
            findings.extend(candidate.instance.burstable(provider));
            findings.extend(superseded(provider, &candidate.instance, &candidate.origin));
        }
        let is_windows = kubelet.distribution == Distribution::AksWindows;
        if is_windows {
            findings.push(Finding::warning(
                Code::NodeWindows,
                "nodes",
                "Windows nodes are priced as Linux nodes; the Windows licence is not included",
            ));
        }
        let share = prices
            .groups
            .share_basis(provider, arch, &prices.offerings, capacity_type)
            .map_err(|no_fit| BasisError::NoShare(provider, region.clone(), arch, no_fit))?;
        findings.extend(share.findings.iter().cloned());
        let oldest = candidates.iter().map(|candidate| candidate.origin.date(capacity_type)).min();
        findings.extend(old_price(&region, oldest.unwrap_or(prices.dates.on_demand_date), question.today));
        findings.extend(about_services(provider, &region, prices.services.as_ref()));
        if question.daemonsets_assumed {
            findings.push(Finding::info(
                Code::DaemonsetOverheadAssumed,
                "nodes",
                format!(
                    "DaemonSets are assumed to use {} CPU, {} memory and {} pods per node; change it with --daemonset-overhead",
                    daemonsets.cpu, daemonsets.memory, daemonsets.pods
                ),
            ));
        }
        if candidates.len() > 1 {
            findings.push(Finding::info(Code::VcpuSpeedAssumed, "nodes", "all vCPUs are assumed to be equally fast"));
        }
        findings.sort();
        Ok(Self {
            provider,
            capacity_type,
            distribution: kubelet.distribution,
            own_prices: prices.own_prices,
            named: !question.instance_types.is_empty(),
            candidates,
            excluded,
            share,
            partial: prices.services.is_none() || capacity_type != question.capacity_type || is_windows,
            services: prices.services,
            daemonsets,
            hours,
            currency: prices.currency,
            catalogue: prices.catalogue.to_string(),
            prices_of: prices.dates,
            commitments: Vec::new(),
            today: question.today,
            region,
            findings,
        })
    }
}

impl BasisQuestion<'_> {
    /// Spot if the region has any spot price, otherwise on-demand with a finding.
    fn capacity_type(&self, offerings: &[Offering], findings: &mut Vec<Finding>) -> CapacityType {
        let Self { provider, region, instance_types, .. } = self;
        if self.capacity_type == CapacityType::OnDemand {
            return CapacityType::OnDemand;
        }
        let wanted = |o: &&Offering| instance_types.is_empty() || instance_types.contains(&o.instance.name);
        let Some(priced) = offerings.iter().filter(wanted).find(|o| o.spot.is_some()) else {
            findings.push(Finding::warning(
                Code::SpotPriceMissing,
                region,
                format!("there are no spot prices for these types in {provider} {region}: on-demand prices are used"),
            ));
            return CapacityType::OnDemand;
        };
        findings.extend(indicative_price(region, &priced.origin, CapacityType::Spot));
        CapacityType::Spot
    }

    /// The usable types, and the number of excluded ones by reason.
    fn candidates(
        &self,
        offerings: &[Offering],
        capacity_type: CapacityType,
        findings: &mut Vec<Finding>,
    ) -> Result<(Vec<Candidate>, Excluded), BasisError> {
        let Self { provider, region, archs, arch: asked, .. } = self;
        let (mut candidates, mut excluded) = (Vec::new(), Excluded::default());
        let candidate = |offering: &Offering| {
            Some(Candidate {
                instance: offering.instance.clone(),
                price: offering.price(capacity_type)?,
                origin: offering.origin.clone(),
                allocatable: allocatable(*provider, &offering.instance, &self.kubelet),
            })
        };
        for offering in offerings {
            let instance = &offering.instance;
            if self.instance_types.is_empty() {
                match (self.reason_to_exclude(offering, &mut excluded), candidate(offering)) {
                    (Some(count), _) => *count += 1,
                    (None, Some(candidate)) => candidates.push(candidate),
                    (None, None) => excluded.unpriced += 1,
                }
            } else if self.instance_types.contains(&instance.name) {
                if !archs.contains(&instance.arch) {
                    let name = instance.name.clone();
                    return Err(BasisError::OtherArch(name, instance.arch, *asked));
                }
                candidates.extend(candidate(offering));
                if offering.price(capacity_type).is_none() {
                    excluded.unpriced += 1;
                    let message = format!("excluded: it has no spot price in {region}");
                    findings.push(Finding::warning(Code::SpotPriceMissing, &instance.name, message));
                }
            }
        }
        if candidates.is_empty() {
            return Err(BasisError::NoCandidate(*provider, region.clone(), *asked));
        }
        Ok((candidates, excluded))
    }

    /// The counter of the reason for which a type is excluded; `None` if it is not excluded.
    fn reason_to_exclude<'c>(&self, offering: &Offering, excluded: &'c mut Excluded) -> Option<&'c mut usize> {
        let instance = &offering.instance;
        match () {
            () if !self.archs.contains(&instance.arch) => Some(&mut excluded.arch),
            () if instance.is_burstable(self.provider) => Some(&mut excluded.burstable),
            () if instance.is_previous_generation(self.provider) => Some(&mut excluded.previous_generation),
            () if !self.kubelet.distribution.takes(instance.vcpu) => Some(&mut excluded.too_small),
            () if instance.gpu_count > 0 => Some(&mut excluded.gpu),
            () => None,
        }
    }
}

/// Finding about bill lines that have no price, or the price of another region.
fn about_services(provider: Provider, region: &str, services: Option<&ServicePrices>) -> Option<Finding> {
    let Some(services) = services else {
        let message = "control plane, disks, load balancer and traffic have no price: only nodes are included";
        return Some(Finding::info(Code::NonNodeCostsUnpriced, provider.to_string(), message));
    };
    let priced_in = &services.control_plane.note.region;
    (priced_in != region).then(|| {
        let message = format!(
            "control plane, disk, load balancer and traffic prices are those of {priced_in} (the catalogue has none for {region})"
        );
        Finding::info(Code::NonNodePricesOtherRegion, region, message)
    })
}

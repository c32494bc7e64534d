//! The price basis of an estimate: which instance types of a region may be used, and at what prices.

use super::caveats::{indicative_price, old_price, superseded};
use super::{Basis, Candidate, Excluded, Offering, PriceDates, PriceGroups, ServicePrices, SplitError};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::{Arch, CapacityType, DaemonSetOverhead, Distribution, Kubelet, Provider, allocatable};
use crate::units::{Currency, Date, Hours};

/// Where nodes run, and how they are bought.
#[derive(Clone, Debug)]
pub struct BasisQuestion<'a> {
    /// Cloud provider of the prices.
    pub provider: Provider,
    /// Region of the prices.
    pub region: String,
    /// Instruction sets that may be used.
    pub archs: &'a [Arch],
    /// The one that shares of a cluster are priced by.
    pub arch: Arch,
    /// Purchase option of the nodes.
    pub capacity_type: CapacityType,
    /// Instance types by name; empty for every general one.
    pub instance_types: &'a [String],
    /// What the kubelets of the nodes reserve and admit.
    pub kubelet: Kubelet,
    /// What every node gives to DaemonSets.
    pub daemonsets: DaemonSetOverhead,
    /// Whether that is an assumption.
    pub daemonsets_assumed: bool,
    /// Number of hours that are priced.
    pub hours: Hours,
    /// The day from which prices have an age.
    pub today: Date,
}

/// What is known of the prices of one region.
#[derive(Clone, Debug)]
pub struct RegionPrices<'a> {
    /// Everything that is priced there.
    pub offerings: Vec<Offering>,
    /// How old the prices are and where they are from.
    pub dates: PriceDates,
    /// By which the price of a machine is split.
    pub groups: &'a PriceGroups,
    /// Prices of what is not a machine, where the provider has them.
    pub services: Option<ServicePrices>,
    /// The name of the catalogue: its newest day.
    pub catalogue: Date,
    /// Whether a table of the user's own is laid over it.
    pub own_prices: bool,
    /// The currency of every price.
    pub currency: Currency,
}

/// Why there is no price basis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BasisError {
    /// A type that was named has another instruction set than the one that was asked for.
    #[error("{0} has architecture {1}; use --arch {1}, or an {2} type")]
    OtherArch(String, Arch, Arch),
    /// The region has no type of this instruction set that may be used.
    #[error("{0} {1} has no {2} instance type that fits the request: try another --arch, --region or --instance-type")]
    NoCandidate(Provider, String, Arch),
    /// The prices of the region cannot be split.
    #[error("the price of a core and a GiB in {0} {1} ({2}) cannot be computed: {3}")]
    NoShare(Provider, String, Arch, SplitError),
}

impl Basis {
    /// The basis for a question, from the prices of its region.
    ///
    /// # Errors
    /// [`BasisError`].
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
            region,
            findings,
        })
    }
}

impl BasisQuestion<'_> {
    /// Spot where the region has any spot price, else on demand with a finding.
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

    /// The types that may be used, and how many were excluded and why.
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

    /// The count of what is excluded for the same reason as this type; `None` where it is not excluded.
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

/// What of a bill is at the prices of another region, or has none.
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

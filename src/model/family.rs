//! What a provider's type name says about a machine.

use super::{Finding, InstanceType, Provider};
use crate::units::CpuMillis;

/// Families that AWS lists as previous generation, and a1, the first Graviton.
const AWS_PREVIOUS: [&str; 13] = ["a1", "c1", "c3", "cc2", "cr1", "g2", "hs1", "i2", "m1", "m2", "m3", "r3", "t1"];

/// Series that Azure lists as previous generation, in the form of [`InstanceType::family`].
const AZURE_PREVIOUS: [&str; 12] = ["A", "A_v2", "Am_v2", "D", "DS", "D_v2", "DS_v2", "F", "Fs", "G", "GS", "Ls"];

/// The three e2 sizes and the two older ones whose vCPUs are a share of a core, bursting above it (Google: "shared-core
/// machine types").
const GCP_SHARED_CORE: [&str; 5] = ["e2-micro", "e2-small", "e2-medium", "f1-micro", "g1-small"];

const T2_BASELINES: [(&str, u32); 7] =
    [("nano", 50), ("micro", 100), ("small", 200), ("medium", 200), ("large", 300), ("xlarge", 225), ("2xlarge", 170)];
const T3_BASELINES: [(&str, u32); 7] =
    [("nano", 50), ("micro", 100), ("small", 200), ("medium", 200), ("large", 300), ("xlarge", 400), ("2xlarge", 400)];
const GCP_BASELINES: [(&str, u32); 5] =
    [("e2-micro", 125), ("e2-small", 250), ("e2-medium", 500), ("f1-micro", 200), ("g1-small", 500)];

impl InstanceType {
    /// Whether its vCPUs are less than whole ones, with credits or bursting above a baseline: AWS T families, Google's
    /// shared-core types, Azure's B series. Planning steady load on them needs a baseline that the catalogue does not hold.
    pub fn is_burstable(&self, provider: Provider) -> bool {
        match provider {
            Provider::Aws => matches!(self.family(provider).as_str(), "t1" | "t2" | "t3" | "t3a" | "t4g"),
            Provider::Gcp => GCP_SHARED_CORE.contains(&self.name.as_str()),
            Provider::Azure => {
                self.name.strip_prefix("Standard_B").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            }
            Provider::OnPrem => false,
        }
    }

    /// What a reader of a plan on such a type must know: steady load above the baseline is not what its price buys.
    pub fn burstable(&self, provider: Provider) -> Option<Finding> {
        if !self.is_burstable(provider) {
            return None;
        }
        let after = match provider {
            Provider::Aws => "spends CPU credits, after which AWS bills surplus credits or slows the machine down",
            Provider::Gcp => "is possible for a short time only",
            Provider::Azure | Provider::OnPrem => "spends CPU credits, after which Azure slows the machine down",
        };
        let baseline = self.baseline_tenths(provider).map_or_else(
            || "a baseline below 100 % each".to_owned(),
            |tenths| {
                let cores = CpuMillis::from_millis(u64::from(self.vcpu) * u64::from(tenths));
                format!("a baseline of {} % each, {cores} together", f64::from(tenths) / 10.0)
            },
        );
        let message = format!(
            "it is burstable: its {} vCPUs have {baseline}; load above that {after}. The plan counts whole vCPUs and no surplus",
            self.vcpu
        );
        Some(Finding::warning("burstable-type", &self.name, message))
    }

    /// The steady part of each vCPU in tenths of a percent. AWS: "Key concepts for burstable performance instances", table of
    /// baseline utilization per vCPU. Google: "Shared-core machine types", fractional vCPU over the two that are seen.
    fn baseline_tenths(&self, provider: Provider) -> Option<u32> {
        let baselines: &[(&str, u32)] = match provider {
            Provider::Aws if self.family(provider) == "t2" => &T2_BASELINES,
            Provider::Aws => &T3_BASELINES,
            Provider::Gcp => &GCP_BASELINES,
            Provider::Azure | Provider::OnPrem => &[],
        };
        let size = self.name.rsplit('.').next().unwrap_or_default();
        baselines.iter().find(|(known, _)| *known == size).map(|(_, tenths)| *tenths)
    }

    /// What the device plugin of its accelerators calls them; `None` without any, and for those that none is usual for (video
    /// encoders, FPGAs). Azure's table has no names of accelerators, but its type names tell the maker.
    pub fn accelerator_resource(&self) -> Option<&'static str> {
        let named = self.gpu_name.as_deref().unwrap_or_default();
        let azure = self.name.strip_prefix("Standard_").unwrap_or_default();
        let has = |parts: &[&str]| parts.iter().any(|part| azure.contains(part));
        match () {
            () if self.gpu_count == 0 => None,
            () if named.starts_with("inferentia") || named.starts_with("trainium") => Some("aws.amazon.com/neuron"),
            () if named.starts_with("gaudi") => Some("habana.ai/gaudi"),
            () if ["fpga", "alveo-u30", "qualcomm-ai100"].contains(&named) || azure.starts_with("NP") => None,
            () if named.starts_with("radeon") || has(&["_V620_", "_V710_", "_MI300X_"]) => Some("amd.com/gpu"),
            // NVv4 has AMD's MI25.
            () if azure.starts_with("NV") && azure.ends_with("as_v4") => Some("amd.com/gpu"),
            () => Some("nvidia.com/gpu"),
        }
    }

    /// Whether the provider lists it as a previous generation, with cores far slower than those of today. A vCPU counts as
    /// equally fast on every type, so such a type would win on a price that buys less.
    ///
    /// AWS: <https://aws.amazon.com/ec2/previous-generation/>. Azure:
    /// <https://learn.microsoft.com/azure/virtual-machines/sizes-previous-gen>. Google publishes no such list.
    pub fn is_previous_generation(&self, provider: Provider) -> bool {
        let family = self.family(provider);
        match provider {
            Provider::Aws => AWS_PREVIOUS.contains(&family.as_str()),
            Provider::Azure => AZURE_PREVIOUS.contains(&family.as_str()),
            Provider::Gcp | Provider::OnPrem => false,
        }
    }

    /// The types it shares a generation and a price list with; the whole name where the provider's pattern does not fit.
    ///
    /// - AWS: the text before the dot, `c6i` of `c6i.4xlarge`.
    /// - Google: the text before the first dash, `n2` of `n2-highmem-8`; machines with local SSD cost more for the same cores
    ///   and are a family of their own, `c4-lssd`.
    /// - Azure: `Standard_` dropped, then the series letters, the feature letters and the version with the size taken out:
    ///   `Ds_v5` of `Standard_D4s_v5`, `Epds_v6` of `Standard_E16pds_v6`. A constrained size is billed for more cores than
    ///   it offers, so `Standard_E8-4s_v5` is in `E-s_v5`.
    /// - on-prem: no rule is known, each type is its own.
    pub fn family(&self, provider: Provider) -> String {
        let name = self.name.as_str();
        let family = match provider {
            Provider::Aws => name.split_once('.').map(|(family, _)| family.to_owned()),
            Provider::Gcp => name.split_once('-').map(|(series, rest)| {
                if rest.ends_with("-lssd") { format!("{series}-lssd") } else { series.to_owned() }
            }),
            Provider::Azure => azure_family(name),
            Provider::OnPrem => None,
        };
        family.unwrap_or_else(|| name.to_owned())
    }
}

/// `Standard_` letters, digits, `-` digits where constrained, features and version.
fn azure_family(name: &str) -> Option<String> {
    let size = name.strip_prefix("Standard_")?;
    let digits_at = size.find(|c: char| c.is_ascii_digit())?;
    let (series, rest) = size.split_at(digits_at);
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let (constrained, features) = match rest.strip_prefix('-') {
        Some(cores) => ("-", cores.trim_start_matches(|c: char| c.is_ascii_digit())),
        None => ("", rest),
    };
    (!series.is_empty()).then(|| format!("{series}{constrained}{features}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Arch;
    use crate::units::Bytes;

    /// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html>
    #[test]
    fn baselines() {
        for (provider, name, said) in [
            (Provider::Aws, "t3.medium", "a baseline of 20 % each, 400m together"),
            (Provider::Aws, "t2.xlarge", "a baseline of 22.5 % each, 450m together"),
            (Provider::Gcp, "e2-medium", "a baseline of 50 % each, 1 together"),
            (Provider::Azure, "Standard_B2s", "a baseline below 100 % each;"),
        ] {
            let message = named(name).burstable(provider).unwrap().message;
            assert!(message.contains(said), "{message}");
        }
    }

    fn named(name: &str) -> InstanceType {
        InstanceType {
            name: name.to_owned(),
            arch: Arch::Amd64,
            vcpu: 2,
            memory: Bytes::from_gib(8),
            gpu_count: 0,
            gpu_name: None,
            eni_max_pods: None,
        }
    }

    #[test]
    fn families() {
        for (provider, name, family) in [
            (Provider::Aws, "c6i.4xlarge", "c6i"),
            (Provider::Aws, "m7i-flex.large", "m7i-flex"),
            (Provider::Gcp, "n2-highmem-8", "n2"),
            (Provider::Gcp, "c4-standard-8-lssd", "c4-lssd"),
            (Provider::Azure, "Standard_D4s_v5", "Ds_v5"),
            (Provider::Azure, "Standard_E8-4ads_v5", "E-ads_v5"),
            (Provider::Azure, "Standard_NC24ads_A100_v4", "NCads_A100_v4"),
            (Provider::Azure, "Basic_A1", "Basic_A1"),
            (Provider::OnPrem, "rack-7", "rack-7"),
        ] {
            assert_eq!(named(name).family(provider), family);
        }
    }

    #[test]
    fn accelerators() {
        let of = |name: &str, gpu_name: Option<&str>| {
            InstanceType { gpu_count: 1, gpu_name: gpu_name.map(str::to_owned), ..named(name) }.accelerator_resource()
        };
        assert_eq!(of("g5.xlarge", Some("a10g")), Some("nvidia.com/gpu"));
        assert_eq!(of("g4ad.xlarge", Some("radeon-pro-v520")), Some("amd.com/gpu"));
        assert_eq!(of("trn1.2xlarge", Some("trainium")), Some("aws.amazon.com/neuron"));
        assert_eq!(of("vt1.3xlarge", Some("alveo-u30")), None);
        assert_eq!(of("Standard_NC4as_T4_v3", None), Some("nvidia.com/gpu"));
        assert_eq!(of("Standard_NV8as_v4", None), Some("amd.com/gpu"));
        assert_eq!(of("Standard_ND96isr_MI300X_v5", None), Some("amd.com/gpu"));
        assert_eq!(of("Standard_NP10s", None), None);
        assert_eq!(named("m6i.large").accelerator_resource(), None);
    }

    #[test]
    fn burstable() {
        for (provider, name, burstable) in [
            (Provider::Aws, "t3.micro", true),
            (Provider::Aws, "t4g.2xlarge", true),
            (Provider::Aws, "trn1.2xlarge", false),
            (Provider::Aws, "m6i.large", false),
            (Provider::Gcp, "e2-medium", true),
            (Provider::Gcp, "e2-standard-2", false),
            (Provider::Gcp, "t2d-standard-1", false),
            (Provider::Azure, "Standard_B2ls_v2", true),
            (Provider::Azure, "Standard_D2s_v5", false),
            (Provider::OnPrem, "t3.micro", false),
        ] {
            assert_eq!(named(name).is_burstable(provider), burstable, "{name}");
            assert_eq!(named(name).burstable(provider).is_some(), burstable, "{name}");
        }
    }
}

//! Properties of a machine that its type name implies.

use super::{InstanceType, Provider};
use crate::model::finding::{Code, Finding};
use crate::units::CpuMillis;

/// Families that AWS lists as previous generation, and a1, the first Graviton generation.
const AWS_PREVIOUS: [&str; 13] = ["a1", "c1", "c3", "cc2", "cr1", "g2", "hs1", "i2", "m1", "m2", "m3", "r3", "t1"];

/// Series that Azure lists as previous generation, in the form of [`InstanceType::family`].
const AZURE_PREVIOUS: [&str; 12] = ["A", "A_v2", "Am_v2", "D", "DS", "D_v2", "DS_v2", "F", "Fs", "G", "GS", "Ls"];

/// The three e2 sizes and the two older ones whose vCPUs are a share of a core with bursting above it (Google:
/// "shared-core machine types").
const GCP_SHARED_CORE: [&str; 5] = ["e2-micro", "e2-small", "e2-medium", "f1-micro", "g1-small"];

const T2_BASELINES: [(&str, u32); 7] =
    [("nano", 50), ("micro", 100), ("small", 200), ("medium", 200), ("large", 300), ("xlarge", 225), ("2xlarge", 170)];
const T3_BASELINES: [(&str, u32); 7] =
    [("nano", 50), ("micro", 100), ("small", 200), ("medium", 200), ("large", 300), ("xlarge", 400), ("2xlarge", 400)];
const GCP_BASELINES: [(&str, u32); 5] =
    [("e2-micro", 125), ("e2-small", 250), ("e2-medium", 500), ("f1-micro", 200), ("g1-small", 500)];

impl InstanceType {
    /// Whether its vCPUs are shares of cores with credits or bursting above a baseline: AWS T families, Google's
    /// shared-core types, Azure's B series. Planning a steady load on them needs the baseline, which the catalogue
    /// does not contain.
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

    /// Finding about a plan on a burstable type: its price does not cover steady load above the baseline.
    pub fn burstable(&self, provider: Provider) -> Option<Finding> {
        if !self.is_burstable(provider) {
            return None;
        }
        let after = match provider {
            Provider::Aws => {
                "uses up CPU credits, after which AWS charges for surplus credits or throttles the instance"
            }
            Provider::Gcp => "is only possible for short periods",
            Provider::Azure | Provider::OnPrem => "uses up CPU credits, after which Azure throttles the instance",
        };
        let baseline = self.baseline_tenths(provider).map_or_else(
            || "below 100% of each".to_owned(),
            |tenths| {
                let cores = CpuMillis::from_millis(u64::from(self.vcpu) * u64::from(tenths));
                format!("{}% of each ({cores} in total)", f64::from(tenths) / 10.0)
            },
        );
        let message = format!(
            "burstable: the baseline of its {} vCPUs is {baseline}. Sustained load above it {after}. The plan assumes full vCPUs and no surplus charges",
            self.vcpu
        );
        Some(Finding::warning(Code::BurstableType, &self.name, message))
    }

    /// Baseline of each vCPU in tenths of a percent. AWS: "Key concepts for burstable performance instances", table of
    /// baseline utilization per vCPU. Google: "Shared-core machine types", fractional vCPU divided by the two visible
    /// ones.
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

    /// Resource name of the usual device plugin for its accelerators; `None` without accelerators, or if there is no
    /// usual plugin (video encoders, FPGAs). Azure's table has no accelerator names, but its type names identify the
    /// manufacturer.
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

    /// Whether the provider lists it as a previous generation, with much slower cores. Every vCPU counts as equally
    /// fast here, so such a type would be chosen for a price that buys less.
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

    /// Name of the types that share a generation and a price list; the full type name if it does not match the
    /// provider's pattern.
    ///
    /// - AWS: the text before the dot, `c6i` of `c6i.4xlarge`.
    /// - Google: the text before the first dash, `n2` of `n2-highmem-8`; machines with local SSD cost more for the
    ///   same cores and are a separate family, `c4-lssd`.
    /// - Azure: without `Standard_` and the size, that is the series letters, the feature letters and the version:
    ///   `Ds_v5` of `Standard_D4s_v5`, `Epds_v6` of `Standard_E16pds_v6`. A constrained size is billed for more cores
    ///   than it offers, so `Standard_E8-4s_v5` is in `E-s_v5`.
    /// - on-prem: there is no rule, so each type is its own family.
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

/// Parses `Standard_`, letters, digits, `-` and digits if constrained, features and version.
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
    use crate::model::nodes::Arch;
    use crate::units::Bytes;

    /// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html>
    #[test]
    fn burstable_baselines_match_published_values() {
        for (provider, name, said) in [
            (Provider::Aws, "t3.medium", "is 20% of each (400m in total)"),
            (Provider::Aws, "t2.xlarge", "is 22.5% of each (450m in total)"),
            (Provider::Gcp, "e2-medium", "is 50% of each (1 in total)"),
            (Provider::Azure, "Standard_B2s", "is below 100% of each."),
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
    fn type_names_are_split_into_families() {
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
    fn accelerators_are_recognized_by_their_names() {
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
    fn burstable_families_are_recognized() {
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

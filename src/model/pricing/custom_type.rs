//! Google's custom machine types, whose names contain the number of vCPUs and the memory.

use super::Offering;
use crate::model::nodes::Provider;
use crate::units::Bytes;

/// A custom machine type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomType {
    /// Family of the type, for example `n2`.
    pub family: String,
    /// Number of vCPUs.
    pub vcpu: u32,
    /// Memory in bytes.
    pub memory: Bytes,
}

impl CustomType {
    /// Parses `n2-custom-4-8192`, or `custom-4-8192` for N1; a suffix `-ext` marks extended memory per vCPU.
    ///
    /// Source: <https://cloud.google.com/compute/docs/instances/creating-instance-with-custom-machine-type>: the number
    /// of vCPUs, then MiB of memory.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.strip_suffix("-ext").unwrap_or(name);
        let (family, size) = match name.split_once("custom-")? {
            ("", size) => ("n1", size),
            (family, size) => (family.strip_suffix('-')?, size),
        };
        let (vcpu, mib) = size.split_once('-')?;
        let memory = mib.parse::<u64>().ok().filter(|mib| *mib <= 1 << 40)?;
        Some(Self { family: family.to_owned(), vcpu: vcpu.parse().ok()?, memory: Bytes::from_mib(memory) })
    }

    /// The smallest predefined type with at least as many vCPUs and as much memory: of the same family if possible,
    /// otherwise of any family.
    pub fn nearest<'a>(&self, offered: &'a [Offering]) -> Option<&'a Offering> {
        let holds = |offering: &&Offering| {
            let machine = &offering.instance;
            let is_plain = !machine.is_burstable(Provider::Gcp) && machine.gpu_count == 0;
            is_plain && machine.vcpu >= self.vcpu && machine.memory >= self.memory
        };
        let family = format!("{}-", self.family);
        offered.iter().filter(holds).min_by(|a, b| {
            let rank = |offering: &Offering| {
                let machine = &offering.instance;
                (!machine.name.starts_with(&family), machine.vcpu, machine.memory)
            };
            rank(a).cmp(&rank(b)).then_with(|| a.instance.name.cmp(&b.instance.name))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_custom_types_are_parsed() {
        let custom = |family: &str, vcpu, mib| {
            Some(CustomType { family: family.to_owned(), vcpu, memory: Bytes::from_mib(mib) })
        };
        assert_eq!(CustomType::parse("custom-4-8192"), custom("n1", 4, 8192));
        assert_eq!(CustomType::parse("n2-custom-6-20480"), custom("n2", 6, 20480));
        assert_eq!(CustomType::parse("n2d-custom-2-65536-ext"), custom("n2d", 2, 65536));
        for name in ["n2-standard-4", "custom-4", "n2-custom-x-8192", "n2custom-4-8192", "custom-4-8192-gpu", ""] {
            assert_eq!(CustomType::parse(name), None, "{name}");
        }
    }
}

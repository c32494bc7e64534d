//! Resource lists as Kubernetes writes them: CPU, memory and extended resources.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::units::{Bytes, CpuMillis, Quantity};

/// Amounts by resource name, as Kubernetes writes a resource list: `cpu`, `memory`, `nvidia.com/gpu` …, exact.
/// Sorted by name, without duplicates. A short sorted list rather than a map, because a cluster has hundreds of
/// thousands of these.
/// Sorted by name, each name once. A short sorted list and not a map: a cluster has some hundred thousand of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources(Vec<(Cow<'static, str>, Quantity)>);

impl Resources {
    /// From pairs in any order; the last entry of a name counts.
    pub fn new<N: Into<String>>(amounts: impl IntoIterator<Item = (N, Quantity)>) -> Self {
        let mut resources = Self::default();
        for (name, amount) in amounts {
            resources.set(&name.into(), amount);
        }
        resources
    }

    /// The amount of one resource; `None` if it is not listed.
    pub fn get(&self, name: &str) -> Option<Quantity> {
        self.position(name).ok().map(|i| self.0[i].1)
    }

    /// Names and amounts, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Quantity)> {
        self.0.iter().map(|(name, amount)| (name.as_ref(), *amount))
    }

    /// Whether no resource is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// CPU, rounded up to a millicore; zero if it is not listed.
    pub fn cpu(&self) -> CpuMillis {
        let millis = self.get("cpu").map_or(0, Quantity::ceil_milli);
        CpuMillis::from_millis(u64::try_from(millis.max(0)).unwrap_or(u64::MAX)).min(CpuMillis::MAX)
    }

    /// Memory, rounded up to a byte; zero if it is not listed.
    pub fn memory(&self) -> Bytes {
        self.bytes("memory")
    }

    /// An amount in bytes; zero if it is not listed.
    pub fn bytes(&self, name: &str) -> Bytes {
        Bytes::from_bytes(self.whole(name))
    }

    /// Accelerators of every vendor; a slice counts as a device.
    pub fn gpus(&self) -> u64 {
        self.iter().filter(|(name, _)| is_gpu(name)).map(|(name, _)| self.whole(name)).fold(0, u64::saturating_add)
    }

    /// Accelerators in sevenths of a device, as [`gpu_sevenths`] counts them.
    pub fn gpu_sevenths(&self) -> u64 {
        let each = self.iter().filter_map(|(name, _)| Some(self.whole(name).saturating_mul(gpu_sevenths(name)?)));
        each.fold(0, u64::saturating_add)
    }

    /// The amount rounded up to an integer; zero if it is not listed.
    pub fn whole(&self, name: &str) -> u64 {
        let amount = self.get(name).map_or(0, Quantity::ceil);
        u64::try_from(amount.max(0)).unwrap_or(u64::MAX)
    }

    /// Sets the amount of one resource.
    pub fn set(&mut self, name: &str, amount: Quantity) {
        match self.position(name) {
            Ok(i) => self.0[i].1 = amount,
            Err(i) => self.0.insert(i, (known(name), amount)),
        }
    }

    /// Adds every amount of `other`.
    pub fn add(&mut self, other: &Self) {
        for (name, amount) in other.iter() {
            self.set(name, self.get(name).map_or(amount, |own| own.plus(amount)));
        }
    }

    /// Raises every amount to that of `other` where that is larger.
    pub fn raise_to(&mut self, other: &Self) {
        for (name, amount) in other.iter() {
            self.set(name, self.get(name).map_or(amount, |own| own.max(amount)));
        }
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| own.as_ref().cmp(name))
    }
}

/// Whether the resource is an accelerator or a slice of one.
fn is_gpu(name: &str) -> bool {
    gpu_sevenths(name).is_some()
}

/// How much of a device one unit of this resource is, in sevenths; `None` if it is not an accelerator.
///
/// A slice of NVIDIA's MIG has as many sevenths as its name says: three for `nvidia.com/mig-3g.20gb`
/// (<https://docs.nvidia.com/datacenter/tesla/mig-user-guide/>). With time slicing, the name may end in `.shared`
/// (<https://github.com/NVIDIA/k8s-device-plugin#shared-access-to-gpus>). It does not say into how many slices a
/// device is divided, but whatever the number, a pod that has all of a node's slices has all of its devices.
pub fn gpu_sevenths(name: &str) -> Option<u64> {
    const DEVICES: [&str; 7] = [
        "nvidia.com/gpu",
        "amd.com/gpu",
        "gpu.intel.com/i915",
        "gpu.intel.com/xe",
        "aws.amazon.com/neuron",
        "google.com/tpu",
        "habana.ai/gaudi",
    ];
    let name = name.strip_suffix(".shared").unwrap_or(name);
    if DEVICES.contains(&name) {
        return Some(7);
    }
    let slices = name.strip_prefix("nvidia.com/mig-")?.split('g').next()?;
    Some(slices.parse().unwrap_or(1))
}

/// Common names need no allocation.
fn known(name: &str) -> Cow<'static, str> {
    match name {
        "cpu" => Cow::Borrowed("cpu"),
        "memory" => Cow::Borrowed("memory"),
        "ephemeral-storage" => Cow::Borrowed("ephemeral-storage"),
        "pods" => Cow::Borrowed("pods"),
        other => Cow::Owned(other.to_owned()),
    }
}

impl Serialize for Resources {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Resources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ListVisitor)
    }
}

impl JsonSchema for Resources {
    fn schema_name() -> Cow<'static, str> {
        "Resources".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Amounts by resource name, as Kubernetes writes a resource list: `cpu`, `memory`, `nvidia.com/gpu` …",
            "type": "object",
            "additionalProperties": generator.subschema_for::<Quantity>(),
        })
    }
}

/// Deserializes without a map in between, because there are so many of these.
struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = Resources;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a resource list, for example {\"cpu\": \"100m\", \"memory\": \"64Mi\"}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Resources, A::Error> {
        let mut resources = Resources(Vec::with_capacity(map.size_hint().unwrap_or(2)));
        while let Some(Name(name)) = map.next_key()? {
            let amount = map.next_value()?;
            match resources.position(&name) {
                Ok(i) => resources.0[i].1 = amount,
                Err(i) => resources.0.insert(i, (name, amount)),
            }
        }
        resources.0.shrink_to_fit();
        Ok(resources)
    }
}

/// A name, without an allocation if it is a common one.
struct Name(Cow<'static, str>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Name;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a resource")
            }
            fn visit_str<E>(self, name: &str) -> Result<Name, E> {
                Ok(Name(known(name)))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Resources {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn resources_are_summed_and_compared_by_name() {
        let mut total = of(r#"{"cpu":"100m","memory":"1Gi"}"#);
        total.add(&of(r#"{"nvidia.com/gpu":"1","cpu":"0.9"}"#));
        assert_eq!((total.cpu(), total.memory(), total.gpus()), (CpuMillis::from_cores(1), Bytes::from_gib(1), 1));
        total.raise_to(&of(r#"{"cpu":"500m","memory":"2Gi"}"#));
        assert_eq!(serde_json::to_string(&total).unwrap(), r#"{"cpu":"1","memory":"2147483648","nvidia.com/gpu":"1"}"#);
    }

    #[test]
    fn slices_of_accelerators_count_in_sevenths() {
        for (name, sevenths) in [
            ("nvidia.com/gpu", Some(7)),
            ("nvidia.com/gpu.shared", Some(7)),
            ("amd.com/gpu", Some(7)),
            ("nvidia.com/mig-1g.5gb", Some(1)),
            ("nvidia.com/mig-1g.10gb.me", Some(1)),
            ("nvidia.com/mig-3g.20gb.shared", Some(3)),
            ("nvidia.com/mig-7g.80gb", Some(7)),
            ("hugepages-2Mi", None),
        ] {
            assert_eq!(gpu_sevenths(name), sevenths, "{name}");
        }
        let node = of(r#"{"nvidia.com/gpu":"0","nvidia.com/mig-1g.5gb":"2","nvidia.com/mig-3g.20gb":"1"}"#);
        assert_eq!(node.gpu_sevenths(), 5);
    }

    #[test]
    fn unlisted_resources_are_zero_and_amounts_are_rounded_up() {
        let odd = of(r#"{"cpu":"1u","memory":"100m","pods":"-1"}"#);
        assert_eq!((odd.cpu(), odd.memory(), odd.whole("pods")), (CpuMillis::from_millis(1), Bytes::from_bytes(1), 0));
        assert_eq!(Resources::default().cpu(), CpuMillis::default());
    }
}

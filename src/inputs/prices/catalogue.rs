//! The packed price catalogue inside the binary.

use std::ops::Range;

use rust_decimal::Decimal;

use super::layout::{ENI, HEADER, OFFERING, OFFERING_WITH_SPOT, PROVIDERS, REGION, TYPE};
use crate::model::nodes::{Arch, InstanceType, Provider, eni_max_pods};
use crate::model::pricing::{Offering, PriceDates, PriceOrigin, PriceTable, SpotBasis};
use crate::units::{Bytes, Date, MoneyPerHour};

/// Built by `build.rs` from `profiles/prices`; `layout.rs` describes the format.
static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.bin"));

/// The dated list prices inside the binary. Nothing is parsed at startup: a look-up reads only the records that it
/// needs.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue {
    packed: &'static [u8],
}

/// The packed records of one region.
#[derive(Clone, Copy)]
pub(super) struct Region {
    at: usize,
}

impl Catalogue {
    /// The catalogue that is compiled into the binary.
    pub const fn embedded() -> Self {
        Self { packed: PACKED }
    }

    /// The date of the newest price, which is the catalogue's version.
    pub fn newest(self) -> Date {
        self.date(0)
    }

    /// The regions of a provider, by name.
    pub fn regions(self, provider: Provider) -> impl Iterator<Item = &'static str> {
        self.region_records(provider).map(move |at| self.text(at + 1))
    }

    /// Maximum number of pods for which an AWS type's network interfaces have addresses, whether or not it has a
    /// price.
    pub fn eni_max_pods(self, instance_type: &str) -> Option<u32> {
        let (start, count) = self.section(3);
        let found = search(0..count, |n| self.text(start + n * ENI).cmp(instance_type))?;
        self.pods_at(start + found * ENI + 5)
    }

    pub(super) fn region(self, provider: Provider, name: &str) -> Option<Region> {
        let (start, _) = self.section(1);
        let of_provider = self.region_numbers(provider);
        let found = search(of_provider, |n| self.text(start + n * REGION + 1).cmp(name))?;
        Some(Region { at: start + found * REGION })
    }

    pub(super) fn dates(self, region: Region) -> PriceDates {
        let spot_date = || self.date(region.at + 16);
        PriceDates {
            on_demand_date: self.date(region.at + 6),
            on_demand_source: self.text(region.at + 10).into(),
            spot: match self.packed[region.at + 15] {
                0 => SpotBasis::None,
                1 => SpotBasis::List { date: spot_date() },
                _ => SpotBasis::Derived { date: spot_date() },
            },
        }
    }

    /// All offerings of a region, by type name.
    pub(super) fn offerings(self, region: Region) -> Vec<Offering> {
        let origin = self.origin(region);
        (0..self.offering_count(region)).map(|n| self.offering(region, n, origin.clone())).collect()
    }

    pub(super) fn find(self, region: Region, instance_type: &str) -> Option<Offering> {
        let types = self.type_numbers(self.provider_of(region));
        let number = search(types, |n| self.type_name(n).cmp(instance_type))?;
        let (start, width) = self.offerings_of(region);
        let found = search(0..self.offering_count(region), |n| self.u16(start + n * width).cmp(&number))?;
        Some(self.offering(region, found, self.origin(region)))
    }

    pub(super) fn type_names(self, region: Region) -> impl Iterator<Item = &'static str> {
        let (start, width) = self.offerings_of(region);
        (0..self.offering_count(region)).map(move |n| self.type_name(self.u16(start + n * width)))
    }

    fn origin(self, region: Region) -> PriceOrigin {
        PriceOrigin { table: PriceTable::Catalogue, dates: self.dates(region), negotiated: None }
    }

    fn offering(self, region: Region, n: usize, origin: PriceOrigin) -> Offering {
        let (start, width) = self.offerings_of(region);
        let at = start + n * width;
        let spot = if width == OFFERING_WITH_SPOT { self.u32(at + 6) } else { 0 };
        Offering {
            instance: self.instance(self.u16(at)),
            on_demand: dollars(self.u32(at + 2)),
            spot: (spot != 0).then(|| dollars(spot)),
            origin,
        }
    }

    fn instance(self, number: usize) -> InstanceType {
        let at = self.section(2).0 + number * TYPE;
        let gpu_name = self.text(at + 14);
        InstanceType {
            name: self.text(at + 1).to_owned(),
            arch: if self.packed[at + 6] == 0 { Arch::Amd64 } else { Arch::Arm64 },
            vcpu: u32::from(u16::from_le_bytes([self.packed[at + 7], self.packed[at + 8]])),
            memory: Bytes::from_mib(self.u32(at + 9).into()),
            gpu_count: self.packed[at + 13].into(),
            gpu_name: (!gpu_name.is_empty()).then(|| gpu_name.to_owned()),
            eni_max_pods: self.pods_at(at + 19),
        }
    }

    fn pods_at(self, at: usize) -> Option<u32> {
        let (enis, addresses) = (self.packed[at], self.packed[at + 1]);
        (enis != 0).then(|| eni_max_pods(enis.into(), addresses.into()))
    }

    fn region_records(self, provider: Provider) -> impl Iterator<Item = usize> {
        let (start, _) = self.section(1);
        self.region_numbers(provider).map(move |n| start + n * REGION)
    }

    fn region_numbers(self, provider: Provider) -> Range<usize> {
        self.of_provider(provider, 1, REGION)
    }

    fn type_numbers(self, provider: Provider) -> Range<usize> {
        self.of_provider(provider, 2, TYPE)
    }

    /// The records of one provider in a section that is sorted by the provider number with which each record begins.
    fn of_provider(self, provider: Provider, section: usize, width: usize) -> Range<usize> {
        let (start, count) = self.section(section);
        let Some(number) = PROVIDERS.iter().position(|name| *name == provider.name()) else { return 0..0 };
        let first_not_below =
            |number: usize| partition(count, |n| usize::from(self.packed[start + n * width]) < number);
        first_not_below(number)..first_not_below(number + 1)
    }

    fn provider_of(self, region: Region) -> Provider {
        Provider::ALL[usize::from(self.packed[region.at])]
    }

    /// Position of a region's offerings, and the length of each.
    fn offerings_of(self, region: Region) -> (usize, usize) {
        let width = if self.packed[region.at + 15] == 0 { OFFERING } else { OFFERING_WITH_SPOT };
        (self.usize(region.at + 20), width)
    }

    fn offering_count(self, region: Region) -> usize {
        self.usize(region.at + 24)
    }

    fn type_name(self, number: usize) -> &'static str {
        self.text(self.section(2).0 + number * TYPE + 1)
    }

    /// Position and count of a section: 0 texts, 1 regions, 2 types, 3 ENI limits.
    fn section(self, number: usize) -> (usize, usize) {
        let at = HEADER - 8 * (4 - number);
        (self.usize(at), self.usize(at + 4))
    }

    fn text(self, at: usize) -> &'static str {
        let start = self.section(0).0 + self.usize(at);
        let bytes = &self.packed[start..start + usize::from(self.packed[at + 4])];
        // The build script wrote valid UTF-8, so the default is never used.
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    fn date(self, at: usize) -> Date {
        let packed = self.u32(at);
        let part = |divisor: u32, modulus: u32| packed / divisor % modulus;
        let small = |part: u32| i8::try_from(part).unwrap_or_default();
        let year = i16::try_from(part(10_000, 10_000)).unwrap_or_default();
        let date = Date::new(year, small(part(100, 100)), small(part(1, 100)));
        date.expect("the test `every_date_exists` reads each of them")
    }

    fn u16(self, at: usize) -> usize {
        usize::from(u16::from_le_bytes([self.packed[at], self.packed[at + 1]]))
    }

    fn u32(self, at: usize) -> u32 {
        let p = self.packed;
        u32::from_le_bytes([p[at], p[at + 1], p[at + 2], p[at + 3]])
    }

    fn usize(self, at: usize) -> usize {
        self.u32(at) as usize
    }
}

fn dollars(micros: u32) -> MoneyPerHour {
    MoneyPerHour::new(Decimal::new(micros.into(), 6).normalize())
}

/// The first index in `0..count` for which `below` is false, as in [`slice::partition_point`].
fn partition(count: usize, below: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if below(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// The index in a sorted range that compares equal.
fn search(range: Range<usize>, compare: impl Fn(usize) -> std::cmp::Ordering) -> Option<usize> {
    let found = range.start + partition(range.len(), |n| compare(range.start + n).is_lt());
    (found < range.end && compare(found).is_eq()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_date_exists() {
        let catalogue = Catalogue::embedded();
        for provider in Provider::ALL {
            for name in catalogue.regions(provider) {
                let dates = catalogue.dates(catalogue.region(provider, name).unwrap());
                assert!(dates.on_demand_date <= catalogue.newest(), "{name}");
            }
        }
        assert_eq!(catalogue.newest().to_string(), "2026-08-03");
    }

    #[test]
    fn a_sorted_range_is_searched() {
        let names = ["z", "a", "c", "e", "z"];
        for (wanted, found) in [("a", Some(1)), ("e", Some(3)), ("b", None), ("z", None), ("0", None)] {
            assert_eq!(search(1..4, |n| names[n].cmp(wanted)), found, "{wanted}");
        }
    }
}

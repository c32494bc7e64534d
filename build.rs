//! Packs the price tables of `profiles/prices` into one binary, so that nothing is parsed when the tool starts.
//!
//! The form is described in `src/inputs/prices/layout.rs`. A row that cannot be right fails the build with file and
//! line.
#![expect(clippy::disallowed_methods, reason = "a build script reads files and Cargo's environment")]

use std::collections::BTreeMap;
use std::path::Path;

#[path = "src/inputs/prices/layout.rs"]
mod layout;

use layout::{ENI, HEADER, OFFERING, OFFERING_WITH_SPOT, PROVIDERS, REGION, TYPE};

const DIR: &str = "profiles/prices";
const TABLE: &str =
    "provider,region,instance_type,arch,vcpu,memory_gib,gpu_count,gpu_name,ondemand_usd_per_hour,spot_usd_per_hour";
const DATES: &str = "provider,region,ondemand_date,ondemand_source,spot_basis,spot_date";
const ENIS: &str =
    "instance_type,vcpu,default_card_enis,ipv4_per_eni,max_pods,max_pods_prefix_delegation_recommended,hypervisor";

/// What a region's spot prices are, in the order of their numbers in `layout.rs`.
const SPOT_BASES: [&str; 3] = ["none", "list", "advisor-percentage"];

type Fallible<T> = Result<T, String>;

fn main() -> Fallible<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/inputs/prices/layout.rs");
    let packed = pack()?;
    let out = std::env::var("OUT_DIR").map_err(|e| e.to_string())?;
    std::fs::write(Path::new(&out).join("catalogue.bin"), packed).map_err(|e| e.to_string())
}

/// A machine's shape: what a type is everywhere.
#[derive(PartialEq)]
struct Shape {
    arch: u8,
    vcpu: u16,
    memory_mib: u32,
    gpu_count: u8,
    gpu_name: String,
}

/// One priced row; the type by name, because numbers are given when all are known.
struct Row {
    instance_type: String,
    on_demand: u32,
    spot: u32,
}

struct Dates {
    on_demand: u32,
    source: String,
    spot_basis: u8,
    spot: u32,
}

type Key = (u8, String);

fn pack() -> Fallible<Vec<u8>> {
    let enis = read_enis()?;
    let dates = read_dates()?;
    let mut types: BTreeMap<Key, Shape> = BTreeMap::new();
    let mut regions: BTreeMap<Key, Vec<Row>> = BTreeMap::new();
    for provider in PROVIDERS {
        read_table(provider, &mut types, &mut regions)?;
    }
    if let Some((_, region)) = regions.keys().find(|key| !dates.contains_key(key)) {
        return Err(format!("{DIR}/price-dates.csv: no row for {region}"));
    }

    let mut texts = Texts::default();
    let mut type_records = Vec::new();
    for ((provider, name), shape) in &types {
        let (cards, addresses) = if *provider == 0 { enis.get(name).copied().unwrap_or((0, 0)) } else { (0, 0) };
        type_records.push(*provider);
        texts.refer(name, &mut type_records)?;
        type_records.push(shape.arch);
        type_records.extend(shape.vcpu.to_le_bytes());
        type_records.extend(shape.memory_mib.to_le_bytes());
        type_records.push(shape.gpu_count);
        texts.refer(&shape.gpu_name, &mut type_records)?;
        type_records.extend([cards, addresses]);
    }
    let mut eni_records = Vec::new();
    for (name, (cards, addresses)) in &enis {
        texts.refer(name, &mut eni_records)?;
        eni_records.extend([*cards, *addresses]);
    }

    let regions_at = HEADER;
    let types_at = regions_at + regions.len() * REGION;
    let enis_at = types_at + types.len() * TYPE;
    let offerings_at = enis_at + enis.len() * ENI;
    let (mut region_records, mut offerings) = (Vec::new(), Vec::new());
    let numbers: BTreeMap<&Key, usize> = types.keys().zip(0..).collect();
    for (key, rows) in &regions {
        let at = u32_of(offerings_at + offerings.len())?;
        let dates = &dates[key];
        for row in rows {
            let start = offerings.len();
            let number = numbers[&(key.0, row.instance_type.clone())];
            offerings.extend(u16::try_from(number).map_err(|_| "more than 65,536 types")?.to_le_bytes());
            offerings.extend(row.on_demand.to_le_bytes());
            if dates.spot_basis != 0 {
                offerings.extend(row.spot.to_le_bytes());
            } else if row.spot != 0 {
                return Err(format!(
                    "{DIR}/price-dates.csv: {} says `none`, but {} has a spot price",
                    key.1, row.instance_type
                ));
            }
            assert_eq!(offerings.len() - start, if dates.spot_basis == 0 { OFFERING } else { OFFERING_WITH_SPOT });
        }
        region_records.push(key.0);
        texts.refer(&key.1, &mut region_records)?;
        region_records.extend(dates.on_demand.to_le_bytes());
        texts.refer(&dates.source, &mut region_records)?;
        region_records.push(dates.spot_basis);
        region_records.extend(dates.spot.to_le_bytes());
        region_records.extend(at.to_le_bytes());
        region_records.extend(u32_of(rows.len())?.to_le_bytes());
    }

    let newest = dates.values().map(|d| d.on_demand.max(d.spot)).max().unwrap_or(0);
    let texts_at = offerings_at + offerings.len();
    let mut packed = newest.to_le_bytes().to_vec();
    for (at, count) in
        [(texts_at, texts.bytes.len()), (regions_at, regions.len()), (types_at, types.len()), (enis_at, enis.len())]
    {
        packed.extend(u32_of(at)?.to_le_bytes());
        packed.extend(u32_of(count)?.to_le_bytes());
    }
    for section in [region_records, type_records, eni_records, offerings, texts.bytes] {
        packed.extend(section);
    }
    assert_eq!(packed.len(), texts_at + u32_from(&packed[8..12]), "a record has not the size that layout.rs states");
    Ok(packed)
}

/// Each text once.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    at: BTreeMap<String, u32>,
}

impl Texts {
    fn refer(&mut self, text: &str, record: &mut Vec<u8>) -> Fallible<()> {
        let next = u32_of(self.bytes.len())?;
        let at = *self.at.entry(text.to_owned()).or_insert(next);
        if at == next {
            self.bytes.extend(text.as_bytes());
        }
        record.extend(at.to_le_bytes());
        record.push(u8::try_from(text.len()).map_err(|_| format!("`{text}` is longer than 255 bytes"))?);
        Ok(())
    }
}

/// Calls `take` with every row of a file whose header must be exactly `header`; errors gain file and line.
fn each_row(file: &str, header: &str, mut take: impl FnMut(&[&str]) -> Fallible<()>) -> Fallible<()> {
    let path = format!("{DIR}/{file}");
    println!("cargo::rerun-if-changed={path}");
    let mut reader = csv::Reader::from_path(&path).map_err(|e| format!("{path}: {e}"))?;
    let found = reader.headers().map_err(|e| format!("{path}:1: {e}"))?.iter().collect::<Vec<_>>().join(",");
    if found != header {
        return Err(format!("{path}:1: the header is `{found}`, not `{header}`"));
    }
    for record in reader.records() {
        let record = record.map_err(|e| format!("{path}: {e}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        take(&record.iter().collect::<Vec<_>>()).map_err(|why| format!("{path}:{line}: {why}"))?;
    }
    Ok(())
}

fn read_table(provider: &str, types: &mut BTreeMap<Key, Shape>, regions: &mut BTreeMap<Key, Vec<Row>>) -> Fallible<()> {
    let mut previous = (String::new(), String::new());
    each_row(&format!("{provider}.csv"), TABLE, |row| {
        let &[row_provider, region, name, arch, vcpu, memory, gpus, gpu_name, on_demand, spot] = row else {
            return Err("not ten columns".to_owned());
        };
        if row_provider != provider {
            return Err(format!("provider `{row_provider}` in the table of {provider}"));
        }
        let position = (region.to_owned(), name.to_owned());
        if position <= previous {
            return Err(format!("{region} {name} is a duplicate or not sorted by region and type"));
        }
        previous = position;
        let shape = Shape {
            arch: index(&["amd64", "arm64"], "arch", arch)?,
            vcpu: number("vcpu", vcpu)?,
            // Whole MiB, rounded down, as the Compute Engine API reports 0.6 GiB as 614 MB.
            memory_mib: u32::try_from(decimal("memory_gib", memory, 10)? * 1024 / 10_000_000_000)
                .map_err(|e| e.to_string())?,
            gpu_count: number("gpu_count", gpus)?,
            gpu_name: gpu_name.to_owned(),
        };
        if shape.vcpu == 0 || shape.memory_mib == 0 {
            return Err(format!("{name} has {vcpu} vCPU and {memory} GiB: neither can be 0"));
        }
        if shape.gpu_count == 0 && !gpu_name.is_empty() {
            return Err(format!("{name} has no GPU but names `{gpu_name}`"));
        }
        let key = (index(&PROVIDERS, "provider", provider)?, name.to_owned());
        if *types.entry(key.clone()).or_insert_with(|| clone(&shape)) != shape {
            return Err(format!("{name} has another shape in another region"));
        }
        let on_demand = price("ondemand_usd_per_hour", on_demand)?;
        let spot = if spot.is_empty() { 0 } else { price("spot_usd_per_hour", spot)? };
        if spot > on_demand {
            return Err(format!("{name}: spot is above on-demand"));
        }
        let row = Row { instance_type: name.to_owned(), on_demand, spot };
        regions.entry((key.0, region.to_owned())).or_default().push(row);
        Ok(())
    })
}

fn clone(shape: &Shape) -> Shape {
    Shape { gpu_name: shape.gpu_name.clone(), ..*shape }
}

fn read_dates() -> Fallible<BTreeMap<Key, Dates>> {
    let mut all = BTreeMap::new();
    each_row("price-dates.csv", DATES, |row| {
        let &[provider, region, on_demand, source, basis, spot] = row else { return Err("not six columns".to_owned()) };
        let spot_basis = index(&SPOT_BASES, "spot_basis", basis)?;
        let spot = if spot_basis == 0 && spot.is_empty() { 0 } else { date("spot_date", spot)? };
        let dates = Dates { on_demand: date("ondemand_date", on_demand)?, source: source.to_owned(), spot_basis, spot };
        let key = (index(&PROVIDERS, "provider", provider)?, region.to_owned());
        all.insert(key, dates).map_or(Ok(()), |_| Err(format!("a second row for {region}")))
    })?;
    Ok(all)
}

fn read_enis() -> Fallible<BTreeMap<String, (u8, u8)>> {
    let mut all = BTreeMap::new();
    each_row("eni-max-pods.csv", ENIS, |row| {
        let &[name, _, cards, addresses, max_pods, ..] = row else { return Err("not seven columns".to_owned()) };
        let limit: (u8, u8) = (number("default_card_enis", cards)?, number("ipv4_per_eni", addresses)?);
        let stated: u32 = number("max_pods", max_pods)?;
        if limit.0 == 0 || limit.1 == 0 || u32::from(limit.0) * (u32::from(limit.1) - 1) + 2 != stated {
            return Err(format!("{name}: max_pods is not ENIs × (addresses − 1) + 2"));
        }
        all.insert(name.to_owned(), limit).map_or(Ok(()), |_| Err(format!("a second row for {name}")))
    })?;
    Ok(all)
}

fn index(names: &[&str], column: &str, text: &str) -> Fallible<u8> {
    let found = names.iter().position(|name| *name == text).and_then(|at| u8::try_from(at).ok());
    found.ok_or_else(|| format!("{column} `{text}` is none of {}", names.join(", ")))
}

fn number<T: std::str::FromStr>(column: &str, text: &str) -> Fallible<T> {
    text.parse().map_err(|_| format!("{column} `{text}` is not a whole number in range"))
}

/// A decimal with at most so many places, in units of the last; no float on the way.
fn decimal(column: &str, text: &str, places: usize) -> Fallible<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction:0<places$}");
    if whole.is_empty() || fraction.len() > places || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("{column} `{text}` is not a decimal with at most {places} places"));
    }
    digits.parse().map_err(|_| format!("{column} `{text}` is too large"))
}

fn price(column: &str, text: &str) -> Fallible<u32> {
    match u32::try_from(decimal(column, text, 6)?) {
        Ok(0) | Err(_) => Err(format!("{column} `{text}` is not between 0.000001 and 4294.967295")),
        Ok(price) => Ok(price),
    }
}

fn date(column: &str, text: &str) -> Fallible<u32> {
    let parts: Vec<&str> = text.split('-').collect();
    let fail = || format!("{column} `{text}` is not a date like 2026-07-20");
    let &[year, month, day] = parts.as_slice() else { return Err(fail()) };
    let digits = [year, month, day].concat();
    let sized = (year.len(), month.len(), day.len()) == (4, 2, 2);
    let real = ("01"..="12").contains(&month) && ("01"..="31").contains(&day);
    if sized && real { digits.parse().map_err(|_| fail()) } else { Err(fail()) }
}

fn u32_of(n: usize) -> Fallible<u32> {
    u32::try_from(n).map_err(|_| "the catalogue is larger than 4 GiB".to_owned())
}

fn u32_from(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |n, byte| n << 8 | usize::from(*byte))
}

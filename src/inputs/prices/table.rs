//! Reads the user's own price table (CSV).

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::PricesError;
use crate::inputs::nearest::nearest;
use crate::model::nodes::{Arch, InstanceType, Provider};
use crate::model::pricing::{Offering, PriceDates, PriceOrigin, PriceTable, SpotBasis};
use crate::units::{Bytes, Date, MoneyPerHour};

const NEEDED: &[&str] =
    &["provider", "region", "instance_type", "arch", "vcpu", "memory_gib", "ondemand_usd_per_hour", "price_date"];
const OPTIONAL: &[&str] = &["gpu_count", "gpu_name", "spot_usd_per_hour"];

/// A price above this has a misplaced decimal point: the most expensive machine in the catalogue costs 361 USD per
/// hour.
const MAX_PRICE: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
/// Maximum memory of a machine; more is a mistake, as the catalogue's largest machine has 32 TiB.
const MAX_GIB: Decimal = Decimal::from_parts(1_048_576, 0, 0, false, 0);

/// Provider, region and type, which identify a price.
type Key = (Provider, String, String);

/// A user's own prices, which override the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTable {
    rows: BTreeMap<Key, Offering>,
}

impl OwnTable {
    /// The required columns.
    pub const COLUMNS: &'static [&'static str] = NEEDED;

    /// Number of prices.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Always false: a table without rows is refused.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Parses a CSV table in the format of the catalogue, with the date of each price. `path` names the file in
    /// errors and as the source of its prices.
    ///
    /// Required columns: `provider` (aws, gcp, azure, on-prem), `region`, `instance_type`, `arch`, `vcpu`,
    /// `memory_gib`, `ondemand_usd_per_hour`, `price_date` (YYYY-MM-DD). Optional: `gpu_count`, `gpu_name`,
    /// `spot_usd_per_hour`. Prices have at most nine decimals; memory is rounded down to whole MiB.
    ///
    /// # Errors
    /// An error in the table, with line, column and remedy: see [`PricesError`].
    pub fn parse(bytes: &[u8], path: &str) -> Result<Self, PricesError> {
        let text = text_of(bytes, path)?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let columns = Columns::of(reader.headers().map_err(|e| csv_error(&e, path))?, path)?;
        let mut lines: BTreeMap<Key, u64> = BTreeMap::new();
        let mut rows = BTreeMap::new();
        let source: Arc<str> = path.into();
        for record in reader.records() {
            let record = record.map_err(|e| csv_error(&e, path))?;
            let line = record.position().map_or(0, csv::Position::line);
            let row = Row { record: &record, columns: &columns, path, line };
            let (key, offering) = row.read(&source)?;
            if let Some(first) = lines.insert(key.clone(), line) {
                let (provider, region, instance_type) = key;
                return Err(PricesError::Duplicate {
                    path: path.to_owned(),
                    line,
                    first,
                    provider,
                    region,
                    instance_type,
                });
            }
            rows.insert(key, offering);
        }
        if rows.is_empty() { Err(PricesError::Empty { path: path.to_owned() }) } else { Ok(Self { rows }) }
    }

    /// The rows of a provider by region and type: region name and offering.
    pub(super) fn rows(&self, provider: Provider) -> impl Iterator<Item = (&str, &Offering)> {
        let mine = self.rows.iter().filter(move |((p, ..), _)| *p == provider);
        mine.map(|((_, region, _), offering)| (region.as_str(), offering))
    }
}

fn text_of<'a>(bytes: &'a [u8], path: &str) -> Result<&'a str, PricesError> {
    let bad_at = match std::str::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            // Spreadsheets write a byte order mark.
            None => return Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
            Some(at) => at,
        },
        Err(error) => error.valid_up_to(),
    };
    let newlines = bytes[..bad_at].iter().filter(|b| **b == b'\n').count();
    Err(PricesError::NotText { path: path.to_owned(), line: u64::try_from(newlines).map_or(u64::MAX, |n| n + 1) })
}

fn csv_error(error: &csv::Error, path: &str) -> PricesError {
    let path = path.to_owned();
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            PricesError::Ragged { path, line, found: *len, expected: *expected_len }
        }
        // The text is UTF-8 and in memory, so no other error is possible.
        _ => PricesError::NotText { path, line: error.position().map_or(1, csv::Position::line) },
    }
}

/// Position of each column in the header.
struct Columns(BTreeMap<&'static str, usize>);

impl Columns {
    fn of(header: &csv::StringRecord, path: &str) -> Result<Self, PricesError> {
        if header.iter().all(str::is_empty) {
            return Err(PricesError::Empty { path: path.to_owned() });
        }
        let known = || NEEDED.iter().chain(OPTIONAL).copied();
        let mut at = BTreeMap::new();
        for (n, column) in header.iter().enumerate() {
            let (path, text) = (path.to_owned(), column.to_owned());
            let Some(column) = known().find(|name| *name == column) else {
                let nearest = nearest(column, known()).into_iter().map(str::to_owned).collect();
                return Err(PricesError::UnknownColumn { path, column: text, nearest });
            };
            if at.insert(column, n).is_some() {
                return Err(PricesError::RepeatedColumn { path, column: text });
            }
        }
        match NEEDED.iter().find(|column| !at.contains_key(*column)) {
            Some(column) => Err(PricesError::MissingColumn { path: path.to_owned(), column, needed: NEEDED }),
            None => Ok(Self(at)),
        }
    }
}

struct Row<'a> {
    record: &'a csv::StringRecord,
    columns: &'a Columns,
    path: &'a str,
    line: u64,
}

impl Row<'_> {
    fn read(&self, source: &Arc<str>) -> Result<(Key, Offering), PricesError> {
        let provider = self.parsed("provider", "expected aws, gcp, azure or on-prem")?;
        let region = self.named("region")?;
        let name = self.named("instance_type")?;
        let arch: Arch = self.parsed("arch", "expected amd64 or arm64")?;
        let vcpu: u16 = self.parsed("vcpu", "expected a whole number from 1 to 65535")?;
        if vcpu == 0 {
            return Err(self.bad("vcpu", "expected a whole number from 1 to 65535"));
        }
        let gpu_count: u16 = if self.text("gpu_count").is_empty() {
            0
        } else {
            self.parsed("gpu_count", "expected a whole number, or an empty field")?
        };
        let gpu_name = self.text("gpu_name");
        let on_demand = self.price("ondemand_usd_per_hour")?;
        let spot = match self.text("spot_usd_per_hour") {
            "" => None,
            _ => Some(self.price("spot_usd_per_hour")?),
        };
        if spot.is_some_and(|spot| spot > on_demand) {
            return Err(self.bad("spot_usd_per_hour", "it is above ondemand_usd_per_hour: are the two swapped?"));
        }
        let date: Date = self.parsed("price_date", "expected a date as YYYY-MM-DD, for example 2026-07-20")?;
        let instance = InstanceType {
            name: name.clone(),
            arch,
            vcpu: vcpu.into(),
            memory: self.memory()?,
            gpu_count: gpu_count.into(),
            gpu_name: (!gpu_name.is_empty()).then(|| gpu_name.to_owned()),
            // Taken from the catalogue, which knows the network interfaces of AWS types.
            eni_max_pods: None,
        };
        let spot_basis = if spot.is_some() { SpotBasis::List { date } } else { SpotBasis::None };
        let dates = PriceDates { on_demand_date: date, on_demand_source: Arc::clone(source), spot: spot_basis };
        let origin = PriceOrigin { table: PriceTable::Own, dates, negotiated: None };
        Ok(((provider, region, name), Offering { instance, on_demand, spot, origin }))
    }

    /// The field, or an empty text if the column is missing.
    fn text(&self, column: &str) -> &str {
        self.columns.0.get(column).and_then(|at| self.record.get(*at)).unwrap_or_default()
    }

    fn named(&self, column: &'static str) -> Result<String, PricesError> {
        match self.text(column) {
            "" => Err(self.bad(column, "expected a name")),
            text => Ok(text.to_owned()),
        }
    }

    fn parsed<T: std::str::FromStr>(&self, column: &'static str, remedy: &'static str) -> Result<T, PricesError> {
        self.text(column).parse().map_err(|_| self.bad(column, remedy))
    }

    fn price(&self, column: &'static str) -> Result<MoneyPerHour, PricesError> {
        let amount = self.decimal(column, "expected dollars per hour as a decimal above 0, for example 0.096")?;
        if amount > MAX_PRICE {
            return Err(self.bad(column, "more than a million dollars per hour: expected dollars, for one hour"));
        }
        if amount.scale() > 9 {
            return Err(self.bad(column, "more than nine decimals: round it"));
        }
        Ok(MoneyPerHour::new(amount))
    }

    fn memory(&self) -> Result<Bytes, PricesError> {
        let gib = self.decimal("memory_gib", "expected GiB as a decimal above 0, for example 15.25")?;
        if gib > MAX_GIB {
            return Err(self.bad("memory_gib", "more than 1,048,576 GiB: expected GiB, not MiB or bytes"));
        }
        match u64::try_from((gib * Decimal::from(1024)).trunc()) {
            Ok(mib) if mib > 0 => Ok(Bytes::from_mib(mib)),
            _ => Err(self.bad("memory_gib", "less than 1 MiB: expected GiB")),
        }
    }

    /// A decimal above zero, written only with digits and one point; trailing zeros do not count as decimals.
    fn decimal(&self, column: &'static str, remedy: &'static str) -> Result<Decimal, PricesError> {
        let text = self.text(column);
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let amount = if plain { Decimal::from_str_exact(text).ok() } else { None };
        amount.filter(|amount| *amount > Decimal::ZERO).map(|a| a.normalize()).ok_or_else(|| self.bad(column, remedy))
    }

    fn bad(&self, column: &'static str, remedy: &'static str) -> PricesError {
        let text = self.text(column).chars().take(60).collect();
        PricesError::BadValue { path: self.path.to_owned(), line: self.line, column, text, remedy }
    }
}

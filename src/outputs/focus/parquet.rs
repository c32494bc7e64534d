//! The charges as Parquet, with the columns and values of the CSV output as typed columns; money is `DECIMAL`.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::ChargePeriods;
use super::charge::{Charge, charges};
use super::columns::{COLUMNS, Column, QUANTITY_SCALE, Value};
use crate::model::report::Report;
use crate::outputs::OutputError;

/// Decimal places of money.
const CENTS: u32 = 2;

/// The charges as one Parquet file with a single row group.
///
/// # Errors
/// [`OutputError::Encode`] if encoding fails, which is a bug.
pub fn parquet(report: &Report, periods: ChargePeriods) -> Result<Vec<u8>, OutputError> {
    let charges: Vec<Charge<'_>> = charges(report, periods).collect();
    write(&charges).map_err(|error| OutputError::Encode(error.into()))
}

fn write(charges: &[Charge<'_>]) -> Result<Vec<u8>, ParquetError> {
    let fields: String = COLUMNS.iter().map(field).collect();
    let schema = Arc::new(parse_message_type(&format!("message charges {{ {fields} }}"))?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("capmodel version {}", env!("CARGO_PKG_VERSION")))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let mut rows = writer.next_row_group()?;
    for column in &COLUMNS {
        let Some(mut to) = rows.next_column()? else { break };
        add(&column.value, charges, &mut to)?;
        to.close()?;
    }
    rows.close()?;
    writer.into_inner()
}

fn field(Column { name, value }: &Column) -> String {
    match value {
        Value::Text(_) => format!("required binary {name} (STRING); "),
        Value::Optional(_) => format!("optional binary {name} (STRING); "),
        Value::Cost(_) => format!("required int64 {name} (DECIMAL(18, {CENTS})); "),
        Value::Quantity(_) => format!("required int64 {name} (DECIMAL(18, {QUANTITY_SCALE})); "),
        Value::Time(_) => format!("required int64 {name} (TIMESTAMP(MILLIS, true)); "),
        Value::Flag(_) => format!("required boolean {name}; "),
    }
}

fn add(value: &Value, charges: &[Charge<'_>], to: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
    match value {
        Value::Text(text) => {
            let all = charges.iter().map(|charge| ByteArray::from(text(charge).into_bytes()));
            put::<ByteArrayType>(to, &all.collect::<Vec<_>>(), None)
        }
        Value::Optional(text) => {
            let all: Vec<Option<String>> = charges.iter().map(text).collect();
            let there: Vec<i16> = all.iter().map(|text| i16::from(text.is_some())).collect();
            let known: Vec<_> = all.into_iter().flatten().map(|text| ByteArray::from(text.into_bytes())).collect();
            put::<ByteArrayType>(to, &known, Some(&there))
        }
        Value::Cost(cost) => {
            let all = charges.iter().map(|charge| scaled(cost(charge).amount(), CENTS));
            put::<Int64Type>(to, &all.collect::<Result<Vec<_>, _>>()?, None)
        }
        Value::Quantity(quantity) => {
            let all = charges.iter().map(|charge| scaled(quantity(charge), QUANTITY_SCALE));
            put::<Int64Type>(to, &all.collect::<Result<Vec<_>, _>>()?, None)
        }
        Value::Time(time) => {
            let all = charges.iter().map(|charge| time(charge).as_millisecond());
            put::<Int64Type>(to, &all.collect::<Vec<_>>(), None)
        }
        Value::Flag(flag) => put::<BoolType>(to, &charges.iter().map(flag).collect::<Vec<_>>(), None),
    }
}

/// Writes a column. `levels` marks the rows in which an optional column has a value.
fn put<T: DataType>(
    to: &mut SerializedColumnWriter<'_>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    to.typed::<T>().write_batch(values, levels, None)?;
    Ok(())
}

/// Scales a decimal to the integer that Parquet stores.
fn scaled(amount: Decimal, scale: u32) -> Result<i64, ParquetError> {
    let whole = amount.checked_mul(Decimal::from(10_i64.pow(scale))).map(|whole| whole.round());
    let whole = whole.and_then(|whole| whole.to_i64());
    whole.ok_or_else(|| ParquetError::General(format!("{amount} does not fit a DECIMAL(18, {scale})")))
}

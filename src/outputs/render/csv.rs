//! Renders comma-separated values: one flat record per row, with the columns of its type.

use serde::Serialize;

use crate::outputs::OutputError;

/// Renders records with a header.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub(in crate::outputs) fn records<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<Vec<u8>, OutputError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(|e| OutputError::Encode(e.into()))?;
    }
    writer.into_inner().map_err(|e| OutputError::Encode(e.to_string().into()))
}

/// The currency of a record's money, as its last column.
#[derive(Serialize)]
struct InCurrency<'a> {
    currency: &'a str,
}

/// Records of money, with a last column for its currency.
///
/// # Errors
/// [`OutputError::Encode`], a bug.
pub(in crate::outputs) fn records_in<T: Serialize>(
    currency: &str,
    rows: impl IntoIterator<Item = T>,
) -> Result<Vec<u8>, OutputError> {
    records(rows.into_iter().map(|row| (row, InCurrency { currency })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_column_is_the_currency() {
        #[derive(Serialize)]
        struct Row {
            name: &'static str,
            cost: Option<&'static str>,
        }
        let rows = [Row { name: "a,b", cost: Some("1.50") }, Row { name: "c", cost: None }];
        let text = String::from_utf8(records_in("EUR", rows).unwrap()).unwrap();
        assert_eq!(text, "name,cost,currency\n\"a,b\",1.50,EUR\nc,,EUR\n");
    }
}

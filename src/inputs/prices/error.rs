//! Errors of looking up a price or reading a price table.

use crate::inputs::nearest::did_you_mean;
use crate::model::nodes::Provider;

/// Suggests the provider that has the type, or else types with similar names.
fn hint(of_another: &[Provider], nearest: &[String]) -> String {
    match of_another.first() {
        Some(other) => format!("; {other} has it: use --provider {other}"),
        None => did_you_mean(nearest),
    }
}

/// A price that cannot be found, or an invalid price table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PricesError {
    /// The provider has no catalogue, and the user gave no price table.
    #[error("no prices for {provider}: give your own table with --prices FILE")]
    NoPrices {
        /// The provider.
        provider: Provider,
    },
    /// The region is in neither table.
    #[error("{provider} has no region `{region}` in the price tables{}", regions_hint(*.provider, .nearest))]
    UnknownRegion {
        /// Provider that was searched.
        provider: Provider,
        /// The region, as given.
        region: String,
        /// Similar known names.
        nearest: Vec<String>,
    },
    /// The type has no price in any region.
    #[error("{provider} has no instance type `{instance_type}` in the price tables{}", hint(.of_another, .nearest))]
    UnknownType {
        /// Provider that was searched.
        provider: Provider,
        /// The type, as given.
        instance_type: String,
        /// Providers that have a type of that name.
        of_another: Vec<Provider>,
        /// Similar types in the region.
        nearest: Vec<String>,
    },
    /// The type exists but is not sold in this region.
    #[error("{instance_type} is not priced in {provider} {region}, but in {} other regions, for example {example}{}", .regions, did_you_mean(.nearest))]
    NotInRegion {
        /// Provider that was searched.
        provider: Provider,
        /// Region that was searched.
        region: String,
        /// The type, as given.
        instance_type: String,
        /// Number of regions with a price for the type.
        regions: usize,
        /// One region that has a price for the type.
        example: String,
        /// Similar types in the region.
        nearest: Vec<String>,
    },
    /// The price table is not text.
    #[error("{path}:{line}: not UTF-8 text: save the table as a UTF-8 CSV file")]
    NotText {
        /// Path of the price table.
        path: String,
        /// Line of the first invalid byte.
        line: u64,
    },
    /// The price table has no rows.
    #[error("{path}: no prices in it: give a header and at least one row")]
    Empty {
        /// Path of the price table.
        path: String,
    },
    /// A required column is missing.
    #[error("{path}:1: column `{column}` is missing: the header needs {}", .needed.join(","))]
    MissingColumn {
        /// Path of the price table.
        path: String,
        /// Name of the missing column.
        column: &'static str,
        /// All required columns.
        needed: &'static [&'static str],
    },
    /// A column is unknown. It is not ignored, because it may be a known column with another unit.
    #[error("{path}:1: unknown column `{column}`{}", did_you_mean(.nearest))]
    UnknownColumn {
        /// Path of the price table.
        path: String,
        /// Name of the column, as written in the file.
        column: String,
        /// Similar known columns.
        nearest: Vec<String>,
    },
    /// A column occurs twice.
    #[error("{path}:1: column `{column}` occurs twice: remove one")]
    RepeatedColumn {
        /// Path of the price table.
        path: String,
        /// Name of the column, as written in the file.
        column: String,
    },
    /// A row has more or fewer fields than the header.
    #[error("{path}:{line}: {found} fields, but the header has {expected}: check the commas and quotes")]
    Ragged {
        /// Path of the price table.
        path: String,
        /// Line number, from 1.
        line: u64,
        /// Number of fields in the row.
        found: u64,
        /// Number of fields in the header.
        expected: u64,
    },
    /// A value is invalid.
    #[error("{path}:{line}: {column} `{text}`: {remedy}")]
    BadValue {
        /// Path of the price table.
        path: String,
        /// Line number, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// The value, as written in the file, cut to 60 characters.
        text: String,
        /// Description of a valid value.
        remedy: &'static str,
    },
    /// A price is given twice.
    #[error(
        "{path}:{line}: {provider} {region} {instance_type} is already priced on line {first}: remove one of the two"
    )]
    Duplicate {
        /// Path of the price table.
        path: String,
        /// Line number of the second row.
        line: u64,
        /// Line number of the first row.
        first: u64,
        /// The value that both rows share.
        provider: Provider,
        /// The value that both rows share.
        region: String,
        /// The value that both rows share.
        instance_type: String,
    },
    /// A rule in a pricing file is invalid.
    #[error("{path}:{line}: {reason}")]
    Pricing {
        /// Path of the pricing file.
        path: String,
        /// Line number, from 1.
        line: usize,
        /// What is wrong, and what to write instead.
        reason: String,
    },
    /// A data file that is embedded in the binary is invalid, which is a bug.
    #[error("{file}: {reason}")]
    Shipped {
        /// The file in the source tree.
        file: &'static str,
        /// Error of the parser.
        reason: String,
    },
}

/// Suggests similar regions, or the command that lists all of them.
fn regions_hint(provider: Provider, nearest: &[String]) -> String {
    if nearest.is_empty() {
        return format!("; list them with: capmodel prices list --provider {provider}");
    }
    did_you_mean(nearest)
}

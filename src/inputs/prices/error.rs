//! Errors of looking up a price or reading a price table.

use crate::inputs::nearest::did_you_mean;
use crate::model::nodes::Provider;

/// The provider that has the type; else types of similar names.
fn hint(of_another: &[Provider], nearest: &[String]) -> String {
    match of_another.first() {
        Some(other) => format!("; {other} has it: use --provider {other}"),
        None => did_you_mean(nearest),
    }
}

/// A price that cannot be found, or a price table that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PricesError {
    /// Whoever asked named a provider without a catalogue and gave no table of their own.
    #[error("no prices for {provider}: give your own table with --prices FILE")]
    NoPrices {
        /// The cloud provider.
        provider: Provider,
    },
    /// Whoever asked named a region that is in neither table.
    #[error("{provider} has no region `{region}` in the price tables{}", regions_hint(*.provider, .nearest))]
    UnknownRegion {
        /// Where it was looked for.
        provider: Provider,
        /// As it was asked for.
        region: String,
        /// Known names that are similar.
        nearest: Vec<String>,
    },
    /// Whoever asked named a type that is in no region's table.
    #[error("{provider} has no instance type `{instance_type}` in the price tables{}", hint(.of_another, .nearest))]
    UnknownType {
        /// Where it was looked for.
        provider: Provider,
        /// As it was asked for.
        instance_type: String,
        /// Providers that have a type of that name.
        of_another: Vec<Provider>,
        /// The closest ones that the region has.
        nearest: Vec<String>,
    },
    /// Whoever asked named a real type that this region does not sell.
    #[error("{instance_type} is not priced in {provider} {region}, but in {} other regions, for example {example}{}", .regions, did_you_mean(.nearest))]
    NotInRegion {
        /// Where it was looked for.
        provider: Provider,
        /// Where it was looked for.
        region: String,
        /// As it was asked for.
        instance_type: String,
        /// How many regions price it.
        regions: usize,
        /// One region that has a price for the type.
        example: String,
        /// The closest ones that the region has.
        nearest: Vec<String>,
    },
    /// The table's author gave a file that is not text.
    #[error("{path}:{line}: not UTF-8 text: save the table as a UTF-8 CSV file")]
    NotText {
        /// Path of the price table.
        path: String,
        /// Where the first bad byte is.
        line: u64,
    },
    /// The table's author gave a file with no row.
    #[error("{path}: no prices in it: give a header and at least one row")]
    Empty {
        /// Path of the price table.
        path: String,
    },
    /// The table's author left out a column.
    #[error("{path}:1: column `{column}` is missing: the header needs {}", .needed.join(","))]
    MissingColumn {
        /// Path of the price table.
        path: String,
        /// Name of the missing column.
        column: &'static str,
        /// All that must be there.
        needed: &'static [&'static str],
    },
    /// The table's author wrote a column that nothing reads; a unit may be wrong, so it is not ignored.
    #[error("{path}:1: unknown column `{column}`{}", did_you_mean(.nearest))]
    UnknownColumn {
        /// Path of the price table.
        path: String,
        /// The text, as written in the file.
        column: String,
        /// The closest ones that are read.
        nearest: Vec<String>,
    },
    /// The table's author wrote a column twice.
    #[error("{path}:1: column `{column}` occurs twice: remove one")]
    RepeatedColumn {
        /// Path of the price table.
        path: String,
        /// The text, as written in the file.
        column: String,
    },
    /// The table's author wrote a row with more or fewer fields than the header.
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
    /// The table's author wrote a value that cannot be.
    #[error("{path}:{line}: {column} `{text}`: {remedy}")]
    BadValue {
        /// Path of the price table.
        path: String,
        /// Line number, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// As it is written, cut to 60 characters.
        text: String,
        /// Description of a valid value.
        remedy: &'static str,
    },
    /// The table's author priced one thing twice.
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
    /// The author of a pricing file wrote a rule that cannot be.
    #[error("{path}:{line}: {reason}")]
    Pricing {
        /// Path of the pricing file.
        path: String,
        /// Line number, from 1.
        line: usize,
        /// What is wrong, and what to write instead.
        reason: String,
    },
    /// A data file that ships inside the binary is wrong: a bug of ours.
    #[error("{file}: {reason}")]
    Shipped {
        /// The file in the source tree.
        file: &'static str,
        /// Error of the parser.
        reason: String,
    },
}

/// The nearest regions, or where all of them are listed.
fn regions_hint(provider: Provider, nearest: &[String]) -> String {
    if nearest.is_empty() {
        return format!("; list them with: capmodel prices list --provider {provider}");
    }
    did_you_mean(nearest)
}

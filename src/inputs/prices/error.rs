use crate::inputs::nearest::did_you_mean;
use crate::model::Provider;

/// A price that cannot be found, or a price table that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PricesError {
    /// Whoever asked named a provider without a catalogue and gave no table of their own.
    #[error("no prices for {provider}: give your own table with --prices FILE")]
    NoPrices {
        /// The provider.
        provider: Provider,
    },
    /// Whoever asked named a region that is in neither table.
    #[error("{provider} has no region `{region}` in the price tables{}", regions_hint(*.provider, .nearest))]
    UnknownRegion {
        /// Where it was looked for.
        provider: Provider,
        /// As it was asked for.
        region: String,
        /// The closest known ones.
        nearest: Vec<String>,
    },
    /// Whoever asked named a type that is in no region's table.
    #[error("{provider} has no instance type `{instance_type}` in the price tables{}", did_you_mean(.nearest))]
    UnknownType {
        /// Where it was looked for.
        provider: Provider,
        /// As it was asked for.
        instance_type: String,
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
        /// The first of them.
        example: String,
        /// The closest ones that the region has.
        nearest: Vec<String>,
    },
    /// The table's author gave a file that is not text.
    #[error("{path}:{line}: not UTF-8 text: save the table as a UTF-8 CSV file")]
    NotText {
        /// The file.
        path: String,
        /// Where the first bad byte is.
        line: u64,
    },
    /// The table's author gave a file with no row.
    #[error("{path}: no prices in it: give a header and at least one row")]
    Empty {
        /// The file.
        path: String,
    },
    /// The table's author left out a column.
    #[error("{path}:1: column `{column}` is missing: the header needs {}", .needed.join(","))]
    MissingColumn {
        /// The file.
        path: String,
        /// What is missing.
        column: &'static str,
        /// All that must be there.
        needed: &'static [&'static str],
    },
    /// The table's author wrote a column that nothing reads; a unit may be wrong, so it is not ignored.
    #[error("{path}:1: unknown column `{column}`{}", did_you_mean(.nearest))]
    UnknownColumn {
        /// The file.
        path: String,
        /// As it is written.
        column: String,
        /// The closest ones that are read.
        nearest: Vec<String>,
    },
    /// The table's author wrote a column twice.
    #[error("{path}:1: column `{column}` is there twice: remove one")]
    RepeatedColumn {
        /// The file.
        path: String,
        /// As it is written.
        column: String,
    },
    /// The table's author wrote a row with more or fewer fields than the header.
    #[error("{path}:{line}: {found} fields, but the header has {expected}: check the commas and quotes")]
    Ragged {
        /// The file.
        path: String,
        /// The row.
        line: u64,
        /// Fields in the row.
        found: u64,
        /// Fields in the header.
        expected: u64,
    },
    /// The table's author wrote a value that cannot be.
    #[error("{path}:{line}: {column} `{text}`: {remedy}")]
    BadValue {
        /// The file.
        path: String,
        /// The row.
        line: u64,
        /// The column.
        column: &'static str,
        /// As it is written, cut to 60 characters.
        text: String,
        /// What would be right.
        remedy: &'static str,
    },
    /// The table's author priced one thing twice.
    #[error(
        "{path}:{line}: {provider} {region} {instance_type} is already priced on line {first}: remove one of the two"
    )]
    Duplicate {
        /// The file.
        path: String,
        /// The second row.
        line: u64,
        /// The first row.
        first: u64,
        /// Of both rows.
        provider: Provider,
        /// Of both rows.
        region: String,
        /// Of both rows.
        instance_type: String,
    },
    /// A data file that ships inside the binary is wrong: a bug of ours.
    #[error("{file}: {reason}")]
    Shipped {
        /// The file in the source tree.
        file: &'static str,
        /// What the reader said.
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

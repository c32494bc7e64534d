//! Errors of importing a price list.

/// A price list that cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The list cannot be read, or ends too early.
    #[error("{label}: {cause}")]
    Read {
        /// The file or address.
        label: String,
        /// The error, with line and column if known.
        cause: String,
    },
    /// The list is readable but not in the expected format.
    #[error("{label}: {what}: {remedy}")]
    Format {
        /// The file or address.
        label: String,
        /// What is wrong with it.
        what: String,
        /// The remedy.
        remedy: &'static str,
    },
    /// An entry has an unknown unit or currency.
    #[error("{label}: the price of {entry} is in {unit:?}, and only {known} is supported")]
    Unit {
        /// The file or address.
        label: String,
        /// The entry.
        entry: String,
        /// The unit, as written in the list.
        unit: String,
        /// The supported units.
        known: &'static str,
    },
    /// The list contains no price of a machine.
    #[error("{label}: it contains no instance prices{}", why(.left_out))]
    Empty {
        /// The file or address.
        label: String,
        /// Why entries were excluded.
        left_out: String,
    },
}

fn why(left_out: &str) -> String {
    if left_out.is_empty() { String::new() } else { format!(" ({left_out})") }
}

//! Errors of importing a price list.

/// A price list that cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be read, or ends too early.
    #[error("{label}: {cause}")]
    Read {
        /// The file or address.
        label: String,
        /// What went wrong, with line and column where they are known.
        cause: String,
    },
    /// It is readable and not what the format says.
    #[error("{label}: {what}: {remedy}")]
    Format {
        /// The file or address.
        label: String,
        /// What it is not.
        what: String,
        /// What to do.
        remedy: &'static str,
    },
    /// An entry has a unit or a currency that is not understood.
    #[error("{label}: the price of {entry} is in {unit:?}, and only {known} is supported")]
    Unit {
        /// The file or address.
        label: String,
        /// Which entry.
        entry: String,
        /// As the list writes it.
        unit: String,
        /// What would be understood.
        known: &'static str,
    },
    /// No price of a machine is in it.
    #[error("{label}: it contains no instance prices{}", why(.left_out))]
    Empty {
        /// The file or address.
        label: String,
        /// Why the entries were left out.
        left_out: String,
    },
}

fn why(left_out: &str) -> String {
    if left_out.is_empty() { String::new() } else { format!(" ({left_out})") }
}

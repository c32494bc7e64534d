//! Why a result cannot be put into its form.

/// Why there is no result to write.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A result that cannot be put into its format: a bug.
    #[error("cannot make the output")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A manifest that would not do what was planned.
    #[error("{0}")]
    Value(String),
}

//! Errors of rendering a result.

/// Why a result cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The result cannot be encoded in its format, which is a bug.
    #[error("cannot make the output")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The manifest would not do what was planned.
    #[error("{0}")]
    Value(String),
}

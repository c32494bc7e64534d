//! Why there is no forecast.

/// Why nothing is forecast, in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing was measured.
    #[error("no hour has a value")]
    NoData,
    /// Less than one whole day.
    #[error("only {0} hours have data, but at least 24 are needed to see a whole day")]
    TooShort(usize),
    /// More hours than anything keeps.
    #[error("the history spans more than ten years")]
    TooLong,
    /// What is asked for has begun already.
    #[error("the history overlaps the period to forecast")]
    NotAhead,
    /// Nothing can be said about it.
    #[error("the period to forecast ends more than a year after the history")]
    TooFarAhead,
    /// Numbers beyond what is computed with.
    #[error("its values are out of range")]
    OutOfRange,
}

impl Refusal {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoData => "no-data",
            Self::TooShort(_) => "too-short",
            Self::TooLong => "too-long",
            Self::NotAhead => "not-ahead",
            Self::TooFarAhead => "too-far-ahead",
            Self::OutOfRange => "out-of-range",
        }
    }
}

//! Why there is no forecast.

/// Why there is no forecast, as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There are no measurements.
    #[error("no hour has a value")]
    NoData,
    /// The history is shorter than one whole day.
    #[error("only {0} hours have data, but at least 24 are needed to see a whole day")]
    TooShort(usize),
    /// The history has more hours than any metrics store keeps.
    #[error("the history spans more than ten years")]
    TooLong,
    /// The requested period has already begun.
    #[error("the history overlaps the period to forecast")]
    NotAhead,
    /// The requested period is too far ahead.
    #[error("the period to forecast ends more than a year after the history")]
    TooFarAhead,
    /// The numbers exceed the supported range.
    #[error("its values are out of range")]
    OutOfRange,
}

impl Refusal {
    /// Stable name in documents.
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

//! How much of its trend a workload has kept in the past.
//!
//! The average of two forecasts is better than the worse of them, and often than both (Bates & Granger 1969, *The combination of
//! forecasts*, Operational Research Quarterly 20; Hyndman & Athanasopoulos, section 13.4, <https://otexts.com/fpp3/combinations.html>).

/// How far a forecast goes from the level of the last week to the trend's: a combination of a seasonal naive forecast and one with a
/// trend.
#[derive(Clone, Copy, Debug)]
pub(super) struct Persistence {
    pub(super) share: f64,
    /// Its standard deviation.
    pub(super) error: f64,
}

impl Persistence {
    /// Before a workload was looked at. An assumption between two cases: of services that grow it would be all the way; of hourly
    /// counts whose trend is the slope of a year's season, like the trips of Capital Bikeshare (2010 to 2019) and UCI's Metro
    /// Interstate Traffic Volume (2012 to 2018), the level of the last week alone forecast the next month about as well.
    pub(super) const USUAL: Self = Self { share: 0.6, error: 0.35 };
    /// All the way.
    pub(super) const ALL: Self = Self { share: 1.0, error: 0.0 };
    /// The level of the last week.
    pub(super) const NONE: Self = Self { share: 0.0, error: 0.0 };

    /// From forecasts of the past, each with the way that its trend went from the last week, the way to what came, and the standard
    /// error of the latter; they count as `independent` ones. Normal errors around a normal expectation.
    pub(super) fn learned(pasts: impl Iterator<Item = (f64, f64, f64)>, independent: f64) -> Self {
        let (mut product, mut square, mut count) = (0.0, 0.0, 0.0);
        for (trend, came, error) in pasts {
            // Twice the error: an event, which is no trend.
            let came = came.clamp(-2.0 * error - trend.abs(), 2.0 * error + trend.abs());
            product += trend * came / error.powi(2);
            square += trend * trend / error.powi(2);
            count += 1.0;
        }
        let weight = if count > 0.0 { independent / count } else { 0.0 };
        let precision = Self::USUAL.error.powi(-2) + weight * square;
        let share = (Self::USUAL.share * Self::USUAL.error.powi(-2) + weight * product) / precision;
        Self { share: share.clamp(0.0, 1.0), error: precision.sqrt().recip() }
    }
}

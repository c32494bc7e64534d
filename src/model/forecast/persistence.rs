//! How much of its trend a workload has kept in the past.
//!
//! The average of two forecasts is better than the worse of them, and often than both (Bates & Granger 1969, *The
//! combination of forecasts*, Operational Research Quarterly 20; Hyndman & Athanasopoulos, section 13.4,
//! <https://otexts.com/fpp3/combinations.html>).

/// How far a forecast moves from the last week's level to that of the trend: a weighted combination of a seasonal
/// naive forecast and one with a trend.
#[derive(Clone, Copy, Debug)]
pub(super) struct Persistence {
    pub(super) share: f64,
    /// Its standard deviation.
    pub(super) error: f64,
}

impl Persistence {
    /// The default for a workload without evidence. It is an assumption between two cases: for growing services, the
    /// whole trend would be right. For hourly counts whose trend is the slope of a yearly season, such as the trips
    /// of Capital Bikeshare (2010 to 2019) and UCI's Metro Interstate Traffic Volume (2012 to 2018), the last week's
    /// level alone forecast the next month about as well.
    pub(super) const USUAL: Self = Self { share: 0.6, error: 0.35 };
    /// The trend alone.
    pub(super) const ALL: Self = Self { share: 1.0, error: 0.0 };
    /// The level of the last week alone.
    pub(super) const NONE: Self = Self { share: 0.0, error: 0.0 };

    /// Learns from past forecasts, each given as the distance of its trend from the last week's level, the distance
    /// of the actual value, and the standard error of the latter. Together they count as `independent` observations.
    /// Normal errors with a normal prior.
    pub(super) fn learned(pasts: impl Iterator<Item = (f64, f64, f64)>, independent: f64) -> Self {
        let (mut product, mut square, mut count) = (0.0, 0.0, 0.0);
        for (trend, came, error) in pasts {
            // A deviation of more than two standard errors is an event rather than a trend.
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

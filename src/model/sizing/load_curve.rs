//! Load curves: demand of each hour relative to the busy period.

/// Demand over a repeating span of equal hours, relative to the busy period.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadCurve {
    /// `flat`, `diurnal`, `weekly`, or the name of the file.
    pub name: String,
    /// Demand of each hour ÷ demand in the busy period, 0 to 1; at least one is 1.
    hours: Vec<f64>,
}

/// Share of an hour in a diurnal day: a sine between one third of the busy period at 4:00 and all of it at 16:00.
fn diurnal(hour: u32) -> f64 {
    let phase = f64::from(hour + 24 - 4) / 24.0 * std::f64::consts::TAU;
    let share = 1.0 - (1.0 + phase.cos()) / 2.0;
    1.0 / 3.0 + share * 2.0 / 3.0
}

impl LoadCurve {
    /// Constant demand at the level of the busy period.
    pub fn flat() -> Self {
        Self { name: "flat".to_owned(), hours: vec![1.0] }
    }

    /// A day between one third and all of the busy period, as services with users in one or two time zones show.
    pub fn diurnal() -> Self {
        Self { name: "diurnal".to_owned(), hours: (0..24).map(diurnal).collect() }
    }

    /// Five diurnal days, and two at half their demand.
    pub fn weekly() -> Self {
        let day = |day: u32| (0..24).map(move |hour| diurnal(hour) * if day < 5 { 1.0 } else { 0.5 });
        Self { name: "weekly".to_owned(), hours: (0..7).flat_map(day).collect() }
    }

    /// A custom curve in any unit: hours are scaled to their maximum.
    ///
    /// # Errors
    /// One sentence, if there is no hour, all are zero, or one is negative or not a number.
    pub fn from_hours(name: &str, hours: &[f64]) -> Result<Self, String> {
        if let Some(at) = hours.iter().position(|h| !h.is_finite() || *h < 0.0) {
            return Err(format!("hour {} is {}: expected a number of zero or more", at + 1, hours[at]));
        }
        let most = hours.iter().copied().fold(0.0, f64::max);
        if most == 0.0 {
            return Err("every hour is zero, or there is none".to_owned());
        }
        Ok(Self { name: name.to_owned(), hours: hours.iter().map(|h| h / most).collect() })
    }

    /// Whether every hour equals the busy period.
    pub fn is_flat(&self) -> bool {
        self.hours.iter().all(|h| *h == 1.0)
    }

    /// The mean over all hours of `at`, a function of the hour's share of the busy period's demand.
    pub fn mean(&self, mut at: impl FnMut(f64) -> f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of hours")]
        let count = self.hours.len() as f64;
        self.hours.iter().map(|share| at(*share)).sum::<f64>() / count
    }

    /// Lowest hourly demand ÷ demand in the busy period.
    pub fn trough(&self) -> f64 {
        self.hours.iter().copied().fold(1.0, f64::min)
    }

    /// The hours as shares, in order.
    pub fn shares(&self) -> &[f64] {
        &self.hours
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_curves_have_the_documented_shapes() {
        let day = LoadCurve::diurnal();
        assert_eq!(day.shares().len(), 24);
        assert!((day.trough() - 1.0 / 3.0).abs() < 1e-12 && day.shares()[16] == 1.0);
        assert!((day.mean(|share| share) - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(LoadCurve::weekly().shares().len(), 168);
        assert!(LoadCurve::flat().is_flat() && !day.is_flat());
        let own = LoadCurve::from_hours("x", &[10.0, 40.0, 0.0]).unwrap();
        assert_eq!(own.shares(), [0.25, 1.0, 0.0]);
        assert!(LoadCurve::from_hours("x", &[]).is_err() && LoadCurve::from_hours("x", &[1.0, f64::NAN]).is_err());
    }
}

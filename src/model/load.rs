//! The hours around the busy period.

/// Demand over a repeating span of equal hours, relative to the busy period.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadCurve {
    /// `flat`, `diurnal`, `weekly`, or the file's name.
    pub name: String,
    /// Share of the busy period's demand in each hour, above 0 and at most 1; one of them is 1.
    hours: Vec<f64>,
}

/// Where an hour of a diurnal day stands: a sine between a third of the busy period at 4 o'clock and all of it at 16.
fn diurnal(hour: u32) -> f64 {
    let phase = f64::from(hour + 24 - 4) / 24.0 * std::f64::consts::TAU;
    let share = 1.0 - (1.0 + phase.cos()) / 2.0;
    1.0 / 3.0 + share * 2.0 / 3.0
}

impl LoadCurve {
    /// The busy period all the time.
    pub fn flat() -> Self {
        Self { name: "flat".to_owned(), hours: vec![1.0] }
    }

    /// A day between a third and all of the busy period, which is what services with users in one or two time zones show.
    pub fn diurnal() -> Self {
        Self { name: "diurnal".to_owned(), hours: (0..24).map(diurnal).collect() }
    }

    /// Five such days, and two at half their demand.
    pub fn weekly() -> Self {
        let day = |day: u32| (0..24).map(move |hour| diurnal(hour) * if day < 5 { 1.0 } else { 0.5 });
        Self { name: "weekly".to_owned(), hours: (0..7).flat_map(day).collect() }
    }

    /// Hours of one's own, in any unit: they are taken relative to the greatest.
    ///
    /// # Errors
    /// One sentence, when there is none or one is negative or no number.
    pub fn from_hours(name: &str, hours: &[f64]) -> Result<Self, String> {
        if let Some(at) = hours.iter().position(|h| !h.is_finite() || *h < 0.0) {
            return Err(format!("hour {} is {}: write a number of zero or more", at + 1, hours[at]));
        }
        let most = hours.iter().copied().fold(0.0, f64::max);
        if most == 0.0 {
            return Err("every hour is zero, or there is none".to_owned());
        }
        Ok(Self { name: name.to_owned(), hours: hours.iter().map(|h| h / most).collect() })
    }

    /// Whether every hour is the busy one.
    pub fn is_flat(&self) -> bool {
        self.hours.iter().all(|h| *h == 1.0)
    }

    /// The mean of something over the hours, given what it is at a share of the busy period's demand.
    pub fn mean(&self, mut at: impl FnMut(f64) -> f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of hours")]
        let count = self.hours.len() as f64;
        self.hours.iter().map(|share| at(*share)).sum::<f64>() / count
    }

    /// The quietest hour's share.
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
    fn shapes() {
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

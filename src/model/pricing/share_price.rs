//! Splits machine prices into a price per core and a price per GiB.
//!
//! Machines of one generation are priced `a × vCPU + b × GiB` to within a few percent, so `a` and `b` are determined by
//! unweighted least squares through the origin over families with different GiB per core. OpenCost and Kubecost split
//! every price by the ratio of Google's N1 (0.031611 ÷ 0.004237 = 7.46), which underprices a core of an m6i by 10.7 %
//! and overprices a GiB by 20.9 %.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::units::{Bytes, CpuMillis, MoneyPerHour};

/// Size and price of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricedShape {
    /// Number of vCPUs.
    pub vcpu: u32,
    /// Memory, rounded to whole MiB in the fit.
    pub memory: Bytes,
    /// Price per hour, to a billionth.
    pub price: MoneyPerHour,
}

/// How the prices of a group were split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShareRule {
    /// By least squares over the group's own machines.
    Fitted,
    /// By the core-to-GiB ratio of another group, scaled to the group's mean price, because its own machines cannot be
    /// split.
    Borrowed {
        /// Group that the ratio is borrowed from.
        from: String,
    },
}

impl ShareRule {
    /// Stable name in documents.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fitted => "fitted",
            Self::Borrowed { .. } => "borrowed",
        }
    }
}

/// Hourly prices of a core and a GiB, to a billionth.
#[derive(Clone, Debug, PartialEq)]
pub struct SharePrice {
    /// Price of one vCPU per hour.
    pub core_hour: MoneyPerHour,
    /// Price of one GiB of memory per hour.
    pub gib_hour: MoneyPerHour,
    /// The largest relative error over the machines: |split − price| ÷ price.
    pub max_residual: f64,
    /// Number of machines in the fit.
    pub rows: usize,
    /// How the prices were split.
    pub rule: ShareRule,
}

/// Why the machines of a group cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// No machine has a price.
    #[error("no instance type of the group has a price")]
    NoRows,
    /// All machines have the same GiB per core, to a thousandth.
    #[error("all its instance types have the same memory-to-core ratio")]
    OneRatio,
    /// The fit gives a price of zero or less for a core or a GiB.
    #[error("the fit gives a price of zero or less for a core or a GiB")]
    NotPositive,
    /// A size or a price exceeds that of any real machine.
    #[error("its sizes or prices are out of range")]
    OutOfRange,
}

/// Decimal places of an exact price: billionths.
const NANO: u32 = 9;

/// OpenCost's default split, the N1 prices of Google's us-central1 in `configs/default.json`: a core costs 7.46 times
/// as much as a GiB. Used only if nothing that the provider sells can be split.
pub fn opencost_default() -> (MoneyPerHour, MoneyPerHour) {
    (MoneyPerHour::new(Decimal::new(31_611, 6)), MoneyPerHour::new(Decimal::new(4_237, 6)))
}

/// The sums of the normal equations. Integers keep them exact; a 96-bit decimal would round.
struct Sums {
    cores_squared: i128,
    mib_squared: i128,
    cores_mib: i128,
    cores_price: i128,
    mib_price: i128,
    cores: i128,
    mib: i128,
    price: i128,
}

impl Sums {
    fn of(rows: &[PricedShape]) -> Option<Self> {
        let sum = |term: &dyn Fn(i128, i128, i128) -> Option<i128>| {
            rows.iter().try_fold(0_i128, |sum, row| {
                let mib = i128::from(row.memory.bytes() >> 20);
                sum.checked_add(term(row.vcpu.into(), mib, nanos(row.price)?)?)
            })
        };
        Some(Self {
            cores_squared: sum(&|c, _, _| c.checked_mul(c))?,
            mib_squared: sum(&|_, m, _| m.checked_mul(m))?,
            cores_mib: sum(&|c, m, _| c.checked_mul(m))?,
            cores_price: sum(&|c, _, p| c.checked_mul(p))?,
            mib_price: sum(&|_, m, p| m.checked_mul(p))?,
            cores: sum(&|c, _, _| Some(c))?,
            mib: sum(&|_, m, _| Some(m))?,
            price: sum(&|_, _, p| Some(p))?,
        })
    }
}

impl SharePrice {
    /// Splits the prices of a group by unweighted least squares through the origin: the `a` and `b` that minimize `Σ
    /// (a·vCPU + b·GiB − price)²`, solved exactly by Cramer's rule and rounded once at the end.
    ///
    /// # Errors
    /// [`SplitError`] if the machines of the group do not determine both prices.
    pub fn fit(rows: &[PricedShape]) -> Result<Self, SplitError> {
        if rows.is_empty() {
            return Err(SplitError::NoRows);
        }
        let sums = Sums::of(rows).ok_or(SplitError::OutOfRange)?;
        let squares = sums.cores_squared.checked_mul(sums.mib_squared).ok_or(SplitError::OutOfRange)?;
        let determinant = difference(sums.cores_squared, sums.mib_squared, sums.cores_mib, sums.cores_mib)?;
        // The determinant is `squares` × sin² of the angle between cores and memory. Below 10⁻⁶ the ratios differ by
        // less than a thousandth, which is only the rounding of sizes.
        if determinant <= squares / 1_000_000 {
            return Err(SplitError::OneRatio);
        }
        let core = difference(sums.cores_price, sums.mib_squared, sums.mib_price, sums.cores_mib)?;
        let mib = difference(sums.cores_squared, sums.mib_price, sums.cores_mib, sums.cores_price)?;
        if core <= 0 || mib <= 0 {
            return Err(SplitError::NotPositive);
        }
        let gib = mib.checked_mul(1024).ok_or(SplitError::OutOfRange)?;
        Self::new(rows, quotient(core, determinant)?, quotient(gib, determinant)?, ShareRule::Fitted)
    }

    /// Splits the prices of a group by the core-to-GiB ratio of other prices, scaled so that the errors of the group's
    /// machines add up to zero.
    ///
    /// # Errors
    /// [`SplitError::NoRows`] or [`SplitError::OutOfRange`]; machines with a single ratio are no error here.
    pub fn borrow(
        rows: &[PricedShape],
        core_hour: MoneyPerHour,
        gib_hour: MoneyPerHour,
        from: &str,
    ) -> Result<Self, SplitError> {
        if rows.is_empty() {
            return Err(SplitError::NoRows);
        }
        let exact = || {
            let sums = Sums::of(rows)?;
            let (core, gib) = (nanos(core_hour)?, nanos(gib_hour)?);
            // price = k·(core·vCPU + gib·MiB/1024), summed over the group and multiplied by 1024
            let by_cores = core.checked_mul(sums.cores)?.checked_mul(1024)?;
            let split = by_cores.checked_add(gib.checked_mul(sums.mib)?)?;
            let scaled = |unit: i128| sums.price.checked_mul(unit)?.checked_mul(1024);
            Some((scaled(core)?, scaled(gib)?, split))
        };
        let (core, gib, split) = exact().ok_or(SplitError::OutOfRange)?;
        let rule = ShareRule::Borrowed { from: from.to_owned() };
        Self::new(rows, quotient(core, split)?, quotient(gib, split)?, rule)
    }

    /// Price of this amount of CPU and memory per hour.
    pub fn cost_per_hour(&self, cpu: CpuMillis, memory: Bytes) -> MoneyPerHour {
        self.core_hour * cpu.exact_cores() + self.gib_hour * memory.exact_gib()
    }

    fn new(
        rows: &[PricedShape],
        core_hour: MoneyPerHour,
        gib_hour: MoneyPerHour,
        rule: ShareRule,
    ) -> Result<Self, SplitError> {
        let residual = |row: &PricedShape| {
            let mib = Decimal::from(row.memory.bytes() >> 20);
            let memory = gib_hour.amount().checked_mul(mib)?.checked_div(1024.into())?;
            let split = core_hour.amount().checked_mul(row.vcpu.into())?.checked_add(memory)?;
            (split - row.price.amount()).abs().checked_div(row.price.amount())?.to_f64()
        };
        let residuals: Option<Vec<f64>> = rows.iter().map(residual).collect();
        let max_residual = residuals.ok_or(SplitError::OutOfRange)?.into_iter().fold(0.0, f64::max);
        Ok(Self { core_hour, gib_hour, max_residual, rows: rows.len(), rule })
    }
}

/// `a·b − c·d`, or an error on overflow.
fn difference(a: i128, b: i128, c: i128, d: i128) -> Result<i128, SplitError> {
    let exact = || a.checked_mul(b)?.checked_sub(c.checked_mul(d)?);
    exact().ok_or(SplitError::OutOfRange)
}

/// `a ÷ b` in billionths, rounded to the nearest, for positive `b`.
fn quotient(a: i128, b: i128) -> Result<MoneyPerHour, SplitError> {
    let nearest = a.checked_mul(2).and_then(|twice| twice.checked_add(b)?.checked_div_euclid(b.checked_mul(2)?));
    let amount = nearest.and_then(|nanos| Decimal::try_from_i128_with_scale(nanos, NANO).ok());
    amount.map(|amount| MoneyPerHour::new(amount.normalize())).ok_or(SplitError::OutOfRange)
}

/// The price in billionths; `None` if it is not above zero.
fn nanos(price: MoneyPerHour) -> Option<i128> {
    let amount = price.amount().round_dp(NANO);
    let nanos = amount.mantissa().checked_mul(10_i128.pow(NANO - amount.scale()))?;
    (nanos > 0).then_some(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> MoneyPerHour {
        MoneyPerHour::new(text.parse().unwrap())
    }

    fn machine(vcpu: u32, gib: u64, price: &str) -> PricedShape {
        PricedShape { vcpu, memory: Bytes::from_gib(gib), price: money(price) }
    }

    #[test]
    fn exact_prices_are_found_exactly() {
        // Google's n2: standard, highmem and highcpu of us-central1.
        let rows = [machine(4, 16, "0.194236"), machine(8, 64, "0.524056"), machine(4, 4, "0.143392")];
        let split = SharePrice::fit(&rows).unwrap();
        assert_eq!((split.core_hour, split.gib_hour), (money("0.031611"), money("0.004237")));
        assert_eq!((split.max_residual, split.rows), (0.0, 3));
        assert_eq!(split.rule, ShareRule::Fitted);
    }

    /// By hand, for three machines of 2 vCPU: Σv² = 12, Σm² = 84, Σvm = 28, Σvp = 8, Σmp = 22; the determinant is 224,
    /// a = (8·84 − 22·28) ÷ 224 = 0.25 and b = (12·22 − 28·8) ÷ 224 = 0.178571429.
    #[test]
    fn least_squares_match_a_calculation_by_hand() {
        let split = SharePrice::fit(&[machine(2, 2, "1"), machine(2, 4, "1"), machine(2, 8, "2")]).unwrap();
        assert_eq!((split.core_hour, split.gib_hour), (money("0.25"), money("0.178571429")));
        // The second machine: 0.5 + 0.714285716 for 1.
        assert!((split.max_residual - 0.214_285_716).abs() < 1e-9, "{}", split.max_residual);
    }

    #[test]
    fn unsuitable_prices_are_refused() {
        assert_eq!(SharePrice::fit(&[]), Err(SplitError::NoRows));
        assert_eq!(SharePrice::fit(&[machine(2, 8, "1"), machine(4, 16, "2")]), Err(SplitError::OneRatio));
        assert_eq!(SharePrice::fit(&[machine(2, 4, "1"), machine(2, 8, "1")]), Err(SplitError::NotPositive));
        assert_eq!(SharePrice::fit(&[machine(2, 4, "1"), machine(2, 8, "3")]), Err(SplitError::NotPositive));
        let huge = PricedShape { vcpu: u32::MAX, memory: Bytes::from_bytes(u64::MAX), price: money("9e18") };
        assert_eq!(SharePrice::fit(&[huge, machine(2, 8, "1")]), Err(SplitError::OutOfRange));
        // 1.8 GiB and 3.6 GiB in whole MiB are one ratio.
        let mib = |vcpu, mib, price| PricedShape { vcpu, memory: Bytes::from_mib(mib), price: money(price) };
        assert_eq!(SharePrice::fit(&[mib(2, 1843, "0.1"), mib(8, 7373, "0.4")]), Err(SplitError::OneRatio));
    }

    #[test]
    fn a_borrowed_ratio_keeps_the_mean_price() {
        let rows = [machine(2, 8, "0.1"), machine(8, 32, "0.42")];
        let split = SharePrice::borrow(&rows, money("0.03"), money("0.004"), "n2").unwrap();
        // k = 0.52 ÷ (0.03·10 + 0.004·40) = 1.130434783
        assert_eq!((split.core_hour, split.gib_hour), (money("0.033913043"), money("0.004521739")));
        assert_eq!(split.rule, ShareRule::Borrowed { from: "n2".to_owned() });
        assert!((split.max_residual - 0.04).abs() < 1e-6, "{}", split.max_residual);
    }
}

//! Common conversions to wire types.

use rust_decimal::Decimal;

use crate::model;
use crate::model::estimate::Spread;
use crate::schema::currency::ExchangeRate;
use crate::schema::estimate::Nodes;
use crate::schema::number::{DecimalText, Interval, Percentiles};
use crate::units::{Currency, Money, MoneyPerHour};

impl From<&model::uncertainty::Interval> for Interval {
    fn from(interval: &model::uncertainty::Interval) -> Self {
        Self { low: interval.low(), mid: interval.mid(), high: interval.high() }
    }
}

pub(super) fn all<'a, A: 'a, B: From<&'a A>>(values: &'a [A]) -> Vec<B> {
    values.iter().map(B::from).collect()
}

/// All digits, without trailing zeros.
pub(in crate::outputs) fn exact(amount: Decimal) -> DecimalText {
    DecimalText(amount.normalize().to_string())
}

/// Rounded to a millionth, which is smaller than any currency unit.
pub(in crate::outputs) fn money(amount: Money) -> DecimalText {
    exact(amount.amount().round_dp(6))
}

/// Nodes by instance type: their number, and the price of one.
pub(super) fn nodes_of(nodes: &[(String, u64, MoneyPerHour)]) -> Vec<Nodes> {
    let of_a_type = |(name, count, price): &(String, u64, MoneyPerHour)| Nodes {
        instance_type: name.clone(),
        count: *count,
        price_per_hour: exact(price.amount()),
    };
    nodes.iter().map(of_a_type).collect()
}

/// The rate by which prices were converted; `None` for US dollars.
pub(super) fn exchange_rate(currency: Currency) -> Option<ExchangeRate> {
    currency.rate().map(|rate| ExchangeRate {
        per_usd: exact(rate.per_usd()),
        date: rate.day().to_string(),
        source: "--exchange-rate".to_owned(),
    })
}

/// Rounded to the cent.
pub(in crate::outputs) fn cents(amount: Money) -> DecimalText {
    DecimalText(format!("{:.2}", amount.amount()))
}

pub(super) fn percentiles<T, U>(spread: &Spread<T>, convert: impl Fn(&T) -> U) -> Percentiles<U> {
    let percentile = |index: usize| spread.percentiles.as_ref()?.get(index)?.as_ref().map(&convert);
    Percentiles { plan: convert(&spread.plan), p05: percentile(0), p50: percentile(1), p95: percentile(2) }
}

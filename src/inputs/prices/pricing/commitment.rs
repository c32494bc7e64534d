//! Commitments of a pricing file: savings plans, reserved cores and shares of a family.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;

use super::{Number, PriceBook, Wrong, known_family};
use crate::inputs::nearest::{did_you_mean, nearest};
use crate::model::nodes::Provider;
use crate::model::pricing::{Commitment, Volume};
use crate::units::{Date, MoneyPerHour};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCommitment {
    provider: Option<Provider>,
    family: Option<String>,
    region: Option<String>,
    usd_per_hour: Option<Spanned<Number>>,
    cores: Option<Spanned<Number>>,
    usd_per_core_hour: Option<Spanned<Number>>,
    share_percent: Option<Spanned<Number>>,
    percent: Option<Spanned<Number>>,
    starts: Option<Spanned<String>>,
    expires: Spanned<String>,
}

/// Checks a commitment; `line` gives the line of a position in the file, and `families` are all that have a price.
pub(super) fn read(
    path: &str,
    raw: RawCommitment,
    line: impl Fn(usize) -> usize,
    (book, families): (&PriceBook, &BTreeSet<String>),
) -> Result<Commitment, Wrong> {
    let at = line(raw.expires.span().start);
    let expires = day("expires", raw.expires, &line)?;
    let starts = match raw.starts {
        Some(starts) => {
            let at = line(starts.span().start);
            let starts = day("starts", starts, &line)?;
            if starts > expires {
                let reason = format!(
                    "starts = \"{starts}\" is after expires = \"{expires}\": give the first and the last day of the term"
                );
                return Err((at, reason));
            }
            Some(starts)
        }
        None => None,
    };
    let given = |name: &str,
                 number: Option<Spanned<Number>>,
                 below: Option<Decimal>|
     -> Result<Option<(Decimal, usize)>, Wrong> {
        let Some(number) = number else { return Ok(None) };
        let at = line(number.span().start);
        let amount = number.into_inner().0;
        match below {
            _ if amount <= Decimal::ZERO => Err((at, format!("{name} is {amount}: give a number above 0"))),
            Some(below) if amount >= below => Err((at, format!("{name} is {amount}: give a number below {below}"))),
            _ => Ok(Some((amount, at))),
        }
    };
    let per_hour = given("usd_per_hour", raw.usd_per_hour, None)?;
    let cores = given("cores", raw.cores, None)?;
    let per_core = given("usd_per_core_hour", raw.usd_per_core_hour, None)?;
    let share = given("share_percent", raw.share_percent, Some(Decimal::ONE_HUNDRED + Decimal::ONE))?;
    if let Some((share, at)) = share.filter(|(share, _)| *share > Decimal::ONE_HUNDRED) {
        return Err((
            at,
            format!("share_percent is {share}: give at most 100, the share of the family's hours that is covered"),
        ));
    }
    let percent = given("percent", raw.percent, Some(Decimal::ONE_HUNDRED))?;
    if let Some(family) = &raw.family {
        known_family(family, families).map_err(|reason| (at, reason))?;
    }
    if let Some(region) = &raw.region {
        known_region(book, raw.provider, region).map_err(|reason| (at, reason))?;
    }
    let of_family = raw.family.as_ref().map_or_else(String::new, |family| format!(" on family {family}"));
    let paid = |percent: Decimal| Decimal::ONE - percent / Decimal::ONE_HUNDRED;
    let (volume, name) = match (per_hour, cores, per_core, share, percent) {
        (Some((usd, _)), None, None, None, Some((percent, _))) => {
            let volume = Volume::Spending { per_hour: MoneyPerHour::new(usd), paid: paid(percent) };
            (volume, format!("{} USD per hour at {}% off{of_family}", usd.normalize(), percent.normalize()))
        }
        (None, Some((cores, _)), Some((price, at)), None, None) if raw.family.is_some() => {
            check_core(book, raw.family.as_deref().unwrap_or_default(), price).map_err(|reason| (at, reason))?;
            let volume = Volume::Cores { cores, per_core: MoneyPerHour::new(price) };
            (volume, format!("{} cores{of_family}", cores.normalize()))
        }
        (None, None, None, Some((share, _)), Some((percent, _))) if raw.family.is_some() => {
            let volume = Volume::Share { covered: share / Decimal::ONE_HUNDRED, paid: paid(percent) };
            (volume, format!("{}% of the hours{of_family} at {}% off", share.normalize(), percent.normalize()))
        }
        _ => {
            let reason = "give usd_per_hour and percent, or family, cores and usd_per_core_hour, or family, share_percent and percent";
            return Err((at, reason.to_owned()));
        }
    };
    let place = raw.region.as_ref().map_or_else(String::new, |region| format!(" in {region}"));
    let name = format!("{name}{place}");
    let rule = format!("{path}:{at}, commitment of {name}").into();
    let (provider, family, region) = (raw.provider, raw.family, raw.region);
    Ok(Commitment { volume, provider, family, region, starts, expires, name, rule })
}

/// Reads the day of a key.
fn day(name: &str, value: Spanned<String>, line: impl Fn(usize) -> usize) -> Result<Date, Wrong> {
    let at = line(value.span().start);
    let day = value.into_inner();
    day.parse().map_err(|_| (at, format!("{name} = \"{day}\": write a day, for example \"2027-03-31\"")))
}

/// Whether the provider, or any without one, has prices in the region, and otherwise the reason with similar names.
fn known_region(book: &PriceBook, provider: Option<Provider>, region: &str) -> Result<(), String> {
    let providers = Provider::ALL.into_iter().filter(|of| provider.is_none_or(|provider| provider == *of));
    let regions: BTreeSet<&str> = providers.flat_map(|provider| book.regions(provider)).collect();
    if regions.contains(region) {
        return Ok(());
    }
    let near: Vec<String> = nearest(region, regions.into_iter()).into_iter().map(ToOwned::to_owned).collect();
    Err(format!("no price table has a region `{region}`{}", did_you_mean(&near)))
}

/// Checks the price of a committed core: it must be below the list prices of the family, and not so far below that it is
/// of another unit; no published discount reaches 90 %.
fn check_core(book: &PriceBook, family: &str, price: Decimal) -> Result<(), String> {
    let mut list: Vec<Decimal> = Vec::new();
    for provider in Provider::ALL {
        for region in book.regions(provider) {
            let sold = book.offerings(provider, region).unwrap_or_default().into_iter();
            let of_family = sold.filter(|offering| offering.instance.family(provider) == family);
            list.extend(of_family.map(|o| o.on_demand.amount() / Decimal::from(o.instance.vcpu.max(1))));
        }
    }
    let (Some(low), Some(high)) = (list.iter().min(), list.iter().max()) else { return Ok(()) };
    if price >= *high || price * Decimal::TEN < *low {
        let shown = |price: Decimal| price.round_dp(4).normalize();
        return Err(format!(
            "usd_per_core_hour is {price}, but the list prices of family {family} are {} to {} per core-hour: give the committed price of a \
             machine divided by its cores, for one hour (a price per month, divided by 730)",
            shown(*low),
            shown(*high)
        ));
    }
    Ok(())
}

//! Reads the pricing file: negotiated discounts and fixed prices, as TOML.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use toml::Spanned;

use super::{PriceBook, PricesError};
use crate::inputs::nearest::{did_you_mean, nearest};
use crate::model::nodes::Provider;
use crate::model::pricing::{Discount, DiscountScope, FixedPrice, LineKind, Pricing};
use crate::units::MoneyPerHour;

/// Maximum factor between a fixed price and the list prices of its type; beyond it, the unit is probably wrong: a
/// month has 730 hours, so a price per month is far outside, and no published discount reaches 90 %.
const FACTOR: Decimal = Decimal::TEN;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    discount: Vec<RawDiscount>,
    #[serde(default)]
    price: Vec<RawPrice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDiscount {
    kind: Option<Kind>,
    family: Option<String>,
    percent: Spanned<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPrice {
    instance_type: String,
    region: Option<String>,
    usd_per_hour: Spanned<Number>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    All,
    Node,
    Disk,
    Traffic,
    ControlPlane,
    LoadBalancer,
}

impl Kind {
    const fn scope(self) -> (DiscountScope, &'static str) {
        match self {
            Self::All => (DiscountScope::All, "everything"),
            Self::Node => (DiscountScope::Kind(LineKind::Node), "nodes"),
            Self::Disk => (DiscountScope::Kind(LineKind::Disk), "disks"),
            Self::Traffic => (DiscountScope::Kind(LineKind::Traffic), "traffic"),
            Self::ControlPlane => (DiscountScope::Kind(LineKind::ControlPlane), "the control plane"),
            Self::LoadBalancer => (DiscountScope::Kind(LineKind::LoadBalancer), "load balancers"),
        }
    }
}

/// A number with or without quotes, parsed as exactly as it was written.
struct Number(Decimal);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number, for example 12.5")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                let number = Decimal::from_str_exact(text);
                number.map(Number).map_err(|_| E::custom(format!("`{text}` is not a decimal number, for example 12.5")))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number.into()))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
                self.visit_str(&number.to_string())
            }
        }
        deserializer.deserialize_any(V)
    }
}

/// Position and reason of an invalid rule.
type Wrong = (usize, String);

/// Parses a pricing file; `book` has the list prices that the rules apply to, and `path` names the file in errors.
///
/// # Errors
/// [`PricesError::Pricing`], with the line.
pub fn parse_pricing(path: &str, text: &str, book: &PriceBook) -> Result<Pricing, PricesError> {
    let line = |offset: usize| text.get(..offset).unwrap_or(text).matches('\n').count() + 1;
    let wrong = |(line, reason): Wrong| PricesError::Pricing { path: path.to_owned(), line, reason };
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(1, |span| line(span.start));
        wrong((at, format!("{}: write [[discount]] or [[price]] as docs/usage.md shows", error.message().trim_end())))
    })?;
    let families =
        if file.discount.iter().any(|rule| rule.family.is_some()) { families(book) } else { BTreeSet::new() };
    let mut pricing = Pricing::default();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut once = |at: usize, what: String| match seen.insert(what.clone(), at) {
        Some(first) => Err((at, format!("{what} already has the rule of line {first}: remove one of the two"))),
        None => Ok(()),
    };
    for rule in file.discount {
        let at = line(rule.percent.span().start);
        let percent = rule.percent.into_inner().0;
        let (scope, what) = match (rule.kind, rule.family) {
            (Some(kind), None) => {
                let (scope, what) = kind.scope();
                (scope, what.to_owned())
            }
            (None, Some(family)) => {
                if !families.contains(&family) {
                    let near = nearest(&family, families.iter().map(String::as_str));
                    let near: Vec<String> = near.into_iter().map(ToOwned::to_owned).collect();
                    let reason = format!("no price table has an instance family `{family}`{}", did_you_mean(&near));
                    return Err(wrong((at, reason)));
                }
                let what = format!("family {family}");
                (DiscountScope::Family(family), what)
            }
            _ => {
                let reason = "give one of kind and family: kind = \"all\" is a discount on everything".to_owned();
                return Err(wrong((at, reason)));
            }
        };
        if percent <= Decimal::ZERO || percent >= Decimal::ONE_HUNDRED {
            let reason = format!(
                "a discount of {percent}%: percent must be above 0 and below 100; 20 means that 80% of the list price is paid"
            );
            return Err(wrong((at, reason)));
        }
        once(at, format!("the discount on {what}")).map_err(wrong)?;
        let rule = format!("{path}:{at}, {}% off {what}", percent.normalize()).into();
        let paid = Decimal::ONE - percent / Decimal::ONE_HUNDRED;
        pricing.discounts.insert(scope, Discount { paid, rule });
    }
    for rule in file.price {
        let at = line(rule.usd_per_hour.span().start);
        let usd = rule.usd_per_hour.into_inner().0;
        let (instance_type, region) = (rule.instance_type, rule.region);
        check_price(book, &instance_type, region.as_deref(), usd).map_err(|reason| wrong((at, reason)))?;
        let place = region.as_ref().map_or_else(String::new, |region| format!(" in {region}"));
        once(at, format!("the price of {instance_type}{place}")).map_err(wrong)?;
        let rule = format!("{path}:{at}, price of {instance_type}{place}").into();
        pricing.prices.insert((instance_type, region), FixedPrice { per_hour: MoneyPerHour::new(usd), rule });
    }
    Ok(pricing)
}

/// All instance families with a price anywhere.
fn families(book: &PriceBook) -> BTreeSet<String> {
    let mut families = BTreeSet::new();
    for provider in Provider::ALL {
        for region in book.regions(provider) {
            let offerings = book.offerings(provider, region).unwrap_or_default();
            families.extend(offerings.iter().map(|offering| offering.instance.family(provider)));
        }
    }
    families
}

/// Checks a fixed price: its type must be sold in the region, and it must be above zero and close enough to the type's
/// list prices to be per hour.
fn check_price(book: &PriceBook, name: &str, region: Option<&str>, usd: Decimal) -> Result<(), String> {
    if usd <= Decimal::ZERO {
        return Err(format!("usd_per_hour is {usd}: give a price above 0, or remove the rule to pay the list price"));
    }
    let mut sold = false;
    let mut per_core: Vec<Decimal> = Vec::new();
    let mut cores = Decimal::ONE;
    for provider in Provider::ALL {
        for (place, offering) in book.everywhere(provider, name) {
            cores = Decimal::from(offering.instance.vcpu.max(1));
            per_core.push(offering.on_demand.amount() / cores);
            sold |= region.is_none_or(|region| region == place);
        }
    }
    let (Some(low), Some(high)) = (per_core.iter().min(), per_core.iter().max()) else {
        let all: BTreeSet<&str> = Provider::ALL.into_iter().flat_map(|provider| book.type_names(provider)).collect();
        let near: Vec<String> = nearest(name, all.into_iter()).into_iter().map(ToOwned::to_owned).collect();
        return Err(format!(
            "no price table has an instance type `{name}`{}; give a type of your own with --prices FILE",
            did_you_mean(&near)
        ));
    };
    if !sold {
        return Err(format!(
            "{name} has no list price in region `{}`: correct the region or remove it",
            region.unwrap_or("")
        ));
    }
    let asked = usd / cores;
    if asked * FACTOR < *low || asked > *high * FACTOR {
        let shown = |price: Decimal| price.round_dp(4).normalize();
        return Err(format!(
            "usd_per_hour = {usd} is {} USD per core-hour, but the list prices of {name} are {} to {}: give the price of one machine \
             for one hour (a price per month, divided by 730)",
            shown(asked),
            shown(*low),
            shown(*high)
        ));
    }
    Ok(())
}

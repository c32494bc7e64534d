//! Reads the pricing file: negotiated discounts, fixed prices and commitments, as TOML.

mod commitment;
mod number;
mod price;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;

use commitment::RawCommitment;
use number::Number;
use price::RawPrice;

use super::{PriceBook, PricesError};
use crate::inputs::nearest::{did_you_mean, nearest};
use crate::model::nodes::Provider;
use crate::model::pricing::{Discount, DiscountScope, FixedPrice, LineKind, Pricing};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    discount: Vec<RawDiscount>,
    #[serde(default)]
    price: Vec<Spanned<RawPrice>>,
    #[serde(default)]
    commitment: Vec<RawCommitment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDiscount {
    kind: Option<Kind>,
    family: Option<String>,
    percent: Spanned<Number>,
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
        wrong((
            at,
            format!(
                "{}: write [[discount]], [[price]] or [[commitment]] as docs/usage.md shows",
                error.message().trim_end()
            ),
        ))
    })?;
    let has_family = file.discount.iter().any(|rule| rule.family.is_some()) || !file.commitment.is_empty();
    let families = if has_family { families(book) } else { BTreeSet::new() };
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
                known_family(&family, &families).map_err(|reason| wrong((at, reason)))?;
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
        let read = price::read(rule, line, book).map_err(wrong)?;
        once(read.line, format!("the {}", read.what)).map_err(wrong)?;
        let rule = format!("{path}:{}, {}", read.line, read.what).into();
        pricing.prices.insert(read.scope, Arc::new(FixedPrice { rate: read.rate, upkeep: read.upkeep, rule }));
    }
    for raw in file.commitment {
        pricing.commitments.push(commitment::read(path, raw, line, (book, &families)).map_err(wrong)?);
    }
    Ok(pricing)
}

/// Whether any price table has the family, and otherwise the reason with similar names.
fn known_family(family: &str, families: &BTreeSet<String>) -> Result<(), String> {
    if families.contains(family) {
        return Ok(());
    }
    let near = nearest(family, families.iter().map(String::as_str));
    let near: Vec<String> = near.into_iter().map(ToOwned::to_owned).collect();
    Err(format!("no price table has an instance family `{family}`{}", did_you_mean(&near)))
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

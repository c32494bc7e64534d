//! Fixed prices of a pricing file: by instance type, node, label or provider, per machine or per unit of its resources.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;

use super::{Number, PriceBook, Wrong};
use crate::inputs::nearest::{did_you_mean, nearest};
use crate::model::nodes::{InstanceType, Provider};
use crate::model::pricing::{Billed, PriceScope, Rate, UnitRates, is_implausible};
use crate::units::{Hours, MoneyPerHour};

/// Maximum factor between a fixed price and the list prices of its type; beyond it, the unit is probably wrong: a
/// month has 730 hours, so a price per month is far outside, and no published discount reaches 90 %.
const FACTOR: Decimal = Decimal::TEN;

/// Maximum power of a node in kilowatts: servers with eight accelerators draw up to 15, so a larger number is in watts.
const MAX_KW: Decimal = Decimal::from_parts(30, 0, 0, false, 0);

/// Maximum price of a kilowatt-hour in US dollars: even the highest tariffs are below 1, so a larger number is in cents.
const MAX_USD_PER_KWH: Decimal = Decimal::TWO;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPrice {
    node: Option<String>,
    label: Option<String>,
    instance_type: Option<String>,
    region: Option<String>,
    provider: Option<Provider>,
    usd_per_hour: Option<Spanned<Number>>,
    usd_per_node_month: Option<Spanned<Number>>,
    usd_per_core_hour: Option<Spanned<Number>>,
    usd_per_gib_hour: Option<Spanned<Number>>,
    usd_per_gpu_hour: Option<Spanned<Number>>,
    kw: Option<Spanned<Number>>,
    usd_per_kwh: Option<Spanned<Number>>,
    space_usd_per_month: Option<Spanned<Number>>,
}

/// A valid rule.
pub(super) struct Read {
    /// Line of the price.
    pub(super) line: usize,
    pub(super) scope: PriceScope,
    /// What has this price, for messages.
    pub(super) what: String,
    pub(super) rate: Rate,
    pub(super) upkeep: MoneyPerHour,
}

/// A number above zero with its line.
#[derive(Clone, Copy)]
struct Given {
    amount: Decimal,
    line: usize,
}

/// Checks a rule; `line` gives the line of a position in the file.
pub(super) fn read(rule: Spanned<RawPrice>, line: impl Fn(usize) -> usize, book: &PriceBook) -> Result<Read, Wrong> {
    let start = line(rule.span().start);
    let rule = rule.into_inner();
    let given = |name: &str, number: Option<Spanned<Number>>| -> Result<Option<Given>, Wrong> {
        let Some(number) = number else { return Ok(None) };
        let line = line(number.span().start);
        let amount = number.into_inner().0;
        match amount > Decimal::ZERO {
            true => Ok(Some(Given { amount, line })),
            false => Err((
                line,
                format!("{name} is {amount}: give a price above 0, or remove the rule to pay the list price"),
            )),
        }
    };
    let hour = given("usd_per_hour", rule.usd_per_hour)?;
    let month = given("usd_per_node_month", rule.usd_per_node_month)?;
    let core = given("usd_per_core_hour", rule.usd_per_core_hour)?;
    let gib = given("usd_per_gib_hour", rule.usd_per_gib_hour)?;
    let gpu = given("usd_per_gpu_hour", rule.usd_per_gpu_hour)?;
    let (at, rate) = match (hour, month, core, gib, gpu) {
        (Some(hour), None, None, None, None) => (hour.line, Rate::Machine(MoneyPerHour::new(hour.amount))),
        (None, Some(month), None, None, None) => {
            (month.line, Rate::Machine(MoneyPerHour::new(month.amount / Hours::MONTH.amount())))
        }
        (None, None, Some(core), Some(gib), gpu) => (core.line, Rate::Units(units(core, gib, gpu)?)),
        _ => {
            let reason = "give one of usd_per_hour, usd_per_node_month, or usd_per_core_hour with usd_per_gib_hour (and usd_per_gpu_hour for \
                          machines with accelerators)";
            return Err((start, reason.to_owned()));
        }
    };
    let power = (given("kw", rule.kw)?, given("usd_per_kwh", rule.usd_per_kwh)?);
    let upkeep = upkeep(power, given("space_usd_per_month", rule.space_usd_per_month)?)?;
    let refuse = |reason: String| (at, reason);
    let (scope, what) = match (rule.node, rule.label, rule.instance_type, rule.provider) {
        (Some(node), None, None, None) if rule.region.is_none() => {
            (PriceScope::Node(node.clone()), format!("price of node {node}"))
        }
        (None, Some(label), None, None) if rule.region.is_none() => {
            let Some((key, value)) = label.split_once('=').filter(|(key, _)| !key.trim().is_empty()) else {
                return Err(refuse(format!("label `{label}`: write KEY=VALUE, for example pool=batch")));
            };
            let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
            let what = format!("price of nodes with label {key}={value}");
            (PriceScope::Label(key, value), what)
        }
        (None, None, None, Some(provider)) if rule.region.is_none() => {
            (PriceScope::Provider(provider), format!("price of {provider} nodes without another price"))
        }
        (None, None, Some(instance_type), None) => {
            check_type(book, &instance_type, rule.region.as_deref(), rate).map_err(refuse)?;
            let place = rule.region.as_ref().map_or_else(String::new, |region| format!(" in {region}"));
            let what = format!("price of {instance_type}{place}");
            (PriceScope::Type(instance_type, rule.region), what)
        }
        _ => {
            let reason =
                "give one of node, label, instance_type and provider; region is only possible with instance_type";
            return Err(refuse(reason.to_owned()));
        }
    };
    Ok(Read { line: at, scope, what, rate, upkeep })
}

/// Rates per unit, each of which must be close enough to what is usual to be per hour.
fn units(core: Given, gib: Given, gpu: Option<Given>) -> Result<UnitRates, Wrong> {
    let one = |cores: u32, gib: u32, gpus: u64| Billed { cores: cores.into(), gib: gib.into(), gpus };
    let check = |name: &str, given: Given, unit: Billed| {
        let usual = unit.usual().amount();
        match is_implausible(given.amount, usual) {
            true => Err((
                given.line,
                format!(
                    "{name} = {} is far from the usual {usual}: give the price of one unit for one hour (a price per month, divided by 730)",
                    given.amount
                ),
            )),
            false => Ok(MoneyPerHour::new(given.amount)),
        }
    };
    Ok(UnitRates {
        core: check("usd_per_core_hour", core, one(1, 0, 0))?,
        gib: check("usd_per_gib_hour", gib, one(0, 1, 0))?,
        gpu: gpu.map(|gpu| check("usd_per_gpu_hour", gpu, one(0, 0, 1))).transpose()?,
    })
}

/// What power and space cost per hour. Space is billed per month of 730 hours.
fn upkeep((kw, per_kwh): (Option<Given>, Option<Given>), space: Option<Given>) -> Result<MoneyPerHour, Wrong> {
    let power = match (kw, per_kwh) {
        (None, None) => Decimal::ZERO,
        (Some(Given { amount, line }), Some(_)) if amount > MAX_KW => {
            return Err((
                line,
                format!("kw = {amount}: give the power of one node in kilowatts, at most {MAX_KW} (350 W is 0.35)"),
            ));
        }
        (Some(_), Some(Given { amount, line })) if amount > MAX_USD_PER_KWH => {
            return Err((
                line,
                format!(
                    "usd_per_kwh = {amount}: give the price in US dollars, at most {MAX_USD_PER_KWH} (12 cents are 0.12)"
                ),
            ));
        }
        (Some(kw), Some(price)) => kw.amount * price.amount,
        (Some(one), None) | (None, Some(one)) => {
            return Err((one.line, "give both kw and usd_per_kwh: power costs their product per hour".to_owned()));
        }
    };
    let space = space.map_or(Decimal::ZERO, |space| space.amount / Hours::MONTH.amount());
    Ok(MoneyPerHour::new(power + space))
}

/// Checks the price of an instance type: the type must be sold in the region, and the price must be close enough to its
/// list prices to be per hour.
fn check_type(book: &PriceBook, name: &str, region: Option<&str>, rate: Rate) -> Result<(), String> {
    let mut sold = false;
    let mut per_core: Vec<Decimal> = Vec::new();
    let mut machine: Option<InstanceType> = None;
    for provider in Provider::ALL {
        for (place, offering) in book.everywhere(provider, name) {
            per_core.push(offering.on_demand.amount() / Decimal::from(offering.instance.vcpu.max(1)));
            sold |= region.is_none_or(|region| region == place);
            machine = Some(offering.instance);
        }
    }
    let (Some(low), Some(high), Some(machine)) = (per_core.iter().min(), per_core.iter().max(), machine) else {
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
    let Rate::Machine(price) = rate else { return Ok(()) };
    let asked = price.amount() / Decimal::from(machine.vcpu.max(1));
    if asked * FACTOR < *low || asked > *high * FACTOR {
        let shown = |price: Decimal| price.round_dp(4).normalize();
        return Err(format!(
            "{} USD per hour is {} USD per core-hour, but the list prices of {name} are {} to {}: give the price of one machine for one \
             hour with usd_per_hour, or for a month of 730 hours with usd_per_node_month",
            price.amount().round_dp(6).normalize(),
            shown(asked),
            shown(*low),
            shown(*high)
        ));
    }
    Ok(())
}

//! How commitments are applied.

use proptest::prelude::*;

use super::*;

fn dollars(text: &str) -> MoneyPerHour {
    MoneyPerHour::new(text.parse().unwrap())
}

fn sold(name: &str, cores: u32, list: &str) -> Sold {
    Sold {
        provider: Provider::Aws,
        region: "us-east-1".to_owned(),
        name: name.to_owned(),
        family: name.split('.').next().unwrap().to_owned(),
        cores: cores.into(),
        list: dollars(list),
        paid: dollars(list),
    }
}

fn commitment(volume: Volume, family: Option<&str>) -> Commitment {
    Commitment {
        volume,
        provider: None,
        family: family.map(str::to_owned),
        region: None,
        starts: None,
        expires: Date::constant(2027, 3, 31),
        name: "c".to_owned(),
        rule: format!("p.toml:1, {volume:?}").into(),
    }
}

fn spending(per_hour: &str, paid: &str) -> Commitment {
    commitment(Volume::Spending { per_hour: dollars(per_hour), paid: paid.parse().unwrap() }, None)
}

fn slice(hours: u32, machine_hours: &[u32]) -> Slice {
    Slice {
        day: Date::constant(2026, 11, 28),
        hours: Hours::from_hours(hours),
        machine_hours: machine_hours.iter().map(|hours| (*hours).into()).collect(),
    }
}

fn savings(covered: &Covered) -> Vec<String> {
    covered.savings.iter().map(|saving| saving.amount.amount().normalize().to_string()).collect()
}

fn unused(covered: &Covered) -> Vec<String> {
    covered.unused.iter().map(|line| line.cost.unwrap().amount().normalize().to_string()).collect()
}

#[test]
fn spending_covers_the_most_expensive_machines_first_and_the_rest_of_it_is_unused() {
    let machines = [sold("a.small", 2, "1"), sold("a.large", 8, "4")];
    // At half the price, 3 dollars an hour cover one large machine (2) and one small machine (0.5).
    let covered = cover(&[spending("3", "0.5")], &machines, &[slice(10, &[10, 10])]);
    assert_eq!(savings(&covered), ["5", "20"]);
    assert_eq!(unused(&covered), ["5"]);
    // 1 dollar an hour covers half of the large machine's hours.
    let covered = cover(&[spending("1", "0.5")], &machines, &[slice(10, &[10, 10])]);
    assert_eq!(savings(&covered), ["0", "10"]);
    assert!(covered.unused.is_empty());
}

#[test]
fn the_greatest_saving_per_dollar_is_taken_first() {
    let mut discounted = sold("a.large", 8, "4");
    discounted.paid = dollars("3");
    let machines = [discounted, sold("a.small", 2, "1")];
    // The large machine saves 1 for 2 committed dollars, the small one 0.5 for 0.5.
    let covered = cover(&[spending("0.5", "0.5")], &machines, &[slice(1, &[1, 1])]);
    assert_eq!(savings(&covered), ["0", "0.5"]);
}

#[test]
fn reserved_cores_come_before_spending_and_only_cover_their_family() {
    let machines = [sold("a.large", 8, "4"), sold("b.large", 8, "4")];
    let cores = commitment(Volume::Cores { cores: 16.into(), per_core: dollars("0.3") }, Some("a"));
    let covered = cover(&[spending("2", "0.5"), cores], &machines, &[slice(1, &[1, 1])]);
    // 8 of 16 cores are used, at 2.4 instead of 4; the spending has only the other family left.
    assert_eq!(savings(&covered), ["1.6", "2"]);
    assert_eq!(unused(&covered), ["2.4"]);
}

#[test]
fn a_share_covers_that_part_of_every_machine() {
    let machines = [sold("a.large", 8, "4")];
    let share = Volume::Share { covered: "0.25".parse().unwrap(), paid: "0.6".parse().unwrap() };
    let covered = cover(&[commitment(share, Some("a"))], &machines, &[slice(10, &[40])]);
    assert_eq!(savings(&covered), ["16"]);
    assert!(covered.unused.is_empty());
}

/// An hour without machines leaves the commitment unused even if another hour has more than enough.
#[test]
fn every_hour_is_covered_by_itself() {
    let machines = [sold("a.large", 8, "4")];
    let covered = cover(&[spending("2", "0.5")], &machines, &[slice(1, &[2]), slice(1, &[0])]);
    assert_eq!(savings(&covered), ["2"]);
    assert_eq!(unused(&covered), ["2"]);
}

#[test]
fn an_expired_commitment_is_not_applied_and_is_a_finding() {
    let machines = [sold("a.large", 8, "4")];
    let plan = spending("2", "0.5");
    let of = |day: Date| Slice { day, ..slice(1, &[1]) };
    let last = cover(std::slice::from_ref(&plan), &machines, &[of(plan.expires)]);
    assert_eq!(savings(&last), ["2"]);
    let after = cover(std::slice::from_ref(&plan), &machines, &[of(plan.expires.tomorrow().unwrap())]);
    assert_eq!((savings(&after), after.unused.len()), (vec!["0".to_owned()], 0));
    let code = |day: &str| {
        let found = about_term(std::slice::from_ref(&plan), day.parse().unwrap());
        found.first().map(|finding| finding.code)
    };
    assert_eq!(code("2027-01-31"), None);
    assert_eq!(code("2027-02-01"), Some(Code::CommitmentExpires));
    assert_eq!(code("2027-03-31"), Some(Code::CommitmentExpires));
    assert_eq!(code("2027-04-01"), Some(Code::CommitmentExpired));
}

#[test]
fn a_commitment_that_saves_nothing_is_unused() {
    let mut machine = sold("a.large", 8, "4");
    machine.paid = dollars("2");
    let plan = spending("2", "0.5");
    let covered = cover(std::slice::from_ref(&plan), &[machine], &[slice(1, &[1])]);
    assert_eq!((savings(&covered), unused(&covered)), (vec!["0".to_owned()], vec!["2".to_owned()]));
    let found = about_unused(&[plan], &covered.unused, "USD");
    assert!(found[0].message.starts_with("2.00 USD of 2.00 are not used (100%)"), "{found:?}");
}

proptest! {
    /// What is paid is what the committed hours cost, used or not, plus the other hours: nothing is lost or paid twice.
    #[test]
    fn the_commitment_is_paid_exactly_once(
        counts in proptest::collection::vec((1_u32..64, 1_u32..500, 0_u32..50), 1..6),
        per_hour in 1_u32..2000,
        percent in 1_u32..99,
    ) {
        let machines: Vec<Sold> = counts
            .iter()
            .enumerate()
            .map(|(at, (cores, cents, _))| sold(&format!("f{at}.x"), *cores, &Decimal::new((*cents).into(), 2).to_string()))
            .collect();
        let hours: Vec<u32> = counts.iter().map(|(.., hours)| *hours).collect();
        let paid = Decimal::ONE - Decimal::from(percent) / Decimal::ONE_HUNDRED;
        let committed = Decimal::new(per_hour.into(), 2);
        let plan = commitment(Volume::Spending { per_hour: MoneyPerHour::new(committed), paid }, None);
        let covered = cover(&[plan], &machines, &[slice(1, &hours)]);
        let list: Decimal = machines.iter().zip(&hours).map(|(m, h)| m.list.amount() * Decimal::from(*h)).sum();
        let saved: Decimal = covered.savings.iter().map(|saving| saving.amount.amount()).sum();
        let unused: Decimal = covered.unused.iter().map(|line| line.cost.unwrap().amount()).sum();
        // Used committed dollars are worth 1 / paid at list prices.
        let used = committed - unused;
        let close = |a: Decimal, b: Decimal| (a - b).abs() < Decimal::new(1, 12);
        prop_assert!(close(saved, used / paid - used), "{} {}", saved, used);
        prop_assert!(unused >= Decimal::ZERO && saved <= list);
        prop_assert!(unused.is_zero() || close(saved, list * (Decimal::ONE - paid)));
    }
}

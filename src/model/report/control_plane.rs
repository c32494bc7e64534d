//! The control plane, and what it costs more once its version is past standard support.

use std::collections::BTreeSet;

use super::ReportInput;
use super::beside::{Lines, add, provider};
use super::ledger::Ledger;
use super::span::Moment;
use crate::model::{ControlPlane, Distribution, Finding, MinorVersion};
use crate::units::{Date, Hours};

/// Of the hours of a moment those after standard support, which is over from the beginning of this day in UTC.
fn hours_after(end: Date, moment: &Moment<'_>) -> Hours {
    let Ok(first) = end.to_zoned(jiff::tz::TimeZone::UTC) else { return Hours::default() };
    match moment.before {
        Some(_) => moment.hours_since(Some(first.timestamp())),
        None if moment.snapshot.taken_at >= first.timestamp() => moment.hours,
        None => Hours::default(),
    }
}

/// Puts the control plane of a moment into the ledger, for everyone.
pub(super) fn control_plane(
    input: &ReportInput,
    moment: &Moment<'_>,
    (ledger, lines, findings): (&mut Ledger, &mut Lines, &mut BTreeSet<Finding>),
) {
    let snapshot = moment.snapshot;
    let Some((provider, prices)) = provider(snapshot).and_then(|p| Some((p, input.services.get(&p)?))) else { return };
    let plane = &prices.control_plane;
    if snapshot.managed_by() != Some(Distribution::of(provider)) {
        let message = "no version, label or name of a node says that the provider runs the control plane: it is taken to run \
                       on the cluster's own machines, and no fee for it is in the cost";
        findings.insert(Finding::info("control-plane-own", &plane.name, message));
        return;
    }
    if plane.free_tier {
        let message =
            format!("the control plane is taken to be of the paid tier, {}; there is one at no cost", plane.name);
        findings.insert(Finding::info("control-plane-tier-assumed", &plane.name, message));
    }
    let version = snapshot.cluster.server_version.as_deref().unwrap_or_default();
    let minor = version.parse::<MinorVersion>().ok();
    let end = minor.and_then(|minor| plane.support.ends.get(&minor).copied());
    let after = end.map_or_else(Hours::default, |end| hours_after(end, moment));
    findings.extend(about_support(plane, minor, end.filter(|_| after > Hours::default())));
    let name = format!("control plane, {}", plane.name);
    let later = format!("{name}, {} of {version}", plane.support.name);
    let mut charge = |name: String, price: crate::units::MoneyPerHour, hours: Hours| {
        if hours > Hours::default() {
            ledger.shared = ledger.shared + price * hours;
            add(lines, name, "hour", hours.amount(), Some((price.amount(), &plane.note)));
        }
    };
    match plane.extended_support {
        Some(dearer) => {
            charge(name, plane.price, Hours::of(moment.hours.amount() - after.amount()));
            charge(later, dearer, after);
        }
        // What is asked on top of the price is not known.
        None => {
            charge(name, plane.price, moment.hours);
            if after > Hours::default() {
                add(lines, later, "hour", after.amount(), None);
            }
        }
    }
}

/// What a reader must know of a version whose support is over, or of which that is not known.
fn about_support(plane: &ControlPlane, minor: Option<MinorVersion>, over: Option<Date>) -> Option<Finding> {
    let ControlPlane { name, support, extended_support, .. } = plane;
    match (minor, over) {
        (Some(minor), Some(end)) => match extended_support {
            Some(dearer) => {
                let message = format!(
                    "standard support of {minor} ended on {end}: an hour costs {} USD instead of {}; an upgrade ends that",
                    dearer.amount().normalize(),
                    plane.price.amount().normalize()
                );
                Some(Finding::info("extended-support", name, message))
            }
            None => {
                let message = format!(
                    "standard support of {minor} ended on {end} ({}): {} costs more, by an amount that is not known here \
                     and not in the cost; an upgrade ends that",
                    support.source, support.name
                );
                Some(Finding::warning("extended-support-unpriced", name, message))
            }
        },
        (Some(minor), None) if support.ends.contains_key(&minor) => None,
        (minor, _) => {
            let version = minor.map_or_else(|| "this cluster's version".to_owned(), |minor| minor.to_string());
            let message = format!(
                "when standard support of {version} ends is not known here (dates of {}, {}): the standard price is taken, \
                 and {} would cost more",
                support.read, support.source, support.name
            );
            Some(Finding::warning("support-unknown", name, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cluster::{ClusterId, Snapshot};
    use crate::model::usage::Period;

    /// AWS: "Billing for extended support starts at the beginning of the day that the version reaches end of standard
    /// support, in the UTC+0 timezone" (<https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html>).
    #[test]
    fn extended_support_starts_with_the_day_that_standard_support_ends() {
        let hours = |end: &str, taken_at: &str, before: Option<(&str, &str)>| {
            let snapshot = Snapshot::new(taken_at.parse().unwrap(), ClusterId::default());
            let before = before.map(|(start, end)| Period::new(start.parse().unwrap(), end.parse().unwrap()).unwrap());
            let hours = Hours::from_hours(744);
            let moment = Moment { snapshot: &snapshot, hours, before };
            hours_after(end.parse().unwrap(), &moment).amount().normalize().to_string()
        };
        assert_eq!(hours("2025-03-23", "2025-03-23T00:00:00Z", None), "744");
        assert_eq!(hours("2025-03-23", "2025-03-22T23:59:59Z", None), "0");
        // Support of 1.33 ends on the 29th of July: of that month three days cost more, whenever it is told.
        let july = Some(("2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z"));
        assert_eq!(hours("2026-07-29", "2026-08-01T06:00:00Z", july), "72");
    }
}

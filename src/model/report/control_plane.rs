//! The control plane, and its surcharge once the version is past standard support.

use super::ReportInput;
use super::books::Books;
use super::services::provider;
use super::span::Moment;
use crate::model::billed::ResourceKind;
use crate::model::finding::{Code, Finding};
use crate::model::nodes::Distribution;
use crate::model::pricing::{ControlPlane, MinorVersion};
use crate::units::{Currency, Date, Hours};

/// The hours of a moment after the end of standard support, which ends at the start of this day in UTC.
fn hours_after(end: Date, moment: &Moment<'_>) -> Hours {
    let Ok(first) = end.to_zoned(jiff::tz::TimeZone::UTC) else { return Hours::default() };
    match moment.before {
        Some(_) => moment.hours_since(Some(first.timestamp())),
        None if moment.snapshot.taken_at >= first.timestamp() => moment.hours,
        None => Hours::default(),
    }
}

/// Adds the control plane of a moment to the shared cost.
pub(super) fn control_plane(input: &ReportInput, moment: &Moment<'_>, books: &mut Books) {
    let snapshot = moment.snapshot;
    let Some((provider, prices)) = provider(snapshot).and_then(|p| Some((p, input.services.get(&p)?))) else { return };
    let plane = &prices.control_plane;
    if snapshot.managed_by() != Some(Distribution::of(provider)) {
        let message = "nothing indicates a managed control plane, so it is assumed to run on the cluster's own nodes and no fee is included";
        books.inform(Code::ControlPlaneSelfManaged, &plane.name, message);
        return;
    }
    if plane.free_tier {
        let message =
            format!("the control plane is assumed to be the paid tier, {}; there is also a free one", plane.name);
        books.inform(Code::ControlPlaneTierAssumed, &plane.name, message);
    }
    let version = snapshot.cluster.server_version.as_deref().unwrap_or_default();
    let minor = version.parse::<MinorVersion>().ok();
    let end = minor.and_then(|minor| plane.support.ends.get(&minor).copied());
    let after = end.map_or_else(Hours::default, |end| hours_after(end, moment));
    books.findings.extend(about_support(plane, minor, end.filter(|_| after > Hours::default()), input.currency));
    let name = format!("control plane, {}", plane.name);
    let later = format!("{name}, {} of {version}", plane.support.name);
    let mut charge = |name: String, price: crate::units::MoneyPerHour, hours: Hours| {
        if hours > Hours::default() {
            books.ledger.shared = books.ledger.shared + price * hours;
            books.add_line(
                ResourceKind::ControlPlane,
                name,
                "hour",
                hours.amount(),
                Some((price.amount(), &plane.note)),
            );
        }
    };
    match plane.extended_support {
        Some(later_price) => {
            charge(name, plane.price, Hours::of(moment.hours.amount() - after.amount()));
            charge(later, later_price, after);
            let costs_more = after > Hours::default() && later_price > plane.price;
            books.support_surcharge = costs_more.then(|| later_price * Hours::MONTH - plane.price * Hours::MONTH);
        }
        // The amount of the surcharge is unknown.
        None => {
            charge(name, plane.price, moment.hours);
            if after > Hours::default() {
                books.add_line(ResourceKind::ControlPlane, later, "hour", after.amount(), None);
            }
        }
    }
}

/// Finding about a version whose standard support has ended or whose end of support is unknown.
fn about_support(
    plane: &ControlPlane,
    minor: Option<MinorVersion>,
    over: Option<Date>,
    currency: Currency,
) -> Option<Finding> {
    let ControlPlane { name, support, extended_support, .. } = plane;
    match (minor, over) {
        (Some(minor), Some(end)) => match extended_support {
            Some(later_price) => {
                let message = format!(
                    "standard support of {minor} ended on {end}: the control plane costs {} {currency} per hour instead of {}; upgrade to avoid it",
                    later_price.amount().normalize(),
                    plane.price.amount().normalize()
                );
                Some(Finding::info(Code::ExtendedSupport, name, message))
            }
            None => {
                let message = format!(
                    "standard support of {minor} ended on {end} ({}): {} costs more, by an unknown amount that is not included; upgrade to avoid \
                     it",
                    support.source, support.name
                );
                Some(Finding::warning(Code::ExtendedSupportUnpriced, name, message))
            }
        },
        (Some(minor), None) if support.ends.contains_key(&minor) => None,
        (minor, _) => {
            let version = minor.map_or_else(|| "this cluster's version".to_owned(), |minor| minor.to_string());
            let message = format!(
                "the end of standard support of {version} is unknown (dates of {}, {}): the standard price is used, but {} would cost more",
                support.read, support.source, support.name
            );
            Some(Finding::warning(Code::SupportEndUnknown, name, message))
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
    fn extended_support_starts_on_the_day_on_which_standard_support_ends() {
        let hours = |end: &str, taken_at: &str, before: Option<(&str, &str)>| {
            let snapshot = Snapshot::new(taken_at.parse().unwrap(), ClusterId::default());
            let before = before.map(|(start, end)| Period::new(start.parse().unwrap(), end.parse().unwrap()).unwrap());
            let hours = Hours::from_hours(744);
            let moment = Moment { snapshot: &snapshot, hours, before };
            hours_after(end.parse().unwrap(), &moment).amount().normalize().to_string()
        };
        assert_eq!(hours("2025-03-23", "2025-03-23T00:00:00Z", None), "744");
        assert_eq!(hours("2025-03-23", "2025-03-22T23:59:59Z", None), "0");
        // Standard support of 1.33 ends on 29 July: three days of that month cost more, whenever the report is made.
        let july = Some(("2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z"));
        assert_eq!(hours("2026-07-29", "2026-08-01T06:00:00Z", july), "72");
    }
}

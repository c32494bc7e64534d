//! `capmodel stored`.

use super::{Failure, Outcome, deliver};
use crate::delivery::{LatestReport, Store, Target, Volume, latest_reports, read_report};
use crate::inputs::files::parse_month_report;
use crate::model::stored::{MonthReport, fleet};
use crate::outputs::{self, StoredDetail};
use crate::settings::StoredSettings;
use crate::units::Month;

/// Reads the reports of the months that are shown and of the month before, and adds them up.
pub(super) fn run(settings: &StoredSettings) -> Result<Outcome, Failure> {
    let StoredSettings { month, months, .. } = *settings;
    let shown = months.unwrap_or(1);
    let first = (1..shown.max(2)).fold(month, |month, _| month.previous());
    let mut reports = Vec::new();
    let mut stored = Vec::new();
    for place in &settings.places {
        read(place, (first, month), settings, &mut reports, &mut stored)?;
    }
    if !stored.contains(&month) {
        return Err(Failure::Value(nothing(settings, &stored)));
    }
    let fleet = fleet(reports, month, shown, settings.budget).map_err(|refusal| Failure::Value(refusal.to_string()))?;
    let detail = StoredDetail { rows: settings.rows, by_month: months.is_some() };
    deliver(outputs::stored(&fleet, detail, settings.output.layout)?, 0, &settings.output)
}

/// Reads the reports of one place from the first to the last month; `stored` are the months of all its reports.
fn read(
    place: &Target,
    (first, last): (Month, Month),
    settings: &StoredSettings,
    reports: &mut Vec<MonthReport>,
    stored: &mut Vec<Month>,
) -> Result<(), Failure> {
    let Some(store) = open(place, settings)? else { return Ok(()) };
    let root = place.to_string();
    let root = root.trim_end_matches('/');
    for LatestReport { month, path } in latest_reports(&*store)? {
        stored.push(month);
        if (first..=last).contains(&month) {
            let bytes = read_report(&*store, &path, root)?;
            reports.push(parse_month_report(&format!("{root}/{path}"), month, &bytes)?);
        }
    }
    Ok(())
}

/// The store; `None` for a target that stores nothing, which the settings refuse.
fn open(
    place: &Target,
    #[cfg_attr(not(feature = "buckets"), expect(unused_variables, reason = "for buckets"))] settings: &StoredSettings,
) -> Result<Option<Box<dyn Store>>, Failure> {
    Ok(match place {
        Target::Volume(root) => Some(Box::new(Volume::new(root))),
        #[cfg(feature = "buckets")]
        Target::Bucket(bucket) => {
            let bucket = crate::delivery::Bucket::open(bucket, crate::delivery::RETRY, &settings.proxies)?;
            Some(Box::new(bucket))
        }
        #[cfg(feature = "live")]
        Target::Webhook(_) | Target::Pushgateway(_) => None,
    })
}

/// Why nothing can be shown.
fn nothing(settings: &StoredSettings, stored: &[Month]) -> String {
    let places: Vec<String> = settings.places.iter().map(ToString::to_string).collect();
    let (places, month) = (places.join(", "), settings.month);
    match (stored.iter().min(), stored.iter().max()) {
        (Some(first), Some(last)) => format!(
            "no report of {month} is stored in {places}, which has reports from {first} to {last}: give one of these with \
             --month"
        ),
        _ => format!(
            "no report is stored in {places}: expected cluster=NAME/month=YYYY-MM/report.json, as capmodel report \
             --deliver writes it"
        ),
    }
}

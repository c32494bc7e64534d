//! Forecasts of running services for the next month, and the back-test of such forecasts.

use super::ReportDetail;
use super::tables::{more, ordered, shown};
use crate::model::forecast::Evaluated;
use crate::model::report::Report;
use crate::model::styles::{BackTest, CountedIn, RunningService, Score, ServiceForecast};
use crate::outputs::document::Table;
use crate::outputs::forecast::signed_percent;
use crate::outputs::number::{count, money, plural, significant, unknown};
use crate::units::{Money, Timestamp};

/// The table of forecasts; `None` if there is none for any service.
pub(super) fn forecasts(report: &Report, detail: ReportDetail) -> Option<Table> {
    let known = report.running_services.iter().enumerate().filter(|(_, service)| service.demand.is_ok());
    let known = known.filter_map(|(index, service)| Some((service, service.forecast.as_ref().ok()?, index)));
    let known: Vec<ForecastRow<'_>> = known.collect();
    let month = known.first()?.1.month;
    let cost = |(_, ahead, _): &ForecastRow<'_>| ahead.cost.map(|cost| cost.mid);
    let known = ordered(known, detail.order, |(service, ..)| service.id.to_string(), cost);
    let head = [format!("service, {month}"), "req/s".to_owned(), "90% interval".to_owned(), "pods".to_owned()];
    let head = head.into_iter().chain([report.currency.code(), "90% interval"].map(str::to_owned));
    let mut table = Table::new(head).with_dropped(&[2, 3]).titled(&format!("Forecast for {month}")).sortable();
    let (first, rest) = shown(&known, detail);
    for (service, ahead, index) in first {
        let demand = |value: f64| match ahead.counted_in {
            CountedIn::Requests => significant(value, 3),
            CountedIn::Cores => format!("{} cores", significant(value, 3)),
        };
        let range = |low: String, high: String| format!("{low} to {high}");
        table.row_at(
            format!("$.running_services[{index}].forecast"),
            [
                format!("{}/{}", service.id.namespace, service.id.name),
                demand(ahead.busy.mid()),
                range(demand(ahead.busy.low()), demand(ahead.busy.high())),
                count(ahead.pods[1]),
                ahead.cost.map_or_else(unknown, |cost| money(cost.mid)),
                ahead.cost.map_or_else(unknown, |cost| range(money(cost.low), money(cost.high))),
            ],
        );
    }
    if !rest.is_empty() {
        let sum: Money = rest.iter().filter_map(cost).sum();
        table.sum([more(rest.len()), String::new(), String::new(), String::new(), money(sum)]);
    }
    Some(table)
}

/// A service with a forecast, and its index among all services.
type ForecastRow<'a> = (&'a RunningService, &'a ServiceForecast, usize);

/// The back-test in one line.
pub(super) fn about_back_test(test: &BackTest) -> String {
    let day = |second: i64| {
        Timestamp::from_second(second).map_or_else(|_| unknown(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
    };
    let scores = test.scores().into_iter().filter_map(|(what, score)| Some(scored(what, &score?)));
    let parts: Vec<String> = scores.chain(test.nodes.as_ref().and_then(nodes)).collect();
    format!(
        "Back-test: trained until {}, predicted until {} UTC (median error, error of the sum, share within the 90% interval): {}.",
        day(test.trained_until),
        day(test.predicted_until),
        parts.join("; ")
    )
}

fn scored(what: &str, score: &Score) -> String {
    let Score { services, median_error, bias, interval_held } = *score;
    let services = plural(u64::try_from(services).unwrap_or(u64::MAX), "service", "services");
    let whole = |share: f64| format!("{:.0}%", share * 100.0);
    format!("{what} of {services} {}, {}, {}", whole(median_error), signed_percent(bias), whole(interval_held))
}

fn nodes(judged: &Evaluated) -> Option<String> {
    let within = if judged.held() { "within" } else { "outside" };
    Some(format!("cost of the nodes {}, {within} its interval", signed_percent(judged.error()?)))
}

//! Plot of running services by CPU per request and cost, with arrows to the other style.

use crate::model::report::Report;
use crate::model::styles::{RunningService, Sized};
use crate::outputs::document::Table;
use crate::outputs::number::{count, money, significant, unknown};
use crate::outputs::plot::{Axis, Chart, Graph, Mark, Plot, Scale};
use crate::units::Money;

/// Number of services shown: the most expensive ones, as many as a picture can show separately.
const SERVICES: usize = 200;
/// Number of services with an arrow; more arrows would hide the services.
const ARROWS: usize = 12;

/// Position of a service: CPU milliseconds per request, and cost per month.
struct Place<'a> {
    service: &'a RunningService,
    series: usize,
    now: Money,
    own: f64,
    other: Option<(f64, Money)>,
}

/// The plot; `None` if CPU per request is unknown for all services.
pub(super) fn scatter(report: &Report) -> Option<Plot> {
    let mut places: Vec<Place<'_>> = report.running_services.iter().filter_map(place).collect();
    let (known, currency) = (places.len(), report.currency);
    places.sort_by_cached_key(|place| (std::cmp::Reverse(place.now), place.service.id.to_string()));
    places.truncate(SERVICES);
    let spots =
        |place: &Place<'_>| [Some((place.own, place.now)), place.other].into_iter().flatten().collect::<Vec<_>>();
    let x = Scale::log(places.iter().flat_map(spots).map(|(cpu, _)| cpu))?.padded();
    let y = Scale::log(places.iter().flat_map(spots).map(|(_, cost)| cost.to_f64()))?.padded();
    let arrows = places.iter().take(ARROWS).filter_map(|place| {
        let (cpu, cost) = place.other?;
        Some(Mark::Arrow { from: (place.own, place.now.to_f64()), to: (cpu, cost.to_f64()) })
    });
    let dots = places.iter().map(|place| Mark::Dot {
        series: place.series,
        at: (place.own, place.now.to_f64()),
        title: format!("{}: {} ms, {} {currency}", place.service.id, significant(place.own, 3), money(place.now)),
    });
    let mut data = Table::new([
        "service",
        "runtime",
        "CPU ms per request",
        &format!("{currency} per month"),
        "other style: CPU ms",
        &format!("other style: {currency}"),
    ])
    .with_text(&[1]);
    for Place { service, now, own, other, .. } in &places {
        data.row([
            format!("{}/{}", service.id.namespace, service.id.name),
            service.known.runtime.language.unwrap_or("unknown").to_owned(),
            significant(*own, 3),
            money(*now),
            other.map_or_else(unknown, |(cpu, _)| significant(cpu, 3)),
            other.map_or_else(unknown, |(_, cost)| money(cost)),
        ]);
    }
    let first = places.first()?;
    let shown = if known > places.len() {
        format!(" The {} most expensive of {} are shown.", SERVICES, count(u64::try_from(known).unwrap_or(u64::MAX)))
    } else {
        String::new()
    };
    Some(Plot {
        title: "Services: CPU per request and cost".to_owned(),
        text: format!(
            "Each mark is a service as it is at its busy demand; an arrow points to the same service Go-style, or Python-style \
             where it is in Go. The most expensive, {}, uses {} ms per request and costs {} {currency} per month.{shown}",
            first.service.id,
            significant(first.own, 3),
            money(first.now)
        ),
        chart: Chart::Graph(Graph {
            x: Axis::new("CPU per request, ms", x),
            y: Axis::new(&format!("{currency} per month"), y),
            series: ["Python", "Go", "other or unknown"].map(str::to_owned).to_vec(),
            marks: arrows.chain(dots).collect(),
        }),
        data,
    })
}

fn place(service: &RunningService) -> Option<Place<'_>> {
    let language = service.known.runtime.language;
    let (own, other) = match language {
        Some("go") => (&service.go, &service.python),
        _ => (&service.python, &service.go),
    };
    let cpu = |sized: &Sized| Some(1e3 * sized.cpu_per_request?.plan);
    let other = other[0].as_ref().ok().and_then(|sized| Some((cpu(sized)?, sized.share_cost.plan)));
    Some(Place {
        service,
        series: match language {
            Some("python") => 0,
            Some("go") => 1,
            _ => 2,
        },
        now: service.as_is[0].as_ref().ok()?.share_cost.plan,
        own: cpu(own[0].as_ref().ok()?)?,
        other,
    })
}

//! The forecast of a running service, and the back-test, in `capmodel/report/v1`.

use super::convert::{cents, percentiles};
use super::running::{interval, six};
use crate::model::forecast::Evaluated;
use crate::model::styles::{self, CostInterval, Score};
use crate::outputs::forecast::method;
use crate::schema::report as wire;
use crate::units::Timestamp;

pub(super) fn forecast(ahead: &Result<styles::ServiceForecast, String>) -> wire::ServiceForecast {
    let known = ahead.as_ref().ok();
    let amounts =
        |CostInterval { low, mid, high }| wire::MoneyInterval { low: cents(low), mid: cents(mid), high: cents(high) };
    wire::ServiceForecast {
        reason: ahead.as_ref().err().cloned(),
        month: known.map(|ahead| ahead.month.to_string()),
        counted_in: known.map(|ahead| ahead.counted_in.name().to_owned()),
        busy: known.map(|ahead| interval(&ahead.busy)),
        mean: known.map(|ahead| interval(&ahead.mean)),
        method: known.map(|ahead| method(&ahead.method)),
        pods: known.map(|ahead| wire::PodInterval { low: ahead.pods[0], mid: ahead.pods[1], high: ahead.pods[2] }),
        cost: known.and_then(|ahead| ahead.cost).map(amounts),
        pods_needed: known.and_then(|ahead| ahead.needed.as_ref().ok()).map(|pods| percentiles(pods, |pods| *pods)),
    }
}

pub(super) fn other_architecture(other: &styles::OtherArchitecture) -> wire::OtherArchitecture {
    wire::OtherArchitecture {
        arch: other.arch.to_string(),
        share_cost_per_month: cents(other.share_cost),
        instance_types: other.types.clone(),
        condition: styles::OtherArchitecture::CONDITION.to_owned(),
    }
}

pub(super) fn back_test(test: &styles::BackTest) -> wire::BackTest {
    let moment = |second: i64| Timestamp::from_second(second).map_or_else(|_| String::new(), |at| at.to_string());
    let scored = |score: &Score| wire::BackTestScore {
        services: score.services,
        median_error: six(score.median_error),
        bias: six(score.bias),
        interval_held: six(score.interval_held),
    };
    let nodes = |judged: &Evaluated| wire::BackTestNodes {
        predicted: interval(&judged.predicted),
        actual: six(judged.actual),
        error: judged.error().map(six),
        held: judged.held(),
    };
    wire::BackTest {
        trained_until: moment(test.trained_until),
        predicted_until: moment(test.predicted_until),
        cpu: test.cpu.as_ref().map(scored),
        demand: test.demand.as_ref().map(scored),
        pods: test.pods.as_ref().map(scored),
        cost: test.cost.as_ref().map(scored),
        nodes: test.nodes.as_ref().map(nodes),
    }
}

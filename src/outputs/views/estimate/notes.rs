//! The sentences below the table of an estimate.

use crate::model::estimate::{Answer, Estimate, Question};
use crate::outputs::amount::seconds;
use crate::outputs::number::{count, money, plural, rate, ratio, significant};
use crate::outputs::text::NOT_INCLUDED;
use crate::units::{Currency, Money};

/// Whether a number on the screen has an interval.
pub(super) fn has_ranges(answer: &Answer) -> bool {
    answer.estimates.iter().any(|e| e.plan.as_ref().is_ok_and(|plan| plan.pods.percentiles.is_some()))
}

/// Results requested in addition to the plan: a month that follows the load, or a step of the demand.
pub(super) fn asked_for(question: &Question, answer: &Answer) -> Vec<String> {
    let months = answer.estimates.iter().filter_map(|e| autoscaled(e, question.basis.currency));
    months.chain(answer.estimates.iter().filter_map(|e| spike(e, question.demand.mid()))).collect()
}

/// Explanations of the table.
pub(super) fn explanations(question: &Question, answer: &Answer) -> Vec<String> {
    let mut notes = Vec::new();
    if has_ranges(answer) {
        notes.push(format!(
            "Ranges are the 5th to 95th percentile of {} samples of the inputs; the plan uses their mid values.",
            count(u64::from(question.samples))
        ));
    }
    notes.extend(why_the_ratio(question, answer));
    notes.push(NOT_INCLUDED.to_owned());
    notes
}

/// How to see the rest of the answer.
pub(super) fn more(answer: &Answer, notes: usize) -> String {
    let ranges = if has_ranges(answer) { "Ranges: 5th–95th percentile. " } else { "" };
    let notes = plural(notes as u64, "note", "notes");
    format!("{ranges}-v adds {notes} and the bill, --explain formulas.")
}

/// The source of the ratio of two languages if the handler does any work.
fn why_the_ratio(question: &Question, answer: &Answer) -> Option<String> {
    let [a, b] = question.services() else { return None };
    let handler = a.work.handler.as_ref()?;
    let plan = |at: usize| answer.estimates.get(at)?.plan.as_ref().ok();
    let (p, q) = (&plan(0)?.replica, &plan(1)?.replica);
    let part = |x: f64, y: f64| {
        format!("{} against {} ms ({})", significant(1e3 * x, 3), significant(1e3 * y, 3), ratio(x / y))
    };
    let kind = a.work.kind.as_deref().unwrap_or("unknown kind of work");
    if handler.seconds.interval.mid() == 0.0 || q.handler_cpu == 0.0 {
        return None;
    }
    Some(format!(
        "CPU ratio {}: the framework takes {}, the handler ({kind}) {}. Work that costs the same in both languages narrows the ratio.",
        ratio(p.saturated_cpu() / q.saturated_cpu()),
        part(p.framework_cpu, q.framework_cpu),
        part(p.handler_cpu, q.handler_cpu),
    ))
    .filter(|_| a.profile.language != b.profile.language)
}

/// The saving from scaling with the load instead of running the busy period's pods all month.
fn autoscaled(estimate: &Estimate, currency: Currency) -> Option<String> {
    let plan = estimate.plan.as_ref().ok()?;
    let fixed = plan.fixed.as_ref()?;
    let less = |now: Money, then: Money| {
        let saved = significant(100.0 * (1.0 - now.ratio(then)?), 2);
        Some(if saved == "0" { String::new() } else { format!(" ({saved}% less)") })
    };
    let amount = |cost: Money| currency.amount(money(cost));
    let share = less(plan.share_cost.plan, fixed.share_cost)?;
    let nodes = plan.nodes.as_ref().zip(fixed.node_cost).filter(|(own, then)| own.cost.plan != *then).and_then(
        |(own, then)| {
            let less = less(own.cost.plan, then)?;
            Some(format!("; nodes {} instead of {}{less}", amount(own.cost.plan), amount(then)))
        },
    );
    if share.is_empty() && nodes.is_none() {
        return None;
    }
    Some(format!(
        "{} under {}: scaled with the load, {} per month instead of {} at a fixed size{share}{}.",
        estimate.profile,
        estimate.policy,
        amount(plan.share_cost.plan),
        amount(fixed.share_cost),
        nodes.unwrap_or_default()
    ))
}

/// The backlog after a step of the demand, and how the autoscaler follows it.
fn spike(estimate: &Estimate, demand: f64) -> Option<String> {
    let spike = estimate.plan.as_ref().ok()?.spike.as_ref()?;
    let head = format!(
        "{} under {}: when demand steps to {} req/s, {} serve it",
        estimate.profile,
        estimate.policy,
        rate(demand),
        plural(spike.pods_before, "pod", "pods")
    );
    if spike.backlog == 0.0 {
        return Some(format!("{head} and no backlog builds up."));
    }
    let asked: Vec<String> =
        spike.rounds.iter().map(|round| format!("{} after {}", count(round.replicas), seconds(round.at))).collect();
    let waiting = significant(spike.backlog, 3);
    let drain = match spike.drain {
        Some(drain) => format!("The backlog reaches {waiting} requests and clears {} later", seconds(drain)),
        None => format!("The backlog reaches {waiting} requests and is never cleared"),
    };
    Some(match asked.as_slice() {
        [] => format!("{head}; the autoscaler does not scale up. {drain}."),
        _ => format!(
            "{head}; the autoscaler requests {}, and the first new pod is ready after {}. {drain}.",
            asked.join(", "),
            seconds(spike.lag)
        ),
    })
}

//! The table of an estimate.

use super::rows::{CLUSTER_ROWS, LAST_OF_MONEY, ROWS, Row, platform_rows};
use crate::model::estimate::{Answer, Comparison, Estimate, Plan, Question, Section};
use crate::outputs::document::{Cell, Table, Tone};
use crate::outputs::number::unknown;
use crate::units::Money;

/// Number of profiles that fit side by side on 80 columns, with their ratio.
const SIDE_BY_SIDE: usize = 2;

/// The requested rows; if the profiles do not fit side by side, there is one row per profile.
pub(super) fn table(question: &Question, answer: &Answer, verbose: bool) -> Table {
    let of_cluster = if question.cluster.is_some() { CLUSTER_ROWS } else { &[] };
    let of_platform = question.platform.map(platform_rows);
    let after_money = ROWS.iter().position(|row| row.key == LAST_OF_MONEY).map_or(ROWS.len(), |at| at + 1);
    let (money, others) = ROWS.split_at(after_money);
    let all = money.iter().chain(of_platform.iter().flatten()).chain(others).chain(of_cluster);
    let rows: Vec<&Row> = all.filter(|row| verbose || row.is_short).collect();
    if question.services().len() > SIDE_BY_SIDE {
        return by_profile(question, answer, &rows, verbose);
    }
    let with_ratio = question.services().len() == SIDE_BY_SIDE;
    let profiles = question.services().iter().map(|s| s.profile.name.clone());
    let header = [String::new()].into_iter().chain(profiles).chain(with_ratio.then(|| ratio_head(question)));
    let keys = [String::new()].into_iter().chain(question.services().iter().map(|s| s.profile.name.clone()));
    let mut table = Table::new(header).titled(TITLE).with_keys(keys);
    for (policy, estimates) in policies(question, answer) {
        table.section(&head(question, policy, estimates, verbose));
        let comparison = answer.comparisons.iter().find(|c| c.policy == estimates[0].policy);
        for row in &rows {
            let path = path(policy * estimates.len(), estimates.len(), row);
            add_row(&mut table, question, (row, path), estimates, comparison.filter(|_| with_ratio));
        }
    }
    table
}

const TITLE: &str = "Pods, nodes and cost";

/// JSONPath of a row in the estimates from a given index on.
fn path(from: usize, estimates: usize, row: &Row) -> String {
    if row.key.is_empty() {
        return String::new();
    }
    let indices: Vec<String> = (from..from + estimates).map(|index| index.to_string()).collect();
    format!("$.estimates[{}].{}", indices.join(","), row.key)
}

fn add_row(
    table: &mut Table,
    question: &Question,
    (row, path): (&Row, String),
    estimates: &[Estimate],
    comparison: Option<&Comparison>,
) {
    let mut cells: Vec<Cell> = estimates.iter().map(|e| cell(question, row, e)).collect();
    // A row without any known value is omitted.
    if cells.iter().all(|cell| cell.text == unknown()) {
        return;
    }
    if row.label == MONEY
        && let [Some(first), Some(second)] = [0, 1].map(|at| estimates.get(at).and_then(share_cost))
        && let [a, b] = cells.as_mut_slice()
        && first != second
    {
        let cheaper = if first < second { a } else { b };
        cheaper.tone = Tone::Good;
    }
    let label = row.label_in(question.basis.currency);
    let ratio = comparison.map(|c| Cell::from((row.ratio)(c)));
    let cells = [Cell::from(label.trim_start())].into_iter().chain(cells).chain(ratio);
    if label.starts_with(' ') { table.part_at(path, cells) } else { table.row_at(path, cells) }
}

/// The row in which the cheaper side is marked.
const MONEY: &str = "$/month, shared cluster";

fn share_cost(estimate: &Estimate) -> Option<Money> {
    Some(estimate.plan.as_ref().ok()?.share_cost.plan)
}

fn cell(question: &Question, row: &Row, estimate: &Estimate) -> Cell {
    match &estimate.plan {
        Ok(plan) => toned(question, row, plan),
        Err(_) if row.label == "pods" => Cell::toned("no plan ✗", Tone::Bad),
        Err(_) => Cell::from(unknown()),
    }
}

fn toned(question: &Question, row: &Row, plan: &Plan) -> Cell {
    let text = (row.cell)(question, plan);
    let tone = if row.label == "pods" && plan.violated.is_some() { Tone::Bad } else { Tone::Normal };
    Cell::toned(&text, tone)
}

/// One row per profile and one column per quantity; if there is not enough room, details are dropped first.
fn by_profile(question: &Question, answer: &Answer, rows: &[&Row], verbose: bool) -> Table {
    let heads = rows.iter().map(|row| row.label_in(question.basis.currency).trim_start().to_owned());
    let details = rows.iter().enumerate().filter(|(_, row)| !row.is_short).map(|(at, _)| at + 1);
    // Money and pods are never dropped.
    let others = rows.iter().enumerate().filter(|(_, row)| row.is_short && row.label != MONEY && row.label != "pods");
    let order: Vec<usize> = details.rev().chain(others.map(|(at, _)| at + 1).rev()).collect();
    let mut table =
        Table::new(["profile".to_owned()].into_iter().chain(heads)).with_dropped(&order).titled(TITLE).sortable();
    table = table.with_keys(["profile"].into_iter().chain(rows.iter().map(|row| row.key)));
    for (policy, estimates) in policies(question, answer) {
        table.section(&head(question, policy, estimates, verbose));
        for (index, estimate) in estimates.iter().enumerate() {
            let cells = rows.iter().map(|row| cell(question, row, estimate));
            let path = format!("$.estimates[{}]", policy * estimates.len() + index);
            table.row_at(path, [Cell::from(&estimate.profile)].into_iter().chain(cells));
        }
    }
    table
}

/// The index of each policy, with the estimates of all profiles under it.
fn policies<'a>(question: &Question, answer: &'a Answer) -> impl Iterator<Item = (usize, &'a [Estimate])> {
    answer.estimates.chunks(question.services().len().max(1)).enumerate()
}

/// Name and requirements of a policy, and the value sets of its profiles; the short screen omits its targets.
fn head(question: &Question, section: usize, estimates: &[Estimate], verbose: bool) -> String {
    let Some(Section { policy, .. }) = question.sections.get(section) else { return String::new() };
    let summary = policy.summary();
    let summary = if verbose { summary.as_str() } else { summary.split("; ").next().unwrap_or_default() };
    let mut sets: Vec<&str> = estimates.iter().map(|estimate| estimate.evidence.name()).collect();
    sets.sort_unstable();
    sets.dedup();
    format!("{} ({}): {summary}", policy.name, sets.join(" and "))
}

fn ratio_head(question: &Question) -> String {
    let [a, b] = question.services() else { return String::new() };
    let (a, b) = (&a.profile, &b.profile);
    if a.language == b.language {
        format!("{} ÷ {}", a.name, b.name)
    } else {
        format!("{} ÷ {}", title(&a.language), title(&b.language))
    }
}

fn title(language: &str) -> String {
    let mut letters = language.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

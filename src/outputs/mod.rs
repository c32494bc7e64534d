//! Values → bytes. No arithmetic beyond rounding, no question asked of the world but the width that settings decided.

mod article;
#[cfg(feature = "live")]
mod check;
mod delivery;
mod estimate;
mod explain;
mod file;
mod json;
mod layout;
mod manifest;
mod number;
mod prices;
mod profiles;
mod rbac;
mod report;
mod snapshot;
mod text;
mod workload;

#[cfg(feature = "live")]
pub use check::requirements;
pub use delivery::{Delivered, MessageForm, failure_message, report_message};
pub use file::{write_atomically, write_new, write_new_privately, write_privately};
pub use manifest::{autoscaler, deployment};
pub use prices::{GroupListing, PriceListing, RegionListing, TypeListing, price_listing};
pub use profiles::{profile_list, profile_sheet};
pub use rbac::{RbacRule, rbac};
pub use snapshot::{redacted_names, snapshot};

use serde::Serialize;

use crate::cli::Format;
use crate::model::report::Report;
use crate::model::{Answer, Basis, Judged, Question, WorkloadPlan};
use crate::run::Failure;
use crate::settings::OutputSettings;

/// The answer in the form asked for.
///
/// # Errors
/// [`Failure::Encode`], a bug.
pub fn estimate(
    question: &Question,
    answer: &Answer,
    explain: bool,
    output: &OutputSettings,
) -> Result<Vec<u8>, Failure> {
    match output.format {
        Format::Table => Ok(estimate::plain(question, answer, explain, output.width).into_bytes()),
        Format::Markdown => Ok(estimate::markdown(question, answer, explain).into_bytes()),
        Format::Json => json(&json::v1::estimates(question, answer)),
        Format::Csv => csv(estimate::csv_rows(question, answer)),
    }
}

/// The packed services in the form asked for.
///
/// # Errors
/// [`Failure::Encode`], a bug.
pub fn workload(basis: &Basis, plan: &WorkloadPlan, output: &OutputSettings) -> Result<Vec<u8>, Failure> {
    match output.format {
        Format::Table => Ok(workload::plain(basis, plan, output.width).into_bytes()),
        Format::Markdown => Ok(workload::markdown(basis, plan).into_bytes()),
        Format::Json => json(&workload::document(basis, plan)),
        Format::Csv => csv(workload::csv_rows(plan)),
    }
}

/// The judged claims in the form asked for.
///
/// # Errors
/// [`Failure::Encode`], a bug.
pub fn claims(judged: &[Judged], output: &OutputSettings) -> Result<Vec<u8>, Failure> {
    match output.format {
        Format::Table => Ok(article::plain(judged, output.width).into_bytes()),
        Format::Markdown => Ok(article::markdown(judged).into_bytes()),
        Format::Json => json(&article::document(judged)),
        Format::Csv => csv(article::document(judged).claims),
    }
}

/// The report in the form asked for.
///
/// # Errors
/// [`Failure::Encode`], a bug.
pub fn report(report: &Report, output: &OutputSettings) -> Result<Vec<u8>, Failure> {
    match output.format {
        Format::Table => Ok(report::plain(report, output.width).into_bytes()),
        Format::Markdown => Ok(report::markdown(report).into_bytes()),
        Format::Json => json(&json::report::document(report)),
        Format::Csv => csv(report::csv_rows(report)),
    }
}

fn json(document: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut bytes = serde_json::to_vec_pretty(document).map_err(|e| Failure::Encode(e.into()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn csv<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<Vec<u8>, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(|e| Failure::Encode(e.into()))?;
    }
    writer.into_inner().map_err(|e| Failure::Encode(e.to_string().into()))
}

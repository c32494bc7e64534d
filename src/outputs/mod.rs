//! Converts values to bytes. There is no arithmetic other than rounding, and no input other than the values and the
//! form from the settings.

mod amount;
mod document;
mod error;
mod findings;
mod focus;
mod forecast;
mod json;
mod layout;
mod manifest;
mod message;
mod number;
mod openmetrics;
mod plot;
mod profile_file;
mod rbac;
mod render;
mod schema;
mod snapshot;
mod sweep;
mod text;
mod views;
mod workload_file;

pub use error::OutputError;
#[cfg(feature = "parquet")]
pub use focus::parquet;
pub use focus::{ChargePeriods, focus};
pub use layout::{Format, Layout};
pub use manifest::{autoscaler, deployment};
pub use message::{Delivered, failure_json, failure_slack, report_json, report_slack};
pub use number::measured_rate;
pub use openmetrics::openmetrics;
pub use profile_file::profile_file;
pub use rbac::{RbacRule, rbac};
pub use schema::{DOCUMENTS, JsonDocument, json_schema, schema_list};
pub use snapshot::{redacted_names, snapshot};
#[cfg(feature = "live")]
pub use views::check::requirements;
pub use views::compare::comparison;
pub use views::estimate::EstimateDetail;
pub use views::finding::{explained, findings_page};
pub use views::prices::{GroupListing, PriceListing, RegionListing, TypeListing, price_listing};
pub use views::profiles::{profile_list, profile_sheet};
pub use views::report::{ReportDetail, RowOrder};
pub use views::stored::{StoredDetail, stored};
pub use workload_file::workload_file;

use serde::Serialize;

use crate::model::article::JudgedClaim;
use crate::model::estimate::{Answer, Question, WorkloadPlan};
use crate::model::pricing::Basis;
use crate::model::report::Report;

/// Renders an estimate in the requested format.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn estimate(
    question: &Question,
    answer: &Answer,
    detail: EstimateDetail,
    layout: Layout,
) -> Result<Vec<u8>, OutputError> {
    match layout.format {
        Format::Json => json(&json::estimate::estimates(question, answer)),
        Format::Csv if !answer.sweep.is_empty() => {
            render::records_in(question.basis.currency.code(), sweep::rows(&answer.sweep))
        }
        Format::Csv => render::records(views::estimate::csv_rows(question, answer)),
        Format::Table | Format::Markdown | Format::Html => {
            // An HTML page collapses long parts, so it contains everything.
            let verbose = detail.verbose || layout.format == Format::Html;
            let mut document = views::estimate::document(question, answer, EstimateDetail { verbose, ..detail });
            sweep::add(&mut document, &answer.sweep, question.basis.currency, layout.format != Format::Html);
            Ok(render::text(&document, layout))
        }
    }
}

/// Renders the plan for a workload in the requested format.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn workload(basis: &Basis, plan: &WorkloadPlan, layout: Layout) -> Result<Vec<u8>, OutputError> {
    match layout.format {
        Format::Json => json(&json::workload::document(basis, plan)),
        Format::Csv => render::records_in(basis.currency.code(), views::workload::csv_rows(plan)),
        Format::Table | Format::Markdown | Format::Html => {
            Ok(render::text(&views::workload::document(basis, plan), layout))
        }
    }
}

/// Renders the checked claims in the requested format.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn claims(judged: &[JudgedClaim], layout: Layout) -> Result<Vec<u8>, OutputError> {
    match layout.format {
        Format::Json => json(&json::claims::document(judged)),
        Format::Csv => render::records(json::claims::document(judged).claims),
        Format::Table | Format::Markdown | Format::Html => Ok(render::text(&views::claims::document(judged), layout)),
    }
}

/// Renders a report in the requested format.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn report(report: &Report, detail: ReportDetail, layout: Layout) -> Result<Vec<u8>, OutputError> {
    match layout.format {
        Format::Json => json(&json::report::document(report)),
        Format::Csv => render::records_in(report.currency.code(), views::report::csv_rows(report)),
        Format::Table | Format::Markdown => Ok(render::text(&views::report::document(report, detail), layout)),
        Format::Html => {
            // An HTML page collapses long parts, and its tables can be sorted and filtered.
            let whole = ReportDetail { verbose: true, rows: usize::MAX, ..detail };
            Ok(render::text(&views::report::document(report, whole), layout))
        }
    }
}

fn json(document: &impl Serialize) -> Result<Vec<u8>, OutputError> {
    let mut bytes = serde_json::to_vec_pretty(document).map_err(|e| OutputError::Encode(e.into()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

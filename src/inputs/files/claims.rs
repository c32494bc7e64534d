//! `fixtures/article/claims.toml`: the claims of the article and how each is checked.

use serde::Deserialize;

use super::FileError;
use crate::model::article::{Check, Claim, Figure};

const TEXT: &str = include_str!("../../../fixtures/article/claims.toml");

/// The claims and their scenario.
#[derive(Debug)]
pub struct Claims {
    /// Demand of the scenario, in requests per second.
    pub requests_per_second: f64,
    /// Name of the sizing policy of the scenario.
    pub policy: String,
    /// The claims, in the order of the article.
    pub claims: Vec<Claim>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    requests_per_second: f64,
    policy: String,
    claim: Vec<ClaimText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimText {
    id: String,
    section: String,
    subject: String,
    quantity: String,
    low: Option<String>,
    high: Option<String>,
    unit: String,
    check: Option<CheckText>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum CheckText {
    Agreement(String),
    Profile { name: String, key: String },
    Quotient { of: String, by: String },
    Multiple { of: String, times: f64 },
    Little { throughput: String, connections: f64 },
    Pods(String),
    CpuRequested(String),
    MemoryRequested(String),
    ShareCostRatio { numerator: String, denominator: String },
    OnePodEach(Vec<String>),
    PodsOverRange(String),
    CheaperAbove { numerator: String, denominator: String },
    Objective { profile: String, against: String },
}

impl From<CheckText> for Check {
    fn from(text: CheckText) -> Self {
        match text {
            CheckText::Agreement(id) => Self::Agreement(id),
            CheckText::Profile { name, key } => Self::Profile { name, key },
            CheckText::Quotient { of, by } => Self::Quotient { of, by },
            CheckText::Multiple { of, times } => Self::Multiple { of, times },
            CheckText::Little { throughput, connections } => Self::Little { throughput, connections },
            CheckText::Pods(name) => Self::Pods(name),
            CheckText::CpuRequested(name) => Self::CpuRequested(name),
            CheckText::MemoryRequested(name) => Self::MemoryRequested(name),
            CheckText::ShareCostRatio { numerator, denominator } => Self::ShareCostRatio { numerator, denominator },
            CheckText::OnePodEach(names) => Self::OnePodEach(names),
            CheckText::PodsOverRange(name) => Self::PodsOverRange(name),
            CheckText::Objective { profile, against } => Self::Objective { profile, against },
            CheckText::CheaperAbove { numerator, denominator } => Self::CheaperAbove { numerator, denominator },
        }
    }
}

/// The claims that are embedded in the binary.
///
/// # Errors
/// [`FileError::Invalid`], only if the embedded file is wrong, which is a bug.
pub fn parse_claims() -> Result<Claims, FileError> {
    let invalid = |message: String| FileError::Invalid {
        label: "fixtures/article/claims.toml".to_owned(),
        wanted: "list of claims",
        message,
    };
    let file: File = toml::from_str(TEXT).map_err(|e| invalid(e.to_string()))?;
    let claims = file.claim.into_iter().map(|claim| claim.into_model().map_err(invalid)).collect::<Result<_, _>>()?;
    Ok(Claims { requests_per_second: file.requests_per_second, policy: file.policy, claims })
}

impl ClaimText {
    fn into_model(self) -> Result<Claim, String> {
        let Self { id, section, subject, quantity, low, high, unit, check } = self;
        let end = |text: &str| text.parse::<f64>().map_err(|e| format!("{id}: {text}: {e}"));
        let figure = match (&low, &high) {
            (Some(low), Some(high)) => {
                let rounding = half_digit(low).max(half_digit(high));
                Figure { low: end(low)?, high: end(high)?, rounding }
            }
            (Some(low), None) => Figure { low: end(low)?, high: f64::INFINITY, rounding: half_digit(low) },
            _ => return Err(format!("{id} has no lower end")),
        };
        Ok(Claim { id, section, subject, quantity, figure, unit, check: check.map(Into::into) })
    }
}

/// Half a unit of the last decimal place; whole numbers are exact, because the article rounds them arbitrarily.
fn half_digit(text: &str) -> f64 {
    match text.split_once('.') {
        Some((_, fraction)) => 0.5 * 10_f64.powi(-i32::try_from(fraction.len()).unwrap_or(0)),
        None => 1e-9,
    }
}

//! The article's claims, checked against the model, the profiles or other figures of the article.

mod judge;

pub use judge::judge;

use std::collections::BTreeMap;

use super::queueing::QueueingTables;
use crate::model::pricing::Basis;
use crate::model::runtime::Service;
use crate::model::sizing::Policy;

/// A figure or a range as printed in the article.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Lower end of the range.
    pub low: f64,
    /// Upper end of the range; infinite if the article leaves it open.
    pub high: f64,
    /// Half a unit of the last printed digit: a computed figure within it rounds to the same figure.
    pub rounding: f64,
}

/// Method of checking a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// Compares with another figure of the article for the same quantity; one range must contain the other.
    Agreement(String),
    /// Compares with the value in the built-in profile.
    Profile {
        /// Name of the profile.
        name: String,
        /// Key of the value in the profile.
        key: String,
    },
    /// Divides one figure of the article by another.
    Quotient {
        /// Claim that is divided.
        of: String,
        /// Claim to divide by.
        by: String,
    },
    /// Multiplies a figure of the article by a number that it also gives.
    Multiple {
        /// Claim that is multiplied.
        of: String,
        /// Factor to multiply by.
        times: f64,
    },
    /// Little's law for a closed load test: connections ÷ throughput, in milliseconds.
    Little {
        /// Claim of the throughput in requests per second.
        throughput: String,
        /// Number of requests in flight.
        connections: f64,
    },
    /// Pods of the plan, at the measured and at the low throughput.
    Pods(String),
    /// CPU requested by those pods, in cores.
    CpuRequested(String),
    /// Memory requested by those pods, in GiB or MiB depending on the claim's unit.
    MemoryRequested(String),
    /// Ratio of the plans' share costs.
    ShareCostRatio {
        /// Profile in the numerator.
        numerator: String,
        /// Profile in the denominator.
        denominator: String,
    },
    /// Demand up to which each of the profiles needs one pod.
    OnePodEach(Vec<String>),
    /// Pods at the lower and the upper end of the claim's range of demand.
    PodsOverRange(String),
    /// Whether a profile meets the claim's p99 (its `high`, in milliseconds) at its demand (its `low`), and at what
    /// cost.
    Objective {
        /// Name of the profile.
        profile: String,
        /// Name of the profile that the cost is compared with.
        against: String,
    },
    /// The smallest share-cost ratio from the claim's lower end of demand upwards.
    CheaperAbove {
        /// Profile in the numerator.
        numerator: String,
        /// Profile in the denominator.
        denominator: String,
    },
}

impl Check {
    /// Unit of the computed value, if it differs from the claim's.
    const fn unit(&self) -> Option<&'static str> {
        match self {
            Self::PodsOverRange(_) => Some("pods"),
            Self::CheaperAbove { .. } => Some("x or more"),
            Self::Objective { .. } => Some("ms p99"),
            _ => None,
        }
    }
}

/// A claim of the article that can be checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Stable identifier of the claim.
    pub id: String,
    /// Section of the article.
    pub section: String,
    /// Subject of the claim, for example `FastAPI`.
    pub subject: String,
    /// Quantity that the claim is about.
    pub quantity: String,
    /// The figure that the article states.
    pub figure: Figure,
    /// Unit of the figure.
    pub unit: String,
    /// Method of checking; `None` for a figure that only other checks use.
    pub check: Option<Check>,
}

/// Result of checking a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The computed figure agrees with the article.
    Agrees,
    /// The profile uses the figure as it is, so nothing was computed.
    Input,
    /// The computed figure differs from the nearest end of the claim by this share.
    Differs(f64),
    /// The article's own figures contradict each other.
    Contradicts,
}

/// A claim with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedClaim {
    /// The claim that was checked.
    pub claim: Claim,
    /// Computed range, low and high, in the unit of the claim.
    pub computed: (f64, f64),
    /// Unit of the computed range, if it differs from the claim's.
    pub computed_unit: Option<&'static str>,
    /// Verdict of the comparison.
    pub verdict: Verdict,
    /// How it was computed, and the range in which it holds, if relevant.
    pub note: String,
}

/// Inputs of the checks.
#[derive(Clone, Copy, Debug)]
pub struct CheckInputs<'a> {
    /// Built-in profiles by name with the article's values and work.
    pub services: &'a BTreeMap<String, Service>,
    /// The article's sizing policy.
    pub policy: &'a Policy,
    /// The sizing policy with a latency objective.
    pub production: &'a Policy,
    /// Price basis for cluster shares.
    pub basis: &'a Basis,
    /// Queueing tables for cases without a closed formula.
    pub tables: &'a QueueingTables,
    /// Demand of the article's scenario in requests per second.
    pub demand: f64,
}

/// A claim that refers to something unknown: an error in the claims file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("claim {claim} needs {missing}, which there is not")]
pub struct UnknownReference {
    claim: String,
    missing: String,
}

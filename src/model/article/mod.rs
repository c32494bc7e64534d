//! The claims of the article, judged: what the model, the profiles or the article's own other figures say of each.

mod judge;

pub use judge::judge;

use std::collections::BTreeMap;

use super::estimate::Service;
use super::queueing::QueueingTables;
use super::{Basis, Policy};

/// A figure or a range as it was printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Lower end.
    pub low: f64,
    /// Upper end; infinite where the article leaves it open.
    pub high: f64,
    /// Half a unit of the last digit printed: a computed figure within it rounds to the same.
    pub rounding: f64,
}

/// How a claim is checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// Against the article's other figure for the same thing; one range must hold the other.
    Agreement(String),
    /// Against what the built-in profile uses.
    Profile {
        /// Which profile.
        name: String,
        /// Which of its numbers.
        key: String,
    },
    /// One figure of the article over another.
    Quotient {
        /// Dividend.
        of: String,
        /// Divisor.
        by: String,
    },
    /// One figure of the article times a number that it also gives.
    Multiple {
        /// Which figure.
        of: String,
        /// How many times.
        times: f64,
    },
    /// Little's law at a closed load test: connections ÷ throughput, in milliseconds.
    Little {
        /// Requests a second.
        throughput: String,
        /// Requests in flight.
        connections: f64,
    },
    /// Pods of the plan, from the measured to the low throughput.
    Pods(String),
    /// CPU requested by those pods, in cores.
    CpuRequested(String),
    /// Memory requested by those pods, in GiB or MiB by the claim's unit.
    MemoryRequested(String),
    /// Share cost of the plans, one over the other.
    ShareCostRatio {
        /// Above the line.
        numerator: String,
        /// Below it.
        denominator: String,
    },
    /// The demand up to which each of the profiles needs one pod.
    OnePodEach(Vec<String>),
    /// Pods at the lower and the upper end of the claim's range of demand.
    PodsOverRange(String),
    /// Whether a profile holds the claim's p99 (its `high`, in milliseconds) at its demand (its `low`), and at what cost.
    Objective {
        /// Which profile.
        profile: String,
        /// Against which one the cost is set.
        against: String,
    },
    /// The smallest share-cost ratio from the claim's lower end of demand upwards.
    CheaperAbove {
        /// Above the line.
        numerator: String,
        /// Below it.
        denominator: String,
    },
}

impl Check {
    /// The unit of what it computes, where that is not the claim's.
    const fn unit(&self) -> Option<&'static str> {
        match self {
            Self::PodsOverRange(_) => Some("pods"),
            Self::CheaperAbove { .. } => Some("x or more"),
            Self::Objective { .. } => Some("ms p99"),
            _ => None,
        }
    }
}

/// One claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Stable name.
    pub id: String,
    /// Where in the article.
    pub section: String,
    /// Of what.
    pub subject: String,
    /// Which quantity.
    pub quantity: String,
    /// What it says.
    pub figure: Figure,
    /// In which unit.
    pub unit: String,
    /// How it is checked; `None` for a figure that only other checks use.
    pub check: Option<Check>,
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The computed figure is what the article says.
    Agrees,
    /// The profile takes the figure as it is: nothing was computed.
    Input,
    /// It is not: by this share of the nearest end of the claim.
    Differs(f64),
    /// The article's own figures do not fit together.
    Contradicts,
}

/// A claim with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The claim.
    pub claim: Claim,
    /// What was computed.
    pub computed: (f64, f64),
    /// In which unit, where that is not the claim's.
    pub computed_unit: Option<&'static str>,
    /// What came of it.
    pub verdict: Verdict,
    /// How it was computed, and the range in which it holds where that is the question.
    pub note: String,
}

/// What the judgement is made with.
#[derive(Clone, Copy, Debug)]
pub struct Bench<'a> {
    /// Built-in profiles by name with the article's values and work.
    pub services: &'a BTreeMap<String, Service>,
    /// The policy of the article.
    pub policy: &'a Policy,
    /// The policy that has a latency objective.
    pub production: &'a Policy,
    /// Prices of the share.
    pub basis: &'a Basis,
    /// Where no formula exists.
    pub tables: &'a QueueingTables,
    /// The scenario's demand in requests a second.
    pub demand: f64,
}

/// A claim that names something that is not there: the fault of the claims file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("claim {claim} needs {missing}, which there is not")]
pub struct UnknownReference {
    claim: String,
    missing: String,
}

//! Advice for a service: the article's five steps, decided by what is known from the cluster; otherwise a question.

use rust_decimal::Decimal;

use super::node_purchase::OtherArchitecture;
use crate::model::nodes::Arch;
use crate::units::Money;

/// Step of the article's "Decision Framework", in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Machine learning or model serving, for which the article recommends Python.
    MachineLearning,
    /// More than 10,000 requests per second, or a p99 objective below 5 ms, for which the article recommends Go.
    Throughput,
    /// Data processing, for which the article recommends Python.
    DataProcessing,
    /// Infrastructure, for which the article recommends Go.
    Infrastructure,
    /// Language that the team knows.
    Team,
}

impl Step {
    /// Number of the step in the article.
    pub const fn number(self) -> u8 {
        match self {
            Self::MachineLearning => 1,
            Self::Throughput => 2,
            Self::DataProcessing => 3,
            Self::Infrastructure => 4,
            Self::Team => 5,
        }
    }

    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MachineLearning => "machine-learning",
            Self::Throughput => "throughput",
            Self::DataProcessing => "data-processing",
            Self::Infrastructure => "infrastructure",
            Self::Team => "team",
        }
    }
}

/// Languages that a team knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Team {
    /// The team mostly knows Python.
    Python,
    /// The team mostly knows Go.
    Go,
    /// The team knows both languages.
    Both,
}

/// The recommended action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Keep the service as it is.
    Keep,
    /// Change the resource requests.
    RightSize,
    /// Rewrite it in the other language.
    Rewrite,
    /// Answer a question first.
    Ask,
}

impl Action {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::RightSize => "right-size",
            Self::Rewrite => "rewrite",
            Self::Ask => "ask",
        }
    }
}

/// A saving with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saving {
    /// 5th percentile, in USD per month.
    pub low: Money,
    /// Value of the plan, in USD per month.
    pub mid: Money,
    /// 95th percentile, in USD per month.
    pub high: Money,
}

/// Facts about a service for the five steps.
#[derive(Clone, Debug)]
pub struct AdviceInput<'a> {
    /// `python` or `go`; `None` if it is another language or unknown.
    pub language: Option<&'a str>,
    /// Evidence of machine learning; `None` without any.
    pub machine_learning: Option<&'a str>,
    /// Evidence of data processing; `None` without any.
    pub data_processing: Option<&'a str>,
    /// Evidence of infrastructure; `None` without any.
    pub infrastructure: Option<&'a str>,
    /// Requests per second in the busy period; `None` if not counted.
    pub busy: Option<f64>,
    /// p99 objective in seconds; `None` if not given.
    pub objective: Option<f64>,
    /// Language of the team; `None` if not given.
    pub team: Option<Team>,
    /// Monthly saving of right-sizing; `None` if its requests should stay.
    pub by_right_sizing: Option<Money>,
    /// Monthly saving of the other language compared with the best option in its own language; `None` if unknown.
    pub by_rewriting: Option<Saving>,
    /// One-time cost of a rewrite; `None` if not given.
    pub rewrite_cost: Option<Money>,
    /// The other architecture, if its nodes are cheaper: the saving of a rewrite is relative to moving there.
    pub other_architecture: Option<Arch>,
}

/// Recommended action with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The recommended action.
    pub action: Action,
    /// Step of the article's framework that decided.
    pub step: Step,
    /// Reason in one sentence.
    pub because: String,
    /// Monthly saving of a rewrite beyond right-sizing and the other architecture; `None` if unknown.
    pub saving: Option<Saving>,
    /// Months until a rewrite pays off; `None` without its cost, or if it never does.
    pub payback_months: Option<Decimal>,
}

/// Requests per second from which on the article's step 2 applies: "the performance gap matters".
const HIGH_RATE: f64 = 10_000.0;
/// p99 objective in seconds below which the same step applies.
const LOW_LATENCY: f64 = 0.005;
/// Requests per second of "low-traffic services (< 500 req/s)", for which "the difference is negligible" (the
/// article's cost section).
const LOW_RATE: f64 = 500.0;
/// Minimum saving in USD per month that justifies a question; less does not pay for an hour of work within years.
const WORTH_ASKING: i64 = 50;

/// Follows the article's steps until one decides.
pub fn advise(known: &AdviceInput<'_>) -> Advice {
    let (step, wants, why) = decide(known);
    let saving = known.by_rewriting;
    let kept = |because: String| match known.by_right_sizing.filter(|saved| *saved > Money::default()) {
        Some(_) => (Action::RightSize, format!("{because}; its requests do not match its usage")),
        None => (Action::Keep, because),
    };
    let worth = saving.filter(|saving| saving.low > Money::default());
    let (action, because) = match (known.language, wants) {
        (Some("python"), Some("go")) => match (worth, saving) {
            (Some(_), _) => (Action::Rewrite, why),
            (None, Some(saving)) if saving.mid > Money::default() => (
                Action::Ask,
                format!(
                    "{why}; Go would probably be cheaper, but this is uncertain: can a trial or a benchmark of its nodes confirm it?"
                ),
            ),
            (None, Some(_)) => kept(format!("{why}, but Go would not be cheaper")),
            (None, None) => (Action::Ask, format!("{why}; the cost in Go is unknown")),
        },
        (Some("python"), None) => match worth.filter(|saving| saving.mid.amount() >= WORTH_ASKING.into()) {
            Some(_) => (Action::Ask, format!("{why}: does the team that owns it know Go, and will its traffic grow?")),
            None => kept(low_traffic(known, &why)),
        },
        // The service is already in the recommended language, or it is in Go and Python is recommended: Python would
        // not be cheaper, and a working service is not rewritten for a library.
        _ => kept(why),
    };
    let because = match (action, known.other_architecture) {
        (Action::Rewrite | Action::Ask, Some(arch)) => format!(
            "{because}; the saving is beyond that of {arch} nodes, which comes first if {}",
            OtherArchitecture::CONDITION
        ),
        _ => because,
    };
    let payback_months = known.rewrite_cost.zip(worth).filter(|_| matches!(action, Action::Rewrite | Action::Ask));
    Advice {
        action,
        step,
        because,
        saving,
        payback_months: payback_months.and_then(|(cost, saving)| cost.amount().checked_div(saving.mid.amount())),
    }
}

/// The deciding step, the language that it recommends, and the reason.
fn decide(known: &AdviceInput<'_>) -> (Step, Option<&'static str>, String) {
    if let Some(sign) = known.machine_learning {
        return (Step::MachineLearning, Some("python"), format!("it serves or trains models ({sign})"));
    }
    if let Some(busy) = known.busy.filter(|busy| *busy > HIGH_RATE) {
        return (Step::Throughput, Some("go"), format!("{busy:.0} requests per second are more than 10,000"));
    }
    if let Some(objective) = known.objective.filter(|objective| *objective < LOW_LATENCY) {
        return (
            Step::Throughput,
            Some("go"),
            format!("its objective of {:.1} ms is below 5 ms at the 99th percentile", objective * 1e3),
        );
    }
    if let Some(sign) = known.data_processing {
        return (Step::DataProcessing, Some("python"), format!("it processes data ({sign})"));
    }
    if let Some(sign) = known.infrastructure {
        return (Step::Infrastructure, Some("go"), format!("it is infrastructure ({sign})"));
    }
    match known.team {
        Some(Team::Python) => (Step::Team, Some("python"), "its team knows Python".to_owned()),
        Some(Team::Go) => (Step::Team, Some("go"), "its team knows Go".to_owned()),
        Some(Team::Both) | None => (Step::Team, None, "none of the first four steps decides".to_owned()),
    }
}

/// Reason that mentions whether the article's threshold of 500 requests per second agrees.
fn low_traffic(known: &AdviceInput<'_>, why: &str) -> String {
    match known.busy.filter(|busy| *busy < LOW_RATE) {
        Some(busy) => {
            format!(
                "{why}; at {busy:.0} requests per second, below the article's 500, the difference is negligible here too"
            )
        }
        None => format!("{why}, and Go would save little"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> AdviceInput<'static> {
        let dollars = |amount: i64| Money::new(amount.into());
        AdviceInput {
            language: Some("python"),
            machine_learning: None,
            data_processing: None,
            infrastructure: None,
            busy: Some(2000.0),
            objective: None,
            team: None,
            by_right_sizing: None,
            by_rewriting: Some(Saving { low: dollars(300), mid: dollars(400), high: dollars(500) }),
            rewrite_cost: None,
            other_architecture: None,
        }
    }

    fn of(known: &AdviceInput<'_>) -> (Action, Step) {
        let advice = advise(known);
        (advice.action, advice.step)
    }

    #[test]
    fn the_first_deciding_step_determines_the_advice() {
        assert_eq!(of(&known()), (Action::Ask, Step::Team));
        assert_eq!(of(&AdviceInput { busy: Some(12_000.0), ..known() }), (Action::Rewrite, Step::Throughput));
        assert_eq!(of(&AdviceInput { objective: Some(0.002), ..known() }), (Action::Rewrite, Step::Throughput));
        // A model server keeps its language at any rate, and so does an ETL job.
        let model = AdviceInput { machine_learning: Some("image torchserve"), busy: Some(20_000.0), ..known() };
        assert_eq!(of(&model), (Action::Keep, Step::MachineLearning));
        assert_eq!(
            of(&AdviceInput { data_processing: Some("CronJob"), ..known() }),
            (Action::Keep, Step::DataProcessing)
        );
        assert_eq!(of(&AdviceInput { team: Some(Team::Go), ..known() }), (Action::Rewrite, Step::Team));
        assert_eq!(of(&AdviceInput { team: Some(Team::Python), ..known() }), (Action::Keep, Step::Team));
    }

    #[test]
    fn a_rewrite_is_only_advised_if_it_certainly_saves() {
        let dollars = |amount: i64| Money::new(amount.into());
        let doubtful = Some(Saving { low: dollars(-10), mid: dollars(100), high: dollars(300) });
        assert_eq!(of(&AdviceInput { by_rewriting: doubtful, busy: Some(12_000.0), ..known() }).0, Action::Ask);
        let dearer = Some(Saving { low: dollars(-90), mid: dollars(-20), high: dollars(30) });
        assert_eq!(of(&AdviceInput { by_rewriting: dearer, busy: Some(12_000.0), ..known() }).0, Action::Keep);
        let little = Some(Saving { low: dollars(1), mid: dollars(3), high: dollars(5) });
        let quiet = AdviceInput { by_rewriting: little, busy: Some(100.0), ..known() };
        assert_eq!(of(&quiet), (Action::Keep, Step::Team));
        assert!(advise(&quiet).because.contains("below the article's 500"), "{}", advise(&quiet).because);
        // The article's rule fails for expensive requests: 100 requests per second and 400 dollars per month.
        assert_eq!(of(&AdviceInput { busy: Some(100.0), ..known() }), (Action::Ask, Step::Team));
        let oversized = AdviceInput { by_right_sizing: Some(dollars(20)), ..quiet };
        assert_eq!(of(&oversized).0, Action::RightSize);
    }

    #[test]
    fn the_payback_time_uses_the_saving_beyond_right_sizing() {
        let paid = AdviceInput { rewrite_cost: Some(Money::new(8000.into())), busy: Some(12_000.0), ..known() };
        assert_eq!(advise(&paid).payback_months, Some(Decimal::from(20)));
        assert_eq!(advise(&known()).payback_months, None);
    }
}

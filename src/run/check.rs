//! `capmodel check`.

use super::{Failure, Outcome, deliver};
use crate::inputs::prometheus::{check_metrics, query_check};
use crate::model::{Finding, Requirement};
use crate::outputs;
use crate::settings::{CheckSettings, PrometheusSettings};

pub(super) fn run(settings: &CheckSettings) -> Result<Outcome, Failure> {
    let runtime = super::runtime()?;
    let (mut requirements, mut findings) = (Vec::new(), Vec::new());
    // What else a report needs is asked here and added to both.
    let (found, said) = runtime.block_on(metrics(&settings.prometheus))?;
    requirements.extend(found);
    findings.extend(said);
    deliver(outputs::requirements(&requirements, &findings, &settings.output)?, 0, &settings.output)
}

async fn metrics(settings: &PrometheusSettings) -> Result<(Vec<Requirement>, Vec<Finding>), Failure> {
    let Some(prometheus) = super::history::connect(settings)? else {
        let message = "no --prometheus URL given: no usage, no history, no demand; only what runs now can be priced";
        return Ok((Vec::new(), vec![Finding::warning("no-prometheus", "Prometheus", message)]));
    };
    let (checked, findings) = query_check(&prometheus, &settings.matchers, settings.now.as_millisecond()).await?;
    Ok((check_metrics(&checked), findings))
}

//! A single observation of one pod, for example from a dashboard, translated to services under each profile.

use super::learning::ONE_POINT;
use super::{Observed, OutOfRange, Translated, inverse, translate};
use crate::model::finding::{Code, Finding};
use crate::model::runtime::{Kind, RuntimeProfile, Service, Work, Workers};
use crate::model::uncertainty::Interval;
use crate::units::Bytes;

/// Observation of one pod at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OnePoint {
    /// Requests per second of the pod.
    pub rate: f64,
    /// CPU usage of the pod in cores.
    pub cores: f64,
    /// Working set of the pod; `None` if unknown.
    pub memory: Option<Bytes>,
    /// Number of serving processes; `None` if unknown.
    pub processes: Option<u32>,
}

/// Error for an observation that is impossible under its profile.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OnePointError {
    /// A value is not finite, or nothing was observed.
    #[error("the observation is out of range")]
    NotFinite,
    /// More cores than the given workers can use.
    #[error(
        "{cores} cores are more than --workers {workers} can use, because a process of {profile} runs on one core at a time: give the {least} or more workers that the pod had, or an observation of a pod with {workers}"
    )]
    TooFewWorkers {
        /// Observed CPU usage in cores.
        cores: f64,
        /// Given number of workers.
        workers: u32,
        /// Name of the profile.
        profile: String,
        /// The smallest number of workers that can use these cores.
        least: u32,
    },
    /// More cores than the given processes can use.
    #[error(
        "{cores} cores are more than {processes} processes of {profile} can use, because a process runs on one core at a time"
    )]
    TooFewProcesses {
        /// Observed CPU usage in cores.
        cores: f64,
        /// Given number of processes.
        processes: u32,
        /// Name of the profile.
        profile: String,
    },
    /// The profiles do not give a finite result for the observation.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

impl OnePoint {
    /// The service under each of `profiles`, given that it runs under `own` on cores of relative speed `speed`. CPU
    /// per request that the framework does not explain is attributed to the handler.
    ///
    /// # Errors
    /// [`OnePointError`].
    pub fn services(
        &self,
        own: &RuntimeProfile,
        profiles: &[RuntimeProfile],
        work: &Work,
        workers: Option<Workers>,
        speed: &Interval,
    ) -> Result<Vec<Service>, OnePointError> {
        let least = self.fewest_processes(own.kind);
        let processes = self.checked_processes(own, least, workers)?;
        let around = |mid: f64| Interval::new(mid / ONE_POINT, mid, mid * ONE_POINT).ok_or(OnePointError::NotFinite);
        let observed = Observed {
            cpu_per_request: Some(around(self.cores / self.rate)?),
            // A single observation does not show what else kept these cores busy.
            busy_share: 1.0,
            rate_per_process: self.rate / f64::from(processes.max(1)),
            memory: self.memory.map(|memory| around(memory.as_f64())).transpose()?,
            processes,
            // A speed of exactly one means that the speed is unknown.
            core_speed: if *speed == Interval::ONE { None } else { inverse(speed) },
            kind: work.kind.clone(),
        };
        let under = |other: &RuntimeProfile| {
            let Translated { mut service, findings, .. } = translate(own, other, &observed, work, None)?;
            let said = &mut service.profile.values.findings;
            said.extend(findings);
            if other.name == own.name {
                said.extend(self.findings(own, least));
                if observed.memory.is_some() {
                    said.retain(|finding| finding.code != Code::WorkerCountReduced);
                }
            }
            Ok(service)
        };
        profiles.iter().map(under).collect()
    }

    /// The smallest number of processes that can use the observed cores: a process of an event loop or sync server
    /// runs on one core at a time.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` keeps to the range")]
    fn fewest_processes(&self, kind: Kind) -> u32 {
        // Tolerates rounding: 2.0000001 cores are two.
        if kind == Kind::Threads { 1 } else { (self.cores - 1e-6).ceil().max(1.0) as u32 }
    }

    fn checked_processes(
        &self,
        own: &RuntimeProfile,
        least: u32,
        workers: Option<Workers>,
    ) -> Result<u32, OnePointError> {
        let (cores, profile) = (self.cores, own.name.clone());
        if let Some(Workers::Count(workers)) = workers
            && workers < least
        {
            return Err(OnePointError::TooFewWorkers { cores, workers, profile, least });
        }
        let processes = self.processes.unwrap_or(least);
        if processes < least {
            return Err(OnePointError::TooFewProcesses { cores, processes, profile });
        }
        Ok(processes)
    }

    /// Findings about a profile that was calibrated from this observation.
    fn findings(&self, own: &RuntimeProfile, processes: u32) -> Vec<Finding> {
        let mut findings = Vec::new();
        if processes > 1 && self.processes.is_none() {
            findings.push(Finding::warning(
                Code::ObservedProcessesAssumed,
                own.name.clone(),
                format!(
                    "{} cores are more than one process can use, so the observed pod is assumed to run {processes} processes",
                    self.cores
                ),
            ));
        }
        findings.push(Finding::warning(
            Code::CalibrationSinglePoint,
            own.name.clone(),
            format!(
                "calibrated from a single observation, so the interval spans a factor of {ONE_POINT} in each direction; fit a load test for a tighter one"
            ),
        ));
        findings
    }
}

//! Whether the steps are sufficient to determine the cost per request.

use super::clean::Point;
use super::refusal::Refusal;
use super::robust::Robust;
use super::statistics::{NORMAL_MAD, likeness, median, number, quantile, rank_correlation, spread};
use super::steps::ExcludedSteps;

/// If the 95th percentile of the rate is less than this many times the 5th, the cost per request cannot be
/// determined: a fit would mistake noise for it. With noise of 10 % and no variation at all, the ratio is up to 1.3.
const LEAST_VARIATION: f64 = 1.4;
/// Below this rank correlation, CPU usage does not rise with the request rate.
const LEAST_CORRELATION: f64 = 0.3;
/// Minimum share of the variance of CPU usage that requests must explain.
const LEAST_EXPLAINED: f64 = 0.2;
/// The same if the unexplained part is large.
const LEAST_EXPLAINED_OF_WILD: f64 = 0.5;
/// Beyond this multiple of the largest observed rate, a prediction for the busy demand is a guess.
const MAX_BEYOND: f64 = 1.5;
/// Maximum share of the steps in which other work runs: two backups of an hour a day and one step in twenty are 13 %.
const MAX_DISTURBED: f64 = 0.25;
/// Relative errors above this exceed measurement noise and a mix of requests: the services of whole clusters are
/// within 2 to 15 %.
const WILD: f64 = 0.2;
/// Relative errors above this hide the signal: two thirds of the steps would be within a factor of 1.5.
const WILDEST: f64 = 0.4;
/// Minimum exponent by which CPU usage rises with the rate between quiet and busy steps. If a fifth of the usage at
/// the busy demand is due to requests, it is about a tenth overall.
const LEAST_RISE: f64 = 0.12;
/// Minimum number of days on which the same time of day is compared.
const LEAST_DAYS: f64 = 7.0;
/// If CPU usage responds to less than this share of the expected change at the same time of day, it follows the
/// clock.
const LEAST_ANSWER: f64 = 0.5;

/// Checks the 95th percentile of the whole service's rate ÷ the 5th, after medians of three have removed the noise of
/// single steps.
pub(super) fn variation(points: &[Point]) -> Result<(), Refusal> {
    let mut smooth: Vec<f64> = points
        .windows(3)
        .map(|three| {
            let mut rates = [three[0].whole_rate(), three[1].whole_rate(), three[2].whole_rate()];
            rates.sort_by(f64::total_cmp);
            rates[1]
        })
        .collect();
    let (quiet, busy) = (quantile(&mut smooth, 0.05).unwrap_or(0.0), quantile(&mut smooth, 0.95).unwrap_or(0.0));
    let varies = if quiet > 0.0 { busy / quiet } else { f64::INFINITY };
    if varies < LEAST_VARIATION { Err(Refusal::RateHardlyVaries(varies)) } else { Ok(()) }
}

/// Checks that rates near the busy demand were observed in usable steps.
pub(super) fn seen(points: &[Point], busy: f64) -> Result<(), Refusal> {
    let most = points.iter().map(|point| point.rate).fold(0.0, f64::max);
    let beyond = busy / most;
    if beyond > MAX_BEYOND { Err(Refusal::BusyNotSeen(beyond)) } else { Ok(()) }
}

/// Checks that requests account for most steps. Even if the cost per request is clear from the others, the service's
/// usage may be determined by other work.
pub(super) fn undisturbed(used: usize, left_out: ExcludedSteps) -> Result<(), Refusal> {
    let disturbed = left_out.scheduled + left_out.far_off;
    let share = number(disturbed) / number((used + disturbed).max(1));
    if share > MAX_DISTURBED { Err(Refusal::OtherWork(share)) } else { Ok(()) }
}

/// Checks that CPU usage rises with the rate of a pod where that rate varies: by how many percent per percent.
pub(super) fn rises(points: &[Point], fit: &Robust) -> Result<(), Refusal> {
    let mut rates: Vec<f64> = points.iter().map(|point| point.rate).collect();
    let (quiet, busy) = (quantile(&mut rates, 0.05).unwrap_or(0.0), quantile(&mut rates, 0.95).unwrap_or(0.0));
    if quiet <= 0.0 || busy < LEAST_VARIATION * quiet {
        return Ok(());
    }
    let at = |rate: f64| fit.curve.at(rate / fit.most);
    let rise = (at(busy) / at(quiet)).ln() / (busy / quiet).ln();
    if rise < LEAST_RISE { Err(Refusal::RequestsCauseLittle(1.0 - at(0.0) / at(busy))) } else { Ok(()) }
}

/// Checks that CPU usage is high when there are many requests, over a window that may include deploys.
pub(super) fn correlated(points: &[Point]) -> Result<(), Refusal> {
    let rates: Vec<f64> = points.iter().map(Point::whole_rate).collect();
    let cores: Vec<f64> = points.iter().map(Point::whole_cores).collect();
    let alike = rank_correlation(&rates, &cores);
    if alike < LEAST_CORRELATION {
        return Err(Refusal::CpuFollowsSomethingElse(alike.max(0.0).powi(2)));
    }
    Ok(())
}

/// Checks that the CPU usage of the whole service follows its requests.
pub(super) fn follows(points: &[Point], fit: &Robust) -> Result<(), Refusal> {
    let cores: Vec<f64> = points.iter().map(|point| point.whole_cores().ln()).collect();
    let mut errors: Vec<f64> =
        points.iter().zip(&fit.fitted).map(|(point, fitted)| (point.cores / fitted).ln().abs()).collect();
    let (all, rest) = (spread(&cores).unwrap_or(0.0), NORMAL_MAD * median(&mut errors).unwrap_or(0.0));
    let explained = if all > 0.0 { 1.0 - (rest / all).powi(2) } else { 0.0 };
    let least = if rest > WILD { LEAST_EXPLAINED_OF_WILD } else { LEAST_EXPLAINED };
    if explained < least || rest > WILDEST {
        return Err(Refusal::CpuFollowsSomethingElse(explained.max(0.0)));
    }
    Ok(())
}

/// Checks that CPU usage also follows the requests at the same time on different days: deviations from the usual
/// level of that time of day are compared with those that the curve predicts for the deviation of the rate.
pub(super) fn follows_beyond_the_clock(points: &[Point], fit: &Robust, seconds: f64) -> Result<(), Refusal> {
    let slots = (86_400.0 / seconds).round();
    if !(2.0..=48.0).contains(&slots) || number(points.len()) < LEAST_DAYS * slots {
        return Ok(());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "2 to 48")]
    let slots = slots as usize;
    let unusual = |value: &dyn Fn(usize) -> f64| -> Vec<f64> {
        let mut by_slot: Vec<Vec<f64>> = vec![Vec::new(); slots];
        (0..points.len()).for_each(|index| by_slot[points[index].step % slots].push(value(index)));
        let usual: Vec<f64> = by_slot.iter_mut().map(|values| median(values).unwrap_or(0.0)).collect();
        (0..points.len()).map(|index| value(index) - usual[points[index].step % slots]).collect()
    };
    let seen = unusual(&|index| points[index].whole_cores().ln());
    let caused = unusual(&|index| (fit.fitted[index] * points[index].pods).ln());
    let bound = 3.0 * spread(&seen).unwrap_or(0.0).max(spread(&caused).unwrap_or(0.0));
    let (mut both, mut square) = (0.0, 0.0);
    for (seen, caused) in seen.iter().zip(&caused) {
        both += seen.clamp(-bound, bound) * caused.clamp(-bound, bound);
        square += caused.clamp(-bound, bound).powi(2);
    }
    if square <= 0.0 {
        return Ok(());
    }
    let answer = both / square;
    let rest: Vec<f64> =
        seen.iter().zip(&caused).map(|(seen, caused)| seen.clamp(-bound, bound) - answer * caused).collect();
    let steps: Vec<usize> = points.iter().map(|point| point.step).collect();
    let alike = likeness(&rest, &steps);
    let variance = rest.iter().map(|error| error * error).sum::<f64>() / number(rest.len());
    let error = (variance / square * (1.0 + alike) / (1.0 - alike)).sqrt();
    if answer + 2.0 * error < LEAST_ANSWER { Err(Refusal::CpuFollowsTheClock(answer.max(0.0))) } else { Ok(()) }
}

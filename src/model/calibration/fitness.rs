//! Whether the steps can teach what a request costs.

use super::clean::Point;
use super::refusal::Refusal;
use super::robust::Robust;
use super::statistics::{NORMAL_MAD, likeness, median, number, quantile, rank_correlation, spread};
use super::steps::ExcludedSteps;

/// Rates of which the 95th percentile is not so many times the 5th say nothing of what a request costs: a fit would take
/// noise for it. With noise of a tenth and no variation at all the quotient is up to 1.3.
const LEAST_VARIATION: f64 = 1.4;
/// Below this rank correlation CPU does not rise with the requests.
const LEAST_CORRELATION: f64 = 0.3;
/// Share of the variance of CPU that requests must explain in any case.
const LEAST_EXPLAINED: f64 = 0.2;
/// The same where what they do not explain is large.
const LEAST_EXPLAINED_OF_WILD: f64 = 0.5;
/// A busy demand by this factor beyond the largest that was seen is a guess.
const MAX_BEYOND: f64 = 1.5;
/// Share of the steps in which something else runs besides requests: two backups of an hour and one step in twenty are 13 %.
const MAX_DISTURBED: f64 = 0.25;
/// Relative errors that are more than measuring and a mix of requests: services of whole clusters are within 2 to 15 %.
const WILD: f64 = 0.2;
/// Relative errors above this hide the signal: two thirds of the steps are within a factor of 1.5.
const WILDEST: f64 = 0.4;
/// Between its quiet and busy steps CPU rises by at least this power of the rate: with a fifth of it by requests at the busy
/// demand it is about a tenth over all.
const LEAST_RISE: f64 = 0.12;
/// Fewest days on which the same time of day is compared.
const LEAST_DAYS: f64 = 7.0;
/// Of the change of CPU that requests would cause at the same time of day, less than this is seen where CPU goes by the clock.
const LEAST_ANSWER: f64 = 0.5;

/// The 95th percentile of the whole service's rate ÷ the 5th, after noise of single steps is taken out by medians of three.
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

/// Whether rates as at the busy demand were seen in steps that can be used.
pub(super) fn seen(points: &[Point], busy: f64) -> Result<(), Refusal> {
    let most = points.iter().map(|point| point.rate).fold(0.0, f64::max);
    let beyond = busy / most;
    if beyond > MAX_BEYOND { Err(Refusal::BusyNotSeen(beyond)) } else { Ok(()) }
}

/// Whether most steps are of requests alone. The cost of a request may be plain from the others, but what the service uses is
/// decided by something else.
pub(super) fn undisturbed(used: usize, left_out: ExcludedSteps) -> Result<(), Refusal> {
    let disturbed = left_out.scheduled + left_out.far_off;
    let share = number(disturbed) / number((used + disturbed).max(1));
    if share > MAX_DISTURBED { Err(Refusal::OtherWork(share)) } else { Ok(()) }
}

/// Whether CPU rises with the rate of a pod at all, where that rate varies: by how many percent for one percent more.
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

/// Whether CPU is high when requests are many, over a window in which deploys may be.
pub(super) fn correlated(points: &[Point]) -> Result<(), Refusal> {
    let rates: Vec<f64> = points.iter().map(Point::whole_rate).collect();
    let cores: Vec<f64> = points.iter().map(Point::whole_cores).collect();
    let alike = rank_correlation(&rates, &cores);
    if alike < LEAST_CORRELATION {
        return Err(Refusal::CpuFollowsSomethingElse(alike.max(0.0).powi(2)));
    }
    Ok(())
}

/// Whether the CPU of the whole service follows its requests.
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

/// Whether CPU goes with the requests at the same time of different days too: what differs from the usual of the time of day is
/// compared with what the curve says of the requests that differ.
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

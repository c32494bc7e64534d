//! Unusual histories, each made by hand.

use capmodel::model::forecast::{
    Basis, Forecast, Growth, Horizon, HourlySeries, Refusal, Season, back_test, forecast as forecast_month,
};

use super::study::{average, quantile};

/// Midnight, Monday 5 January 2026, in UTC.
const MONDAY: i64 = 1_767_571_200;
const HOUR: i64 = 3600;

/// 100 requests per second on weekdays at noon, a tenth of it at midnight, and half of that at the weekend.
fn ordinary(hour: usize) -> f64 {
    let day = 55.0 - 45.0 * (std::f64::consts::TAU * (hour % 24) as f64 / 24.0).cos();
    if hour / 24 % 7 >= 5 { day / 2.0 } else { day }
}

fn series(values: impl IntoIterator<Item = Option<f64>>) -> HourlySeries {
    HourlySeries::from_hours(MONDAY, values).unwrap()
}

fn days(count: usize, value: impl Fn(usize) -> f64) -> Vec<Option<f64>> {
    (0..count * 24).map(|hour| Some(value(hour))).collect()
}

/// The 30 days after a history that begins on [`MONDAY`].
fn after(days: usize) -> Horizon {
    let start = MONDAY + days as i64 * 24 * HOUR;
    Horizon::new(start, start + 30 * 24 * HOUR).unwrap()
}

fn next_month(values: Vec<Option<f64>>) -> Forecast {
    let horizon = after(values.len() / 24);
    forecast_month(&series(values), horizon, Growth::NONE).unwrap()
}

/// Mean and busy hour of [`ordinary`] demand in these 30 days.
fn ordinary_month(from_day: usize) -> (f64, f64) {
    let hours: Vec<f64> = (from_day * 24..(from_day + 30) * 24).map(ordinary).collect();
    (average(&hours), quantile(&hours, 0.99))
}

fn assert_near(got: f64, want: f64, tolerance: f64) {
    assert!((got / want - 1.0).abs() <= tolerance, "{got} for {want}");
}

#[test]
fn the_weekly_pattern_is_repeated_at_the_right_hours() {
    // After 33 days, the next month begins on a Saturday.
    let forecast = next_month(days(33, ordinary));
    let (mean, busy) = ordinary_month(33);
    assert_near(forecast.mean.mid(), mean, 1e-9);
    assert_near(forecast.busy.mid(), busy, 0.01);
    for (index, value) in forecast.by_hour.iter().enumerate() {
        assert_near(*value, ordinary(33 * 24 + index), 1e-9);
    }
    assert_eq!((forecast.method.season, forecast.method.since), (Season::HourOfWeek, None));
    assert!(matches!(forecast.method.basis, Basis::BackTest { origins } if origins > 1));
    assert_near(forecast.change().unwrap().mid() * series(days(33, ordinary)).mean(), mean, 1e-9);
    // A month that begins later, in the middle of a day.
    let horizon = Horizon::new(MONDAY + (50 * 24 + 7) * HOUR, MONDAY + (80 * 24 + 7) * HOUR).unwrap();
    let later = forecast_month(&series(days(33, ordinary)), horizon, Growth::NONE).unwrap();
    assert_near(later.by_hour[0], ordinary(50 * 24 + 7), 1e-9);
    assert!(later.mean.high() / later.mean.mid() > forecast.mean.high() / forecast.mean.mid(), "further is less sure");
}

#[test]
fn growth_continues_and_declared_growth_multiplies() {
    let growing = |hour: usize| ordinary(hour) * (0.2 * hour as f64 / 720.0).exp();
    let forecast = next_month(days(90, growing));
    let truth: Vec<f64> = (90 * 24..120 * 24).map(growing).collect();
    // Growth is damped, and only a part of it is continued.
    assert!(forecast.mean.mid() < average(&truth));
    assert!((forecast.mean.low()..forecast.mean.high()).contains(&average(&truth)), "{:?}", forecast.mean);
    assert_near(forecast.mean.mid(), average(&truth), 0.05);
    assert_near(forecast.method.trend.unwrap(), 0.2_f64.exp(), 0.02);
    let declared = Growth::new(1.3).unwrap();
    let more = forecast_month(&series(days(90, growing)), after(90), declared).unwrap();
    assert_near(more.mean.mid(), 1.3 * forecast.mean.mid(), 1e-12);
    assert_near(more.busy.high(), 1.3 * forecast.busy.high(), 1e-12);
    assert_near(more.by_hour[17], 1.3 * forecast.by_hour[17], 1e-12);
    for factor in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
        assert_eq!(Growth::new(factor), None);
    }
}

#[test]
fn zero_and_constant_demand_are_forecast_as_such() {
    for zero in [days(40, |_| 0.0), days(3, |_| 0.0)] {
        let forecast = next_month(zero);
        assert_eq!((forecast.mean.high(), forecast.busy.high(), forecast.method.basis), (0.0, 0.0, Basis::NoDemand));
        assert_eq!((forecast.change(), forecast.by_hour.len()), (None, 720));
    }
    // Switched off a week ago, and started two weeks ago.
    let off = next_month(days(40, |hour| if hour < 32 * 24 { ordinary(hour) } else { 0.0 }));
    assert_eq!(off.method.basis, Basis::NoDemand);
    let begun = next_month(days(40, |hour| if hour < 26 * 24 { 0.0 } else { ordinary(hour) }));
    assert_near(begun.mean.mid(), ordinary_month(40).0, 0.02);
    for count in [1, 3, 10, 20, 40, 400] {
        let forecast = next_month(days(count, |_| 7.0));
        assert_near(forecast.mean.mid(), 7.0, 1e-9);
        assert_near(forecast.busy.mid(), 7.0, 1e-9);
        let (low, high) = (forecast.mean.low() / 7.0, forecast.mean.high() / 7.0);
        assert!(low < 0.98 && high > 1.02 && high < 2.0, "{count} days: {low} to {high}");
    }
}

#[test]
fn quiet_nights_and_hourly_jobs_are_forecast() {
    let silent = |hour: usize| if (8..20).contains(&(hour % 24)) { ordinary(hour) } else { 0.0 };
    let forecast = next_month(days(35, silent));
    let month: Vec<f64> = (35 * 24..65 * 24).map(silent).collect();
    assert_near(forecast.mean.mid(), average(&month), 0.01);
    assert!(forecast.by_hour[..8].iter().all(|value| *value == 0.0));
    // Two hours of work at varying times of the day: no hour of the week has it regularly, but the average includes it.
    let job =
        |hour: usize| if [hour / 24 * 7 % 24, (hour / 24 * 7 + 1) % 24].contains(&(hour % 24)) { 50.0 } else { 0.0 };
    let forecast = next_month(days(42, job));
    assert_near(forecast.mean.mid(), 100.0 / 24.0, 0.1);
    assert_near(forecast.busy.mid(), 50.0, 0.1);
    // Work on two days of ten.
    let rare = |hour: usize| if hour / 24 % 10 < 2 { 40.0 } else { 0.0 };
    let forecast = next_month(days(60, rare));
    assert!((forecast.mean.low()..forecast.mean.high()).contains(&8.0), "{:?}", forecast.mean);
    assert_near(forecast.busy.mid(), 40.0, 0.1);
    assert_eq!(forecast.method.trend, None);
}

#[test]
fn events_are_not_repeated() {
    let (mean, busy) = ordinary_month(56);
    let outage = |hour: usize| if (900..930).contains(&hour) { 0.0 } else { ordinary(hour) };
    let holiday = |hour: usize| if hour / 24 == 38 { 3.0 * ordinary(hour) } else { ordinary(hour) };
    let week_off = |hour: usize| if hour / 24 / 7 == 5 { 0.2 * ordinary(hour) } else { ordinary(hour) };
    for event in [&outage as &dyn Fn(usize) -> f64, &holiday, &week_off] {
        let forecast = next_month(days(56, event));
        assert_near(forecast.mean.mid(), mean, 0.03);
        assert_near(forecast.busy.mid(), busy, 0.03);
    }
    // A monthly event is not an exception.
    let payday = |hour: usize| if hour / 24 % 30 == 15 { 3.0 * ordinary(hour) } else { ordinary(hour) };
    let forecast = next_month(days(91, payday));
    assert!(forecast.busy.mid() > 1.5 * busy, "{:?}", forecast.busy);
}

#[test]
fn gaps_are_neither_filled_nor_zero() {
    let mut values = days(49, ordinary);
    values
        .iter_mut()
        .enumerate()
        .filter(|(hour, _)| hour % 5 == 0 || (20..24).contains(&(hour / 24)))
        .for_each(|(_, value)| *value = None);
    let forecast = next_month(values);
    assert_near(forecast.mean.mid(), ordinary_month(49).0, 0.01);
    // The metrics end ten days before the month begins.
    let mut values = days(49, ordinary);
    values[39 * 24..].fill(None);
    let late = next_month(values);
    assert_near(late.mean.mid(), ordinary_month(49).0, 0.01);
    assert!(late.mean.high() > next_month(days(49, ordinary)).mean.high());
}

#[test]
fn data_before_a_launch_is_ignored() {
    for after_launch in [40, 16, 9] {
        let launched = |hour: usize| ordinary(hour) * if hour / 24 >= 70 - after_launch { 2.5 } else { 1.0 };
        let forecast = next_month(days(70, launched));
        assert_near(forecast.mean.mid(), 2.5 * ordinary_month(70).0, 0.05);
        assert_near(forecast.busy.mid(), 2.5 * ordinary_month(70).1, 0.05);
        assert_eq!(forecast.method.since, Some(MONDAY + (70 - after_launch as i64) * 24 * HOUR));
        assert_eq!(forecast.method.season, Season::HourOfWeek);
    }
}

#[test]
fn short_histories_are_forecast_or_refused() {
    let refusal =
        |hours: usize| forecast_month(&series(days(4, ordinary).into_iter().take(hours)), after(4), Growth::NONE);
    assert_eq!(refusal(23).unwrap_err(), Refusal::TooShort(23));
    assert_eq!(
        refusal(23).unwrap_err().to_string(),
        "only 23 hours have data, but at least 24 are needed to see a whole day"
    );
    assert_eq!(HourlySeries::from_hours(MONDAY, [None, Some(f64::NAN), Some(-1.0)]).unwrap_err(), Refusal::NoData);
    let basis = |hours: usize| {
        let forecast = refusal(hours).unwrap();
        (forecast.method.season, forecast.method.trend, forecast.method.basis)
    };
    assert_eq!(basis(30), (Season::Flat, None, Basis::Assumed));
    assert_eq!(basis(50), (Season::HourOfDay, None, Basis::Assumed));
    let two_weeks = next_month(days(14, ordinary));
    assert_eq!((two_weeks.method.season, two_weeks.method.basis), (Season::HourOfWeek, Basis::Assumed));
    // A year that has no more than a day of hours, some of them in the last week.
    let sparse = (0..8000).map(|hour| Some(5.0).filter(|_| hour % 330 == 0));
    let month = Horizon::new(MONDAY + 8000 * HOUR, MONDAY + 8720 * HOUR).unwrap();
    assert_eq!(forecast_month(&series(sparse), month, Growth::NONE).unwrap_err(), Refusal::TooShort(1));
}

#[test]
fn only_future_periods_are_forecast() {
    let history = series(days(30, ordinary));
    let ask = |from: i64, hours: i64| {
        let start = MONDAY + from * HOUR;
        forecast_month(&history, Horizon::new(start, start + hours * HOUR).unwrap(), Growth::NONE)
    };
    assert_eq!(ask(30 * 24 - 1, 720).unwrap_err(), Refusal::NotAhead);
    assert_eq!(ask(400 * 24, 720).unwrap_err(), Refusal::TooFarAhead);
    assert_eq!(ask(30 * 24, 1).unwrap().by_hour.len(), 1);
    assert_eq!(ask(30 * 24 + 100, 30).unwrap().by_hour.len(), 30);
    assert_eq!(Horizon::new(MONDAY, MONDAY), None);
    assert_eq!(Horizon::new(i64::MIN, i64::MAX), None);
}

#[test]
fn demand_of_any_step_length_and_magnitude_is_forecast() {
    let steps = (0..35 * 24 * 12).rev().map(|step: i64| (MONDAY + step * 300, ordinary((step / 12) as usize)));
    let fine = HourlySeries::from_points(steps).unwrap();
    let coarse = series(days(35, ordinary));
    assert_eq!((fine.hours(), fine.with_data(), fine.start(), fine.end()), (840, 840, coarse.start(), coarse.end()));
    assert_near(fine.mean(), coarse.mean(), 1e-12);
    let first = forecast_month(&coarse, after(35), Growth::NONE).unwrap();
    assert_eq!(first, forecast_month(&coarse, after(35), Growth::NONE).unwrap());
    for size in [1e-9, 1e12, 1e90] {
        let other = next_month(days(35, |hour| size * ordinary(hour)));
        assert_near(other.mean.high(), size * first.mean.high(), 1e-6);
    }
    let huge = HourlySeries::from_points([(0, 1.0), (i64::MAX, 1.0)]);
    assert_eq!(huge.unwrap_err(), Refusal::TooLong);
    assert_eq!(HourlySeries::from_hours(MONDAY, [Some(f64::MAX), Some(f64::INFINITY)]).unwrap_err(), Refusal::NoData);
}

#[test]
fn a_back_test_splits_the_history_and_compares() {
    let history = series(days(60, ordinary));
    let split = history.usual_split();
    assert_eq!(split, MONDAY + 40 * 24 * HOUR);
    let test = back_test(&history, split).unwrap();
    assert_eq!((test.trained_until, test.hours), (split, 480));
    assert!(test.mean.held() && test.busy.held());
    assert!(test.mean.error().unwrap().abs() < 1e-9);
    // Demand is 1.5 times higher in the last third: the prediction is a third too low, and the truth is outside the
    // interval.
    let history = series(days(60, |hour| ordinary(hour) * if hour < 960 { 1.0 } else { 1.5 }));
    let test = back_test(&history, history.usual_split()).unwrap();
    assert_near(test.mean.error().unwrap(), -1.0 / 3.0, 0.01);
    assert!(!test.mean.held());
    // Without demand there is no relative error.
    let history = series(days(60, |hour| if hour < 960 { ordinary(hour) } else { 0.0 }));
    assert_eq!(back_test(&history, history.usual_split()).unwrap().mean.error(), None);
    let short = series(days(2, ordinary));
    assert!(back_test(&short, short.usual_split()).is_ok());
    assert_eq!(back_test(&short, MONDAY).unwrap_err(), Refusal::NoData);
}

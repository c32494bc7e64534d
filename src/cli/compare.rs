//! The arguments of `capmodel compare`.

use std::path::PathBuf;

use clap::Args;
use rust_decimal::Decimal;

use super::OutputArgs;
use crate::model::compare::Limit;
use crate::units::Money;

/// Arguments of `capmodel compare`.
#[derive(Args, Debug)]
#[command(
    after_help = "The documents are written by capmodel report, estimate or estimate --workload with --format json. A workload file is \
estimated as by capmodel estimate --workload without other options. Exits with 5 where --fail-over is exceeded.\n
Examples:
  capmodel compare october.json november.json
  capmodel compare main.toml branch.toml --format markdown --fail-over 5%"
)]
pub struct CompareArgs {
    /// The earlier document (JSON), or workload file (TOML)
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// The later one, of the same kind
    #[arg(value_name = "AFTER")]
    pub after: PathBuf,
    /// Exit with 5 if the total, or one of the estimates, costs more by this share (5%) or amount ('$200'); can be
    /// repeated
    #[arg(long, value_name = "LIMIT", value_parser = limit)]
    pub fail_over: Vec<Limit>,
    /// Format and destination of the output
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Parses `5%` or `$200`.
fn limit(text: &str) -> Result<Limit, String> {
    let wrong = || "use a share such as 5% or an amount such as '$200'".to_owned();
    let (number, is_share) = match (text.strip_suffix('%'), text.strip_prefix('$')) {
        (Some(number), None) => (number, true),
        (None, Some(number)) => (number, false),
        _ => return Err(wrong()),
    };
    let number: Decimal = number.parse().map_err(|_| wrong())?;
    if number.is_sign_negative() {
        return Err(wrong());
    }
    if is_share {
        let percent = Money::new(number).to_f64();
        return Ok(Limit::Share(percent / 100.0));
    }
    Ok(Limit::Amount(Money::new(number)))
}

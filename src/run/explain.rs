//! `capmodel explain`.

use super::{Failure, Outcome};
use crate::inputs::nearest::{did_you_mean, nearest};
use crate::model::finding::Code;
use crate::outputs::explained;
use crate::settings::screen_width;

pub(super) fn run(code: &str) -> Result<Outcome, Failure> {
    let Ok(found) = code.parse() else {
        let near: Vec<String> =
            nearest(code, Code::ALL.iter().map(|known| known.as_str())).into_iter().map(str::to_owned).collect();
        return Err(Failure::Value(format!("there is no finding `{}`{}", code.escape_debug(), did_you_mean(&near))));
    };
    Ok(Outcome { stdout: explained(found, screen_width(None)), ..Outcome::default() })
}

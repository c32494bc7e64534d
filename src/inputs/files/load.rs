//! Load curves: built in, or a CSV file with one number per hour.

use std::path::Path;

use super::{FileError, label, looks_like_path, read};
use crate::inputs::nearest::nearest;
use crate::model::sizing::LoadCurve;

const BUILT_IN: [&str; 3] = ["flat", "diurnal", "weekly"];

/// Names of the built-in load profiles.
pub fn load_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.into_iter()
}

/// The built-in curve of this name, or that of a `.csv` file whose last column has one number per hour, in any unit,
/// with or without a header.
///
/// # Errors
/// [`FileError`] if neither exists, or if a line is not a number.
pub fn load_curve(name: &str) -> Result<LoadCurve, FileError> {
    match name {
        "flat" => return Ok(LoadCurve::flat()),
        "diurnal" => return Ok(LoadCurve::diurnal()),
        "weekly" => return Ok(LoadCurve::weekly()),
        _ => {}
    }
    let is_file = looks_like_path(name) || Path::new(name).extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
    if !is_file {
        let near = nearest(name, BUILT_IN.into_iter());
        let names = if near.is_empty() { BUILT_IN.to_vec() } else { near };
        let remedy = format!("did you mean {}? (to use a file, give its path ending in .csv)", names.join(", "));
        return Err(FileError::Unknown { wanted: "load curve", name: name.to_owned(), remedy });
    }
    parse(name, &read(Path::new(name)).map_err(|e| e.named_by("load curve"))?)
}

fn parse(name: &str, text: &str) -> Result<LoadCurve, FileError> {
    let invalid = |message| FileError::Invalid { label: label(Path::new(name)), wanted: "load curve", message };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut hours = Vec::new();
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|e| invalid(e.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() > 2 {
            return Err(invalid(format!(
                "line {line}: {} columns; expected one hour per line: `NUMBER` or `HOUR,NUMBER`",
                record.len()
            )));
        }
        let value = record.get(record.len().saturating_sub(1)).unwrap_or_default();
        // A header contains no digit; anything that does is meant as a number.
        let header = at == 0 && !value.contains(|c: char| c.is_ascii_digit());
        match value.parse::<f64>() {
            Ok(number) => hours.push(number),
            Err(_) if header => {}
            Err(_) => return Err(invalid(format!("line {line}: `{value}` is not a plain number, for example 5000"))),
        }
    }
    LoadCurve::from_hours(name, &hours).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_and_csv_load_curves_are_read() {
        assert_eq!(parse("x.csv", "hour,rps\n0,100\n1,400\n").unwrap().shares(), [0.25, 1.0]);
        assert_eq!(parse("x.csv", "5\n10\n").unwrap().shares(), [0.5, 1.0]);
        for (text, want) in [
            ("", "every hour is zero"),
            ("a\n", "every hour"),
            ("1\n-2\n", "hour 2 is -2"),
            ("1\nx\n", "line 2"),
            ("5k\n1\n", "line 1"),
            ("1,2,3\n", "3 columns"),
            ("1;2\n", "line 1"),
        ] {
            let error = parse("x.csv", text).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
        assert!(load_curve("diurnl").unwrap_err().to_string().contains("did you mean diurnal"));
    }
}

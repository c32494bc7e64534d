//! The duration of one request.

use std::str::FromStr;

use super::{ParseError, Seconds};

/// Duration of one request. Minutes are refused, because a typing error for milliseconds is more likely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestTime(f64);

impl FromStr for RequestTime {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let time: Seconds = text.parse().map_err(|e: ParseError| e.to_string())?;
        let seconds = time.seconds();
        for (unit, name) in [('m', "minutes"), ('h', "hours")] {
            if let Some(number) = text.strip_suffix(unit) {
                let name = if number == "1" { &name[..name.len() - 1] } else { name };
                return Err(format!(
                    "`{text}` means {number} {name} per request; did you mean {number}ms? Use {seconds}s if the long time is intended"
                ));
            }
        }
        Ok(Self(seconds))
    }
}

impl RequestTime {
    /// The time in seconds.
    pub const fn seconds(self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_a_request_are_parsed() {
        let time = |text: &str| text.parse::<RequestTime>().map(RequestTime::seconds);
        assert_eq!((time("10ms"), time("1.5s"), time("0")), (Ok(0.01), Ok(1.5), Ok(0.0)));
        let ten = "`10m` means 10 minutes per request; did you mean 10ms? Use 600s if the long time is intended";
        assert_eq!(time("10m"), Err(ten.to_owned()));
        assert!(time("1h").unwrap_err().contains("Use 3600s"));
        for text in ["10", "-1ms", "m", "h", "ms"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}

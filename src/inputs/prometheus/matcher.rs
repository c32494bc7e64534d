//! Label matchers given by the user, validated so that nothing else can get into a query.

use std::fmt;
use std::str::FromStr;

/// A label matcher that is added to every selector, for example `cluster="prod-1"`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Matcher {
    label: String,
    operator: &'static str,
    /// The value as it is written between the quotes, including escapes.
    quoted: String,
}

const OPERATORS: [&str; 4] = ["=~", "!~", "!=", "="];

/// Parses `label="value"`, `label!="value"`, `label=~"regex"` or `label!~"regex"`, and refuses anything else.
impl FromStr for Matcher {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            |why: &str| format!("{why}; expected one matcher, for example cluster=\"prod-1\" or cluster=~\"prod-.*\"");
        let text = text.trim();
        let name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let length = text.bytes().take_while(|b| name(*b)).count();
        let (label, rest) = text.split_at(length);
        if label.is_empty() || label.as_bytes()[0].is_ascii_digit() {
            return Err(wrong("it does not begin with a label name"));
        }
        let operator = OPERATORS.into_iter().find(|op| rest.trim_start().starts_with(op));
        let operator = operator.ok_or_else(|| wrong("the label name is not followed by =, !=, =~ or !~"))?;
        let value = rest.trim_start().strip_prefix(operator).unwrap_or_default().trim();
        let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
        // A shell removes quotes; a bare value without special characters is accepted.
        let quoted = match quoted {
            Some(quoted) if !closes_early(quoted) => quoted,
            None if !value.is_empty() && !value.contains(['"', '\'', '\\', ',', '{', '}', '\n']) => value,
            _ => return Err(wrong("the value is not one quoted text")),
        };
        if label == "__name__" {
            return Err(wrong("a matcher must not select the metric name"));
        }
        Ok(Self { label: label.to_owned(), operator, quoted: quoted.to_owned() })
    }
}

/// Whether it contains an unescaped quote, an incomplete escape or a line break.
fn closes_early(quoted: &str) -> bool {
    let mut escaped = false;
    for c in quoted.chars() {
        match c {
            '\n' => return true,
            '"' if !escaped => return true,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    escaped
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}\"{}\"", self.label, self.operator, self.quoted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_matcher_is_accepted() {
        for (text, expected) in [
            (r#"cluster="prod-1""#, r#"cluster="prod-1""#),
            (r#" cluster =~ "a|b" "#, r#"cluster=~"a|b""#),
            (r"cluster=prod-1", r#"cluster="prod-1""#),
            (r#"a!="x\"y\\""#, r#"a!="x\"y\\""#),
            (r#"_x!~"""#, r#"_x!~"""#),
        ] {
            assert_eq!(text.parse::<Matcher>().unwrap().to_string(), expected, "{text}");
        }
        for text in [
            "",
            "cluster",
            "=x",
            "1a=\"x\"",
            r#"a="x",b="y""#,
            r#"a="x"} or vector(1) or {a="y""#,
            r#"a="x\""#,
            "a=",
            "a=x,y",
            r#"__name__="up""#,
            "a=\"x\ny\"",
            "a==\"x\"",
        ] {
            assert!(text.parse::<Matcher>().is_err(), "{text}");
        }
    }
}

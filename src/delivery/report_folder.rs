//! The paths under which reports are stored.

use crate::units::Month;

/// The folder for the reports of one cluster and month, in volumes and buckets alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFolder {
    folder: String,
}

impl ReportFolder {
    /// The folder of this cluster and month.
    pub fn new(cluster: &str, month: Month) -> Self {
        Self { folder: format!("cluster={}/month={month}", encoded(cluster)) }
    }

    /// `cluster=NAME/month=YYYY-MM`, without leading or trailing slashes.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// The path of the first report of the month, or of a later one: `report.json`, `report-2.json`.
    pub fn path(&self, number: u32, ending: &str) -> String {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        format!("{}/report{number}.{ending}", self.folder)
    }
}

/// Encodes a name as one path segment: everything except ASCII letters, digits, `-`, `_` and `.` is percent-encoded,
/// like `%2F`.
fn encoded(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_as_one_path_segment() {
        let place = ReportFolder::new("arn:aws:eks:eu-1:7:cluster/ä b", "2026-12".parse().unwrap());
        assert_eq!(
            place.path(1, "json"),
            "cluster=arn%3Aaws%3Aeks%3Aeu-1%3A7%3Acluster%2F%C3%A4%20b/month=2026-12/report.json"
        );
        assert_eq!(
            ReportFolder::new("..", "2026-01".parse().unwrap()).path(2, "md"),
            "cluster=../month=2026-01/report-2.md"
        );
    }
}

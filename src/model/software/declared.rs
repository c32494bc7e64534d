//! The runtime that an owner declares for a workload.

use super::image_table::IMAGES;
use super::known_software::Part;
use super::metric::FRAMEWORK_METRICS;
use super::program_table::PROGRAMS;

/// Key of the label or annotation with which owners declare it, on the workload or on its pods: `python-fastapi`,
/// `go`.
pub const RUNTIME_KEY: &str = "capmodel.io/runtime";

/// Languages and their aliases.
const LANGUAGES: [(&str, &[&str]); 12] = [
    ("c", &[]),
    ("cpp", &["c++"]),
    ("dotnet", &["csharp", "c#", ".net"]),
    ("erlang", &["elixir", "beam"]),
    ("go", &["golang"]),
    ("jvm", &["java", "kotlin", "scala"]),
    ("lua", &[]),
    ("nodejs", &["node", "javascript", "typescript"]),
    ("php", &[]),
    ("python", &["py", "python3"]),
    ("ruby", &[]),
    ("rust", &[]),
];

/// A runtime as its owner declares it: language, and framework or server after a hyphen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeclaredRuntime {
    /// `python`, `go`, `jvm`, `nodejs`, `dotnet` and others.
    pub language: &'static str,
    /// `fastapi`, `gin` or any other name that the owner gives.
    pub framework: Option<String>,
}

impl DeclaredRuntime {
    /// Reads `python-fastapi` or `go`; `None` for an unknown language.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let (language, framework) = text.split_once('-').map_or((text.as_str(), ""), |(first, rest)| (first, rest));
        let (language, _) = LANGUAGES.iter().find(|(name, also)| *name == language || also.contains(&language))?;
        Some(Self { language, framework: Some(framework.to_owned()).filter(|framework| !framework.is_empty()) })
    }

    /// Written as text: `python`, `python with fastapi`.
    pub fn text(&self) -> String {
        match &self.framework {
            Some(framework) => format!("{} with {framework}", self.language),
            None => self.language.to_owned(),
        }
    }

    /// The same without private names: a framework that is in none of the tables is removed.
    pub fn public(self) -> String {
        let is_public = |name: &str| {
            let same = |part| matches!(part, Some(Part::Framework(it) | Part::Server(it)) if it == name);
            IMAGES.iter().map(|(_, known)| known).chain(PROGRAMS).any(|known| same(known.part))
                || FRAMEWORK_METRICS.iter().flat_map(|table| *table).any(|known| same(known.part))
        };
        match self.framework.filter(|name| is_public(name)) {
            Some(framework) => format!("{}-{framework}", self.language),
            None => self.language.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_runtimes_are_parsed() {
        let read = |text: &str| DeclaredRuntime::new(text).map(|d| (d.language, d.framework.unwrap_or_default()));
        assert_eq!(read("python-fastapi"), Some(("python", "fastapi".to_owned())));
        assert_eq!(read(" Java-spring-boot"), Some(("jvm", "spring-boot".to_owned())));
        assert_eq!(read("golang"), Some(("go", String::new())));
        let public = |text: &str| DeclaredRuntime::new(text).map(DeclaredRuntime::public);
        assert_eq!(public("python-fastapi").as_deref(), Some("python-fastapi"));
        assert_eq!(public("golang-acme").as_deref(), Some("go"));
        for unknown in ["", "-", "cobol", "fastapi", "python_fastapi"] {
            assert_eq!(read(unknown), None, "{unknown}");
        }
    }
}

//! The name by which this program was started.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::Path;

use clap::CommandFactory;

use super::Cli;

/// The name by which this program was started: that of texts for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `capmodel`.
    Capmodel,
    /// `kubectl capmodel`: kubectl runs `kubectl-capmodel`
    /// (<https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/>).
    KubectlPlugin,
}

impl Program {
    /// The name in the first word of a command line, which may be a path.
    pub fn of(word: Option<&OsStr>) -> Self {
        match word.and_then(|word| Path::new(word).file_stem()) {
            Some(name) if name == "kubectl-capmodel" => Self::KubectlPlugin,
            _ => Self::Capmodel,
        }
    }

    /// What people type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Capmodel => "capmodel",
            Self::KubectlPlugin => "kubectl capmodel",
        }
    }

    /// The same text with `kubectl capmodel` for every `capmodel` that a command follows, if that is what people type.
    pub fn named(self, text: &str) -> Cow<'_, str> {
        if self == Self::Capmodel {
            return Cow::Borrowed(text);
        }
        let commands = Cli::command();
        let is_command = |word: &str| commands.get_subcommands().any(|command| command.get_name() == word);
        let (usual, mut named, mut rest) = (Self::Capmodel.name(), String::new(), text);
        while let Some(at) = rest.find(usual) {
            let (before, after) = rest.split_at(at + usual.len());
            let lead = &before[..at];
            let is_word = !lead.ends_with(|c: char| c.is_alphanumeric() || "-_/.".contains(c));
            // A wrapped line may end after the name.
            let next =
                after.trim_start().split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap_or_default();
            let is_typed = is_word && after.starts_with(char::is_whitespace) && is_command(next);
            named.push_str(lead);
            named.push_str(if is_typed && !lead.ends_with("kubectl ") { self.name() } else { usual });
            rest = after;
        }
        named.push_str(rest);
        Cow::Owned(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_recognized_by_its_file() {
        let of = |word: &str| Program::of(Some(OsStr::new(word)));
        for word in ["kubectl-capmodel", "/home/a/.krew/bin/kubectl-capmodel", "kubectl-capmodel.exe"] {
            assert_eq!(of(word), Program::KubectlPlugin, "{word}");
        }
        for word in ["capmodel", "/usr/bin/capmodel", "capmodel.exe", "kubectl", ""] {
            assert_eq!(of(word), Program::Capmodel, "{word}");
        }
        assert_eq!(Program::of(None), Program::Capmodel);
    }

    #[test]
    fn only_commands_are_renamed() {
        for (text, want) in [
            ("run capmodel report -v", "run kubectl capmodel report -v"),
            (
                "`capmodel rbac` prints, capmodel\n  explain says",
                "`kubectl capmodel rbac` prints, kubectl capmodel\n  explain says",
            ),
            ("kubectl capmodel report", "kubectl capmodel report"),
            ("capmodel is a tool of capmodel.io", "capmodel is a tool of capmodel.io"),
            ("./capmodel report, my-capmodel report", "./capmodel report, my-capmodel report"),
            ("", ""),
        ] {
            assert_eq!(Program::KubectlPlugin.named(text), want);
            assert_eq!(Program::Capmodel.named(text), text);
        }
    }
}

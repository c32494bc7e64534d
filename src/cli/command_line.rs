//! A command line completed by settings from the environment and from files. Options on the command line take
//! precedence, and settings that conflict with them are ignored.

use std::ffi::{OsStr, OsString};

use clap::Parser;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use super::Cli;
use super::typed::{GivenOption, Typed};

/// Where a setting was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In an environment variable of this name.
    Variable(String),
    /// In a line of a file.
    File {
        /// Path of the file.
        label: String,
        /// Line number, from 1.
        line: usize,
    },
}

/// An option with its values, given in the environment or in a file.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Long name of the option.
    pub option: String,
    /// Values of the option; `None` if it takes no value.
    pub values: Option<Vec<String>>,
    /// Where the setting was given.
    pub origin: Origin,
}

impl Setting {
    fn words(&self) -> Vec<OsString> {
        let Self { option, values, .. } = self;
        match values {
            None => vec![format!("--{option}").into()],
            Some(values) => values.iter().map(|value| format!("--{option}={value}").into()).collect(),
        }
    }
}

/// Why a command line cannot be used.
#[derive(Debug)]
pub enum Refusal {
    /// Clap's error about the arguments; also its output for `--help` and `--version`.
    Typed(Error),
    /// The value of a setting is invalid.
    Setting {
        /// Where the setting was given.
        origin: Origin,
        /// Error message without the location.
        message: String,
    },
}

/// Joins an option and a negative value of it, `--rps -5`, to `--rps=-5`: clap would take the value for an option, and say
/// nothing of what the value should be. No option is a digit.
pub fn with_negative_values(words: Vec<OsString>) -> Vec<OsString> {
    let starts = |word: &OsStr, dash: &str, next: fn(char) -> bool| {
        word.to_str().and_then(|word| word.strip_prefix(dash)).is_some_and(|rest| rest.starts_with(next))
    };
    let is_option = |word: &OsStr| starts(word, "--", char::is_alphabetic) && !word.to_string_lossy().contains('=');
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let mut joined: Vec<OsString> = Vec::with_capacity(words.len());
    for (at, word) in words.into_iter().enumerate() {
        match joined.last_mut() {
            Some(option) if at < end && is_option(option) && starts(&word, "-", |c| c.is_ascii_digit() || c == '.') => {
                option.push("=");
                option.push(word);
            }
            _ => joined.push(word),
        }
    }
    joined
}

/// What was typed, and the settings that complete it.
#[derive(Debug)]
pub struct CommandLine {
    typed: Vec<OsString>,
    is_verbose: bool,
    used: Vec<Setting>,
    aside: Vec<Setting>,
}

impl CommandLine {
    /// Creates a command line from its arguments and the settings of its command, in decreasing order of precedence.
    pub fn new(words: Vec<OsString>, typed: Option<&Typed>, mut settings: Vec<Setting>) -> Self {
        let is_typed = |option: &str| typed.is_some_and(|typed| typed.options.contains(option));
        settings.retain(|setting| !is_typed(&setting.option));
        Self { typed: words, is_verbose: is_typed("verbose"), used: settings, aside: Vec::new() }
    }

    /// Parses the command, with every setting that does not conflict with the arguments.
    ///
    /// # Errors
    /// [`Refusal`] if the arguments or the value of a setting are invalid.
    pub fn parse(&mut self) -> Result<Cli, Refusal> {
        loop {
            let error = match Cli::try_parse_from(self.words(&self.used)) {
                Ok(cli) => return Ok(cli),
                Err(error) => error,
            };
            match error.kind() {
                _ if self.used.is_empty() || !error.use_stderr() => return Err(Refusal::Typed(error)),
                ErrorKind::ArgumentConflict | ErrorKind::MissingRequiredArgument => match self.to_blame(&error) {
                    Some(at) => self.aside.push(self.used.remove(at)),
                    None => return Err(Refusal::Typed(error)),
                },
                _ => return Err(self.wrong_value(error)),
            }
        }
    }

    /// Ignores the setting of an option that has no effect on this command; returns false if the option is an argument.
    pub fn set_aside(&mut self, option: &str) -> bool {
        let at = self.used.iter().position(|setting| setting.option == option);
        self.aside.extend(at.map(|at| self.used.remove(at)));
        at.is_some()
    }

    /// Whether an option was only given as a setting, so that [`Self::set_aside`] can ignore it.
    pub fn is_from_settings(&self, option: &str) -> bool {
        self.used.iter().any(|setting| setting.option == option)
    }

    /// Whether `--verbose` was given.
    pub fn is_verbose(&self) -> bool {
        self.is_verbose || self.is_from_settings("verbose")
    }

    /// The settings in use, and those that are ignored.
    pub fn settings(&self) -> (&[Setting], &[Setting]) {
        (&self.used, &self.aside)
    }

    /// Every option in use, of the command line and of the settings.
    pub fn options(&self) -> Vec<GivenOption> {
        Typed::read(&self.words(&self.used)).map_or_else(Vec::new, |(typed, _)| typed.given)
    }

    /// How many files are read from standard input, written as `-`: alone, after `=` or `@`, or in a list separated by
    /// commas.
    pub fn reads_of_stdin(&self) -> usize {
        let words = self.words(&self.used);
        let parts = words.iter().filter_map(|word| word.to_str()).flat_map(|word| word.split(['=', ',']));
        parts.filter(|part| ["-", "@-"].contains(part)).count()
    }

    /// The arguments followed by the settings, which are inserted before `--`.
    fn words(&self, settings: &[Setting]) -> Vec<OsString> {
        let end = self.typed.iter().position(|word| word == "--").unwrap_or(self.typed.len());
        let (before, after) = self.typed.split_at(end);
        let settings = settings.iter().flat_map(Setting::words);
        before.iter().cloned().chain(settings).chain(after.iter().cloned()).collect()
    }

    /// Clap's error for the arguments with only these settings.
    fn error_with(&self, settings: &[Setting]) -> Option<Error> {
        Cli::try_parse_from(self.words(settings)).err()
    }

    /// Index of the setting that conflicts with the arguments or with an earlier setting, or that requires an option
    /// that was not given.
    fn to_blame(&self, error: &Error) -> Option<usize> {
        let alone = self.error_with(&[]);
        let is_same = |found: &Option<Error>| found.as_ref().is_some_and(|found| found.kind() == error.kind());
        if error.kind() == ErrorKind::ArgumentConflict {
            if is_same(&alone) {
                return None;
            }
            return (0..self.used.len()).find(|at| is_same(&self.error_with(&self.used[..=*at])));
        }
        let lacking = |found: Option<&Error>| match found.and_then(|found| found.get(ContextKind::InvalidArg)) {
            Some(ContextValue::Strings(names)) => names.clone(),
            _ => Vec::new(),
        };
        let (lacked, without) = (lacking(Some(error)), lacking(alone.as_ref()));
        (0..self.used.len()).find(|at| {
            let with = lacking(self.error_with(&self.used[*at..=*at]).as_ref());
            with.iter().any(|name| lacked.contains(name) && !without.contains(name))
        })
    }

    /// The error about an invalid value; for the value of a setting, with its location.
    fn wrong_value(&self, error: Error) -> Refusal {
        let text = error.to_string();
        if self.error_with(&[]).is_some_and(|alone| alone.to_string() == text) {
            return Refusal::Typed(error);
        }
        let says_so = |setting: &&Setting| {
            let with = self.error_with(std::slice::from_ref(setting));
            with.is_some_and(|with| with.to_string() == text)
        };
        let Some(setting) = self.used.iter().find(says_so) else { return Refusal::Typed(error) };
        let message = text.trim_start_matches("error: ").split("\n\nFor more information").next().unwrap_or(&text);
        Refusal::Setting { origin: setting.origin.clone(), message: message.trim_end().to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_values_are_joined_to_their_options() {
        let joined = |text: &str| {
            let words = with_negative_values(text.split(' ').map(OsString::from).collect());
            words.iter().map(|word| word.to_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        for (typed, want) in [
            ("estimate --rps -5", "estimate --rps=-5"),
            ("estimate --rps -.5 -v", "estimate --rps=-.5 -v"),
            ("estimate --exchange-rate -1@2026-11-01", "estimate --exchange-rate=-1@2026-11-01"),
            ("estimate --rps=5 -5", "estimate --rps=5 -5"),
            ("estimate --rps --verbose", "estimate --rps --verbose"),
            ("report - -5", "report - -5"),
            ("estimate -- --rps -5", "estimate -- --rps -5"),
        ] {
            assert_eq!(joined(typed), want);
        }
    }
}

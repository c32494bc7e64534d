//! The arguments of a command line and the options of its command, derived from clap's definition of the command.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, ValueRange};
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory};

use super::Cli;

/// Options that select the settings file, and therefore cannot be given in one.
const OF_THE_FILE: [&str; 2] = ["config", "no-config"];

/// Number of values that an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// None; the option is a switch.
    Nothing,
    /// Exactly one.
    One,
    /// One for each time that the option is given.
    Many,
}

/// A command with its options and subcommands.
#[derive(Clone, Debug)]
pub struct CommandOptions {
    /// Name of the command.
    pub command: String,
    /// Long names of its options that can be given in the environment or in a file.
    pub own: Vec<(String, Takes)>,
    /// Subcommands of the command.
    pub below: Vec<CommandOptions>,
}

impl CommandOptions {
    /// The options of `capmodel` and all its commands.
    pub fn of_all() -> Self {
        Self::of(&whole())
    }

    fn of(command: &Command) -> Self {
        let named = settable(command).filter_map(|arg| Some((arg.get_long()?.to_owned(), takes(arg.get_action()))));
        let own = named.filter(|(name, _)| !OF_THE_FILE.contains(&name.as_str())).collect();
        let below = command.get_subcommands().map(Self::of).collect();
        Self { command: command.get_name().to_owned(), own, below }
    }

    /// The subcommand with this name.
    pub fn find(&self, name: &str) -> Option<&Self> {
        self.below.iter().find(|below| below.command == name)
    }

    /// All options of the command and of its subcommands, without duplicates.
    pub fn all(&self) -> BTreeSet<&str> {
        self.own.iter().map(|(name, _)| name.as_str()).chain(self.below.iter().flat_map(Self::all)).collect()
    }
}

/// The complete command, including everything that clap adds.
fn whole() -> Command {
    let mut whole = Cli::command();
    whole.build();
    whole
}

/// The arguments of a command, except those for help and version.
fn settable(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !matches!(arg.get_action(), ArgAction::Help | ArgAction::Version))
}

const fn takes(action: &ArgAction) -> Takes {
    match action {
        ArgAction::Append => Takes::Many,
        ArgAction::Set => Takes::One,
        _ => Takes::Nothing,
    }
}

/// An option with its values as they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenOption {
    /// Long name of the option.
    pub name: String,
    /// Its values; empty if it takes none.
    pub values: Vec<OsString>,
}

/// A command line, as far as it can be interpreted without validating any value.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// The command and its subcommands, such as `["profiles", "fit"]`.
    pub path: Vec<String>,
    /// Long names of the given options.
    pub options: BTreeSet<String>,
    /// The given options, including those that select the settings file.
    pub given: Vec<GivenOption>,
    /// The file given with `--config`.
    pub config: Option<PathBuf>,
    /// Whether `--no-config` was given.
    pub no_config: bool,
}

impl Typed {
    /// Interprets a command line, and returns the options of `capmodel` and all its subcommands with it; `None` if clap
    /// will report an error, or for `--help`.
    pub fn read(words: &[OsString]) -> Option<(Self, CommandOptions)> {
        let whole = whole();
        let matches = skeleton(&whole).try_get_matches_from(words).ok()?;
        let (mut matches, mut command) = (&matches, &whole);
        let mut typed = Self::default();
        loop {
            typed.take(command, matches);
            let Some((name, below)) = matches.subcommand() else { break };
            typed.path.push(name.to_owned());
            command = command.find_subcommand(name)?;
            matches = below;
        }
        Some((typed, CommandOptions::of(&whole)))
    }

    fn take(&mut self, command: &Command, matches: &ArgMatches) {
        for arg in settable(command) {
            let (id, Some(name)) = (arg.get_id().as_str(), arg.get_long()) else { continue };
            let is_given = match takes(arg.get_action()) {
                Takes::Nothing => matches.get_count(id) > 0,
                Takes::One | Takes::Many => matches.contains_id(id),
            };
            if !is_given {
                continue;
            }
            let values = match takes(arg.get_action()) {
                Takes::Nothing => Vec::new(),
                Takes::One | Takes::Many => matches.get_many(id).into_iter().flatten().cloned().collect(),
            };
            self.given.push(GivenOption { name: name.to_owned(), values });
            match name {
                "config" => self.config = matches.get_one::<OsString>(id).map(PathBuf::from),
                "no-config" => self.no_config = true,
                _ => {
                    self.options.insert(name.to_owned());
                }
            }
        }
    }
}

/// The same command without validation: nothing is required, nothing conflicts, and every value is plain text.
fn skeleton(command: &Command) -> Command {
    // One argument replaces all positional arguments.
    let mut unnamed = false;
    let args = settable(command).filter(|arg| !arg.is_positional() || !std::mem::replace(&mut unnamed, true));
    Command::new(command.get_name().to_owned())
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .args(args.map(bones))
        .subcommands(command.get_subcommands().map(skeleton))
}

fn bones(arg: &Arg) -> Arg {
    let bones = Arg::new(arg.get_id().clone()).short(arg.get_short());
    let bones = match arg.get_long() {
        Some(name) => bones.long(name.to_owned()),
        None => return bones.action(ArgAction::Append).num_args(0..).value_parser(OsStringValueParser::new()),
    };
    match takes(arg.get_action()) {
        Takes::Nothing => bones.action(ArgAction::Count),
        // Clap itself refuses a second value of an option that takes one.
        Takes::One | Takes::Many => bones
            .action(ArgAction::Append)
            .num_args(arg.get_num_args().unwrap_or(ValueRange::SINGLE))
            .value_parser(OsStringValueParser::new()),
    }
}

//! What was typed, and which options the command has: all of it derived from clap's own command.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, ValueRange};
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory};

use super::Cli;

/// The options that say where settings are read from, which no file of settings can say.
const OF_THE_FILE: [&str; 2] = ["config", "no-config"];

/// How many values an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// None: it is there or not.
    Nothing,
    /// One.
    One,
    /// One each time that it is given.
    Many,
}

/// A command, its options, and the commands below it.
#[derive(Clone, Debug)]
pub struct CommandOptions {
    /// Name of the command.
    pub command: String,
    /// Long names of its options that a file of settings and the environment can give.
    pub own: Vec<(String, Takes)>,
    /// Its subcommands.
    pub below: Vec<CommandOptions>,
}

impl CommandOptions {
    fn of(command: &Command) -> Self {
        let named = settable(command).filter_map(|arg| Some((arg.get_long()?.to_owned(), takes(arg.get_action()))));
        let own = named.filter(|(name, _)| !OF_THE_FILE.contains(&name.as_str())).collect();
        let below = command.get_subcommands().map(Self::of).collect();
        Self { command: command.get_name().to_owned(), own, below }
    }

    /// A subcommand.
    pub fn find(&self, name: &str) -> Option<&Self> {
        self.below.iter().find(|below| below.command == name)
    }

    /// The options of the command and of all commands below it, each once.
    pub fn all(&self) -> BTreeSet<&str> {
        self.own.iter().map(|(name, _)| name.as_str()).chain(self.below.iter().flat_map(Self::all)).collect()
    }
}

/// The whole command with all that clap adds to it.
fn whole() -> Command {
    let mut whole = Cli::command();
    whole.build();
    whole
}

/// The arguments of a command that are not about its help.
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

/// A command line, as far as it can be told without checking any value.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// The command and its subcommands, such as `["profiles", "fit"]`.
    pub path: Vec<String>,
    /// The long names of the options that were typed.
    pub options: BTreeSet<String>,
    /// The file that `--config` names.
    pub config: Option<PathBuf>,
    /// Whether no file of settings is wanted.
    pub no_config: bool,
}

impl Typed {
    /// What was typed, and the options of `capmodel` and all of its commands; `None` for a command line with an error that
    /// clap will report, or with `--help`.
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

/// The same command without its rules: nothing is required, nothing conflicts, and every value is a text.
fn skeleton(command: &Command) -> Command {
    // One takes the place of all arguments without a name.
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
        // A second value of an option that takes one is for clap to refuse.
        Takes::One | Takes::Many => bones
            .action(ArgAction::Append)
            .num_args(arg.get_num_args().unwrap_or(ValueRange::SINGLE))
            .value_parser(OsStringValueParser::new()),
    }
}

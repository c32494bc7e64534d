//! Completion scripts that also complete values: names of profiles, policies, regions, instance types and findings.
//!
//! The parsers of these options accept more than the built-in names: paths, and what the user's own price table has. So the
//! names are only known to the scripts.

use std::collections::BTreeSet;

use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use crate::inputs::files::{load_names, policy_names, profile_names, sidecar_names, work_names};
use crate::inputs::prices::PriceBook;
use crate::model::finding::Code;
use crate::model::nodes::Provider;

/// Arguments whose value is a name or a file.
const OR_A_FILE: [&str; 5] = ["load", "policy", "profile", "sidecar", "work"];

/// Arguments without an option, with the condition of their command in fish, for which clap only completes options.
const IN_FISH: [(&str, &str); 4] = [
    ("code", "__fish_capmodel_using_subcommand explain"),
    ("command", "__fish_capmodel_using_subcommand man"),
    ("instance_type", "__fish_capmodel_using_subcommand prices; and __fish_seen_subcommand_from show"),
    ("profile", "__fish_capmodel_using_subcommand profiles; and __fish_seen_subcommand_from show"),
];

/// The completion script for a shell.
pub fn completion_script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut with_names(Cli::command()), "capmodel", &mut script);
    match String::from_utf8(script) {
        Ok(text) => completed(text, shell).into_bytes(),
        Err(not_text) => not_text.into_bytes(),
    }
}

/// Adds what clap leaves out. In bash nothing is missing: it offers files where no name fits.
fn completed(mut script: String, shell: Shell) -> String {
    let listed = |argument: &str, name: fn(&String) -> String, between: &str| {
        names(argument).iter().map(name).collect::<Vec<_>>().join(between)
    };
    match shell {
        Shell::Zsh => {
            for argument in OR_A_FILE {
                let names = listed(argument, String::clone, " ");
                let both = format!(r#" _alternative "names\:name\:({names})" "files\:file\:_files""#);
                script = script.replace(&format!("({names})"), &both);
            }
        }
        Shell::Fish => {
            let in_fish = |argument: &str| listed(argument, |name| format!(r"{name}\t''"), "\n");
            for (argument, condition) in IN_FISH {
                script += &format!("complete -c capmodel -n \"{condition}\" -f -a \"{}\"\n", in_fish(argument));
            }
            for names in OR_A_FILE.map(in_fish) {
                script = script.replace(&format!("-f -a \"{names}\""), &format!("-F -a \"{names}\""));
            }
        }
        _ => {}
    }
    script
}

/// The command with the names of built-in values.
fn with_names(command: Command) -> Command {
    let with_names_of = |arg: Arg| {
        let names = names(arg.get_id().as_str());
        if names.is_empty() { arg } else { arg.value_parser(PossibleValuesParser::new(names)) }
    };
    command.mut_args(with_names_of).mut_subcommands(with_names)
}

/// Names of the built-in values of an argument; empty for any other.
fn names(argument: &str) -> BTreeSet<String> {
    let owned = |names: &mut dyn Iterator<Item = &'static str>| names.map(str::to_owned).collect();
    match argument {
        "profile" => owned(&mut profile_names()),
        "policy" => owned(&mut policy_names()),
        "work" => owned(&mut work_names()),
        "sidecar" => owned(&mut sidecar_names()),
        "load" => owned(&mut load_names()),
        "code" => owned(&mut Code::ALL.iter().map(|code| code.as_str())),
        "region" => of_prices(|book, provider| book.regions(provider).into_iter().collect()),
        "instance_type" => of_prices(|book, provider| book.type_names(provider)),
        "command" => Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect(),
        _ => BTreeSet::new(),
    }
}

/// Names in the built-in price tables of all providers.
fn of_prices(names: impl for<'a> Fn(&'a PriceBook, Provider) -> BTreeSet<&'a str>) -> BTreeSet<String> {
    let book = PriceBook::embedded();
    Provider::ALL
        .iter()
        .flat_map(|provider| names(&book, *provider).into_iter().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

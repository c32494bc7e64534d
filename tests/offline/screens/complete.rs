//! Every command, help text, flag and flag value that clap defines is pinned.

use std::path::Path;

use capmodel::cli::Cli;
use clap::{Arg, Command, CommandFactory};

use super::golden::GOLDEN;

/// Commands whose flags and values are not pinned one by one, because they print a script for each shell.
const NOT_PINNED: [&str; 1] = ["capmodel completions"];

/// Flags of [`capmodel::cli::OutputArgs`] and of [`Cli`] that one function resolves for all commands, and the provider,
/// which one function parses: pinned for one of them.
const PINNED_ONCE: [&str; 5] = ["width", "color", "config", "no-config", "provider"];

/// All pinned command lines, sorted.
fn pinned() -> Vec<String> {
    let mut lines = Vec::new();
    for folder in ["fixtures/screens", "fixtures/screens/live"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "trycmd") {
                lines.extend(commands_of(&path));
            }
        }
    }
    lines.extend(GOLDEN.iter().map(|document| format!("capmodel {}", document.arguments)));
    lines.sort();
    lines
}

fn commands_of(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("$ "));
    lines
        .map(|line| line.split_whitespace().skip_while(|word| word.contains('=')).collect::<Vec<_>>().join(" "))
        .collect()
}

/// Each command with its full name, such as `capmodel prices list`, except clap's own `help`.
fn commands(command: &Command, words: &str, all: &mut Vec<(String, Command)>) {
    all.push((words.to_owned(), command.clone()));
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        commands(below, &format!("{words} {}", below.get_name()), all);
    }
}

fn all_commands() -> Vec<(String, Command)> {
    let mut whole = Cli::command();
    whole.build();
    let mut all = Vec::new();
    commands(&whole, "capmodel", &mut all);
    all
}

/// Whether a pinned line of this command has the flag, in its long or short form, with this value.
fn has(lines: &[String], words: &str, arg: &Arg, value: Option<&str>) -> bool {
    let long = arg.get_long().map(|name| format!("--{name}"));
    let short = arg.get_short().map(|name| format!("-{name}"));
    lines.iter().filter(|line| line.starts_with(&format!("{words} "))).any(|line| {
        let mut given = line.split(' ').zip(line.split(' ').skip(1).chain([""]));
        given.any(|(word, next)| {
            let named = Some(word) == long.as_deref() || Some(word) == short.as_deref();
            named && value.is_none_or(|value| value == next)
        })
    })
}

#[test]
fn every_help_text_is_pinned() {
    let lines = pinned();
    let missing = all_commands().into_iter().flat_map(|(words, _)| [format!("{words} --help"), format!("{words} -h")]);
    let missing: Vec<String> = missing.filter(|line| !lines.contains(line)).collect();
    assert!(missing.is_empty(), "no screen is pinned of\n{}", missing.join("\n"));
}

/// The text without its colour codes.
fn without_colors(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn no_screen_is_wider_than_its_terminal() {
    let mut screens = 0;
    for file in ["fixtures/screens/screen.trycmd", "fixtures/screens/live/report.trycmd"] {
        let text = std::fs::read_to_string(file).unwrap();
        for block in text.split("```console\n$ ").skip(1) {
            let (command, screen) = block.split_once('\n').unwrap();
            let Some((_, width)) = command.split_once("--width ") else { continue };
            let width: usize = width.split(' ').next().unwrap().parse().unwrap();
            if screen.starts_with("? 2") {
                continue;
            }
            screens += 1;
            for line in screen.split("```").next().unwrap().lines().map(without_colors) {
                assert!(line.chars().count() <= width, "{command}\n{line}");
            }
        }
    }
    assert!(screens >= 8, "{screens} screens have a width");
}

/// The first screen is short: rule 2 of the screens.
#[test]
fn the_usual_screens_fit_a_terminal() {
    let text = std::fs::read_to_string("fixtures/screens/screen.trycmd").unwrap();
    for (command, most) in
        [("estimate --rps 5000 --width 80\n", 24), ("small.json --prices fixtures/report/prices.csv --width 80\n", 40)]
    {
        let screen = text.split_once(command).unwrap().1.split("```").next().unwrap();
        assert!(screen.trim_end().lines().count() <= most, "{command}{screen}");
    }
}

#[test]
fn every_flag_and_every_value_is_pinned() {
    let lines = pinned();
    let mut missing = Vec::new();
    for (words, command) in all_commands().iter().filter(|(words, _)| !NOT_PINNED.contains(&words.as_str())) {
        for arg in command.get_arguments().filter(|arg| arg.get_long().is_some_and(|name| name != "help")) {
            let name = arg.get_long().unwrap_or_default();
            let words = if PINNED_ONCE.contains(&name) { "capmodel estimate" } else { words.as_str() };
            if !has(&lines, words, arg, None) {
                missing.push(format!("{words} --{name}"));
            }
            let usual = arg.get_default_values();
            for value in arg.get_possible_values().iter().filter(|_| arg.get_action().takes_values()) {
                let value = value.get_name();
                if !usual.iter().any(|usual| usual == value) && !has(&lines, words, arg, Some(value)) {
                    missing.push(format!("{words} --{name} {value}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "no screen or document is pinned of\n{}", missing.join("\n"));
}

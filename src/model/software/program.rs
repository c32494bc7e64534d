//! Identifies the programs that a command starts.
//!
//! Arguments may contain secrets. Each one is therefore compared with fixed lists and discarded: the result consists
//! of names from the tables, never of parts of the command.

use super::known_software::KnownSoftware;
use super::program_table::{PROGRAMS, START_VERBS, STARTERS};

/// The kind of one argument of a command. It contains no text of the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A program in the table, with or without its path.
    Program(&'static KnownSoftware),
    /// A module of a Python package in the table.
    PartOf(&'static KnownSoftware),
    /// A program that starts another one, and what it identifies itself.
    Starter(Option<&'static KnownSoftware>),
    /// A subcommand of such a program.
    Verb,
    /// A shell, which starts another program.
    Shell,
    /// `-c`: a shell script follows.
    Script,
    /// `-m`: a Python module follows.
    Module,
    /// `-k` or `--worker-class`: a Gunicorn worker class follows.
    WorkerClass,
    /// Uvicorn's worker class for Gunicorn.
    UvicornWorker,
    /// Another option, `--`, or an environment variable assignment.
    Option,
    /// Several words, and the programs that they start if they are a script.
    Words(Vec<&'static KnownSoftware>),
    /// An argument that is not a known program.
    Other,
}

/// The two Uvicorn worker classes (<https://www.uvicorn.org/deployment/>), which also exist as a separate package.
const UVICORN_WORKERS: [&str; 4] = [
    "uvicorn.workers.UvicornWorker",
    "uvicorn.workers.UvicornH11Worker",
    "uvicorn_worker.UvicornWorker",
    "uvicorn_worker.UvicornH11Worker",
];

impl Argument {
    /// Classifies an argument of a command line.
    pub fn new(text: &str) -> Self {
        let text = text.trim();
        if text.contains(char::is_whitespace) {
            return Self::Words(in_script(text));
        }
        match text {
            "-c" | "-lc" | "-ec" | "-xc" | "-exc" | "-euc" | "-euxc" => return Self::Script,
            "-m" => return Self::Module,
            "-k" | "--worker-class" => return Self::WorkerClass,
            _ => {}
        }
        let value = text.strip_prefix("--worker-class=").or_else(|| text.strip_prefix("-k="));
        if UVICORN_WORKERS.contains(&value.unwrap_or(text)) {
            return Self::UvicornWorker;
        }
        if text.starts_with('-') || is_assignment(text) {
            return Self::Option;
        }
        let name = text.rsplit('/').next().unwrap_or_default();
        if ["sh", "bash", "ash", "dash", "zsh"].contains(&name) {
            Self::Shell
        } else if START_VERBS.contains(&name) {
            Self::Verb
        } else if let Some((_, itself)) = STARTERS.iter().find(|(starter, _)| *starter == name) {
            Self::Starter(itself.and_then(program_by_name))
        } else if let Some(known) = program_by_name(unversioned(name)) {
            Self::Program(known)
        } else {
            let package = text.split_once('.').and_then(|(package, _)| program_by_name(package));
            package.map_or(Self::Other, Self::PartOf)
        }
    }
}

/// Removes a version suffix: `python3.12` becomes `python3`, `php-fpm8.3` becomes `php-fpm`.
fn unversioned(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((before, minor)) if !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit()) => {
            if program_by_name(before).is_some() {
                before
            } else {
                before.trim_end_matches(|c: char| c.is_ascii_digit())
            }
        }
        _ => name,
    }
}

fn is_assignment(text: &str) -> bool {
    let Some((name, _)) = text.split_once('=') else { return false };
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The row of the table with this name.
pub fn program_by_name(name: &str) -> Option<&'static KnownSoftware> {
    PROGRAMS.iter().find(|known| known.name == name)
}

/// The programs that a container's command and arguments start. Without a command, the image's own entry point is
/// used, which is unknown, and the first argument may or may not be a program.
pub fn programs(arguments: &[Argument]) -> Vec<&'static KnownSoftware> {
    let mut found: Vec<&'static KnownSoftware> = Vec::new();
    let mut add = |known: &'static KnownSoftware| {
        if !found.contains(&known) {
            found.push(known);
        }
    };
    let mut rest = arguments.iter().peekable();
    while let Some(argument) = rest.next() {
        match argument {
            Argument::Starter(itself) => {
                itself.map(&mut add);
                while rest.next_if(|next| matches!(next, Argument::Verb | Argument::Option)).is_some() {}
                // `python -m` may follow `opentelemetry-instrument`, and `exec` may follow `bundle`.
                continue;
            }
            Argument::Shell => {
                while rest.next_if(|next| matches!(next, Argument::Option)).is_some() {}
                if rest.next_if_eq(&&Argument::Script).is_some() {
                    match rest.next() {
                        Some(Argument::Words(started)) => started.iter().copied().for_each(&mut add),
                        Some(Argument::Program(known)) => add(known),
                        _ => {}
                    }
                }
            }
            Argument::Program(known) => {
                add(known);
                following(known, &mut rest, &mut add);
            }
            _ => {}
        }
        break;
    }
    found
}

/// What the arguments of a known program identify: a known Python module or script, or Uvicorn workers of Gunicorn.
fn following<'a>(
    known: &KnownSoftware,
    rest: &mut std::iter::Peekable<impl Iterator<Item = &'a Argument>>,
    add: &mut impl FnMut(&'static KnownSoftware),
) {
    if ["python", "python3", "pypy3"].contains(&known.name) {
        while rest.next_if(|next| matches!(next, Argument::Option)).is_some() {}
        let is_module = rest.next_if_eq(&&Argument::Module).is_some();
        match rest.next() {
            Some(Argument::Program(program)) => {
                add(program);
                if program.name == "gunicorn" {
                    following(program, rest, add);
                }
            }
            Some(Argument::PartOf(package)) if is_module => add(package),
            _ => {}
        }
    } else if known.name == "gunicorn" && rest.any(|argument| *argument == Argument::UvicornWorker) {
        program_by_name("uvicorn").map(add);
    }
}

/// The programs that the commands of a script start: the first word of each command, skipping those that only prepare
/// the environment.
fn in_script(script: &str) -> Vec<&'static KnownSoftware> {
    let mut found: Vec<&'static KnownSoftware> = Vec::new();
    for command in script.split(['\n', ';', '&', '|', '(', ')']) {
        // A single word is not treated as a script again.
        let words: Vec<Argument> = command.split_whitespace().map(Argument::new).collect();
        let first = words.iter().position(|word| !matches!(word, Argument::Option)).unwrap_or(words.len());
        for known in programs(&words[first..]) {
            if !found.contains(&known) {
                found.push(known);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn started(arguments: &[&str]) -> String {
        let arguments: Vec<Argument> = arguments.iter().map(|text| Argument::new(text)).collect();
        programs(&arguments).iter().map(|known| known.name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn started_programs_are_identified() {
        for (command, names) in [
            (&["uvicorn", "main:app", "--host", "0.0.0.0"][..], "uvicorn"),
            (&["/usr/local/bin/python3.12", "-u", "-m", "uvicorn", "main:app"], "python3 uvicorn"),
            (&["python", "manage.py", "runserver"], "python manage.py"),
            (&["python", "app.py", "celery"], "python"),
            (&["python", "-m", "vllm.entrypoints.openai.api_server", "--model", "x"], "python vllm"),
            (&["gunicorn", "-k", "uvicorn.workers.UvicornWorker", "main:app"], "gunicorn uvicorn"),
            (&["gunicorn", "--worker-class=uvicorn.workers.UvicornWorker", "main:app"], "gunicorn uvicorn"),
            (&["tini", "--", "node", "server.js"], "node"),
            (&["ddtrace-run", "gunicorn", "app:app"], "python gunicorn"),
            (&["poetry", "run", "celery", "-A", "x", "worker"], "python celery"),
            (&["bundle", "exec", "puma"], "ruby puma"),
            (&["sh", "-c", "python manage.py migrate && exec gunicorn app:app"], "python manage.py gunicorn"),
            (&["/bin/bash", "-ec", "A=b java -jar x.jar"], "java"),
            (&["php-fpm8.3"], "php-fpm"),
            (&["/manager", "--python"], ""),
            (&["serve", "python"], ""),
            (&["sh", "run.sh", "python"], ""),
            (&[], ""),
        ] {
            assert_eq!(started(command), names, "{command:?}");
        }
    }

    /// Whatever an argument contains, none of its text is kept.
    #[test]
    fn no_text_of_an_argument_is_kept() {
        let all = [
            "--password=hunter2",
            "hunter2",
            "TOKEN=hunter2",
            "sh",
            "-c",
            "echo hunter2 | redis-cli -a hunter2",
            "postgres://u:hunter2@db/x",
            "python",
            "-m",
            "hunter2",
        ];
        let arguments: Vec<Argument> = all.iter().map(|text| Argument::new(text)).collect();
        assert!(!format!("{arguments:?}").contains("hunter2"));
        assert!(!format!("{:?}", programs(&arguments)).contains("hunter2"));
    }

    #[test]
    fn each_program_name_is_in_the_table_once() {
        let names: BTreeSet<&str> = PROGRAMS.iter().map(|known| known.name).collect();
        assert_eq!(names.len(), PROGRAMS.len());
        assert!(STARTERS.iter().filter_map(|(_, itself)| *itself).all(|name| program_by_name(name).is_some()));
    }
}

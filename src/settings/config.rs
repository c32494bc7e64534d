//! Settings from outside the command line: `CAPMODEL_*` environment variables, then one file.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;

use toml::de::{DeTable, DeValue};

use crate::cli::{CommandLine, CommandOptions, Origin, Setting, Takes, Typed, with_negative_values};
use crate::inputs::files::{FileError, label, read};
use crate::inputs::nearest::{did_you_mean, nearest, one_slip_away};
use crate::settings::SettingsError;

/// Prefix of every environment variable.
const PREFIX: &str = "CAPMODEL_";

/// Settings file of a working directory, which applies to everyone who runs capmodel there.
const OF_THE_FOLDER: &str = "capmodel.toml";

/// Options that the settings file of a working directory must not contain, because it may come from someone else: a
/// kubeconfig can run programs, a delivery target receives the report, Prometheus receives credentials, and the others
/// overwrite files. A file given with `--config` may contain them.
const NOT_OF_THE_FOLDER: [&str; 6] =
    ["deliver", "kubeconfig", "output", "prometheus", "prometheus-auth-file", "redact-map"];

/// The command line of this process, completed by its environment and its settings file.
///
/// # Errors
/// [`SettingsError`] if a file or a variable cannot be used.
pub fn command_line(words: Vec<OsString>) -> Result<CommandLine, SettingsError> {
    let words = with_negative_values(words);
    let Some((typed, whole)) = Typed::read(&words) else { return Ok(CommandLine::new(words, None, Vec::new())) };
    let command = typed.path.iter().try_fold(&whole, |command, name| command.find(name));
    let Some(command) = command.filter(|command| !command.own.is_empty()) else {
        return Ok(CommandLine::new(words, Some(&typed), Vec::new()));
    };
    let variables = variables(&whole)?;
    let mut of_file = match file(&typed, &variables)? {
        Some(file) => settings_of(&file, &whole, &typed)?,
        None => BTreeMap::new(),
    };
    let (mut settings, mut lower) = (Vec::new(), Vec::new());
    for (option, takes) in &command.own {
        let written = of_file.remove(option);
        match variables.get(&variable(option)) {
            Some(text) => settings.extend(of_variable(option, *takes, text)?),
            None => lower.extend(written.map(|written| written.of(option, *takes)).transpose()?.flatten()),
        }
    }
    settings.append(&mut lower);
    Ok(CommandLine::new(words, Some(&typed), settings))
}

/// Describes which file and which variables a command uses and which of them it ignores: one line for each file and one
/// for the environment, without values.
pub fn sources(line: &CommandLine) -> Vec<String> {
    let mut places: BTreeMap<&str, [Vec<&str>; 2]> = BTreeMap::new();
    let (used, aside) = line.settings();
    for (at, settings) in [used, aside].into_iter().enumerate() {
        for setting in settings {
            let (place, name) = match &setting.origin {
                Origin::File { label, .. } => (label.as_str(), setting.option.as_str()),
                Origin::Variable(name) => ("the environment", name.as_str()),
            };
            places.entry(place).or_default()[at].push(name);
        }
    }
    let mut lines = Vec::new();
    for (place, [used, aside]) in places {
        let unused = if aside.is_empty() { String::new() } else { format!("; not used here: {}", aside.join(", ")) };
        let used = if used.is_empty() { "nothing".to_owned() } else { used.join(", ") };
        lines.push(format!("settings from {place}: {used}{unused}"));
    }
    lines
}

/// Name of an option's environment variable: `CAPMODEL_SLO_P99` for `--slo-p99`.
fn variable(option: &str) -> String {
    format!("{PREFIX}{}", option.to_uppercase().replace('-', "_"))
}

/// The variables that are set to something. One that is nearly the name of an option is a slip.
#[expect(clippy::disallowed_methods, reason = "settings read the environment")]
fn variables(whole: &CommandOptions) -> Result<BTreeMap<String, String>, SettingsError> {
    let mut variables = BTreeMap::new();
    let names: Vec<String> = whole.all().into_iter().chain(["config", "no-config"]).map(variable).collect();
    for (name, text) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        if names.iter().any(|known| known == name) {
            let text = text.into_string().map_err(|_| wrong_variable(name, "it is not UTF-8 text"))?;
            variables.insert(name.to_owned(), text);
        } else if !is_of_a_service(name) {
            let tail = &name[PREFIX.len()..];
            let near: Vec<String> = one_slip_away(tail, names.iter().map(|name| &name[PREFIX.len()..]))
                .into_iter()
                .map(|near| format!("{PREFIX}{near}"))
                .collect();
            if !near.is_empty() {
                return Err(wrong_variable(name, &format!("no option has this name{}", did_you_mean(&near))));
            }
        }
    }
    // Many tools that start other programs unset a variable by setting it to the empty string.
    variables.retain(|_, text| !text.is_empty());
    Ok(variables)
}

/// Whether Kubernetes sets this variable, as it does in every pod of a namespace with a Service named `capmodel` or
/// `capmodel-…` (<https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>).
fn is_of_a_service(name: &str) -> bool {
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.ends_with("_PORT")
        || name.contains("_PORT_")
}

fn wrong_variable(name: &str, message: &str) -> SettingsError {
    SettingsError::Variable { name: name.to_owned(), message: message.to_owned() }
}

/// The setting of a variable. Several values of one option are separated by line breaks, because some values contain
/// commas.
fn of_variable(option: &str, takes: Takes, text: &str) -> Result<Option<Setting>, SettingsError> {
    let name = variable(option);
    let values = match takes {
        Takes::Nothing => match text {
            "true" | "1" => None,
            "false" | "0" => return Ok(None),
            _ => return Err(wrong_variable(&name, "expected true or false")),
        },
        Takes::One => Some(vec![text.to_owned()]),
        Takes::Many => Some(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()),
    };
    Ok(Some(Setting { option: option.to_owned(), values, origin: Origin::Variable(name) }))
}

/// A file of settings.
struct SettingsFile {
    path: PathBuf,
    found: FoundBy,
}

/// Why a file of settings is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FoundBy {
    /// `--config` names it.
    Option,
    /// `CAPMODEL_CONFIG` names it.
    Variable,
    /// It is in the current folder.
    CurrentFolder,
    /// It is in the user's folder of settings.
    UserFolder,
}

impl FoundBy {
    /// Begins the error for a file that cannot be read.
    const fn name(self) -> &'static str {
        match self {
            Self::Option => "--config",
            Self::Variable => "CAPMODEL_CONFIG",
            Self::CurrentFolder => "settings of the current folder",
            Self::UserFolder => "settings of the user",
        }
    }
}

/// The file that is named, or that of the folder, or that of the user.
#[expect(clippy::disallowed_methods, reason = "settings read the environment")]
fn file(typed: &Typed, variables: &BTreeMap<String, String>) -> Result<Option<SettingsFile>, SettingsError> {
    let named = variables.get(&variable("config")).map(PathBuf::from);
    let unwanted = variables.get(&variable("no-config")).map(|text| of_variable("no-config", Takes::Nothing, text));
    // Command-line options take precedence over variables.
    let unwanted = typed.no_config || (typed.config.is_none() && unwanted.transpose()?.flatten().is_some());
    if unwanted {
        return Ok(None);
    }
    let home = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let of_user = home("XDG_CONFIG_HOME").or_else(|| Some(home("HOME")?.join(".config")));
    let of_user = of_user.map(|folder| folder.join("capmodel").join("config.toml"));
    let candidates = [
        (typed.config.clone(), FoundBy::Option),
        (named, FoundBy::Variable),
        (Some(PathBuf::from(OF_THE_FOLDER)).filter(|path| path.exists()), FoundBy::CurrentFolder),
        (of_user.filter(|path| path.exists()), FoundBy::UserFolder),
    ];
    Ok(candidates.into_iter().find_map(|(path, found)| Some(SettingsFile { path: path?, found })))
}

/// A file's entry for one option.
struct Written {
    origin: Origin,
    value: Value,
}

/// Type of an option's value in a file.
enum Value {
    Switch(bool),
    One(String),
    Many(Vec<String>),
}

impl Written {
    /// The setting of an option that takes this number of values; `None` for a switch that is off.
    fn of(self, option: &str, takes: Takes) -> Result<Option<Setting>, FileError> {
        let values = match (takes, self.value) {
            (Takes::Nothing, Value::Switch(false)) => return Ok(None),
            (Takes::Nothing, Value::Switch(true)) => None,
            (Takes::One | Takes::Many, Value::One(value)) => Some(vec![value]),
            (Takes::Many, Value::Many(values)) => Some(values),
            (takes, _) => {
                let wanted = match takes {
                    Takes::Nothing => "true or false",
                    Takes::One => "one value, as text or a number",
                    Takes::Many => "a value or a list of values, as texts or numbers",
                };
                return Err(wrong_line(&self.origin, &format!("`{option}` takes {wanted}")));
            }
        };
        Ok(Some(Setting { option: option.to_owned(), values, origin: self.origin }))
    }
}

/// The error about a line of a file. It does not repeat the line, because a delivery target may be a secret.
pub(super) fn wrong_line(origin: &Origin, message: &str) -> FileError {
    let (label, place) = match origin {
        Origin::File { label, line } => (label.clone(), format!("line {line}: ")),
        Origin::Variable(name) => (name.clone(), String::new()),
    };
    FileError::Invalid { label, wanted: "file of settings", message: format!("{place}{message}") }
}

/// The entries that a command uses: those of its own table before those above it. All of the file is checked.
fn settings_of(
    file: &SettingsFile,
    whole: &CommandOptions,
    typed: &Typed,
) -> Result<BTreeMap<String, Written>, SettingsError> {
    let label = label(&file.path);
    let text = read(&file.path).map_err(|error| error.named_by(file.found.name()))?;
    let line_at = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
    let table = DeTable::parse(&text).map_err(|error| {
        let line = line_at(error.span().map_or(0, |span| span.start));
        wrong_line(&Origin::File { label: label.clone(), line }, error.message())
    })?;
    let is_of_folder = file.found == FoundBy::CurrentFolder;
    let mut reader =
        Reader { label: &label, line_at: &line_at, is_of_folder, path: &typed.path, found: BTreeMap::new() };
    reader.table(table.get_ref(), whole, Some(0))?;
    Ok(reader.found)
}

/// Traverses the tables of a file.
struct Reader<'a> {
    label: &'a str,
    line_at: &'a dyn Fn(usize) -> usize,
    is_of_folder: bool,
    path: &'a [String],
    found: BTreeMap<String, Written>,
}

impl Reader<'_> {
    /// Reads one table. `depth` is the number of components of the command's path that led to it; `None` in the table
    /// of another command.
    fn table(&mut self, table: &DeTable<'_>, command: &CommandOptions, depth: Option<usize>) -> Result<(), FileError> {
        let known = command.all();
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut below = Vec::new();
        for (key, value) in entries {
            let name = key.get_ref().as_ref();
            let origin = Origin::File { label: self.label.to_owned(), line: (self.line_at)(key.span().start) };
            if let DeValue::Table(inner) = value.get_ref() {
                let found = command.find(name);
                let found = found.ok_or_else(|| wrong_line(&origin, &unknown_table(name, command)))?;
                let depth = depth.filter(|depth| self.path.get(*depth).is_some_and(|step| step == name));
                below.push((inner, found, depth.map(|depth| depth + 1)));
                continue;
            }
            if !known.contains(name) {
                return Err(wrong_line(&origin, &unknown_key(name, command, &known)));
            }
            if self.is_of_folder && NOT_OF_THE_FOLDER.contains(&name) {
                let why = format!(
                    "`{name}` is not read from the {OF_THE_FOLDER} of a folder, which may come from someone else; give --{name} or --config {OF_THE_FOLDER}"
                );
                return Err(wrong_line(&origin, &why));
            }
            let value = value_of(value.get_ref()).map_err(|why| wrong_line(&origin, &format!("`{name}` {why}")))?;
            if depth.is_some() {
                self.found.insert(name.to_owned(), Written { origin, value });
            }
        }
        // More specific tables come later and override earlier entries.
        below.into_iter().try_for_each(|(inner, command, depth)| self.table(inner, command, depth))
    }
}

fn unknown_key(name: &str, command: &CommandOptions, known: &BTreeSet<&str>) -> String {
    let near: Vec<String> = nearest(name, known.iter().copied()).into_iter().map(str::to_owned).collect();
    let of = if command.command == "capmodel" { "any command" } else { &command.command };
    format!("`{name}` is not an option of {of}{}", did_you_mean(&near))
}

fn unknown_table(name: &str, command: &CommandOptions) -> String {
    let names = command.below.iter().map(|below| below.command.as_str());
    let near: Vec<String> = nearest(name, names).into_iter().map(str::to_owned).collect();
    format!("`{name}` is not a command{}", did_you_mean(&near))
}

/// The value as it would be written on the command line.
fn value_of(value: &DeValue<'_>) -> Result<Value, &'static str> {
    let one = |value: &DeValue<'_>| match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().to_owned()),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Datetime(_) => Err("looks like a date: write it in quotation marks"),
        _ => Err("must be a text, a number, true, false, or a list of texts or numbers"),
    };
    Ok(match value {
        DeValue::Boolean(on) => Value::Switch(*on),
        DeValue::Array(values) => {
            Value::Many(values.iter().map(|value| one(value.get_ref())).collect::<Result<_, _>>()?)
        }
        value => Value::One(one(value)?),
    })
}

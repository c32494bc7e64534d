//! `capmodel profiles`.

mod load_test;

use std::path::{Path, PathBuf};

use super::service::{self, preferring};
use super::{Failure, Outcome, deliver, running, services, stored_usage};
use crate::cli::{ColorArg, Format, OutputArgs, ProfileFormat, ProfilesCommand};
use crate::inputs::files::{label, parse_profile, profile_file, profile_names, read_snapshot_file};
use crate::model::finding::{Code, Finding};
use crate::model::report::ScrapeTarget;
use crate::model::runtime::{Evidence, Kind, RuntimeProfile};
use crate::outputs;
use crate::settings::OutputSettings;

pub(super) fn run(command: ProfilesCommand) -> Result<Outcome, Failure> {
    match command {
        ProfilesCommand::List { output } => {
            let output = OutputSettings::resolve(output)?;
            let profiles =
                profile_names().map(|name| preferring(name, Evidence::Article)).collect::<Result<Vec<_>, _>>()?;
            deliver(outputs::profile_list(&profiles, output.layout)?, 0, &output)
        }
        ProfilesCommand::Show { profile, evidence, output } => {
            let is_file = output.format == ProfileFormat::Toml;
            let output = OutputSettings::resolve(output.into())?;
            let profile = service::profile(&profile, evidence.map(Into::into))?;
            let shown = if is_file {
                outputs::profile_file(&profile, &as_a_start(&profile))
            } else {
                outputs::profile_sheet(&profile, output.layout)?
            };
            deliver(shown, 0, &output)
        }
        ProfilesCommand::Fit(args) => match (&args.from, &args.service) {
            (Some(from), Some(service)) => fit(from, service, args.output),
            _ => load_test::fit(*args),
        },
        ProfilesCommand::Check { file } => {
            let source = profile_file(&file)?;
            let mut found = Vec::new();
            for evidence in [Evidence::Article, Evidence::Measured] {
                match parse_profile(&source, evidence) {
                    Ok(profile) => found.push((evidence.name(), profile.name)),
                    Err(crate::inputs::files::FileError::NoEvidence { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            let sets: Vec<&str> = found.iter().map(|(evidence, _)| *evidence).collect();
            let name = found.first().map_or("", |(_, name)| name);
            let stdout = format!("{}: valid profile {name} with {} values\n", label(&file), sets.join(" and "));
            Ok(Outcome { stdout: stdout.into_bytes(), ..Outcome::default() })
        }
    }
}

/// How to make a profile of one's own from the file of another one, as the comment at its beginning.
fn as_a_start(profile: &RuntimeProfile) -> [String; 2] {
    [
        format!(
            "The {} values of {}. To make a profile of your own, change the",
            profile.values.evidence.name(),
            profile.name
        ),
        "name, the values and their sources, and use the file with --profile FILE.".to_owned(),
    ]
}

/// Fits the profile of a running service to the usage in a snapshot.
fn fit(from: &Path, service: &ScrapeTarget, file: Option<PathBuf>) -> Result<Outcome, Failure> {
    if file.as_deref() == Some(from) {
        return Err(Failure::Value(format!("--output {} is also an input", from.display())));
    }
    let snapshot = read_snapshot_file(from)?;
    let id = running::find(&snapshot, service)?;
    let history = stored_usage::of(&snapshot)?.ok_or_else(|| {
        Failure::Value(format!(
            "{} contains no usage, so no profile can be fitted for {id}: take the snapshot with capmodel snapshot --prometheus URL",
            label(from)
        ))
    })?;
    let shapes = services::profiles(Some(Evidence::Article))?;
    let mut facts = running::facts(&id, &history, &snapshot, &shapes)?;
    let (period, cluster) = (history.grid.period(), &snapshot.cluster.name);
    if let Ok((_, learned)) = &mut facts.learned {
        learned.source = format!("{id} in the cluster {cluster}, {period}: {}", learned.source);
    }
    let refused = |why: String| Failure::Value(format!("no profile can be fitted for {id}: {why}"));
    let mut own = facts.own().map_err(refused)?;
    let shape = own.profile.name.clone();
    running::set_name(&mut own, &id, &[]);
    let profile = &mut own.profile;
    profile.values.evidence = Evidence::Measured;
    if let Some(workers) = own.workers.filter(|_| profile.kind != Kind::Threads) {
        profile.workers = workers;
    }
    profile.values.pod_source = format!("the recommended requests: {id} in {cluster}, {period}");
    let of_id = facts.findings.into_iter().filter(|finding| finding.code == Code::CalibrationSinglePoint);
    profile.values.findings.extend(of_id);
    profile.values.findings.push(Finding::info(
        Code::ServiceProfile,
        &profile.name,
        format!(
            "this profile includes all CPU that a request costs {id}, its handler included: use it to size the service at another demand, but not to compare languages; for that, use capmodel estimate --service"
        ),
    ));
    let head = [
        format!(
            "The running service {id}, fitted to metrics of the cluster {cluster} from {} to {}.",
            period.start(),
            period.end()
        ),
        format!("Server model and CPU factors are those of {shape}; every number names its source."),
    ];
    write(outputs::profile_file(profile, &head), file)
}

/// Writes a profile to a file or to stdout.
fn write(profile: Vec<u8>, file: Option<PathBuf>) -> Result<Outcome, Failure> {
    let args = OutputArgs { format: Format::Table, output: file, width: None, color: ColorArg::Auto };
    deliver(profile, 0, &OutputSettings::resolve(args)?)
}

//! `capmodel estimate --article`: the article's claims, checked with the built-in profiles and the given price basis.

use std::collections::BTreeMap;

use super::Failure;
use super::service::profile;
use crate::inputs::files::{
    FileError, parse_claims, parse_policy, parse_work, policy_source, profile_names, work_source,
};
use crate::model::article::{CheckInputs, JudgedClaim, judge as judge_claims};
use crate::model::pricing::Basis;
use crate::model::queueing::{QueueingTables, SHIPPED_TABLES};
use crate::model::runtime::{Evidence, Service};
use crate::model::uncertainty::Interval;
use crate::settings::SettingsError;

/// Checks the claims. `demand` is the demand that the user gave, which is refused because the article has its own.
pub(super) fn judge(basis: &Basis, demand: Option<Interval>) -> Result<Vec<JudgedClaim>, Failure> {
    let claims = parse_claims()?;
    if demand.is_some_and(|demand| Some(demand) != Interval::exact(claims.requests_per_second)) {
        let why = "the article's claims are checked at its own demand; omit it";
        return Err(SettingsError::NoEffect { flag: "--rps", why }.into());
    }
    let tables = QueueingTables::parse(SHIPPED_TABLES)?;
    let work = parse_work(&work_source("json")?)?;
    let services = profile_names()
        .filter_map(|name| match profile(name, Some(Evidence::Article)) {
            Ok(profile) => Some(Ok((profile.name.clone(), Service::with_work(profile, work.clone())))),
            // Frameworks that the article has no figures for.
            Err(Failure::File(FileError::NoEvidence { .. })) => None,
            Err(failure) => Some(Err(failure)),
        })
        .collect::<Result<BTreeMap<_, _>, Failure>>()?;
    let policy = parse_policy(&policy_source(&claims.policy)?)?;
    let production = parse_policy(&policy_source("production")?)?;
    let bench = CheckInputs {
        services: &services,
        policy: &policy,
        production: &production,
        basis,
        tables: &tables,
        demand: claims.requests_per_second,
    };
    Ok(judge_claims(&claims.claims, &bench)?)
}

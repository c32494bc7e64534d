//! `capmodel estimate --article`: the article's claims, judged with the built-in profiles and the price basis at hand.

use std::collections::BTreeMap;

use super::Failure;
use crate::inputs::files::{
    parse_claims, parse_policy, parse_profile, parse_work, policy_source, profile_names, profile_source, work_source,
};
use crate::model::{Bench, Evidence, Judged, Question, Service, judge as judge_claims};

pub(super) fn judge(question: &Question) -> Result<Vec<Judged>, Failure> {
    let claims = parse_claims()?;
    let work = parse_work(&work_source("json")?)?;
    let services = profile_names()
        .map(|name| {
            let profile = parse_profile(&profile_source(name)?, Evidence::Article)?;
            Ok((profile.name.clone(), Service::with_work(profile, work.clone())))
        })
        .collect::<Result<BTreeMap<_, _>, Failure>>()?;
    let policy = parse_policy(&policy_source(&claims.policy)?)?;
    let production = parse_policy(&policy_source("production")?)?;
    let bench = Bench {
        services: &services,
        policy: &policy,
        production: &production,
        basis: &question.basis,
        tables: &question.tables,
        demand: claims.requests_per_second,
    };
    Ok(judge_claims(&claims.claims, &bench)?)
}

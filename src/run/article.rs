//! `capmodel estimate --article`: the article's claims, judged with the built-in profiles and the price basis at hand.

use std::collections::BTreeMap;

use super::Failure;
use crate::inputs::files::{
    PolicySource, ProfileSource, WorkSource, parse_claims, parse_policy, parse_profile, parse_work,
};
use crate::model::{Bench, Evidence, Judged, Question, Service, judge as judge_claims};

pub(super) fn judge(question: &Question) -> Result<Vec<Judged>, Failure> {
    let claims = parse_claims()?;
    let work = parse_work(&WorkSource::find("json")?)?;
    let services = ProfileSource::built_in()
        .map(|name| {
            let profile = parse_profile(&ProfileSource::find(name)?, Evidence::Article)?;
            Ok((profile.name.clone(), Service::with_work(profile, work.clone())))
        })
        .collect::<Result<BTreeMap<_, _>, Failure>>()?;
    let policy = parse_policy(&PolicySource::find(&claims.policy)?)?;
    let production = parse_policy(&PolicySource::find("production")?)?;
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

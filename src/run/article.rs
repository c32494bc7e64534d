//! `capmodel estimate --article`: the article's claims, judged with the built-in profiles and the price basis at hand.

use std::collections::BTreeMap;

use super::Failure;
use crate::inputs::files::{PolicySource, ProfileSource, parse_claims, parse_policy, parse_profile};
use crate::model::{Bench, Evidence, Judged, Question, judge as judge_claims};

pub(super) fn judge(question: &Question) -> Result<Vec<Judged>, Failure> {
    let claims = parse_claims()?;
    let profiles = ProfileSource::built_in()
        .map(|name| {
            let profile = parse_profile(&ProfileSource::find(name)?, Evidence::Article)?;
            Ok((profile.name.clone(), profile))
        })
        .collect::<Result<BTreeMap<_, _>, Failure>>()?;
    let policy = parse_policy(&PolicySource::find(&claims.policy)?)?;
    let bench =
        Bench { profiles: &profiles, policy: &policy, basis: &question.basis, demand: claims.requests_per_second };
    Ok(judge_claims(&claims.claims, &bench)?)
}

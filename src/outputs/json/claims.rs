//! The checked claims of the article as `capmodel/claims/v1`.

use crate::model::article::{JudgedClaim, Verdict};
use crate::schema::claims::{Claim, Claims, ClaimsSchema};

pub(in crate::outputs) fn document(judged: &[JudgedClaim]) -> Claims {
    let row = |j: &JudgedClaim| {
        let (verdict, differs_by) = match j.verdict {
            Verdict::Agrees => ("agrees", None),
            Verdict::Input => ("input", None),
            Verdict::Differs(by) => ("differs", Some(by)),
            Verdict::Contradicts => ("contradicts-itself", None),
        };
        let claim = &j.claim;
        Claim {
            id: claim.id.clone(),
            section: claim.section.clone(),
            subject: claim.subject.clone(),
            quantity: claim.quantity.clone(),
            unit: claim.unit.clone(),
            stated_low: claim.figure.low,
            stated_high: Some(claim.figure.high).filter(|high| high.is_finite()),
            computed_low: j.computed.0,
            computed_high: j.computed.1,
            computed_unit: j.computed_unit.unwrap_or(&claim.unit).to_owned(),
            verdict: verdict.to_owned(),
            differs_by,
            note: j.note.clone(),
        }
    };
    Claims { schema: ClaimsSchema::V1, claims: judged.iter().map(row).collect() }
}

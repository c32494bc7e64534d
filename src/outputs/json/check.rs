//! The requirements of a report as `capmodel/check/v1`.

use super::convert::all;
use crate::model::finding::Finding;
use crate::model::requirement::Requirement;
use crate::schema::check::{self, Check, CheckSchema};

pub(in crate::outputs) fn document(requirements: &[Requirement], findings: &[Finding]) -> Check {
    Check { schema: CheckSchema::V1, requirements: requirements.iter().map(row).collect(), findings: all(findings) }
}

pub(in crate::outputs) fn row(requirement: &Requirement) -> check::Requirement {
    let Requirement { area, name, from, state, without, vital } = requirement;
    check::Requirement {
        area: (*area).to_owned(),
        name: name.clone(),
        from: (*from).to_owned(),
        state: state.name().to_owned(),
        lost: if state.is_loss() { without.clone() } else { String::new() },
        vital: *vital,
    }
}

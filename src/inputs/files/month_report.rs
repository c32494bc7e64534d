//! Reads what a stored report says about its month: cost, period, bill and namespaces.

use rust_decimal::Decimal;

use super::FileError;
use super::stored_report::{decimal, document, exchange_rate, money, name};
use crate::model::finding::Finding;
use crate::model::stored::{CostLine, Covers, KnownCost, MonthReport};
use crate::schema::number::DecimalText;
use crate::schema::report::{BilledService, NodeGroup, Report, Row};
use crate::units::Month;

/// Parses the report that is stored at `origin` under `month`.
///
/// # Errors
/// [`FileError::Invalid`] if the bytes are not a report of that month.
pub fn parse_month_report(origin: &str, month: Month, bytes: &[u8]) -> Result<MonthReport, FileError> {
    document(bytes).and_then(|report| month_report(origin, month, report)).map_err(|message| FileError::Invalid {
        label: origin.to_owned(),
        wanted: "report of capmodel",
        message,
    })
}

fn month_report(origin: &str, month: Month, report: Report) -> Result<MonthReport, String> {
    let covers = covers(&report, month)?;
    let known = report.cost.as_ref().map(money).transpose()?;
    // A node that is not a machine of its own is counted as well, as in the report.
    let nodes = report.nodes.iter().map(|group| decimal(&group.count)).sum::<Result<Decimal, String>>()?;
    let mut bill = Vec::new();
    if !report.nodes.is_empty() {
        bill.push(CostLine {
            name: "nodes".to_owned(),
            cost: report
                .nodes
                .iter()
                .map(|NodeGroup { cost, .. }| line(cost.as_ref()))
                .sum::<Result<KnownCost, _>>()?,
        });
    }
    for BilledService { name: service, cost, .. } in report.services {
        bill.push(CostLine { name: name(service)?, cost: line(cost.as_ref())? });
    }
    let namespaces = report.namespaces.into_iter().map(|Row { name: namespace, cost, priced }| {
        let known = cost.total.as_ref().map(money).transpose()?;
        Ok(CostLine { name: name(namespace)?, cost: KnownCost { known, is_complete: priced && known.is_some() } })
    });
    let currency = name(report.basis.currency)?;
    if currency.is_empty() {
        return Err("it has no currency (`basis.currency`): report the month again with this version".to_owned());
    }
    Ok(MonthReport {
        namespaces: namespaces.collect::<Result<_, String>>()?,
        origin: origin.to_owned(),
        cluster: name(report.cluster.name)?,
        uid: report.cluster.uid.map(name).transpose()?,
        month,
        covers,
        coverage: report.period.coverage,
        currency,
        exchange_rate: report.basis.exchange_rate.as_ref().map(exchange_rate).transpose()?,
        cost: KnownCost { known, is_complete: known.is_some() && !report.partial },
        nodes,
        idle: report.idle.map(|idle| money(&idle.cost)).transpose()?,
        bill,
        findings: report.findings.into_iter().map(Finding::from).collect(),
    })
}

fn line(cost: Option<&DecimalText>) -> Result<KnownCost, String> {
    Ok(cost.map(money).transpose()?.map_or(KnownCost::UNKNOWN, KnownCost::of))
}

/// The period of the amounts. A month in a time zone with daylight saving time is an hour longer or shorter.
fn covers(report: &Report, month: Month) -> Result<Covers, String> {
    let period = &report.period;
    let own = period.month.as_ref().or(period.priced_for_month.as_ref());
    if let Some(own) = own.filter(|own| **own != month.to_string()) {
        return Err(format!("it is a report of {own}, but is stored under month={month}"));
    }
    if period.kind == "present" {
        return Ok(match (own, &report.basis.hours_per_month) {
            (Some(_), _) => Covers::StateForMonth,
            (None, Some(hours)) => Covers::State(decimal(hours)?),
            (None, None) => Covers::Part(name(report.basis.amounts_are.clone())?),
        });
    }
    let differ = (decimal(&period.hours)? - month.hours().amount()).abs();
    Ok(match own {
        Some(_) if differ <= Decimal::ONE => Covers::Month,
        _ => Covers::Part(name(report.basis.amounts_are.clone())?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"schema":"capmodel/report/v1","cluster":{"name":"c","uid":"u"},"cost":"3.50","partial":false,
        "period":{"kind":"history","month":"2026-10","priced_for_month":"2026-10","hours":"744","coverage":0.5},
        "basis":{"currency":"USD","hours_per_month":"744","amounts_are":"for 744 h","tool_version":"1"},
        "namespaces":[{"name":"a","priced":true,"cost":{"cpu":null,"memory":null,"gpu":null,"storage":null,
            "load_balancers":null,"direct":null,"shared":"0","idle":"0","total":"3.50"}}]}"#;

    fn parse(text: &str) -> Result<MonthReport, String> {
        parse_month_report("x", "2026-10".parse().unwrap(), text.as_bytes()).map_err(|e| e.to_string())
    }

    #[test]
    fn a_month_is_read() {
        let report = parse(WHOLE).unwrap();
        assert_eq!((report.covers, report.coverage, report.currency.as_str()), (Covers::Month, 0.5, "USD"));
        let cost = KnownCost::of(money(&DecimalText("3.50".to_owned())).unwrap());
        assert_eq!(report.cost, cost);
        assert_eq!(report.namespaces, [CostLine { name: "a".to_owned(), cost }]);
    }

    #[test]
    fn the_period_is_recognised() {
        let covers = |pairs: &[(&str, &str)]| {
            parse(&pairs.iter().fold(WHOLE.to_owned(), |text, (from, to)| text.replacen(from, to, 1))).unwrap().covers
        };
        let longer = [(r#""hours":"744""#, r#""hours":"745""#)];
        assert_eq!(covers(&longer), Covers::Month, "a month in which clocks are set back");
        let part = [(r#""hours":"744""#, r#""hours":"300""#), ("for 744 h", "for 300 h")];
        assert_eq!(covers(&part), Covers::Part("for 300 h".to_owned()));
        assert_eq!(covers(&[("history", "present")]), Covers::StateForMonth);
        let state = [
            ("history", "present"),
            (r#""month":"2026-10","priced_for_month":"2026-10","#, ""),
            (r#""hours_per_month":"744""#, r#""hours_per_month":"730""#),
        ];
        assert_eq!(covers(&state), Covers::State(Decimal::from(730)));
    }

    #[test]
    fn other_documents_are_refused() {
        for (from, to, said) in [
            (r#""month":"2026-10""#, r#""month":"2026-09""#, "a report of 2026-09, but is stored under month=2026-10"),
            (r#""currency":"USD""#, r#""currency":"""#, "no currency"),
            ("report/v1", "estimate/v1", "its schema is"),
            (r#""cost":"3.50""#, r#""cost":"-1""#, "not a plausible cost"),
            (r#""name":"a""#, r#""name":"a\u001b""#, "is not a name"),
        ] {
            let error = parse(&WHOLE.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_missing_price_makes_the_cost_incomplete() {
        let report = parse(&WHOLE.replacen(r#""partial":false"#, r#""partial":true"#, 1)).unwrap();
        assert!(report.cost.known.is_some() && report.cost.whole().is_none());
        assert_eq!(parse(&WHOLE.replacen(r#""cost":"3.50""#, r#""cost":null"#, 1)).unwrap().cost, KnownCost::UNKNOWN);
    }
}

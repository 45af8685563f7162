//! `heron check`: one report in the terminal or a pipeline.

use std::collections::BTreeMap;

use model::{Evidence, Finding, NotRun, Outcome, Report, Scope, Severity};
use serde::Serialize;

use super::{House, PATIENCE, operator, print};
use crate::{
    cli::{Check, Common, Format, Watching},
    config::Config,
    exit::{Error, Exit, Result},
};

/// Checks one database and prints what was found.
///
/// # Errors
/// [`Error::Unreachable`] when the database does not answer at all.
pub async fn run(check: Check) -> Result {
    let common = Common { config: check.config, store: Some("sqlite::memory:".into()) };
    let watching = Watching { urls: vec![check.url], ..Watching::default() };
    let mut config = Config::load(&common, &watching)?;
    // The file lends its thresholds; the database is the one of the command line.
    config.databases.drain(..config.databases.len() - 1);
    let house = House::open(&config).await?;
    let (id, _) = &config.databases[0];
    let overview = house.dashboard.clone().with_patience(PATIENCE).overview(&operator(), id).await?;
    house.close().await;

    if let (None, Some(not_run)) = (&overview.server, overview.report.not_run().next()) {
        return Err(Error::Unreachable(not_run.reason));
    }
    match check.format {
        Format::Json => print(&json(&overview.report)),
        Format::Text => print(&text(&overview.report)),
    }
    let worst = overview.report.findings().map(|finding| finding.severity).max();
    Ok(if worst >= Some(check.fail_on) { Exit::Findings } else { Exit::Fine })
}

/// The object that `--format json` promises.
#[derive(Serialize)]
struct Json<'a> {
    database: &'a str,
    server_version: Option<&'a str>,
    taken_at: String,
    findings: Vec<JsonFinding<'a>>,
    not_run: Vec<NotRun>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    check: &'static str,
    severity: Severity,
    object: &'a str,
    title: &'a str,
    detail: &'a str,
    remedy_sql: Option<&'a str>,
    evidence: &'a BTreeMap<String, Evidence>,
    scope: Scope,
}

impl<'a> From<&'a Finding> for JsonFinding<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            check: finding.check.name(),
            severity: finding.severity,
            object: &finding.object,
            title: &finding.title,
            detail: &finding.detail,
            remedy_sql: finding.remedy.as_ref().map(|remedy| remedy.sql.as_str()),
            evidence: &finding.evidence,
            scope: finding.scope,
        }
    }
}

fn json(report: &Report) -> String {
    let json = Json {
        database: &report.database,
        server_version: report.server_version.as_deref(),
        taken_at: report.taken_at.iso(),
        findings: report.findings().map(JsonFinding::from).collect(),
        not_run: report.not_run().collect(),
    };
    serde_json::to_string(&json).unwrap_or_default()
}

fn text(report: &Report) -> String {
    let version = report.server_version.as_deref().unwrap_or("unknown version");
    let mut lines = vec![format!("{} (PostgreSQL {version}) at {}", report.database, report.taken_at), String::new()];
    for verdict in &report.verdicts {
        let word = match &verdict.outcome {
            Outcome::Healthy => "ok".to_owned(),
            Outcome::Found(_) => verdict.severity().unwrap_or(Severity::Info).to_string(),
            Outcome::NotRun(_) => "not run".to_owned(),
            Outcome::NotApplicable => continue,
        };
        let number = verdict.number.as_ref().map_or_else(String::new, |number| format!(" ({number})"));
        lines.push(format!("{word:<9} {}{number}", verdict.sentence));
        if let Outcome::NotRun(reason) = &verdict.outcome {
            lines.push(format!("{:<9} {reason}", ""));
        }
        lines.extend(verdict.notes.iter().map(|note| format!("{:<9} {note}", "")));
        for finding in verdict.findings() {
            lines.push(format!("{:<9} - {}", "", finding.title));
            if let Some(remedy) = &finding.remedy {
                lines.extend(remedy.sql.lines().map(|line| format!("{:<9}     {line}", "")));
            }
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use model::{Check, Remedy, Timestamp, Verdict};

    use super::*;

    #[test]
    fn the_json_is_the_one_that_is_promised() {
        let finding = Finding {
            check: Check::DuplicateIndex,
            severity: Severity::Warning,
            object: "billing.invoices.inv_account".into(),
            scope: model::Scope::Database,
            title: "t".into(),
            detail: "d".into(),
            remedy: Some(Remedy { sql: "DROP INDEX CONCURRENTLY billing.inv_account;".into(), caution: None }),
            evidence: BTreeMap::from([("size_bytes".into(), Evidence::Int(8192))]),
        };
        let verdict = |check, outcome| Verdict {
            check,
            sentence: "s".into(),
            number: None,
            outcome,
            notes: vec![],
            taken_at: Timestamp(0),
        };
        let report = Report {
            database: "shop".into(),
            server_version: Some("16.4".into()),
            taken_at: Timestamp(0),
            verdicts: vec![
                verdict(Check::DuplicateIndex, Outcome::Found(vec![finding])),
                verdict(Check::SlowQuery, Outcome::NotRun("because".into())),
            ],
        };
        assert_eq!(
            json(&report),
            concat!(
                r#"{"database":"shop","server_version":"16.4","taken_at":"1970-01-01T00:00:00Z","findings":[{"check":"duplicate_index","#,
                r#""severity":"warning","object":"billing.invoices.inv_account","title":"t","detail":"d","#,
                r#""remedy_sql":"DROP INDEX CONCURRENTLY billing.inv_account;","evidence":{"size_bytes":8192},"scope":"database"}],"#,
                r#""not_run":[{"check":"slow_query","reason":"because"}]}"#,
            )
        );
        assert!(text(&report).contains("not run   s"));
    }
}

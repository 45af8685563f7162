//! O10. An index would help statements that are slow and frequent.

use std::collections::BTreeMap;

use model::{Check, Count, Evidence, Finding, Index, Severity, StatementCounters, Timestamp};

use super::sessions::shown;
use crate::{
    Readings, Thresholds,
    advice::{Caller, Suggestion, best_index_for, worthwhile},
    answer::{Answer, CannotTell, Said, finding},
};

const CHECK: Check = Check::SuggestedIndex;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let workload = readings.statements.answer.as_ref()?;
    let indexes = readings.indexes.answer.as_ref()?;
    let relations = readings.relations.answer.as_ref()?;

    let mut wanted: BTreeMap<(String, String), Wanted> = BTreeMap::new();
    let mut unjudged: BTreeMap<String, i64> = BTreeMap::new();
    let (mut asked, mut blind) = (0, 0);
    for (statement, text) in worthwhile(workload, thresholds) {
        asked += 1;
        let caller = Caller { role: &statement.key.role, calls: statement.counters.calls, since: workload.since };
        match best_index_for(text, caller, relations, indexes) {
            Ok(suggestion) if suggestion.covered_by.is_none() => {
                wanted
                    .entry((suggestion.table.to_string(), suggestion.key()))
                    .or_insert_with(|| Wanted::new(suggestion))
                    .add(&statement.key.queryid, text, &statement.counters);
            }
            Err(no) if no.is_blindness() || no.is_unknown_table() => {
                blind += i64::from(no.is_blindness());
                *unjudged.entry(no.to_string()).or_default() += 1;
            }
            Ok(_) | Err(_) => {}
        }
    }
    let notes: Vec<String> = unjudged
        .into_iter()
        .map(|(reason, count)| format!("{} not judged. {reason}", Count(count).of("statement was", "statements were")))
        .collect();
    if wanted.is_empty() && blind == asked && blind > 0 {
        return Err(CannotTell(notes.join(" ")));
    }
    let mut wanted: Vec<Wanted> = wanted.into_values().collect();
    wanted.sort_by(|a, b| b.counters.total_ms.0.total_cmp(&a.counters.total_ms.0));
    let since = workload.since.map(Timestamp::iso);
    let findings = wanted.into_iter().map(|wanted| wanted.found(indexes, since.clone())).collect();
    let answer =
        Answer::found(findings, "No suggested indexes", |n| Count(n).of("suggested index", "suggested indexes"));
    Ok(notes.into_iter().fold(answer, |answer, note| answer.note(Some(note))))
}

/// An index and the statements it would help.
struct Wanted {
    suggestion: Suggestion,
    queryids: Vec<String>,
    /// The text of the statement that took most time, and that time.
    worst: (String, f64),
    counters: StatementCounters,
}

impl Wanted {
    fn new(suggestion: Suggestion) -> Self {
        Self { suggestion, queryids: vec![], worst: (String::new(), 0.0), counters: StatementCounters::default() }
    }

    fn add(&mut self, queryid: &str, text: &str, counters: &StatementCounters) {
        if self.worst.0.is_empty() || counters.total_ms.0 > self.worst.1 {
            self.worst = (text.to_owned(), counters.total_ms.0);
        }
        if !self.queryids.iter().any(|known| known == queryid) {
            self.queryids.push(queryid.to_owned());
        }
        self.counters.calls += counters.calls;
        self.counters.total_ms = self.counters.total_ms + counters.total_ms;
    }

    fn found(self, indexes: &[Index], since: Option<String>) -> Finding {
        let Self { suggestion, queryids, worst, counters } = self;
        let table = &suggestion.table;
        let columns = suggestion.columns.join(", ");
        let existing: Vec<String> = indexes
            .iter()
            .filter(|index| index.on() == *table)
            .map(|index| format!("{} ({})", index.name, index.columns()))
            .collect();
        let progression: Vec<String> = suggestion.progression.iter().map(|rows| Count(*rows).to_string()).collect();
        let estimates: Vec<String> =
            suggestion.estimates.iter().map(|(what, rows)| format!("{what}: {}", Count(*rows))).collect();
        finding(CHECK, Severity::Warning, format!("{}.{} ({columns})", table.schema, table.name))
            .title(format!(
                "An index on {table} ({columns}) would help {}",
                Count(queryids.len() as i64).of("statement", "statements")
            ))
            .detail(format!(
                "They took {} in {}. The columns leave about {} of {} rows, by the planner's statistics.",
                counters.total_ms,
                Count(counters.calls).of("call", "calls"),
                progression.get(suggestion.columns.len()).map_or("few", String::as_str),
                Count(suggestion.rows)
            ))
            .remedy(suggestion.sql(), suggestion.caution())
            .fact("rows", suggestion.rows)
            .fact("row_progression", progression.join(" → "))
            .fact("row_estimates", estimates.join(", "))
            .fact("existing_indexes", if existing.is_empty() { "none".to_owned() } else { existing.join("; ") })
            .fact("statements", queryids.join(", "))
            .maybe("query", shown(Some(&worst.0)))
            .fact("calls", counters.calls)
            .fact("total_ms", Evidence::Float(counters.total_ms.0))
            .maybe("since", since)
            .build()
    }
}

#[cfg(test)]
mod tests {
    use model::{Column, Outcome, Relation};

    use super::*;
    use crate::{
        Rule, Workload,
        advice::tables,
        fixture::{NOW, index, readings, statement},
    };

    fn setting(columns: bool) -> Readings {
        let mut readings = readings();
        let column = Column { name: "account_id".into(), ordered: true, n_distinct: 1_000.0, ..Column::default() };
        let slow = |id: &str, sql: &str| statement(id, "app", 50, 20.0, Some(sql));
        readings.statements.answer = Ok(Workload {
            since: None,
            statements: vec![
                slow("1", "select * from orders where account_id = $1"),
                slow("2", "delete from orders where account_id = $1"),
                statement("3", "app", 49, 20.0, Some("select * from rare where x = $1")),
                statement("4", "app", 50, 19.0, Some("select * from fast where x = $1")),
                slow("5", "select * from pg_class where relname = $1"),
            ],
        });
        readings.relations.answer = Ok(vec![Relation {
            schema: "public".into(),
            name: "orders".into(),
            rows: Some(50_000.0),
            unreadable: !columns,
            columns: if columns { vec![column] } else { vec![] },
            ..Relation::default()
        }]);
        readings.indexes.answer = Ok(vec![index("orders", "orders_pkey", &["id"])].into());
        readings
    }

    /// O10, §7 `suggested_indexes`.
    #[test]
    fn statements_that_want_the_same_index_are_one_finding_o10() {
        let readings = setting(true);
        assert_eq!(tables(readings.statements.value().unwrap(), &Thresholds::default()), ["orders"]);
        let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
        let [found] = verdict.findings() else { panic!("{verdict:?}") };
        assert_eq!(found.object, "public.orders (account_id)");
        assert_eq!(found.remedy.as_ref().unwrap().sql, "CREATE INDEX CONCURRENTLY ON public.orders (account_id);");
        assert_eq!(found.evidence["statements"].to_string(), "1, 2");
        assert_eq!(found.evidence["row_progression"].to_string(), "50,000 → 50");
    }

    #[test]
    fn an_index_that_exists_is_not_suggested() {
        let mut readings = setting(true);
        readings.indexes.answer = Ok(vec![index("orders", "i", &["account_id", "id"])].into());
        let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
        assert_eq!(verdict.outcome, Outcome::Healthy);
    }

    #[test]
    fn statistics_that_cannot_be_seen_are_no_reason_to_be_green() {
        let verdict = Rule::of(CHECK).unwrap().judge(&setting(false), &Thresholds::default(), NOW);
        // The system table's statement was judged, and needs nothing.
        assert_eq!((verdict.outcome, verdict.notes.len()), (Outcome::Healthy, 1));
        assert!(verdict.notes[0].starts_with("2 statements were not judged. Heron's role may not read public.orders"));
        let mut blind = setting(false);
        blind.statements.answer.as_mut().unwrap().statements.pop();
        let verdict = Rule::of(CHECK).unwrap().judge(&blind, &Thresholds::default(), NOW);
        assert!(matches!(&verdict.outcome, Outcome::NotRun(reason) if reason.contains("GRANT SELECT")));
    }
}

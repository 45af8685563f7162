//! O7. A sequence nears the last value that fits, in its own direction and within its own limits (§10.12).

use std::cmp::Reverse;

use model::{Check, Count, QualifiedName, Ratio, Sequence, Timestamp, quote_identifier};

use super::level;
use crate::{
    Readings, Thresholds,
    answer::{Answer, CannotTell, Said, finding, names},
};

const CHECK: Check = Check::SequenceOverflow;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let sequences = readings.sequences.answer.as_ref()?;
    let (locked, rest): (Vec<_>, Vec<_>) = sequences.iter().partition(|sequence| sequence.locked);
    let (readable, unreadable): (Vec<_>, Vec<_>) = rest.into_iter().partition(|sequence| sequence.readable);
    let unread = unread(&locked, unreadable.len() as i64);

    let mut near: Vec<_> = readable
        .iter()
        .filter(|sequence| !sequence.cycle)
        .filter_map(|sequence| {
            let used = used(sequence)?;
            level(used.0 * 100.0, thresholds.sequence_percent, thresholds.sequence_critical_percent)
                .map(|severity| (*sequence, used, severity))
        })
        .collect();
    near.sort_by_key(|(sequence, _, _)| left(sequence));
    near.sort_by_key(|(_, _, severity)| Reverse(*severity));

    if let (true, true, Some(reason)) = (near.is_empty(), readable.is_empty(), &unread) {
        return Err(CannotTell(reason.clone()));
    }
    let worst = near.iter().map(|(_, used, _)| *used).max_by(|a, b| a.0.total_cmp(&b.0));
    let findings = near
        .into_iter()
        .map(|(sequence, used, severity)| {
            let left = left(sequence).unwrap_or(0);
            let detail = format!(
                "{} left until {}; after that, every INSERT using {}.{} fails.",
                Count(left).of("value is", "values are"),
                Count(sequence.limit),
                sequence.sequence_schema,
                sequence.sequence
            );
            let draft = finding(CHECK, severity, format!("{}.{}.{}", sequence.schema, sequence.table, sequence.column))
                .title(format!(
                    "{}.{} ({}) has used {used} of its values",
                    sequence.on(),
                    quote_identifier(&sequence.column),
                    sequence.column_type
                ))
                .fact("last_value", sequence.reached().unwrap_or_default())
                .fact("limit", sequence.limit)
                .fact("values_left", left)
                .fact("used_percent", used.0 * 100.0)
                .fact("sequence", format!("{}.{}", sequence.sequence_schema, sequence.sequence));
            match remedy(sequence) {
                Ok((sql, caution)) => draft.detail(detail).remedy(sql, caution),
                Err(reason) => draft.detail(format!("{detail} {reason}")),
            }
            .build()
        })
        .collect();
    let answer = Answer::found(findings, "No sequence nears its end", |n| {
        Count(n).of("column nears the end of its sequence", "columns near the end of their sequences")
    });
    let answer = answer.number(worst);
    Ok(answer.note(unread))
}

fn unread(locked: &[&Sequence], unreadable: i64) -> Option<String> {
    let locked = names(locked.iter().map(|sequence| name(sequence).to_string()))
        .map(|names| format!("Not read, because DDL holds or waits for a lock: {names}."));
    let unreadable = (unreadable > 0).then(|| {
        format!("Cannot read {}: GRANT SELECT on them to Heron's role.", Count(unreadable).of("sequence", "sequences"))
    });
    let parts: Vec<String> = locked.into_iter().chain(unreadable).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn name(sequence: &Sequence) -> QualifiedName {
    QualifiedName::new(&sequence.sequence_schema, &sequence.sequence)
}

/// Share of the range that has been handed out; none where that is not known.
fn used(sequence: &Sequence) -> Option<Ratio> {
    let step = i128::from(sequence.increment).abs().max(1);
    let done = ahead(sequence, sequence.start, sequence.reached()?) + step;
    let all = ahead(sequence, sequence.start, sequence.limit) + step;
    Ratio::of(done.max(0) as f64, all.max(1) as f64)
}

/// How many values are still to come. Never negative, even for a sequence beyond its column.
fn left(sequence: &Sequence) -> Option<i64> {
    let step = i128::from(sequence.increment).abs().max(1);
    i64::try_from((ahead(sequence, sequence.reached()?, sequence.limit) / step).max(0)).ok()
}

/// The way from one value to another in the sequence's direction.
fn ahead(sequence: &Sequence, from: i64, to: i64) -> i128 {
    let way = i128::from(to) - i128::from(from);
    if sequence.increment < 0 { -way } else { way }
}

/// A wider column where the column is what ends, a longer sequence where it is the sequence; or why there is neither.
fn remedy(sequence: &Sequence) -> Result<(String, String), String> {
    let no_end = if sequence.increment < 0 { "NO MINVALUE" } else { "NO MAXVALUE" };
    let longer = format!("ALTER SEQUENCE {} AS bigint {no_end};", name(sequence));
    if [i64::MAX, i64::MIN].contains(&sequence.limit) {
        return Err("No type of a sequence is wider: restart it where values are free.".into());
    }
    if !sequence.column_ends {
        let behind = match sequence.column_type.as_str() {
            "smallint" | "integer" => " The column's own type ends not far behind.",
            _ => "",
        };
        let caution = format!(
            "Takes effect at once and rewrites nothing. The sequence may have been given this end deliberately; find out \
             why first.{behind}"
        );
        return Ok((longer, caution));
    }
    if let Some(obstacle) = &sequence.type_change_blocked_by {
        return Err(type_is_fixed(obstacle));
    }
    let rewrite = match sequence.wider_type.as_str() {
        "bigint" => {
            "The first statement rewrites the table and its indexes under a lock that keeps even readers out. On a large \
             table add a bigint column instead, fill it in batches and swap the two."
        }
        _ => "The first statement locks the table, and rebuilds indexes of the column where it has to.",
    };
    Ok((
        format!(
            "ALTER TABLE {} ALTER COLUMN {} TYPE {};\n{longer}",
            sequence.on(),
            quote_identifier(&sequence.column),
            sequence.wider_type
        ),
        format!(
            "{rewrite} Columns that refer to this one need a wider type as well. If its type is a domain, the domain's \
             constraints no longer apply."
        ),
    ))
}

/// Why there is no SQL for a column that needs a wider type.
pub(super) fn type_is_fixed(obstacle: &str) -> String {
    format!("PostgreSQL refuses to change the column's type because of {obstacle}: that has to be changed first.")
}

#[cfg(test)]
mod tests {
    use model::{Outcome, Severity};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings, sequence},
    };

    fn verdict(sequences: Vec<Sequence>) -> model::Verdict {
        let mut readings = readings();
        readings.sequences.answer = Ok(sequences.into());
        Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW)
    }

    /// O7, §7 `sequences` (danger); defect 12.
    #[test]
    fn a_sequence_is_judged_in_its_own_direction_and_limits_10_12() {
        let max = i64::from(i32::MAX);
        let at = |last: i64| sequence(Some(last), max);
        let descending = |last| Sequence { start: -1, increment: -1, ..sequence(Some(last), -1_000) };
        let cases = [
            ("none handed out", sequence(None, max), None),
            ("89 %", at(max / 100 * 89), None),
            ("91 %", at(max / 100 * 91), Some(Severity::Warning)),
            ("99 %", at(max / 100 * 99), Some(Severity::Critical)),
            ("the end", at(max), Some(Severity::Critical)),
            ("own MAXVALUE", sequence(Some(95), 100), Some(Severity::Warning)),
            ("cycle", Sequence { cycle: true, ..at(max) }, None),
            ("descending, young", descending(-100), None),
            ("descending, old", descending(-950), Some(Severity::Warning)),
            ("beyond its column", sequence(Some(40_000), 32_767), Some(Severity::Critical)),
            // From the middle of the negative half to the positive end.
            ("halfway", Sequence { start: i64::MIN, ..sequence(Some(0), i64::MAX) }, None),
            ("one value", Sequence { start: 5, ..sequence(Some(5), 5) }, Some(Severity::Critical)),
            ("one value, to come", Sequence { start: 5, next_value: Some(5), ..sequence(None, 5) }, None),
            ("created", Sequence { next_value: Some(1), ..sequence(None, max) }, None),
            (
                "restarted at the end",
                Sequence { next_value: Some(max - 1), ..sequence(None, max) },
                Some(Severity::Critical),
            ),
            (
                "restarted at the end, descending",
                Sequence { next_value: Some(-999), last_value: None, ..descending(0) },
                Some(Severity::Critical),
            ),
        ];
        for (name, sequence, severity) in cases {
            assert_eq!(verdict(vec![sequence]).severity(), severity, "{name}");
        }
    }

    /// O7 (unreadable sequences); defect 6.
    #[test]
    fn what_could_not_be_read_is_said_and_alone_is_no_answer() {
        let unreadable = Sequence { readable: false, ..sequence(None, 100) };
        let locked = Sequence { locked: true, ..sequence(None, 100) };
        let some = verdict(vec![sequence(Some(1), 100), unreadable.clone(), locked.clone()]);
        assert_eq!((some.outcome, some.notes.len()), (Outcome::Healthy, 1));
        assert!(matches!(verdict(vec![unreadable, locked]).outcome, Outcome::NotRun(_)));
        assert_eq!(verdict(vec![]).outcome, Outcome::Healthy);
    }

    #[test]
    fn the_remedy_widens_what_ends() {
        let integer = sequence(Some(i64::from(i32::MAX)), i64::from(i32::MAX));
        let sql = |sequence: &Sequence| remedy(sequence).map_or_else(|reason| reason, |(sql, _)| sql);
        assert_eq!(
            sql(&Sequence { table: "Order".into(), ..integer.clone() }),
            "ALTER TABLE public.\"Order\" ALTER COLUMN id TYPE bigint;\nALTER SEQUENCE public.t_id_seq AS bigint NO MAXVALUE;"
        );
        assert_eq!(
            sql(&Sequence { column_type: "numeric(5,0)".into(), wider_type: "numeric".into(), ..integer.clone() }),
            "ALTER TABLE public.t ALTER COLUMN id TYPE numeric;\nALTER SEQUENCE public.t_id_seq AS bigint NO MAXVALUE;"
        );
        let short = Sequence { column_ends: false, ..integer.clone() };
        assert_eq!(sql(&short), "ALTER SEQUENCE public.t_id_seq AS bigint NO MAXVALUE;");
        assert_eq!(
            sql(&Sequence { column_type: "bigint".into(), increment: -1, ..short }),
            "ALTER SEQUENCE public.t_id_seq AS bigint NO MINVALUE;"
        );
        let blocked = Sequence { type_change_blocked_by: Some("policy p on table t".into()), ..integer.clone() };
        assert!(remedy(&blocked).unwrap_err().contains("because of policy p on table t"));
        assert!(remedy(&Sequence { limit: i64::MAX, ..integer }).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_sequence_breaks_the_arithmetic(last: i64, start: i64, limit: i64, increment: i64) {
            let sequence = Sequence { start, increment, ..sequence(Some(last), limit) };
            proptest::prop_assert!(used(&sequence).unwrap().0 >= 0.0);
            proptest::prop_assert!(left(&sequence).unwrap_or(0) >= 0);
            verdict(vec![sequence]);
        }
    }
}

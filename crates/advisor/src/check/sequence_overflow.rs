//! O7. A sequence nears the last value that fits, in its own direction and within its own limits (§10.12).

use std::cmp::Reverse;

use model::{Check, Count, Ratio, Sequence, Timestamp, quote_identifier};

use super::level;
use crate::{
    Readings, Thresholds,
    answer::{Answer, CannotTell, Said, finding},
};

const CHECK: Check = Check::SequenceOverflow;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let sequences = readings.sequences.answer.as_ref()?;
    let (locked, rest): (Vec<_>, Vec<_>) = sequences.iter().partition(|sequence| sequence.locked);
    let (readable, unreadable): (Vec<_>, Vec<_>) = rest.into_iter().partition(|sequence| sequence.readable);
    let unread = unread(locked.len() as i64, unreadable.len() as i64);

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
            let (sql, caution) = mend(sequence);
            let left = left(sequence).unwrap_or(0);
            finding(CHECK, severity, format!("{}.{}.{}", sequence.schema, sequence.table, sequence.column))
                .title(format!(
                    "{}.{} ({}) has used {used} of its values",
                    sequence.on(),
                    quote_identifier(&sequence.column),
                    sequence.column_type
                ))
                .detail(format!(
                    "{} left until {}; then every INSERT that asks {}.{} for one fails.",
                    Count(left).of("value is", "values are"),
                    Count(sequence.limit),
                    sequence.sequence_schema,
                    sequence.sequence
                ))
                .remedy(sql, caution)
                .fact("last_value", sequence.last_value.unwrap_or_default())
                .fact("limit", sequence.limit)
                .fact("values_left", left)
                .fact("used_percent", used.0 * 100.0)
                .fact("sequence", format!("{}.{}", sequence.sequence_schema, sequence.sequence))
                .build()
        })
        .collect();
    let answer = Answer::found(findings, "No sequence nears its end", |n| {
        Count(n).of("column nears the end of its sequence", "columns near the end of their sequences")
    });
    let answer = answer.number(worst);
    Ok(answer.note(unread))
}

fn unread(locked: i64, unreadable: i64) -> Option<String> {
    let locked = (locked > 0).then(|| {
        format!("{} not read, because somebody is altering them.", Count(locked).of("sequence was", "sequences were"))
    });
    let unreadable = (unreadable > 0).then(|| {
        format!(
            "{} not read: GRANT SELECT on them to Heron's role.",
            Count(unreadable).of("sequence was", "sequences were")
        )
    });
    let parts: Vec<String> = locked.into_iter().chain(unreadable).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Share of the range that lies behind the last value; none before the first.
fn used(sequence: &Sequence) -> Option<Ratio> {
    let last = i128::from(sequence.last_value?);
    let (start, limit) = (i128::from(sequence.start), i128::from(sequence.limit));
    // One value is all there is: it is used up.
    Ratio::of((last - start).abs() as f64, (limit - start).abs() as f64).or(Some(Ratio(1.0)))
}

/// How many values are still to come; none before the first. Never negative, even for a sequence beyond its column.
fn left(sequence: &Sequence) -> Option<i64> {
    let step = i128::from(sequence.increment).abs().max(1);
    let way = i128::from(sequence.limit) - i128::from(sequence.last_value?);
    let ahead = if sequence.increment < 0 { -way } else { way };
    i64::try_from((ahead / step).max(0)).ok()
}

/// A wider column where the column is what ends, a longer sequence where it is the sequence.
fn mend(sequence: &Sequence) -> (String, String) {
    let name = model::QualifiedName::new(&sequence.sequence_schema, &sequence.sequence);
    let column_ends = match sequence.column_type.as_str() {
        "smallint" => [i64::from(i16::MAX), i64::from(i16::MIN)].contains(&sequence.limit),
        "integer" => [i64::from(i32::MAX), i64::from(i32::MIN)].contains(&sequence.limit),
        _ => false,
    };
    let no_end = if sequence.increment < 0 { "NO MINVALUE" } else { "NO MAXVALUE" };
    match (column_ends, sequence.column_type.as_str()) {
        (true, _) => (
            format!(
                "ALTER TABLE {} ALTER COLUMN {} TYPE bigint;\nALTER SEQUENCE {name} AS bigint;",
                sequence.on(),
                quote_identifier(&sequence.column)
            ),
            "The first statement rewrites the table and its indexes under a lock that keeps even readers out. On a \
             large table add a bigint column instead, fill it in batches and swap the two. Columns that refer to this \
             one need bigint as well."
                .into(),
        ),
        (false, "smallint" | "integer") => (
            format!("ALTER SEQUENCE {name} {no_end};"),
            "The sequence was given this end on purpose; find out why. The column's own type ends not far behind."
                .into(),
        ),
        (false, _) => (
            format!("ALTER SEQUENCE {name} AS bigint {no_end};"),
            "Takes effect at once and rewrites nothing. The sequence may have been given this end on purpose.".into(),
        ),
    }
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
        let sql = |sequence: &Sequence| mend(sequence).0;
        assert_eq!(
            sql(&Sequence { table: "Order".into(), ..integer.clone() }),
            "ALTER TABLE public.\"Order\" ALTER COLUMN id TYPE bigint;\nALTER SEQUENCE public.t_id_seq AS bigint;"
        );
        assert_eq!(sql(&Sequence { limit: 100, ..integer.clone() }), "ALTER SEQUENCE public.t_id_seq NO MAXVALUE;");
        assert_eq!(
            sql(&Sequence { column_type: "bigint".into(), increment: -1, ..integer }),
            "ALTER SEQUENCE public.t_id_seq AS bigint NO MINVALUE;"
        );
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

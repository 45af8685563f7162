//! A column is narrower than the key it refers to: it ends first, and inserts fail while the key still counts (§10.12).

use std::collections::BTreeSet;

use model::{Check, Count, ForeignKey, Ratio, Sequence, Severity, Timestamp, quote_identifier};

use super::{level, sequence_overflow::type_is_fixed};
use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::ForeignKeyType;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let keys = readings.foreign_keys.answer.as_ref()?;
    // How far the key has come is worth knowing, but not needed.
    let sequences = readings.sequences.value().map_or(&[][..], |all| all.as_slice());
    let narrow = keys.iter().flat_map(|key| (0..key.columns.len()).filter_map(move |n| Narrow::of(key, n)));
    // A column of two foreign keys is one column.
    let mut seen = BTreeSet::new();
    let findings = narrow
        .filter(|narrow| seen.insert((&narrow.key.schema, &narrow.key.table, narrow.column)))
        .map(|narrow| {
            let (key, column) = (narrow.key, quote_identifier(narrow.column));
            let last = sequences.iter().filter(|sequence| narrow.is_fed_by(sequence)).filter_map(Sequence::reached).max();
            let used = last.and_then(|last| Ratio::of(last as f64, narrow.most as f64));
            let severity = used.and_then(|used| {
                level(used.0 * 100.0, thresholds.sequence_percent, thresholds.sequence_critical_percent)
            });
            let so_far = used.map_or_else(String::new, |used| format!(" The key has come {used} of that way."));
            let draft = finding(
                CHECK,
                severity.unwrap_or(Severity::Warning),
                format!("{}.{}.{}", key.schema, key.table, narrow.column),
            )
            .title(format!(
                "{}.{column} is {}, and refers to {}.{}, which is {}",
                key.on(),
                narrow.own,
                key.to(),
                quote_identifier(narrow.referenced),
                narrow.wider
            ))
            .fact("constraint", key.name.as_str())
            .fact("limit", narrow.most)
            .maybe("last_key", last)
            .maybe("used_percent", used.map(|used| used.0 * 100.0));
            let detail = format!("Keys above {} cannot be referred to: such an INSERT fails.{so_far}", Count(narrow.most));
            match narrow.blocked_by {
                Some(obstacle) => draft.detail(format!("{detail} {}", type_is_fixed(obstacle))),
                None => draft.detail(detail).remedy(
                    format!("ALTER TABLE {} ALTER COLUMN {column} TYPE {};", key.on(), narrow.wider),
                    "It rewrites the table and its indexes under a lock that keeps even readers out. On a large table add a \
                     wider column instead, fill it in batches and swap the two.",
                ),
            }
            .build()
        })
        .collect();
    Ok(Answer::found(findings, "Foreign keys are as wide as what they refer to", |n| {
        Count(n).of("column is narrower than the key it refers to", "columns are narrower than the keys they refer to")
    }))
}

/// A column that holds fewer numbers than the one it refers to.
struct Narrow<'a> {
    key: &'a ForeignKey,
    column: &'a str,
    own: &'a str,
    referenced: &'a str,
    wider: &'a str,
    /// The largest number it holds.
    most: i64,
    /// What PostgreSQL refuses to change its type for.
    blocked_by: Option<&'a str>,
}

impl<'a> Narrow<'a> {
    fn of(key: &'a ForeignKey, n: usize) -> Option<Self> {
        let (own, wider) = (key.types.get(n)?, key.referenced_types.get(n)?);
        let most = most(own)?;
        (most < self::most(wider)?).then_some(())?;
        let blocked_by = key.type_change_blocked_by.get(n).map(String::as_str).filter(|obstacle| !obstacle.is_empty());
        let (column, referenced) = (key.columns.get(n)?, key.referenced_columns.get(n)?);
        Some(Self { key, column, own, referenced, wider, most, blocked_by })
    }

    fn is_fed_by(&self, sequence: &Sequence) -> bool {
        sequence.schema == self.key.referenced_schema
            && sequence.table == self.key.referenced
            && sequence.column == self.referenced
    }
}

/// The largest number a type holds; none for one that is no integer.
fn most(name: &str) -> Option<i64> {
    match name {
        "smallint" => Some(i16::MAX.into()),
        "integer" => Some(i32::MAX.into()),
        "bigint" => Some(i64::MAX),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use model::Verdict;

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, foreign_key, readings, sequence},
    };

    fn verdict(key: ForeignKey, last: Option<i64>) -> Verdict {
        let mut readings = readings();
        readings.foreign_keys.answer = Ok(vec![key].into());
        let feeding = Sequence { table: "orders".into(), ..sequence(last, i64::MAX) };
        readings.sequences.answer = Ok(vec![feeding].into());
        Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW)
    }

    fn key(own: &str, wider: &str) -> ForeignKey {
        ForeignKey { types: vec![own.into()], referenced_types: vec![wider.into()], ..foreign_key("Lines", "Order") }
    }

    #[test]
    fn a_column_is_as_wide_as_the_key_it_refers_to_10_12() {
        let cases = [
            ("integer", "bigint", true),
            ("smallint", "integer", true),
            ("smallint", "bigint", true),
            ("bigint", "integer", false),
            ("bigint", "bigint", false),
            ("numeric", "bigint", false),
            ("uuid", "uuid", false),
            ("integer", "numeric", false),
        ];
        for (own, wider, found) in cases {
            let verdict = verdict(key(own, wider), None);
            assert_eq!(verdict.findings().len(), usize::from(found), "{own} to {wider}");
            if let [found] = verdict.findings() {
                assert_eq!(found.object, "public.Lines.Order");
                let sql = format!("ALTER TABLE public.\"Lines\" ALTER COLUMN \"Order\" TYPE {wider};");
                assert_eq!(found.remedy.as_ref().unwrap().sql, sql);
            }
        }
    }

    #[test]
    fn how_bad_it_is_depends_on_how_far_the_key_has_come() {
        let cases = [
            (None, Severity::Warning),
            (Some(1_000), Severity::Warning),
            (Some(2_000_000_000), Severity::Warning),
            (Some(2_140_000_000), Severity::Critical),
            (Some(3_000_000_000), Severity::Critical),
        ];
        for (last, severity) in cases {
            assert_eq!(verdict(key("integer", "bigint"), last).severity(), Some(severity), "{last:?}");
        }
    }

    #[test]
    fn column_of_two_keys_is_one_finding() {
        let mut readings = readings();
        let again = ForeignKey { name: "again".into(), ..key("integer", "bigint") };
        readings.foreign_keys.answer = Ok(vec![key("integer", "bigint"), again].into());
        let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
        assert_eq!(verdict.findings().len(), 1);
    }

    #[test]
    fn column_whose_type_is_fixed_has_a_reason_and_no_remedy() {
        let blocked = ForeignKey { type_change_blocked_by: vec!["view public.v".into()], ..key("integer", "bigint") };
        let verdict = verdict(blocked, None);
        assert_eq!(verdict.findings()[0].remedy, None);
        assert!(verdict.findings()[0].detail.contains("view public.v"), "{}", verdict.findings()[0].detail);
    }

    #[test]
    fn each_column_of_a_key_is_looked_at() {
        let two = ForeignKey {
            columns: vec!["a".into(), "b".into()],
            types: vec!["uuid".into(), "integer".into()],
            referenced_columns: vec!["a".into(), "b".into()],
            referenced_types: vec!["uuid".into(), "bigint".into()],
            ..foreign_key("lines", "a")
        };
        assert_eq!(verdict(two, None).findings()[0].object, "public.lines.b");
    }
}

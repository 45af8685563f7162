//! O8. A constraint was added NOT VALID and never validated: rows from before may break it.

use model::{Check, Count, Severity, Timestamp, quote_identifier};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::InvalidConstraint;

pub(super) fn judge(readings: &Readings, _thresholds: &Thresholds, _now: Timestamp) -> Said {
    let constraints = readings.constraints.answer.as_ref()?;
    let findings = constraints
        .iter()
        .map(|constraint| {
            let name = quote_identifier(&constraint.name);
            let object = format!("{}.{}.{}", constraint.schema, constraint.table, constraint.name);
            let caution = match &constraint.references {
                Some(references) => {
                    format!("It reads the whole table and looks each row up in {references}; writes go on meanwhile.")
                }
                None => "It reads the whole table; writes go on meanwhile.".to_owned(),
            };
            finding(CHECK, Severity::Warning, object)
                .title(format!("{name} on {} was never validated", constraint.on()))
                .detail(
                    "New rows are checked, older ones were not: they may break it, and the planner cannot rely on it. \
                     If validating fails, correct the rows that break it first.",
                )
                .remedy(format!("ALTER TABLE {} VALIDATE CONSTRAINT {name};", constraint.on()), caution)
                .maybe("references", constraint.references.clone())
                .build()
        })
        .collect();
    Ok(Answer::found(findings, "No unvalidated constraints", |n| {
        Count(n).of("unvalidated constraint", "unvalidated constraints")
    }))
}

#[cfg(test)]
mod tests {
    use model::Constraint;

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings},
    };

    /// O8, §7 `constraints`; defect 8.
    #[test]
    fn each_one_is_found_and_can_be_validated_o8() {
        let mut readings = readings();
        readings.constraints.answer = Ok(vec![Constraint {
            schema: "Billing".into(),
            table: "order".into(),
            name: "Chk".into(),
            references: Some("public.accounts".into()),
        }]);
        let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
        let found = &verdict.findings()[0];
        assert_eq!(found.object, "Billing.order.Chk");
        let remedy = found.remedy.as_ref().unwrap();
        assert_eq!(remedy.sql, "ALTER TABLE \"Billing\".\"order\" VALIDATE CONSTRAINT \"Chk\";");
    }
}

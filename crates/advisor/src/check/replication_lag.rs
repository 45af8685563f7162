//! O1. Replay on a standby lags behind what it received.

use model::{Check, Timestamp};

use super::level;
use crate::{
    Readings, Thresholds,
    answer::{Answer, CannotTell, Said, finding},
};

const CHECK: Check = Check::ReplicationLag;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let replication = readings.replication.answer.as_ref()?;
    if !replication.in_recovery {
        return Ok(Answer::not_applicable("Not a standby"));
    }
    if !replication.streaming {
        return Err(CannotTell(
            "The standby receives no WAL (no walreceiver runs, or Heron's role may not see it), so it cannot know how \
             far ahead the primary is. Look at primary_conninfo and at the server's log."
                .into(),
        ));
    }
    let Some(lag) = replication.lag else {
        return Err(CannotTell("The standby has not replayed a transaction yet, so its lag has no beginning.".into()));
    };
    let behind = replication.behind;
    let severity = level(lag.0 / 1000.0, thresholds.replication_lag_sec, thresholds.replication_lag_critical_sec);
    let Some(severity) = severity else {
        return Ok(Answer::healthy("Healthy replication lag").number(Some(lag)));
    };
    let found = finding(CHECK, severity, "server")
        .title(format!("This standby is {lag} behind"))
        .detail(format!(
            "{behind} of WAL were received and wait to be replayed. Reads here are that old, and a failover to it takes \
             that much longer. A long query on the standby may hold replay up (max_standby_streaming_delay), or its \
             disk is slower than the primary writes."
        ))
        .fact("lag_seconds", lag.0 / 1000.0)
        .fact("behind_bytes", behind.0)
        .build();
    Ok(Answer::found(vec![found], "", |_| "High replication lag".into()).number(Some(lag)))
}

#[cfg(test)]
mod tests {
    use model::{Bytes, Millis, Outcome, Replication, Severity};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings},
    };

    #[test]
    fn lag_is_judged_on_standbys_that_can_know_it_o1() {
        let standby = |lag: Option<f64>, behind| Replication {
            in_recovery: true,
            streaming: true,
            lag: lag.map(Millis),
            behind: Bytes(behind),
            slots: vec![],
        };
        let healthy = Outcome::Healthy;
        let cases = [
            (Replication { in_recovery: false, ..standby(None, 0) }, Some(Outcome::NotApplicable), None),
            (standby(Some(0.0), 0), Some(healthy.clone()), None),
            (standby(Some(4_900.0), 1 << 30), Some(healthy), None),
            (standby(Some(5_000.0), 1 << 30), None, Some(Severity::Warning)),
            (standby(Some(300_000.0), 1 << 30), None, Some(Severity::Critical)),
        ];
        for (replication, outcome, severity) in cases {
            let mut readings = readings();
            readings.replication.answer = Ok(replication.clone());
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert_eq!(verdict.severity(), severity, "{replication:?}");
            if let Some(outcome) = outcome {
                assert_eq!(verdict.outcome, outcome, "{replication:?}");
            }
        }
        for blind in [Replication { streaming: false, ..standby(None, 0) }, standby(None, 1 << 20)] {
            let mut readings = readings();
            readings.replication.answer = Ok(blind);
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert!(matches!(verdict.outcome, Outcome::NotRun(_)));
        }
    }
}

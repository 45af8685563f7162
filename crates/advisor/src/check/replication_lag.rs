//! O1. Replay lags: on a standby behind what it received, on a primary at any of its standbys (§10.14). A primary that
//! writes nothing has no standby that is late.

use model::{Bytes, Check, Finding, Millis, Replication, Severity, Standby, Timestamp};

use super::level;
use crate::{
    Readings, Thresholds,
    answer::{Answer, CannotTell, Said, finding},
};

const CHECK: Check = Check::ReplicationLag;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let replication = readings.replication.answer.as_ref()?;
    let severity =
        |lag: Millis| level(lag.0 / 1000.0, thresholds.replication_lag_sec, thresholds.replication_lag_critical_sec);
    let standbys: Vec<&Standby> = replication.standbys.iter().filter(|standby| !standby.logical).collect();
    let late = standbys.iter().filter_map(|standby| {
        let lag = standby.replay_lag?;
        Some(of_standby(standby, lag, severity(lag)?))
    });
    let mut findings: Vec<Finding> = late.collect();
    let mut worst = standbys.iter().filter_map(|standby| standby.replay_lag).max_by(|a, b| a.0.total_cmp(&b.0));
    let hidden = standbys.iter().filter(|standby| standby.state.is_none()).count();
    if !replication.in_recovery {
        if standbys.is_empty() {
            return Ok(Answer::not_applicable("No standby"));
        }
        if hidden > 0 {
            return Err(CannotTell("Heron's role may not see how far the standbys are: GRANT pg_monitor.".into()));
        }
    } else if !replication.streaming {
        return Err(CannotTell(
            "The standby receives no WAL (no walreceiver runs, or Heron's role may not see it), so it cannot know how \
             far ahead the primary is. Look at primary_conninfo and at the server's log."
                .into(),
        ));
    } else if let Some(lag) = replication.lag {
        findings.extend(severity(lag).map(|severity| own(replication, lag, severity)));
        worst = Some(lag);
    } else {
        return Err(CannotTell("The standby has not replayed a transaction yet, so its lag has no beginning.".into()));
    }
    Ok(Answer::found(findings, "Healthy replication lag", |_| "High replication lag".into()).number(worst))
}

/// A standby's own lag.
fn own(replication: &Replication, lag: Millis, severity: Severity) -> Finding {
    let behind = replication.behind;
    let found = finding(CHECK, severity, "server")
        .title(format!("This standby is {lag} behind"))
        .fact("lag_seconds", lag.0 / 1000.0)
        .fact("behind_bytes", behind.0)
        .fact("paused", replication.paused);
    let late = format!(
        "{behind} of WAL were received and wait to be replayed. Reads here are that old, and a failover to it takes that much longer."
    );
    if replication.paused {
        let found = found.detail(format!("{late} Somebody paused replay (pg_wal_replay_pause)."));
        return found.remedy("SELECT pg_wal_replay_resume();", "Ask first who paused it, and why.").build();
    }
    found
        .detail(format!(
            "{late} A long query on the standby may hold replay up (max_standby_streaming_delay), or its disk is slower \
             than the primary writes."
        ))
        .build()
}

/// What a primary knows of a standby's lag.
fn of_standby(standby: &Standby, lag: Millis, severity: Severity) -> Finding {
    let behind = |bytes: Option<Bytes>| bytes.map_or_else(|| "unknown".into(), |bytes| bytes.to_string());
    finding(CHECK, severity, format!("standby {}", standby.name))
        .title(format!("Standby {} is {lag} behind", standby.name))
        .detail(format!(
            "It has yet to be sent {}, to write {} to its disk, and to replay {}: the network, its disk, or a query on it \
             (max_standby_streaming_delay) is what holds it up, whichever grows. Reads there are that old.",
            behind(standby.sent_behind),
            behind(standby.flush_behind),
            behind(standby.replay_behind)
        ))
        .fact("lag_seconds", lag.0 / 1000.0)
        .maybe("write_lag_ms", standby.write_lag.map(|lag| lag.0))
        .maybe("flush_lag_ms", standby.flush_lag.map(|lag| lag.0))
        .maybe("behind_bytes", standby.replay_behind.map(|bytes| bytes.0))
        .maybe("state", standby.state.clone())
        .maybe("sync_state", standby.sync_state.clone())
        .build()
}

#[cfg(test)]
mod tests {
    use model::{Outcome, Verdict};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings},
    };

    fn judged(replication: Replication) -> Verdict {
        let mut readings = readings();
        readings.replication.answer = Ok(replication);
        Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW)
    }

    fn standby(lag: Option<f64>, behind: i64) -> Replication {
        let (lag, behind) = (lag.map(Millis), Bytes(behind));
        Replication { in_recovery: true, streaming: true, lag, behind, ..Replication::default() }
    }

    /// O1; defect 14.
    #[test]
    fn lag_is_judged_on_standbys_that_can_know_it_o1() {
        let cases = [
            (Replication { in_recovery: false, ..standby(None, 0) }, Some(Outcome::NotApplicable), None),
            (standby(Some(0.0), 0), Some(Outcome::Healthy), None),
            (standby(Some(4_900.0), 1 << 30), Some(Outcome::Healthy), None),
            (standby(Some(5_000.0), 1 << 30), None, Some(Severity::Warning)),
            (standby(Some(300_000.0), 1 << 30), None, Some(Severity::Critical)),
        ];
        for (replication, outcome, severity) in cases {
            let verdict = judged(replication.clone());
            assert_eq!(verdict.severity(), severity, "{replication:?}");
            if let Some(outcome) = outcome {
                assert_eq!(verdict.outcome, outcome, "{replication:?}");
            }
        }
        for blind in [Replication { streaming: false, ..standby(None, 0) }, standby(None, 1 << 20)] {
            assert!(matches!(judged(blind).outcome, Outcome::NotRun(_)));
        }
    }

    #[test]
    fn paused_replay_is_resumed_and_other_lag_is_not() {
        let remedy =
            |paused| judged(Replication { paused, ..standby(Some(9_000.0), 1 << 20) }).findings()[0].remedy.clone();
        assert_eq!(remedy(true).unwrap().sql, "SELECT pg_wal_replay_resume();");
        assert_eq!(remedy(false), None);
    }

    #[test]
    fn a_primary_judges_each_of_its_standbys_10_14() {
        let of = |name: &str, lag: Option<f64>| Standby {
            name: name.into(),
            state: Some("streaming".into()),
            replay_lag: lag.map(Millis),
            ..Standby::default()
        };
        let logical = Standby { logical: true, ..of("subscriber", Some(900_000.0)) };
        let standbys = vec![of("idle", Some(0.0)), of("new", None), of("late", Some(6_000.0)), logical.clone()];
        let verdict = judged(Replication { standbys, ..Replication::default() });
        let found: Vec<_> = verdict.findings().iter().map(|one| (one.object.as_str(), one.severity)).collect();
        assert_eq!(found, [("standby late", Severity::Warning)]);
        assert_eq!(verdict.number.as_deref(), Some("6.0 s"));
        assert_eq!(
            judged(Replication { standbys: vec![logical], ..Replication::default() }).outcome,
            Outcome::NotApplicable
        );
        let hidden = Standby { state: None, ..of("hidden", None) };
        let verdict = judged(Replication { standbys: vec![hidden], ..Replication::default() });
        assert!(matches!(verdict.outcome, Outcome::NotRun(_)), "{verdict:?}");
    }
}

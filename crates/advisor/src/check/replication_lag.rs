//! O1. Replay lags: on a standby behind what it received, on a primary at any of its standbys (§10.14). A primary that
//! writes nothing has no standby that is late, and neither is a standby that is delayed on purpose while it keeps to its
//! delay.

use model::{Bytes, Check, Finding, Millis, Replication, Severity, Standby, Timestamp};

use super::level;
use crate::{
    Readings, Thresholds,
    answer::{Answer, CannotTell, Said, finding},
};

const CHECK: Check = Check::ReplicationLag;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let replication = readings.replication.answer.as_ref()?;
    if replication.in_recovery {
        judge_standby(replication, thresholds)
    } else {
        judge_primary(replication, thresholds)
    }
}

fn severity(lag: Millis, thresholds: &Thresholds) -> Option<Severity> {
    level(lag.0 / 1000.0, thresholds.replication_lag_sec, thresholds.replication_lag_critical_sec)
}

/// A lag less the part of it that is intended.
fn beyond(lag: Millis, delay: Millis) -> Millis {
    Millis((lag.0 - delay.0).max(0.0))
}

fn judge_primary(replication: &Replication, thresholds: &Thresholds) -> Said {
    let standbys: Vec<&Standby> = replication.standbys.iter().filter(|standby| !standby.logical).collect();
    if standbys.is_empty() {
        return Ok(Answer::not_applicable("No standby"));
    }
    if standbys.iter().any(|standby| standby.state.is_none()) {
        return Err(CannotTell("Heron's role may not see how far the standbys are: GRANT pg_monitor.".into()));
    }
    let delay = Millis(thresholds.standby_apply_delay_sec * 1000.0);
    let late = |standby: &Standby| standby.replay_lag.map(|lag| beyond(lag, delay));
    let findings: Vec<Finding> = standbys
        .iter()
        .filter_map(|standby| {
            let late = late(standby)?;
            let severity = severity(late, thresholds)?;
            // Whether replay is late or delayed on purpose is seen only on the standby.
            let severity = if is_only_replay(standby, thresholds) { Severity::Warning } else { severity };
            Some(of_standby(standby, late, severity, thresholds))
        })
        .collect();
    let worst = standbys.iter().filter_map(|standby| late(standby)).max_by(|a, b| a.0.total_cmp(&b.0));
    Ok(Answer::found(findings, "Healthy replication lag", |_| "High replication lag".into()).number(worst))
}

/// Whether the standby has all WAL on its disk and only its replay is late.
fn is_only_replay(standby: &Standby, thresholds: &Thresholds) -> bool {
    standby.flush_lag.is_some_and(|lag| severity(lag, thresholds).is_none())
}

fn judge_standby(replication: &Replication, thresholds: &Thresholds) -> Said {
    let delay = replication.apply_delay;
    let late = match replication.delaying {
        // Everything that is due has been replayed.
        Some(true) => Some(Millis(0.0)),
        _ => replication.lag.map(|lag| beyond(lag, delay)),
    };
    let level = late.and_then(|late| severity(late, thresholds));
    let unknown = match late {
        _ if !replication.streaming => Some(
            "The standby receives no WAL (no walreceiver runs, or Heron's role may not see it), so it cannot know how far \
             ahead the primary is. Look at primary_conninfo and at the server's log.",
        ),
        None => Some("The standby has not replayed a transaction yet, so its lag has no beginning."),
        Some(_) if delay.0 > 0.0 && replication.delaying.is_none() && level.is_some() => Some(
            "Heron's role may not see whether replay only waits for recovery_min_apply_delay to pass: GRANT pg_monitor.",
        ),
        Some(_) => None,
    };
    let severity = match (replication.paused, unknown) {
        (false, Some(unknown)) => return Err(CannotTell(unknown.into())),
        // Paused by a person: worth knowing before anything is late.
        (true, _) => Some(level.unwrap_or(Severity::Info)),
        (false, None) => level,
    };
    let findings: Vec<Finding> =
        severity.map(|severity| own(replication, late.unwrap_or(Millis(0.0)), severity)).into_iter().collect();
    let delayed = match delay.0 > 0.0 {
        true => format!(", besides an intended delay of {delay}"),
        false => String::new(),
    };
    let answer = Answer::found(findings, &format!("Healthy replication lag{delayed}"), |_| match level {
        Some(_) => format!("High replication lag{delayed}"),
        None => "Replay is paused".into(),
    });
    Ok(answer.number(late).note(unknown.map(Into::into)))
}

/// A standby's own lag.
fn own(replication: &Replication, late: Millis, severity: Severity) -> Finding {
    let (behind, delay) = (replication.behind, replication.apply_delay);
    let besides = match delay.0 > 0.0 {
        true => format!(", besides its delay of {delay}"),
        false => String::new(),
    };
    let title = match (replication.paused, late.0 > 0.0) {
        (true, false) => "Replay on this standby is paused".to_owned(),
        (true, true) => format!("This standby is {late} behind{besides}: its replay is paused"),
        (false, _) => format!("This standby is {late} behind{besides}"),
    };
    let found = finding(CHECK, severity, "server")
        .title(title)
        .fact("lag_seconds", late.0 / 1000.0)
        .fact("behind_bytes", behind.0)
        .fact("paused", replication.paused)
        .maybe("delay_seconds", (delay.0 > 0.0).then_some(delay.0 / 1000.0));
    let waits = format!(
        "{behind} of WAL were received and wait to be replayed. Reads here are that old, and a failover to it takes that much longer."
    );
    if replication.paused {
        let found = found.detail(format!(
            "{waits} Replay was paused by pg_wal_replay_pause(), and WAL piles up on this standby until it is resumed."
        ));
        return found.remedy("SELECT pg_wal_replay_resume();", "Ask first who paused it, and why.").build();
    }
    found
        .detail(format!(
            "{waits} A long query on the standby may hold replay up (max_standby_streaming_delay), or its disk is slower \
             than the primary writes."
        ))
        .build()
}

/// What a primary knows of a standby's lag.
fn of_standby(standby: &Standby, lag: Millis, severity: Severity, thresholds: &Thresholds) -> Finding {
    let behind = |bytes: Option<Bytes>| bytes.map_or_else(|| "unknown".into(), |bytes| bytes.to_string());
    let cause = match is_only_replay(standby, thresholds) {
        true => {
            "The WAL is on its disk and only replay is late: it is paused, held up by a query there \
             (max_standby_streaming_delay), slow, or delayed on purpose (recovery_min_apply_delay). Only the standby shows \
             which; for intended delays set standby_apply_delay_sec."
        }
        false => {
            "The network, its disk, or a query on it (max_standby_streaming_delay) is what holds it up, whichever grows."
        }
    };
    finding(CHECK, severity, format!("standby {}", standby.name))
        .title(format!("Standby {} is {lag} behind", standby.name))
        .detail(format!(
            "It has yet to be sent {}, to write {} to its disk, and to replay {}. {cause} Reads there are that old.",
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
    fn standby_delayed_on_purpose_is_measured_against_its_delay() {
        let hour = Millis(3_600_000.0);
        let delayed = |lag: f64, delaying| Replication { apply_delay: hour, delaying, ..standby(Some(lag), 1 << 20) };
        let cases = [
            (delayed(3_600_000.0, Some(false)), Some(Outcome::Healthy), None),
            // After a quiet time the age of the last replayed transaction tells nothing while replay waits.
            (delayed(90_000_000.0, Some(true)), Some(Outcome::Healthy), None),
            (delayed(3_606_000.0, Some(false)), None, Some(Severity::Warning)),
            (delayed(4_000_000.0, Some(false)), None, Some(Severity::Critical)),
            (Replication { lag: None, ..delayed(0.0, Some(true)) }, Some(Outcome::Healthy), None),
            (delayed(3_600_000.0, None), Some(Outcome::Healthy), None),
        ];
        for (replication, outcome, severity) in cases {
            let verdict = judged(replication.clone());
            assert_eq!(verdict.severity(), severity, "{replication:?}");
            assert!(verdict.sentence.ends_with("besides an intended delay of 1 h"), "{}", verdict.sentence);
            if let Some(outcome) = outcome {
                assert_eq!(verdict.outcome, outcome, "{replication:?}");
            }
        }
        assert!(matches!(judged(delayed(3_606_000.0, None)).outcome, Outcome::NotRun(_)));
        let title = judged(delayed(3_606_000.0, Some(false))).findings()[0].title.clone();
        assert_eq!(title, "This standby is 6.0 s behind, besides its delay of 1 h");
    }

    #[test]
    fn paused_replay_is_named_before_it_is_late() {
        let paused = |replication| judged(Replication { paused: true, ..replication });
        let cases = [
            (standby(Some(0.0), 0), Severity::Info, "Replay on this standby is paused"),
            (standby(Some(9_000.0), 9), Severity::Warning, "This standby is 9.0 s behind: its replay is paused"),
            (Replication { streaming: false, ..standby(None, 0) }, Severity::Info, "Replay on this standby is paused"),
        ];
        for (replication, severity, title) in cases {
            let verdict = paused(replication);
            let found = &verdict.findings()[0];
            assert_eq!((found.severity, found.title.as_str()), (severity, title));
            assert!(found.remedy.is_some());
        }
    }

    #[test]
    fn primary_does_not_take_a_delayed_replay_for_critical() {
        let judged = |standby_apply_delay_sec, flush_lag| {
            let standby = Standby {
                name: "late".into(),
                state: Some("streaming".into()),
                flush_lag,
                replay_lag: Some(Millis(3_601_000.0)),
                ..Standby::default()
            };
            let mut readings = readings();
            readings.replication.answer = Ok(Replication { standbys: vec![standby], ..Replication::default() });
            let thresholds = Thresholds { standby_apply_delay_sec, ..Thresholds::default() };
            Rule::of(CHECK).unwrap().judge(&readings, &thresholds, NOW)
        };
        let received = judged(0.0, Some(Millis(3.0)));
        assert_eq!(received.severity(), Some(Severity::Warning));
        assert!(received.findings()[0].detail.contains("recovery_min_apply_delay"), "{received:?}");
        assert_eq!(judged(0.0, Some(Millis(3_601_000.0))).severity(), Some(Severity::Critical));
        assert_eq!(judged(3_600.0, Some(Millis(3.0))).outcome, Outcome::Healthy);
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

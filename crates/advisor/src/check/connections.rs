//! O5. Connections run out: clients as a share of `max_connections`, the server's own processes not counted (§10.4).

use model::{Check, Connections, Count, Ratio, Severity, Timestamp};

use super::level;
use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::Connections;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let server = readings.server.answer.as_ref()?;
    let connections = Connections::count(readings.activity.answer.as_ref()?);
    let share = Ratio::of(connections.total as f64, server.max_connections as f64).unwrap_or(Ratio(1.0));
    let number = format!("{} of {}", Count(connections.total), Count(server.max_connections));

    let severity = level(share.0 * 100.0, thresholds.connections_percent, thresholds.connections_critical_percent);
    let too_many = thresholds.total_connections_threshold.is_some_and(|limit| connections.total >= limit);
    let severity = severity.or(too_many.then_some(Severity::Warning));
    let Some(severity) = severity else {
        return Ok(Answer::healthy("Connections healthy").number(Some(number)));
    };
    let found = finding(CHECK, severity, "server")
        .title(format!("{number} connections are in use"))
        .detail(format!(
            "{} work, {} idle, {} idle in transaction. When none is left, whoever comes next is refused. A pooler such \
             as PgBouncer lets many clients share few connections; each connection more costs memory even when idle.",
            Count(connections.active),
            Count(connections.idle),
            Count(connections.idle_in_transaction)
        ))
        .fact("connections", connections.total)
        .fact("max_connections", server.max_connections)
        .fact("active", connections.active)
        .fact("idle", connections.idle)
        .fact("idle_in_transaction", connections.idle_in_transaction)
        .fact("used", share.to_string())
        .build();
    Ok(Answer::found(vec![found], "", |_| format!("{share} of the connections are in use")).number(Some(number)))
}

#[cfg(test)]
mod tests {
    use model::Session;

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings, session},
    };

    /// O5; defect 4.
    #[test]
    fn clients_are_compared_with_max_connections_10_4() {
        for (clients, severity) in
            [(79, None), (80, Some(Severity::Warning)), (94, Some(Severity::Warning)), (95, Some(Severity::Critical))]
        {
            let mut readings = readings();
            let mut sessions: Vec<Session> = (0..clients).map(|pid| session(pid, "idle")).collect();
            // The server's own processes are not connections.
            sessions.extend(
                (1000..1050).map(|pid| Session { backend_type: "background worker".into(), ..session(pid, "idle") }),
            );
            readings.activity.answer = Ok(sessions);
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert_eq!(verdict.severity(), severity, "{clients} of 100");
            assert_eq!(verdict.number, Some(format!("{clients} of 100")));
        }
    }

    /// C1: PgHero's own threshold counts connections, whatever the limit; it warns from that number on.
    /// O5, §7 `controller`.
    #[test]
    fn pgheros_threshold_counts_connections() {
        let mut readings = readings();
        readings.activity.answer = Ok((0..3).map(|pid| session(pid, "idle")).collect());
        for (limit, severity) in [(None, None), (Some(4), None), (Some(3), Some(Severity::Warning))] {
            let thresholds = Thresholds { total_connections_threshold: limit, ..Thresholds::default() };
            assert_eq!(Rule::of(CHECK).unwrap().judge(&readings, &thresholds, NOW).severity(), severity, "{limit:?}");
        }
    }
}

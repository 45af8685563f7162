//! O5. Connections run out: what is in use beside the limits of the server, of each database and of each role (§10.4).
//!
//! Ordinary clients may use `max_connections` less what is reserved. Walsenders and the server's own processes do not count.

use model::{
    Check, ConnectionLimit, ConnectionUse, Connections, Count, Finding, LimitScope, Severity, Timestamp,
    quote_identifier,
};

use super::level;
use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::Connections;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let connections = readings.connections.answer.as_ref()?;
    let counted = Connections::count(readings.activity.answer.as_ref()?);
    let limits = connections.all_limits();
    let findings: Vec<Finding> = limits
        .iter()
        .filter_map(|limit| Some(render_finding(connections, counted, limit, severity(limit, counted, thresholds)?)))
        .collect();
    let refused = limits.iter().any(ConnectionLimit::is_reached);
    let nearest = connections.nearest();
    let number = format!("{} of {}", Count(nearest.used), Count(nearest.limit));
    let of = match nearest.scope {
        LimitScope::Server => String::new(),
        _ => format!(", nearest to the limit of {}", named(&nearest)),
    };
    let answer = Answer::found(findings, &format!("Connections healthy{of}"), |_| match refused {
        true => "Clients are refused".into(),
        false => format!("{} of the connections are in use{of}", nearest.share()),
    });
    Ok(answer.number(Some(number)))
}

fn severity(limit: &ConnectionLimit, counted: Connections, thresholds: &Thresholds) -> Option<Severity> {
    if limit.is_reached() {
        return Some(Severity::Critical);
    }
    let percent = limit.share().0 * 100.0;
    let severity = level(percent, thresholds.connections_percent, thresholds.connections_critical_percent);
    let many = thresholds.total_connections_threshold.is_some_and(|most| counted.total >= most);
    severity.or((many && limit.scope == LimitScope::Server).then_some(Severity::Warning))
}

/// A limit in a sentence: `the server`, `database app`.
fn named(limit: &ConnectionLimit) -> String {
    match &limit.scope {
        LimitScope::Server => "the server".into(),
        LimitScope::Database(name) => format!("database {}", quote_identifier(name)),
        LimitScope::Role(name) => format!("role {}", quote_identifier(name)),
    }
}

fn render_finding(
    connections: &ConnectionUse,
    counted: Connections,
    limit: &ConnectionLimit,
    severity: Severity,
) -> Finding {
    let (used, most) = (Count(limit.used), Count(limit.limit));
    let title = match (&limit.scope, limit.is_reached()) {
        (LimitScope::Server, true) => {
            format!("Clients are refused: {used} connections are in use, and ordinary clients may use {most}")
        }
        (LimitScope::Server, false) => format!("{used} of {most} connections for ordinary clients are in use"),
        (_, true) => format!("Clients of {} are refused: {used} of {most} connections are in use", named(limit)),
        (_, false) => format!("{used} of {most} connections of {} are in use", named(limit)),
    };
    let bound = match &limit.scope {
        LimitScope::Server => format!(
            "Of {} (max_connections), {} are reserved for superusers (superuser_reserved_connections) and {} for roles \
             with pg_use_reserved_connections (reserved_connections). {} of those in use are Heron's.",
            Count(connections.max_connections),
            Count(connections.superuser_reserved),
            Count(connections.reserved),
            Count(connections.own),
        ),
        LimitScope::Database(_) => {
            "The limit is the database's own (ALTER DATABASE … CONNECTION LIMIT); superusers may exceed it.".into()
        }
        LimitScope::Role(_) => "The limit is the role's own (ALTER ROLE … CONNECTION LIMIT), in all databases.".into(),
    };
    finding(CHECK, severity, limit.object())
        .title(title)
        .detail(format!(
            "{bound} On the whole server {} work, {} idle, {} idle in transaction. At the limit new clients are refused. A \
             pooler such as PgBouncer lets many clients share few connections; each connection more costs memory even when \
             idle.",
            Count(counted.active),
            Count(counted.idle),
            Count(counted.idle_in_transaction)
        ))
        .fact("connections", limit.used)
        .fact("limit", limit.limit)
        .fact("max_connections", connections.max_connections)
        .fact("superuser_reserved_connections", connections.superuser_reserved)
        .fact("reserved_connections", connections.reserved)
        .fact("heron_connections", connections.own)
        .fact("active", counted.active)
        .fact("idle", counted.idle)
        .fact("idle_in_transaction", counted.idle_in_transaction)
        .fact("used", limit.share().to_string())
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings, session},
    };

    fn judged(connections: ConnectionUse) -> model::Verdict {
        let mut readings = readings();
        readings.connections.answer = Ok(connections);
        Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW)
    }

    /// O5; defect 4.
    #[test]
    fn clients_are_compared_with_max_connections_10_4() {
        let cases = [
            (77, 0, None),
            (78, 0, Some(Severity::Warning)),
            (92, 0, Some(Severity::Warning)),
            (93, 0, Some(Severity::Critical)),
            // What is reserved is not for ordinary clients.
            (45, 40, None),
            (46, 40, Some(Severity::Warning)),
            (57, 40, Some(Severity::Critical)),
        ];
        for (used, reserved, severity) in cases {
            let connections = ConnectionUse {
                max_connections: 100,
                superuser_reserved: 3,
                reserved,
                used,
                ..ConnectionUse::default()
            };
            let verdict = judged(connections.clone());
            assert_eq!(verdict.severity(), severity, "{connections:?}");
            assert_eq!(verdict.number, Some(format!("{used} of {}", 97 - reserved)));
        }
    }

    #[test]
    fn limit_of_database_or_role_is_critical_when_it_is_reached() {
        let limit = |scope, used| ConnectionLimit { scope, limit: 3, used };
        let database = |used| limit(LimitScope::Database("A 50".into()), used);
        let role = |used| limit(LimitScope::Role("app".into()), used);
        let cases = [
            (database(2), None),
            (
                database(3),
                Some(("database A 50", "Clients of database \"A 50\" are refused: 3 of 3 connections are in use")),
            ),
            (role(2), None),
            (role(4), Some(("role app", "Clients of role app are refused: 4 of 3 connections are in use"))),
        ];
        for (limit, expected) in cases {
            let limits = vec![limit.clone()];
            let verdict = judged(ConnectionUse {
                max_connections: 60,
                superuser_reserved: 3,
                used: 5,
                own: 1,
                reserved: 0,
                limits,
            });
            let found = verdict.findings().first().map(|found| (found.object.as_str(), found.title.as_str()));
            assert_eq!(found, expected, "{limit:?}");
            assert_eq!(verdict.severity(), expected.map(|_| Severity::Critical));
            assert_eq!(verdict.number, Some(format!("{} of 3", limit.used)));
            assert_eq!(
                verdict.sentence.contains("nearest to the limit of"),
                expected.is_none(),
                "{}",
                verdict.sentence
            );
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

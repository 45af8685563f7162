use std::time::{Duration, Instant};

use tracing::{Span, field::Empty};

use crate::{Dialect, Result};

/// One statement as tracing sees it: text with placeholders, never a value.
pub(super) struct Watch {
    pub(super) span: Span,
    begun: Instant,
    slow: Duration,
}

impl Watch {
    pub(super) fn new(dialect: Dialect, sql: &str, slow: Duration) -> Self {
        let span = tracing::debug_span!(
            "statement",
            db.system = dialect.name(),
            db.query.text = sql,
            db.rows = Empty,
            error.kind = Empty
        );
        Self { span, begun: Instant::now(), slow }
    }

    /// Notes how it went: how many rows, or which error.
    pub(super) fn done<T>(&self, result: &Result<T>, rows: u64, sql: &str) {
        match result {
            Ok(_) => self.span.record("db.rows", rows),
            Err(e) => self.span.record("error.kind", tracing::field::debug(e.kind())),
        };
        let elapsed = self.begun.elapsed();
        if elapsed > self.slow {
            let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
            self.span.in_scope(|| tracing::warn!(millis, rows, sql, "slow statement"));
        }
    }
}

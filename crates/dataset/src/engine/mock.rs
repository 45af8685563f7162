use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

/// A database that is none: it writes down what it is asked, and answers with nothing.
#[derive(Debug, Default)]
pub(crate) struct Mock {
    statements: Mutex<Vec<String>>,
    keys: AtomicI64,
}

impl Mock {
    pub(crate) fn record(&self, sql: &str) {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).push(sql.to_owned());
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.statements.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keys as a fresh table would give them: 1, 2, 3 …
    pub(crate) fn next_key(&self) -> i64 {
        self.keys.fetch_add(1, Ordering::Relaxed) + 1
    }
}

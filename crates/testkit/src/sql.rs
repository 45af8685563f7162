//! SQL with names made at run time, which only tests may have.

use dataset::Database;

/// Runs statements whose text is made here.
///
/// A program has no use for that: `dataset` takes only text that stands in the sources. The text of a test leaks, and is
/// gone when the test's process is.
pub(crate) async fn run(db: &Database, sql: String) {
    let sql: &'static str = sql.leak();
    db.execute_script(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// A name of its own for a database or role, which needs no quotes.
pub(crate) fn name() -> String {
    format!("heron_test_{:016x}", rand::random::<u64>())
}

use std::borrow::Cow;

use crate::Value;

/// A statement ready to be sent: text with the database's own placeholders, and what is bound to them.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) binds: Vec<Value>,
    /// Whether it changes anything: SQLite sends it to the one writer.
    pub(crate) writes: bool,
    /// Whether it is somebody else's text: it may hold their data, so neither a log nor an error repeats it.
    pub(crate) verbatim: bool,
}

impl Statement {
    /// A statement of this crate's own.
    pub(crate) fn fixed(sql: impl Into<Cow<'static, str>>, binds: Vec<Value>) -> Self {
        let sql = sql.into();
        let writes = !reads(&sql);
        Self { sql, binds, writes, verbatim: false }
    }

    /// What logs and errors call it.
    pub(crate) fn told(&self) -> Cow<'static, str> {
        if self.verbatim { "(a statement somebody typed)".into() } else { self.sql.clone() }
    }
}

/// Whether a raw statement can only read, told by its first word; when in doubt it writes.
pub(crate) fn reads(sql: &str) -> bool {
    let word = sql
        .lines()
        .map(str::trim_start)
        .find(|line| !line.is_empty() && !line.starts_with("--"))
        .and_then(|line| line.split(|c: char| !c.is_ascii_alphabetic()).next())
        .unwrap_or_default();
    ["select", "values", "explain", "show"].iter().any(|reader| word.eq_ignore_ascii_case(reader))
}

#[cfg(test)]
mod tests {
    use super::reads;

    #[test]
    fn the_first_word_tells_readers_from_writers() {
        assert!(reads("-- why\n\n  SELECT 1"));
        assert!(!reads("with x as (delete from t returning 1) select 1"));
        assert!(!reads("insert into t values (1)"));
    }
}

//! How PostgreSQL runs a statement that somebody typed.
//!
//! The text stands where [`templates`](crate::templates) and the action `explain_analyze` leave room for it. It is a single
//! statement, by our lexer and by the extended protocol; it runs in a read-only transaction that is rolled back, under a
//! time limit, on a connection that is closed afterwards. What went wrong is said in sentences of ours: PostgreSQL's own may
//! quote the data.

use std::{fmt, str::FromStr, time::Duration};

use dataset::{Error, Kind, Tx, TxOptions};
use model::{
    Missing,
    sql::{Token, statements, tokens},
};

use crate::{Action, Limits, Question, Target, obstacle, session};

pub(crate) const PLAN: Question = Question::new("explain", include_str!("explain.sql"));
pub(crate) const PREPARE: Question = Question::new("explain_prepare", include_str!("explain_prepare.sql"));
pub(crate) const PREPARED: Question = Question::new("explain_prepared", include_str!("explain_prepared.sql"));
pub(crate) const PARAMETERS: Question = Question::new("explain_parameters", include_str!("explain_parameters.sql"));
pub(crate) const ANALYZE: Action = Action::new("explain_analyze", include_str!("explain_analyze.sql"));

/// The options of EXPLAIN; where one is not set, PostgreSQL decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Explain {
    /// Run the statement.
    pub analyze: bool,
    /// Output columns and schemas.
    pub verbose: Option<bool>,
    /// Estimated costs and rows.
    pub costs: Option<bool>,
    /// Settings that change plans and are not at their default.
    pub settings: Option<bool>,
    /// Blocks hit, read and written.
    pub buffers: Option<bool>,
    /// WAL written; only with `analyze`.
    pub wal: Option<bool>,
    /// The time of each step; only with `analyze`.
    pub timing: Option<bool>,
    /// Planning and execution time.
    pub summary: Option<bool>,
    /// What the planner used; from 17 on.
    pub memory: Option<bool>,
    /// What it takes to make the rows ready to be sent, as text; only with `analyze`, from 17 on.
    pub serialize: bool,
    /// The shape of the answer.
    pub format: Format,
}

impl Explain {
    fn options(self, generic: bool) -> String {
        let Self { analyze: _, verbose, costs, settings, buffers, wal, timing, summary, memory, serialize, format } =
            self;
        let generic = generic.then_some(true);
        [
            ("VERBOSE", verbose),
            ("COSTS", costs),
            ("SETTINGS", settings),
            ("BUFFERS", buffers),
            ("WAL", wal),
            ("TIMING", timing),
            ("SUMMARY", summary),
            ("MEMORY", memory),
            ("GENERIC_PLAN", generic),
        ]
        .into_iter()
        .filter_map(|(name, on)| on.map(|on| format!("{name} {}, ", if on { "TRUE" } else { "FALSE" })))
        .chain(serialize.then(|| "SERIALIZE TEXT, ".into()))
        .chain([format!("FORMAT {format}")])
        .collect()
    }
}

/// The shapes in which EXPLAIN answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For programs of another age.
    Xml,
    /// For both.
    Yaml,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "TEXT",
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Yaml => "YAML",
        })
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "xml" => Ok(Self::Xml),
            "yaml" => Ok(Self::Yaml),
            _ => Err("Unknown format: use text, json, xml or yaml".into()),
        }
    }
}

/// Why a statement was not explained. No variant but the last repeats anything of PostgreSQL's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is nothing to explain.
    #[error("There is no statement to explain")]
    Empty,
    /// There is more than one statement.
    #[error("Unsafe statement: only one can be explained at a time")]
    Unsafe,
    /// The types of its parameters cannot be told.
    #[error(
        "Can't explain queries with bind parameters whose types cannot be told. Write values, or casts, in their place"
    )]
    Parameters,
    /// Nobody knows the values to run it with.
    #[error("Can't analyze queries with bind parameters. Write values in their place")]
    AnalyzeParameters,
    /// It is not SQL, or of a kind that has no plan.
    #[error("Syntax error with query")]
    Syntax,
    /// It took longer than it may.
    #[error("Query timed out")]
    TimedOut,
    /// It writes.
    #[error("Can't analyze statements that write: they run in a read-only transaction. Explain shows their plan")]
    Writes,
    /// The role may not read what it reads.
    #[error(
        "Error explaining query: Heron's role may not read everything it reads. GRANT SELECT on the tables, or pg_read_all_data"
    )]
    Privilege,
    /// It names something that does not exist, or that the role's search path does not lead to.
    #[error(
        "Error explaining query: a table, column or function in it is not known. Heron's role may need the schema written before it"
    )]
    Undefined,
    /// Somebody has a table under lock.
    #[error("Error explaining query: a table is locked, and Heron does not wait for it")]
    Locked,
    /// Anything else.
    #[error("Error explaining query")]
    Failed,
    /// The server could not be asked.
    #[error("{0}")]
    Unanswered(Missing),
}

/// The plan of `sql`, as PostgreSQL writes it.
///
/// # Errors
/// [`Refused`].
pub async fn explain(target: &Target, sql: &str, how: Explain, timeout: Duration) -> Result<String, Refused> {
    let sql = match statements(sql).as_slice() {
        [] => return Err(Refused::Empty),
        [only] => (*only).to_owned(),
        _ => return Err(Refused::Unsafe),
    };
    let with_parameters = tokens(&sql).any(|(token, _)| token == Token::Parameter);
    if how.analyze && with_parameters {
        return Err(Refused::AnalyzeParameters);
    }
    if how.analyze && may_create(&sql) {
        return Err(Refused::Writes);
    }
    let limits = Limits { statement_timeout: timeout, ..target.server().limits() };
    // To its end even if nobody waits: a statement under way would go on, and its connection with it.
    let target = target.clone();
    let explained = tokio::spawn(async move {
        let acting = target.server().visit_to_act(&target, limits.options_to_explain()).await;
        let acting = acting.map_err(|obstacle| Refused::Unanswered(obstacle.into()))?;
        let Some(database) = acting.database() else { return Err(Refused::Failed) };
        let options = TxOptions { always_rollback: true, ..TxOptions::read_only() };
        let plan = database.transaction(options, |tx| plan(tx, sql.clone(), how, with_parameters)).await;
        let plan = plan.map_err(|error| refused(&target, &error));
        // A lock of pg_advisory_lock, a setting, a prepared statement: a session keeps some things that are not undone.
        acting.leave().await;
        plan
    });
    explained.await.unwrap_or(Err(Refused::Failed))
}

async fn plan(tx: Tx, sql: String, how: Explain, with_parameters: bool) -> dataset::Result<String> {
    let filled = |template: &str, generic: bool| {
        template.replace("{options}", &how.options(generic)).replacen("{statement}", &sql, 1)
    };
    let text = if how.analyze {
        filled(ANALYZE.sql, false)
    } else if with_parameters {
        // EXPLAIN's own parameters would want values. Those of a prepared statement do too, but a generic plan ignores them;
        // from 16 on GENERIC_PLAN says so, or partitions would be left out that do not hold a NULL.
        tx.fetch_verbatim(filled(PREPARE.sql, false)).rows().await?;
        let known: Option<(Option<i64>, i64, String)> = tx.fetch(PARAMETERS.sql, []).first().await?;
        let (parameters, version, _) = known.unwrap_or_default();
        let nulls = vec!["NULL"; usize::try_from(parameters.unwrap_or_default()).unwrap_or_default()];
        filled(PREPARED.sql, version >= 160_000).replace("{nulls}", &nulls.join(", "))
    } else {
        filled(PLAN.sql, false)
    };
    let lines: Vec<(String,)> = tx.fetch_verbatim(text).all().await?;
    Ok(lines.into_iter().map(|(line,)| line).collect::<Vec<_>>().join("\n"))
}

/// `EXPLAIN ANALYZE` makes the table of `CREATE TABLE AS` and of `SELECT INTO` even in a read-only transaction; INTO is
/// reserved, and in a statement that only reads it means nothing else.
fn may_create(sql: &str) -> bool {
    let mut words = tokens(sql).filter(|(token, _)| *token == Token::Word).map(|(_, word)| word.to_ascii_lowercase());
    let first = words.next().unwrap_or_default();
    matches!(first.as_str(), "create" | "refresh" | "declare" | "execute") || words.any(|word| word == "into")
}

fn refused(target: &Target, error: &Error) -> Refused {
    match (error.kind(), error.code()) {
        // "cannot insert multiple commands into a prepared statement", should our lexer ever disagree with PostgreSQL's.
        (Kind::Syntax, _) if error.message().contains("multiple commands") => Refused::Unsafe,
        (Kind::Syntax, _) => Refused::Syntax,
        // indeterminate_datatype, undefined_parameter
        (_, Some("42P18" | "42P02")) => Refused::Parameters,
        (Kind::StatementTimeout, _) => Refused::TimedOut,
        (Kind::LockTimeout, _) => Refused::Locked,
        (Kind::ReadOnly, _) => Refused::Writes,
        (Kind::Permission, Some(_)) => Refused::Privilege,
        (Kind::UndefinedObject, _) => Refused::Undefined,
        (Kind::Disconnect | Kind::PoolTimeout | Kind::Authentication | Kind::UnknownDatabase, _) => {
            Refused::Unanswered(obstacle::of(target, &session::OWN, error).into())
        }
        _ => Refused::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_said_only_where_they_are_set_2_4() {
        assert_eq!(Explain::default().options(false), "FORMAT TEXT");
        let how = Explain { costs: Some(false), verbose: Some(true), format: Format::Json, ..Explain::default() };
        assert_eq!(how.options(true), "VERBOSE TRUE, COSTS FALSE, GENERIC_PLAN TRUE, FORMAT JSON");
        let how = Explain { memory: Some(true), serialize: true, ..Explain::default() };
        assert_eq!(how.options(false), "MEMORY TRUE, SERIALIZE TEXT, FORMAT TEXT");
    }

    /// A6, §7 `explain` (bad format).
    #[test]
    fn an_unknown_format_is_refused_7_explain() {
        assert_eq!("yaml".parse(), Ok(Format::Yaml));
        assert!("pdf".parse::<Format>().unwrap_err().starts_with("Unknown format"));
    }

    #[test]
    fn what_would_make_a_table_is_known_10_18() {
        for sql in ["create table t as select 1", "SELECT 1 AS a INTO t", "with x as (select 1) select * into t from x"]
        {
            assert!(may_create(sql), "{sql}");
        }
        for sql in ["select 'into'", "(select \"into\" from t)", "table t", "delete from t -- into"] {
            assert!(!may_create(sql), "{sql}");
        }
    }
}

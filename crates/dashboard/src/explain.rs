//! Statements explained: their plan, what it says, and which index would help.

use advisor::{advice, plan};
use futures::join;
use model::{
    DatabaseId, ExplainMode, ExplainOption, Explained, Person, Reading, Relation, Remedy, Role, StatementTable, sql,
};
use probe::{
    Target,
    explain::{Explain as How, Format, Refused, explain},
};

use crate::{Dashboard, Error, Explain, Result, allow, readings::Readings, to_its_end};

/// Nobody types more.
const LONGEST: usize = 100_000;

impl Dashboard {
    /// How far the viewer may explain statements of a database.
    ///
    /// # Errors
    /// For an unknown database; [`Error::NotEnabled`] where nobody may.
    pub fn explains(&self, viewer: &Person, id: &DatabaseId) -> Result<Explain> {
        allow(viewer, Role::Viewer)?;
        self.target(id)?;
        match self.settings(id).explain {
            Explain::Off => Err(Error::NotEnabled("Explain not enabled".into())),
            Explain::Analyze if viewer.role < Role::Operator => Ok(Explain::Plan),
            explain => Ok(explain),
        }
    }

    /// What the viewer may choose that EXPLAIN says, of a database whose server has it.
    ///
    /// # Errors
    /// As [`Dashboard::explains`].
    pub async fn explain_options(&self, viewer: &Person, id: &DatabaseId) -> Result<Vec<ExplainOption>> {
        let runs = self.explains(viewer, id)? == Explain::Analyze;
        let (target, readings) = self.target(id)?;
        // Of a server that does not answer, what every version has.
        let major = readings.server(target, self.patience).await.answer.map_or(0, |server| server.major());
        let offered = |option: &ExplainOption| (runs || !option.is_of_a_run()) && option.is_known_to(major);
        Ok(ExplainOption::ALL.into_iter().filter(offered).collect())
    }

    /// Explains a statement, saying what is chosen of [`Dashboard::explain_options`], or the usual. It is run only if that
    /// is asked for, allowed, and `confirmed`; the audit trail says so then.
    ///
    /// # Errors
    /// [`Error::NotEnabled`] and [`Error::Forbidden`]; [`Error::Refused`] when it cannot be explained, in a sentence that
    /// repeats nothing of PostgreSQL's own.
    pub async fn explain(
        &self,
        viewer: &Person,
        id: &DatabaseId,
        statement: &str,
        mode: ExplainMode,
        confirmed: bool,
        options: Option<&[ExplainOption]>,
    ) -> Result<Explained> {
        let allowed = self.explains(viewer, id)?;
        let (target, readings) = self.target(id)?;
        if mode == ExplainMode::Analyze {
            if self.settings(id).explain < Explain::Analyze {
                return Err(Error::NotEnabled("Explain analyze not enabled".into()));
            }
            allow(viewer, Role::Operator)?;
            if !confirmed {
                return Err(Error::Refused("Analyze runs the statement. Confirm that it may be run".into()));
            }
        }
        if statement.len() > LONGEST {
            return Err(Error::Refused("The statement is longer than 100,000 characters".into()));
        }
        let with_parameters = sql::tokens(statement).any(|(token, _)| token == sql::Token::Parameter);
        let analyze = mode == ExplainMode::Analyze
            || (mode == ExplainMode::Visualize && confirmed && allowed == Explain::Analyze && !with_parameters);
        let drawn = mode == ExplainMode::Visualize;
        let offered = self.explain_options(viewer, id).await?;
        let says = |option: ExplainOption| {
            offered.contains(&option) && options.map_or(option.is_usual(), |options| options.contains(&option))
        };
        let run_says = |option| analyze.then(|| says(option));
        let how = How {
            analyze,
            // Names and shares are drawn from them.
            verbose: Some(drawn || says(ExplainOption::Verbose)),
            costs: Some(drawn || says(ExplainOption::Costs)),
            settings: Some(says(ExplainOption::Settings)),
            summary: says(ExplainOption::Summary).then_some(true),
            memory: says(ExplainOption::Memory).then_some(true),
            buffers: run_says(ExplainOption::Buffers),
            timing: run_says(ExplainOption::Timing),
            wal: run_says(ExplainOption::Wal),
            serialize: analyze && says(ExplainOption::Serialize),
            format: if drawn { Format::Json } else { Format::Text },
        };
        let text = match analyze {
            true => self.analyzed(viewer, target, statement, how).await?,
            false => explain(target, statement, how, self.settings(id).explain_timeout).await,
        };
        let text = text.map_err(|refused| Error::Refused(refused.to_string()))?;
        let (advice, remedy) = self.advise(target, readings, statement).await;
        let plan = drawn.then(|| plan::read(&text).ok()).flatten();
        Ok(Explained { plan, text, analyzed: analyze, advice, remedy })
    }

    /// Runs a statement to explain it, and writes down who did.
    async fn analyzed(
        &self,
        viewer: &Person,
        target: &Target,
        statement: &str,
        how: How,
    ) -> Result<std::result::Result<String, Refused>> {
        let (store, target, account) = (self.store.clone(), target.clone(), viewer.name.clone());
        let (statement, timeout) = (statement.to_owned(), self.settings(target.id()).explain_timeout);
        let shown = sql::shorten(&self.shown(target.id(), statement.trim()), 1000);
        // Whoever leaves in between must not leave half an entry.
        to_its_end(async move {
            let intent = store.intend(&account, "explain analyze", &shown, &target.id().0).await?;
            let explained = explain(&target, &statement, how, timeout).await;
            let outcome = explained.as_ref().map_or_else(ToString::to_string, |_| "It was run and rolled back.".into());
            if let Err(error) = store.conclude(intent, &outcome).await {
                tracing::error!(database = %target.id(), "the outcome of an EXPLAIN ANALYZE was not written down: {error}");
            }
            Ok(explained)
        })
        .await
    }

    /// What an index would do for a statement, as a sentence, and the statement that makes it.
    async fn advise(&self, target: &Target, readings: &Readings, statement: &str) -> (String, Option<Remedy>) {
        let none = |why: String| (format!("No index is suggested. {why}"), None);
        let structure = match advice::structure(statement) {
            Ok(structure) => structure,
            Err(no) => return none(no.to_string()),
        };
        let tables = [structure.table];
        let (relations, indexes) =
            join!(probe::relations::read(target, &tables), readings.indexes(target, self.patience));
        let (relations, indexes) = match (relations.answer, indexes.answer) {
            (Ok(relations), Ok(indexes)) => (relations, indexes),
            (Err(missing), _) | (_, Err(missing)) => return none(missing.detail),
        };
        match advice::best_index(statement, &relations, &indexes) {
            Err(no) => none(no.to_string()),
            Ok(suggestion) => match &suggestion.covered_by {
                Some(index) => none(format!("{index} serves it already.")),
                None => (
                    format!("An index on {} {} would help it.", suggestion.table, suggestion.key()),
                    Some(Remedy { sql: suggestion.sql(), caution: Some(suggestion.caution().into()) }),
                ),
            },
        }
    }

    /// The text of a statement by its queryid, literals removed; none if nobody knows it.
    ///
    /// # Errors
    /// For an unknown database, or when the store cannot be read.
    pub async fn statement_text(&self, viewer: &Person, id: &DatabaseId, queryid: &str) -> Result<Option<String>> {
        allow(viewer, Role::Viewer)?;
        let (target, _) = self.target(id)?;
        Ok(self.texts(target, id, &[queryid.to_owned()]).await?.remove(queryid))
    }

    /// The tables that a statement names, with their rows and indexes.
    ///
    /// # Errors
    /// For an unknown database, or when the store cannot be read.
    pub async fn statement_tables(
        &self,
        viewer: &Person,
        id: &DatabaseId,
        queryid: &str,
    ) -> Result<Reading<Vec<StatementTable>>> {
        allow(viewer, Role::Viewer)?;
        let (dashboard, id, queryid) = (self.clone(), id.clone(), queryid.to_owned());
        to_its_end(async move { dashboard.tables_of(&id, &queryid).await }).await
    }

    async fn tables_of(&self, id: &DatabaseId, queryid: &str) -> Result<Reading<Vec<StatementTable>>> {
        let (target, readings) = self.target(id)?;
        let text = self.texts(target, id, &[queryid.to_owned()]).await?.remove(queryid).unwrap_or_default();
        let named = advice::named(&text).unwrap_or_default();
        let names: Vec<String> = named.iter().map(|(_, name)| name.clone()).collect();
        let (relations, indexes) =
            join!(probe::relations::read(target, &names), readings.indexes(target, self.patience));
        let Reading { taken_at, took, answer } = relations;
        let answer = answer.and_then(|relations| {
            let indexes = indexes.answer?;
            // A name without a schema means the one the search path finds, which is the application's: all of them are shown.
            let meant = |relation: &Relation| {
                let schema = |schema: &Option<String>| schema.as_ref().is_none_or(|schema| *schema == relation.schema);
                named.iter().any(|(written, name)| *name == relation.name && schema(written))
            };
            let indexable = |relation: &Relation| relation.kind.is_indexable() && !relation.temporary;
            let tables = relations.into_iter().filter(meant).filter(indexable).map(|relation| StatementTable {
                table: relation.qualified(),
                rows: relation.rows,
                indexes: indexes.iter().filter(|index| index.on() == relation.qualified()).cloned().collect(),
            });
            Ok(tables.collect())
        });
        Ok(Reading { taken_at, took, answer })
    }
}

//! Datasets made of datasets.

use super::Dataset;
use crate::query::{Cte, Query, SetOp, Source};

impl Dataset {
    /// These rows and the other's, equal ones too. What comes next applies to all of them.
    pub fn union_all(self, other: Dataset) -> Self {
        self.combined(SetOp::UnionAll, other)
    }

    /// These rows and the other's, equal ones once. What comes next applies to all of them.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let ids = Database::mock(Dialect::Sqlite).from("a").select(["id"]);
    /// assert_eq!(
    ///     ids.clone().union(ids.order(col("id").asc()).limit(1)).order(col("id").asc()).sql(),
    ///     "SELECT * FROM (SELECT `id` FROM `a` UNION \
    ///      SELECT * FROM (SELECT `id` FROM `a` ORDER BY `id` ASC LIMIT 1) AS `t1`) AS `t1` ORDER BY `id` ASC"
    /// );
    /// ```
    pub fn union(self, other: Dataset) -> Self {
        self.combined(SetOp::Union, other)
    }

    /// The rows that are in both, once each. MySQL has it since 8.0.31.
    pub fn intersect(self, other: Dataset) -> Self {
        self.combined(SetOp::Intersect, other)
    }

    /// These rows without the other's, once each. MySQL has it since 8.0.31.
    pub fn except(self, other: Dataset) -> Self {
        self.combined(SetOp::Except, other)
    }

    /// These rows as a table of their own: what comes next applies to the result so far.
    pub fn from_self(self) -> Self {
        Self { query: self.query.nested(), ..self }
    }

    /// With another dataset under a name, to be used like a table.
    pub fn with(self, name: impl Into<String>, dataset: Dataset) -> Self {
        let cte = Cte { name: name.into(), query: dataset.query, step: None };
        self.map(|q| q.with.push(cte))
    }

    /// With a table under a name that begins with some rows and grows by what the step finds to them, until it finds
    /// nothing: the step reads the rows it found last from the name itself.
    ///
    /// ```no_run
    /// # async fn example(db: dataset::Database) -> dataset::Result<()> {
    /// use dataset::col;
    /// let top = db.from("folders").filter(col("parent").is_null()).select(["id", "name"]);
    /// let below = db.from("folders")
    ///     .join("tree", col(("tree", "id")).eq(col(("folders", "parent"))))
    ///     .select([("folders", "id"), ("folders", "name")]);
    /// let names: Vec<String> = db.from("tree").with_recursive("tree", top, below).select_map("name").await?;
    /// # Ok(()) }
    /// ```
    pub fn with_recursive(self, name: impl Into<String>, first: Dataset, step: Dataset) -> Self {
        let cte = Cte { name: name.into(), query: first.query, step: Some(step.query) };
        self.map(|q| q.with.push(cte))
    }

    fn combined(self, op: SetOp, other: Dataset) -> Self {
        Self { query: Query::new(Source::Set(op, vec![self.query, other.query], "t1".into())), ..self }
    }
}

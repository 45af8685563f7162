//! Datasets made of datasets.

use super::Dataset;
use crate::query::{Cte, Query, SetOp, Source};

impl Dataset {
    /// These rows and the other's, equal ones too. What comes next applies to all of them.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let few = db.from("checks").select(["id"]).order(col("id").asc()).limit(2);
    /// let both = few.clone().union_all(few).order(col("id").desc());
    /// assert_eq!(both.all::<i64>().await?, [2, 2, 1, 1]);
    /// # Ok(()) }
    /// ```
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
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let used = db.from("checks").select(["server"]);
    /// let known = db.from("servers").select(["name"]);
    /// assert_eq!(used.intersect(known).all::<String>().await?, ["db1"]);
    /// # Ok(()) }
    /// ```
    pub fn intersect(self, other: Dataset) -> Self {
        self.combined(SetOp::Intersect, other)
    }

    /// These rows without the other's, once each. MySQL has it since 8.0.31.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let used = db.from("checks").select(["server"]);
    /// let known = db.from("servers").select(["name"]);
    /// assert_eq!(used.except(known).all::<String>().await?, ["db2"]);
    /// # Ok(()) }
    /// ```
    pub fn except(self, other: Dataset) -> Self {
        self.combined(SetOp::Except, other)
    }

    /// These rows as a table of their own: what comes next applies to the result so far.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let two = db.from("checks").order(col("id").asc()).limit(2);
    /// // Of the two, not of all.
    /// assert_eq!(two.from_self().get::<f64>(col("millis").sum()).await?, Some(262.5));
    /// # Ok(()) }
    /// ```
    pub fn from_self(self) -> Self {
        Self { query: self.query.nested(), ..self }
    }

    /// With another dataset under a name, to be used like a table.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let slow = db.from("checks").filter(col("millis").gt(50)).select(["id", "kind"]);
    /// let kinds: Vec<String> = db.from("slow").with("slow", slow).order(col("id").asc()).select_map("kind").await?;
    /// assert_eq!(kinds, ["vacuum", "bloat"]);
    /// # Ok(()) }
    /// ```
    pub fn with(self, name: impl Into<String>, dataset: Dataset) -> Self {
        let cte = Cte { name: name.into(), query: dataset.query, step: None, materialized: false };
        self.map(|q| q.with.push(cte))
    }

    /// With a table under a name that begins with some rows and grows by what the step finds to them, until it finds
    /// nothing: the step reads the rows it found last from the name itself.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let top = db.from("folders").filter(col("name").eq("root")).select(["id", "name"]);
    /// let below = db
    ///     .from("folders")
    ///     .join("tree", col(("tree", "id")).eq(col(("folders", "parent"))))
    ///     .select([("folders", "id"), ("folders", "name")]);
    /// let names: Vec<String> = db.from("tree").with_recursive("tree", top, below).select_map("name").await?;
    /// assert_eq!(names, ["root", "etc"]);
    /// # Ok(()) }
    /// ```
    pub fn with_recursive(self, name: impl Into<String>, first: Dataset, step: Dataset) -> Self {
        let cte = Cte { name: name.into(), query: first.query, step: Some(step.query), materialized: false };
        self.map(|q| q.with.push(cte))
    }

    fn combined(self, op: SetOp, other: Dataset) -> Self {
        Self { query: Query::new(Source::Set(op, vec![self.query, other.query], "t1".into())), ..self }
    }
}

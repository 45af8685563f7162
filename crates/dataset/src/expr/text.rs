//! What can be asked of texts.

use super::{Expr, Node, Order};

impl Expr {
    /// `LIKE`, case-sensitive on every database; `\` escapes `%` and `_`.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let found: Vec<String> = db.from("checks").filter(col("kind").like("%a%")).order(col("id").asc()).select_map("kind").await?;
    /// assert_eq!(found, ["vacuum", "bloat"]);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn like(self, pattern: impl Into<Expr>) -> Expr {
        Node::Like { text: self, pattern: pattern.into(), fold: false }.into()
    }

    /// `LIKE` without regard to case.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let found: Vec<String> = db.from("checks").filter(col("kind").ilike("INDE_")).order(col("id").asc()).select_map("kind").await?;
    /// assert_eq!(found, ["index"]);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn ilike(self, pattern: impl Into<Expr>) -> Expr {
        Node::Like { text: self, pattern: pattern.into(), fold: true }.into()
    }

    /// Begins with exactly this text.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let found: Vec<String> = db.from("checks").filter(col("kind").starts_with("va")).order(col("id").asc()).select_map("kind").await?;
    /// assert_eq!(found, ["vacuum"]);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn starts_with(self, text: impl AsRef<str>) -> Expr {
        self.like(format!("{}%", escape_like(text.as_ref())))
    }

    /// Holds exactly this text.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// assert_eq!(db.from("checks").filter(col("kind").contains("cuu")).count().await?, 1);
    /// assert_eq!(db.from("checks").filter(col("kind").contains("%")).count().await?, 0);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn contains(self, text: impl AsRef<str>) -> Expr {
        self.like(format!("%{}%", escape_like(text.as_ref())))
    }

    /// Holds this text, without regard to case.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let found: Vec<String> = db.from("checks").filter(col("kind").icontains("LOA")).order(col("id").asc()).select_map("kind").await?;
    /// assert_eq!(found, ["bloat"]);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn icontains(self, text: impl AsRef<str>) -> Expr {
        self.ilike(format!("%{}%", escape_like(text.as_ref())))
    }

    /// Ends with exactly this text.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let found: Vec<String> = db.from("checks").filter(col("kind").ends_with("x")).order(col("id").asc()).select_map("kind").await?;
    /// assert_eq!(found, ["index"]);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn ends_with(self, text: impl AsRef<str>) -> Expr {
        self.like(format!("%{}", escape_like(text.as_ref())))
    }

    /// The texts of a group in one, in this order, the separator between them; NULLs are left out.
    /// MySQL and MariaDB end it after a mebibyte.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let db = Database::mock(Dialect::Postgres);
    /// let names = db.from("t").select_as(col("name").join(", ", [col("name").asc()]), "names");
    /// assert_eq!(names.sql(), r#"SELECT STRING_AGG( "name" , ', ' ORDER BY "name" ASC ) AS "names" FROM "t""#);
    /// ```
    #[must_use]
    pub fn join(self, separator: &'static str, order: impl IntoIterator<Item = Order>) -> Expr {
        Node::Joined(self, separator, order.into_iter().collect()).into()
    }
}

/// Text as a pattern that matches only itself.
fn escape_like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

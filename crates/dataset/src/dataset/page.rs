//! Page by page: by number, or from where the last one ended.

use serde::de::DeserializeOwned;

use super::Dataset;
use crate::{Expr, Page, Result, Value, expr::Node};

impl Dataset {
    /// One page of the rows and how many there are; pages are counted from 1. Give it an order that leaves nothing open.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let page = db.from("checks").order(col("id").asc()).select(["id"]).page::<i64>(2, 2).await?;
    /// assert_eq!((page.rows.as_slice(), page.total, page.pages(), page.next()), (&[3][..], 3, 2, None));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn page<T: DeserializeOwned + Send>(&self, page: u64, per_page: u64) -> Result<Page<T>> {
        let (page, per_page) = (page.max(1), per_page.max(1));
        let total = self.count().await?;
        let before = (page - 1).saturating_mul(per_page);
        let left = self.query.limit.map_or(per_page, |limit| limit.saturating_sub(before).min(per_page));
        let offset = self.query.offset.unwrap_or(0).saturating_add(before);
        let rows = self.clone().limit(left).offset(offset).all().await?;
        Ok(Page { rows, page, per_page, total })
    }

    /// The rows behind the one that has these values in the keys of the order: the next page, however many there are
    /// before it. The keys must leave nothing open and never be NULL.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let newest = Database::mock(Dialect::Sqlite).from("t").order([col("at").desc(), col("id").asc()]).limit(20);
    /// assert_eq!(
    ///     newest.after([5.into(), 7.into()]).sql(),
    ///     "SELECT * FROM `t` WHERE `at` < 5 OR (`at` = 5 AND `id` > 7) ORDER BY `at` DESC, `id` ASC LIMIT 20"
    /// );
    /// ```
    pub fn after(self, values: impl IntoIterator<Item = Value>) -> Self {
        let values: Vec<Value> = values.into_iter().collect();
        let condition = if values.is_empty() || values.len() != self.query.order.len() {
            Node::Refused("the next page needs a value for each key of the order").into()
        } else if values.iter().any(Value::is_null) {
            Node::Refused("a key that may be NULL has no next page").into()
        } else {
            self.beyond(&values)
        };
        self.filter(condition)
    }

    /// Beyond the values in the first key, or equal there and beyond them in the others.
    fn beyond(&self, values: &[Value]) -> Expr {
        let mut beyond: Option<Expr> = None;
        for (key, value) in self.query.order.iter().zip(values).rev() {
            let e = || key.expr.clone();
            let past = if key.descending { e().lt(value.clone()) } else { e().gt(value.clone()) };
            beyond = Some(match beyond {
                Some(rest) => past | (e().eq(value.clone()) & rest),
                None => past,
            });
        }
        beyond.unwrap_or_else(|| crate::val(true))
    }
}

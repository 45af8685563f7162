//! The part of a table that the URL asks for.

use std::cmp::Ordering;

use super::{Column, Fact, Listed, parameter};
use crate::address::Address;

/// Rows on one page.
pub(super) const PER_PAGE: usize = 50;

/// What the URL asks of a table.
pub(super) struct Asked<R> {
    pub(super) columns: Vec<Column<R>>,
    /// The place of the column sorted by; none for rows that stay in the order they come in.
    pub(super) sort: Option<usize>,
    pub(super) ascending: bool,
    pub(super) search: String,
    pub(super) schema: String,
    pub(super) kind: String,
    page: usize,
}

/// One page of it.
pub(crate) struct Page<'a, R> {
    pub(crate) rows: Vec<&'a R>,
    /// How many rows there are on all pages.
    pub(crate) found: usize,
    pub(crate) page: usize,
    pub(crate) pages: usize,
}

impl<R: Listed> Asked<R> {
    pub(super) fn of(rows: &[R], here: &Address) -> Self {
        let columns = R::columns();
        let wish = |name| here.get(&parameter::<R>(name));
        let place = |key: &str| columns.iter().position(|column| column.says() && column.key == key);
        let sort = wish("sort").and_then(place).or_else(|| place(R::SORT));
        let ascending = match wish("order") {
            Some("asc") => true,
            Some("desc") => false,
            _ => sort.is_none_or(|sort| columns[sort].natural(rows)),
        };
        let said = |name| wish(name).unwrap_or_default().trim().to_owned();
        let page = wish("page").and_then(|page| page.parse().ok()).unwrap_or(1);
        Self { sort, ascending, search: said("q"), schema: said("schema"), kind: said("kind"), page, columns }
    }

    /// Whether not all rows are asked for.
    pub(super) fn narrows(&self) -> bool {
        [&self.search, &self.schema, &self.kind].into_iter().any(|wish| !wish.is_empty())
    }

    /// All rows that were asked for, in order. What is unknown stands last, whichever way the rest is sorted.
    pub(super) fn rows<'a>(&self, rows: &'a [R]) -> Vec<&'a R> {
        let needle = self.search.to_lowercase();
        let is = |wanted: &str, one: Option<&str>| wanted.is_empty() || one == Some(wanted);
        let wanted = rows.iter().filter(|row| is(&self.schema, row.schema()) && is(&self.kind, row.kind()));
        let wanted = wanted.filter(|row| needle.is_empty() || self.says(row, &needle));
        let Some(column) = self.sort.map(|sort| &self.columns[sort]) else { return wanted.collect() };
        let mut decorated: Vec<(Fact, &R)> = wanted.map(|row| ((column.fact)(row), row)).collect();
        decorated.sort_by(|(a, _), (b, _)| match (a == &Fact::Unknown, b == &Fact::Unknown) {
            (false, false) if self.ascending => a.order(b),
            (false, false) => b.order(a),
            (true, true) => Ordering::Equal,
            (unknown, _) => {
                if unknown {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
        });
        decorated.into_iter().map(|(_, row)| row).collect()
    }

    /// The rows of the page that was asked for; of the last one if there are not so many.
    pub(super) fn page<'a>(&self, rows: &'a [R]) -> Page<'a, R> {
        let rows = self.rows(rows);
        let found = rows.len();
        let pages = found.div_ceil(PER_PAGE).max(1);
        let page = self.page.clamp(1, pages);
        Page { rows: rows.into_iter().skip((page - 1) * PER_PAGE).take(PER_PAGE).collect(), found, page, pages }
    }

    fn says(&self, row: &R, needle: &str) -> bool {
        self.columns.iter().any(|column| match (column.fact)(row) {
            Fact::Text(text) => text.to_lowercase().contains(needle),
            _ => false,
        })
    }
}

impl<R> Column<R> {
    /// Whether the first click sorts the least first: words begin at A, of numbers people want the most first.
    pub(super) fn natural(&self, rows: &[R]) -> bool {
        matches!(self.kind(rows), Fact::Text(_))
    }

    /// A fact of the column's kind, unless all are unknown.
    pub(super) fn kind<'a>(&self, rows: impl IntoIterator<Item = &'a R>) -> Fact
    where
        R: 'a,
    {
        rows.into_iter().map(self.fact).find(|fact| *fact != Fact::Unknown).unwrap_or(Fact::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use model::Bytes;

    use super::*;

    struct Table(&'static str, &'static str, Option<i64>);

    impl Listed for Table {
        const NAME: &'static str = "tables";
        const NOUN: (&'static str, &'static str) = ("table", "tables");
        const SORT: &'static str = "size";

        fn columns() -> Vec<Column<Self>> {
            vec![
                Column::new("name", "Name", |row| row.1.into()),
                Column::new("size", "Size", |row| row.2.map(Bytes).into()),
            ]
        }

        fn schema(&self) -> Option<&str> {
            Some(self.0)
        }

        fn kind(&self) -> Option<&str> {
            Some(if self.2.is_some() { "measured" } else { "unknown" })
        }
    }

    const ROWS: [Table; 4] =
        [Table("a", "zoo", Some(5)), Table("a", "Bar", None), Table("b", "foo", Some(90)), Table("b", "bar%", Some(9))];

    fn names(query: &str) -> Vec<&'static str> {
        let asked = Asked::of(&ROWS, &Address::parse("/shop/space", query));
        asked.page(&ROWS).rows.into_iter().map(|row| row.1).collect()
    }

    #[test]
    fn a_table_is_sorted_searched_and_narrowed_by_its_url() {
        assert_eq!(names(""), ["foo", "bar%", "zoo", "Bar"], "the most first, what is unknown last");
        assert_eq!(names("sort=size&order=asc"), ["zoo", "bar%", "foo", "Bar"], "unknown stays last");
        assert_eq!(names("sort=name"), ["Bar", "bar%", "foo", "zoo"], "words begin at A");
        assert_eq!(names("sort=name&order=desc"), ["zoo", "foo", "bar%", "Bar"]);
        assert_eq!(names("q=BAR&schema=b"), ["bar%"]);
        assert_eq!(names("schema=a&kind=measured"), ["zoo"]);
        assert_eq!(names("q=%25"), ["bar%"], "what is searched for is text, no pattern");
        assert_eq!(names("sort=nonsense&page=99"), ["foo", "bar%", "zoo", "Bar"], "nonsense is the usual");
        assert!(names("q=nothing").is_empty());
    }

    struct Second;

    impl Listed for Second {
        const NAME: &'static str = "second";
        const NOUN: (&'static str, &'static str) = ("row", "rows");
        const SORT: &'static str = "";
        const BESIDE: bool = true;

        fn columns() -> Vec<Column<Self>> {
            vec![
                Column::new("name", "Name", |_| "x".into()),
                Column::deeds("Do", |_, _| unreachable!("nothing is shown")),
            ]
        }
    }

    #[test]
    fn two_tables_of_a_page_are_asked_apart() {
        let asked = |query| Asked::<Second>::of(&[], &Address::parse("/shop/replication", query));
        assert!(!asked("q=a&sort=name").narrows() && asked("sort=name").sort.is_none());
        assert!(asked("second-q=a").narrows() && asked("second-sort=name").sort == Some(0));
        assert!(asked("second-sort=").sort.is_none(), "nobody sorts by what may be done");
    }

    #[test]
    fn a_page_is_never_longer_than_a_page() {
        let rows: Vec<Table> = (0..1000).map(|n| Table("a", "t", Some(n))).collect();
        let asked = Asked::of(&rows, &Address::parse("/shop/space", "page=7"));
        let page = asked.page(&rows);
        assert_eq!((page.rows.len(), page.found, page.page, page.pages), (PER_PAGE, 1000, 7, 20));
        assert_eq!(page.rows[0].2, Some(699));
    }
}

//! Tables people can sort, search, page through and take away.
//!
//! A row type says once what its columns are ([`Listed`]); the page, its CSV and its JSON follow. What is asked of a
//! table stands in the URL: `sort`, `order`, `q`, `schema`, `kind`, `page`; of a page's second table as `slots-sort` and so on.

mod download;
mod fact;
mod part;
mod view;

pub use self::download::{Download, download};
pub(crate) use self::{
    fact::Fact,
    part::Page,
    view::{TakeAway, kept, listing, tabs},
};

use leptos::prelude::AnyView;

use crate::address::Address;

/// A kind of row.
pub(crate) trait Listed: Sized + 'static {
    /// The table's name, in downloads' file names and in `data-live`.
    const NAME: &'static str;
    /// What a row is called: one, many.
    const NOUN: (&'static str, &'static str);
    /// The key of the column the table is sorted by unless the URL says otherwise; empty for rows that come in their order.
    const SORT: &'static str;
    /// Whether its page has another table, too: what is asked of this one then stands under its name in the URL.
    const BESIDE: bool = false;

    /// The columns, from left to right.
    fn columns() -> Vec<Column<Self>>;

    /// The schema it is in, if rows of this kind are in schemas.
    fn schema(&self) -> Option<&str> {
        None
    }

    /// What kind of thing it is, if people look for one kind at a time.
    fn kind(&self) -> Option<&str> {
        None
    }
}

/// What one of a table's wishes is called in the URL.
fn parameter<R: Listed>(wish: &str) -> String {
    if R::BESIDE { format!("{}-{wish}", R::NAME) } else { wish.to_owned() }
}

/// A column of a table of `R`.
pub(crate) struct Column<R> {
    key: &'static str,
    label: &'static str,
    fact: fn(&R) -> Fact,
    view: Option<View<R>>,
}

/// How a cell is shown where words and units are not all.
type View<R> = fn(&R, &Address) -> AnyView;

impl<R> Column<R> {
    /// A column by its key in URLs and downloads, its head, and what it says of a row.
    pub(crate) fn new(key: &'static str, label: &'static str, fact: fn(&R) -> Fact) -> Self {
        Self { key, label, fact, view: None }
    }

    /// A column of what may be done about a row: nothing to sort by or to take away.
    pub(crate) fn deeds(label: &'static str, view: View<R>) -> Self {
        Self { key: "", label, fact: |_| Fact::Unknown, view: Some(view) }
    }

    /// Whether it says something of its row.
    fn says(&self) -> bool {
        !self.key.is_empty()
    }

    /// Shows the cell differently from what it says; a link gets the class `row-link` if it is the row's.
    #[must_use]
    pub(crate) fn shown(self, view: View<R>) -> Self {
        Self { view: Some(view), ..self }
    }
}

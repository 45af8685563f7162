//! Where a page is: its URL, taken apart and put together again.
//!
//! A page's state stands in its URL and nowhere else. Links are made from the address of the page they stand on.

use std::fmt::Write;

use model::{DatabaseId, Window};

use crate::BasePath;

/// The link to a page of no database, as `/sign-in`, or to a server function.
pub(crate) fn link(path: &str) -> String {
    BasePath::of_this_request().link(path)
}

/// The address of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Address {
    base: BasePath,
    /// The database it is about, if it is about one.
    pub(crate) database: Option<DatabaseId>,
    /// What follows the database: `""` for the overview, `queries`, `queries/123`.
    pub(crate) page: String,
    query: Vec<(String, String)>,
}

impl Address {
    /// Takes a location apart: its path, and its query with or without the question mark.
    pub(crate) fn parse(path: &str, query: &str) -> Self {
        let mut segments = path.trim_matches('/').splitn(2, '/');
        let first = segments.next().unwrap_or_default();
        let page = segments.next().unwrap_or_default().to_owned();
        let query = query.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        });
        let (base, query) = (BasePath::of_this_request(), query.collect());
        match first {
            "" | "sign-in" | "users" | "audit" | "settings" | "download" => {
                Self { base, database: None, page: path.trim_matches('/').to_owned(), query }
            }
            id => Self { base, database: Some(DatabaseId(decode(id))), page, query },
        }
    }

    /// A page of a database, with nothing in its query.
    pub(crate) fn of(database: &DatabaseId, page: &str) -> Self {
        let base = BasePath::of_this_request();
        Self { base, database: Some(database.clone()), page: page.to_owned(), query: vec![] }
    }

    /// A page of a database as [`Address::within`] writes it, with its query: never another place.
    pub(crate) fn back(database: &DatabaseId, within: &str) -> Self {
        let (page, query) = within.split_once('?').unwrap_or((within, ""));
        let page: String = page.trim_start_matches('/').chars().filter(|c| !matches!(c, '\\' | '\r' | '\n')).collect();
        Self::of(database, &page).asking(query)
    }

    /// The page and its query, without the database.
    pub(crate) fn within(&self) -> String {
        let query = self.query();
        if query.is_empty() { self.page.clone() } else { format!("{}?{query}", self.page) }
    }

    /// What the query says of `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Which thing of the list `list` the page is about: what follows the list in its path. The router's own parameters are
    /// decoded twice, and a table may be called `100%25`.
    pub(crate) fn thing(&self, list: &str) -> String {
        self.page.strip_prefix(list).and_then(|rest| rest.strip_prefix('/')).map(decode).unwrap_or_default()
    }

    /// The window of the page; the usual one if the URL has none or one that cannot be read.
    pub(crate) fn window(&self) -> Window {
        self.get("window").and_then(|window| window.parse().ok()).unwrap_or_default()
    }

    /// The same page with `name` set, or without it if `value` is empty.
    #[must_use]
    pub(crate) fn with(&self, name: &str, value: impl Into<String>) -> Self {
        let (mut address, value) = (self.clone(), value.into());
        address.query.retain(|(known, _)| known != name);
        if !value.is_empty() {
            address.query.push((name.to_owned(), value));
        }
        address
    }

    /// Another page of the same database, looking at the same window.
    #[must_use]
    pub(crate) fn to(&self, page: &str) -> Self {
        let query = self.query.iter().filter(|(name, _)| name == "window").cloned().collect();
        Self { page: page.to_owned(), query, ..self.clone() }
    }

    /// The same page of another database. One thing of one database, as a statement, leads to the list it is from; a page
    /// of no database, to the overview.
    #[must_use]
    pub(crate) fn at(&self, database: &DatabaseId) -> Self {
        let list = self.database.as_ref().and_then(|_| self.page.split('/').next()).unwrap_or_default();
        Self { database: Some(database.clone()), ..self.to(list) }
    }

    /// A table of the page as a file, as it is sorted and narrowed here.
    #[must_use]
    pub(crate) fn take(&self, table: &str, format: &str) -> Self {
        Self { page: format!("download/{table}.{format}"), ..self.with("page", "") }
    }

    /// The same page with the query of a URL.
    #[must_use]
    pub(crate) fn asking(self, query: &str) -> Self {
        Self { query: Self::parse("", query).query, ..self }
    }

    /// The query without some names, as hidden fields of a form that sets those.
    pub(crate) fn fields_without(&self, names: &[&str]) -> Vec<(String, String)> {
        self.query.iter().filter(|(name, _)| !names.contains(&name.as_str())).cloned().collect()
    }

    /// The path alone, as a form's action.
    pub(crate) fn path(&self) -> String {
        match &self.database {
            Some(database) if self.page.is_empty() => format!("{}/{}", self.base, encode(&database.0)),
            Some(database) => format!("{}/{}/{}", self.base, encode(&database.0), self.page),
            None => format!("{}/{}", self.base, self.page),
        }
    }

    /// The URL.
    pub(crate) fn href(&self) -> String {
        let query = self.query();
        if query.is_empty() { self.path() } else { format!("{}?{query}", self.path()) }
    }

    /// The query alone, as a URL has it behind the question mark.
    pub(crate) fn query(&self) -> String {
        let pairs = self.query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// Percent-encodes all but unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// Undoes [`encode`]; what is no encoding stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (byte, hex) {
            (b'%', Some(value)) => {
                decoded.push(value);
                at += 3;
                continue;
            }
            _ => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_back_as_it_was() {
        for (path, query) in [
            ("/", ""),
            ("/shop", ""),
            ("/shop/queries", "?sort=calls&q=a%26b%3D%25"),
            ("/gr%C3%B6%C3%9Fe/queries/-123", "?window=24h"),
            ("/sign-in", "?next=%2Fshop"),
        ] {
            assert_eq!(Address::parse(path, query).href(), format!("{path}{query}"));
        }
    }

    /// P14 (§1.0).
    #[test]
    fn the_switcher_keeps_page_and_window_but_not_what_belongs_to_one_database() {
        let here = Address::parse("/shop/queries/42", "?window=24h&role=app");
        assert_eq!(here.at(&DatabaseId("a b".into())).href(), "/a%20b/queries?window=24h");
        assert_eq!(here.to("").href(), "/shop?window=24h");
        assert_eq!(Address::parse("/sign-in", "").at(&DatabaseId("shop".into())).href(), "/shop");
    }

    #[test]
    fn a_thing_is_decoded_once() {
        let here = |path| Address::parse(path, "").thing("space");
        assert_eq!(here("/shop/space/a%2Fb%2541"), "a/b%41");
        assert_eq!((here("/shop/space"), here("/shop/spaces/a")), (String::new(), String::new()));
    }

    #[test]
    fn whoever_confirms_comes_back_to_the_page_with_its_query() {
        let shop = DatabaseId("shop".into());
        for page in ["", "live", "space/a%2Fb?schema=My%20%22S%22&window=24h", "live?q=a%26b%3Fc"] {
            let there = Address::back(&shop, page);
            assert_eq!(there.within(), page);
            assert_eq!(Address::parse(&there.path(), &there.query()), there);
        }
        for (page, there) in [
            ("//evil.example", "/shop/evil.example"),
            ("/\\evil.example\r\nset-cookie: a", "/shop/evil.exampleset-cookie: a"),
            ("live?a=\r\nb: c", "/shop/live?a=%0D%0Ab%3A%20c"),
        ] {
            assert_eq!(Address::back(&shop, page).href(), there);
        }
    }

    #[test]
    fn hostile_queries_stay_text() {
        let address = Address::parse("/shop/queries", "?q=%3Cscript%3E&window=%ZZ&sort=a+b&%");
        assert_eq!(address.get("q"), Some("<script>"));
        assert_eq!(address.get("sort"), Some("a b"));
        assert_eq!(address.window(), Window::default());
    }
}

/// One page of rows, and where it stands.
///
/// ```
/// let page = dataset::Page { rows: vec!['c', 'd'], page: 2, per_page: 2, total: 5 };
/// assert_eq!((page.pages(), page.previous(), page.next()), (3, Some(1), Some(3)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// The page's number; the first is 1.
    pub page: u64,
    /// How many rows a full page has.
    pub per_page: u64,
    /// How many rows there are on all pages.
    pub total: u64,
}

impl<T> Page<T> {
    /// How many pages there are; 1 when there are no rows.
    pub fn pages(&self) -> u64 {
        self.total.div_ceil(self.per_page.max(1)).max(1)
    }

    /// The next page's number, unless this is the last.
    pub fn next(&self) -> Option<u64> {
        (self.page < self.pages()).then_some(self.page + 1)
    }

    /// The previous page's number, unless this is the first.
    pub fn previous(&self) -> Option<u64> {
        (self.page > 1).then(|| self.page - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn b94_a_page_knows_its_neighbours() {
        let page = |page, total| Page::<()> { rows: vec![], page, per_page: 10, total };
        assert_eq!((page(1, 0).pages(), page(1, 0).next(), page(1, 0).previous()), (1, None, None));
        assert_eq!((page(2, 21).pages(), page(2, 21).next(), page(2, 21).previous()), (3, Some(3), Some(1)));
        assert_eq!(page(2, 20).next(), None);
    }
}

//! What a fresh copy of a table or btree index would take, from what VACUUM and ANALYZE left in the catalog.
//!
//! An estimate: rows are taken to be as wide as the average of their columns, laid out as PostgreSQL lays out a page
//! (`htup_details.h`, `itup.h`, `bufpage.h`, `nbtree.h`). Where that is in doubt the copy is taken to be larger, so that
//! bloat is missed rather than invented; where it would be a guess there is a reason instead of a number.

use model::{Bloat, Bytes, PackedColumn, Packing};

/// Bytes at the head of every page.
const PAGE_HEADER: f64 = 24.0;
/// Bytes at the end of a btree page.
const BTREE_SPECIAL: f64 = 16.0;
/// Bytes that point to a row or an index entry on its page.
const LINE_POINTER: f64 = 4.0;
/// Bytes of a row's own header, without the map of NULLs.
const ROW_HEADER: i64 = 23;
/// Bytes of an index entry's header; with the map of NULLs, twice as many.
const ENTRY_HEADER: i64 = 8;
/// Bytes for the place of one row in an entry that several share.
const ROW_PLACE: f64 = 6.0;
/// The most of a page such an entry takes when an index is built.
const SHARED_ENTRY: f64 = 0.1;
/// Inner pages of a btree, as a share of its leaves.
const INNER: f64 = 0.01;
/// Share of the rows that may have changed since ANALYZE before its figures say nothing: at twice what makes
/// autovacuum analyze a table anew (`autovacuum_analyze_scale_factor`).
const STALE: f64 = 0.2;

/// How much of a table or index a fresh copy would save.
pub fn bloat(packing: &Packing) -> Bloat {
    let wasted = expected(packing).map(|pages| {
        let spare = (packing.pages as f64 - pages.max(0.0)).max(0.0);
        Bytes(spare as i64 * packing.page_size)
    });
    Bloat {
        schema: packing.schema.clone(),
        table: packing.table.clone(),
        index: packing.index.clone(),
        primary: packing.primary,
        size: packing.size(),
        wasted,
    }
}

/// Pages of a fresh copy, or why that cannot be told.
fn expected(packing: &Packing) -> Result<f64, String> {
    let on = packing.on();
    let rows = packing.rows.ok_or_else(|| format!("{on} was never analyzed: ANALYZE {on};"))?;
    // An index may hold fewer rows than its table: it cannot be told from it how many of the table's are its own.
    if packing.index.is_none() && packing.changed as f64 > STALE * rows.max(1.0) {
        return Err(format!("more than a fifth of the rows of {on} changed since it was analyzed: ANALYZE {on};"));
    }
    let varying = |column: &&PackedColumn| !column.dropped && column.length < 0 && column.width.is_none();
    if packing.columns.is_empty() || packing.columns.iter().any(|column| varying(&column)) {
        return Err(format!(
            "there are no statistics of the columns of {on} that Heron's role may read: ANALYZE it, or GRANT SELECT on it"
        ));
    }
    let pages = match packing.index {
        None => table(packing, rows),
        Some(_) => btree(packing, rows),
    };
    Ok(pages.ceil())
}

fn table(packing: &Packing, rows: f64) -> f64 {
    let columns = &packing.columns;
    let nulls = columns.iter().any(|column| column.dropped || null_frac(column) > 0.0);
    let map = if nulls { columns.len().div_ceil(8) as i64 } else { 0 };
    let width = Width::of(columns).behind(ROW_HEADER + map);
    let room = (packing.page_size as f64 - PAGE_HEADER) * packing.fillfactor.unwrap_or(100) as f64 / 100.0;
    // What is left at the end of a page is too small for a row: half of one, on average.
    let a_page = match width.exact {
        true => (room / (width.bytes + LINE_POINTER)).floor(),
        false => (room - width.bytes / 2.0) / (width.bytes + LINE_POINTER),
    };
    rows / a_page.max(1.0)
}

fn btree(packing: &Packing, rows: f64) -> f64 {
    let columns = &packing.columns;
    let nulls = columns.iter().any(|column| null_frac(column) > 0.0);
    let entry = Width::of(columns).behind(if nulls { 2 * ENTRY_HEADER } else { ENTRY_HEADER }).bytes;
    let page = packing.page_size as f64;
    let room = (page - PAGE_HEADER - BTREE_SPECIAL) * packing.fillfactor.unwrap_or(90) as f64 / 100.0;
    // How many rows have the same key; with several columns as few as possible.
    let distinct = columns.iter().map(|column| distinct(column, rows)).product::<f64>().clamp(1.0, rows.max(1.0));
    let same = rows / distinct;
    let bytes = if packing.shares && !packing.unique && same >= 2.0 {
        let places = ((page * SHARED_ENTRY - entry) / ROW_PLACE).max(1.0);
        distinct * ((same / places).ceil() * (entry + LINE_POINTER) + same * ROW_PLACE)
    } else {
        rows * (entry + LINE_POINTER)
    };
    // One more page says where the root is.
    (bytes / room).ceil().max(1.0) * (1.0 + INNER) + 1.0
}

/// Without statistics a column is taken to be all there: the copy is then larger.
fn null_frac(column: &PackedColumn) -> f64 {
    column.null_frac.unwrap_or(0.0)
}

fn distinct(column: &PackedColumn, rows: f64) -> f64 {
    match column.n_distinct {
        Some(share) if share < 0.0 => (-share * rows).max(1.0),
        Some(number) if number > 0.0 => number,
        _ => rows.max(1.0),
    }
}

/// The bytes of columns side by side, and whether every row has exactly so many.
#[derive(Debug, Clone, Copy)]
struct Width {
    bytes: f64,
    exact: bool,
}

impl Width {
    fn of(columns: &[PackedColumn]) -> Self {
        columns.iter().filter(|column| !column.dropped).fold(Self { bytes: 0.0, exact: true }, |width, column| {
            let there = 1.0 - null_frac(column);
            let fixed = column.length > 0;
            let own = if fixed { column.length as f64 } else { column.width.unwrap_or(0.0) };
            // A short value of varying length begins anywhere.
            let gap = if fixed || own > 126.0 { width.gap(column.align) } else { 0.0 };
            Self { bytes: width.bytes + there * (gap + own), exact: width.exact && fixed && there >= 1.0 }
        })
    }

    /// With a header before them and padding behind them, as a row or an entry has it.
    fn behind(self, header: i64) -> Self {
        let whole = Self { bytes: up(header, 8) as f64 + self.bytes, ..self };
        Self { bytes: whole.bytes + whole.gap(8), ..self }
    }

    /// The bytes up to the next multiple of `align`; on average where it is not known where the bytes end.
    fn gap(self, align: i64) -> f64 {
        match self.exact {
            true => (up(self.bytes as i64, align) as f64) - self.bytes,
            false => (align.max(1) - 1) as f64 / 2.0,
        }
    }
}

fn up(bytes: i64, align: i64) -> i64 {
    let align = align.max(1);
    (bytes + align - 1) / align * align
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::packing;

    fn column(length: i64, align: i64, width: Option<f64>) -> PackedColumn {
        PackedColumn { length, align, width, null_frac: width.map(|_| 0.0), n_distinct: Some(-1.0), dropped: false }
    }

    /// Pages PostgreSQL 14 took for freshly filled tables and indexes of 200 000 rows (P7).
    #[test]
    fn a_fresh_copy_is_estimated_within_a_twentieth() {
        let (int, big, text) = (column(4, 4, Some(4.0)), column(8, 8, Some(8.0)), column(-1, 4, Some(25.0)));
        let table = |columns: Vec<PackedColumn>| Packing { rows: Some(200_000.0), columns, ..packing("t", None) };
        let index = |columns: Vec<PackedColumn>| Packing { index: Some("i".into()), unique: true, ..table(columns) };
        let few = |n: f64| Packing {
            unique: false,
            shares: true,
            ..index(vec![PackedColumn { n_distinct: Some(n), ..int.clone() }])
        };
        let nullable = PackedColumn { null_frac: Some(0.665), ..int.clone() };
        let many =
            vec![int.clone(), nullable, text.clone(), big.clone(), column(-1, 4, Some(10.0)), column(1, 1, Some(1.0))];
        let cases = [
            ("many columns, with NULLs", table(many), 2061.0),
            ("integer and bigint key", index(vec![int.clone(), big.clone()]), 772.0),
            ("two integers", table(vec![int.clone(), int.clone()]), 885.0),
            ("an integer, then a bigint", table(vec![int.clone(), big.clone()]), 1082.0),
            ("integer and text", table(vec![int.clone(), text.clone()]), 1471.0),
            ("integer key", index(vec![int.clone()]), 551.0),
            ("bigint key", index(vec![big.clone()]), 551.0),
            ("200 of each of 1000 keys", few(1000.0), 169.0),
        ];
        for (name, packing, pages) in cases {
            let estimated = expected(&packing).unwrap();
            assert!((estimated - pages).abs() / pages < 0.05, "{name}: {estimated} instead of {pages}");
        }
    }

    #[test]
    fn what_would_be_a_guess_has_a_reason() {
        let text = vec![column(-1, 4, None)];
        let cases = [
            (Packing { rows: None, ..packing("T", None) }, "ANALYZE public.\"T\";"),
            (Packing { changed: 300_000, ..packing("t", None) }, "more than a fifth"),
            (Packing { columns: text.clone(), ..packing("t", None) }, "GRANT SELECT"),
            (Packing { columns: text, ..packing("t", Some("i")) }, "GRANT SELECT"),
            (Packing { columns: vec![], ..packing("t", Some("i")) }, "GRANT SELECT"),
        ];
        for (packing, reason) in cases {
            let said = bloat(&packing).wasted.unwrap_err();
            assert!(said.contains(reason), "{said}");
        }
    }

    #[test]
    fn a_column_of_fixed_length_needs_no_statistics() {
        let unknown = Packing { columns: vec![column(4, 4, None)], ..packing("t", None) };
        assert!(bloat(&unknown).wasted.is_ok());
    }

    proptest::proptest! {
        /// Whatever the catalog says, no more is wasted than there is, and nothing less than nothing.
        #[test]
        fn no_catalog_breaks_the_arithmetic(
            rows: f64, pages in 0_i64..1 << 32, length in -2_i64..200, align in 0_i64..9, null_frac in -1.0_f64..2.0,
            width: f64, n_distinct: f64, fillfactor in proptest::option::of(-5_i64..200), index: bool, shares: bool,
        ) {
            let column = PackedColumn {
                length, align, dropped: false, null_frac: Some(null_frac), width: Some(width), n_distinct: Some(n_distinct),
            };
            let packing = Packing {
                rows: Some(rows), pages, fillfactor, shares, columns: vec![column],
                ..packing("t", index.then_some("i"))
            };
            if let Ok(Bytes(wasted)) = bloat(&packing).wasted {
                proptest::prop_assert!((0..=packing.size().0).contains(&wasted), "{wasted} of {}", packing.size().0);
            }
        }
    }
}

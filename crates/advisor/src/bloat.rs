//! What a fresh copy of a table or btree index would take, from what VACUUM and ANALYZE left in the catalog.
//!
//! The catalog has averages only, so the result is an interval. If it is too wide, a reason takes the place of the number.

mod pages;
mod range;
mod width;

use model::{Bloat, Bytes, PackedColumn, Packing, Ratio};

use range::Range;

/// Share of rows changed since ANALYZE above which its statistics are not used: twice the share that makes
/// autovacuum analyze a table again (`autovacuum_analyze_scale_factor`).
const STALE: f64 = 0.2;
/// Widest interval that is reported, as a share of the size: the midpoint is off by at most half of it.
const CERTAIN: f64 = 0.2;

const DROPPED: &str = "columns were dropped, and rows may still hold their values";

/// How much of a table or index a fresh copy would save.
pub fn bloat(packing: &Packing) -> Bloat {
    let size = packing.size();
    let (wasted, at_most) = match expected(packing) {
        Ok(Estimate { pages, doubt }) => {
            let all = packing.pages as f64;
            // A fresh copy is not larger than the relation.
            let low = pages.low.clamp(0.0, all);
            let kept = Range::new(low, pages.high.clamp(low, all));
            let bytes = |pages: f64| Bytes((pages.max(0.0) as i64 * packing.page_size).min(size.0));
            let at_most = bytes(all - kept.low);
            let certain = kept.high - kept.low <= CERTAIN * all;
            let wasted = match certain {
                true => Ok(bytes(all - f64::midpoint(kept.low, kept.high))),
                false => {
                    let share = Ratio::of(at_most.0 as f64, size.0 as f64);
                    let share = share.map_or_else(String::new, |share| format!("at most {share} of "));
                    Err(format!("{share}{} is empty, but {doubt}", packing.qualified()))
                }
            };
            (wasted, at_most)
        }
        Err(reason) => (Err(reason), size),
    };
    Bloat {
        schema: packing.schema.clone(),
        table: packing.table.clone(),
        index: packing.index.clone(),
        primary: packing.primary,
        size,
        wasted,
        at_most,
    }
}

/// Pages of a fresh copy, and the main reason why the interval is wide.
#[derive(Debug)]
struct Estimate {
    pages: Range,
    doubt: &'static str,
}

/// Pages of a fresh copy, or why that cannot be told.
fn expected(packing: &Packing) -> Result<Estimate, String> {
    let on = packing.on();
    let rows = packing.rows.ok_or_else(|| format!("{on} was never analyzed: ANALYZE {on};"))?.max(0.0);
    let varies = |column: &PackedColumn| !column.dropped && column.length < 0;
    let changed = packing.changed as f64 > STALE * packing.table_rows.unwrap_or(rows).max(1.0);
    // Keys of a fixed width that share no entries take what they took before.
    let steady = packing.index.is_some()
        && (packing.unique || !packing.shares)
        && !packing.columns.iter().any(|column| varies(column) || column.null_frac.is_some_and(|nulls| nulls > 0.0));
    if changed && !steady {
        return Err(format!("more than a fifth of the rows of {on} changed since it was analyzed: ANALYZE {on};"));
    }
    if packing.columns.is_empty() || packing.columns.iter().any(|column| varies(column) && column.width.is_none()) {
        return Err(format!(
            "there are no statistics of the columns of {on} that Heron's role may read: ANALYZE it, or GRANT SELECT on it"
        ));
    }
    let Estimate { pages, doubt } = match packing.index {
        None => table(packing, rows),
        Some(_) => btree(packing, rows),
    };
    Ok(Estimate { pages: Range::new(pages.low.ceil(), pages.high.ceil()), doubt })
}

fn table(packing: &Packing, rows: f64) -> Estimate {
    let pages = pages::table(packing, rows);
    let dropped = || packing.columns.iter().filter(|column| column.dropped);
    if dropped().any(|column| column.length < 0) {
        return Estimate { pages: Range::new(pages.low, f64::INFINITY), doubt: DROPPED };
    }
    let left: i64 = dropped().map(|column| column.length + column.align - 1).sum();
    let more = rows * left as f64 / packing.page_size as f64;
    let doubt = match left {
        0 => "its rows differ too much in width",
        _ => DROPPED,
    };
    Estimate { pages: pages + Range::new(0.0, more), doubt }
}

fn btree(packing: &Packing, rows: f64) -> Estimate {
    let rows = pages::entries(packing, rows);
    let distinct = pages::distinct(packing, rows);
    let mut pages = pages::btree(packing, rows, distinct);
    let selected = packing.columns.iter().any(|column| column.selected);
    let mut doubt = match packing.shares && !packing.unique && distinct.high > distinct.low * 1.5 {
        _ if selected => "the rows that its predicate selects may differ from the others",
        true => "how many of its keys are equal is not known well enough",
        false => "its entries differ too much in width",
    };
    if packing.columns.iter().any(|column| column.external) {
        let outside = packing.toast_pages.map_or(f64::INFINITY, |pages| pages as f64);
        if outside > CERTAIN / 2.0 * packing.pages as f64 {
            doubt = "the table stores values out of line (TOAST), and how wide they are in an index is not known";
        }
        pages.high += outside;
    }
    Estimate { pages, doubt }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::packing;

    fn column(length: i64, align: i64, width: Option<f64>) -> PackedColumn {
        let known = width.map(|_| 0.0);
        PackedColumn {
            length,
            align,
            width,
            null_frac: known,
            n_distinct: Some(-1.0),
            short: true,
            ..PackedColumn::default()
        }
    }

    /// Pages PostgreSQL 14 took for freshly filled tables and indexes of 200 000 rows (P7).
    #[test]
    fn a_fresh_copy_is_estimated_within_a_tenth() {
        let (int, big, text) = (column(4, 4, Some(4.0)), column(8, 8, Some(8.0)), column(-1, 4, Some(25.0)));
        let rows = Some(200_000.0);
        let table = |columns: Vec<PackedColumn>| Packing { rows, table_rows: rows, columns, ..packing("t", None) };
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
            let Range { low, high } = expected(&packing).unwrap().pages;
            assert!(low <= pages * 1.01 && high >= pages * 0.99, "{name}: {low} to {high} instead of {pages}");
            let estimated = f64::midpoint(low, high);
            assert!((estimated - pages).abs() / pages < 0.1, "{name}: {estimated} instead of {pages}");
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
    fn estimate_with_wide_bounds_is_withheld_with_the_reason() {
        let text = column(-1, 4, Some(20.0));
        let index = |column: PackedColumn| Packing { columns: vec![column], pages: 20_000, ..packing("t", Some("i")) };
        let selected = PackedColumn { selected: true, ..text.clone() };
        let partial = Packing { rows: Some(100_000.0), partial: true, pages: 5_000, ..index(selected) };
        let external = Packing { toast_pages: Some(50_000), ..index(PackedColumn { external: true, ..text.clone() }) };
        let dropped = PackedColumn { dropped: true, ..text.clone() };
        let cases = [
            (partial, "the rows that its predicate selects"),
            (Packing { toast_pages: None, ..external.clone() }, "out of line"),
            (external, "out of line"),
            (Packing { columns: vec![text, dropped], pages: 20_000, ..packing("t", None) }, "columns were dropped"),
        ];
        for (packing, reason) in cases {
            let bloat = bloat(&packing);
            let withheld = bloat.wasted.unwrap_err();
            assert!(withheld.starts_with("at most ") && withheld.contains(reason), "{withheld}");
            assert!(bloat.at_most.0 > 0 && bloat.at_most < packing.size(), "{}", bloat.at_most);
        }
    }

    #[test]
    fn predicate_that_leaves_out_few_rows_is_estimated() {
        let text = PackedColumn { selected: true, ..column(-1, 4, Some(40.0)) };
        let most = Packing {
            rows: Some(980_000.0),
            partial: true,
            columns: vec![text],
            pages: 20_000,
            ..packing("t", Some("i"))
        };
        let share = bloat(&most).share().unwrap();
        assert!((0.5..0.7).contains(&share.0), "{share}");
    }

    #[test]
    fn bounds_of_skewed_keys_hold_the_truth() {
        // Half of a million rows have the same key, each of the others its own: ANALYZE estimates 29,000 keys.
        let column = PackedColumn { n_distinct: Some(29_145.0), common: Some(0.5), ..column(4, 4, Some(4.0)) };
        let skewed = Packing { shares: true, columns: vec![column], ..packing("t", Some("i")) };
        let Range { low, high } = expected(&skewed).unwrap().pages;
        assert!((low..=high).contains(&1_790.0), "{low} to {high}");
    }

    #[test]
    fn nulls_of_a_wide_column_do_not_make_its_values_narrow() {
        // 170,000 rows, of which 95 % are NULL and share entries; PostgreSQL takes 336 pages.
        let column = PackedColumn { null_frac: Some(0.9505), n_distinct: Some(8_367.0), ..column(-1, 4, Some(145.0)) };
        let rows = Some(170_323.0);
        let index = Packing { rows, table_rows: rows, shares: true, columns: vec![column], ..packing("t", Some("i")) };
        let Range { low, high } = expected(&index).unwrap().pages;
        assert!((low..=high).contains(&336.0), "{low} to {high}");
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
            width: f64, n_distinct: f64, fillfactor in proptest::option::of("-?[0-9.ex]{0,4}"), index: bool, shares: bool,
            selected: bool, computed: bool, external: bool, common: f64, table_rows: f64,
        ) {
            let column = PackedColumn {
                length, align, null_frac: Some(null_frac), width: Some(width), n_distinct: Some(n_distinct), selected,
                computed, external, common: Some(common), ..PackedColumn::default()
            };
            let packing = Packing {
                rows: Some(rows), table_rows: Some(table_rows), pages, fillfactor, shares, partial: selected,
                columns: vec![column], ..packing("t", index.then_some("i"))
            };
            let bloat = bloat(&packing);
            proptest::prop_assert!((0..=packing.size().0).contains(&bloat.at_most.0), "{:?}", bloat);
            if let Ok(wasted) = bloat.wasted {
                proptest::prop_assert!((0..=bloat.at_most.0).contains(&wasted.0), "{:?}", bloat);
            }
        }
    }
}

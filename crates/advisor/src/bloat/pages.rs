//! Pages of a fresh copy, as PostgreSQL fills them (`hio.c`, `nbtsort.c`, `nbtdedup.c`).

use model::{PackedColumn, Packing};

use super::{
    range::Range,
    width::{ENTRY_WITH_NULLS, entry, full_entry, nulls, row},
};

/// Bytes at the head of every page.
const PAGE_HEADER: f64 = 24.0;
/// Bytes at the end of a btree page.
const BTREE_SPECIAL: f64 = 16.0;
/// Bytes that point to a row or an index entry on its page.
const LINE_POINTER: f64 = 4.0;
/// Bytes of a row without columns.
const EMPTY_ROW: f64 = 24.0;
/// Percent of an inner page of a btree that is filled.
const INNER_FILL: f64 = 70.0;
/// Bytes for the place of one row in an entry that several share.
const ROW_PLACE: f64 = 6.0;
/// The most of a page such an entry takes when an index is built.
const SHARED_ENTRY: f64 = 0.1;
/// Share of rows with a most common value above which `n_distinct` is not trusted: the estimator of ANALYZE is too low for
/// skewed values.
const SKEWED: f64 = 0.05;
/// Relative error of `n_distinct` for values that are about equally common.
const DISTINCT: f64 = 0.1;

pub(super) fn table(packing: &Packing, rows: f64) -> Range {
    let page = packing.page_size as f64;
    let item = row(packing) + Range::exact(LINE_POINTER);
    let room = page - PAGE_HEADER - reserved(page, packing.fill(100));
    let most = ((page - PAGE_HEADER) / (EMPTY_ROW + LINE_POINTER)).floor();
    // What is left at the end of a page is too small for the next row.
    let (low, high) = match item.is_exact() {
        true => ((room / item.low).floor(), (room / item.low).floor()),
        false => (room / item.low, room / item.high - 1.0),
    };
    Range::new(rows / low.clamp(1.0, most), rows / high.clamp(1.0, most))
}

pub(super) fn btree(packing: &Packing, rows: Range, distinct: Range) -> Range {
    let page = packing.page_size as f64;
    let room = page - PAGE_HEADER - BTREE_SPECIAL;
    let item = entry(packing) + Range::exact(LINE_POINTER);
    let alone = rows * item;
    let bytes = if packing.shares && !packing.unique { all_shared(packing, rows, distinct, item) } else { alone };
    // The last entry that fits begins the next page.
    let leaf = room - reserved(page, packing.fill(90));
    let leaves = Range::new(
        (bytes.low.min(alone.low) / leaf).ceil(),
        (bytes.high.min(alone.high) / (leaf - item.high).max(item.high)).ceil(),
    );
    let inner = room - reserved(page, INNER_FILL);
    let share = |bytes: f64| (bytes / inner).min(0.5);
    let above = |leaves: f64, share: f64| leaves / (1.0 - share);
    // An inner page needs the first column at least, and at most the whole entry and which row it is of.
    let pages = Range::new(
        above(leaves.low, share(8.0 + 8.0 + LINE_POINTER)),
        above(leaves.high, share(item.high + 8.0)).max(leaves.high + 1.0),
    );
    // One more page says where the root is.
    pages + Range::exact(1.0)
}

/// Bytes of a page that the fill factor keeps free.
fn reserved(page: f64, fill: f64) -> f64 {
    page * (100.0 - fill) / 100.0
}

/// The bytes of entries that share keys.
fn all_shared(packing: &Packing, rows: Range, distinct: Range, item: Range) -> Range {
    let page = packing.page_size as f64;
    let full = full_entry(packing) + Range::exact(LINE_POINTER);
    match &packing.columns[..] {
        // NULLs are one key, and narrower than the others.
        [column] => {
            let nulls = nulls(packing, column);
            let null = Range::exact(ENTRY_WITH_NULLS + LINE_POINTER);
            shared(page, rows * nulls.complement(), distinct, full)
                + shared(page, rows * nulls, Range::exact(1.0), null)
        }
        // The rows with NULLs may have few keys or many.
        _ => shared(page, rows, distinct, Range::new(item.low.min(full.low), item.high.max(full.high))),
    }
}

/// The bytes of entries that share a key, as many as there are distinct keys and more where one does not suffice.
fn shared(page: f64, rows: Range, distinct: Range, item: Range) -> Range {
    let places = |item: f64| ((page * SHARED_ENTRY).floor() - 8.0 - (item - LINE_POINTER)) / ROW_PLACE;
    let low = (distinct.low * item.low + ROW_PLACE * (rows.low - distinct.low).max(0.0))
        .max(rows.low * (item.low / places(item.low).floor().max(1.0) + ROW_PLACE));
    let most = places(item.high).floor();
    let high = match most >= 2.0 {
        true => distinct.high * (item.high + ROW_PLACE) + rows.high * (ROW_PLACE + item.high / most),
        false => f64::INFINITY,
    };
    Range::new(low, high)
}

/// How many different keys an index has.
pub(super) fn distinct(packing: &Packing, rows: Range) -> Range {
    let each = packing.columns.iter().map(|column| distinct_of(packing, column, rows));
    let all = each.fold(Range::exact(1.0), |all, one| Range::new(all.low.max(one.low), all.high * one.high));
    Range::new(all.low.min(rows.low), all.high.min(rows.high))
}

fn distinct_of(packing: &Packing, column: &PackedColumn, rows: Range) -> Range {
    let of = if column.computed { rows.high } else { packing.table_rows.unwrap_or(rows.high) }.max(1.0);
    let number = match column.n_distinct {
        Some(share) if share < 0.0 => -share * of,
        Some(number) if number > 0.0 => number,
        _ => return Range::new(1.0, rows.high.max(1.0)),
    };
    let number = number.clamp(1.0, of);
    let nulls = column.null_frac.unwrap_or(0.0);
    let rest = (1.0 - column.common.unwrap_or(0.0) - nulls).clamp(0.0, 1.0);
    let sampled = (packing.sample as f64 / of).clamp(0.0, 1.0);
    let margin = if sampled < 1.0 { DISTINCT } else { 0.0 };
    let mut high = number * (1.0 + margin);
    if column.common.is_some_and(|common| common >= SKEWED) {
        // The most that can be unique for ANALYZE to have estimated that number from its sample (Haas and Stokes).
        let density = number / of;
        high = high.max(rest.min(density / (sampled + density * (1.0 - sampled))) * of);
    }
    // Each row that a predicate leaves out may have held the only one of its values.
    let left_out = if column.selected { (of - rows.low).max(0.0) } else { 0.0 };
    let low = (number * (1.0 - margin) - left_out).max(1.0);
    let null = if nulls > 0.0 { 1.0 } else { 0.0 };
    Range::new(low, high + null)
}

/// How many entries a partial index has: ANALYZE counts them in its sample of the table.
pub(super) fn entries(packing: &Packing, rows: f64) -> Range {
    let (sample, table) = (packing.sample.max(1) as f64, packing.table_rows.unwrap_or(rows).max(1.0));
    if !packing.partial || table <= sample {
        return Range::exact(rows);
    }
    let share = sample / table;
    let error = 2.0 / (rows * share).max(1.0).sqrt();
    Range::new((rows * (1.0 - error)).max(0.0), rows * (1.0 + error) + 4.0 / share)
}

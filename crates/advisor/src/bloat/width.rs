//! Bytes of a row or an index entry, from the statistics of its columns (`htup_details.h`, `itup.h`).

use model::{PackedColumn, Packing};

use super::range::Range;

/// The longest value with a header of one byte.
const SHORT: f64 = 126.0;
/// Above this average width, some values of an index may be compressed that the table holds as they are
/// (`TOAST_INDEX_TARGET` is 508 bytes on a page of 8 kB).
const COMPRESSED: f64 = 254.0;
/// The largest entry of a btree index on a page of 8 kB (`BTMaxItemSize`).
const LARGEST_ENTRY: f64 = 2704.0;
/// How many times the average width the values of rows may have that a predicate leaves out.
const LEFT_OUT: f64 = 4.0;
/// How much longer the header of a computed value is than that of a stored short one.
const LONG_HEADER: f64 = 3.0;

/// Bytes of an index entry's header.
const ENTRY: f64 = 8.0;
/// The same with the map of NULLs, padded.
pub(super) const ENTRY_WITH_NULLS: f64 = 16.0;

/// A column's part of a row.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// Share of the rows in which it is NULL.
    nulls: Range,
    /// Average bytes where it is not.
    bytes: Range,
    /// Fewest bytes where it is not.
    least: f64,
    align: Align,
}

#[derive(Debug, Clone, Copy)]
enum Align {
    None,
    Always(i64),
    Sometimes(i64),
}

/// The average bytes of a table's row, without its line pointer. Dropped columns are counted as NULL.
pub(super) fn row(packing: &Packing) -> Range {
    let columns: Vec<_> = packing.columns.iter().filter(|column| !column.dropped).collect();
    let bitmap = packing.columns.len().div_ceil(8) as i64;
    let with_nulls = up(23 + bitmap, 8) as f64;
    let without = if columns.len() == packing.columns.len() { 24.0 } else { with_nulls };
    mean(&parts(packing, &columns), without, with_nulls)
}

/// The average bytes of an index's entry, without its line pointer.
pub(super) fn entry(packing: &Packing) -> Range {
    let columns: Vec<_> = packing.columns.iter().collect();
    mean(&parts(packing, &columns), ENTRY, ENTRY_WITH_NULLS)
}

/// The average bytes of an index's entries without NULLs, without their line pointers.
pub(super) fn full_entry(packing: &Packing) -> Range {
    let full = |column: &PackedColumn| Part { nulls: Range::exact(0.0), ..part(packing, column) };
    mean(&packing.columns.iter().map(full).collect::<Vec<_>>(), ENTRY, ENTRY_WITH_NULLS)
}

/// The share of an index's entries in which a column is NULL.
pub(super) fn nulls(packing: &Packing, column: &PackedColumn) -> Range {
    part(packing, column).nulls
}

/// The least share of the table's rows that a predicate may select.
fn selected(packing: &Packing) -> f64 {
    let (rows, table) = (packing.rows.unwrap_or(0.0), packing.table_rows.unwrap_or(f64::INFINITY));
    (rows / table).clamp(f64::EPSILON, 1.0)
}

fn parts(packing: &Packing, columns: &[&PackedColumn]) -> Vec<Part> {
    columns.iter().map(|column| part(packing, column)).collect()
}

fn part(packing: &Packing, column: &PackedColumn) -> Part {
    let null_frac = column.null_frac.unwrap_or(0.0).clamp(0.0, 1.0);
    let selected = if column.selected { selected(packing) } else { 1.0 };
    // The rows that are left out have as many NULLs as they can, or none.
    let nulls =
        Range::new(((null_frac - (1.0 - selected)) / selected).clamp(0.0, 1.0), (null_frac / selected).clamp(0.0, 1.0));
    if column.length > 0 {
        let length = column.length as f64;
        return Part { nulls, bytes: Range::exact(length), least: length, align: Align::Always(column.align) };
    }
    let width = column.width.unwrap_or(0.0).max(1.0);
    let constant = column.least == Some(width);
    let least = column.least.unwrap_or(1.0);
    // The average is cut to a whole number.
    let mut bytes = if constant { Range::exact(width) } else { Range::new(width, width + 1.0) };
    if column.computed {
        bytes.low = (width - LONG_HEADER).max(least);
    }
    // A name is stored in an index without what pads it.
    if column.length == -2 {
        bytes.low = least;
    }
    if column.selected && !constant {
        let share = selected * (1.0 - null_frac).max(f64::EPSILON);
        let others = LEFT_OUT * bytes.low * (1.0 - selected);
        // Few of the rows, but perhaps those with most of the bytes.
        bytes = Range::new(
            ((bytes.low * (1.0 - null_frac) - others) / share).max(least),
            (bytes.high / selected).clamp(bytes.high, LARGEST_ENTRY.max(bytes.high)),
        );
    }
    if packing.index.is_some() && width > COMPRESSED {
        bytes.low = least;
    }
    let align = match (column.short, width > SHORT) {
        (false, _) => Align::Always(column.align),
        (true, true) => Align::Sometimes(column.align),
        (true, false) => Align::None,
    };
    Part { nulls, bytes, least, align }
}

/// The average bytes of a header and the columns behind it, padded to a multiple of 8.
fn mean(parts: &[Part], header: f64, header_with_nulls: f64) -> Range {
    let nullable: Vec<_> = (0..parts.len()).filter(|at| parts[*at].nulls.high > 0.0).collect();
    match nullable[..] {
        [] => padded(parts, Range::exact(header)),
        // With one such column there are two kinds of rows, and each is known.
        [at] => {
            let nulls = parts[at].nulls;
            let mut with = parts.to_vec();
            with[at].nulls = Range::exact(0.0);
            let mut without = parts.to_vec();
            without.remove(at);
            padded(&with, Range::exact(header)).mix(padded(&without, Range::exact(header_with_nulls)), nulls)
        }
        _ => {
            let any = Range::new(
                parts.iter().fold(0.0, |most, part| most.max(part.nulls.low)),
                parts.iter().map(|part| part.nulls.high).sum::<f64>().min(1.0),
            );
            padded(parts, Range::exact(header).mix(Range::exact(header_with_nulls), any))
        }
    }
}

fn padded(parts: &[Part], header: Range) -> Range {
    let (mut bytes, mut least) = (header, header.low);
    // Whether every row has the same bytes so far.
    let mut same = header.is_exact();
    for part in parts.iter().filter(|part| part.nulls.low < 1.0) {
        let gap = match part.align {
            Align::None => Range::exact(0.0),
            Align::Always(align) if same => Range::exact(gap(bytes.low, align)),
            Align::Always(align) | Align::Sometimes(align) => Range::new(0.0, (align.max(1) - 1) as f64),
        };
        let there = part.nulls.complement();
        bytes = bytes + there * (gap + part.bytes);
        same &= there == Range::exact(1.0) && bytes.is_exact();
        least += if part.nulls.high > 0.0 { 0.0 } else { part.least };
    }
    match same {
        true => Range::exact(bytes.low + gap(bytes.low, 8)),
        false => Range::new(bytes.low.max(up(least as i64, 8) as f64), bytes.high + 7.0),
    }
}

fn gap(bytes: f64, align: i64) -> f64 {
    up(bytes as i64, align) as f64 - bytes
}

fn up(bytes: i64, align: i64) -> i64 {
    let align = align.max(1);
    bytes.saturating_add(align - 1) / align * align
}

//! Whether PostgreSQL compares a column with a value of another type as it stands, or casts the column first: then no index on
//! the column serves the comparison.

/// Whether a column of the first type is compared with a value of the second without being cast.
pub(super) fn compares(column: &str, value: &str) -> bool {
    use Family::{Character, Float, Integer, Moment, Numeric, Text};
    match (family(column), family(value)) {
        (Some(column), Some(value)) if column == value => true,
        (Some(Numeric), Some(Integer)) | (Some(Float), Some(Integer | Numeric)) => true,
        // `character` is cast to `text`, not the other way round.
        (Some(Text), Some(Character)) => true,
        (Some(Integer | Numeric | Float | Text | Character | Moment), _) | (_, Some(_)) => false,
        (None, None) => plain(column) == plain(value),
    }
}

/// Types whose operators an index on any of them serves.
#[derive(Clone, Copy, PartialEq)]
enum Family {
    Integer,
    Numeric,
    Float,
    Text,
    Character,
    Moment,
}

fn family(name: &str) -> Option<Family> {
    Some(match plain(name).as_str() {
        "smallint" | "integer" | "int" | "bigint" | "int2" | "int4" | "int8" => Family::Integer,
        "numeric" | "decimal" => Family::Numeric,
        "real" | "double precision" | "float" | "float4" | "float8" => Family::Float,
        "text" | "varchar" | "character varying" => Family::Text,
        "character" | "char" | "bpchar" => Family::Character,
        "date" | "timestamp" | "timestamptz" | "timestamp without time zone" | "timestamp with time zone" => {
            Family::Moment
        }
        _ => return None,
    })
}

/// A type's name without its size, its schema and its quotes.
fn plain(name: &str) -> String {
    let mut name = name.to_lowercase();
    if let (Some(from), Some(to)) = (name.find('('), name.find(')'))
        && from < to
    {
        name.replace_range(from..=to, "");
    }
    let name = name.trim().trim_start_matches("pg_catalog.").replace('"', "");
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cast_value_is_compared_or_column_is_cast() {
        for (column, value, expected) in [
            ("integer", "BIGINT", true),
            ("bigint", "int4", true),
            ("integer", "NUMERIC", false),
            ("integer", "DOUBLE PRECISION", false),
            ("numeric", "INT", true),
            ("numeric", "NUMERIC(10,2)", true),
            ("numeric", "FLOAT8", false),
            ("double precision", "NUMERIC", true),
            ("text", "VARCHAR(20)", true),
            ("character varying", "TEXT", true),
            ("text", "CHAR(3)", true),
            ("character", "TEXT", false),
            ("timestamp with time zone", "DATE", true),
            ("timestamp with time zone", "TIMESTAMPTZ", true),
            ("date", "TIMESTAMP WITH TIME ZONE", true),
            ("date", "TEXT", false),
            ("uuid", "UUID", true),
            ("uuid", "TEXT", false),
            ("order_status", "order_status", true),
            ("order_status", "other", false),
        ] {
            assert_eq!(compares(column, value), expected, "{column} and {value}");
        }
    }
}

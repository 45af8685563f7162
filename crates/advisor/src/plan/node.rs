//! A node of `EXPLAIN (FORMAT JSON)`, in the words of `EXPLAIN (FORMAT TEXT)` (`src/backend/commands/explain.c`).

use model::{Bytes, Count, Millis, QualifiedName, quote_identifier, sql::shorten};
use serde_json::Value;

/// No condition is longer.
const LONGEST: usize = 2_000;

/// A node as EXPLAIN wrote it.
#[derive(Clone, Copy)]
pub(super) struct Node<'a>(pub(super) &'a Value);

impl<'a> Node<'a> {
    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.as_str()
    }

    pub(super) fn number(self, name: &str) -> Option<f64> {
        self.0.get(name)?.as_f64()
    }

    /// A counter, unless it is nought.
    pub(super) fn count(self, name: &str) -> Option<i64> {
        self.number(name).map(|number| number as i64).filter(|number| *number > 0)
    }

    fn is(self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    pub(super) fn children(self) -> impl Iterator<Item = Node<'a>> {
        self.0.get("Plans").and_then(Value::as_array).into_iter().flatten().map(Node)
    }

    /// The name of the CTE that it makes.
    pub(super) fn cte(self) -> Option<&'a str> {
        self.text("Subplan Name")?.strip_prefix("CTE ")
    }

    /// Whether it asks for the rows of a CTE, or for the result of an InitPlan.
    pub(super) fn reads(self, lazy: Node<'_>) -> bool {
        let Some(name) = lazy.text("Subplan Name") else { return false };
        if let Some(cte) = lazy.cte() {
            return self.text("Node Type") == Some("CTE Scan") && self.text("CTE Name") == Some(cte);
        }
        // `InitPlan 1 (returns $0,$1)` up to 16, `InitPlan 1` since.
        let results = name.split_once("(returns ").map(|(_, results)| results.trim_end_matches(')'));
        let asks = |text: &str| match results {
            Some(results) => results.split(',').any(|result| {
                let mut found = text.match_indices(result);
                found.any(|(at, _)| !text[at + result.len()..].starts_with(|c: char| c.is_ascii_digit()))
            }),
            None => text.contains(&format!("({name}).")),
        };
        self.0.as_object().into_iter().flatten().filter(|(name, _)| *name != "Plans").any(|(_, value)| match value {
            Value::String(text) => asks(text),
            Value::Array(parts) => parts.iter().filter_map(Value::as_str).any(asks),
            _ => false,
        })
    }

    /// How many processes run what is below it, if it starts some.
    pub(super) fn processes(self) -> Option<f64> {
        self.number("Workers Launched")
            .filter(|_| self.text("Node Type").is_some_and(|kind| kind.starts_with("Gather")))
            .map(|workers| workers + 1.0)
    }

    /// Whether it may stop before it has read all there is.
    pub(super) fn cuts_short(self) -> bool {
        self.text("Node Type") == Some("Limit")
    }

    pub(super) fn name(self) -> String {
        let kind = self.text("Node Type").unwrap_or("Unknown");
        let join = self.text("Join Type").filter(|join| *join != "Inner");
        let mut name = match (kind, join) {
            ("Aggregate", _) => match self.text("Strategy") {
                Some("Hashed") => "HashAggregate".to_owned(),
                Some("Sorted") => "GroupAggregate".into(),
                Some("Mixed") => "MixedAggregate".into(),
                _ => kind.into(),
            },
            ("ModifyTable", _) => self.text("Operation").unwrap_or(kind).into(),
            ("SetOp", _) => {
                let strategy = if self.text("Strategy") == Some("Hashed") { "HashSetOp" } else { kind };
                format!("{strategy} {}", self.text("Command").unwrap_or_default())
            }
            ("Custom Scan", _) => format!("Custom Scan ({})", self.text("Custom Plan Provider").unwrap_or_default()),
            ("Nested Loop", Some(join)) => format!("Nested Loop {join} Join"),
            (_, Some(join)) if kind.ends_with(" Join") => kind.replace(" Join", &format!(" {join} Join")),
            _ => kind.into(),
        };
        if self.text("Scan Direction") == Some("Backward") {
            name.push_str(" Backward");
        }
        let partial = self.text("Partial Mode").filter(|mode| *mode != "Simple");
        let parallel = self.is("Parallel Aware").then_some("Parallel");
        let eager = self.is("Async Capable").then_some("Async");
        [partial, parallel, eager].into_iter().flatten().fold(name, |name, word| format!("{word} {name}"))
    }

    pub(super) fn on(self) -> Option<String> {
        let object = ["Relation Name", "Function Name", "Table Function Name", "CTE Name", "Tuplestore Name"]
            .into_iter()
            .find_map(|name| self.text(name));
        let alias = self.text("Alias");
        let object = match (object, self.text("Schema")) {
            (Some(object), Some(schema)) => Some(QualifiedName::new(schema, object).to_string()),
            (Some(object), None) => Some(quote_identifier(object)),
            (None, _) => None,
        };
        let renamed = alias.filter(|alias| {
            let plain = quote_identifier(alias);
            object.as_ref().is_none_or(|object| *object != plain && !object.ends_with(&format!(".{plain}")))
        });
        let on: Vec<String> = object.into_iter().chain(renamed.map(quote_identifier)).collect();
        let index = self.text("Index Name").map(quote_identifier);
        match (on.is_empty(), index) {
            (true, None) => None,
            (true, Some(index)) => Some(index),
            (false, None) => Some(on.join(" ")),
            (false, Some(index)) => Some(format!("{} using {index}", on.join(" "))),
        }
    }

    pub(super) fn role(self) -> Option<String> {
        let subplan = self.text("Subplan Name").map(str::to_owned);
        subplan.or_else(|| self.text("Parent Relationship").filter(|role| *role == "Subquery").map(str::to_owned))
    }

    /// Conditions and keys as they are, counters with their units.
    pub(super) fn details(self) -> Vec<(String, String)> {
        const WORDS: [&str; 18] = [
            "Sort Key",
            "Presorted Key",
            "Group Key",
            "Grouping Sets",
            "Hash Cond",
            "Merge Cond",
            "Join Filter",
            "Index Cond",
            "Recheck Cond",
            "TID Cond",
            "Order By",
            "Filter",
            "One-Time Filter",
            "Run Condition",
            "Cache Key",
            "Function Call",
            "Remote SQL",
            "Sort Method",
        ];
        let words = WORDS.into_iter().filter_map(|name| Some((name.to_owned(), written(self.0.get(name)?)?)));
        let counts = [
            "Rows Removed by Filter",
            "Rows Removed by Join Filter",
            "Rows Removed by Index Recheck",
            "Index Searches",
            "Heap Fetches",
            "Exact Heap Blocks",
            "Lossy Heap Blocks",
            "Hash Buckets",
            "Hash Batches",
            "HashAgg Batches",
            "Cache Hits",
            "Cache Misses",
            "Cache Evictions",
            "Subplans Removed",
            "Tuples Inserted",
            "Conflicting Tuples",
            "WAL Records",
            "WAL FPI",
        ];
        let counts =
            counts.into_iter().filter_map(|name| Some((name.to_owned(), Count(self.count(name)?).to_string())));
        let kilobytes = [("Sort Space Used", "Sort Space"), ("Peak Memory Usage", "Memory"), ("Disk Usage", "Disk")];
        let kilobytes = kilobytes.into_iter().filter_map(|(name, label)| {
            Some((label.to_owned(), format!("{}{}", Bytes(self.count(name)? << 10), self.where_it_sorted(name))))
        });
        let blocks = |name: &'static str| Some(Bytes(self.count(name)?.checked_mul(8 << 10)?));
        let parts = |label: &str, parts: [(&'static str, &str); 4]| {
            let parts = parts.map(|(name, what)| blocks(name).map(|size| format!("{what} {size}")));
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            (!parts.is_empty()).then(|| (label.to_owned(), parts.join(", ")))
        };
        let buffers = [
            parts(
                "Buffers",
                [
                    ("Shared Hit Blocks", "hit"),
                    ("Shared Read Blocks", "read"),
                    ("Shared Dirtied Blocks", "dirtied"),
                    ("Shared Written Blocks", "written"),
                ],
            ),
            parts(
                "Temporary files",
                [("Temp Read Blocks", "read"), ("Temp Written Blocks", "written"), ("", ""), ("", "")],
            ),
        ];
        let waits = ["Shared I/O Read Time", "I/O Read Time", "Temp I/O Read Time", "Temp I/O Write Time"];
        let waits = waits.into_iter().filter_map(|name| {
            let took = self.number(name).filter(|took| *took > 0.0)?;
            Some((name.to_owned(), Millis(took).to_string()))
        });
        let workers = self.number("Workers Planned").map(|planned| {
            let launched = self.number("Workers Launched").map(|launched| format!(", {launched} launched"));
            ("Workers".to_owned(), format!("{planned} planned{}", launched.unwrap_or_default()))
        });
        words.chain(counts).chain(kilobytes).chain(workers).chain(buffers.into_iter().flatten()).chain(waits).collect()
    }

    fn where_it_sorted(self, name: &str) -> String {
        let place = self.text("Sort Space Type").filter(|_| name == "Sort Space Used");
        place.map(|place| format!(" in {}", place.to_lowercase())).unwrap_or_default()
    }
}

/// A condition, or the columns of a key.
fn written(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        _ => return None,
    };
    (!text.is_empty()).then(|| shorten(&text, LONGEST))
}

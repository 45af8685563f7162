//! What takes the space of a database, and how it grew.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{
    BloatMeasure, Bytes, DatabaseId, Gap, Millis, Occupant, Person, QualifiedName, Ratio, Reading, RelationDetail,
    RelationKind, RelationSize, Role, SizeHistory, Space, SpaceQuery, Timestamp,
};
use store::SizeSpan;

use crate::{Dashboard, Error, Result, allow, indexes::counted, now, to_its_end};

/// No more days than are kept.
const DAYS: std::ops::RangeInclusive<u32> = 1..=90;

/// How large relations were at the beginning of a span of time, and since when that is known.
type Earliest = HashMap<QualifiedName, (Timestamp, Bytes)>;

impl Dashboard {
    /// What takes the space of a database, the largest first.
    ///
    /// # Errors
    /// For an unknown database, also among those of `across`, or when the store cannot be read.
    pub async fn space(&self, viewer: &Person, id: &DatabaseId, query: &SpaceQuery) -> Result<Reading<Space>> {
        allow(viewer, Role::Viewer)?;
        let (target, readings) = self.target(id)?;
        let from = now() - Millis::from_secs(i64::from(query.days.clamp(*DAYS.start(), *DAYS.end())) * 86_400);
        let (store, of) = (self.store.clone(), id.clone());
        let known = to_its_end(async move {
            let known = (store.sizes_since(&of, from).await?, store.first_size(&of, from).await?);
            Ok::<_, store::Error>(known)
        });
        let (server, database, indexes, relations, elsewhere, known) = futures::join!(
            readings.server(target, self.patience),
            readings.database(target, self.patience),
            readings.indexes(target, self.patience),
            readings.space(target, self.patience),
            self.elsewhere(&query.across),
            known,
        );
        let (elsewhere, (earliest, first_size)) = (elsewhere?, known?);
        let mut notes = elsewhere.notes.clone();
        if let Err(missing) = &indexes.answer {
            notes.push(format!("Which indexes are unused is not known: {missing}"));
        }
        let indexes = indexes.answer.unwrap_or_default();
        let counted = counted(&server);
        let counts = counted.not().is_none();
        let unused: Vec<_> = indexes.iter().filter(|index| counts && elsewhere.leaves_unused(index)).collect();
        let least = Bytes(self.settings(id).thresholds.unused_index_megabytes << 20);
        let large: Vec<Bytes> = unused.iter().map(|index| index.size).filter(|size| *size >= least).collect();
        let unused: HashSet<QualifiedName> = unused.iter().map(|index| index.qualified()).collect();

        let size = database.value().map(|sample| sample.size);
        let Reading { taken_at, took, answer } = relations;
        let answer = answer.map(|relations| {
            let whole =
                size.unwrap_or_else(|| Bytes(relations.iter().filter_map(RelationSize::size).map(|b| b.0).sum()));
            let mut occupants = occupants(&relations, query, &earliest);
            for occupant in &mut occupants {
                occupant.share = occupant.size.and_then(|size| Ratio::of(size.0 as f64, whole.0 as f64));
                occupant.unused = occupant.kind == RelationKind::Index && unused.contains(&occupant.qualified());
            }
            Space {
                database: size,
                growth: size.zip(first_size).map(|(size, (_, first))| Bytes(size.0 - first.0)),
                grown_since: earliest.values().map(|(since, _)| (*since).max(from)).min(),
                counted,
                unused: counts.then(|| (large.len() as u32, Bytes(large.iter().map(|size| size.0).sum()))),
                notes,
                occupants,
            }
        });
        Ok(Reading { taken_at, took, answer })
    }

    /// One table or index: its sizes now and over `days`, its indexes, its counters. Without a schema, one that has it in
    /// `public` or else in any is meant.
    ///
    /// # Errors
    /// For an unknown database, for a relation that is not there, or when the store cannot be read.
    pub async fn relation(
        &self,
        viewer: &Person,
        id: &DatabaseId,
        schema: &str,
        name: &str,
        days: u32,
    ) -> Result<Reading<RelationDetail>> {
        allow(viewer, Role::Viewer)?;
        let (target, readings) = self.target(id)?;
        let patience = self.patience;
        let (server, indexes, tables, bloat, relations) = futures::join!(
            readings.server(target, patience),
            readings.indexes(target, patience),
            readings.tables(target, patience),
            readings.bloat(target, patience),
            readings.space(target, patience),
        );
        let Reading { taken_at, took, answer } = relations;
        let relations = match answer {
            Ok(relations) => relations,
            Err(missing) => return Ok(Reading { taken_at, took, answer: Err(missing) }),
        };
        let named = relations.iter().filter(|one| one.name == name && (schema.is_empty() || one.schema == schema));
        let Some(relation) = named.max_by_key(|one| one.schema == "public") else {
            let wanted = if schema.is_empty() { name.to_owned() } else { QualifiedName::new(schema, name).to_string() };
            return Err(Error::NoSuch(format!("table or index {wanted}")));
        };
        let all = SpaceQuery { days, ..SpaceQuery::default() };
        let to = now();
        let from = to - Millis::from_secs(i64::from(days.clamp(*DAYS.start(), *DAYS.end())) * 86_400);
        let own = relation.qualified();
        let (store, of, wanted) = (self.store.clone(), id.clone(), own.clone());
        let (spans, earliest) = to_its_end(async move {
            let spans = store.size_history(&of, &wanted, from, to).await?;
            Ok::<_, store::Error>((spans, store.sizes_since(&of, from).await?))
        })
        .await?;

        // An index, and a partition, stand for themselves.
        let occupant = match (relation.kind, relation.partition_of()) {
            (RelationKind::Index, _) => occupants(&relations, &SpaceQuery { each: true, ..all }, &earliest),
            (_, Some(parent)) => occupants(&relations, &SpaceQuery { parent: parent.to_string(), ..all }, &earliest),
            (_, None) => occupants(&relations, &all, &earliest),
        };
        // A partition that is partitioned itself holds nothing.
        let occupant =
            occupant.into_iter().find(|one| one.qualified() == own).unwrap_or_else(|| alone(relation, &earliest));
        let table = relation.of();
        let is_index = relation.kind == RelationKind::Index;
        let indexes = indexes.answer.unwrap_or_default();
        let indexes =
            indexes.iter().filter(|index| if is_index { index.qualified() == own } else { index.on() == table });
        let bloat = bloat.answer.unwrap_or_default();
        let bloat =
            bloat.iter().filter(|packing| if is_index { packing.qualified() == own } else { packing.on() == table });
        let answer = Ok(RelationDetail {
            table: tables.answer.unwrap_or_default().iter().find(|one| !is_index && one.qualified() == own).cloned(),
            indexes: indexes.cloned().collect(),
            bloat: bloat.map(advisor::bloat).collect(),
            partition_of: relation.partition_of(),
            counted: counted(&server),
            history: history(&spans, from, to, (taken_at, relation.size())),
            occupant,
        });
        Ok(Reading { taken_at, took, answer })
    }

    /// How much of one table or btree index is empty, measured now. It reads the file, so an operator asks for it.
    ///
    /// # Errors
    /// For an unknown database or a viewer who is no operator.
    pub async fn measure_bloat(
        &self,
        viewer: &Person,
        id: &DatabaseId,
        relation: &QualifiedName,
    ) -> Result<Reading<BloatMeasure>> {
        allow(viewer, Role::Operator)?;
        let (target, _) = self.target(id)?;
        Ok(probe::measure::read(target, relation).await)
    }
}

/// The relations that a query asks for, those that belong together as one, the largest first.
fn occupants(relations: &[RelationSize], query: &SpaceQuery, earliest: &Earliest) -> Vec<Occupant> {
    let mut found: Vec<Occupant> = if query.each {
        let holding = relations.iter().filter(|relation| relation.kind != RelationKind::Partitioned);
        holding.map(|relation| alone(relation, earliest)).collect()
    } else {
        together(relations, &query.parent, earliest)
    };
    found.sort_by_key(|occupant| std::cmp::Reverse(occupant.size));
    found
}

fn alone(relation: &RelationSize, earliest: &Earliest) -> Occupant {
    Occupant {
        schema: relation.schema.clone(),
        name: relation.name.clone(),
        kind: relation.kind,
        table: relation.table.clone(),
        rows: relation.rows,
        main: relation.main,
        toast: relation.toast.unwrap_or_default(),
        size: relation.size(),
        growth: growth(relation, earliest),
        measured: relation.measured,
        locked: relation.locked,
        ..Occupant::default()
    }
}

/// Tables with their TOAST and indexes: all, partitions as part of the table they are of, or the partitions of one.
fn together(relations: &[RelationSize], parent: &str, earliest: &Earliest) -> Vec<Occupant> {
    let mut tables: BTreeMap<QualifiedName, Occupant> = BTreeMap::new();
    for relation in relations {
        let root = relation.partition_of();
        let key = match (&root, parent) {
            (Some(root), "") => root.clone(),
            (None, "") => relation.of(),
            (Some(root), parent) if root.to_string() == parent && relation.kind != RelationKind::Partitioned => {
                relation.of()
            }
            _ => continue,
        };
        let is_part = parent.is_empty() && root.is_some();
        let table = tables.entry(key.clone()).or_insert_with(|| Occupant {
            schema: key.schema,
            name: key.name,
            measured: true,
            // Until the table itself comes by; one that is not there any more had partitions.
            kind: if is_part { RelationKind::Partitioned } else { RelationKind::Table },
            ..Occupant::default()
        });
        add(table, relation, is_part, earliest);
    }
    tables.into_values().collect()
}

fn add(table: &mut Occupant, relation: &RelationSize, is_part: bool, earliest: &Earliest) {
    let sum = |a: Option<Bytes>, b: Option<Bytes>| Some(Bytes(a.unwrap_or_default().0 + b.unwrap_or_default().0));
    table.locked |= relation.locked;
    table.size = if relation.size().is_some() { sum(table.size, relation.size()) } else { table.size };
    if let Some(grown) = growth(relation, earliest) {
        table.growth = sum(table.growth, Some(grown));
    }
    match relation.kind {
        RelationKind::Index => {
            table.indexes.0 += relation.size().unwrap_or_default().0;
            table.measured &= relation.measured;
        }
        RelationKind::Partitioned => {
            if !is_part {
                table.kind = relation.kind;
            }
        }
        RelationKind::Table | RelationKind::MaterializedView => {
            if is_part {
                table.partitions += 1;
            } else {
                table.kind = relation.kind;
            }
            if relation.main.is_some() {
                table.main = sum(table.main, relation.main);
            }
            table.toast.0 += relation.toast.unwrap_or_default().0;
            if let Some(rows) = relation.rows {
                table.rows = Some(table.rows.unwrap_or(0.0) + rows);
            }
            table.measured &= relation.measured;
        }
    }
}

fn growth(relation: &RelationSize, earliest: &Earliest) -> Option<Bytes> {
    let (_, before) = earliest.get(&relation.qualified())?;
    Some(Bytes(relation.size()?.0 - before.0))
}

/// The corners of a line: where each size was first and last seen, and what it is now.
fn history(spans: &[SizeSpan], from: Timestamp, to: Timestamp, now: (Timestamp, Option<Bytes>)) -> SizeHistory {
    let mut history = SizeHistory { from, to, ..SizeHistory::default() };
    let mut push = |at: Timestamp, bytes: Bytes| {
        if history.at.last().is_none_or(|last| *last < at) {
            history.at.push(at);
            history.bytes.push(bytes);
        }
    };
    for span in spans {
        push(span.since.max(from), span.bytes);
        push(span.until.min(to), span.bytes);
    }
    if let (at, Some(bytes)) = now {
        push(at.min(to), bytes);
    }
    let pairs = spans.windows(2).filter(|pair| pair[0].is_followed_by_gap(&pair[1]));
    history.gaps = pairs.map(|pair| Gap { from: pair[0].until, to: pair[1].since }).collect();
    history
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(name: &str, kind: RelationKind, bytes: i64) -> RelationSize {
        RelationSize {
            schema: "public".into(),
            name: name.into(),
            kind,
            main: Some(Bytes(bytes)),
            measured: true,
            ..RelationSize::default()
        }
    }

    fn index(name: &str, table: &str, bytes: i64) -> RelationSize {
        RelationSize { table: Some(table.into()), ..relation(name, RelationKind::Index, bytes) }
    }

    fn part(of: &str, relation: RelationSize) -> RelationSize {
        RelationSize { root_schema: Some("public".into()), root: Some(of.into()), ..relation }
    }

    fn shop() -> Vec<RelationSize> {
        vec![
            RelationSize { toast: Some(Bytes(7)), rows: Some(5.0), ..relation("orders", RelationKind::Table, 100) },
            index("orders_pkey", "orders", 20),
            index("orders_day", "orders", 3),
            relation("Events", RelationKind::Partitioned, 0),
            part("Events", relation("e1", RelationKind::Table, 400)),
            part("Events", index("e1_id", "e1", 50)),
            part("Events", relation("e2", RelationKind::Partitioned, 0)),
            part("Events", RelationSize { measured: false, ..relation("e21", RelationKind::Table, 30) }),
            RelationSize { main: None, locked: true, measured: false, ..relation("held", RelationKind::Table, 0) },
        ]
    }

    fn asked(query: &SpaceQuery) -> Vec<(String, Option<i64>, Option<i64>)> {
        let earliest: Earliest = [("orders", 90), ("orders_pkey", 30), ("e1", 100)]
            .map(|(name, bytes)| (QualifiedName::new("public", name), (Timestamp(1), Bytes(bytes))))
            .into();
        occupants(&shop(), query, &earliest)
            .into_iter()
            .map(|one| (one.name, one.size.map(|size| size.0), one.growth.map(|growth| growth.0)))
            .collect()
    }

    /// §2.13: one row a table, its partitions, indexes and TOAST in it.
    #[test]
    fn a_table_stands_for_its_partitions_indexes_and_toast() {
        let rows = asked(&SpaceQuery::default());
        assert_eq!(
            rows,
            [
                ("Events".into(), Some(480), Some(300)),
                ("orders".into(), Some(130), Some(7)),
                ("held".into(), None, None)
            ]
        );
        let all = occupants(&shop(), &SpaceQuery::default(), &Earliest::new());
        assert_eq!((all[0].kind, all[0].partitions, all[0].measured), (RelationKind::Partitioned, 2, false));
        let orders = &all[1];
        assert_eq!((orders.main, orders.toast, orders.indexes), (Some(Bytes(100)), Bytes(7), Bytes(23)));
        assert_eq!((orders.rows, orders.growth, orders.partitions), (Some(5.0), None, 0));
        assert!(all[2].locked && !all[2].measured);
    }

    #[test]
    fn partitions_are_a_list_of_their_own() {
        let rows = asked(&SpaceQuery { parent: "public.\"Events\"".into(), ..SpaceQuery::default() });
        assert_eq!(rows, [("e1".into(), Some(450), Some(300)), ("e21".into(), Some(30), None)]);
        assert_eq!(asked(&SpaceQuery { parent: "public.nothing".into(), ..SpaceQuery::default() }), []);
    }

    #[test]
    fn each_relation_can_stand_by_itself() {
        let rows = asked(&SpaceQuery { each: true, ..SpaceQuery::default() });
        let names: Vec<&str> = rows.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["e1", "orders", "e1_id", "e21", "orders_pkey", "orders_day", "held"]);
        assert_eq!(rows[4], ("orders_pkey".into(), Some(20), Some(-10)));
    }

    #[test]
    fn a_history_ends_with_what_is_now() {
        let span =
            |since, until, bytes| SizeSpan { since: Timestamp(since), until: Timestamp(until), bytes: Bytes(bytes) };
        let day = 86_400_000_000;
        let spans = [span(0, 10, 1), span(12, 12, 2), span(12 + 2 * day, 13 + 2 * day, 3)];
        let history = history(&spans, Timestamp(5), Timestamp(3 * day), (Timestamp(14 + 2 * day), Some(Bytes(4))));
        let at: Vec<i64> = history.at.iter().map(|at| at.0).collect();
        assert_eq!(at, [5, 10, 12, 12 + 2 * day, 13 + 2 * day, 14 + 2 * day]);
        assert_eq!(history.bytes.iter().map(|bytes| bytes.0).collect::<Vec<_>>(), [1, 1, 2, 3, 3, 4]);
        assert_eq!(history.gaps, [Gap { from: Timestamp(12), to: Timestamp(12 + 2 * day) }]);
    }
}

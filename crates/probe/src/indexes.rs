//! Indexes, structurally.

use model::{Bytes, Index, IndexKey, Reading, Timestamp};
use serde::Deserialize;

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("indexes", include_str!("indexes.sql"));

/// Every index of the user tables (`pg_index`); those under DDL without what only a lock could tell.
pub async fn read(target: &Target) -> Reading<Vec<Index>> {
    reading(async {
        let rows: Vec<Row> = target.ask_opening(&QUESTION).await?;
        Ok(rows.into_iter().map(Index::from).collect())
    })
    .await
}

/// A key is four parallel arrays, as in `pg_index`: six thousand of them travel faster so than as JSON.
#[derive(Deserialize)]
struct Row {
    schema: String,
    table: String,
    name: String,
    method: String,
    keys: Vec<String>,
    opclasses: Vec<i64>,
    collations: Vec<i64>,
    options: Vec<i64>,
    /// Empty where no operator class has any.
    parameters: Vec<String>,
    equality_keys: i64,
    include: Vec<String>,
    predicate: Option<String>,
    unique: bool,
    primary: bool,
    constraint: bool,
    constraint_name: Option<String>,
    referenced: bool,
    exclusion: bool,
    deferrable: bool,
    nulls_not_distinct: bool,
    clustered: bool,
    replica_identity: bool,
    storage: Vec<String>,
    toast_of: Option<String>,
    foreign_key: bool,
    trigram: bool,
    valid: bool,
    building: bool,
    locked: bool,
    partitioned: bool,
    attached: bool,
    scans: i64,
    last_scan: Option<Timestamp>,
    hit: i64,
    read: i64,
    size: Bytes,
    definition: Option<String>,
}

impl From<Row> for Index {
    fn from(row: Row) -> Self {
        let order = row.opclasses.into_iter().zip(row.collations).zip(row.options);
        let order = order.zip(row.parameters.into_iter().chain(std::iter::repeat(String::new())));
        let keys = row.keys.into_iter().zip(order);
        Self {
            schema: row.schema,
            table: row.table,
            name: row.name,
            method: row.method,
            keys: keys
                .map(|(text, (((opclass, collation), option), parameters))| IndexKey {
                    text,
                    opclass,
                    collation,
                    option,
                    parameters,
                })
                .collect(),
            include: row.include,
            predicate: row.predicate,
            unique: row.unique,
            primary: row.primary,
            constraint: row.constraint,
            constraint_name: row.constraint_name,
            referenced: row.referenced,
            exclusion: row.exclusion,
            deferrable: row.deferrable,
            nulls_not_distinct: row.nulls_not_distinct,
            clustered: row.clustered,
            replica_identity: row.replica_identity,
            storage: row.storage,
            equality_keys: row.equality_keys,
            toast_of: row.toast_of,
            foreign_key: row.foreign_key,
            trigram: row.trigram,
            valid: row.valid,
            building: row.building,
            locked: row.locked,
            partitioned: row.partitioned,
            attached: row.attached,
            scans: row.scans,
            last_scan: row.last_scan,
            hit: row.hit,
            read: row.read,
            size: row.size,
            definition: row.definition,
        }
    }
}

//! A quiet server, and things to go wrong on it.

use model::{
    Archiver, Bytes, Caches, ConnectionUse, DatabaseAge, Extension, ForeignKey, FreezeAge, Holder, HolderKind, Index,
    IndexKey, InstalledExtension, Millis, PackedColumn, Packing, PreparedTransactions, Reading, Replication, Sequence,
    Server, Session, Setting, StatementCounters, StatementKey, StatementTotal, Table, Timestamp, Tracking, Vacuum,
    VacuumSettings,
};

use crate::{Readings, Workload};

/// 2026-11-22 04:24:05 UTC.
pub(crate) const NOW: Timestamp = Timestamp(1_795_321_445_000_000);

/// So many seconds before.
pub(crate) fn ago(seconds: i64) -> Timestamp {
    NOW - Millis::from_secs(seconds)
}

fn read<T>(answer: T) -> Reading<T> {
    Reading { taken_at: NOW, took: Millis(1.0), answer: Ok(answer) }
}

/// A server on which nothing is wrong.
pub(crate) fn readings() -> Readings {
    Readings {
        server: read(Server {
            version_num: 160_014,
            version: "16.14".into(),
            database: "app".into(),
            user: "heron".into(),
            in_recovery: false,
            started_at: ago(90 * 86_400),
            max_connections: 100,
            freeze_max_age: 200_000_000,
            stats_reset: Some(ago(30 * 86_400)),
            stats_began: Some(ago(90 * 86_400)),
            reads_all_stats: true,
            reads_all_settings: true,
            superuser: false,
            tracking: [
                ("track_activities", "on"),
                ("track_counts", "on"),
                ("pg_stat_statements.track", "top"),
                ("compute_query_id", "auto"),
            ]
            .map(|(name, value)| tracking(name, value))
            .into(),
            stat_statements: Some(Extension { version: "1.10".into(), schema: "public".into() }),
            stat_statements_available: true,
        }),
        activity: read(vec![session(1, "idle"), session(2, "active")]),
        connections: read(ConnectionUse {
            max_connections: 100,
            superuser_reserved: 3,
            used: 3,
            own: 1,
            ..ConnectionUse::default()
        }),
        replication: read(Replication::default()),
        archiver: read(Archiver { mode: "off".into(), segment: Bytes(16 << 20), ..Archiver::default() }),
        caches: read(Caches { table_hit: 999_000, table_read: 1_000, index_hit: 999_000, index_read: 1_000 }),
        vacuum: read(vacuum(vec![freeze_age("orders", 50_000_000)])),
        prepared: read(PreparedTransactions { max: 10, ..PreparedTransactions::default() }),
        sequences: read(vec![sequence(Some(12), i64::from(i32::MAX))].into()),
        indexes: read(
            vec![index("orders", "orders_account", &["account_id"]), index("lines", "lines_order", &["order_id"])]
                .into(),
        ),
        constraints: read(vec![]),
        tables: read(vec![table("orders")].into()),
        settings: read(vec![setting("fsync", "on", None), setting("shared_buffers", "16384", Some("8kB"))]),
        extensions: read(vec![InstalledExtension {
            name: "pg_stat_statements".into(),
            installed: "1.10".into(),
            available: Some("1.10".into()),
        }]),
        foreign_keys: read(vec![foreign_key("lines", "order_id")].into()),
        bloat: read(vec![packing("orders", None)].into()),
        statements: read(Workload {
            since: Some(ago(3_600)),
            statements: vec![statement("1", "app", 10_000, 0.3, Some("select 1"))],
        }),
        relations: read(vec![]),
    }
}

fn tracking(name: &str, value: &str) -> Tracking {
    Tracking { name: name.into(), value: value.into(), source: "configuration file".into(), off_for: vec![] }
}

/// A client in that state, busy with nothing worth a word.
pub(crate) fn session(pid: i32, state: &str) -> Session {
    Session {
        pid,
        database: Some("app".into()),
        user: Some("app".into()),
        application: "web".into(),
        client: None,
        tls: None,
        wanted: None,
        vacuum_phase: None,
        key: None,
        backend_type: "client backend".into(),
        state: Some(state.into()),
        wait_event_type: None,
        wait_event: None,
        xact_start: Some(ago(1)),
        query_start: Some(ago(1)),
        state_change: Some(ago(1)),
        query: Some("select 1".into()),
        query_id: None,
        blocked_by: vec![],
    }
}

/// A table of 100 MB with a primary key, read by its indexes, cleaned and analyzed an hour ago.
pub(crate) fn table(name: &str) -> Table {
    Table {
        schema: "public".into(),
        name: name.into(),
        rows: Some(1e6),
        size: Bytes(100 << 20),
        indexed: true,
        primary_key: true,
        replica_identity: "d".into(),
        autovacuum: true,
        seq_scan: 10,
        idx_scan: Some(100_000),
        n_live_tup: 1_000_000,
        last_autovacuum: Some(ago(3_600)),
        last_autoanalyze: Some(ago(3_600)),
        autovacuum_count: 1,
        autoanalyze_count: 1,
        ..Table::default()
    }
}

/// A reference of `table` to the bigint key of `orders`, as wide as that.
pub(crate) fn foreign_key(table: &str, column: &str) -> ForeignKey {
    ForeignKey {
        schema: "public".into(),
        table: table.into(),
        name: format!("{table}_{column}_fkey"),
        columns: vec![column.into()],
        types: vec!["bigint".into()],
        referenced_schema: "public".into(),
        referenced: "orders".into(),
        referenced_columns: vec!["id".into()],
        referenced_types: vec!["bigint".into()],
        type_change_blocked_by: vec![String::new()],
        enforced: true,
        period: false,
        on_delete: "a".into(),
    }
}

/// A dense table of one integer, or an index on it.
pub(crate) fn packing(table: &str, index: Option<&str>) -> Packing {
    let column = PackedColumn {
        length: 4,
        align: 4,
        dropped: false,
        null_frac: Some(0.0),
        width: Some(4.0),
        n_distinct: Some(-1.0),
        ..PackedColumn::default()
    };
    Packing {
        schema: "public".into(),
        table: table.into(),
        index: index.map(Into::into),
        rows: Some(1e6),
        table_rows: Some(1e6),
        sample: 30_000,
        toast_pages: Some(0),
        pages: 4425,
        page_size: 8192,
        columns: vec![column],
        ..Packing::default()
    }
}

/// A plain btree index that is in use.
pub(crate) fn index(table: &str, name: &str, keys: &[&str]) -> Index {
    let key = |text: &&str| IndexKey {
        text: (*text).into(),
        opclass: 1978,
        collation: 0,
        option: 0,
        parameters: String::new(),
    };
    Index {
        schema: "public".into(),
        table: table.into(),
        name: name.into(),
        method: "btree".into(),
        keys: keys.iter().map(key).collect(),
        include: vec![],
        predicate: None,
        unique: false,
        primary: false,
        constraint: false,
        constraint_name: None,
        referenced: false,
        exclusion: false,
        deferrable: false,
        nulls_not_distinct: false,
        clustered: false,
        replica_identity: false,
        storage: vec![],
        equality_keys: keys.len() as i64,
        toast_of: None,
        valid: true,
        building: false,
        partitioned: false,
        attached: false,
        foreign_key: false,
        trigram: false,
        locked: false,
        scans: 1_000,
        hit: 9_990,
        read: 10,
        last_scan: None,
        size: Bytes(20 << 20),
        definition: None,
    }
}

/// A setting that somebody wrote into the configuration.
pub(crate) fn setting(name: &str, value: &str, unit: Option<&str>) -> Setting {
    Setting {
        name: name.into(),
        setting: value.into(),
        unit: unit.map(Into::into),
        source: "configuration file".into(),
        context: "sighup".into(),
        ..Setting::default()
    }
}

/// The sequence of an integer column.
pub(crate) fn sequence(last_value: Option<i64>, limit: i64) -> Sequence {
    Sequence {
        schema: "public".into(),
        table: "t".into(),
        column: "id".into(),
        column_type: "integer".into(),
        sequence_schema: "public".into(),
        sequence: "t_id_seq".into(),
        last_value,
        next_value: None,
        limit,
        column_ends: limit == i64::from(i32::MAX),
        wider_type: "bigint".into(),
        type_change_blocked_by: None,
        start: 1,
        increment: 1,
        cycle: false,
        readable: true,
        locked: false,
    }
}

/// A table of that age.
pub(crate) fn freeze_age(table: &str, age: i64) -> FreezeAge {
    let left = 2_147_483_647 - 3_000_000 - age;
    let schema = "public".into();
    FreezeAge {
        schema,
        table: table.into(),
        age,
        left,
        multixact_age: 1,
        multixact_left: 2_144_483_646,
        shared: false,
        toast: false,
        temporary: None,
    }
}

/// A server with these tables on which nothing holds vacuum back.
pub(crate) fn vacuum(tables: Vec<FreezeAge>) -> Vacuum {
    let age = tables.iter().map(|table| table.age).max().unwrap_or_default();
    let database = DatabaseAge {
        name: "app".into(),
        here: true,
        allows_connections: true,
        template: false,
        owner: Some("app".into()),
        age,
        left: 2_147_483_647 - 3_000_000 - age,
        multixact_age: 1,
        multixact_left: 2_144_483_646,
    };
    Vacuum { tables, databases: vec![database], holders: vec![], settings: VacuumSettings::default() }
}

/// Somebody who may need rows of that age.
pub(crate) fn holder(kind: HolderKind, name: &str, age: i64) -> Holder {
    Holder {
        kind,
        name: name.into(),
        user: Some("app".into()),
        database: Some("app".into()),
        application: Some("web".into()),
        state: None,
        age,
        since: Some(ago(7_200)),
        here: true,
        catalog: false,
    }
}

/// A statement that took `mean` milliseconds a call.
pub(crate) fn statement(queryid: &str, role: &str, calls: i64, mean: f64, query: Option<&str>) -> StatementTotal {
    StatementTotal {
        key: StatementKey { queryid: queryid.into(), role: role.into(), toplevel: true },
        query: query.map(Into::into),
        counters: StatementCounters { calls, total_ms: Millis(mean * calls as f64), ..Default::default() },
    }
}

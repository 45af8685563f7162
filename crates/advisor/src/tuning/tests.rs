use model::{
    Bytes, Machine, Missing, Setting, Storage,
    TuningAdvice::{CannotTell, Keep, Set},
    Why, Work,
};

use super::tune;
use crate::fixture::{NOW, ago, setting};

/// PostgreSQL's own defaults of the settings that matter, as version 18 has them.
fn defaults() -> Vec<Setting> {
    let settings = [
        ("max_connections", "100", None),
        ("shared_buffers", "16384", Some("8kB")),
        ("effective_cache_size", "524288", Some("8kB")),
        ("maintenance_work_mem", "65536", Some("kB")),
        ("checkpoint_completion_target", "0.9", None),
        ("checkpoint_timeout", "300", Some("s")),
        ("wal_buffers", "512", Some("8kB")),
        ("default_statistics_target", "100", None),
        ("random_page_cost", "4", None),
        ("effective_io_concurrency", "16", None),
        ("work_mem", "4096", Some("kB")),
        ("huge_pages", "try", None),
        ("jit", "on", None),
        ("wal_compression", "off", None),
        ("io_method", "worker", None),
        ("min_wal_size", "80", Some("MB")),
        ("max_wal_size", "1024", Some("MB")),
        ("max_parallel_workers_per_gather", "2", None),
        ("track_io_timing", "off", None),
        ("server_version", "18.1", None),
        ("autovacuum", "on", None),
        ("autovacuum_max_workers", "3", None),
        ("autovacuum_vacuum_cost_limit", "-1", None),
        ("vacuum_cost_limit", "200", None),
        ("vacuum_cost_page_dirty", "20", None),
        ("autovacuum_vacuum_cost_delay", "2", Some("ms")),
        ("autovacuum_vacuum_scale_factor", "0.2", None),
        ("autovacuum_analyze_scale_factor", "0.1", None),
    ];
    settings.map(|(name, value, unit)| setting(name, value, unit)).into()
}

/// A day of a quiet server.
fn quiet() -> Work {
    Work {
        now: NOW,
        database_size: Bytes(40 << 30),
        largest_rows: Some(1e6),
        connections: 20,
        blocks_hit: 980_000,
        blocks_read: 20_000,
        temp_bytes: Bytes(0),
        counted_since: Some(ago(86_400)),
        checkpoints_timed: 280,
        checkpoints_requested: 8,
        wal_bytes: Bytes(1 << 30),
        wal_since: Some(ago(86_400)),
    }
}

fn machine() -> Machine {
    Machine { memory: Some(Bytes(16 << 30)), cpus: Some(4), storage: Some(Storage::Ssd) }
}

/// What is said of `name` when it is `value`.
fn advice(name: &str, value: &str, work: &Work, machine: Machine) -> (String, String) {
    let mut settings = defaults();
    let changed = settings.iter_mut().find(|setting| setting.name == name).unwrap();
    changed.setting = value.into();
    if name == "wal_compression" {
        changed.enumvals = vec!["pglz".into(), "lz4".into()];
    }
    let tuning = tune(&settings, Ok(work), machine);
    let tuned = tuning.settings.iter().chain(&tuning.autovacuum).find(|tuned| tuned.setting.name == name).unwrap();
    let said = match &tuned.advice {
        Keep => "keep".to_owned(),
        Set(value) => value.clone(),
        CannotTell => "cannot tell".into(),
    };
    (said, tuned.reason.clone())
}

/// P12.
#[test]
fn every_setting_of_pghero_is_judged_1_10() {
    let tuning = tune(&defaults(), Ok(&quiet()), Machine::default());
    let names: Vec<&str> = tuning.settings.iter().map(|tuned| tuned.setting.name.as_str()).collect();
    assert_eq!(
        names[..16],
        [
            "max_connections",
            "shared_buffers",
            "effective_cache_size",
            "maintenance_work_mem",
            "checkpoint_completion_target",
            "wal_buffers",
            "default_statistics_target",
            "random_page_cost",
            "effective_io_concurrency",
            "work_mem",
            "huge_pages",
            "jit",
            "wal_compression",
            "io_method",
            "min_wal_size",
            "max_wal_size",
        ]
    );
    let names: Vec<&str> = tuning.autovacuum.iter().map(|tuned| tuned.setting.name.as_str()).collect();
    assert_eq!(names[..3], ["autovacuum", "autovacuum_max_workers", "autovacuum_vacuum_cost_limit"]);
    assert_eq!(tuning.version, "18.1");
    // Before 18 there is no io_method.
    let before: Vec<Setting> = defaults().into_iter().filter(|setting| setting.name != "io_method").collect();
    assert_eq!(tune(&before, Ok(&quiet()), Machine::default()).settings.len(), tuning.settings.len() - 1);
}

#[test]
fn what_depends_on_the_machine_cannot_be_told_without_it() {
    let unknown = Machine::default();
    for name in ["shared_buffers", "effective_cache_size", "maintenance_work_mem", "random_page_cost"] {
        let value = defaults().into_iter().find(|setting| setting.name == name).unwrap().setting;
        let (said, why) = advice(name, &value, &quiet(), unknown);
        assert_eq!(said, "cannot tell", "{name}");
        assert!(why.contains("cannot be told without"), "{name}: {why}");
    }
    // What the server did is enough for these.
    let small = Work { database_size: Bytes(100 << 20), ..quiet() };
    assert_eq!(advice("shared_buffers", "16384", &small, unknown).0, "keep");
    let found = Work { blocks_hit: 9_990_000, blocks_read: 10_000, ..quiet() };
    assert_eq!(advice("shared_buffers", "16384", &found, unknown).0, "keep");
    assert_eq!(advice("work_mem", "4096", &quiet(), unknown).0, "keep");
}

#[test]
fn recommendations_are_computed() {
    let spilling = Work { temp_bytes: Bytes(50 << 30), ..quiet() };
    let busy = Work { connections: 95, ..quiet() };
    let bored = Work { connections: 5, ..quiet() };
    let writing = Work { wal_bytes: Bytes(400 << 30), checkpoints_requested: 300, ..quiet() };
    let young = Work { wal_since: Some(ago(60)), counted_since: Some(ago(60)), ..quiet() };
    let large = Work { largest_rows: Some(4e8), ..quiet() };
    let hdd = Machine { storage: Some(Storage::Hdd), ..machine() };
    let cases: [(&str, &str, &Work, Machine, &str); 38] = [
        ("max_connections", "100", &quiet(), machine(), "keep"),
        ("max_connections", "100", &busy, machine(), "150"),
        ("max_connections", "5000", &bored, machine(), "100"),
        ("shared_buffers", "16384", &quiet(), machine(), "4GB"),
        ("shared_buffers", "524288", &quiet(), machine(), "keep"),
        ("effective_cache_size", "524288", &quiet(), machine(), "12GB"),
        ("effective_cache_size", "1572864", &quiet(), machine(), "keep"),
        ("maintenance_work_mem", "65536", &quiet(), machine(), "1GB"),
        ("maintenance_work_mem", "1048576", &quiet(), machine(), "keep"),
        ("checkpoint_completion_target", "0.5", &quiet(), machine(), "0.9"),
        ("wal_buffers", "8", &quiet(), machine(), "-1"),
        ("wal_buffers", "512", &quiet(), machine(), "keep"),
        ("default_statistics_target", "10", &quiet(), machine(), "100"),
        ("random_page_cost", "4", &quiet(), machine(), "1.1"),
        ("random_page_cost", "1.1", &quiet(), machine(), "keep"),
        ("random_page_cost", "1.1", &quiet(), hdd, "4"),
        ("effective_io_concurrency", "16", &quiet(), machine(), "keep"),
        ("effective_io_concurrency", "1", &quiet(), machine(), "200"),
        ("work_mem", "4096", &quiet(), machine(), "keep"),
        ("work_mem", "4096", &spilling, machine(), "54MB"),
        ("work_mem", "4194304", &quiet(), machine(), "54MB"),
        ("work_mem", "4096", &spilling, Machine::default(), "cannot tell"),
        ("huge_pages", "off", &quiet(), machine(), "keep"),
        ("jit", "off", &quiet(), machine(), "keep"),
        ("wal_compression", "off", &quiet(), machine(), "lz4"),
        ("io_method", "sync", &quiet(), machine(), "worker"),
        ("min_wal_size", "80", &quiet(), machine(), "keep"),
        ("min_wal_size", "80", &writing, machine(), "2133MB"),
        ("min_wal_size", "80", &young, machine(), "cannot tell"),
        ("max_wal_size", "1024", &quiet(), machine(), "keep"),
        ("max_wal_size", "1024", &writing, machine(), "3555MB"),
        ("track_io_timing", "off", &quiet(), machine(), "on"),
        ("autovacuum", "off", &quiet(), machine(), "on"),
        ("autovacuum_vacuum_cost_limit", "-1", &quiet(), machine(), "keep"),
        ("autovacuum_vacuum_cost_limit", "-1", &large, machine(), "1000"),
        ("autovacuum_vacuum_cost_delay", "20", &quiet(), machine(), "2ms"),
        ("autovacuum_vacuum_scale_factor", "0.2", &quiet(), machine(), "keep"),
        ("autovacuum_vacuum_scale_factor", "0.2", &large, machine(), "0.02"),
    ];
    for (name, value, work, machine, expected) in cases {
        let (said, why) = advice(name, value, work, machine);
        assert_eq!(said, expected, "{name} = {value}: {why}");
        assert!(why.ends_with(['.', ')']) && !why.contains("  "), "{name}: {why:?}");
    }
    let (_, why) = advice("autovacuum_vacuum_cost_limit", "-1", &quiet(), machine());
    // PgHero shows vacuum_cost_limit where it is what counts: 200 units in 2 ms, 20 a page of 8 kB.
    assert!(why.contains("vacuum_cost_limit, 200") && why.contains("39.1 MB a second"), "{why}");
}

#[test]
fn advice_is_a_statement_and_what_waits_is_told() {
    let mut settings = defaults();
    settings[1].pending_restart = true;
    let missing = Missing::new(Why::Timeout, "too slow");
    let tuning = tune(&settings, Err(&missing), machine());
    assert_eq!(tuning.pending[0].name, "shared_buffers");
    assert_eq!(tuning.unmeasured.as_deref(), Some("too slow"));
    let sql: Vec<String> = tuning.settings.iter().filter_map(model::Tuned::sql).collect();
    assert!(sql.contains(&"ALTER SYSTEM SET random_page_cost = '1.1';".to_owned()), "{sql:?}");
    // A server without statistics is judged by its machine alone, and not by guesses.
    let told = |name: &str| &tuning.settings.iter().find(|tuned| tuned.setting.name == name).unwrap().advice;
    assert_eq!((told("max_connections"), told("max_wal_size")), (&CannotTell, &CannotTell));
}

use dataset::{Database, Dialect, Kind, Migration, row};

const fn step(version: i64, name: &'static str, sql: &'static str, down: &'static str) -> Migration {
    Migration { version, name, postgres: sql, sqlite: sql, mysql: sql, down: Some(down) }
}

const ONE: Migration = step(1, "one", "create table one (id integer primary key)", "drop table one");
const TWO: Migration = step(20, "two", "create table two (id integer primary key)", "drop table two");
const THREE: Migration = step(300, "three", "create table three (id integer primary key)", "drop table three");

async fn tables(db: &Database) -> [bool; 3] {
    [
        db.table_exists("one").await.unwrap(),
        db.table_exists("two").await.unwrap(),
        db.table_exists("three").await.unwrap(),
    ]
}

pub async fn b88_migrations_up_and_down(db: Database) {
    db.migrate(&[ONE, TWO]).await.unwrap();
    db.migrate(&[ONE, TWO]).await.unwrap();
    assert_eq!(tables(&db).await, [true, true, false]);
    db.migrate(&[ONE, TWO, THREE]).await.unwrap();
    assert_eq!(tables(&db).await, [true, true, true]);
    db.migrate_down(&[ONE, TWO, THREE], 1).await.unwrap();
    assert_eq!(tables(&db).await, [true, false, false]);
    // One that was added between two others.
    db.migrate(&[ONE, THREE]).await.unwrap();
    db.migrate(&[ONE, TWO, THREE]).await.unwrap();
    assert_eq!(tables(&db).await, [true, true, true]);
    db.migrate_down(&[ONE, TWO, THREE], 0).await.unwrap();
    assert_eq!(tables(&db).await, [false, false, false]);
}

pub async fn b89_a_failed_migration_keeps_the_last_good_version(db: Database) {
    let broken =
        step(20, "broken", "create table two (id integer primary key); create tabel nonsense (id integer)", "");
    let error = db.migrate(&[ONE, broken, THREE]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Migration);
    assert!(error.message().contains("20") && error.message().contains("broken"), "{error}");
    let [one, two, three] = tables(&db).await;
    assert!(one && !three);
    // MySQL cannot undo the first half.
    assert!(!two || matches!(db.dialect(), Dialect::MySql | Dialect::MariaDb));
    assert_eq!(db.fetch("select max(version) from schema_migrations", []).get::<i64>().await.unwrap(), Some(1));
    // And nothing is locked.
    db.from("one").insert(row! { id: 1 }).await.unwrap();
}

pub async fn b91_migrations_that_do_not_fit(db: Database) {
    db.migrate(&[ONE, TWO]).await.unwrap();
    let kind = async |list: &[Migration]| db.migrate(list).await.unwrap_err();
    let changed = step(20, "two", "create table two (id integer primary key, more integer)", "");
    assert!(kind(&[ONE, changed]).await.message().contains("changed"));
    assert!(kind(&[ONE]).await.message().contains("20"));
    assert_eq!(kind(&[ONE, TWO, TWO]).await.kind(), Kind::Migration);
    assert_eq!(kind(&[TWO, ONE]).await.kind(), Kind::Migration);
    let no_way_back = Migration { down: None, ..TWO };
    assert_eq!(db.migrate_down(&[ONE, no_way_back], 1).await.unwrap_err().kind(), Kind::Migration);
    assert_eq!(tables(&db).await, [true, true, false]);
}

pub async fn b92_two_migrators_at_once(db: Database) {
    let (a, b, c) =
        futures::join!(db.migrate(&[ONE, TWO, THREE]), db.migrate(&[ONE, TWO, THREE]), db.migrate(&[ONE, TWO]));
    assert!(a.is_ok() && b.is_ok(), "{a:?} {b:?}");
    // The third may find that the others know more than it does.
    assert!(c.is_ok() || c.is_err_and(|e| e.kind() == Kind::Migration));
    assert_eq!(tables(&db).await, [true, true, true]);
}

/// What PostgreSQL and SQLite refuse inside a transaction.
const BARE: Migration = Migration {
    version: 2,
    name: "bare",
    postgres: "
        -- no-transaction
        drop index concurrently if exists one_by_id;
        create index concurrently one_by_id on one (id); -- the end",
    sqlite: "-- no-transaction\ncreate index if not exists one_by_id on one (id); vacuum",
    mysql: "-- no-transaction\ncreate index one_by_id on one (id)",
    down: Some("-- no-transaction\ndrop table one"),
};

pub async fn migration_without_a_transaction_runs_what_none_allows(db: Database) {
    let history = [ONE, BARE, THREE];
    let (a, b) = futures::join!(db.migrate(&history), db.migrate(&history));
    // On SQLite two of them may meet.
    assert!(a.is_ok() && (b.is_ok() || db.dialect() == Dialect::Sqlite), "{a:?} {b:?}");
    db.migrate(&history).await.unwrap();
    assert_eq!(db.indexes("one").await.unwrap()[0].name, "one_by_id");
    assert_eq!(tables(&db).await, [true, false, true]);
    // Limits are again as they were, and nothing is locked.
    if db.dialect() == Dialect::Postgres {
        let locks = "select count(*) from pg_locks where locktype = 'advisory' and database = \
                     (select oid from pg_database where datname = current_database())";
        assert_eq!(db.fetch(locks, []).get::<i64>().await.unwrap(), Some(0));
    }
    db.migrate_down(&history, 1).await.unwrap();
    assert_eq!(tables(&db).await, [false, false, false]);
    let broken = Migration { version: 9, postgres: "-- no-transaction\nnonsense", ..BARE };
    let broken = Migration { sqlite: "-- no-transaction\nbegin; nonsense", mysql: "nonsense", ..broken };
    assert_eq!(db.migrate(&[ONE, broken]).await.unwrap_err().kind(), Kind::Migration);
    db.migrate(&[ONE, TWO]).await.unwrap();
}

pub async fn migration_that_failed_halfway_can_be_corrected(db: Database) {
    let broken = step(5, "five", "create table two (id integer primary key); create tabel three (id integer)", "");
    let taken = step(5, "five", "create table two (id integer primary key); create table one (id integer)", "");
    let right = step(
        5,
        "five",
        "create table two (id integer primary key); create table three (id integer)",
        "drop table three; drop table two",
    );
    db.migrate(&[ONE]).await.unwrap();
    assert_eq!(db.migrate(&[ONE, broken]).await.unwrap_err().kind(), Kind::Migration);
    // A table that was there before is not taken for the migration's own, however often it is tried.
    for _ in 0..2 {
        let error = db.migrate(&[ONE, taken]).await.unwrap_err();
        assert!(error.message().contains("exists"), "{error}");
    }
    if matches!(db.dialect(), Dialect::MySql | Dialect::MariaDb) {
        let changed =
            step(5, "five", "create table zero (id integer primary key); create table three (id integer)", "");
        let error = db.migrate(&[ONE, changed]).await.unwrap_err();
        assert!(error.kind() == Kind::Migration && error.message().contains("have changed since"), "{error}");
        let error = db.migrate_down(&[ONE, right], 0).await.unwrap_err();
        assert!(error.message().contains("finish it with `migrate`"), "{error}");
    }
    db.migrate(&[ONE, right]).await.unwrap();
    assert_eq!(tables(&db).await, [true, true, true]);
    db.migrate_down(&[ONE, right], 1).await.unwrap();
    assert_eq!(tables(&db).await, [true, false, false]);
}

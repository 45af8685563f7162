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

use dataset::{Database, Dialect, Kind, Values, col, excluded, row, star};

use super::{Check, checks, five_checks};

pub async fn b38_update_and_delete_tell_how_many(db: Database) {
    five_checks(&db).await;
    let a = db.from("checks").filter(col("kind").eq("a"));
    assert_eq!(a.update(row! { millis: col("millis") * 2 + 1 }).await.unwrap(), 2);
    // Matched rows, changed or not.
    assert_eq!(a.update(row! { kind: "a" }).await.unwrap(), 2);
    assert_eq!(a.update(Values::new()).await.unwrap(), 0);
    assert_eq!(a.clone().order(col("id").asc()).select_map::<f64>("millis").await.unwrap(), [3.0, 7.0]);
    assert_eq!(a.delete().await.unwrap(), 2);
    assert_eq!(db.from("checks").delete().await.unwrap(), 3);
    assert_eq!(db.from("checks").delete().await.unwrap(), 0);
}

pub async fn b38_update_and_delete_with_a_limit(db: Database) {
    five_checks(&db).await;
    let oldest = db.from("checks").order(col("id").asc()).limit(2);
    assert_eq!(oldest.update(row! { kind: "old" }).await.unwrap(), 2);
    assert_eq!(oldest.delete().await.unwrap(), 2);
    assert_eq!(db.from("checks").order(col("id").asc()).select_map::<i64>("id").await.unwrap(), [3, 4, 5]);
    db.execute("create table pairs (a integer not null, b integer not null, primary key (a, b))", []).await.unwrap();
    let pairs = db.from("pairs");
    pairs.multi_insert((0..6).map(|n| row! { a: n / 3, b: n % 3 }).collect()).await.unwrap();
    assert_eq!(pairs.clone().filter(col("a").eq(1)).order(col("b").desc()).limit(2).delete().await.unwrap(), 2);
    assert_eq!(pairs.filter(col("a").eq(1)).select_map::<i64>("b").await.unwrap(), [0]);
}

pub async fn b42_multi_insert_in_slices(db: Database) {
    checks(&db).await;
    let ds = db.from("checks");
    assert_eq!(ds.multi_insert(vec![]).await.unwrap(), 0);
    // 40 000 rows of two values are two statements on PostgreSQL and three on SQLite.
    let rows = (0..40_000).map(|n| row! { kind: "x", millis: f64::from(n) }).collect();
    assert_eq!(ds.multi_insert(rows).await.unwrap(), 40_000);
    assert_eq!(ds.count().await.unwrap(), 40_000);
    // Order of columns is free, their names are not.
    ds.multi_insert(vec![row! { kind: "y", millis: 1 }, row! { millis: 2, kind: "z" }]).await.unwrap();
    assert_eq!(ds.clone().filter(col("kind").eq("z")).get::<f64>("millis").await.unwrap(), Some(2.0));
    let uneven = ds.multi_insert(vec![row! { kind: "y" }, row! { millis: 2 }]).await.unwrap_err();
    assert_eq!(uneven.kind(), Kind::InvalidOperation);
    // All or none: the last slice fails.
    let mut rows: Vec<Values> = (0..40_000).map(|n| row! { id: 100_000 + n, kind: "w" }).collect();
    rows.push(row! { id: 100_000, kind: "w" });
    assert_eq!(ds.multi_insert(rows).await.unwrap_err().kind(), Kind::Unique);
    assert_eq!(ds.clone().filter(col("kind").eq("w")).count().await.unwrap(), 0);
    // A row of defaults.
    assert_eq!(ds.insert_only(Values::new()).await.unwrap(), 1);
}

pub async fn b44_returning_or_a_clear_error(db: Database) {
    checks(&db).await;
    let ds = db.from("checks");
    let inserted = ds.insert_returning::<(i64, String)>(row! { kind: "a" }, &["id", "kind"]).await;
    match db.dialect() {
        Dialect::MySql => assert_eq!(inserted.unwrap_err().kind(), Kind::InvalidOperation),
        _ => assert_eq!(inserted.unwrap(), (1, "a".to_owned())),
    }
    let updated = ds.update_returning::<i64>(row! { millis: 1 }, &["id"]).await;
    match db.dialect() {
        Dialect::MySql | Dialect::MariaDb => assert_eq!(updated.unwrap_err().kind(), Kind::InvalidOperation),
        _ => assert_eq!(updated.unwrap(), [1]),
    }
    let deleted = ds.delete_returning::<String>(&["kind"]).await;
    match db.dialect() {
        Dialect::MySql => assert_eq!(deleted.unwrap_err().kind(), Kind::InvalidOperation),
        _ => assert_eq!(deleted.unwrap(), ["a"]),
    }
}

pub async fn b47_upsert(db: Database) {
    checks(&db).await;
    let ds = db.from("checks");
    ds.upsert(&["id"], row! { id: 1, kind: "a", millis: 1 }).await.unwrap();
    ds.upsert(&["id"], row! { id: 1, kind: "b", millis: 2 }).await.unwrap();
    assert_eq!(ds.rows().await.unwrap().len(), 1);
    assert_eq!(ds.get::<String>("kind").await.unwrap().as_deref(), Some("b"));
    ds.upsert(&["id"], row! { id: 1 }).await.unwrap();
    let rows = (0..30_000).map(|n| row! { id: n, kind: "c", millis: 5 }).collect();
    ds.multi_upsert(&["id"], rows).await.unwrap();
    assert_eq!(ds.clone().filter(col("kind").eq("c")).count().await.unwrap(), 30_000);
    // Adds to what is there.
    let more = vec![row! { id: 1, kind: "d", millis: 10 }, row! { id: 2, kind: "d", millis: 20 }];
    ds.multi_upsert_with(&["id"], more, row! { millis: col(("checks", "millis")) + excluded("millis") }).await.unwrap();
    let two = ds.filter(col("id").is_in([1, 2])).order(col("id").asc());
    let found: Vec<Check> = two.all().await.unwrap();
    assert_eq!(
        found.iter().map(|c| (c.kind.as_deref(), c.millis)).collect::<Vec<_>>(),
        [(Some("c"), 15.0), (Some("c"), 25.0)]
    );
    assert_eq!(db.from("checks").upsert(&[], row! { id: 1 }).await.unwrap_err().kind(), Kind::InvalidOperation);
}

pub async fn b47_insert_ignore(db: Database) {
    checks(&db).await;
    let ds = db.from("checks");
    assert_eq!(ds.insert_ignore(row! { id: 1, kind: "a" }).await.unwrap(), 1);
    assert_eq!(ds.insert_ignore(row! { id: 1, kind: "b" }).await.unwrap(), 0);
    assert_eq!(ds.get::<String>("kind").await.unwrap().as_deref(), Some("a"));
    // Only a conflict is ignored.
    let null = ds.insert_ignore(row! { id: 2, millis: None::<f64> }).await.unwrap_err();
    assert_eq!(null.kind(), Kind::NotNull);
    assert_eq!(ds.get::<i64>(star().count()).await.unwrap(), Some(1));
}

pub async fn b48_strings_and_bytes_come_back(db: Database) {
    db.execute_script(match db.dialect() {
        Dialect::Postgres => "create table things (id integer primary key, t text, b bytea)",
        Dialect::Sqlite => "create table things (id integer primary key, t text, b blob)",
        _ => "create table things (id integer primary key, t longtext character set utf8mb4, b longblob)",
    })
    .await
    .unwrap();
    let ds = db.from("things");
    let texts = [
        "",
        "'",
        "''",
        "\\",
        "\\'",
        "\"",
        "`",
        "%_",
        "?",
        "$1",
        ":x",
        "é漢😀",
        "a\nb\r\n\t",
        "; drop table things; --",
        "NULL",
    ];
    for (id, text) in (1_i64..).zip(texts) {
        let bytes: Vec<u8> = text.bytes().chain([0, 0xFF, 0x27]).collect();
        ds.insert(row! { id: id, t: text, b: bytes.clone() }).await.unwrap();
        let one = ds.clone().filter(col("t").eq(text) & col("b").eq(bytes.clone()));
        assert_eq!(one.get::<i64>("id").await.unwrap(), Some(id), "{text:?}");
        let back: (String, Vec<u8>) =
            ds.clone().filter(col("id").eq(id)).select(["t", "b"]).first().await.unwrap().unwrap();
        assert_eq!(back, (text.to_owned(), bytes));
    }
    ds.insert(row! { id: 99, b: Vec::<u8>::new() }).await.unwrap();
    assert_eq!(ds.filter(col("id").eq(99)).get::<Vec<u8>>("b").await.unwrap(), Some(vec![]));
}

use std::{collections::HashMap, pin::pin};

use dataset::{Database, Dialect, Kind, Table, Value, col, row, star};
use futures::TryStreamExt;

use super::{Check, checks, five_checks};

pub async fn b01_b02_keys_are_sequential_and_returned(db: Database) {
    checks(&db).await;
    let ds = db.from("checks");
    let first = ds.insert(row! { kind: "a", millis: 1.0 }).await.unwrap();
    let second = ds.insert(row! { kind: "b", millis: 2.0 }).await.unwrap();
    assert_eq!((first, second), (1, 2));
    assert_eq!(ds.insert(row! { id: 40, kind: "c" }).await.unwrap(), 40);
    assert_eq!(ds.insert_only(row! { id: 41 }).await.unwrap(), 1);

    db.execute("create table words (word varchar(20) primary key)", []).await.unwrap();
    let error = db.from("words").insert(row! { word: "x" }).await.unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidOperation);
    assert_eq!(db.from("words").insert_only(row! { word: "x" }).await.unwrap(), 1);
    assert_eq!(db.from("nowhere").insert(row! { x: 1 }).await.unwrap_err().kind(), Kind::UndefinedObject);
}

pub async fn b03_nulls_stand_where_they_are_told(db: Database) {
    five_checks(&db).await;
    let kinds = async |order| {
        db.from("checks").order([order, col("id").asc()]).select_map::<Option<String>>("kind").await.unwrap()
    };
    let last = kinds(col("kind").asc().nulls_last()).await;
    assert_eq!(
        last.iter().map(Option::as_deref).collect::<Vec<_>>(),
        [Some("a"), Some("a"), Some("b"), Some("c"), None]
    );
    assert_eq!(kinds(col("kind").asc().nulls_first()).await[0], None);
    assert_eq!(kinds(col("kind").desc().nulls_first()).await[0], None);
    assert_eq!(kinds(col("kind").desc().nulls_last()).await[4], None);
}

pub async fn b04_join_and_left_join(db: Database) {
    five_checks(&db).await;
    db.execute("create table kinds (name varchar(20) primary key, weight integer not null)", []).await.unwrap();
    db.from("kinds").multi_insert(vec![row! { name: "a", weight: 10 }, row! { name: "b", weight: 20 }]).await.unwrap();
    let on = || col(("kinds", "name")).eq(col(("checks", "kind")));
    let inner = db
        .from("checks")
        .join("kinds", on())
        .select([("checks", "id"), ("kinds", "weight")])
        .order(col(("checks", "id")).asc());
    assert_eq!(inner.all::<(i64, i64)>().await.unwrap(), [(1, 10), (2, 20), (3, 10)]);
    let left = db.from("checks").left_join("kinds", on()).filter(col(("kinds", "name")).is_null());
    assert_eq!(left.count().await.unwrap(), 2);
    // With itself, under another name.
    let twins = db
        .from(Table::from("checks").as_("x"))
        .join(
            Table::from("checks").as_("y"),
            col(("x", "kind")).eq(col(("y", "kind"))) & col(("x", "id")).lt(col(("y", "id"))),
        )
        .select([("x", "id"), ("y", "id")]);
    assert_eq!(twins.all::<(i64, i64)>().await.unwrap(), [(1, 3)]);
}

pub async fn b06_rows_arrive_as_read(db: Database) {
    five_checks(&db).await;
    let mut stream = pin!(db.from("checks").order(col("id").asc()).stream::<Check>());
    let mut seen = 0;
    while let Some(check) = stream.try_next().await.unwrap() {
        seen += 1;
        assert_eq!((check.id, check.millis), (seen, seen as f64));
    }
    assert_eq!(seen, 5);
}

pub async fn b08_a_stream_left_early_leaves_the_connection_usable(db: Database) {
    checks(&db).await;
    let rows = (0..2000).map(|n| row! { kind: "x", millis: f64::from(n) }).collect();
    db.from("checks").multi_insert(rows).await.unwrap();
    for _ in 0..20 {
        let mut stream = Box::pin(db.from("checks").stream::<Check>());
        assert!(stream.try_next().await.unwrap().is_some());
        drop(stream);
    }
    assert_eq!(db.from("checks").count().await.unwrap(), 2000);
}

pub async fn b09_first_and_single_value(db: Database) {
    five_checks(&db).await;
    let ds = db.from("checks").order(col("id").desc());
    assert_eq!(ds.first::<Check>().await.unwrap().map(|c| c.id), Some(5));
    assert_eq!(ds.clone().filter(col("id").eq(99)).first::<Check>().await.unwrap(), None);
    assert_eq!(ds.get::<i64>("id").await.unwrap(), Some(5));
    assert_eq!(ds.clone().filter(col("id").eq(4)).get::<String>("kind").await.unwrap(), None);
    assert_eq!(ds.clone().limit(0).first::<Check>().await.unwrap(), None);
    assert_eq!(ds.get::<f64>(col("millis") + 1).await.unwrap(), Some(6.0));
}

pub async fn b10_limit_and_offset(db: Database) {
    five_checks(&db).await;
    let ids = db.from("checks").order(col("id").asc());
    assert_eq!(ids.clone().limit(2).select_map::<i64>("id").await.unwrap(), [1, 2]);
    assert_eq!(ids.clone().limit(2).offset(1).select_map::<i64>("id").await.unwrap(), [2, 3]);
    assert_eq!(ids.clone().offset(3).select_map::<i64>("id").await.unwrap(), [4, 5]);
    assert_eq!(db.from("checks").offset(3).count().await.unwrap(), 2);
    assert_eq!(ids.clone().limit(u64::MAX).count().await.unwrap(), 5);
    let joined = db
        .from(Table::from("checks").as_("x"))
        .join(Table::from("checks").as_("y"), col(("x", "id")).eq(col(("y", "id"))))
        .order(col(("x", "id")).asc())
        .select([("x", "id")])
        .offset(4);
    assert_eq!(joined.all::<i64>().await.unwrap(), [5]);
}

pub async fn b11_limit_in_subselect_and_from_self(db: Database) {
    five_checks(&db).await;
    let two = db.from("checks").order(col("id").desc()).limit(2).select(["id"]);
    let chosen = db.from("checks").filter(col("id").is_in_dataset(two)).order(col("id").asc());
    assert_eq!(chosen.select_map::<i64>("id").await.unwrap(), [4, 5]);
    let nested =
        db.from("checks").order(col("id").asc()).limit(4).from_self().order(col("id").desc()).limit(2).from_self();
    assert_eq!(nested.order(col("id").asc()).limit(1).select_map::<i64>("id").await.unwrap(), [3]);
}

pub async fn b12_aliases(db: Database) {
    five_checks(&db).await;
    let row = db
        .from("checks")
        .select_as(col("millis").max(), "top")
        .select_as(star().count(), "n")
        .rows()
        .await
        .unwrap()
        .remove(0);
    assert_eq!(row.names(), ["top", "n"]);
    assert_eq!((row.get("top").and_then(Value::as_f64), row.get("n").and_then(Value::as_i64)), (Some(5.0), Some(5)));
    assert_eq!(row.get("nothing"), None);
}

pub async fn b13_booleans_as_filters(db: Database) {
    db.execute("create table flags (id integer primary key, up boolean)", []).await.unwrap();
    let ds = db.from("flags");
    ds.multi_insert(vec![row! { id: 1, up: true }, row! { id: 2, up: false }, row! { id: 3, up: None::<bool> }])
        .await
        .unwrap();
    assert_eq!(ds.clone().filter(col("up").eq(true)).select_map::<i64>("id").await.unwrap(), [1]);
    assert_eq!(ds.clone().filter(col("up")).select_map::<i64>("id").await.unwrap(), [1]);
    assert_eq!(ds.clone().exclude(col("up")).select_map::<i64>("id").await.unwrap(), [2]);
    let read = ds.clone().order(col("id").asc()).select_map::<Option<bool>>("up").await.unwrap();
    assert_eq!(read, [Some(true), Some(false), None]);
    assert_eq!(ds.clone().filter(col("id").eq(1)).or(col("id").eq(3)).count().await.unwrap(), 2);
}

pub async fn b14_odd_names(db: Database) {
    let names = [
        "a b",
        "it's",
        "say \"x\"",
        "tick`s",
        "br[ack]et",
        "back\\slash",
        "ünï",
        "a; drop table checks",
        "?",
        "$1",
        "select",
    ];
    five_checks(&db).await;
    for name in names {
        let renamed = db.from("checks").select_as(col("id"), name).from_self();
        assert_eq!(renamed.get::<i64>(col(name).max()).await.unwrap(), Some(5), "{name}");
        assert_eq!(renamed.filter(col(name).gt(3)).rows().await.unwrap()[0].names(), [name]);
    }
    db.execute_script(match db.dialect() {
        Dialect::MySql | Dialect::MariaDb => "create table `ta``b\"le` (`co\"l` integer primary key)",
        _ => "create table \"ta`b\"\"le\" (\"co\"\"l\" integer primary key)",
    })
    .await
    .unwrap();
    let odd = db.from("ta`b\"le");
    assert_eq!(odd.insert_only(row! { "co\"l": 7 }).await.unwrap(), 1);
    assert_eq!(odd.insert(row! { "co\"l": 8 }).await.unwrap(), 8);
    assert_eq!(odd.filter(col("co\"l").eq(7)).get::<i64>("co\"l").await.unwrap(), Some(7));
}

pub async fn b15_count_of_what_is_left(db: Database) {
    five_checks(&db).await;
    let ds = db.from("checks");
    assert_eq!(ds.count().await.unwrap(), 5);
    assert_eq!(ds.clone().order(col("id").asc()).count().await.unwrap(), 5);
    assert_eq!(ds.clone().limit(3).count().await.unwrap(), 3);
    assert_eq!(ds.clone().offset(4).count().await.unwrap(), 1);
    assert_eq!(ds.clone().select(["kind"]).distinct().count().await.unwrap(), 4);
    assert_eq!(ds.clone().select(["kind"]).group(["kind"]).count().await.unwrap(), 4);
    assert_eq!(ds.clone().union_all(ds.clone()).count().await.unwrap(), 10);
}

pub async fn b37_four_tasks_iterate_at_once(db: Database) {
    checks(&db).await;
    let rows = (0..500).map(|n| row! { kind: "x", millis: f64::from(n) }).collect();
    db.from("checks").multi_insert(rows).await.unwrap();
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let ds = db.from("checks").order(col("id").asc());
            tokio::spawn(async move {
                ds.stream::<Check>().try_fold(0.0, |sum, c| async move { Ok(sum + c.millis) }).await.unwrap()
            })
        })
        .collect();
    for task in tasks {
        assert!((task.await.unwrap() - 124_750.0).abs() < f64::EPSILON);
    }
}

pub async fn b94_pages(db: Database) {
    five_checks(&db).await;
    let ds = db.from("checks").order(col("id").asc());
    let page = ds.page::<Check>(2, 2).await.unwrap();
    assert_eq!(page.rows.iter().map(|c| c.id).collect::<Vec<_>>(), [3, 4]);
    assert_eq!((page.total, page.pages(), page.next(), page.previous()), (5, 3, Some(3), Some(1)));
    assert_eq!(ds.page::<Check>(9, 2).await.unwrap().rows, []);
    assert_eq!(ds.limit(3).page::<Check>(2, 2).await.unwrap().rows.len(), 1);
    let hash: HashMap<i64, f64> = db.from("checks").select_hash("id", "millis").await.unwrap();
    assert_eq!(hash[&4], 4.0);
}

//! What decides which rows a write hits is what the table has now.

use dataset::{Database, Dialect, col, lit, row};

/// `codes` with one key, used and replaced by one with another key: three rows of the same code.
async fn replaced(db: &Database) {
    db.execute("create table codes (id integer, code integer not null primary key)", []).await.unwrap();
    let codes = db.from("codes");
    codes.insert_only(row! { id: 1, code: 1 }).await.unwrap();
    codes.insert(row! { id: 2, code: 2 }).await.unwrap();
    codes.clone().order(col("code").asc()).limit(1).update(row! { id: 3 }).await.unwrap();
    codes.order(col("code").asc()).limit(1).delete().await.unwrap();
    db.execute("drop table codes", []).await.unwrap();
    db.execute("create table codes (id integer not null primary key, code integer)", []).await.unwrap();
    db.from("codes").multi_insert((1..=4).map(|id| row! { id: id, code: id / 4 }).collect()).await.unwrap();
}

async fn ids(db: &Database) -> Vec<i64> {
    db.from("codes").order(col("id").asc()).select_map("id").await.unwrap()
}

pub async fn limited_writes_after_a_key_change_hit_their_rows_only(db: Database) {
    replaced(&db).await;
    let first = db.from("codes").order([col("code").asc(), col("id").asc()]).limit(1);
    assert_eq!(first.update(row! { code: 0 }).await.unwrap(), 1);
    assert_eq!(first.delete().await.unwrap(), 1);
    assert_eq!(ids(&db).await, [2, 3, 4]);
    let second = db.from("codes").order([col("code").asc(), col("id").asc()]).limit(1).offset(1);
    assert_eq!(second.update(row! { code: 0 }).await.unwrap(), 1);
    assert_eq!(second.delete().await.unwrap(), 1);
    assert_eq!(ids(&db).await, [2, 4]);
    db.execute("create table wanted (id integer)", []).await.unwrap();
    db.from("wanted").multi_insert(vec![row! { id: 4 }, row! { id: 9 }]).await.unwrap();
    let joined = db.from("codes").join("wanted", col(("wanted", "id")).eq(col(("codes", "id"))));
    assert_eq!(joined.delete().await.unwrap(), 1);
    assert_eq!(ids(&db).await, [2]);
}

pub async fn limited_writes_hit_rows_that_no_key_tells_apart(db: Database) {
    db.execute("create table loose (n integer, note varchar(10))", []).await.unwrap();
    let loose = db.from("loose");
    loose.multi_insert((0..6).map(|n| row! { n: n / 3, note: None::<&str> }).collect()).await.unwrap();
    let first = loose.clone().order([col("n").asc(), col("note").asc().nulls_last()]).limit(2);
    assert_eq!(first.update(row! { note: "x" }).await.unwrap(), 2);
    assert_eq!(loose.clone().filter(col("note").eq("x")).select_map::<i64>("n").await.unwrap(), [0, 0]);
    assert_eq!(first.delete().await.unwrap(), 2);
    assert_eq!(loose.clone().filter(col("note").is_null()).count().await.unwrap(), 4);
    // A key that holds NULLs tells nothing apart either.
    if db.dialect() == Dialect::Sqlite {
        db.execute("create table nulls (a text primary key, b integer)", []).await.unwrap();
        db.from("nulls").multi_insert((0..3).map(|n| row! { b: n }).collect()).await.unwrap();
        assert_eq!(db.from("nulls").order(col("b").asc()).limit(2).delete().await.unwrap(), 2);
    }
}

pub async fn insert_after_a_key_change_returns_the_new_key(db: Database) {
    super::checks(&db).await;
    let checks = db.from("checks");
    assert_eq!(checks.insert(row! { kind: "a" }).await.unwrap(), 1);
    db.execute("alter table checks rename column id to number", []).await.unwrap();
    assert_eq!(checks.insert(row! { kind: "b" }).await.unwrap(), 2);
    assert_eq!(checks.insert(row! { number: 7, kind: "c" }).await.unwrap(), 7);
    assert_eq!(checks.multi_insert_keys(vec![row! { number: 8 }, row! { number: 20 }]).await.unwrap(), [8, 20]);
    // Another table under the same name: its key is another column, and `number` is still there.
    db.execute("drop table checks", []).await.unwrap();
    db.execute("create table checks (number integer, id integer not null primary key)", []).await.unwrap();
    assert_eq!(checks.insert(row! { number: 5, id: 6 }).await.unwrap(), 6);
}

pub async fn limited_writes_of_many_tasks_share_no_row(db: Database) {
    super::checks(&db).await;
    let checks = db.from("checks");
    checks.multi_insert((0..40).map(|n| row! { millis: n }).collect()).await.unwrap();
    let claim = |db: Database, task: i64| async move {
        let free = db.from("checks").filter(col("kind").is_null()).order(col("id").asc()).limit(1);
        let mut claimed = 0;
        while db.from("checks").filter(col("kind").is_null()).exists().await.unwrap() {
            claimed += free.update(row! { kind: task.to_string(), millis: lit("millis + 100", []) }).await.unwrap();
        }
        claimed
    };
    let tasks: Vec<_> = (0..4).map(|task| tokio::spawn(claim(db.clone(), task))).collect();
    let mut claimed = 0;
    for task in tasks {
        claimed += task.await.unwrap();
    }
    assert_eq!(claimed, 40);
    // No row was claimed a second time.
    assert_eq!(checks.clone().filter(col("millis").gte(200)).count().await.unwrap(), 0);
    let take = |db: Database| async move {
        let mut taken = 0;
        loop {
            match db.from("checks").order(col("id").asc()).limit(1).delete().await.unwrap() {
                0 if db.from("checks").count().await.unwrap() == 0 => return taken,
                n => taken += n,
            }
        }
    };
    let tasks: Vec<_> = (0..4).map(|_| tokio::spawn(take(db.clone()))).collect();
    let mut taken = 0;
    for task in tasks {
        taken += task.await.unwrap();
    }
    assert_eq!((taken, checks.count().await.unwrap()), (40, 0));
}

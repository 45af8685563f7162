use dataset::{Database, Dialect, Kind, TxOptions, col, exists, row, subquery};

use super::five_checks;

/// The five checks, and `kinds(name, weight)` with a 10, b 20, z 90.
async fn kinds(db: &Database) {
    five_checks(db).await;
    db.execute("create table kinds (name varchar(20) primary key, weight integer not null)", []).await.unwrap();
    let rows = [("a", 10), ("b", 20), ("z", 90)].map(|(name, weight)| row! { name: name, weight: weight });
    db.from("kinds").multi_insert(rows.to_vec()).await.unwrap();
}

pub async fn b04_every_kind_of_join(db: Database) {
    kinds(&db).await;
    let on = || col(("kinds", "name")).eq(col(("checks", "kind")));
    let pairs = [col(("checks", "id")), col(("kinds", "weight"))];
    let order = || [col(("checks", "id")).asc().nulls_last(), col(("kinds", "weight")).asc()];
    let checks = || db.from("checks").select(pairs.clone()).order(order());
    let right: Vec<(Option<i64>, i64)> = checks().right_join("kinds", on()).all().await.unwrap();
    assert_eq!(right, [(Some(1), 10), (Some(2), 20), (Some(3), 10), (None, 90)]);
    let cross = db.from("checks").cross_join("kinds");
    assert_eq!(cross.count().await.unwrap(), 15);
    let full = checks().full_join("kinds", on());
    if matches!(db.dialect(), Dialect::MySql | Dialect::MariaDb) {
        assert_eq!(full.rows().await.unwrap_err().kind(), Kind::InvalidOperation);
    } else {
        let full: Vec<(Option<i64>, Option<i64>)> = full.all().await.unwrap();
        assert_eq!(full.len(), 6);
        assert_eq!(full[5], (None, Some(90)));
    }
    db.execute("create table notes (id integer primary key, note varchar(20))", []).await.unwrap();
    db.from("notes").multi_insert(vec![row! { id: 1, note: "one" }, row! { id: 5, note: "five" }]).await.unwrap();
    let notes = db.from("checks").join_using("notes", ["id"]).filter(col("note").ne("x")).order(col("id").asc());
    // The column is there once, so a plain name means it.
    let both: Vec<(i64, String)> = notes.clone().select(["id", "note"]).all().await.unwrap();
    assert_eq!(both, [(1, "one".to_owned()), (5, "five".to_owned())]);
    assert_eq!(notes.rows().await.unwrap()[0].names().iter().filter(|n| *n == "id").count(), 1);
    let named = db.from("checks").left_join_using("notes", ["id"]).select([col("note").coalesce("-").as_("n o\"te")]);
    assert_eq!(named.order(col("id").asc()).all::<String>().await.unwrap(), ["one", "-", "-", "-", "five"]);
    assert_eq!(db.from("checks").natural_join("notes").count().await.unwrap(), 2);
}

pub async fn b05_lateral_or_a_clear_error(db: Database) {
    kinds(&db).await;
    let worst = db
        .from("checks")
        .filter(col(("checks", "kind")).eq(col(("kinds", "name"))))
        .order(col("millis").desc())
        .limit(1);
    let joined = db
        .from("kinds")
        .left_join_lateral(worst, "worst")
        .select([("kinds", "name"), ("worst", "id")])
        .order(col(("kinds", "name")).asc());
    let rows = joined.all::<(String, Option<i64>)>().await;
    if matches!(db.dialect(), Dialect::Postgres | Dialect::MySql) {
        assert_eq!(rows.unwrap(), [("a".to_owned(), Some(3)), ("b".to_owned(), Some(2)), ("z".to_owned(), None)]);
    } else {
        assert_eq!(rows.unwrap_err().kind(), Kind::InvalidOperation);
    }
}

pub async fn b23_exists_as_a_condition(db: Database) {
    kinds(&db).await;
    let checked = db.from("checks").filter(col(("checks", "kind")).eq(col(("kinds", "name"))));
    let names = async |condition| {
        let names: Vec<String> =
            db.from("kinds").filter(condition).order(col("name").asc()).select_map("name").await.unwrap();
        names
    };
    assert_eq!(names(exists(checked.clone())).await, ["a", "b"]);
    assert_eq!(names(!exists(checked.clone())).await, ["z"]);
    let worst = checked.select([col("millis").max()]);
    let all: Vec<(String, Option<f64>)> = db
        .from("kinds")
        .select(["name"])
        .select_as(subquery(worst), "worst")
        .order(col("name").asc())
        .all()
        .await
        .unwrap();
    assert_eq!(all, [("a".to_owned(), Some(3.0)), ("b".to_owned(), Some(2.0)), ("z".to_owned(), None)]);
}

pub async fn b38_update_and_delete_of_joins(db: Database) {
    kinds(&db).await;
    let on = || col(("kinds", "name")).eq(col(("checks", "kind")));
    let heavy = db.from("checks").join("kinds", on()).filter(col(("kinds", "weight")).lt(15));
    assert_eq!(heavy.update(row! { millis: col(("kinds", "weight")) * 2.0 }).await.unwrap(), 2);
    let millis: Vec<f64> = db.from("checks").order(col("id").asc()).select_map("millis").await.unwrap();
    assert_eq!(millis, [20.0, 2.0, 20.0, 4.0, 5.0]);
    let outer = db.from("checks").left_join("kinds", on());
    assert_eq!(outer.update(row! { millis: 1 }).await.unwrap_err().kind(), Kind::InvalidOperation);
    // A delete takes any join, on every database.
    assert_eq!(outer.filter(col(("kinds", "name")).is_null()).delete().await.unwrap(), 2);
    assert_eq!(heavy.limit(1).order(col(("checks", "id")).asc()).delete().await.unwrap(), 1);
    assert_eq!(db.from("checks").order(col("id").asc()).select_map::<i64>("id").await.unwrap(), [2, 3]);
    assert_eq!(db.from("kinds").count().await.unwrap(), 3);
}

pub async fn b45_cte_in_insert_update_and_delete(db: Database) {
    kinds(&db).await;
    let slow = || db.from("checks").filter(col("millis").gt(3)).select(["id", "kind", "millis"]);
    let in_slow = || col("id").is_in_dataset(db.from("slow").select(["id"]));
    let update = db.from("checks").with("slow", slow()).filter(in_slow());
    assert_eq!(update.update(row! { kind: "slow" }).await.unwrap(), 2);
    let copy = db.from("slow").with("slow", slow()).select(["kind", "millis"]);
    assert_eq!(db.from("checks").insert_from(["kind", "millis"], &copy).await.unwrap(), 2);
    assert_eq!(db.from("checks").filter(col("kind").eq("slow")).count().await.unwrap(), 4);
    assert_eq!(db.from("checks").with("slow", slow()).filter(in_slow()).delete().await.unwrap(), 4);
    assert_eq!(db.from("checks").count().await.unwrap(), 3);
    let misfit = db.from("checks").insert_from(["kind"], &copy).await.unwrap_err();
    assert_eq!(misfit.kind(), Kind::InvalidOperation);
}

pub async fn b36_nowait_is_a_lock_timeout(db: Database) {
    five_checks(&db).await;
    if db.dialect() == Dialect::Sqlite {
        assert_eq!(db.from("checks").nowait().rows().await.unwrap_err().kind(), Kind::InvalidOperation);
        assert_eq!(db.from("checks").for_share().rows().await.unwrap_err().kind(), Kind::InvalidOperation);
        return;
    }
    let other = db.clone();
    let outcome = db.transaction(TxOptions::default(), |tx| {
        let other = other.clone();
        async move {
            tx.from("checks").filter(col("id").eq(1)).for_update().rows().await?;
            let taken = other.transaction(TxOptions::default(), |tx| async move {
                tx.from("checks").filter(col("id").eq(1)).nowait().rows().await
            });
            assert_eq!(taken.await.unwrap_err().kind(), Kind::LockTimeout);
            // Who only reads may share.
            let shared = |db: Database| async move {
                let share =
                    |tx: dataset::Tx| async move { tx.from("checks").filter(col("id").eq(2)).for_share().rows().await };
                db.transaction(TxOptions::default(), share).await
            };
            tx.from("checks").filter(col("id").eq(2)).for_share().rows().await?;
            assert_eq!(shared(other).await?.len(), 1);
            Ok(())
        }
    });
    outcome.await.unwrap();
}

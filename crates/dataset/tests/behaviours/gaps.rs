//! What one database has and another lacks, on the databases themselves: the right rows, or `InvalidOperation` before
//! anything is sent. What only MySQL does differently from MariaDB is in `text.rs`.

use dataset::{
    Database, Dataset, Dialect, Error, Kind, Result, Table, TxOptions, Values, col, excluded, lit, row, star, val,
};

use super::five_checks;

/// The rows there should be, or the refusal there should be.
fn right_or_refused<T: PartialEq + std::fmt::Debug>(what: &str, outcome: Result<T>, has_it: bool, right: T) {
    match outcome {
        Ok(got) => {
            assert!(has_it, "{what}: {got:?} instead of a refusal");
            assert_eq!(got, right, "{what}");
        }
        Err(e) => {
            assert_eq!(e.kind(), Kind::InvalidOperation, "{what}: {e:?}");
            assert!(!has_it, "{what}: {e}");
        }
    }
}

async fn ids(ds: Dataset) -> Result<Vec<i64>> {
    ds.select_map("id").await
}

/// Every row of the table of gaps that the public API can ask for; there is no `= ANY(query)`, no ALTER and no index here.
pub async fn b97_every_row_of_the_gap_table(db: Database) {
    five_checks(&db).await;
    let dialect = db.dialect();
    let (pg, sqlite) = (dialect == Dialect::Postgres, dialect == Dialect::Sqlite);
    let mysql = !pg && !sqlite;
    let t = || db.from("checks").order(col("id").asc());

    right_or_refused("FOR UPDATE", ids(t().for_update()).await, !sqlite, vec![1, 2, 3, 4, 5]);
    right_or_refused("SKIP LOCKED", ids(t().skip_locked()).await, !sqlite, vec![1, 2, 3, 4, 5]);
    right_or_refused("NOWAIT", ids(t().nowait()).await, !sqlite, vec![1, 2, 3, 4, 5]);
    let by_kind = || db.from("checks").filter(col("kind").is_not_null()).order([col("kind").asc(), col("id").desc()]);
    right_or_refused("DISTINCT ON", ids(by_kind().distinct_on(["kind"])).await, pg, vec![3, 2, 5]);
    // The later of the two counts, as everywhere.
    right_or_refused("DISTINCT, then ON", ids(by_kind().distinct().distinct_on(["kind"])).await, pg, vec![3, 2, 5]);
    assert_eq!(t().distinct_on(["kind"]).distinct().count().await.unwrap(), 5);
    right_or_refused("OFFSET alone", ids(t().offset(3)).await, true, vec![4, 5]);
    let union = || t().select(["id"]).limit(2).union_all(t().select(["id"]).offset(4)).order(col("id").asc());
    right_or_refused("UNION of limits", ids(union()).await, true, vec![1, 2, 5]);
    let twin = || Table::from("checks").as_("twin");
    let on = || col(("checks", "id")).eq(col(("twin", "id")) + 3);
    let full = db.from("checks").full_join(twin(), on()).count().await;
    right_or_refused("FULL JOIN", full, !mysql, 8);
    let limited = ids(t().filter(col("id").is_in_dataset(t().limit(2).select(["id"])))).await;
    right_or_refused("IN a limited query", limited, true, vec![1, 2]);
    let lateral = t().join_lateral(db.from("checks").select_as(star().count(), "n"), "l").count().await;
    right_or_refused("LATERAL", lateral, pg || dialect == Dialect::MySql, 5);

    let left = async |what: &str, want: Vec<i64>| {
        assert_eq!(ids(t()).await.unwrap(), want, "after {what}");
    };
    let returned = db.from("checks").insert_returning::<i64>(row! { id: 6 }, &["id"]).await;
    right_or_refused("INSERT RETURNING", returned, dialect != Dialect::MySql, 6);
    let six = || db.from("checks").filter(col("id").eq(6));
    right_or_refused(
        "UPDATE RETURNING",
        six().update_returning(row! { millis: 6 }, &["id"]).await,
        !mysql,
        vec![6_i64],
    );
    right_or_refused("DELETE RETURNING", six().delete_returning(&["id"]).await, dialect != Dialect::MySql, vec![6_i64]);
    left("RETURNING", vec![1, 2, 3, 4, 5]).await;

    let rows = vec![row! { id: 1, millis: 50 }, row! { id: 5, millis: 50 }];
    let small = col(("checks", "millis")).lt(3);
    let set = row! { millis: excluded("millis") };
    let upserted = db.from("checks").multi_upsert_where(&["id"], rows, set, small).await;
    right_or_refused("ON CONFLICT ... WHERE", upserted.map(drop), !mysql, ());
    let millis: Vec<f64> = t().select_map("millis").await.unwrap();
    assert_eq!(millis, [if mysql { 1.0 } else { 50.0 }, 2.0, 3.0, 4.0, 5.0]);
    let ignored = db.from("checks").insert_ignore(row! { id: 1, kind: "other" }).await;
    right_or_refused("DO NOTHING", ignored, true, 0);
    right_or_refused("UPDATE ... LIMIT", t().limit(2).update(row! { kind: "low" }).await, true, 2);
    right_or_refused("UPDATE ... LIMIT", ids(t().filter(col("kind").eq("low"))).await, true, vec![1, 2]);
    right_or_refused("DELETE ... LIMIT", t().reverse().limit(2).delete().await, true, 2);
    left("DELETE ... LIMIT", vec![1, 2, 3]).await;
    let renamed = db.from(Table::from("checks").as_("c")).filter(col(("c", "id")).eq(3));
    right_or_refused("DELETE under another name", renamed.delete().await, true, 1);
    left("DELETE under another name", vec![1, 2]).await;

    right_or_refused("UPDATE of nothing", t().update(Values::new()).await, true, 0);
    right_or_refused("INSERT of nothing", t().multi_insert(vec![]).await, true, 0);
    let beyond = db.from("checks").filter(col("id").lt(u64::MAX)).count().await;
    match beyond {
        Ok(count) => assert!(mysql && count == 2),
        Err(e) => assert!(!mysql && e.kind() == Kind::InvalidValue, "{e}"),
    }
    let replaced = db.from("checks").replace(row! { id: 2, kind: "new" }).await.map(drop);
    right_or_refused("REPLACE", replaced, !pg, ());
    db.from("checks").truncate().await.unwrap();
    left("TRUNCATE", vec![]).await;
}

/// A clause that a statement has no place for is refused, not left out.
pub async fn b97_nothing_is_left_out_of_a_write(db: Database) {
    five_checks(&db).await;
    let t = || db.from("checks");
    let joined = || t().join(Table::from("checks").as_("twin"), col(("checks", "id")).eq(col(("twin", "id"))));
    let refused = |what: &str, outcome: Result<()>| {
        assert_eq!(outcome.unwrap_err().kind(), Kind::InvalidOperation, "{what}");
    };
    refused("truncate of a join", joined().truncate().await);
    refused("truncate of a filter", t().filter(col("id").eq(1)).truncate().await);
    refused("truncate of a limit", t().limit(1).truncate().await);
    refused("truncate of names", t().with("w", t()).truncate().await);
    refused("insert into a join", joined().insert_only(row! { id: 9 }).await.map(drop));
    refused("insert into a group", t().group(["kind"]).insert_only(row! { id: 9 }).await.map(drop));
    refused("insert into a union", t().union(t()).insert_only(row! { id: 9 }).await.map(drop));
    refused("insert into distinct rows", t().distinct().insert_from(["id"], &t().select(["id"])).await.map(drop));
    refused("update of a group", t().group(["kind"]).update(row! { millis: 0 }).await.map(drop));
    refused("delete of distinct rows", t().distinct().delete().await.map(drop));
    refused("update of an outer join", t().natural_join("checks").update(row! { millis: 0 }).await.map(drop));
    assert_eq!(t().get::<f64>(col("millis").sum()).await.unwrap(), Some(15.0));
    assert_eq!(t().count().await.unwrap(), 5);
}

/// Counting looks at no column: two tables of a join may call theirs the same.
pub async fn b15_count_of_a_limited_join(db: Database) {
    five_checks(&db).await;
    let twins = db
        .from("checks")
        .join(Table::from("checks").as_("twin"), col(("checks", "kind")).eq(col(("twin", "kind"))))
        .order([col(("checks", "id")).asc(), col(("twin", "id")).asc()]);
    assert_eq!(twins.count().await.unwrap(), 6);
    assert_eq!(twins.clone().limit(4).count().await.unwrap(), 4);
    assert_eq!(twins.clone().offset(4).count().await.unwrap(), 2);
    assert!(twins.clone().offset(5).exists().await.unwrap());
    assert!(!twins.clone().offset(6).exists().await.unwrap());
    // Pages of what is limited already: 2 to 5 of 6, in pages of three.
    let some = || twins.clone().select([("checks", "id")]).offset(1).limit(4);
    let pages =
        [some().page::<i64>(1, 3).await.unwrap(), some().page(2, 3).await.unwrap(), some().page(3, 3).await.unwrap()];
    assert_eq!(pages.clone().map(|page| page.rows), [vec![1, 2, 3], vec![3], vec![]]);
    assert_eq!(pages.map(|page| (page.total, page.pages())), [(4, 2); 3]);
}

/// The rest of a page by number: every size, both directions, two keys.
pub async fn b07_pages_by_number(db: Database) {
    five_checks(&db).await;
    db.from("checks").multi_insert((0..20).map(|n| row! { kind: "k", millis: n % 3 }).collect()).await.unwrap();
    for size in [1, 2, 7, 24, 25, 26, 100] {
        for order in [
            vec![col("id").asc()],
            vec![col("id").desc()],
            vec![col("millis").asc(), col("id").desc()],
            vec![col("millis").desc(), col("id").asc()],
        ] {
            let ds = db.from("checks").order(order).select(["id"]);
            let (mut paged, mut next) = (Vec::new(), Some(1));
            while let Some(number) = next {
                let page = ds.page::<i64>(number, size).await.unwrap();
                assert!(page.rows.len() as u64 <= size && page.total == 25);
                paged.extend(page.rows.iter().copied());
                next = page.next();
            }
            assert_eq!(paged, ds.all::<i64>().await.unwrap(), "{size}");
        }
    }
}

/// A name that the database would read as another one is refused.
pub async fn b14_names_that_are_none(db: Database) {
    five_checks(&db).await;
    let refused = async |name: &str| {
        for ds in [
            db.from(name),
            db.from("checks").filter(col(name).eq(1)),
            db.from("checks").filter(col((name, "id")).eq(1)),
            db.from("checks").select_as(col("id"), name),
            db.from(Table::from("checks").as_(name)),
            db.from("checks").with(name, db.from("checks")),
            db.from("checks").order(col(name).asc().nulls_last()),
        ] {
            let error = ds.rows().await.unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidOperation, "{error:?}");
        }
        let written = db.from("checks").insert_only(Values::new().set(name, 1)).await.unwrap_err();
        assert_eq!(written.kind(), Kind::InvalidOperation, "{written:?}");
        let deleted = db.from("checks").delete_returning::<i64>(&[name]).await.unwrap_err();
        assert_eq!(deleted.kind(), Kind::InvalidOperation, "{deleted:?}");
    };
    refused("").await;
    refused("a\0b").await;
    let longest = "é".repeat(31) + "x";
    let named = db.from("checks").select_as(col("id"), longest.as_str()).limit(1).rows().await.unwrap();
    assert_eq!(named[0].names(), [longest]);
    if db.dialect() == Dialect::Postgres {
        // It would be cut off to the one above.
        refused(&("é".repeat(31) + "xy")).await;
        refused(&format!("{}\"", "x".repeat(63))).await;
    }
    assert_eq!(db.from("checks").count().await.unwrap(), 5);
}

/// A table is changed while connections keep statements that were prepared before: they see what is there now.
pub async fn b76_statements_outlive_a_change_of_their_table(db: Database) {
    five_checks(&db).await;
    let names = async |ds: Dataset| ds.limit(1).rows().await.map(|rows| rows[0].names().to_vec());
    let all = || db.from("checks");
    let again = TxOptions { retries: 9, ..TxOptions::default() };
    let inside = || db.transaction(again, |tx| async move { tx.from("checks").rows().await.map(|rows| rows.len()) });
    // On every connection of the pool.
    let warm = || futures::future::join_all((0..8).map(|_| async { all().rows().await.unwrap().len() }));
    warm().await;
    assert_eq!(inside().await.unwrap(), 5);
    assert_eq!(names(all()).await.unwrap(), ["id", "kind", "millis"]);
    db.execute("alter table checks add column extra integer", []).await.unwrap();
    assert_eq!(warm().await, [5; 8]);
    assert_eq!(names(all()).await.unwrap(), ["id", "kind", "millis", "extra"]);
    assert_eq!(inside().await.unwrap(), 5);
    // As many columns as before, but others.
    db.execute("alter table checks drop column kind", []).await.unwrap();
    db.execute("alter table checks add column note integer", []).await.unwrap();
    assert_eq!(warm().await, [5; 8]);
    assert_eq!(names(all()).await.unwrap(), ["id", "millis", "extra", "note"]);
    assert_eq!(inside().await.unwrap(), 5);
    assert_eq!(names(db.from("checks").select([star()])).await.unwrap().len(), 4);
    let raw = db.fetch("select c.* from checks c", []).rows().await.unwrap();
    assert_eq!(raw[0].names(), ["id", "millis", "extra", "note"]);
    let gone = all().select(["kind"]).rows().await.unwrap_err();
    assert_eq!(gone.kind(), Kind::UndefinedObject);
}

/// Bits have a sign on every database, and a shift to the right keeps it.
pub async fn b27_bits_of_negative_numbers(db: Database) {
    db.execute("create table bits (id integer primary key, n bigint)", []).await.unwrap();
    for (id, n) in [(1, -8), (2, -1), (3, 0), (4, 7), (5, i64::MIN), (6, i64::MAX)] {
        db.from("bits").insert_only(row! { id: id, n: n }).await.unwrap();
    }
    let ds = db.from("bits").order(col("id").asc());
    let by = |n: i64| {
        val(n).cast(if matches!(db.dialect(), Dialect::MySql | Dialect::MariaDb) { "signed" } else { "integer" })
    };
    let all = async |e: dataset::Expr| ds.select_map::<i64>(e).await.unwrap();
    assert_eq!(all(col("n").bit_and(-4)).await, [-8, -4, 0, 4, i64::MIN, i64::MAX - 3]);
    assert_eq!(all(col("n").bit_or(1)).await, [-7, -1, 1, 7, i64::MIN + 1, i64::MAX]);
    assert_eq!(all(col("n").shift_right(by(1))).await, [-4, -1, 0, 3, i64::MIN / 2, i64::MAX / 2]);
    assert_eq!(all(col("n").bit_and(3).shift_left(by(2)) + 1).await, [1, 13, 1, 13, 1, 13]);
    assert_eq!(ds.filter(col("n").bit_and(-4).lt(0)).count().await.unwrap(), 3);
}

/// A column beside an aggregate is an error unless it is grouped by, where the database can tell: SQLite picks a row.
pub async fn b25_columns_beside_an_aggregate(db: Database) {
    five_checks(&db).await;
    let beside = db.from("checks").select([col("kind"), star().count()]).rows().await;
    let within = db.from("checks").select([col("id"), star().count()]).group(["kind"]).rows().await;
    if db.dialect() == Dialect::Sqlite {
        assert_eq!((beside.unwrap().len(), within.unwrap().len()), (1, 4));
    } else {
        assert!(beside.is_err() && within.is_err());
    }
    assert_eq!(db.from("checks").select([col("kind"), star().count()]).group(["kind"]).rows().await.unwrap().len(), 4);
}

/// What went wrong is told by its kind, the constraint by its name where the database tells it.
pub async fn b61_constraints_have_names(db: Database) {
    db.execute_script(
        "create table sized (id integer primary key, size integer, code varchar(9), \
         constraint sized_small check (size < 10), constraint sized_code unique (code))",
    )
    .await
    .unwrap();
    let ds = db.from("sized");
    ds.insert(row! { id: 1, size: 1, code: "a" }).await.unwrap();
    let check = ds.insert(row! { id: 2, size: 10 }).await.unwrap_err();
    assert_eq!(check.kind(), Kind::Check);
    let unique = ds.insert(row! { id: 3, code: "a" }).await.unwrap_err();
    assert_eq!(unique.kind(), Kind::Unique);
    if db.dialect() == Dialect::Postgres {
        assert_eq!((check.constraint(), unique.constraint()), (Some("sized_small"), Some("sized_code")));
    } else {
        let told = |e: &Error, name: &str| e.message().contains(name) || e.constraint() == Some(name);
        assert!(told(&check, "sized_small"), "{check:?}");
        assert!(told(&unique, "code"), "{unique:?}");
    }
    let _ = lit("1", []);
}

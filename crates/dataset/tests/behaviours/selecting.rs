use std::collections::HashMap;

use dataset::{Database, Dialect, Kind, Value, case, col, lit, star, val};

use super::{Check, five_checks};

pub async fn b17_aggregates(db: Database) {
    five_checks(&db).await;
    let ds = db.from("checks");
    assert_eq!(ds.get::<f64>(col("millis").sum()).await.unwrap(), Some(15.0));
    assert_eq!(ds.get::<f64>(col("millis").avg()).await.unwrap(), Some(3.0));
    assert_eq!(ds.get::<f64>(col("millis").min()).await.unwrap(), Some(1.0));
    assert_eq!(ds.get::<i64>(col("id").max()).await.unwrap(), Some(5));
    // Whole numbers stay whole, though PostgreSQL makes them numeric and MySQL decimal.
    assert_eq!(ds.get::<i64>(col("id").sum()).await.unwrap(), Some(15));
    assert_eq!(ds.get::<f64>(col("id").avg()).await.unwrap(), Some(3.0));
    assert_eq!(ds.get::<i64>(col("kind").count()).await.unwrap(), Some(4));
    assert_eq!(ds.get::<i64>(col("kind").count_distinct()).await.unwrap(), Some(3));
    assert_eq!(ds.filter(val(false)).get::<f64>(col("millis").sum()).await.unwrap(), None);
}

pub async fn b18_union_all_with_order_and_limit(db: Database) {
    five_checks(&db).await;
    let ids = db.from("checks").select(["id"]);
    let low = ids.clone().order(col("id").asc()).limit(2);
    let high = ids.clone().order(col("id").desc()).limit(1);
    let both = low.clone().union_all(high.clone());
    assert_eq!(both.clone().order(col("id").desc()).all::<i64>().await.unwrap(), [5, 2, 1]);
    assert_eq!(both.clone().order(col("id").asc()).limit(2).all::<i64>().await.unwrap(), [1, 2]);
    assert_eq!(both.union_all(high).filter(col("id").gt(2)).all::<i64>().await.unwrap(), [5, 5]);
}

pub async fn b19_common_table_expression(db: Database) {
    five_checks(&db).await;
    let slow = db.from("checks").filter(col("millis").gt(2.0)).select(["id", "kind"]);
    let ds = db.from("slow").with("slow", slow).filter(col("kind").is_not_null()).order(col("id").asc());
    assert_eq!(ds.select_map::<i64>("id").await.unwrap(), [3, 5]);
    assert_eq!(ds.limit(1).count().await.unwrap(), 1);
}

pub async fn b21_exists_with_limit_and_offset(db: Database) {
    five_checks(&db).await;
    let ds = db.from("checks");
    assert!(ds.exists().await.unwrap());
    assert!(!ds.clone().filter(col("id").gt(5)).exists().await.unwrap());
    assert!(ds.clone().offset(4).exists().await.unwrap());
    assert!(!ds.clone().offset(5).exists().await.unwrap());
    assert!(!ds.clone().limit(0).exists().await.unwrap());
}

pub async fn b22_group_and_having(db: Database) {
    five_checks(&db).await;
    let groups = db
        .from("checks")
        .select(["kind"])
        .select_as(star().count(), "n")
        .group(["kind"])
        .order(col("kind").asc().nulls_last());
    let all: Vec<(Option<String>, i64)> = groups.all().await.unwrap();
    assert_eq!(all.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [2, 1, 1, 1]);
    let many: Vec<(String, i64)> = groups.having(star().count().gt(1)).all().await.unwrap();
    assert_eq!(many, [("a".to_owned(), 2)]);
}

pub async fn b24_placeholders_in_raw_sql(db: Database) {
    five_checks(&db).await;
    let query = db.fetch(
        "select id, millis from checks where kind = ? and millis > ? -- why?\n order by id",
        ["a".into(), 1.5.into()],
    );
    assert_eq!(query.clone().all::<(i64, f64)>().await.unwrap(), [(3, 3.0)]);
    assert_eq!(query.clone().get::<i64>().await.unwrap(), Some(3));
    assert_eq!(query.rows().await.unwrap()[0].get("id"), Some(&Value::Int(3)));
    let changed =
        db.execute("update checks set millis = millis + ? where kind = ?", [1.into(), "a".into()]).await.unwrap();
    assert_eq!(changed, 2);
    // One statement at a time: nothing can be smuggled in behind it.
    for two in ["select 1; select 2", "select id from checks; delete from checks"] {
        assert_eq!(db.fetch(two, []).rows().await.unwrap_err().kind(), Kind::Syntax, "{two}");
        assert_eq!(db.execute(two, []).await.unwrap_err().kind(), Kind::Syntax, "{two}");
    }
    assert_eq!(db.fetch("select 1 -- ;\n ; \n", []).rows().await.unwrap().len(), 1);
    let short = db.fetch("select ? where ?", [1.into()]).get::<i64>().await.unwrap_err();
    assert_eq!(short.kind(), Kind::InvalidOperation);
    let literal =
        db.from("checks").filter(lit("kind = ? or kind = ?", ["b".into(), "c".into()])).filter(col("id").gt(2));
    assert_eq!(literal.select_map::<i64>("id").await.unwrap(), [5]);
    if db.dialect() == Dialect::Postgres {
        let any = db.fetch(
            "select id from checks where id = any($1) and kind = any($2)",
            [vec![1_i64, 2].into(), vec!["b".to_owned()].into()],
        );
        assert_eq!(any.all::<i64>().await.unwrap(), [2]);
    }
}

pub async fn b26_maps_and_hashes(db: Database) {
    five_checks(&db).await;
    let ds = db.from("checks").order(col("id").asc());
    assert_eq!(ds.select_map::<i64>("id").await.unwrap(), [1, 2, 3, 4, 5]);
    assert_eq!(ds.select_map::<i64>(col("id") * 10).await.unwrap(), [10, 20, 30, 40, 50]);
    let hash: HashMap<i64, Option<String>> = ds.select_hash("id", "kind").await.unwrap();
    assert_eq!((hash[&1].as_deref(), hash[&4].as_deref()), (Some("a"), None));
}

pub async fn b27_arithmetic_and_case(db: Database) {
    five_checks(&db).await;
    let one = db.from("checks").filter(col("id").eq(5));
    let int = async |e| one.get::<i64>(e).await.unwrap();
    assert_eq!(int(col("id") * 2 + 1).await, Some(11));
    assert_eq!(int((col("id") + 1) * 2).await, Some(12));
    assert_eq!(int(col("id") - (col("id") - 1)).await, Some(1));
    assert_eq!(int(col("id") % 3).await, Some(2));
    assert_eq!(one.get::<f64>(col("millis") / 2).await.unwrap(), Some(2.5));
    let filter = |e| db.from("checks").filter(e).order(col("id").asc());
    assert_eq!(filter(!(col("id").gt(1) & col("id").lt(5))).select_map::<i64>("id").await.unwrap(), [1, 5]);
    assert_eq!(
        filter((col("id").eq(1) | col("id").eq(2)) & col("kind").eq("b")).select_map::<i64>("id").await.unwrap(),
        [2]
    );
    assert_eq!(filter(col("id").between(2, 3)).select_map::<i64>("id").await.unwrap(), [2, 3]);
    let size = case([(col("millis").gt(3.0), val("big"))], Some(val("small"))).as_("size");
    let sizes: Vec<String> = db.from("checks").select([size]).order(col("id").asc()).all().await.unwrap();
    assert_eq!(sizes, ["small", "small", "small", "big", "big"]);
    let filtered = db.from("checks").get::<i64>(case([(col("kind").eq("a"), col("id"))], None).sum()).await.unwrap();
    assert_eq!(filtered, Some(4));
}

pub async fn b29_null_is_is_null(db: Database) {
    five_checks(&db).await;
    let ds = db.from("checks");
    assert_eq!(ds.clone().filter(col("kind").eq(None::<String>)).select_map::<i64>("id").await.unwrap(), [4]);
    assert_eq!(ds.clone().filter(col("kind").ne(Value::NULL)).count().await.unwrap(), 4);
    assert_eq!(ds.clone().filter(col("kind").is_null() | col("kind").eq("c")).count().await.unwrap(), 2);
    assert_eq!(ds.clone().filter(col("kind").coalesce("z").eq("z")).select_map::<i64>("id").await.unwrap(), [4]);
}

pub async fn b30_in_lists(db: Database) {
    five_checks(&db).await;
    let count = async |e| db.from("checks").filter(e).count().await.unwrap();
    assert_eq!(count(col("id").is_in([1, 3, 99])).await, 2);
    assert_eq!(count(col("kind").is_in(["a", "c"])).await, 3);
    assert_eq!(count(col("id").is_in(Vec::<i64>::new())).await, 0);
    assert_eq!(count(col("id").not_in(Vec::<i64>::new())).await, 5);
    assert_eq!(count(col("id").not_in([1, 3])).await, 3);
    assert_eq!(count(!col("id").is_in([1, 3])).await, 3);
    // NULL is in no list, and outside none.
    assert_eq!(count(col("kind").not_in(["a"])).await, 2);
    assert_eq!(count(col("kind").is_in([Some("a"), None])).await, 2);
}

pub async fn b33_in_dataset(db: Database) {
    five_checks(&db).await;
    let kinds = db.from("checks").filter(col("id").gt(4)).select(["kind"]);
    assert_eq!(db.from("checks").filter(col("kind").is_in_dataset(kinds.clone())).count().await.unwrap(), 1);
    assert_eq!(db.from("checks").exclude(col("kind").is_in_dataset(kinds)).count().await.unwrap(), 3);
}

pub async fn b34_like_is_case_sensitive_and_escaped(db: Database) {
    super::checks(&db).await;
    let texts = ["abc", "ABC", "100%", "a_c", "a\\c", "x"];
    db.from("checks").multi_insert(texts.iter().map(|t| dataset::row! { kind: *t }).collect()).await.unwrap();
    let found = async |e| {
        let kinds: Vec<String> = db.from("checks").filter(e).order(col("id").asc()).select_map("kind").await.unwrap();
        kinds
    };
    assert_eq!(found(col("kind").like("a%")).await, ["abc", "a_c", "a\\c"]);
    assert_eq!(found(col("kind").ilike("a%c")).await, ["abc", "ABC", "a_c", "a\\c"]);
    assert_eq!(found(col("kind").starts_with("a_")).await, ["a_c"]);
    assert_eq!(found(col("kind").starts_with("A")).await, ["ABC"]);
    assert_eq!(found(col("kind").contains("0%")).await, ["100%"]);
    assert_eq!(found(col("kind").contains("\\")).await, ["a\\c"]);
    assert_eq!(found(col("kind").icontains("B")).await, ["abc", "ABC"]);
    assert_eq!(found(!col("kind").like("%c")).await, ["ABC", "100%", "x"]);
}

pub async fn b35_locks_or_a_clear_error(db: Database) {
    five_checks(&db).await;
    if db.dialect() == Dialect::Sqlite {
        assert_eq!(db.from("checks").for_update().all::<Check>().await.unwrap_err().kind(), Kind::InvalidOperation);
        assert_eq!(db.from("checks").skip_locked().rows().await.unwrap_err().kind(), Kind::InvalidOperation);
        return;
    }
    let other = db.clone();
    db.transaction(dataset::TxOptions::default(), |tx| {
        let other = other.clone();
        async move {
            tx.from("checks").filter(col("id").eq(1)).for_update().all::<Check>().await?;
            let free = other.transaction(dataset::TxOptions::default(), |tx| async move {
                tx.from("checks").order(col("id").asc()).skip_locked().select_map::<i64>("id").await
            });
            assert_eq!(free.await?, [2, 3, 4, 5]);
            Ok(())
        }
    })
    .await
    .unwrap();
}

use dataset::{Bound, Database, Dialect, Kind, Window, col, func, lit, row, star, val};

use super::{checks, five_checks};

pub async fn b16_filtered_aggregates(db: Database) {
    five_checks(&db).await;
    let ds = db.from("checks");
    assert_eq!(ds.get::<i64>(star().count().only(col("millis").gt(2))).await.unwrap(), Some(3));
    assert_eq!(ds.get::<f64>(col("millis").sum().only(col("kind").eq("a"))).await.unwrap(), Some(4.0));
    assert_eq!(ds.get::<f64>(col("millis").max().only(val(false))).await.unwrap(), None);
    assert_eq!(ds.get::<i64>(col("kind").count_distinct().only(col("id").lt(4))).await.unwrap(), Some(2));
    let both: Vec<(i64, i64)> = ds
        .select([star().count().only(col("kind").is_null()), star().count().only(col("kind").is_not_null())])
        .all()
        .await
        .unwrap();
    assert_eq!(both, [(1, 4)]);
}

pub async fn b18_sets_with_order_and_limit(db: Database) {
    five_checks(&db).await;
    let ids = db.from("checks").select(["id"]);
    let low = ids.clone().order(col("id").asc()).limit(3);
    let high = ids.clone().order(col("id").desc()).limit(3);
    let sorted = async |ds: dataset::Dataset| ds.order(col("id").asc()).all::<i64>().await.unwrap();
    assert_eq!(sorted(low.clone().union(high.clone())).await, [1, 2, 3, 4, 5]);
    assert_eq!(sorted(low.clone().intersect(high.clone())).await, [3]);
    assert_eq!(sorted(low.clone().except(high.clone())).await, [1, 2]);
    assert_eq!(sorted(low.clone().except(high.clone()).union_all(low.clone())).await, [1, 1, 2, 2, 3]);
    assert_eq!(sorted(low.clone().union(high.clone().intersect(low.clone())).offset(1)).await, [2, 3]);
    assert_eq!(low.clone().union(high.clone()).count().await.unwrap(), 5);
    // As a condition, and in a set of their own.
    let among = db.from("checks").filter(col("id").is_in_dataset(low.clone().union(high.clone()).limit(10)));
    assert_eq!(among.count().await.unwrap(), 5);
}

pub async fn b19_recursive_cte(db: Database) {
    db.execute("create table folders (id integer primary key, parent integer, name varchar(20))", []).await.unwrap();
    let folders = [(1, None, "root"), (2, Some(1), "etc"), (3, Some(2), "ssl"), (4, None, "other"), (5, Some(4), "x")];
    let rows = folders.map(|(id, parent, name)| row! { id: id, parent: parent, name: name });
    db.from("folders").multi_insert(rows.to_vec()).await.unwrap();
    let top = db.from("folders").filter(col("name").eq("root")).select(["id", "name"]);
    let below = db
        .from("folders")
        .join("tree", col(("tree", "id")).eq(col(("folders", "parent"))))
        .select([("folders", "id"), ("folders", "name")]);
    let tree = || db.from("tree").with_recursive("tree", top.clone(), below.clone());
    assert_eq!(tree().order(col("id").asc()).select_map::<String>("name").await.unwrap(), ["root", "etc", "ssl"]);
    assert_eq!(tree().filter(col("id").gt(1)).count().await.unwrap(), 2);
    // In a join and in a union.
    let joined = tree().join("folders", col(("folders", "id")).eq(col(("tree", "id")))).select([("folders", "name")]);
    assert_eq!(joined.count().await.unwrap(), 3);
    let both = tree().select(["id"]).union_all(tree().select(["id"]).limit(1));
    assert_eq!(both.count().await.unwrap(), 4);
}

pub async fn b20_windows_and_frames(db: Database) {
    five_checks(&db).await;
    let in_order = || Window::new().order(col("id").asc());
    let rows = async |e: dataset::Expr| {
        let ds = db.from("checks").select([e.as_("x")]).select_expr(col("id")).order(col("id").asc());
        ds.all::<(f64, i64)>().await.unwrap().into_iter().map(|(x, _)| x).collect::<Vec<_>>()
    };
    let sum = || col("millis").sum();
    assert_eq!(rows(sum().over(Window::new())).await, [15.0; 5]);
    assert_eq!(rows(sum().over(in_order())).await, [1.0, 3.0, 6.0, 10.0, 15.0]);
    assert_eq!(
        rows(sum().over(in_order().rows(Bound::Preceding(1), Bound::Following(1)))).await,
        [3.0, 6.0, 9.0, 12.0, 9.0]
    );
    assert_eq!(rows(sum().over(in_order().rows(Bound::Current, Bound::End))).await, [15.0, 14.0, 12.0, 9.0, 5.0]);
    assert_eq!(rows(sum().over(in_order().range(Bound::Start, Bound::Current))).await, [1.0, 3.0, 6.0, 10.0, 15.0]);
    assert_eq!(rows(star().count().over(Window::new().partition(["kind"]))).await, [2.0, 1.0, 2.0, 1.0, 1.0]);
    let rank = func("row_number", []).over(Window::new().order([col("kind").desc().nulls_first(), col("id").asc()]));
    assert_eq!(rows(rank).await, [4.0, 3.0, 5.0, 1.0, 2.0]);
    let narrowed = sum().only(col("kind").eq("a")).over(in_order());
    assert_eq!(rows(narrowed.coalesce(0)).await, [1.0, 1.0, 4.0, 4.0, 4.0]);
}

pub async fn b22_group_and_count_and_totals(db: Database) {
    five_checks(&db).await;
    let counts: Vec<(Option<String>, i64)> =
        db.from("checks").group_and_count(["kind"]).order(col("kind").asc().nulls_last()).all().await.unwrap();
    assert_eq!(counts.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [2, 1, 1, 1]);
    assert_eq!(db.from("checks").group_and_count(["kind"]).count().await.unwrap(), 4);
    let known = db.from("checks").filter(col("kind").is_not_null()).select(["kind"]).select_as(star().count(), "n");
    let rollup = known.clone().group_rollup(["kind"]).all::<(Option<String>, i64)>().await;
    let cube = known.clone().group_cube(["kind"]).all::<(Option<String>, i64)>().await;
    let sets = known.grouping_sets([vec!["kind"], vec![]]).all::<(Option<String>, i64)>().await;
    let totals = |rows: Vec<(Option<String>, i64)>| {
        assert_eq!(rows.len(), 4);
        assert!(rows.contains(&(None, 4)) && rows.contains(&(Some("a".to_owned()), 2)), "{rows:?}");
    };
    let refused = |rows: dataset::Result<Vec<_>>| assert_eq!(rows.unwrap_err().kind(), Kind::InvalidOperation);
    match db.dialect() {
        Dialect::Postgres => [rollup, cube, sets].map(|rows| totals(rows.unwrap())).into_iter().collect(),
        Dialect::Sqlite => [rollup, cube, sets].map(refused).into_iter().collect(),
        _ => {
            totals(rollup.unwrap());
            refused(cube);
            refused(sets);
        }
    }
}

pub async fn b25_having_and_distinct(db: Database) {
    five_checks(&db).await;
    let many = db.from("checks").group_and_count(["kind"]).having(star().count().gt(1)).having(col("kind").ne("x"));
    assert_eq!(many.all::<(String, i64)>().await.unwrap(), [("a".to_owned(), 2)]);
    assert_eq!(db.from("checks").select(["kind"]).distinct().count().await.unwrap(), 4);
    let first = db.from("checks").distinct_on(["kind"]).order([col("kind").asc().nulls_last(), col("id").desc()]);
    match db.dialect() {
        Dialect::Postgres => {
            let ids: Vec<i64> = first.select_map("id").await.unwrap();
            assert_eq!(ids, [3, 2, 5, 4]);
            assert_eq!(db.from("checks").distinct_on(["kind"]).count().await.unwrap(), 4);
        }
        _ => assert_eq!(first.rows().await.unwrap_err().kind(), Kind::InvalidOperation),
    }
}

pub async fn b27_bits_and_inequality(db: Database) {
    checks(&db).await;
    db.from("checks").insert(row! { id: 12, kind: "x" }).await.unwrap();
    let int = async |e| db.from("checks").get::<i64>(e).await.unwrap();
    assert_eq!(int(col("id").bit_and(10)).await, Some(8));
    assert_eq!(int(col("id").bit_or(3)).await, Some(15));
    assert_eq!(int(col("id").shift_left(val(2).cast(integer(&db)))).await, Some(48));
    assert_eq!(int(col("id").shift_right(val(2).cast(integer(&db)))).await, Some(3));
    assert_eq!(int(col("id").bit_and(8) + 1).await, Some(9));
    assert_eq!(int(col("id").bit_or(1).bit_and(5)).await, Some(5));
    let holds = async |e| db.from("checks").filter(e).exists().await.unwrap();
    assert!(
        holds(col("id").gt(11) & col("id").gte(12) & col("id").lt(13) & col("id").lte(12) & col("id").ne(11)).await
    );
    assert!(holds(col("kind").same_as("x")).await && !holds(col("kind").same_as(None::<String>)).await);
    assert!(holds(!col("kind").same_as(None::<String>)).await && !holds(!col("kind").same_as("x")).await);
}

/// PostgreSQL shifts a bigint by an integer, and takes a value for a bigint.
fn integer(db: &Database) -> &'static str {
    if matches!(db.dialect(), Dialect::MySql | Dialect::MariaDb) { "signed" } else { "integer" }
}

pub async fn b28_ranges(db: Database) {
    five_checks(&db).await;
    let ids = async |e| {
        let ids: Vec<i64> = db.from("checks").filter(e).order(col("id").asc()).select_map("id").await.unwrap();
        ids
    };
    assert_eq!(ids(col("id").within(2..4)).await, [2, 3]);
    assert_eq!(ids(col("id").within(2..=4)).await, [2, 3, 4]);
    assert_eq!(ids(col("id").within(4..)).await, [4, 5]);
    assert_eq!(ids(col("id").within(..2)).await, [1]);
    assert_eq!(ids(col("id").within(..=2)).await, [1, 2]);
    assert_eq!(ids(col("kind").within::<i64>(..)).await, [1, 2, 3, 5]);
    assert_eq!(ids(!col("id").within(2..=4)).await, [1, 5]);
    assert_eq!(ids(col("kind").within("b".."d")).await, [2, 5]);
}

pub async fn b31_case_of_several_branches(db: Database) {
    five_checks(&db).await;
    let size = dataset::case([(col("millis").gt(4), val("big")), (col("millis").gt(2), val("middle"))], None);
    let sizes: Vec<Option<String>> = db.from("checks").order(col("id").asc()).select_map(size).await.unwrap();
    assert_eq!(
        sizes.iter().map(Option::as_deref).collect::<Vec<_>>(),
        [None, None, Some("middle"), Some("middle"), Some("big")]
    );
}

pub async fn b32_tuples_in_lists_and_datasets(db: Database) {
    five_checks(&db).await;
    let pair = || dataset::tuple([col("id"), col("kind")]);
    let of = |id: i64, kind: &str| dataset::tuple([val(id), val(kind)]);
    let ids = async |e| {
        let ids: Vec<i64> = db.from("checks").filter(e).order(col("id").asc()).select_map("id").await.unwrap();
        ids
    };
    assert_eq!(ids(pair().is_in([of(1, "a"), of(2, "x"), of(5, "c")])).await, [1, 5]);
    assert_eq!(ids(pair().not_in([of(1, "a"), of(5, "c")]) & col("kind").is_not_null()).await, [2, 3]);
    assert_eq!(ids(pair().is_in(Vec::<dataset::Expr>::new())).await, Vec::<i64>::new());
    let some = db.from("checks").filter(col("id").lt(3)).select(["id", "kind"]);
    assert_eq!(ids(pair().is_in_dataset(some)).await, [1, 2]);
    let _ = lit("1", []);
}

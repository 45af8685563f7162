//! Datasets that nobody would write, made at random of everything the public API has.
#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub, clippy::missing_panics_doc)]

use dataset::{
    Bound, Database, Dataset, Expr, Kind, Order, Value, Window, case, col, exists, func, lit, row, star, subquery,
    tuple, val,
};
use proptest::{collection::vec, prelude::*};

fn column() -> impl Strategy<Value = Expr> {
    prop_oneof![Just(col("id")), Just(col("kind")), Just(col("millis")), Just(col(("checks", "id")))]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        any::<Vec<u8>>().prop_map(Value::from),
        Just(Value::NULL),
        any::<Option<i32>>().prop_map(Value::from),
    ]
}

fn expr() -> impl Strategy<Value = Expr> {
    let leaf =
        prop_oneof![column(), value().prop_map(val), Just(lit("1 = 1 or 1 = ?", [2.into()])), Just(star().count())];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let two = || (inner.clone(), inner.clone());
        prop_oneof![
            (two(), 0..14_u8).prop_map(|((a, b), op)| match op {
                0 => a.eq(b),
                1 => a.ne(b),
                2 => a.gt(b),
                3 => a.lte(b),
                4 => a & b,
                5 => a | b,
                6 => a + b,
                7 => a - b,
                8 => a * b,
                9 => a.bit_and(b),
                10 => a.bit_or(b),
                11 => a.same_as(b),
                12 => a.coalesce(b),
                _ => a % b,
            }),
            (inner.clone(), 0..14_u8).prop_map(|(e, op)| match op {
                0 => !e,
                1 => e.is_null(),
                2 => e.is_not_null(),
                3 => e.sum(),
                4 => e.max(),
                5 => e.count_distinct(),
                6 => e.lower(),
                7 => e.cast("char(9)"),
                8 => e.sum().over(
                    Window::new().partition(["kind"]).order(col("id").desc()).rows(Bound::Preceding(2), Bound::Current)
                ),
                9 => func("rank", []).over(Window::new().order([e.asc().nulls_last()])),
                10 => e.count().only(col("id").gt(1)),
                11 => e.join(", ", [col("id").asc().nulls_first()]),
                12 => e.within(1..5),
                _ => func("abs", [e]),
            }),
            (inner.clone(), any::<String>()).prop_map(|(e, text)| e.contains(&text) | col("kind").ilike(text)),
            (inner.clone(), vec(inner.clone(), 0..4)).prop_map(|(e, list)| e.is_in(list)),
            (inner.clone(), vec(value(), 0..4)).prop_map(|(e, list)| e.not_in(list)),
            (two(), two()).prop_map(|((a, b), (c, d))| tuple([a, b]).is_in([tuple([c, d])])),
            (vec(two(), 1..3), inner.clone()).prop_map(|(branches, rest)| case(branches, Some(rest))),
        ]
    })
}

fn order() -> impl Strategy<Value = Order> {
    (prop_oneof![column(), expr()], 0..6_u8).prop_map(|(e, how)| match how {
        0 => e.asc(),
        1 => e.desc(),
        2 => e.asc().nulls_first(),
        3 => e.desc().nulls_last(),
        4 => e.asc().reversed(),
        _ => e.desc().nulls_first(),
    })
}

#[derive(Debug, Clone)]
pub enum Step {
    Filter(Expr),
    Or(Expr),
    Exclude(Expr),
    Having(Expr),
    Select(Vec<Expr>, String),
    Order(Vec<Order>),
    Limit(u64),
    Offset(u64),
    After(Vec<Value>),
    Plain(u8),
    Comment(String),
    /// Something with the dataset so far, or with another.
    Nested(u8, Vec<Step>),
}

pub fn step() -> impl Strategy<Value = Step> {
    let leaf = prop_oneof![
        expr().prop_map(Step::Filter),
        expr().prop_map(Step::Or),
        expr().prop_map(Step::Exclude),
        expr().prop_map(Step::Having),
        (vec(expr(), 0..3), any::<String>()).prop_map(|(list, name)| Step::Select(list, name)),
        vec(order(), 0..3).prop_map(Step::Order),
        any::<u64>().prop_map(Step::Limit),
        any::<u64>().prop_map(Step::Offset),
        vec(value(), 0..3).prop_map(Step::After),
        (0..18_u8).prop_map(Step::Plain),
        any::<String>().prop_map(Step::Comment),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        (0..11_u8, vec(inner, 0..4)).prop_map(|(how, steps)| Step::Nested(how, steps))
    })
}

pub fn apply(db: &Database, ds: Dataset, step: &Step) -> Dataset {
    let on = || col(("checks", "id")).eq(col(("other", "id")));
    match step.clone() {
        Step::Filter(e) => ds.filter(e),
        Step::Or(e) => ds.or(e),
        Step::Exclude(e) => ds.exclude(e),
        Step::Having(e) => ds.group(["kind"]).having(e),
        Step::Select(list, name) => ds.select(list).select_as(col("id"), name.replace('\0', "") + "x"),
        Step::Order(keys) => ds.order(keys),
        Step::Limit(n) => ds.limit(n),
        Step::Offset(n) => ds.offset(n),
        Step::After(values) => ds.after(values),
        Step::Comment(text) => ds.comment(text),
        Step::Plain(how) => match how {
            0 => ds.distinct(),
            1 => ds.distinct_on(["kind"]),
            2 => ds.from_self(),
            3 => ds.reverse(),
            4 => ds.invert(),
            5 => ds.for_update(),
            6 => ds.skip_locked().for_share(),
            7 => ds.nowait(),
            8 => ds.join("other", on()),
            9 => ds.left_join("other", on()),
            10 => ds.full_join("other", on()),
            11 => ds.cross_join("other"),
            12 => ds.natural_join("other"),
            13 => ds.join_using("other", ["id", "kind"]),
            14 => ds.group_and_count(["kind"]),
            15 => ds.group_rollup(["kind", "id"]),
            16 => ds.group_cube(["kind"]),
            _ => ds.grouping_sets([vec!["kind"], vec![]]),
        },
        Step::Nested(how, steps) => {
            let other = steps.iter().fold(db.from("checks"), |ds, step| apply(db, ds, step));
            match how {
                0 => ds.union_all(other),
                1 => ds.union(other),
                2 => ds.intersect(other),
                3 => ds.except(other),
                4 => ds.filter(col("id").is_in_dataset(other)),
                5 => ds.filter(exists(other)),
                6 => ds.select_as(subquery(other), "s"),
                7 => ds.with("w", other),
                8 => ds.with_recursive("w", other.clone(), other),
                9 => ds.join_lateral(other, "l"),
                _ => ds.left_join_lateral(other, "l"),
            }
        }
    }
}

pub async fn tables(db: &Database) {
    for name in ["checks", "other"] {
        let sql = format!("create table {name} (id integer primary key, kind varchar(100), millis double precision)");
        db.execute(sql.leak(), []).await.unwrap();
        db.from(name).insert_only(row! { id: 1, kind: "a", millis: 1 }).await.unwrap();
    }
}

/// The statement may fail for what it says, but not for how it says it.
pub async fn understood(db: &Database, steps: &[Step]) {
    let ds = steps.iter().fold(db.from("checks"), |ds, step| apply(db, ds, step));
    let outcomes = [
        ds.rows().await.err(),
        ds.count().await.err(),
        ds.exists().await.err(),
        ds.clone().limit(1).update(row! { kind: "b" }).await.err(),
        ds.delete().await.err(),
    ];
    for error in outcomes.into_iter().flatten() {
        // PostgreSQL has the same code for a wrong number of columns.
        assert!(!error.message().contains("syntax error"), "{error}: {:?}", error.sql());
        assert_ne!(error.kind(), Kind::Disconnect, "{error}: {:?}", error.sql());
    }
}

/// So many datasets, each read, counted, changed and removed.
pub async fn understood_all(db: &Database, cases: u32) {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    tables(db).await;
    let (mut runner, datasets) = (TestRunner::default(), vec(step(), 0..8));
    for _ in 0..cases {
        let steps = datasets.new_tree(&mut runner).unwrap().current();
        understood(db, &steps).await;
    }
}

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use dataset::{Database, Dialect, Json, Kind, Value, col, row};
use serde::Deserialize;

use super::checks;

pub async fn b75_nulls_are_bound(db: Database) {
    checks(&db).await;
    let ds = db.from("checks");
    ds.insert(row! { kind: None::<String>, millis: 1 }).await.unwrap();
    ds.insert(row! { kind: Value::NULL, millis: 1 }).await.unwrap();
    assert_eq!(ds.select_map::<Option<String>>("kind").await.unwrap(), [None, None]);
    assert_eq!(
        db.fetch("select count(*) from checks where kind = ?", [None::<String>.into()]).get::<i64>().await.unwrap(),
        Some(0)
    );
}

/// sqlx alone would send the float's bits as an integer here.
pub async fn b76_same_text_with_other_types(db: Database) {
    super::five_checks(&db).await;
    for _ in 0..3 {
        let above = async |v: Value| db.from("checks").filter(col("millis").gt(v)).count().await.unwrap();
        assert_eq!(above(2.into()).await, 3);
        assert_eq!(above(2.5.into()).await, 3);
        assert_eq!(above(4.5.into()).await, 1);
        assert_eq!(above(4.into()).await, 1);
    }
    let ds = db.from("checks");
    for value in [Value::from(1), 1.5.into(), 2.into(), None::<f64>.into(), Value::NULL] {
        let outcome = ds.clone().filter(col("id").eq(1)).update(row! { millis: value.clone() }).await;
        if value.is_null() {
            assert_eq!(outcome.unwrap_err().kind(), Kind::NotNull);
        } else {
            assert_eq!(ds.clone().filter(col("id").eq(1)).get::<f64>("millis").await.unwrap(), value.as_f64());
        }
    }
}

pub async fn b77_values_come_back(db: Database) {
    db.execute_script(match db.dialect() {
        Dialect::Postgres => {
            "create table every (id integer primary key, small smallint, big bigint, f real, d double precision, \
             t text, c varchar(20), ok boolean, at timestamptz, day date, clock time, doc jsonb)"
        }
        Dialect::Sqlite => {
            "create table every (id integer primary key, small smallint, big bigint, f real, d double, \
             t text, c varchar(20), ok boolean, at timestamp, day date, clock time, doc json)"
        }
        _ => {
            "create table every (id integer primary key, small smallint, big bigint, f float, d double, \
             t text, c varchar(20), ok boolean, at datetime(6), day date, clock time(6), doc json)"
        }
    })
    .await
    .unwrap();

    #[derive(Debug, PartialEq, Deserialize)]
    struct Every {
        small: i16,
        big: i64,
        f: f32,
        d: f64,
        t: String,
        c: String,
        ok: bool,
        at: DateTime<Utc>,
        day: NaiveDate,
        clock: NaiveTime,
        doc: Json<serde_json::Value>,
    }
    let at = |micros| DateTime::from_timestamp_micros(micros).unwrap();
    let doc = serde_json::json!({ "a": [1, "x", null] });
    for (id, micros) in (1..).zip([1_700_000_000_123_456_i64, 0, 951_782_461_500_000, 4_102_444_799_999_999]) {
        let want = Every {
            small: -7,
            big: i64::MIN + id,
            f: 1.5,
            d: 0.1 + 0.2,
            t: "text".into(),
            c: "é".into(),
            ok: true,
            at: at(micros),
            day: at(micros).date_naive(),
            clock: at(micros).time(),
            doc: Json(doc.clone()),
        };
        let ds = db.from("every");
        ds.insert(row! {
            id: id, small: want.small, big: want.big, f: want.f, d: want.d, t: want.t.as_str(), c: want.c.as_str(),
            ok: want.ok, at: want.at, day: want.day, clock: want.clock, doc: doc.clone(),
        })
        .await
        .unwrap();
        let one = ds.clone().filter(col("id").eq(id));
        assert_eq!(one.first::<Every>().await.unwrap(), Some(want));
        assert_eq!(
            ds.clone().filter(col("at").eq(at(micros)) & col("day").eq(at(micros).date_naive())).count().await.unwrap(),
            1
        );
        assert_eq!(ds.clone().filter(col("clock").eq(at(micros).time())).get::<i64>("id").await.unwrap(), Some(id));
    }
    let late = db.from("every").filter(col("at").gt(at(1_000_000_000_000_000))).order(col("at").desc());
    assert_eq!(late.select_map::<i64>("id").await.unwrap(), [4, 1]);
    let untyped = db.from("every").filter(col("id").eq(1)).rows().await.unwrap().remove(0);
    assert_eq!(untyped.get("ok"), Some(&Value::Bool(true)));
    assert_eq!(untyped.get("at"), Some(&Value::Timestamp(at(1_700_000_000_123_456))));
}

pub async fn b78_serde_shapes(db: Database) {
    super::five_checks(&db).await;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(transparent)]
    struct Millis(f64);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum KindOf {
        A,
        B,
        C,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Shaped {
        #[serde(rename = "millis")]
        took: Millis,
        kind: Option<KindOf>,
        #[serde(default)]
        absent: u32,
        missing: Option<String>,
    }
    let ds = db.from("checks").order(col("id").asc());
    let all: Vec<Shaped> = ds.all().await.unwrap();
    assert_eq!(all[1], Shaped { took: Millis(2.0), kind: Some(KindOf::B), absent: 0, missing: None });
    assert_eq!(all[3].kind, None);
    assert_eq!(ds.select_map::<Millis>("millis").await.unwrap()[4], Millis(5.0));
    let json: Vec<serde_json::Value> = ds.clone().limit(1).all().await.unwrap();
    assert_eq!(json[0], serde_json::json!({ "id": 1, "kind": "a", "millis": 1.0 }));
    let pair: (i64, Option<String>, f64) = ds.first().await.unwrap().unwrap();
    assert_eq!(pair, (1, Some("a".into()), 1.0));
}

pub async fn b78_misfits_are_named(db: Database) {
    super::five_checks(&db).await;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Wrong {
        id: i64,
        kind: i64,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Lacks {
        id: i64,
        weight: i64,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Narrow {
        id: i64,
        kind: String,
    }
    let ds = db.from("checks").order(col("id").desc());
    let wrong = ds.all::<Wrong>().await.unwrap_err();
    assert_eq!(wrong.kind(), Kind::Decode);
    assert!(wrong.message().contains("`kind`"), "{wrong}");
    assert!(wrong.sql().is_some());
    let lacks = ds.all::<Lacks>().await.unwrap_err();
    assert!(lacks.message().contains("weight"), "{lacks}");
    let null = ds.all::<Narrow>().await.unwrap_err();
    assert!(null.message().contains("`kind`") && null.message().contains("NULL"), "{null}");
    assert_eq!(ds.select_map::<i8>("id").await.unwrap().len(), 5);
    assert_eq!(ds.all::<i64>().await.unwrap_err().kind(), Kind::Decode);
    // The connection is fine after each of them.
    assert_eq!(ds.count().await.unwrap(), 5);
}

pub async fn b96_numbers_beyond_the_database(db: Database) {
    checks(&db).await;
    let ds = db.from("checks");
    let large = ds.clone().filter(col("id").eq(u64::MAX)).count().await;
    let nan = ds.insert(row! { millis: f64::NAN }).await;
    match db.dialect() {
        Dialect::Postgres => {
            assert_eq!(large.unwrap_err().kind(), Kind::InvalidValue);
            let id = nan.unwrap();
            assert!(ds.clone().filter(col("id").eq(id)).get::<f64>("millis").await.unwrap().unwrap().is_nan());
        }
        Dialect::Sqlite => {
            assert_eq!(large.unwrap_err().kind(), Kind::InvalidValue);
            assert_eq!(nan.unwrap_err().kind(), Kind::InvalidValue);
        }
        _ => {
            assert_eq!(large.unwrap(), 0);
            assert_eq!(nan.unwrap_err().kind(), Kind::InvalidValue);
        }
    }
    assert!(ds.clone().filter(col("id").eq(1)).limit(u64::MAX).offset(u64::MAX).count().await.unwrap() == 0);
}

pub async fn b96_many_values(db: Database) {
    super::five_checks(&db).await;
    let many = db.from("checks").filter(col("id").is_in(0..70_000));
    match db.dialect() {
        // One array.
        Dialect::Postgres => assert_eq!(many.count().await.unwrap(), 5),
        _ => assert_eq!(many.count().await.unwrap_err().kind(), Kind::InvalidOperation),
    }
    assert_eq!(db.from("checks").filter(col("id").is_in(0..30_000)).count().await.unwrap(), 5);
}

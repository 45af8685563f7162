use model::{Column, Index, Relation, SourceKind, Timestamp};

use super::{Caller, NoAdvice, Suggestion, best_index, best_index_for};
use crate::fixture::index;

/// The table of PgHero's own tests: 5,000 users, analyzed (§3.7).
fn users() -> Relation {
    let column = |(name, n_distinct, null_frac): (&str, f64, f64)| Column {
        name: name.into(),
        type_name: "text".into(),
        ordered: true,
        width: 8,
        null_frac,
        n_distinct,
    };
    Relation {
        schema: "public".into(),
        name: "users".into(),
        rows: Some(5_000.0),
        columns: [
            ("id", -1.0, 0.0),
            ("city_id", 100.0, 0.0),
            ("login_attempts", 30.0, 0.0),
            ("country", 30.0, 0.0),
            ("tree_path", 30.0, 0.0),
            ("email", -1.0, 0.0),
            ("created_at", -1.0, 0.0),
            ("updated_at", -1.0, 0.0),
            ("active", 1.0, 0.0),
            ("metadata", 1.0, 0.0),
            ("zip_code", 1.0, 0.025),
            ("last_known_ip", 0.0, 1.0),
        ]
        .map(column)
        .into(),
        ..Relation::default()
    }
}

fn advise(sql: &str) -> Result<Suggestion, NoAdvice> {
    best_index(sql, &[users()], &[])
}

/// L2 (§7 `best_index`).
#[test]
fn the_golden_cases_of_pghero_3_7() {
    let cases: [(&str, &str, &[i64]); 28] = [
        ("city_id = 1", "(city_id)", &[5000, 50]),
        ("city_id = $1", "(city_id)", &[5000, 50]),
        ("login_attempts = 1 ORDER BY created_at", "(login_attempts, created_at)", &[5000, 167, 0]),
        ("city_id = 1 AND login_attempts = 1", "(city_id, login_attempts)", &[5000, 50, 2]),
        ("login_attempts = 1 AND city_id = 1", "(city_id, login_attempts)", &[5000, 50, 2]),
        ("city_id = 1 AND email = 'x'", "(email)", &[5000, 1]),
        ("email = 'x' ORDER BY created_at", "(email)", &[5000, 1]),
        ("ORDER BY created_at", "(created_at)", &[5000, 1]),
        ("ORDER BY login_attempts, created_at", "(login_attempts, created_at)", &[5000, 167, 0]),
        ("ORDER BY login_attempts DESC, created_at", "(login_attempts)", &[5000, 167]),
        ("ORDER BY id, created_at", "(id)", &[5000, 1]),
        ("login_attempts = 1 ORDER BY NOW()", "(login_attempts)", &[5000, 167]),
        ("city_id IN (1, 2)", "(city_id)", &[5000, 50]),
        ("city_id IN ($1 /*, ... */)", "(city_id)", &[5000, 50]),
        ("city_id = ANY($1)", "(city_id)", &[5000, 50]),
        ("city_id BETWEEN 1 AND 2", "(city_id)", &[5000, 505]),
        ("city_id > 1 AND login_attempts > 1", "(city_id)", &[5000, 505]),
        ("city_id <> 1 AND login_attempts = 1", "(login_attempts)", &[5000, 167, 165]),
        ("city_id NOT IN (1, 2) AND login_attempts = 1", "(login_attempts)", &[5000, 167, 165]),
        ("email LIKE $1", "USING gist (email gist_trgm_ops)", &[5000, 500]),
        ("email ILIKE '%x%'", "USING gist (email gist_trgm_ops)", &[5000, 500]),
        ("city_id = 1 AND email LIKE 'x%'", "(city_id)", &[5000, 50]),
        ("email LIKE 'x%' AND active = true", "USING gist (email gist_trgm_ops)", &[5000, 500]),
        ("zip_code IS NULL", "(zip_code)", &[5000, 125]),
        ("zip_code IS NULL AND login_attempts = 1", "(zip_code, login_attempts)", &[5000, 125, 4]),
        ("zip_code IS NOT NULL AND login_attempts = 1", "(login_attempts)", &[5000, 167, 162]),
        ("city_id = $1 LIMIT 10", "(city_id)", &[5000, 50]),
        ("users.city_id = $1 AND public.users.login_attempts = $2", "(city_id, login_attempts)", &[5000, 50, 2]),
    ];
    for (tail, key, progression) in cases {
        let and = if tail.starts_with("ORDER") { "" } else { "WHERE" };
        let suggestion =
            advise(&format!("SELECT * FROM users {and} {tail}")).unwrap_or_else(|no| panic!("{tail}: {no}"));
        assert_eq!((suggestion.key().as_str(), suggestion.progression.as_slice()), (key, progression), "{tail}");
    }
    for sql in ["UPDATE users SET email = 'x' WHERE city_id = 1", "DELETE FROM users WHERE city_id = 1"] {
        let suggestion = advise(sql).unwrap();
        assert_eq!(suggestion.sql(), "CREATE INDEX CONCURRENTLY ON public.users (city_id);");
        assert_eq!(suggestion.progression, [5000, 50]);
    }
    for tail in ["metadata = '{}'", "active = true", "last_known_ip IS NULL"] {
        assert_eq!(advise(&format!("SELECT * FROM users WHERE {tail}")), Err(NoAdvice::NotSelective), "{tail}");
    }
}

/// L2, §7 `best_index` (the full hash).
#[test]
fn estimates_are_those_of_3_7() {
    let suggestion = advise("SELECT * FROM users WHERE login_attempts = 1 ORDER BY created_at").unwrap();
    assert_eq!(suggestion.estimates, [("login_attempts (=)".into(), 167), ("created_at (sort)".into(), 1)]);
}

/// L2, §7 `best_index` (explanations).
#[test]
fn without_trustworthy_statistics_there_is_no_advice_3_2() {
    let sql = "select * from users where city_id = 1";
    let small = Relation { rows: Some(499.0), ..users() };
    let never_analyzed = Relation { rows: None, ..users() };
    let unreadable = Relation { columns: vec![], ..users() };
    assert_eq!(best_index(sql, &[small], &[]), Err(NoAdvice::SmallTable));
    assert_eq!(best_index(sql, &[never_analyzed], &[]), Err(NoAdvice::SmallTable));
    assert_eq!(best_index(sql, &[unreadable], &[]), Err(NoAdvice::NoStatistics("public.users.city_id".into())));
    assert_eq!(best_index(sql, &[], &[]), Err(NoAdvice::NoTable("users".into())));
    assert_eq!(advise("select * from users"), Err(NoAdvice::NoColumns));
    assert_eq!(advise("select * from pg_class where relname = 'x'"), Err(NoAdvice::SystemTable));
}

/// L2; defect 9.
#[test]
fn the_table_meant_is_the_one_in_its_schema_10_9() {
    let elsewhere = |schema: &str| Relation { schema: schema.into(), ..users() };
    let on = |sql: &str, schemas: &[&str]| {
        let relations: Vec<Relation> = schemas.iter().map(|schema| elsewhere(schema)).collect();
        best_index(sql, &relations, &[]).map(|suggestion| suggestion.table.to_string())
    };
    let (plain, named) = ("select 1 from users where id = 1", "select 1 from \"Billing\".users where id = 1");
    assert_eq!(on(plain, &["app"]), Ok("app.users".into()));
    assert_eq!(on(plain, &["app", "public"]), Ok("public.users".into()));
    assert_eq!(on(plain, &["app", "billing"]), Err(NoAdvice::Ambiguous("users".into())));
    assert_eq!(on(named, &["app", "Billing"]), Ok("\"Billing\".users".into()));
    assert_eq!(on(named, &["app"]), Err(NoAdvice::NoTable("\"Billing\".users".into())));
}

/// L3 (§7 `suggested_indexes`; defects 7, 9).
#[test]
fn an_index_that_does_it_already_is_named_3_5() {
    let i = |keys: &[&str]| index("users", "i", keys);
    let method = |method: &str, keys: &[&str]| Index { method: method.into(), ..i(keys) };
    let (one, two, sorted, like) = (
        "city_id = 1",
        "city_id = 1 and login_attempts = 2",
        "login_attempts = 1 order by created_at",
        "email like 'x%'",
    );
    let trigram = |method: &str| Index { method: method.into(), trigram: true, ..i(&["email"]) };
    let cases: [(&str, Index, bool); 23] = [
        (one, method("gist", &["city_id"]), true),
        ("email = 'x'", trigram("gist"), false),
        (like, trigram("gin"), true),
        (like, trigram("gist"), true),
        (one, i(&["city_id"]), true),
        (one, i(&["city_id", "email"]), true),
        (one, i(&["email", "city_id"]), false),
        (one, i(&["lower(city_id)"]), false),
        (one, i(&[]), false),
        (one, Index { valid: false, ..i(&["city_id"]) }, false),
        (one, Index { valid: false, building: true, ..i(&["city_id"]) }, true),
        (one, Index { predicate: Some("active".into()), ..i(&["city_id"]) }, false),
        (one, Index { schema: "other".into(), ..i(&["city_id"]) }, false),
        (one, Index { include: vec!["email".into()], ..i(&["city_id"]) }, true),
        (one, method("hash", &["city_id"]), true),
        (one, method("brin", &["city_id"]), true),
        (one, method("gin", &["city_id"]), false),
        (two, i(&["city_id", "login_attempts"]), true),
        (two, i(&["login_attempts", "city_id"]), true),
        (sorted, i(&["created_at", "login_attempts"]), false),
        (sorted, method("hash", &["login_attempts"]), false),
        (like, i(&["email"]), false),
        (like, method("gist", &["email"]), false),
    ];
    for (tail, existing, covered) in cases {
        let sql = format!("select * from users where {tail}");
        let suggestion = best_index(&sql, &[users()], std::slice::from_ref(&existing)).unwrap();
        assert_eq!(suggestion.covered_by.is_some(), covered, "{tail} by {existing:?}");
    }
}

/// L2; defect 8.
#[test]
fn odd_names_are_quoted_10_8() {
    let relation = Relation {
        schema: "Odd Schema".into(),
        name: "Order".into(),
        rows: Some(9_000.0),
        columns: vec![Column { name: "select".into(), ordered: true, n_distinct: -1.0, ..Column::default() }],
        ..Relation::default()
    };
    let sql = r#"select * from "Order" where "select" = $1"#;
    let suggestion = best_index(sql, std::slice::from_ref(&relation), &[]).unwrap();
    assert_eq!(suggestion.sql(), r#"CREATE INDEX CONCURRENTLY ON "Odd Schema"."Order" ("select");"#);
    let existing = Index { schema: "Odd Schema".into(), ..index("Order", "i", &["\"select\""]) };
    assert!(best_index(sql, &[relation], &[existing]).unwrap().covered_by.is_some());
}

/// `a-44`: CREATE INDEX CONCURRENTLY is refused for a partitioned table.
#[test]
fn partitioned_table_gets_an_index_that_can_be_created() {
    let of = |kind| Relation { kind, ..users() };
    let sql = "select * from users where city_id = $1";
    let advise = |relation: Relation| best_index(sql, &[relation], &[]);
    let suggestion = advise(of(SourceKind::Partitioned)).unwrap();
    assert_eq!(suggestion.sql(), "CREATE INDEX ON public.users (city_id);");
    assert!(suggestion.caution().contains("ATTACH PARTITION"));
    let suggestion = advise(of(SourceKind::MaterializedView)).unwrap();
    assert_eq!(suggestion.sql(), "CREATE INDEX CONCURRENTLY ON public.users (city_id);");
    for kind in [SourceKind::View, SourceKind::ForeignTable] {
        assert_eq!(advise(of(kind)), Err(NoAdvice::NotIndexable("public.users".into())));
    }
    let parent = Relation { has_children: true, ..users() };
    assert_eq!(advise(parent), Err(NoAdvice::Inherited("public.users".into())));
}

#[test]
fn missing_statistics_are_explained_by_their_cause() {
    let table = || "public.users".to_owned();
    let bare = || Relation { columns: vec![], ..users() };
    for (relation, why) in [
        (bare(), NoAdvice::NoStatistics("public.users.city_id".into())),
        (Relation { unreadable: true, ..bare() }, NoAdvice::Unreadable(table())),
        (Relation { unreadable: true, row_security: true, ..bare() }, NoAdvice::RowSecurity(table())),
        (Relation { kind: SourceKind::Partitioned, ..bare() }, NoAdvice::NotAnalyzed(table())),
    ] {
        assert_eq!(best_index("select * from users where city_id = $1", &[relation], &[]), Err(why));
    }
    assert!(!NoAdvice::RowSecurity(table()).to_string().contains("GRANT"));
    assert!(!NoAdvice::NotAnalyzed(table()).to_string().contains("GRANT"));
}

/// `a-54`: what no plain index serves.
#[test]
fn column_that_no_plain_index_serves_is_not_advised() {
    let with = |change: &dyn Fn(&mut Column)| {
        let mut relation = users();
        relation.columns.iter_mut().filter(|column| column.name == "city_id").for_each(change);
        relation
    };
    let advise = |tail: &str, relation: Relation| {
        best_index(&format!("select * from users where {tail}"), &[relation], &[]).map(|suggestion| suggestion.key())
    };
    let typed = |name: &str| with(&|column: &mut Column| column.type_name = name.into());
    let integer = || typed("integer");
    for (tail, relation, expected) in [
        ("city_id = $1::bigint", integer(), Ok("(city_id)")),
        ("city_id = ANY ($1::int[])", integer(), Ok("(city_id)")),
        ("city_id = $1::numeric", integer(), Err(NoAdvice::NoColumns)),
        ("city_id = $1::numeric and login_attempts = $2", integer(), Ok("(login_attempts)")),
        ("city_id = $1::text", typed("character"), Err(NoAdvice::NoColumns)),
        ("city_id is null", with(&|column| column.ordered = false), Err(NoAdvice::NoColumns)),
        ("city_id = $1", with(&|column| column.width = 4_000), Err(NoAdvice::NoColumns)),
        ("city_id like $1", integer(), Err(NoAdvice::NoColumns)),
        ("active <> $1", users(), Err(NoAdvice::NotSelective)),
        ("active <> $1 and city_id = $2", users(), Ok("(city_id)")),
        ("city_id <> $1", with(&|column| column.n_distinct = 1.0), Err(NoAdvice::NotSelective)),
        ("city_id = login_attempts", users(), Err(NoAdvice::UnknownStructure)),
        ("city_id = $1 or login_attempts = $2", users(), Err(NoAdvice::UnknownStructure)),
    ] {
        assert_eq!(advise(tail, relation), expected.map(str::to_owned), "{tail}");
    }
    let trigram = best_index("select * from users where email like $1", &[users()], &[]).unwrap();
    assert!(trigram.sql().starts_with("CREATE EXTENSION IF NOT EXISTS pg_trgm;\nCREATE INDEX"), "{}", trigram.sql());
}

/// `a-54`: a name without a schema means what the search path of the session finds.
#[test]
fn table_is_the_one_the_caller_reads() {
    let table = |schema: &str, scans: i64, meant_by: &[&str]| Relation {
        schema: schema.into(),
        scans: Some(scans),
        meant_by: meant_by.iter().map(|role| (*role).to_owned()).collect(),
        ..users()
    };
    let temporary = Relation { temporary: true, ..table("pg_temp_3", 0, &[]) };
    let reset = Relation { scans_since: Some(Timestamp(50)), ..table("public", 0, &[]) };
    let uncounted = Relation { scans: None, ..table("public", 0, &[]) };
    let ambiguous = || Err(NoAdvice::Ambiguous("users".into()));
    let elsewhere = || Err(NoAdvice::Elsewhere("users".into()));
    for (relations, since, expected) in [
        (vec![table("t1", 100, &[])], None, Ok("t1")),
        (vec![table("public", 49, &[])], None, elsewhere()),
        (vec![table("public", 50, &[])], None, Ok("public")),
        (vec![reset.clone()], Some(Timestamp(60)), elsewhere()),
        (vec![reset.clone()], Some(Timestamp(40)), Ok("public")),
        (vec![reset], None, Ok("public")),
        (vec![uncounted], None, Ok("public")),
        (vec![table("public", 500, &[]), temporary], None, Err(NoAdvice::Temporary("users".into()))),
        (vec![table("t1", 500, &["other"]), table("t2", 500, &["app"])], None, Ok("t2")),
        (vec![table("t1", 500, &[""]), table("t2", 500, &[])], None, Ok("t1")),
        (vec![table("t1", 500, &[""]), table("app", 500, &[])], None, ambiguous()),
        (vec![table("t1", 500, &[]), table("public", 500, &[])], None, ambiguous()),
        (vec![table("t1", 500, &[]), table("public", 99, &[])], None, Ok("t1")),
        (vec![table("t1", 10, &[]), table("public", 99, &[])], None, ambiguous()),
        (vec![table("t1", 10, &["app"]), table("public", 99, &[])], None, ambiguous()),
    ] {
        let caller = Caller { role: "app", calls: 100, since };
        let sql = "select * from users where city_id = $1";
        let found = best_index_for(sql, caller, &relations, &[]).map(|suggestion| suggestion.table.schema);
        assert_eq!(found, expected.map(str::to_owned), "{since:?} {relations:?}");
    }
}

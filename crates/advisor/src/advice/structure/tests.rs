use super::*;

fn read(sql: &str) -> String {
    match structure(sql) {
        Ok(it) => {
            let conditions = it.conditions.iter().map(|c| format!("{} {}", c.column, c.operator));
            let sort = it.sort.iter().map(|s| format!("by {}{}", s.column, if s.descending { " desc" } else { "" }));
            let all: Vec<String> = conditions.chain(sort).collect();
            format!("{}{}: {}", it.schema.map(|s| s + ".").unwrap_or_default(), it.table, all.join(", "))
        }
        Err(no) => format!("{no:?}"),
    }
}

/// L2, §7 `best_index` (explanations).
#[test]
fn a_statement_is_read_as_3_1_says() {
    let cases = [
        ("SELECT * FROM users WHERE city_id = $1", "users: city_id ="),
        ("SELECT * FROM Users u WHERE (u.A = $1 AND (b > $2))", "users: a =, b >"),
        (r#"select 1 from "App"."Users" where "Id" <> 1 for update"#, r#"App.Users: Id <>"#),
        ("select 1 from t where a in ($1 /*, ... */) and b not in (1,2)", "t: a =, b <>"),
        ("select 1 from t where a = any($1) and b <> all ($2::int[])", "t: a =, b <>"),
        ("select 1 from t where a between $1 and $2 and b like $3 and c ilike $4", "t: a BETWEEN, b LIKE, c ILIKE"),
        ("select 1 from t where a ~~ $1 and b ~~* $2", "t: a LIKE, b ILIKE"),
        ("select 1 from t where a is null and b is not null", "t: a IS NULL, b IS NOT NULL"),
        ("select 1 from t where a = $1 order by b desc, c limit $2 offset $3", "t: a =, by b desc, by c"),
        ("select a, count(*) from t where a >= $1 group by a having count(*) > $2", "t: a >="),
        ("select 1 from t where a = $1 order by now()", "t: a ="),
        ("select 1 from t where at > now() - interval $1", "t: at >"),
        ("select 1 from t where at > $1::timestamptz and k = lower($2)", "t: at >, k ="),
        ("UPDATE users SET x = $1 WHERE id = $2", "users: id ="),
        ("delete from only_t where id = $1 returning id", "only_t: id ="),
        ("select 1", "UnknownStructure"),
        ("", "Empty"),
        (";", "UnknownStructure"),
        ("select 1 from t; select 2 from t", "UnknownStructure"),
        ("insert into t values (1)", "Insert"),
        ("SET work_mem = '1GB'", "Set"),
        ("select 1 from a join b on a.id = b.id where a.x = 1", "Join"),
        ("select 1 from a, b where a.x = 1", "Join"),
        ("update a set x = 1 from b where a.id = b.id", "Join"),
        ("delete from a using b where a.id = b.id", "Join"),
        ("with x as (select 1) select 1 from t where a = 1", "UnknownStructure"),
        ("select 1 from t union select 2 from t", "UnknownStructure"),
        ("select 1 from (select 1) t where a = 1", "UnknownStructure"),
        ("select 1 from generate_series(1, 2) t where t = 1", "UnknownStructure"),
        ("select 1 from t where a = 1 or b = 2", "UnknownStructure"),
        ("select 1 from t where not a = 1", "UnknownStructure"),
        ("select 1 from t where active", "UnknownStructure"),
        ("select 1 from t where lower(a) = 'x'", "UnknownStructure"),
        ("select 1 from t where a::text = 'x'", "UnknownStructure"),
        ("select 1 from t where 1 = a", "UnknownStructure"),
        ("select 1 from t where a in (select 1)", "UnknownStructure"),
        ("select 1 from t where a = any (select 1)", "UnknownStructure"),
        ("select 1 from t where exists (select 1)", "UnknownStructure"),
        ("select 1 from t where a not like 'x'", "UnknownStructure"),
        ("select 1 from t where a not between 1 and 2", "UnknownStructure"),
        ("select 1 from t where a ~ 'x'", "UnknownStructure"),
        ("select 1 from t where a @> '{}'", "UnknownStructure"),
        ("select 1 from t where other.a = 1", "UnknownStructure"),
        ("select 1 from t where a = b", "UnknownStructure"),
        ("select 1 from t where a = t.b + 1", "UnknownStructure"),
        ("select 1 from t where a in ($1, b)", "UnknownStructure"),
        ("select 1 from t where a between $1 and b", "UnknownStructure"),
        ("select 1 from t where a like b", "UnknownStructure"),
        ("select 1 from t where a = any (b)", "UnknownStructure"),
        ("select 1 from t where a = (select max(a) from u)", "UnknownStructure"),
        ("select 1 from t where a = (random() * $1)::int", "UnknownStructure"),
        ("select 1 from t where a = mine($1)", "UnknownStructure"),
        ("select 1 from t tablesample system (10) where a = $1", "UnknownStructure"),
        ("select 1 from t where (a = $1) is true", "UnknownStructure"),
        ("select 1 from t where a is distinct from $1", "UnknownStructure"),
        ("select 1 from t where not (a = $1) and b = $2", "UnknownStructure"),
        ("select 1 from t where (a, b) = ($1, $2)", "UnknownStructure"),
        ("select 1 from t where a collate \"C\" = $1", "UnknownStructure"),
        ("select 1 from only t where t.a = $1", "UnknownStructure"),
        ("with t as (select 1 as a) select 1 from t where a = $1", "UnknownStructure"),
        ("with t as (select 1 as a) update u set b = 1 where a = $1", "UnknownStructure"),
        ("select (select count(*) from u) from t where a = $1", "Join"),
        ("update t set b = (select max(b) from u) where a = $1", "Join"),
        ("select 1 from t where a = $1 order by b nulls first", "t: a ="),
        ("select 1 from t where a = $1 order by b desc nulls first, c nulls last", "t: a =, by b desc, by c"),
        ("select lower(b) as b from t where a = $1 order by b", "t: a ="),
        ("select lower(b) as b from t where a = $1 order by t.b", "t: a =, by b"),
        ("select c as b from t where a = $1 order by 1, b", "t: a ="),
        ("select 1 from t where at > current_date and b = coalesce($1, $2)", "t: at >, b ="),
        ("selec 1 from t", "NotUnderstood"),
    ];
    for (sql, expected) in cases {
        assert_eq!(read(sql), expected, "{sql}");
    }
    assert_eq!(read(&format!("select 1 from t where a = 1 {}", " ".repeat(10_000))), "TooLarge");
}

#[test]
fn every_table_a_statement_names_is_known_1_4() {
    let named = |sql: &str| -> Vec<String> {
        let names = named(sql).unwrap_or_default();
        names
            .into_iter()
            .map(|(schema, name)| schema.map_or(name.clone(), |schema| format!("{schema}.{name}")))
            .collect()
    };
    assert_eq!(
        named("select * from a join \"B\".\"C d\" x on true, lateral (select 1 from a.b) y"),
        ["a", "B.C d", "a.b"]
    );
    assert_eq!(named("insert into T select * from u where exists (select from v)"), ["t", "u", "v"]);
    assert_eq!(named("with w as (select 1 from t) update u set a = 1 from w where u.id = w.id"), ["t", "u", "w"]);
    assert_eq!(named("select 1"), [""; 0]);
    assert_eq!(named("selec"), [""; 0]);
}

#[test]
fn deep_and_long_statements_do_not_overflow() {
    let deep = format!("select 1 from t where {}a = 1{}", "(".repeat(4_000), ")".repeat(4_000));
    assert_eq!(read(&deep), "NotUnderstood");
    let long = format!("select 1 from t where a = 1{}", " and b = 2".repeat(900));
    assert!(read(&long).starts_with("t: a =, b ="));
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_odd_to_refuse(sql in "(select|update|delete| from | where |t|a|=|\\$1|and|or|'|\"|\\(|\\)|;| ){0,40}") {
        let _ = structure(&sql);
    }
}

//! Estimates of bloat, against tables and indexes of many shapes whose bloat is known.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use common::{Watched, answer, majors, target};
use futures::future::join_all;
use model::{Bloat, Packing, QualifiedName, Why};

/// Share of an object that an estimate may be off.
const TOLERANCE: f64 = 0.1;
/// Numbers of the generated tables.
const TABLES: std::ops::Range<u64> = 0..10;

/// Column types with an expression that fills them, of the row's number `g` and a pseudo-random number `r` of 0 to 999,999.
const COLUMNS: &[(&str, &str)] = &[
    ("int", "g"),
    ("int", "r"),
    ("int", "g % 7"),
    ("int", "r % 10000"),
    // As many unique values as equal ones; a long tail.
    ("int", "CASE WHEN g % 2 = 0 THEN g ELSE 0 END"),
    ("int", "(1000000 / (r + 1))::int"),
    ("bigint", "r::bigint * 1000"),
    ("smallint", "g % 1000"),
    ("numeric", "r / 7.0"),
    ("numeric(6,2)", "g % 300"),
    ("float8", "r / 3.0"),
    ("bool", "r % 10 = 0"),
    ("\"char\"", "chr(65 + r % 20)"),
    ("date", "date '2020-01-01' + r % 2000"),
    ("timestamptz", "now() - r * interval '1 minute'"),
    ("interval", "make_interval(secs => r)"),
    ("uuid", "md5(r::text)::uuid"),
    ("inet", "'10.0.0.0'::inet + r"),
    ("macaddr", "lpad(to_hex(r), 12, '0')::macaddr"),
    ("jsonb", "jsonb_build_object('id', g, 'n', r % 10)"),
    ("int[]", "array_fill(g, ARRAY[r % 5])"),
    ("bytea", "decode(md5(g::text), 'hex')"),
    ("name", "'n' || r"),
    ("mood", "(ARRAY['sad', 'ok', 'happy'])[1 + r % 3]::mood"),
    ("key", "r"),
    ("pair", "ROW(g, 'p' || r % 100)::pair"),
    ("char(3)", "(ARRAY['EUR', 'USD', 'CHF'])[1 + r % 3]"),
    ("char(20)", "'c' || r"),
    ("varchar(40)", "repeat('v', 1 + r % 40)"),
    ("text", "'x'"),
    ("text", "'t' || g"),
    ("text", "md5(r::text)"),
    ("text", "'status ' || r % 6"),
    ("text", "left(md5(r::text) || md5(g::text), 1 + r % 64)"),
    ("text", "repeat(md5(r::text), 1 + r % 8)"),
    // Few wide values among narrow ones.
    ("text", "CASE WHEN g % 50 = 0 THEN repeat(md5(g::text), 8) ELSE 'x' || g END"),
    ("text COLLATE blind", "'Name ' || r % 50"),
    ("text COLLATE blind", "'Name ' || r"),
];

/// Rows that fill a page badly, values stored out of line, and what else no generator makes by chance.
const SPECIAL: &str = r#"
    CREATE TABLE sparse (id bigint PRIMARY KEY, ref text);
    INSERT INTO sparse SELECT g, CASE WHEN g % 25 = 0 THEN repeat(md5(g::text), 6) END FROM generate_series(1, 120000) AS g;
    CREATE INDEX sparse_ref ON sparse (ref) WHERE ref IS NOT NULL;
    CREATE TABLE wide (id bigint PRIMARY KEY, note text, kind int);
    INSERT INTO wide SELECT g, CASE WHEN g % 25 = 0 THEN repeat(md5(g::text), 8) ELSE 'x' || g END, g % 25 FROM generate_series(1, 100000) AS g;
    CREATE INDEX wide_note ON wide (note) WHERE kind = 0; CREATE INDEX wide_lower ON wide (lower(note));
    CREATE INDEX wide_some ON wide (id) WHERE kind IN (1, 2, 3, 4, 5); CREATE INDEX wide_desc ON wide (kind DESC NULLS FIRST, id);
    CREATE TABLE half_page (id int, filler text); ALTER TABLE half_page ALTER filler SET STORAGE PLAIN;
    INSERT INTO half_page SELECT g, repeat('x', 4100) FROM generate_series(1, 400) AS g;
    CREATE TABLE third_page (id int, filler text); ALTER TABLE third_page ALTER filler SET STORAGE PLAIN;
    INSERT INTO third_page SELECT g, repeat('x', 2100 + g % 900) FROM generate_series(1, 1200) AS g;
    CREATE TABLE quarter_page (id int, filler text);
    INSERT INTO quarter_page SELECT g, (SELECT string_agg(md5(g::text || i), '') FROM generate_series(1, 62) AS i) FROM generate_series(1, 2000) AS g;
    CREATE TABLE outside (id int PRIMARY KEY, body text, word text);
    INSERT INTO outside SELECT g, CASE WHEN g % 20 = 0 THEN (SELECT string_agg(md5(g::text || i), '') FROM generate_series(1, 80) AS i) ELSE 'b' || g END, 'w' || g FROM generate_series(1, 60000) AS g;
    CREATE INDEX outside_body ON outside (body); CREATE INDEX outside_word ON outside (word);
    CREATE TABLE compressed (id int, body text);
    INSERT INTO compressed SELECT g, repeat(md5(g::text), 40) FROM generate_series(1, 12000) AS g;
    CREATE INDEX compressed_body ON compressed (body); CREATE INDEX compressed_upper ON compressed (upper(body));
    CREATE TABLE large_keys (id int, key text);
    INSERT INTO large_keys SELECT g, (SELECT string_agg(md5(g::text || i), '') FROM generate_series(1, 14) AS i) FROM generate_series(1, 6000) AS g;
    CREATE INDEX large_keys_key ON large_keys (key);
    CREATE TABLE dropped (a text, b int, c text, d int); INSERT INTO dropped SELECT md5(g::text), g, md5(g::text), g FROM generate_series(1, 60000) AS g;
    ALTER TABLE dropped DROP COLUMN a; ALTER TABLE dropped DROP COLUMN b;
    CREATE TABLE dropped_int (a int, b bigint, d int); INSERT INTO dropped_int SELECT g, g, g FROM generate_series(1, 60000) AS g;
    ALTER TABLE dropped_int DROP COLUMN b;
    CREATE TABLE currencies (id int, currency char(3), country text, note text);
    INSERT INTO currencies SELECT g, 'EUR', 'DE', md5(g::text) FROM generate_series(1, 200000) AS g;
    CREATE INDEX currencies_currency ON currencies (currency); CREATE INDEX currencies_country ON currencies (country);
    CREATE INDEX currencies_twice ON currencies (currency) WITH (deduplicate_items = off);
    CREATE TABLE parts (id int, day int) PARTITION BY LIST (day); CREATE INDEX ON parts (id);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1); CREATE TABLE parts_2 PARTITION OF parts DEFAULT;
    INSERT INTO parts SELECT g, g % 3 FROM generate_series(1, 120000) AS g;
    CREATE TABLE many (a int, b int, c int, d int, e int, f int, g int, h int, i text, j int);
    INSERT INTO many SELECT g, nullif(g % 2, 0), nullif(g % 3, 0), g, nullif(g % 5, 0), g, g, g, 'x', g FROM generate_series(1, 60000) AS g;
    CREATE INDEX many_abc ON many (b, c, a); CREATE INDEX many_b ON many (b);
    CREATE TABLE nothing (); INSERT INTO nothing SELECT FROM generate_series(1, 60000);
    CREATE TABLE empty (id int PRIMARY KEY); CREATE TABLE tiny (id int PRIMARY KEY); INSERT INTO tiny VALUES (1);
    CREATE TABLE others (id int, tags int[], place point, word text);
    INSERT INTO others SELECT g, ARRAY[g, g % 10], point(g, g), md5(g::text) FROM generate_series(1, 30000) AS g;
    CREATE INDEX others_hash ON others USING hash (word); CREATE INDEX others_gin ON others USING gin (tags);
    CREATE INDEX others_gist ON others USING gist (place); CREATE INDEX others_brin ON others USING brin (id);
"#;

/// Numbers that are the same in every run (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (number ^ (number >> 31)) % end
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }
}

/// Whether the indexes of a generated table grow with its rows: their pages are split, so they are not as a fresh copy.
fn by_inserts(number: u64) -> bool {
    number % 5 == 4
}

/// A table of random columns with random indexes.
fn generated(number: u64) -> String {
    let mut numbers = Numbers(number);
    // Every column occurs.
    let first = number as usize * 4;
    let mut columns: Vec<_> = (first..first + 4).map(|at| COLUMNS[at % COLUMNS.len()]).collect();
    for _ in 0..numbers.below(3) {
        columns.push(numbers.pick(COLUMNS));
    }
    let rows = if number.is_multiple_of(5) { 180_000 } else { 50_000 };
    let fillfactor = numbers.pick(&["100", "100", "100", "85.4", "5e1", "0x1E"]);
    let nulls: Vec<_> = columns.iter().map(|_| numbers.pick(&[0, 0, 0, 10, 50, 95])).collect();
    let table = format!("t{number}");
    let mut sql = format!("CREATE TABLE {table} (id int");
    for (at, (kind, _)) in columns.iter().enumerate() {
        write!(sql, ", c{at} {kind}").unwrap();
    }
    write!(sql, ", gone text) WITH (fillfactor = '{fillfactor}');").unwrap();
    if number.is_multiple_of(4) {
        write!(sql, "ALTER TABLE {table} DROP COLUMN gone;").unwrap();
    }
    let mut rows_of = String::new();
    write!(rows_of, "INSERT INTO {table} SELECT g").unwrap();
    for ((_, value), nulls) in columns.iter().zip(&nulls) {
        write!(rows_of, ", CASE WHEN abs(hashint4(g)) % 100 >= {nulls} THEN {value} END").unwrap();
    }
    write!(
        rows_of,
        " FROM (SELECT g, abs(hashint8(g::bigint + {number}) % 1000000) AS r FROM generate_series(1, {rows}) AS g) AS g;"
    )
    .unwrap();
    if !by_inserts(number) {
        sql.push_str(&rows_of);
    }
    for at in 0..6 {
        // json has no order; an index of each of the first columns alone, then of several.
        let sortable = |at: usize| !columns[at].0.starts_with("json[");
        let column = |numbers: &mut Numbers| format!("c{}", numbers.below(columns.len() as u64));
        let mut keys = vec![if at < 3 && sortable(at) { format!("c{at}") } else { column(&mut numbers) }];
        if at >= 3 {
            keys.push(numbers.pick(&["id", "id DESC", "id NULLS FIRST"]).into());
            keys.push(column(&mut numbers));
            keys.rotate_left(numbers.below(3) as usize);
            keys.truncate(1 + numbers.below(3) as usize);
            keys.sort();
            keys.dedup();
        }
        let include = if numbers.below(6) == 0 { format!("INCLUDE ({})", column(&mut numbers)) } else { String::new() };
        let options = numbers.pick(&[
            "",
            "",
            "",
            "WITH (deduplicate_items = off)",
            "WITH (fillfactor = 70.4)",
            "WITH (fillfactor = 100)",
        ]);
        let predicate = match numbers.below(8) {
            0 => format!("WHERE {} IS NOT NULL", column(&mut numbers)),
            1 => "WHERE id % 2 = 0".into(),
            2 => "WHERE id % 50 <> 0".into(),
            _ => String::new(),
        };
        write!(sql, "CREATE INDEX {table}_{at} ON {table} ({}) {include} {options} {predicate};", keys.join(", "))
            .unwrap();
    }
    let first_text = columns.iter().position(|(kind, _)| *kind == "text");
    if let Some(at) = first_text {
        write!(sql, "CREATE INDEX {table}_pattern ON {table} (c{at} text_pattern_ops);").unwrap();
        write!(sql, "CREATE INDEX {table}_expression ON {table} (lower(c{at}), (id % 10));").unwrap();
    }
    write!(sql, "CREATE UNIQUE INDEX {table}_unique ON {table} (id);").unwrap();
    if by_inserts(number) {
        sql.push_str(&rows_of);
    }
    sql
}

/// What Heron estimates of every table and btree index.
async fn estimates(watched: &Watched) -> BTreeMap<String, (Packing, Bloat)> {
    let all = answer(probe::bloat::read(&target(watched.admin_url())).await);
    all.into_iter()
        .map(|packing| (packing.qualified().to_string(), (packing.clone(), advisor::bloat(&packing))))
        .collect()
}

async fn pages(watched: &Watched, relation: &str) -> f64 {
    let sql = format!("SELECT pg_relation_size('{relation}') / current_setting('block_size')::int");
    let pages: Option<i64> = watched.admin.fetch(common::leak(&sql), []).get().await.unwrap();
    pages.unwrap() as f64
}

/// Builds every table and index again; what is wrong with the estimates of before, and how many were given.
async fn compared(watched: &Watched, estimates: &BTreeMap<String, (Packing, Bloat)>) -> (Vec<String>, usize) {
    let (mut wrong, mut given) = (vec![], 0);
    let tables: Vec<_> = estimates.values().filter(|(packing, _)| packing.index.is_none()).collect();
    for (packing, _) in &tables {
        watched.run(&format!("VACUUM FULL {}", packing.on())).await;
    }
    for (name, (packing, bloat)) in estimates {
        let fresh = pages(watched, name).await;
        let truth = 1.0 - fresh / packing.pages as f64;
        let most = bloat.at_most.0 as f64 / packing.size().0 as f64;
        if truth > most + TOLERANCE / 2.0 {
            wrong.push(format!("{name}: at most {most:.2}, really {truth:.2}: {packing:?}"));
        }
        if let Some(share) = bloat.share() {
            given += 1;
            if (share.0 - truth.max(0.0)).abs() > TOLERANCE {
                wrong.push(format!("{name}: estimated {:.2}, really {truth:.2}, {fresh} pages: {packing:?}", share.0));
            }
        } else {
            println!("{name}: really {truth:.2}: {:?}", bloat.wasted);
        }
    }
    (wrong, given)
}

async fn built(major: u16) -> Watched {
    let watched = Watched::new(major).await;
    watched
        .run(
            "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE TYPE pair AS (a int, b text);
             CREATE DOMAIN key AS bigint CHECK (VALUE >= 0);
             CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        )
        .await;
    watched.run(SPECIAL).await;
    for number in TABLES {
        watched.run(&generated(number)).await;
    }
    watched.run("VACUUM ANALYZE").await;
    watched
}

#[tokio::test]
async fn bloat_of_fresh_objects_of_any_shape_is_not_reported() {
    join_all(majors().into_iter().map(assert_fresh_is_not_bloated)).await;
}

async fn assert_fresh_is_not_bloated(major: u16) {
    let watched = built(major).await;
    let estimates = estimates(&watched).await;
    assert!(estimates.len() > 80, "{}", estimates.len());
    assert!(!estimates.keys().any(|name| name.starts_with("public.others_")), "btree indexes only");
    let grown: Vec<_> = TABLES.filter(|number| by_inserts(*number)).map(|number| format!("t{number}")).collect();
    let wrong: Vec<_> = estimates
        .values()
        .filter(|(packing, _)| packing.index.is_none() || !grown.contains(&packing.table))
        .filter_map(|(packing, bloat)| {
            let share = bloat.share().filter(|share| share.0 > TOLERANCE)?;
            Some(format!("{}: {:.2}: {packing:?}", bloat.qualified(), share.0))
        })
        .collect();
    assert!(wrong.is_empty(), "on {major}:\n{}", wrong.join("\n"));
    let given = estimates.values().filter(|(_, bloat)| bloat.wasted.is_ok()).count();
    assert!(given * 2 > estimates.len(), "{given} of {} estimated on {major}", estimates.len());
}

#[tokio::test]
async fn bloat_of_a_known_share_is_estimated_or_withheld() {
    join_all(majors().into_iter().map(assert_known_share_is_estimated)).await;
}

async fn assert_known_share_is_estimated(major: u16) {
    let watched = built(major).await;
    let sql = "SELECT coalesce(string_agg(oid::regclass::text, ' ' ORDER BY oid), '') FROM pg_class
                WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 0";
    let tables: Option<String> = watched.admin.fetch(sql, []).get().await.unwrap();
    let tables = tables.unwrap();
    // A session that ends has told what it changed before ANALYZE notes that nothing has changed since.
    let session = dataset::Database::connect(watched.admin_url()).await.unwrap();
    for (number, table) in tables.split(' ').enumerate() {
        let percent = [15, 40, 60, 80][number % 4];
        common::run(&session, &format!("DELETE FROM {table} WHERE abs(hashtid(ctid)) % 100 < {percent}")).await;
    }
    session.close().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    watched.run("VACUUM (TRUNCATE false, INDEX_CLEANUP on)").await;
    watched.run("ANALYZE").await;
    let estimates = estimates(&watched).await;
    let (wrong, given) = compared(&watched, &estimates).await;
    assert!(wrong.is_empty(), "on {major}:\n{}", wrong.join("\n"));
    assert!(given * 3 > estimates.len() * 2, "{given} of {} estimated on {major}", estimates.len());
}

#[tokio::test]
async fn measurement_is_exact_and_never_waits() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let name = |name: &str| QualifiedName::new("Odd Schema", name);
        watched
            .run(
                r#"CREATE SCHEMA "Odd Schema"; CREATE TABLE "Odd Schema"."T" (id int PRIMARY KEY, word text);
                   INSERT INTO "Odd Schema"."T" SELECT g, 'x' FROM generate_series(1, 20000) AS g;
                   CREATE INDEX hashed ON "Odd Schema"."T" USING hash (id);
                   DELETE FROM "Odd Schema"."T" WHERE id % 4 > 0"#,
            )
            .await;
        watched.run(r#"VACUUM "Odd Schema"."T""#).await;
        let absent = probe::measure::read(&watched.target(), &name("T")).await.answer.unwrap_err();
        assert!(absent.why == Why::Extension && absent.detail.contains("CREATE EXTENSION pgstattuple;"), "{absent:?}");

        watched.run(r#"CREATE SCHEMA "ex""t"; CREATE EXTENSION pgstattuple SCHEMA "ex""t""#).await;
        let hidden = probe::measure::read(&watched.target(), &name("T")).await.answer.unwrap_err();
        assert_eq!(hidden.why, Why::Privilege);
        watched.run(&format!(r#"GRANT USAGE ON SCHEMA "ex""t" TO {}"#, watched.role)).await;

        let table = answer(probe::measure::read(&watched.target(), &name("T")).await);
        let free = table.free.unwrap().0 as f64 / table.size.0 as f64;
        assert!((0.6..0.8).contains(&free) && table.leaf_pages.is_none(), "on {major}: {table:?}");
        let index = answer(probe::measure::read(&watched.target(), &name("T_pkey")).await);
        let density = index.leaf_density_percent.unwrap();
        assert!((15.0..35.0).contains(&density) && index.free.is_none(), "on {major}: {index:?}");
        for other in ["hashed", "nothing"] {
            assert!(probe::measure::read(&watched.target(), &name(other)).await.answer.is_err(), "{other}");
        }

        let holder = watched.hold(r#"LOCK TABLE "Odd Schema"."T" IN ACCESS EXCLUSIVE MODE"#).await;
        let begun = std::time::Instant::now();
        let locked = probe::measure::read(&watched.target(), &name("T")).await.answer.unwrap_err();
        assert!(locked.why == Why::Locked && begun.elapsed() < Duration::from_millis(400), "{locked:?}");
        holder.close().await;
    }
}

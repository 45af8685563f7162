//! What each dialect is sent, and what is refused before anything is: the guard list of the specification (§2.4).
//!
//! MySQL itself is not run by these tests. What it does differently from MariaDB, which is, has its texts here: RETURNING
//! (not at all), LATERAL (it has it), shared locks (they only wait); its time limit is with the engine.
#![allow(clippy::unwrap_used, missing_docs)]

use dataset::{
    Database, Dataset, Dialect, Kind, Row, Table, TxOptions, Values, case, col, excluded, func, lit, row, star,
    star_of, val,
};

const ALL: [Dialect; 4] = [Dialect::Postgres, Dialect::MySql, Dialect::MariaDb, Dialect::Sqlite];

fn mock(dialect: Dialect) -> Database {
    Database::mock(dialect)
}

/// The text a dataset is read with.
async fn sent(dialect: Dialect, build: impl Fn(&Database) -> Dataset) -> String {
    let db = mock(dialect);
    build(&db).rows().await.unwrap();
    db.statements().join("; ")
}

async fn refused(dialect: Dialect, build: impl Fn(&Database) -> Dataset) {
    let db = mock(dialect);
    assert_eq!(build(&db).rows().await.unwrap_err().kind(), Kind::InvalidOperation, "{dialect}");
    assert!(db.statements().is_empty(), "{dialect}");
}

#[tokio::test]
async fn b74_values_are_always_bound() {
    let build = |db: &Database| {
        db.from("t")
            .filter(col("a").eq(1) & col("b").like("x%") & lit("c < ?", [2.5.into()]))
            .order(col("a").desc())
            .limit(3)
            .offset(4)
    };
    assert_eq!(
        sent(Dialect::Postgres, build).await,
        r#"SELECT * FROM "t" WHERE "a" = $1 AND "b" LIKE $2 AND (c < $3) ORDER BY "a" DESC LIMIT $4 OFFSET $5"#
    );
    assert_eq!(
        sent(Dialect::MariaDb, build).await,
        "SELECT * FROM `t` WHERE `a` = ? AND (`b` LIKE BINARY ?) AND (c < ?) ORDER BY `a` DESC LIMIT ? OFFSET ?"
    );
    assert_eq!(
        sent(Dialect::Sqlite, build).await,
        r"SELECT * FROM `t` WHERE `a` = ? AND `b` LIKE ? ESCAPE ('\') AND (c < ?) ORDER BY `a` DESC LIMIT ? OFFSET ?"
    );
}

#[tokio::test]
async fn b14_names_are_always_quoted() {
    let odd = r#"a" FROM x; -- `"#;
    for dialect in ALL {
        let db = mock(dialect);
        let text = db.from(odd).select([odd]).sql();
        let want = match dialect {
            Dialect::Postgres => r#"SELECT "a"" FROM x; -- `" FROM "a"" FROM x; -- `""#,
            _ => r#"SELECT `a" FROM x; -- ``` FROM `a" FROM x; -- ```"#,
        };
        assert_eq!(text, want);
    }
    let t = mock(Dialect::Postgres).from(Table::from(("s", "t")).as_("u"));
    assert_eq!(t.select_expr(star_of("u")).sql(), r#"SELECT "u".* FROM "s"."t" AS "u""#);
}

#[tokio::test]
async fn b97_locks() {
    let locked = |db: &Database| db.from("t").skip_locked();
    assert_eq!(sent(Dialect::Postgres, locked).await, r#"SELECT * FROM "t" FOR UPDATE SKIP LOCKED"#);
    assert_eq!(sent(Dialect::MySql, locked).await, "SELECT * FROM `t` FOR UPDATE SKIP LOCKED");
    refused(Dialect::Sqlite, locked).await;
    refused(Dialect::Sqlite, |db| db.from("t").for_update()).await;
}

/// What only some dialects have, row by row: the text there, an error elsewhere, and nothing sent.
#[tokio::test]
async fn b97_only_where_it_exists() {
    use Dialect::{MariaDb, MySql, Postgres, Sqlite};
    type Build = fn(&Database) -> Dataset;
    let rows: [(&str, &[Dialect], Build); 11] = [
        ("FOR UPDATE", &[Postgres, MySql, MariaDb], |db| db.from("t").for_update()),
        ("FOR UPDATE NOWAIT", &[Postgres, MySql, MariaDb], |db| db.from("t").nowait()),
        ("SKIP LOCKED", &[Postgres, MariaDb], |db| db.from("t").for_share().skip_locked()),
        ("DISTINCT ON (", &[Postgres], |db| db.from("t").distinct_on(["a"])),
        ("FULL OUTER JOIN", &[Postgres, Sqlite], |db| db.from("t").full_join("u", col("a").eq(col("b")))),
        ("FULL JOIN", &[Postgres, Sqlite], |db| {
            db.from("t").full_join("u", col("a").eq(col("b"))).join_using("v", ["x"])
        }),
        ("LATERAL (", &[Postgres, MySql], |db| db.from("t").join_lateral(db.from("u"), "u")),
        ("ROLLUP", &[Postgres, MySql, MariaDb], |db| db.from("t").select(["a"]).group_rollup(["a"])),
        ("CUBE (", &[Postgres], |db| db.from("t").select(["a"]).group_cube(["a"])),
        ("GROUPING SETS (", &[Postgres], |db| db.from("t").select(["a"]).grouping_sets([vec!["a"], vec![]])),
        ("DEFAULT", &[Postgres, MySql, MariaDb], |db| db.from("t").filter(dataset::default().eq(1))),
    ];
    for (words, having, build) in rows {
        for dialect in ALL {
            if having.contains(&dialect) {
                let text = sent(dialect, build).await;
                assert!(text.contains(words), "{text}");
            } else {
                refused(dialect, build).await;
            }
        }
    }
}

#[tokio::test]
async fn b97_writes_only_where_they_exist() {
    for dialect in ALL {
        let db = mock(dialect);
        let kind = |outcome: dataset::Result<u64>| outcome.err().map(|e| e.kind());
        let refused = Some(Kind::InvalidOperation);
        let replaced = kind(db.from("t").replace(row! { id: 1 }).await);
        assert_eq!(replaced, if dialect == Dialect::Postgres { refused } else { None });
        let rows = || vec![row! { id: 1, n: 1 }];
        let only = col(("t", "n")).lt(1);
        let upserted = db.from("t").multi_upsert_where(&["id"], rows(), row! { n: excluded("n") }, only).await;
        assert_eq!(kind(upserted), if matches!(dialect, Dialect::MySql | Dialect::MariaDb) { refused } else { None });
        // Recorded or refused, never left out without a word.
        assert_eq!(db.statements().len(), 1 + usize::from(dialect == Dialect::Sqlite));
        db.from("t").truncate().await.unwrap();
        let truncated = db.statements().join(";");
        assert_eq!(
            truncated,
            match dialect {
                Dialect::Postgres => r#"TRUNCATE TABLE "t""#,
                Dialect::Sqlite => "DELETE FROM `t`",
                _ => "TRUNCATE TABLE `t`",
            }
        );
        assert_eq!(
            kind(db.from("t").with("w", db.from("u")).insert_only(row! { id: 1 }).await).is_some(),
            matches!(dialect, Dialect::MySql | Dialect::MariaDb)
        );
        db.statements();
        let joined = || db.from("t").join("u", col(("t", "id")).eq(col(("u", "id"))));
        joined().update(row! { n: col(("u", "n")) }).await.unwrap();
        joined().delete().await.unwrap();
        let sent: Vec<String> =
            db.statements().into_iter().filter(|sql| sql.contains("`t`") || sql.contains("\"t\"")).collect();
        assert_eq!(
            sent[0],
            match dialect {
                Dialect::Postgres => r#"UPDATE "t" SET "n" = "u"."n" FROM "u" WHERE "t"."id" = "u"."id""#,
                Dialect::Sqlite => "UPDATE `t` SET `n` = `u`.`n` FROM `u` WHERE `t`.`id` = `u`.`id`",
                _ => "UPDATE `t` JOIN `u` ON `t`.`id` = `u`.`id` SET `t`.`n` = `u`.`n`",
            }
        );
        let delete = sent.last().unwrap();
        match dialect {
            Dialect::Postgres => assert_eq!(
                delete,
                "WITH \"dataset_chosen\" AS  MATERIALIZED (SELECT \"t\".\"tableoid\", \"t\".\"ctid\" FROM \"t\" \
                 INNER JOIN \"u\" ON \"t\".\"id\" = \"u\".\"id\" FOR UPDATE OF \"t\") DELETE FROM \"t\" WHERE \
                 (\"t\".\"tableoid\", \"t\".\"ctid\") IN (SELECT \"dataset_chosen\".\"tableoid\", \"dataset_chosen\".\"ctid\" \
                 FROM \"dataset_chosen\")"
            ),
            _ => assert!(delete.starts_with("DELETE FROM") && delete.contains("IN (SELECT * FROM (SELECT"), "{delete}"),
        }
    }
}

#[tokio::test]
async fn b97_offset_without_limit() {
    for dialect in ALL {
        let text = sent(dialect, |db| db.from("t").offset(5)).await;
        assert_eq!(text.contains("LIMIT"), dialect != Dialect::Postgres, "{text}");
    }
}

#[tokio::test]
async fn b97_union_parts_with_a_limit() {
    let union = |db: &Database| db.from("a").limit(1).union_all(db.from("b").order(col("x").asc()).limit(2)).limit(3);
    let text = sent(Dialect::Sqlite, union).await;
    assert_eq!(
        text,
        "SELECT * FROM (SELECT * FROM (SELECT * FROM `a` LIMIT ?) AS `t1` UNION ALL \
         SELECT * FROM (SELECT * FROM `b` ORDER BY `x` ASC LIMIT ?) AS `t1`) AS `t1` LIMIT ?"
    );
}

#[tokio::test]
async fn b97_arrays_only_where_there_are_some() {
    for dialect in ALL {
        let list = |db: &Database| db.from("t").filter(col("id").is_in([1, 2]));
        let text = sent(dialect, list).await;
        match dialect {
            Dialect::Postgres => assert_eq!(text, r#"SELECT * FROM "t" WHERE "id" = ANY($1)"#),
            _ => assert_eq!(text, "SELECT * FROM `t` WHERE `id` IN (?, ?)"),
        }
        if dialect != Dialect::Postgres {
            refused(dialect, |db| db.from("t").filter(col("id").eq(vec![1_i64]))).await;
        }
    }
}

#[tokio::test]
async fn b97_returning() {
    for dialect in ALL {
        let db = mock(dialect);
        let inserted = db.from("t").insert_returning::<i64>(row! { a: 1 }, &["id", "x`y"]).await.unwrap_err().kind();
        let deleted = db.from("t").delete_returning::<i64>(&["id"]).await;
        let updated = db.from("t").update_returning::<i64>(row! { a: 1 }, &["id"]).await;
        match dialect {
            Dialect::MySql => {
                assert_eq!(inserted, Kind::InvalidOperation);
                assert_eq!(deleted.unwrap_err().kind(), Kind::InvalidOperation);
            }
            _ => {
                assert_eq!(inserted, Kind::NoRow);
                assert_eq!(deleted.unwrap(), Vec::<i64>::new());
            }
        }
        assert_eq!(updated.is_err(), matches!(dialect, Dialect::MySql | Dialect::MariaDb));
        if dialect == Dialect::MariaDb {
            assert_eq!(
                db.statements(),
                ["INSERT INTO `t` (`a`) VALUES (?) RETURNING `id`, `x``y`", "DELETE FROM `t` RETURNING `id`"]
            );
        }
    }
}

#[tokio::test]
async fn b97_writes_of_nothing() {
    for dialect in ALL {
        let db = mock(dialect);
        let t = db.from("t");
        assert_eq!(t.update(Values::new()).await.unwrap(), 0);
        assert_eq!(t.multi_insert(vec![]).await.unwrap(), 0);
        assert_eq!(t.multi_upsert(&["id"], vec![]).await.unwrap(), 0);
        assert!(db.statements().is_empty());
        assert_eq!(t.clone().distinct().delete().await.unwrap_err().kind(), Kind::InvalidOperation);
        assert_eq!(
            t.clone().union_all(t.clone()).insert(row! { a: 1 }).await.unwrap_err().kind(),
            Kind::InvalidOperation
        );
        let grouped = t.clone().group(["a"]).update(row! { a: 1 }).await;
        assert_eq!(grouped.unwrap_err().kind(), Kind::InvalidOperation);
        assert!(db.statements().is_empty());
    }
}

#[tokio::test]
async fn b97_upsert_in_every_dialect() {
    for dialect in ALL {
        let db = mock(dialect);
        db.from("t").upsert(&["id"], row! { id: 1, n: 2 }).await.unwrap();
        db.from("t").upsert(&["id"], row! { id: 1 }).await.unwrap();
        let sum = row! { n: col(("t", "n")) + excluded("n") };
        db.from("t").multi_upsert_with(&["id"], vec![row! { id: 1, n: 2 }], sum).await.unwrap();
        let sent = db.statements();
        let want = match dialect {
            Dialect::Postgres => [
                r#"INSERT INTO "t" ("id", "n") VALUES ($1, $2) ON CONFLICT ("id") DO UPDATE SET "n" = "excluded"."n""#,
                r#"INSERT INTO "t" ("id") VALUES ($1) ON CONFLICT ("id") DO NOTHING"#,
                r#"INSERT INTO "t" ("id", "n") VALUES ($1, $2) ON CONFLICT ("id") DO UPDATE SET "n" = "t"."n" + "excluded"."n""#,
            ],
            Dialect::Sqlite => [
                "INSERT INTO `t` (`id`, `n`) VALUES (?, ?) ON CONFLICT (`id`) DO UPDATE SET `n` = `excluded`.`n`",
                "INSERT INTO `t` (`id`) VALUES (?) ON CONFLICT (`id`) DO NOTHING",
                "INSERT INTO `t` (`id`, `n`) VALUES (?, ?) ON CONFLICT (`id`) DO UPDATE SET `n` = `t`.`n` + `excluded`.`n`",
            ],
            _ => [
                "INSERT INTO `t` (`id`, `n`) VALUES (?, ?) ON DUPLICATE KEY UPDATE `n` = VALUES(`n`)",
                "INSERT INTO `t` (`id`) VALUES (?) ON DUPLICATE KEY UPDATE `id` = `id`",
                "INSERT INTO `t` (`id`, `n`) VALUES (?, ?) ON DUPLICATE KEY UPDATE `n` = `t`.`n` + VALUES(`n`)",
            ],
        };
        assert_eq!(sent, want);
    }
}

#[tokio::test]
async fn b97_limits_of_a_write_become_a_condition() {
    for (dialect, want) in [
        (Dialect::MySql, &["DELETE FROM `t` WHERE `a` = ? ORDER BY `id` ASC LIMIT ?"][..]),
        (
            Dialect::Sqlite,
            &[
                "BEGIN IMMEDIATE",
                "DELETE FROM `t` WHERE `id` IN (SELECT * FROM (SELECT `t`.`id` FROM `t` WHERE `a` = ? ORDER BY `id` ASC LIMIT ?) AS `t1`)",
                "COMMIT",
            ],
        ),
        (
            Dialect::Postgres,
            &[
                "WITH \"dataset_chosen\" AS  MATERIALIZED (SELECT \"t\".\"tableoid\", \"t\".\"ctid\" FROM \"t\" WHERE \"a\" = $1 \
               ORDER BY \"id\" ASC LIMIT $2 FOR UPDATE) DELETE FROM \"t\" WHERE (\"t\".\"tableoid\", \"t\".\"ctid\") IN \
               (SELECT \"dataset_chosen\".\"tableoid\", \"dataset_chosen\".\"ctid\" FROM \"dataset_chosen\")",
            ],
        ),
    ] {
        let db = mock(dialect);
        db.from("t").filter(col("a").eq(1)).order(col("id").asc()).limit(10).delete().await.unwrap();
        assert_eq!(db.statements(), want);
    }
}

#[tokio::test]
async fn b96_too_many_values_are_refused() {
    for dialect in [Dialect::MySql, Dialect::MariaDb, Dialect::Sqlite] {
        refused(dialect, |db| db.from("t").filter(col("id").is_in(0..70_000))).await;
    }
    let db = mock(Dialect::Sqlite);
    db.from("t").multi_insert((0..70_000).map(|n| row! { id: n }).collect()).await.unwrap();
    // BEGIN, three slices, COMMIT.
    assert_eq!(db.statements().len(), 5);
}

#[tokio::test]
async fn b24_wrong_number_of_values_is_refused() {
    for dialect in ALL {
        refused(dialect, |db| db.from("t").filter(lit("a = ? and b = ?", [1.into()]))).await;
        let db = mock(dialect);
        assert_eq!(
            db.execute("delete from t where a = ?", [1.into(), 2.into()]).await.unwrap_err().kind(),
            Kind::InvalidOperation
        );
        assert!(db.statements().is_empty());
    }
}

#[tokio::test]
async fn precedence_is_kept() {
    let db = mock(Dialect::Postgres);
    let text = |e| db.from("t").filter(e).sql().replacen(r#"SELECT * FROM "t" WHERE "#, "", 1);
    assert_eq!(text((col("a").eq(1) | col("b").eq(2)) & col("c").eq(3)), r#"("a" = 1 OR "b" = 2) AND "c" = 3"#);
    assert_eq!(text(col("a").eq(1) | (col("b").eq(2) & col("c").eq(3))), r#""a" = 1 OR ("b" = 2 AND "c" = 3)"#);
    assert_eq!(text((col("a") - (col("b") - 1)).gt(0)), r#""a" - ("b" - 1) > 0"#);
    assert_eq!(text((col("a") * (col("b") + 1)).gt(0)), r#""a" * ("b" + 1) > 0"#);
    assert_eq!(text(lit("a or b", []) & col("c")), r#"(a or b) AND "c""#);
    assert_eq!(text(!lit("a or b", [])), "NOT (a or b)");
    assert_eq!(text(lit("x", []).is_null()), "(x) IS NULL");
    assert_eq!(text(func("lower", [col("a")]).eq("x")), r#"lower("a") = 'x'"#);
    assert_eq!(text(col("a").cast("text").eq("x")), r#"(CAST( "a" AS text)) = 'x'"#);
    assert_eq!(text(case([(col("a"), val(1))], None).eq(1)), r#"(CASE WHEN ("a") THEN 1 END) = 1"#);
}

#[tokio::test]
async fn a_count_leaves_the_order_out() {
    let db = mock(Dialect::Postgres);
    db.from("t").order(col("a").asc()).count().await.unwrap();
    db.from("t").select_expr(star().count()).group(["a"]).count().await.unwrap();
    assert_eq!(
        db.statements(),
        [
            r#"SELECT COUNT(*) FROM "t" LIMIT $1"#,
            r#"SELECT COUNT(*) FROM (SELECT COUNT(*) FROM "t" GROUP BY "a") AS "t1" LIMIT $1"#
        ]
    );
}

#[tokio::test]
async fn a_transaction_is_recorded() {
    let db = mock(Dialect::Postgres);
    db.transaction(TxOptions::serializable(), |tx| async move {
        tx.savepoint(|sp| async move { sp.execute("delete from t", []).await }).await
    })
    .await
    .unwrap();
    let want =
        ["BEGIN ISOLATION LEVEL SERIALIZABLE", "SAVEPOINT sp_1", "delete from t", "RELEASE SAVEPOINT sp_1", "COMMIT"];
    assert_eq!(db.statements(), want);
    assert_eq!(db.from("t").rows().await.unwrap(), Vec::<Row>::new());
}

#[test]
fn b100_handles_can_go_anywhere() {
    fn anywhere<T: Clone + Send + Sync + 'static>() {}
    anywhere::<Database>();
    anywhere::<Dataset>();
    anywhere::<dataset::Tx>();
    anywhere::<dataset::Expr>();
    anywhere::<dataset::RawQuery>();
    fn travels<T: Send + Sync + 'static>() {}
    travels::<dataset::Error>();
}

use dataset::{Database, Dialect, Kind, Migration, TxOptions, row};

use super::five_checks;

async fn shop(db: &Database) {
    let sql = match db.dialect() {
        Dialect::Postgres => {
            "create table shops (id bigserial primary key, code varchar(20) not null default 'x', size integer);
             create table parts (shop bigint not null references shops on delete cascade, no integer not null, above_shop bigint,
               above_no integer, label text, primary key (shop, no), unique (label),
               constraint above foreign key (above_shop, above_no) references parts (shop, no));
             create index parts_by_no on parts (no, label);
             create index big on shops (size) where size > 10;
             create view names as select code from shops"
        }
        Dialect::Sqlite => {
            "create table shops (id integer primary key, code varchar(20) not null default 'x', size integer);
             create table parts (shop bigint not null references shops on delete cascade, no integer not null, above_shop bigint,
               above_no integer, label text, primary key (shop, no), unique (label),
               constraint above foreign key (above_shop, above_no) references parts (shop, no));
             create index parts_by_no on parts (no, label);
             create index big on shops (size) where size > 10;
             create view names as select code from shops"
        }
        _ => {
            "create table shops (id bigint auto_increment primary key, code varchar(20) not null default 'x', size integer);
             create table parts (shop bigint not null, no integer not null, above_shop bigint,
               above_no integer, label varchar(20), primary key (shop, no), unique (label),
               foreign key (shop) references shops (id) on delete cascade,
               constraint above foreign key (above_shop, above_no) references parts (shop, no));
             create index parts_by_no on parts (no, label);
             create index big on shops (size);
             create view names as select code from shops"
        }
    };
    db.execute_script(sql).await.unwrap();
}

pub async fn b80_b81_columns_keys_and_defaults(db: Database) {
    shop(&db).await;
    let columns = db.columns("shops").await.unwrap();
    let facts: Vec<_> =
        columns.iter().map(|c| (c.name.as_str(), c.nullable, c.primary_key, c.auto_increment)).collect();
    assert_eq!(facts, [("id", false, true, true), ("code", false, false, false), ("size", true, false, false)]);
    assert!(columns[1].sql_type.contains("char"), "{}", columns[1].sql_type);
    // b81: defaults.
    assert!(columns[1].default.as_deref().unwrap().contains('x'), "{columns:?}");
    assert_eq!(columns[2].default, None);
    assert_eq!(db.primary_key("parts").await.unwrap(), ["shop", "no"]);
    assert!(
        db.columns("parts").await.unwrap().iter().filter(|c| c.primary_key).all(|c| !c.auto_increment && !c.nullable)
    );
    assert_eq!(db.columns("names").await.unwrap()[0].name, "code");
    for table in ["nowhere", "no\"w'he`re"] {
        assert_eq!(db.columns(table).await.unwrap_err().kind(), Kind::UndefinedObject);
        assert_eq!(db.indexes(table).await.unwrap_err().kind(), Kind::UndefinedObject);
        assert_eq!(db.foreign_keys(table).await.unwrap_err().kind(), Kind::UndefinedObject);
    }
}

pub async fn b82_indexes(db: Database) {
    shop(&db).await;
    let indexes = db.indexes("parts").await.unwrap();
    let by_no = indexes.iter().find(|index| index.name == "parts_by_no").unwrap();
    assert_eq!((by_no.columns.join(" "), by_no.unique, by_no.partial), ("no label".to_owned(), false, false));
    assert!(indexes.iter().any(|index| index.columns == ["label"] && index.unique), "{indexes:?}");
    assert!(indexes.iter().all(|index| index.columns != ["shop", "no"]), "the primary key is none: {indexes:?}");
    let big = &db.indexes("shops").await.unwrap()[0];
    let partial = matches!(db.dialect(), Dialect::Postgres | Dialect::Sqlite);
    assert_eq!((big.name.as_str(), big.partial), ("big", partial));
}

pub async fn b83_foreign_keys(db: Database) {
    shop(&db).await;
    assert_eq!(db.foreign_keys("shops").await.unwrap(), []);
    let keys = db.foreign_keys("parts").await.unwrap();
    assert_eq!(keys.len(), 2);
    let shop = keys.iter().find(|key| key.table == "shops").unwrap();
    assert_eq!((shop.columns.join(" "), shop.target.join(" ")), ("shop".to_owned(), "id".to_owned()));
    assert_eq!(shop.on_delete, "CASCADE");
    // Composite, and to itself.
    let above = keys.iter().find(|key| key.table == "parts").unwrap();
    assert_eq!(
        (above.columns.join(" "), above.target.join(" ")),
        ("above_shop above_no".to_owned(), "shop no".to_owned())
    );
    assert!(["NO ACTION", "RESTRICT"].contains(&above.on_delete.as_str()));
    if db.dialect() != Dialect::Sqlite {
        assert_eq!(above.name.as_deref(), Some("above"));
    }
}

pub async fn b84_b85_create_and_drop_where_needed(db: Database) {
    for _ in 0..2 {
        db.execute("create table if not exists t (id integer primary key)", []).await.unwrap();
    }
    for _ in 0..2 {
        db.execute("drop table if exists t", []).await.unwrap();
    }
    let outcome = db.transaction(TxOptions::default(), |tx| async move {
        tx.execute("create table t (id integer primary key)", []).await?;
        assert!(tx.table_exists("t").await?);
        assert_eq!(tx.columns("t").await?.len(), 1);
        Err::<(), _>(dataset::Error::rollback())
    });
    assert_eq!(outcome.await.unwrap_err().kind(), Kind::Rollback);
    // MySQL and MariaDB commit before and after each change of the schema.
    let kept = matches!(db.dialect(), Dialect::MySql | Dialect::MariaDb);
    assert_eq!(db.table_exists("t").await.unwrap(), kept);
}

pub async fn b86_tables_and_views(db: Database) {
    five_checks(&db).await;
    shop(&db).await;
    assert_eq!(db.tables().await.unwrap(), ["checks", "parts", "shops"]);
    assert_eq!(db.views().await.unwrap(), ["names"]);
    db.from("shops").insert(row! { code: "y" }).await.unwrap();
    assert_eq!(db.from("names").select_map::<String>("code").await.unwrap(), ["y"]);
}

pub async fn b90_migrations_that_came_in_between(db: Database) {
    const fn step(version: i64, sql: &'static str) -> Migration {
        Migration { version, name: "step", postgres: sql, sqlite: sql, mysql: sql, down: None }
    }
    const A: Migration = step(1, "create table a (id integer primary key)");
    const B: Migration = step(2, "create table b (id integer primary key)");
    const C: Migration = step(3, "create table c (id integer primary key)");
    db.migrate(&[A, C]).await.unwrap();
    // Somebody else's branch is merged: what is missing runs, what ran stays.
    db.migrate(&[A, B, C]).await.unwrap();
    assert_eq!(db.tables().await.unwrap(), ["a", "b", "c", "schema_migrations"]);
    // A program that does not know all of it is too old.
    assert_eq!(db.migrate(&[A, C]).await.unwrap_err().kind(), Kind::Migration);
}

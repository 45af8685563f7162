//! The same by hand: SQL as text, one statement for each question, as a careful person writes it with sqlx.

use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, FromRow, PgPool, Row, SqlitePool, postgres::PgRow, sqlite::SqliteRow};

use crate::{Outcome, Side, User};

pub struct Postgres(PgPool);

impl<'r> FromRow<'r, PgRow> for User {
    fn from_row(row: &'r PgRow) -> sqlx::Result<Self> {
        Ok(Self { id: row.try_get("id")?, name: row.try_get("name")?, hair_color: row.try_get("hair_color")? })
    }
}

impl Postgres {
    pub async fn connect(url: &str) -> Outcome<Self> {
        let pool = sqlx::postgres::PgPoolOptions::new().max_connections(4).test_before_acquire(false);
        Ok(Self(pool.connect(url).await?))
    }
}

impl Side for Postgres {
    fn name(&self) -> &'static str {
        "bare sqlx"
    }

    async fn trivial(&self) -> Outcome<usize> {
        let users: Vec<User> =
            sqlx::query_as("SELECT id, name, hair_color FROM bench_users").fetch_all(&self.0).await?;
        Ok(users.len())
    }

    async fn medium(&self) -> Outcome<usize> {
        let sql = "SELECT u.id, u.name, u.hair_color, p.id, p.title FROM bench_users u \
                   LEFT JOIN bench_posts p ON u.id = p.user_id WHERE u.hair_color = $1 ORDER BY u.name DESC";
        let rows: Vec<(i64, String, Option<String>, Option<i64>, Option<String>)> =
            sqlx::query_as(sql).bind("black").fetch_all(&self.0).await?;
        Ok(rows.len())
    }

    async fn insert(&self, rows: usize) -> Outcome {
        let marks: Vec<String> = (0..rows).map(|n| format!("(${}, ${})", 2 * n + 1, 2 * n + 2)).collect();
        let sql = format!("INSERT INTO bench_users (name, hair_color) VALUES {}", marks.join(", "));
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(rows <= 50);
        for n in 0..rows {
            query = query.bind(format!("User {n}")).bind("hair color");
        }
        query.execute(&self.0).await?;
        Ok(())
    }

    async fn by_key(&self, id: i64) -> Outcome {
        let _: Option<User> = sqlx::query_as("SELECT * FROM bench_users WHERE id = $1 LIMIT $2")
            .bind(id)
            .bind(1_i64)
            .fetch_optional(&self.0)
            .await?;
        Ok(())
    }

    async fn empty_transaction(&self) -> Outcome {
        Ok(self.0.begin().await?.commit().await?)
    }

    async fn stream(&self, rows: i64) -> Outcome<usize> {
        let numbers = "with recursive n (n) as (select 1 union all select n + 1 from n where n < $1) select n from n";
        let stream = sqlx::query_as::<_, (i32,)>(numbers).bind(rows).fetch(&self.0);
        Ok(stream.try_fold(0, |count, _| async move { Ok(count + 1) }).await?)
    }

    async fn fill(&self, _: usize) -> Outcome {
        Ok(())
    }
}

pub struct Sqlite(SqlitePool);

impl<'r> FromRow<'r, SqliteRow> for User {
    fn from_row(row: &'r SqliteRow) -> sqlx::Result<Self> {
        Ok(Self { id: row.try_get("id")?, name: row.try_get("name")?, hair_color: row.try_get("hair_color")? })
    }
}

impl Sqlite {
    pub async fn connect(url: &str) -> Outcome<Self> {
        let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(4).test_before_acquire(false);
        Ok(Self(pool.connect(url).await?))
    }
}

impl Side for Sqlite {
    fn name(&self) -> &'static str {
        "bare sqlx"
    }

    async fn trivial(&self) -> Outcome<usize> {
        let users: Vec<User> =
            sqlx::query_as("SELECT id, name, hair_color FROM bench_users").fetch_all(&self.0).await?;
        Ok(users.len())
    }

    async fn medium(&self) -> Outcome<usize> {
        let sql = "SELECT u.id, u.name, u.hair_color, p.id, p.title FROM bench_users u \
                   LEFT JOIN bench_posts p ON u.id = p.user_id WHERE u.hair_color = $1 ORDER BY u.name DESC";
        let rows: Vec<(i64, String, Option<String>, Option<i64>, Option<String>)> =
            sqlx::query_as(sql).bind("black").fetch_all(&self.0).await?;
        Ok(rows.len())
    }

    async fn insert(&self, rows: usize) -> Outcome {
        let marks: Vec<String> = (0..rows).map(|n| format!("(${}, ${})", 2 * n + 1, 2 * n + 2)).collect();
        let sql = format!("INSERT INTO bench_users (name, hair_color) VALUES {}", marks.join(", "));
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(rows <= 50);
        for n in 0..rows {
            query = query.bind(format!("User {n}")).bind("hair color");
        }
        query.execute(&self.0).await?;
        Ok(())
    }

    async fn by_key(&self, id: i64) -> Outcome {
        let _: Option<User> = sqlx::query_as("SELECT * FROM bench_users WHERE id = $1 LIMIT $2")
            .bind(id)
            .bind(1_i64)
            .fetch_optional(&self.0)
            .await?;
        Ok(())
    }

    async fn empty_transaction(&self) -> Outcome {
        Ok(self.0.begin_with("BEGIN IMMEDIATE").await?.commit().await?)
    }

    async fn stream(&self, rows: i64) -> Outcome<usize> {
        let numbers = "with recursive n (n) as (select 1 union all select n + 1 from n where n < $1) select n from n";
        let stream = sqlx::query_as::<_, (i64,)>(numbers).bind(rows).fetch(&self.0);
        Ok(stream.try_fold(0, |count, _| async move { Ok(count + 1) }).await?)
    }

    async fn fill(&self, _: usize) -> Outcome {
        Ok(())
    }
}

//! The same by hand: SQL as text, one statement for each question, as a careful person writes it with sqlx.

use std::str::FromStr;

use futures::{TryStreamExt, future::BoxFuture};
use sqlx::{AssertSqlSafe, ConnectOptions, Database, PgPool, SqlitePool, pool::PoolOptions};

use crate::{
    Outcome,
    model::{Comment, Post, User, UserPost, leaves, tree},
    side::{Job, NUMBERS, Side},
};

pub struct Postgres(pub PgPool);
pub struct Sqlite(pub SqlitePool);

/// As `dataset` sets its pools: four connections, and no ping before each use.
fn pool<DB: Database>() -> PoolOptions<DB> {
    PoolOptions::new().max_connections(4).test_before_acquire(false)
}

impl Postgres {
    pub async fn connect(url: &str) -> Outcome<Self> {
        let how = sqlx::postgres::PgConnectOptions::from_str(url)?.disable_statement_logging();
        Ok(Self(pool().connect_with(how).await?))
    }

    async fn associations(&self) -> Outcome<usize> {
        let users: Vec<User> = sqlx::query_as("SELECT * FROM bench_users").fetch_all(&self.0).await?;
        let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
        let posts: Vec<Post> =
            sqlx::query_as("SELECT * FROM bench_posts WHERE user_id = ANY($1)").bind(ids).fetch_all(&self.0).await?;
        let ids: Vec<i64> = posts.iter().map(|post| post.id).collect();
        let comments: Vec<Comment> =
            sqlx::query_as("SELECT * FROM bench_comments WHERE post_id = ANY($1)").bind(ids).fetch_all(&self.0).await?;
        Ok(leaves(&tree(users, posts, comments)))
    }
}

impl Sqlite {
    pub async fn connect(url: &str) -> Outcome<Self> {
        let how = sqlx::sqlite::SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Off)
            .disable_statement_logging();
        Ok(Self(pool().connect_with(how).await?))
    }

    async fn of<T>(&self, table: &str, column: &str, ids: impl ExactSizeIterator<Item = i64>) -> Outcome<Vec<T>>
    where
        T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
    {
        let marks = vec!["?"; ids.len()].join(", ");
        let sql = format!("SELECT * FROM {table} WHERE {column} IN ({marks})");
        let mut query = sqlx::query_as(AssertSqlSafe(sql)).persistent(false);
        for id in ids {
            query = query.bind(id);
        }
        Ok(query.fetch_all(&self.0).await?)
    }

    async fn associations(&self) -> Outcome<usize> {
        let users: Vec<User> = sqlx::query_as("SELECT * FROM bench_users").fetch_all(&self.0).await?;
        let posts: Vec<Post> = self.of("bench_posts", "user_id", users.iter().map(|user| user.id)).await?;
        let comments: Vec<Comment> = self.of("bench_comments", "post_id", posts.iter().map(|post| post.id)).await?;
        Ok(leaves(&tree(users, posts, comments)))
    }
}

macro_rules! side {
    ($side:ident, $begin:literal) => {
        impl $side {
            async fn count(&self, job: Job) -> Outcome<usize> {
                Ok(match job {
                    Job::Trivial => {
                        let sql = "SELECT id, name, hair_color FROM bench_users";
                        let users: Vec<User> = sqlx::query_as(sql).fetch_all(&self.0).await?;
                        users.len()
                    }
                    Job::Medium => {
                        let sql = "SELECT u.id, u.name, u.hair_color, p.id, p.title FROM bench_users u \
                                   LEFT JOIN bench_posts p ON u.id = p.user_id \
                                   WHERE u.hair_color = $1 ORDER BY u.name DESC";
                        let rows: Vec<UserPost> = sqlx::query_as(sql).bind("black").fetch_all(&self.0).await?;
                        rows.len()
                    }
                    Job::ByKey(id) | Job::AllByKey(id) => {
                        let sql = match job {
                            Job::AllByKey(_) => "SELECT * FROM bench_users WHERE id = $1 LIMIT $2",
                            _ => "SELECT id, name, hair_color FROM bench_users WHERE id = $1 LIMIT $2",
                        };
                        let user: Option<User> =
                            sqlx::query_as(sql).bind(id).bind(1_i64).fetch_optional(&self.0).await?;
                        user.into_iter().count()
                    }
                    Job::Insert(rows) => {
                        let marks: Vec<String> =
                            (0..rows).map(|n| format!("(${}, ${})", 2 * n + 1, 2 * n + 2)).collect();
                        let sql = format!("INSERT INTO bench_users (name, hair_color) VALUES {}", marks.join(", "));
                        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(rows <= 50);
                        for n in 0..rows {
                            query = query.bind(format!("User {n}")).bind("hair color");
                        }
                        query.execute(&self.0).await?.rows_affected() as usize
                    }
                    Job::Associations => self.associations().await?,
                    Job::EmptyTransaction => {
                        self.0.begin_with($begin).await?.commit().await?;
                        0
                    }
                    Job::Stream(rows) => {
                        let numbers = sqlx::query_as::<_, (i64,)>(NUMBERS).bind(rows).fetch(&self.0);
                        numbers.try_fold(0, |count, _| async move { Ok(count + 1) }).await?
                    }
                    Job::Build | Job::Gets { .. } => unreachable!("there is nothing to build; the others are ByKey"),
                })
            }
        }

        impl Side for $side {
            fn name(&self) -> &'static str {
                "bare sqlx"
            }

            fn can(&self, job: Job) -> bool {
                job != Job::Build
            }

            fn run(&self, job: Job) -> BoxFuture<'_, Outcome<usize>> {
                Box::pin(self.count(job))
            }
        }
    };
}

side!(Postgres, "BEGIN");
side!(Sqlite, "BEGIN IMMEDIATE");

//! Diesel with its own drivers, which block: called on the thread that measures, and by threads where others have tasks.

use std::{
    panic::resume_unwind,
    sync::Arc,
    time::{Duration, Instant},
};

use diesel::{
    BelongingToDsl, Connection, GroupedBy, PgConnection, QueryDsl, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::{DefaultLoadingMode, SimpleConnection},
    pg::PgRowByRowLoadingMode,
    prelude::{ExpressionMethods, Insertable, NullableExpressionMethods, OptionalExtension},
    r2d2::{Builder, ConnectionManager, CustomizeConnection, Pool, R2D2Connection},
    sql_types::BigInt,
};
use futures::future::BoxFuture;

use crate::{
    Outcome,
    model::{Comment, Post, Tree, User, bench_posts, bench_users, leaves},
    side::{self, Job, Side, key},
};

pub struct Postgres(Pool<ConnectionManager<PgConnection>>);
pub struct Sqlite(Pool<ConnectionManager<SqliteConnection>>);

#[derive(Insertable)]
#[diesel(table_name = bench_users)]
struct New {
    name: String,
    hair_color: Option<&'static str>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// What the others' connections to SQLite are set to.
#[derive(Debug)]
struct Pragmas;

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for Pragmas {
    fn on_acquire(&self, conn: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        let pragmas = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF";
        conn.batch_execute(pragmas).map_err(diesel::r2d2::Error::QueryError)
    }
}

/// As the others' pools: four connections, and no ping before each use.
fn pool<C: R2D2Connection + 'static>() -> Builder<ConnectionManager<C>> {
    Pool::builder().max_size(4).test_on_check_out(false)
}

impl Postgres {
    pub fn connect(url: &str) -> Outcome<Self> {
        Ok(Self(pool().build(ConnectionManager::new(url))?))
    }
}

impl Sqlite {
    pub fn connect(url: &str) -> Outcome<Self> {
        let manager = ConnectionManager::new(url.trim_start_matches("sqlite://"));
        Ok(Self(pool().connection_customizer(Box::new(Pragmas)).build(manager)?))
    }
}

macro_rules! side {
    ($side:ident, $backend:ty, $loading:ty, $numbers:expr, $begin:ident) => {
        impl $side {
            fn count(&self, job: Job) -> Outcome<usize> {
                let medium = || {
                    bench_users::table
                        .left_join(bench_posts::table)
                        .filter(bench_users::hair_color.eq("black"))
                        .order(bench_users::name.desc())
                        .select((bench_users::all_columns, (bench_posts::id, bench_posts::title).nullable()))
                };
                if job == Job::Build {
                    std::hint::black_box(diesel::debug_query::<$backend, _>(&medium()).to_string());
                    return Ok(0);
                }
                let mut conn = self.0.get()?;
                Ok(match job {
                    Job::Trivial => bench_users::table.load::<User>(&mut conn)?.len(),
                    Job::Medium => medium().load::<(User, Option<(i64, String)>)>(&mut conn)?.len(),
                    Job::ByKey(id) => {
                        let user: Option<User> = bench_users::table.find(id).first(&mut conn).optional()?;
                        user.into_iter().count()
                    }
                    Job::Insert(rows) => {
                        let rows: Vec<New> = (0..rows)
                            .map(|n| New { name: format!("User {n}"), hair_color: Some("hair color") })
                            .collect();
                        diesel::insert_into(bench_users::table).values(&rows).execute(&mut conn)?
                    }
                    Job::Associations => {
                        let users: Vec<User> = bench_users::table.load(&mut conn)?;
                        let posts: Vec<Post> = Post::belonging_to(&users).load(&mut conn)?;
                        let comments: Vec<Comment> = Comment::belonging_to(&posts).load(&mut conn)?;
                        let comments = comments.grouped_by(&posts);
                        let posts = posts.into_iter().zip(comments).grouped_by(&users);
                        let tree: Tree = users.into_iter().zip(posts).collect();
                        leaves(&tree)
                    }
                    Job::EmptyTransaction => conn.$begin(|_| diesel::QueryResult::Ok(0))?,
                    Job::Stream(rows) => {
                        let numbers = diesel::sql_query($numbers).bind::<BigInt, _>(rows);
                        let mut count = 0;
                        for number in numbers.load_iter::<Number, $loading>(&mut conn)? {
                            count += usize::from(number?.n > 0);
                        }
                        count
                    }
                    Job::Build | Job::AllByKey(_) | Job::Gets { .. } => {
                        unreachable!("done above; Diesel names its columns; made of ByKey")
                    }
                })
            }

            fn threads(&self, tasks: usize, each: usize) -> Outcome<usize> {
                std::thread::scope(|scope| {
                    let gets = |task| (0..each).map(|n| self.count(Job::ByKey(key(task, n)))).sum::<Outcome<usize>>();
                    let threads: Vec<_> = (0..tasks).map(|task| scope.spawn(move || gets(task))).collect();
                    let joined = threads.into_iter().map(|thread| thread.join());
                    joined.map(|counts| counts.unwrap_or_else(|e| resume_unwind(e))).sum()
                })
            }
        }

        impl Side for $side {
            fn name(&self) -> &'static str {
                "Diesel"
            }

            fn can(&self, job: Job) -> bool {
                !matches!(job, Job::AllByKey(_))
            }

            fn run(&self, job: Job) -> BoxFuture<'_, Outcome<usize>> {
                Box::pin(async move { self.count(job) })
            }

            fn time(self: Arc<Self>, job: Job) -> BoxFuture<'static, Outcome<(Duration, usize)>> {
                Box::pin(async move {
                    let begun = Instant::now();
                    let count = match job {
                        Job::Gets { tasks, each } => self.threads(tasks, each)?,
                        job => self.count(job)?,
                    };
                    Ok((begun.elapsed(), count))
                })
            }
        }
    };
}

side!(Postgres, diesel::pg::Pg, PgRowByRowLoadingMode, side::NUMBERS, transaction);
side!(Sqlite, diesel::sqlite::Sqlite, DefaultLoadingMode, side::NUMBERS, immediate_transaction);

//! What is measured, and who takes part.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::BoxFuture;

use crate::Outcome;

/// One piece of work. All sides shall come to the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Every user: how many.
    Trivial,
    /// Users with black hair and their posts, by name: how many.
    Medium,
    /// One user: 1.
    ByKey(i64),
    /// The same with `*` for the columns.
    AllByKey(i64),
    /// So many users in one statement.
    Insert(usize),
    /// Users with their posts with their comments, in three queries: how many comments.
    Associations,
    /// A transaction that only begins and is committed: 0.
    EmptyTransaction,
    /// The medium query's SQL, without a database: 0.
    Build,
    /// So many numbers one by one: how many.
    Stream(i64),
    /// So many tasks at once, each with so many [`Job::ByKey`]: how many in all.
    Gets { tasks: usize, each: usize },
}

pub const NUMBERS: &str =
    "with recursive n (n) as (select cast(1 as bigint) union all select n + 1 from n where n < $1) select n from n";

/// A library on a database, with at most four connections.
pub trait Side: Send + Sync {
    fn name(&self) -> &'static str;

    /// Whether there is such a thing for it.
    fn can(&self, _: Job) -> bool {
        true
    }

    fn run(&self, job: Job) -> BoxFuture<'_, Outcome<usize>>;

    /// How long a job takes, and what it comes to.
    fn time(self: Arc<Self>, job: Job) -> BoxFuture<'static, Outcome<(Duration, usize)>>
    where
        Self: 'static,
    {
        Box::pin(async move {
            let begun = Instant::now();
            let count = match job {
                Job::Gets { tasks, each } => {
                    let tasks: Vec<_> =
                        (0..tasks).map(|task| tokio::spawn(Arc::clone(&self).gets(task, each))).collect();
                    let mut count = 0;
                    for task in tasks {
                        count += task.await??;
                    }
                    count
                }
                job => self.run(job).await?,
            };
            Ok((begun.elapsed(), count))
        })
    }

    fn gets(self: Arc<Self>, task: usize, each: usize) -> BoxFuture<'static, Outcome<usize>>
    where
        Self: 'static,
    {
        Box::pin(async move {
            let mut count = 0;
            for n in 0..each {
                count += self.run(Job::ByKey(key(task, n))).await?;
            }
            Ok(count)
        })
    }
}

/// The key that a task asks for.
pub fn key(task: usize, n: usize) -> i64 {
    (task * 97 + n * 31) as i64 % 10_000 + 1
}

//! `dataset`, as its documentation has it.

use dataset::{Database, Dataset, Dialect, Options, TxOptions, col, row};
use futures::{TryStreamExt, future::BoxFuture};

use crate::{
    Outcome,
    model::{Comment, Post, User, UserPost, leaves, tree},
    side::{Job, Side},
};

pub struct Ours(pub Database);

impl Ours {
    pub async fn connect(url: &str) -> Outcome<Self> {
        let mut options = Options::default();
        if url.starts_with("sqlite") {
            options.connect_sqls.push("PRAGMA synchronous = OFF");
        }
        Ok(Self(Database::connect_with(url, options).await?))
    }

    fn medium(&self) -> Dataset {
        let (user, post) = (|name| col(("bench_users", name)), |name| col(("bench_posts", name)));
        self.0
            .from("bench_users")
            .left_join("bench_posts", user("id").eq(post("user_id")))
            .select([user("id"), user("name"), user("hair_color"), post("id"), post("title")])
            .filter(user("hair_color").eq("black"))
            .order(user("name").desc())
    }

    async fn associations(&self) -> Outcome<usize> {
        let users: Vec<User> = self.0.from("bench_users").all().await?;
        let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
        let posts: Vec<Post> = self.0.from("bench_posts").filter(col("user_id").is_in(ids)).all().await?;
        let ids: Vec<i64> = posts.iter().map(|post| post.id).collect();
        let comments: Vec<Comment> = self.0.from("bench_comments").filter(col("post_id").is_in(ids)).all().await?;
        Ok(leaves(&tree(users, posts, comments)))
    }

    async fn count(&self, job: Job) -> Outcome<usize> {
        Ok(match job {
            Job::Trivial => {
                let users: Vec<User> = self.0.from("bench_users").select(["id", "name", "hair_color"]).all().await?;
                users.len()
            }
            Job::Medium => {
                let rows: Vec<UserPost> = self.medium().all().await?;
                rows.len()
            }
            Job::ByKey(id) => {
                let users = self.0.from("bench_users").select(["id", "name", "hair_color"]);
                let user: Option<User> = users.filter(col("id").eq(id)).first().await?;
                user.into_iter().count()
            }
            Job::AllByKey(id) => {
                let user: Option<User> = self.0.from("bench_users").filter(col("id").eq(id)).first().await?;
                user.into_iter().count()
            }
            Job::Insert(rows) => {
                let rows = (0..rows).map(|n| row! { name: format!("User {n}"), hair_color: "hair color" }).collect();
                self.0.from("bench_users").multi_insert(rows).await? as usize
            }
            Job::Associations => self.associations().await?,
            Job::EmptyTransaction => self.0.transaction(TxOptions::default(), |_tx| async { Ok(0) }).await?,
            Job::Build => {
                std::hint::black_box(self.medium().sql());
                0
            }
            Job::Stream(rows) => {
                let sql = if self.0.dialect() == Dialect::Postgres { crate::side::NUMBERS } else { NUMBERS };
                let numbers = self.0.fetch(sql, [rows.into()]).stream::<i64>();
                numbers.try_fold(0, |count, _| async move { Ok(count + 1) }).await?
            }
            Job::Gets { .. } => unreachable!("made of ByKey"),
        })
    }
}

const NUMBERS: &str =
    "with recursive n (n) as (select cast(1 as bigint) union all select n + 1 from n where n < ?) select n from n";

impl Side for Ours {
    fn name(&self) -> &'static str {
        "dataset"
    }

    fn run(&self, job: Job) -> BoxFuture<'_, Outcome<usize>> {
        Box::pin(self.count(job))
    }
}

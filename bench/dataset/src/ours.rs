use dataset::{Database, TxOptions, col, row};
use futures::TryStreamExt;

use crate::{Outcome, Side, User};

pub struct Ours(Database);

const TABLES: &str = "
    drop table if exists bench_posts; drop table if exists bench_users;
    create table bench_users (id integer primary key, name varchar(50) not null, hair_color varchar(50));
    create table bench_posts (id integer primary key, user_id integer not null, title varchar(50) not null)";
const POSTGRES: &str = "
    drop table if exists bench_posts; drop table if exists bench_users;
    create table bench_users (id bigserial primary key, name varchar(50) not null, hair_color varchar(50));
    create table bench_posts (id bigserial primary key, user_id bigint not null, title varchar(50) not null)";

impl Ours {
    pub async fn connect(url: &str) -> Outcome<Self> {
        let db = Database::connect(url).await?;
        db.execute_script(if url.starts_with("sqlite") { TABLES } else { POSTGRES }).await?;
        Ok(Self(db))
    }
}

impl Side for Ours {
    fn name(&self) -> &'static str {
        "dataset"
    }

    async fn trivial(&self) -> Outcome<usize> {
        let users: Vec<User> = self.0.from("bench_users").select(["id", "name", "hair_color"]).all().await?;
        Ok(users.len())
    }

    async fn medium(&self) -> Outcome<usize> {
        let rows: Vec<(i64, String, Option<String>, Option<i64>, Option<String>)> = self
            .0
            .from("bench_users")
            .left_join("bench_posts", col(("bench_users", "id")).eq(col(("bench_posts", "user_id"))))
            .select([
                col(("bench_users", "id")),
                col(("bench_users", "name")),
                col(("bench_users", "hair_color")),
                col(("bench_posts", "id")),
                col(("bench_posts", "title")),
            ])
            .filter(col("hair_color").eq("black"))
            .order(col("name").desc())
            .all()
            .await?;
        Ok(rows.len())
    }

    async fn insert(&self, rows: usize) -> Outcome {
        let rows = (0..rows).map(|n| row! { name: format!("User {n}"), hair_color: "hair color" }).collect();
        self.0.from("bench_users").multi_insert(rows).await?;
        Ok(())
    }

    async fn by_key(&self, id: i64) -> Outcome {
        let _: Option<User> = self.0.from("bench_users").filter(col("id").eq(id)).first().await?;
        Ok(())
    }

    async fn empty_transaction(&self) -> Outcome {
        Ok(self.0.transaction(TxOptions::default(), |_tx| async { Ok(()) }).await?)
    }

    async fn stream(&self, rows: i64) -> Outcome<usize> {
        let numbers = "with recursive n (n) as (select 1 union all select n + 1 from n where n < ?) select n from n";
        let stream = self.0.fetch(numbers, [rows.into()]).stream::<i64>();
        Ok(stream.try_fold(0, |count, _| async move { Ok(count + 1) }).await?)
    }

    async fn fill(&self, rows: usize) -> Outcome {
        self.0.execute_script("delete from bench_posts; delete from bench_users").await?;
        let color = |n: usize| if n.is_multiple_of(2) { "black" } else { "brown" };
        let users = (1..=rows).map(|n| row! { id: n, name: format!("User {n}"), hair_color: color(n + 1) }).collect();
        self.0.from("bench_users").multi_insert(users).await?;
        let posts = (1..=rows).map(|n| row! { user_id: n, title: format!("Post {n}") }).collect();
        self.0.from("bench_posts").multi_insert(posts).await?;
        if self.0.dialect() == dataset::Dialect::Postgres {
            self.0.execute_script("select setval('bench_users_id_seq', (select max(id) from bench_users)); analyze bench_users, bench_posts").await?;
        }
        Ok(())
    }
}

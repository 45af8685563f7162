//! The tables of Diesel's benchmark, as rows, and how they are made and filled.

use dataset::{Database, Dialect, row};
use diesel::prelude::{Associations, Identifiable, Queryable};
use serde::Deserialize;

use crate::Outcome;

diesel::table! {
    bench_users (id) {
        id -> BigInt,
        name -> Text,
        hair_color -> Nullable<Text>,
    }
}

diesel::table! {
    bench_posts (id) {
        id -> BigInt,
        user_id -> BigInt,
        title -> Text,
    }
}

diesel::table! {
    bench_comments (id) {
        id -> BigInt,
        post_id -> BigInt,
        text -> Text,
    }
}

diesel::joinable!(bench_posts -> bench_users (user_id));
diesel::allow_tables_to_appear_in_same_query!(bench_users, bench_posts);

#[derive(Debug, Clone, Deserialize, sqlx::FromRow, Queryable, Identifiable)]
#[diesel(table_name = bench_users)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub hair_color: Option<String>,
}

#[derive(Debug, Clone, Deserialize, sqlx::FromRow, Queryable, Identifiable, Associations)]
#[diesel(table_name = bench_posts, belongs_to(User))]
pub struct Post {
    pub id: i64,
    pub user_id: i64,
    pub title: String,
}

#[derive(Debug, Clone, Deserialize, sqlx::FromRow, Queryable, Identifiable, Associations)]
#[diesel(table_name = bench_comments, belongs_to(Post))]
pub struct Comment {
    pub id: i64,
    pub post_id: i64,
    pub text: String,
}

/// A user's post, if there is one, as the medium query reads it.
pub type UserPost = (i64, String, Option<String>, Option<i64>, Option<String>);

/// Users with their posts with their comments.
pub type Tree = Vec<(User, Vec<(Post, Vec<Comment>)>)>;

/// How many comments hang on it.
pub fn leaves(tree: &Tree) -> usize {
    tree.iter().flat_map(|(_, posts)| posts).map(|(_, comments)| comments.len()).sum()
}

/// Puts the rows of three queries together, for those who have no words for it.
pub fn tree(users: Vec<User>, posts: Vec<Post>, comments: Vec<Comment>) -> Tree {
    use std::collections::HashMap;
    let mut of_post: HashMap<i64, Vec<Comment>> = HashMap::with_capacity(posts.len());
    for comment in comments {
        of_post.entry(comment.post_id).or_default().push(comment);
    }
    let mut of_user: HashMap<i64, Vec<(Post, Vec<Comment>)>> = HashMap::with_capacity(users.len());
    for post in posts {
        let comments = of_post.remove(&post.id).unwrap_or_default();
        of_user.entry(post.user_id).or_default().push((post, comments));
    }
    users
        .into_iter()
        .map(|user| {
            let posts = of_user.remove(&user.id).unwrap_or_default();
            (user, posts)
        })
        .collect()
}

const SQLITE: &str = "
    drop table if exists bench_comments; drop table if exists bench_posts; drop table if exists bench_users;
    create table bench_users (id integer primary key, name varchar(50) not null, hair_color varchar(50));
    create table bench_posts (id integer primary key, user_id bigint not null, title varchar(50) not null);
    create table bench_comments (id integer primary key, post_id bigint not null, text varchar(50) not null)";
const POSTGRES: &str = "
    drop table if exists bench_comments, bench_posts, bench_users;
    create table bench_users (id bigserial primary key, name varchar(50) not null, hair_color varchar(50));
    create table bench_posts (id bigserial primary key, user_id bigint not null, title varchar(50) not null);
    create table bench_comments (id bigserial primary key, post_id bigint not null, text varchar(50) not null)";
const DROP: &str = "drop table bench_comments; drop table bench_posts; drop table bench_users";

pub async fn create(db: &Database) -> Outcome {
    Ok(db.execute_script(if db.dialect() == Dialect::Sqlite { SQLITE } else { POSTGRES }).await?)
}

pub async fn drop(db: &Database) -> Outcome {
    Ok(db.execute_script(DROP).await?)
}

/// So many users, every other one with black hair, each with so many posts, each with so many comments.
pub async fn fill(db: &Database, users: usize, posts: usize, comments: usize) -> Outcome {
    let empty = if db.dialect() == Dialect::Sqlite {
        "delete from bench_comments; delete from bench_posts; delete from bench_users"
    } else {
        "truncate bench_comments, bench_posts, bench_users restart identity"
    };
    db.execute_script(empty).await?;
    let color = |n: usize| if n.is_multiple_of(2) { "brown" } else { "black" };
    let rows = (1..=users).map(|n| row! { name: format!("User {n}"), hair_color: color(n) }).collect();
    db.from("bench_users").multi_insert(rows).await?;
    let rows = (0..users * posts).map(|n| row! { user_id: n / posts + 1, title: format!("Post {n}") }).collect();
    db.from("bench_posts").multi_insert(rows).await?;
    let rows = (0..users * posts * comments).map(|n| row! { post_id: n / comments + 1, text: format!("Comment {n}") });
    db.from("bench_comments").multi_insert(rows.collect()).await?;
    if db.dialect() == Dialect::Postgres {
        db.execute_script("analyze bench_users, bench_posts, bench_comments").await?;
    }
    Ok(())
}

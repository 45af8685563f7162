//! SeaORM, on a pool that is set as the one of bare sqlx.

use futures::{TryStreamExt, future::BoxFuture};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, DatabaseConnection, DbBackend, EntityTrait, FromQueryResult, JoinType, LoaderTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, RelationTrait, Select, SqliteTransactionMode, SqlxPostgresConnector,
    SqlxSqliteConnector, Statement, TransactionOptions, TransactionTrait,
};

use crate::{
    Outcome, bare,
    model::UserPost,
    side::{Job, NUMBERS, Side},
};

mod users {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "bench_users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub hair_color: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::posts::Entity")]
        Posts,
    }

    impl Related<super::posts::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Posts.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod posts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "bench_posts")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub user_id: i64,
        pub title: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::users::Entity", from = "Column::UserId", to = "super::users::Column::Id")]
        User,
        #[sea_orm(has_many = "super::comments::Entity")]
        Comments,
    }

    impl Related<super::users::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::User.def()
        }
    }

    impl Related<super::comments::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Comments.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod comments {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "bench_comments")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub post_id: i64,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::posts::Entity", from = "Column::PostId", to = "super::posts::Column::Id")]
        Post,
    }

    impl Related<super::posts::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Post.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(FromQueryResult)]
struct Number {
    n: i64,
}

pub struct Orm(DatabaseConnection);

impl Orm {
    pub async fn connect(url: &str) -> Outcome<Self> {
        Ok(Self(if url.starts_with("sqlite") {
            SqlxSqliteConnector::from_sqlx_sqlite_pool(bare::Sqlite::connect(url).await?.0)
        } else {
            SqlxPostgresConnector::from_sqlx_postgres_pool(bare::Postgres::connect(url).await?.0)
        }))
    }

    fn medium() -> Select<users::Entity> {
        users::Entity::find()
            .join(JoinType::LeftJoin, users::Relation::Posts.def())
            .select_only()
            .columns([users::Column::Id, users::Column::Name, users::Column::HairColor])
            .columns([posts::Column::Id, posts::Column::Title])
            .filter(users::Column::HairColor.eq("black"))
            .order_by_desc(users::Column::Name)
    }

    async fn associations(&self) -> Outcome<usize> {
        let users = users::Entity::find().all(&self.0).await?;
        let posts = users.load_many(posts::Entity, &self.0).await?;
        let flat: Vec<posts::Model> = posts.iter().flatten().cloned().collect();
        let mut comments = flat.load_many(comments::Entity, &self.0).await?.into_iter();
        let tree: Vec<_> = users
            .into_iter()
            .zip(posts)
            .map(|(user, posts)| {
                let posts: Vec<_> = posts.into_iter().zip(comments.by_ref()).collect();
                (user, posts)
            })
            .collect();
        Ok(tree.iter().flat_map(|(_, posts)| posts).map(|(_, comments)| comments.len()).sum())
    }

    async fn count(&self, job: Job) -> Outcome<usize> {
        let backend = self.0.get_database_backend();
        Ok(match job {
            Job::Trivial => users::Entity::find().all(&self.0).await?.len(),
            Job::Medium => {
                let rows: Vec<UserPost> = Self::medium().into_tuple().all(&self.0).await?;
                rows.len()
            }
            Job::ByKey(id) => users::Entity::find_by_id(id).one(&self.0).await?.into_iter().count(),
            Job::Insert(rows) => {
                let rows = (0..rows).map(|n| users::ActiveModel {
                    id: NotSet,
                    name: Set(format!("User {n}")),
                    hair_color: Set(Some("hair color".to_owned())),
                });
                users::Entity::insert_many(rows).exec_without_returning(&self.0).await? as usize
            }
            Job::Associations => self.associations().await?,
            Job::EmptyTransaction => {
                let immediate = (backend == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate);
                let options = TransactionOptions { sqlite_transaction_mode: immediate, ..Default::default() };
                self.0.begin_with_options(options).await?.commit().await?;
                0
            }
            Job::Build => {
                std::hint::black_box(Self::medium().build(backend).to_string());
                0
            }
            Job::Stream(rows) => {
                let numbers = Statement::from_sql_and_values(backend, NUMBERS, [rows.into()]);
                let numbers = Number::find_by_statement(numbers).stream(&self.0).await?;
                numbers.try_fold(0, |count, number| async move { Ok(count + usize::from(number.n > 0)) }).await?
            }
            Job::AllByKey(_) | Job::Gets { .. } => unreachable!("SeaORM names its columns; made of ByKey"),
        })
    }
}

impl Side for Orm {
    fn name(&self) -> &'static str {
        "SeaORM"
    }

    fn can(&self, job: Job) -> bool {
        !matches!(job, Job::AllByKey(_))
    }

    fn run(&self, job: Job) -> BoxFuture<'_, Outcome<usize>> {
        Box::pin(self.count(job))
    }
}

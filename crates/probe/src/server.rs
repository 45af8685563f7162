//! One PostgreSQL instance, and what it lets Heron see.

use model::{Extension, Reading, Server, Timestamp, Tracking};
use serde::Deserialize;

use crate::{Question, Target, obstacle::Obstacle, target::reading};

pub(crate) const QUESTION: Question = Question::new("server", include_str!("server.sql"));

/// Which server, database and role this is, and what the role may see.
pub async fn read(target: &Target) -> Reading<Server> {
    reading(ask(target)).await
}

pub(crate) async fn ask(target: &Target) -> Result<Server, Obstacle> {
    target.ask_one::<Row>(&QUESTION).await.map(Server::from)
}

#[derive(Deserialize)]
struct Row {
    version_num: i32,
    version: String,
    database: String,
    user: String,
    in_recovery: bool,
    started_at: Timestamp,
    max_connections: i64,
    freeze_max_age: i64,
    stats_reset: Option<Timestamp>,
    stats_began: Option<Timestamp>,
    reads_all_stats: bool,
    reads_all_settings: bool,
    superuser: bool,
    tracking: Vec<Tracking>,
    extension_version: Option<String>,
    extension_schema: Option<String>,
    extension_available: bool,
}

impl From<Row> for Server {
    fn from(row: Row) -> Self {
        let extension = row.extension_version.zip(row.extension_schema);
        Self {
            version_num: row.version_num,
            version: row.version,
            database: row.database,
            user: row.user,
            in_recovery: row.in_recovery,
            started_at: row.started_at,
            max_connections: row.max_connections,
            freeze_max_age: row.freeze_max_age,
            stats_reset: row.stats_reset,
            stats_began: row.stats_began,
            reads_all_stats: row.reads_all_stats,
            reads_all_settings: row.reads_all_settings,
            superuser: row.superuser,
            tracking: row.tracking,
            stat_statements: extension.map(|(version, schema)| Extension { version, schema }),
            stat_statements_available: row.extension_available,
        }
    }
}

//! What ends whoever keeps vacuum back.

use model::{Holder, HolderKind, Remedy, quote_identifier, quote_literal};

/// The SQL that ends it; none for what a query on a standby or the reader of a slot holds, which is not ended from here.
pub fn release(holder: &Holder) -> Option<Remedy> {
    let (sql, caution) = match holder.kind {
        HolderKind::Transaction => (format!("SELECT pg_terminate_backend({});", holder.name), None),
        HolderKind::PreparedTransaction => {
            return Some(end_prepared(&holder.name, holder.database.as_deref(), holder.user.as_deref()));
        }
        HolderKind::ReplicationSlot if holder.state.as_deref() == Some("inactive") => {
            let sql = format!("SELECT pg_drop_replication_slot({});", quote_literal(&holder.name));
            (sql, Some("Its reader loses its place.".into()))
        }
        HolderKind::ReplicationSlot | HolderKind::Standby => return None,
    };
    Some(Remedy { sql, caution })
}

/// The SQL that ends a prepared transaction, where and by whom it can be run.
pub(crate) fn end_prepared(gid: &str, database: Option<&str>, owner: Option<&str>) -> Remedy {
    let gid = quote_literal(gid);
    let database =
        database.map_or_else(|| "its database".into(), |name| format!("database {}", quote_identifier(name)));
    let owner = owner.map_or_else(|| "its owner".into(), |name| format!("role {}", quote_identifier(name)));
    Remedy {
        sql: format!("ROLLBACK PREPARED {gid};"),
        caution: Some(format!(
            "Run it in {database}, as {owner} or a superuser. COMMIT PREPARED {gid} commits it instead: ask its \
             transaction manager which is right."
        )),
    }
}

/// The line before SQL that has to be run in a certain database.
pub(crate) fn connected_to(database: &str) -> String {
    // A line break in a name would end the comment.
    format!("-- connected to {}\n", quote_identifier(database).replace(['\r', '\n'], " "))
}

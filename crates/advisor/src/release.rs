//! What ends whoever keeps vacuum back.

use model::{Holder, HolderKind, Remedy, quote_identifier, quote_literal};

/// The SQL that ends it; none for what a query on a standby or the reader of a slot holds, which is not ended from here.
pub fn release(holder: &Holder) -> Option<Remedy> {
    let (sql, caution) = match holder.kind {
        HolderKind::Transaction => (format!("SELECT pg_terminate_backend({});", holder.name), None),
        HolderKind::PreparedTransaction => {
            let database = holder.database.as_deref().map_or_else(|| "its database".into(), quote_identifier);
            let caution = format!(
                "Or COMMIT PREPARED, whichever its transaction manager meant; connected to {database}, by its owner."
            );
            (format!("ROLLBACK PREPARED {};", quote_literal(&holder.name)), Some(caution))
        }
        HolderKind::ReplicationSlot if holder.state.as_deref() == Some("inactive") => {
            let sql = format!("SELECT pg_drop_replication_slot({});", quote_literal(&holder.name));
            (sql, Some("Its reader loses its place.".into()))
        }
        HolderKind::ReplicationSlot | HolderKind::Standby => return None,
    };
    Some(Remedy { sql, caution })
}

use super::Questions;

pub(super) const QUESTIONS: Questions = Questions {
    names: "SELECT name FROM sqlite_schema WHERE type = CASE WHEN ? THEN 'view' ELSE 'table' END \
            AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    // A lone INTEGER PRIMARY KEY is the row's own number.
    columns: "SELECT c.name, c.type AS sql_type, c.\"notnull\" = 0 AND c.pk = 0 AS nullable, c.dflt_value AS \"default\", \
              c.pk > 0 AS primary_key, c.pk = 1 AND upper(c.type) = 'INTEGER' \
              AND NOT EXISTS (SELECT 1 FROM pragma_table_info(?1, coalesce(?2, 'main')) o WHERE o.pk > 1) AS auto_increment \
              FROM pragma_table_info(?1, coalesce(?2, 'main')) c ORDER BY c.cid",
    indexes: "SELECT i.name AS name, i.\"unique\" AS is_unique, i.partial AS is_partial, c.name AS column_name \
              FROM pragma_index_list(?1, coalesce(?2, 'main')) i JOIN pragma_index_info(i.name, coalesce(?2, 'main')) c \
              WHERE i.origin <> 'pk' ORDER BY i.name, c.seqno",
    foreign_keys: "SELECT CAST(id AS text) AS id, NULL AS name, \"from\" AS column_name, \"table\" AS target_table, \
                   \"to\" AS target_column, on_delete \
                   FROM pragma_foreign_key_list(?1, coalesce(?2, 'main')) ORDER BY id DESC, seq",
};

use super::Questions;

pub(super) const QUESTIONS: Questions = Questions {
    names: "SELECT table_name FROM information_schema.tables WHERE table_schema = database() \
            AND table_type = CASE WHEN ? THEN 'VIEW' ELSE 'BASE TABLE' END ORDER BY CAST(table_name AS binary)",
    // MariaDB writes the default NULL as a word.
    columns: "SELECT column_name AS name, column_type AS sql_type, is_nullable = 'YES' AS nullable, \
              CASE WHEN column_default <> 'NULL' THEN column_default END AS `default`, column_key = 'PRI' AS primary_key, \
              extra LIKE '%auto_increment%' AS auto_increment FROM information_schema.columns \
              WHERE table_name = ? AND table_schema = coalesce(?, database()) ORDER BY ordinal_position",
    indexes: "SELECT index_name AS name, non_unique = 0 AS is_unique, false AS is_partial, column_name AS column_name \
              FROM information_schema.statistics WHERE table_name = ? AND table_schema = coalesce(?, database()) \
              AND index_name <> 'PRIMARY' ORDER BY CAST(index_name AS binary), seq_in_index",
    foreign_keys: "SELECT k.constraint_name AS id, k.constraint_name AS name, k.column_name AS column_name, \
                   k.referenced_table_name AS target_table, k.referenced_column_name AS target_column, \
                   r.delete_rule AS on_delete FROM information_schema.key_column_usage k \
                   JOIN information_schema.referential_constraints r ON r.constraint_schema = k.constraint_schema \
                   AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name \
                   WHERE k.referenced_table_name IS NOT NULL AND k.table_name = ? \
                   AND k.table_schema = coalesce(?, database()) ORDER BY k.constraint_name, k.ordinal_position",
};

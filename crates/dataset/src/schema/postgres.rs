use super::Questions;

/// The relation of this name: of the schema given, or the one that the name alone would find.
macro_rules! relation {
    () => {
        "(SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
          WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
          AND CASE WHEN $2 IS NULL THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $2 END LIMIT 1)"
    };
}

pub(super) const QUESTIONS: Questions = Questions {
    names: "SELECT c.relname::text FROM pg_catalog.pg_class c \
            WHERE c.relnamespace = pg_catalog.to_regnamespace(pg_catalog.quote_ident(pg_catalog.current_schema())) \
            AND c.relkind = ANY (CASE WHEN $1 THEN '{v,m}' ELSE '{r,p,f}' END::\"char\"[]) ORDER BY c.relname::text COLLATE \"C\"",
    columns: concat!(
        "SELECT a.attname::text AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS sql_type, \
         NOT a.attnotnull AS nullable, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS \"default\", \
         coalesce(a.attnum = ANY (i.indkey), false) AS primary_key, \
         a.attidentity <> '' OR coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false) AS auto_increment \
         FROM pg_catalog.pg_attribute a \
         LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
         LEFT JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
         WHERE a.attrelid = ",
        relation!(),
        " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
    ),
    indexes: concat!(
        "SELECT c.relname::text AS name, i.indisunique AS is_unique, i.indpred IS NOT NULL AS is_partial, \
         a.attname::text AS column_name \
         FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
         CROSS JOIN LATERAL pg_catalog.generate_series(0, i.indnkeyatts - 1) AS k (n) \
         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n] AND a.attnum > 0 \
         WHERE NOT i.indisprimary AND i.indrelid = ",
        relation!(),
        " ORDER BY c.relname::text COLLATE \"C\", k.n"
    ),
    foreign_keys: concat!(
        "SELECT f.oid::text AS id, f.conname::text AS name, a.attname::text AS column_name, t.relname::text AS target_table, \
         b.attname::text AS target_column, \
         CASE f.confdeltype WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' \
         WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END AS on_delete \
         FROM pg_catalog.pg_constraint f JOIN pg_catalog.pg_class t ON t.oid = f.confrelid \
         CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(f.conkey), pg_catalog.unnest(f.confkey)) WITH ORDINALITY AS k (mine, theirs, n) \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.mine \
         JOIN pg_catalog.pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = k.theirs \
         WHERE f.contype = 'f' AND f.conrelid = ",
        relation!(),
        " ORDER BY f.conname::text COLLATE \"C\", f.oid, k.n"
    ),
};

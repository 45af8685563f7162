//! Relations of every shape, each with something that a check finds.

/// DDL, and the PostgreSQL version it needs. `{t}` is a new table; `{u}`, `{v}` and `{w}` are names for more, `{l}` and `{lw}`
/// literals of those; `{q}` is the sequence of the column `id`.
pub struct Shape(pub u16, pub &'static str);

/// Table names that SQL has to quote, and one that it need not.
pub const NAMES: &[&str] = &[
    "plain",
    "Upper",
    "with.dot",
    "say \"hi\"",
    "größe 表",
    "order",
    "a_name_that_takes_all_of_the_sixty_three_bytes_that_a_name_may",
];

/// What the other shapes use. Foreign tables need no server that answers.
pub const SETUP: &str = r#"
    CREATE SCHEMA "Odd Schema";
    CREATE EXTENSION btree_gist;
    CREATE EXTENSION pg_trgm;
    CREATE EXTENSION hstore VERSION '1.4';
    CREATE FOREIGN DATA WRAPPER nothing;
    CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
    CREATE DOMAIN small AS smallint;
    CREATE DOMAIN smaller AS small CHECK (VALUE > 0);
    CREATE DOMAIN "Code" AS text CHECK (VALUE <> '');
    CREATE TYPE pair AS (a int, b int);
    CREATE FUNCTION nop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
    CREATE SEQUENCE shared;
    SELECT setval('shared', 99000);
"#;

pub const SHAPES: &[Shape] = &[
    // No primary key.
    Shape(14, "CREATE TABLE {t} (v text)"),
    Shape(14, "CREATE UNLOGGED TABLE {t} (v text, \"ID\" int)"),
    Shape(14, "CREATE TABLE {t} (id int, v text); INSERT INTO {t} VALUES (1, 'x'), (1, 'x')"),
    Shape(14, "CREATE TABLE {t} (id int, row_id int, row_id2 int, row_id3 int, row_id4 int)"),
    Shape(14, "CREATE TABLE {t} (v int GENERATED ALWAYS AS IDENTITY, w int GENERATED ALWAYS AS (7) STORED)"),
    Shape(14, "CREATE TABLE {t} (v text); ALTER TABLE {t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"),
    Shape(14, "CREATE TABLE {t} (code \"Code\", s smaller)"),
    Shape(14, "CREATE TABLE {t} OF pair"),
    Shape(14, "CREATE TABLE {t} OF pair (a UNIQUE NOT NULL)"),
    Shape(14, "CREATE TABLE {t} (v text); CREATE TABLE {u} (k int PRIMARY KEY, r {t})"),
    Shape(14, "CREATE TABLE {t} (v text); CREATE TABLE {u} (k int PRIMARY KEY, r {t}[])"),
    Shape(14, "CREATE TABLE {t} (v text); CREATE VIEW {u} AS SELECT * FROM {t}"),
    Shape(
        14,
        "CREATE TABLE {t} (v text, room int, during tstzrange, EXCLUDE USING gist (room WITH =, during WITH &&))",
    ),
    Shape(14, "CREATE TABLE {t} (code text NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED)"),
    Shape(14, "CREATE TABLE {t} (code text NOT NULL UNIQUE); INSERT INTO {t} VALUES ('a'), ('b')"),
    Shape(14, "CREATE TABLE {t} (code text NOT NULL, k int NOT NULL, UNIQUE (k) INCLUDE (code))"),
    Shape(
        14,
        "CREATE TABLE {t} (a int NOT NULL UNIQUE); CREATE TABLE {u} (k int PRIMARY KEY, a int REFERENCES {t} (a))",
    ),
    Shape(14, "CREATE TABLE {t} (a int NOT NULL); CREATE UNIQUE INDEX {u} ON {t} (a)"),
    Shape(14, "CREATE TABLE {t} (a int NOT NULL, b int); CREATE UNIQUE INDEX {u} ON {t} (a) INCLUDE (b)"),
    Shape(14, "CREATE TABLE {t} (a int NOT NULL); CREATE UNIQUE INDEX {u} ON {t} (a DESC)"),
    Shape(14, "CREATE TABLE {t} (a text NOT NULL); CREATE UNIQUE INDEX {u} ON {t} (a COLLATE \"C\")"),
    Shape(14, "CREATE TABLE {t} (a text NOT NULL); CREATE UNIQUE INDEX {u} ON {t} (a text_pattern_ops)"),
    Shape(14, "CREATE TABLE {t} (a text NOT NULL); CREATE UNIQUE INDEX {u} ON {t} (lower(a))"),
    Shape(14, "CREATE TABLE {t} (a int NOT NULL); CREATE UNIQUE INDEX {u} ON {t} (a) WHERE a > 0"),
    Shape(15, "CREATE TABLE {t} (a int NOT NULL); CREATE UNIQUE INDEX {u} ON {t} (a) NULLS NOT DISTINCT"),
    Shape(15, "CREATE TABLE {t} (a int, UNIQUE NULLS NOT DISTINCT (a))"),
    Shape(18, "CREATE TABLE {t} (a int NOT NULL NO INHERIT UNIQUE)"),
    Shape(18, "CREATE TABLE {t} (a int UNIQUE); ALTER TABLE {t} ADD NOT NULL a NOT VALID"),
    Shape(18, "CREATE TABLE {t} (a int, during tstzrange, UNIQUE (a, during WITHOUT OVERLAPS))"),
    Shape(
        14,
        "CREATE TABLE {t} (a int NOT NULL); CREATE UNIQUE INDEX {u} ON {t} (a); ALTER TABLE {t} REPLICA IDENTITY USING INDEX {u}; DROP INDEX {u}",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (at date NOT NULL, v text) PARTITION BY RANGE (at); CREATE TABLE {u} PARTITION OF {t} FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); INSERT INTO {t} VALUES ('2026-05-05', 'x')",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (a int, b int, \"C\" int) PARTITION BY LIST (a); CREATE TABLE {u} PARTITION OF {t} DEFAULT PARTITION BY HASH (b, \"C\"); CREATE TABLE {v} PARTITION OF {u} FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
    ),
    Shape(14, "CREATE TABLE {t} (id int) PARTITION BY RANGE (id)"),
    Shape(14, "CREATE TABLE {t} (a int) PARTITION BY RANGE ((a + 1)); CREATE TABLE {u} PARTITION OF {t} DEFAULT"),
    Shape(
        14,
        "CREATE TABLE {t} (a text) PARTITION BY RANGE (a COLLATE \"C\"); CREATE TABLE {u} PARTITION OF {t} DEFAULT",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (a int) PARTITION BY LIST (a); CREATE TABLE {u} PARTITION OF {t} (PRIMARY KEY (a)) FOR VALUES IN (1); CREATE TABLE {v} PARTITION OF {t} DEFAULT",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (a int) PARTITION BY LIST (a); CREATE FOREIGN TABLE {u} PARTITION OF {t} DEFAULT SERVER nowhere",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (code text NOT NULL, k int NOT NULL, UNIQUE (code, k)) PARTITION BY LIST (k); CREATE TABLE {u} PARTITION OF {t} DEFAULT",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (k int NOT NULL) PARTITION BY LIST (k); CREATE UNIQUE INDEX {u} ON {t} (k); CREATE TABLE {v} PARTITION OF {t} DEFAULT",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (v text); CREATE TABLE {u} () INHERITS ({t}); CREATE TABLE {v} (x int) INHERITS ({u}); INSERT INTO {v} VALUES ('x', 1), ('x', 1)",
    ),
    Shape(14, "CREATE TABLE {t} (v text); CREATE TABLE {u} (id int) INHERITS ({t})"),
    Shape(14, "CREATE TABLE {t} (v text); CREATE TABLE {u} (v text); CREATE TABLE {v} () INHERITS ({t}, {u})"),
    Shape(
        14,
        "CREATE TABLE {t} (id serial PRIMARY KEY); CREATE TABLE {u} (x int) INHERITS ({t}); INSERT INTO {u} DEFAULT VALUES",
    ),
    Shape(14, "CREATE TABLE {t} (v text); CREATE FOREIGN TABLE {u} () INHERITS ({t}) SERVER nowhere"),
    Shape(14, "CREATE TABLE {t} (v text); CREATE TABLE {u} (a int NOT NULL UNIQUE) INHERITS ({t})"),
    // Foreign keys without an index, some on columns that are too narrow.
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} (id int PRIMARY KEY, \"A b\" int REFERENCES {t})",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} (id int PRIMARY KEY, a int REFERENCES {t}, FOREIGN KEY (a) REFERENCES {t})",
    ),
    Shape(
        14,
        "CREATE TABLE {v} (id int PRIMARY KEY); CREATE TABLE {t} (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE {u} (b int REFERENCES {v}, a int, id int PRIMARY KEY, FOREIGN KEY (b, a) REFERENCES {t} DEFERRABLE INITIALLY DEFERRED)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} (id int PRIMARY KEY, a smaller REFERENCES {t})",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} (k int, a int REFERENCES {t}, PRIMARY KEY (k)) PARTITION BY LIST (k); CREATE TABLE {v} PARTITION OF {u} DEFAULT",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} (a int REFERENCES {t}, PRIMARY KEY (a)) PARTITION BY LIST (a); CREATE TABLE {v} PARTITION OF {u} DEFAULT",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} (k int PRIMARY KEY, a int) PARTITION BY LIST (k); CREATE TABLE {v} PARTITION OF {u} (FOREIGN KEY (a) REFERENCES {t}) DEFAULT",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} (k int PRIMARY KEY, a int REFERENCES {t}); CREATE VIEW {v} AS SELECT a FROM {u}",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} (k int PRIMARY KEY, a int REFERENCES {t}, g int GENERATED ALWAYS AS (a + 1) STORED)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} (k int PRIMARY KEY, a int REFERENCES {t}); CREATE POLICY p ON {u} USING (a > 0)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} (k int PRIMARY KEY, a int REFERENCES {t}); CREATE TRIGGER x BEFORE UPDATE OF a ON {u} FOR EACH ROW EXECUTE FUNCTION nop()",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} (k int PRIMARY KEY, a int REFERENCES {t}); CREATE TABLE {v} (k int PRIMARY KEY, r {u})",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} OF pair (PRIMARY KEY (b), FOREIGN KEY (a) REFERENCES {t})",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} (k int PRIMARY KEY, a int); CREATE TABLE {v} (PRIMARY KEY (k), FOREIGN KEY (a) REFERENCES {t}) INHERITS ({u})",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE TABLE {u} (k int PRIMARY KEY, a int REFERENCES {t}); CREATE TABLE {v} () INHERITS ({u}); CREATE VIEW {w} AS SELECT a FROM {v}",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint PRIMARY KEY); CREATE UNLOGGED TABLE {u} (k int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int GENERATED BY DEFAULT AS IDENTITY REFERENCES {t}); CREATE INDEX {v} ON {u} (a) WHERE a > 7",
    ),
    Shape(
        18,
        "CREATE TABLE {t} (id int, valid daterange, PRIMARY KEY (id, valid WITHOUT OVERLAPS)); CREATE TABLE {u} (k int PRIMARY KEY, a int, valid daterange, FOREIGN KEY (a, PERIOD valid) REFERENCES {t} (id, PERIOD valid))",
    ),
    // Indexes twice.
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a int, b int); CREATE INDEX {u} ON {t} (a); CREATE INDEX {v} ON {t} (a, b)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a int); CREATE UNIQUE INDEX {u} ON {t} (id); CREATE UNIQUE INDEX {v} ON {t} (a); CREATE UNIQUE INDEX {w} ON {t} (a)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a int, CONSTRAINT {u} UNIQUE (a), CONSTRAINT {v} UNIQUE (a) DEFERRABLE)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a int); ALTER TABLE {t} ADD CONSTRAINT {u} UNIQUE (a); ALTER TABLE {t} ADD CONSTRAINT {v} UNIQUE (a); CREATE TABLE {w} (id int PRIMARY KEY, a int REFERENCES {t} (a))",
    ),
    Shape(14, "CREATE TABLE {t} (id int PRIMARY KEY, a int); ALTER TABLE {t} ADD CONSTRAINT {u} UNIQUE (id)"),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a int) PARTITION BY LIST (id); CREATE TABLE {u} PARTITION OF {t} DEFAULT; CREATE INDEX {v} ON {t} (a); CREATE INDEX {w} ON {t} (a)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a int) PARTITION BY LIST (id); CREATE TABLE {u} PARTITION OF {t} DEFAULT; ALTER TABLE {t} ADD CONSTRAINT {v} UNIQUE (id)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a text); CREATE INDEX {u} ON {t} (lower(a)) WHERE id > 7; CREATE INDEX {v} ON {t} (lower(a), id) WHERE id > 7",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a int, b int); CREATE INDEX {u} ON {t} (a) INCLUDE (b); CREATE INDEX {v} ON {t} (a); CLUSTER {t} USING {v}",
    ),
    Shape(
        14,
        "CREATE MATERIALIZED VIEW {t} AS SELECT 1 AS a, 2 AS b; CREATE INDEX {u} ON {t} (a); CREATE UNIQUE INDEX {v} ON {t} (a); CREATE UNIQUE INDEX {w} ON {t} (a)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a text); CREATE INDEX {u} ON {t} USING gist (a gist_trgm_ops); CREATE INDEX {v} ON {t} USING gist (a gist_trgm_ops) WITH (fillfactor = 70)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, room int, during tstzrange, EXCLUDE USING gist (room WITH =, during WITH &&)); CREATE INDEX {u} ON {t} USING gist (room, during)",
    ),
    // Indexes and constraints that are invalid.
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a int); CREATE INDEX {u} ON {t} (a); UPDATE pg_index SET indisvalid = false WHERE indrelid = {l}::regclass",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, room int, during tstzrange, EXCLUDE USING gist (room WITH =, during WITH &&)); UPDATE pg_index SET indisvalid = false WHERE indrelid = {l}::regclass",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a int); ALTER TABLE {t} ADD CONSTRAINT {c} UNIQUE (a); UPDATE pg_index SET indisvalid = false WHERE indrelid = {l}::regclass",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a int) PARTITION BY LIST (id); CREATE TABLE {u} PARTITION OF {t} DEFAULT; CREATE INDEX {v} ON ONLY {t} (a); CREATE INDEX {w} ON {u} (a); ALTER INDEX {v} ATTACH PARTITION {w}; UPDATE pg_index SET indisvalid = false WHERE indexrelid = {lw}::regclass",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a int) PARTITION BY LIST (id); CREATE TABLE {u} PARTITION OF {t} DEFAULT; CREATE INDEX {v} ON ONLY {t} (a)",
    ),
    Shape(
        18,
        "CREATE TABLE {t} (a int, during tstzrange, PRIMARY KEY (a, during WITHOUT OVERLAPS)); UPDATE pg_index SET indisvalid = false WHERE indrelid = {l}::regclass",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, a int); ALTER TABLE {t} ADD CONSTRAINT \"It's\" CHECK (a > 0) NOT VALID; CREATE TABLE {u} () INHERITS ({t}); CREATE TABLE {v} (PRIMARY KEY (id), CHECK (a > 1)) INHERITS ({t}); ALTER TABLE {v} ADD CHECK (a > 2) NOT VALID",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY); CREATE TABLE {u} (id int PRIMARY KEY, a int); ALTER TABLE {u} ADD FOREIGN KEY (a) REFERENCES {t} NOT VALID",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY) PARTITION BY LIST (id); CREATE TABLE {u} PARTITION OF {t} DEFAULT; ALTER TABLE {t} ADD CHECK (id > 0) NOT VALID; ALTER TABLE {u} ADD CHECK (id > 1) NOT VALID; CREATE TABLE {v} (id int PRIMARY KEY, a int); ALTER TABLE {v} ADD FOREIGN KEY (a) REFERENCES {t} NOT VALID",
    ),
    Shape(14, "CREATE FOREIGN TABLE {t} (id int) SERVER nowhere; ALTER FOREIGN TABLE {t} ADD CHECK (id > 0) NOT VALID"),
    Shape(18, "CREATE TABLE {t} (id int PRIMARY KEY, a int); ALTER TABLE {t} ADD CONSTRAINT {u} NOT NULL a NOT VALID"),
    Shape(
        18,
        "CREATE TABLE {t} (id int PRIMARY KEY); CREATE TABLE {u} (id int PRIMARY KEY, a int) PARTITION BY LIST (id); CREATE TABLE {v} PARTITION OF {u} DEFAULT; ALTER TABLE {u} ADD FOREIGN KEY (a) REFERENCES {t} NOT VALID",
    ),
    // Sequences at their end.
    Shape(14, "CREATE TABLE {t} (id numeric(5,0) PRIMARY KEY DEFAULT nextval('shared'))"),
    Shape(
        14,
        "CREATE TABLE {t} (id varchar(5) PRIMARY KEY DEFAULT nextval('shared')); CREATE TABLE {u} (id char(5) PRIMARY KEY DEFAULT nextval('shared'))",
    ),
    Shape(14, "CREATE TABLE {t} (id smaller PRIMARY KEY DEFAULT nextval('shared'))"),
    Shape(14, "CREATE TABLE {t} (id serial PRIMARY KEY); ALTER SEQUENCE {q} RESTART WITH 2147483646"),
    Shape(
        14,
        "CREATE TABLE {t} (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY); ALTER TABLE {t} ALTER id RESTART WITH 2147483646",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id smallint GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY -1) PRIMARY KEY); ALTER TABLE {t} ALTER id RESTART WITH -32767",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int GENERATED ALWAYS AS IDENTITY (MAXVALUE 100) PRIMARY KEY); ALTER TABLE {t} ALTER id RESTART WITH 99",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id smallserial PRIMARY KEY, k int); ALTER TABLE {t} ALTER id TYPE int; ALTER SEQUENCE {q} RESTART WITH 32767",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE 1000) PRIMARY KEY); ALTER TABLE {t} ALTER id RESTART WITH 999",
    ),
    Shape(14, "CREATE TABLE {t} (id bigserial PRIMARY KEY); SELECT setval('{q}', 9223372036854775807)"),
    Shape(
        14,
        "CREATE TABLE {t} (id serial PRIMARY KEY, k int); CREATE TABLE {u} () INHERITS ({t}); SELECT setval('{q}', 2147483647)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id serial, k int, PRIMARY KEY (k)) PARTITION BY LIST (k); CREATE TABLE {u} PARTITION OF {t} DEFAULT; SELECT setval('{q}', 2147483647)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id serial, PRIMARY KEY (id)) PARTITION BY LIST (id); CREATE TABLE {u} PARTITION OF {t} DEFAULT; SELECT setval('{q}', 2147483647)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id serial PRIMARY KEY); CREATE VIEW {u} AS SELECT id FROM {t}; SELECT setval('{q}', 2147483647)",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (k int PRIMARY KEY, a int DEFAULT nextval('shared')); CREATE TABLE {u} OF pair (b PRIMARY KEY, a DEFAULT nextval('shared'))",
    ),
    // Autovacuum off.
    Shape(14, "CREATE TABLE {t} (id int PRIMARY KEY, body text) WITH (autovacuum_enabled = no)"),
    Shape(14, "CREATE TABLE {t} (id int PRIMARY KEY, body text) WITH (toast.autovacuum_enabled = of)"),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, body text) WITH (autovacuum_enabled = false, toast.autovacuum_enabled = off, fillfactor = 70)",
    ),
    Shape(
        14,
        "CREATE MATERIALIZED VIEW {t} WITH (autovacuum_enabled = off, toast.autovacuum_enabled = off) AS SELECT 'x'::text AS v",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, body text) PARTITION BY LIST (id); CREATE TABLE {u} PARTITION OF {t} DEFAULT WITH (toast.autovacuum_enabled = false)",
    ),
    // Mostly empty, and large enough to be estimated.
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, v text); INSERT INTO {t} SELECT n, repeat('x', 50) FROM generate_series(1, 100000) AS n; DELETE FROM {t} WHERE id % 10 > 0",
    ),
];

/// Relations with dead rows, for after a VACUUM of everything else.
pub const CHANGED: &[Shape] = &[
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, v int); INSERT INTO {t} SELECT n, 0 FROM generate_series(1, 2000) AS n; UPDATE {t} SET v = 1",
    ),
    Shape(
        14,
        "CREATE TABLE {t} (id int PRIMARY KEY, v int) PARTITION BY LIST (id); CREATE TABLE {u} PARTITION OF {t} DEFAULT; INSERT INTO {t} SELECT n, 0 FROM generate_series(1, 2000) AS n; UPDATE {t} SET v = 1",
    ),
    Shape(
        14,
        "CREATE UNLOGGED TABLE {t} (id int PRIMARY KEY, v int) WITH (autovacuum_enabled = off); INSERT INTO {t} SELECT n, 0 FROM generate_series(1, 2000) AS n; UPDATE {t} SET v = 1",
    ),
];

/// The statements of a shape; the number keeps its names apart from the others'.
pub fn instantiate(shape: &Shape, number: usize, name: &str) -> String {
    let schema = if number.is_multiple_of(2) { "public" } else { "\"Odd Schema\"" };
    // A sequence's name is its table's with an ending, and is cut where that gets too long.
    let most = if shape.1.contains("{q}") { 40 } else { 63 };
    let bare =
        |suffix: &str| format!("{number}{suffix} {name}").chars().take(most).collect::<String>().replace('"', "\"\"");
    let quoted = |suffix: &str| format!("\"{}\"", bare(suffix));
    let sequence = format!("{schema}.\"{}_id_seq\"", bare(""));
    let mut sql = shape.1.replace("{q}", &sequence).replace("{c}", &format!("\"{number} _ccnew\""));
    for (table, literal, suffix) in
        [("{t}", "{l}", ""), ("{u}", "{lu}", "u"), ("{v}", "{lv}", "v"), ("{w}", "{lw}", "w")]
    {
        sql = sql.replace(table, &quoted(suffix)).replace(literal, &format!("'{schema}.{}'", quoted(suffix)));
    }
    format!("SET search_path = {schema}, public; {sql}; RESET search_path")
}

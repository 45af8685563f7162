-- A quiet neighbour of the shop, on the same server.
SELECT setseed(0.42);

CREATE TABLE books (
    isbn   text PRIMARY KEY,
    title  text NOT NULL,
    author text NOT NULL,
    year   smallint NOT NULL
);
INSERT INTO books
SELECT '978-' || lpad(n::text, 9, '0'), 'Book ' || n, 'Author ' || n % 700, 1900 + n % 125 FROM generate_series(1, 8000) AS n;
CREATE INDEX books_author ON books (author);

CREATE TABLE loans (
    id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    isbn     text NOT NULL REFERENCES books,
    reader   integer NOT NULL,
    lent_on  date NOT NULL,
    returned boolean NOT NULL
);
INSERT INTO loans (isbn, reader, lent_on, returned)
SELECT '978-' || lpad((1 + (random() * 7999)::int)::text, 9, '0'), (random() * 500)::int, current_date - (random() * 900)::int,
       random() < 0.95
FROM generate_series(1, 30000) AS n;
CREATE INDEX loans_isbn ON loans (isbn);

//! Expressions made at random mean the same on every database: what they mean is worked out here.

use dataset::{Database, Expr, case, col, row, val};

/// A number, or NULL.
type Int = Option<i64>;
/// Three-valued logic.
type Truth = Option<bool>;

const ROWS: [[Int; 3]; 6] = [
    [Some(0), Some(1), Some(-1)],
    [Some(3), Some(3), None],
    [None, Some(-2), Some(7)],
    [Some(-5), None, None],
    [Some(2), Some(-3), Some(2)],
    [None, None, None],
];

fn below(n: u32) -> u32 {
    rand::random_range(0..n)
}

type Make<T> = Box<dyn Fn(&[Int; 3]) -> T + Send + Sync>;

fn int(depth: u32) -> (Expr, Make<Int>) {
    if depth == 0 || below(5) == 0 {
        return match below(2) {
            0 => {
                let which = below(3) as usize;
                (col(["a", "b", "c"][which]), Box::new(move |row| row[which]))
            }
            _ => {
                let n = i64::from(below(9)) - 4;
                (val(n), Box::new(move |_| Some(n)))
            }
        };
    }
    match below(8) {
        0 => {
            let (n, (e, f)) = (i64::from(below(4)) + 2, int(depth - 1));
            (e % n, Box::new(move |row| Some(f(row)? % n)))
        }
        1 => {
            let ((e, f), (d, g)) = (int(depth - 1), int(depth - 1));
            (e.coalesce(d), Box::new(move |row| f(row).or_else(|| g(row))))
        }
        2 => {
            let ((c, h), (e, f), (d, g)) = (truth(depth - 1), int(depth - 1), int(depth - 1));
            (case([(c, e)], Some(d)), Box::new(move |row| if h(row) == Some(true) { f(row) } else { g(row) }))
        }
        op => {
            let ((e, f), (d, g)) = (int(depth - 1), int(depth - 1));
            let made = match op {
                3 => e + d,
                4 => e - d,
                5 => e * d,
                6 => e.bit_and(d),
                _ => e.bit_or(d),
            };
            let both = move |row: &[Int; 3]| {
                let (x, y) = (f(row)?, g(row)?);
                Some(match op {
                    3 => x + y,
                    4 => x - y,
                    5 => x * y,
                    6 => x & y,
                    _ => x | y,
                })
            };
            (made, Box::new(both))
        }
    }
}

fn truth(depth: u32) -> (Expr, Make<Truth>) {
    if depth > 1 && below(2) == 0 {
        let ((e, f), (d, g)) = (truth(depth - 1), truth(depth - 1));
        return match below(4) {
            0 => (!e, Box::new(move |row| f(row).map(|x| !x))),
            1 => (
                e & d,
                Box::new(move |row| match (f(row), g(row)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                }),
            ),
            2 => (
                e | d,
                Box::new(move |row| match (f(row), g(row)) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                }),
            ),
            _ => (e.eq(d), Box::new(move |row| Some(f(row)? == g(row)?))),
        };
    }
    let ((e, f), (d, g)) = (int(depth.saturating_sub(1)), int(depth.saturating_sub(1)));
    let list: Vec<i64> = (0..below(4)).map(|_| i64::from(below(9)) - 4).collect();
    let among = {
        let list = list.clone();
        move |x: Int| if list.is_empty() { Some(false) } else { x.map(|x| list.contains(&x)) }
    };
    match below(12) {
        0 => (e.eq(d), Box::new(move |row| Some(f(row)? == g(row)?))),
        1 => (e.ne(d), Box::new(move |row| Some(f(row)? != g(row)?))),
        2 => (e.lt(d), Box::new(move |row| Some(f(row)? < g(row)?))),
        3 => (e.gte(d), Box::new(move |row| Some(f(row)? >= g(row)?))),
        4 => (e.is_null(), Box::new(move |row| Some(f(row).is_none()))),
        5 => (e.is_not_null(), Box::new(move |row| Some(f(row).is_some()))),
        6 => (e.is_in(list), Box::new(move |row| among(f(row)))),
        7 => (e.not_in(list), Box::new(move |row| among(f(row)).map(|x| !x))),
        8 => (e.between(-2, 3), Box::new(move |row| f(row).map(|x| (-2..=3).contains(&x)))),
        9 => (e.within(-1..4), Box::new(move |row| f(row).map(|x| (-1..4).contains(&x)))),
        10 => (e.same_as(d), Box::new(move |row| Some(f(row) == g(row)))),
        _ => (!e.same_as(d), Box::new(move |row| Some(f(row) != g(row)))),
    }
}

pub async fn b27_any_expression_means_the_same(db: Database) {
    db.execute("create table nums (id integer primary key, a bigint, b bigint, c bigint)", []).await.unwrap();
    let rows = (1..).zip(ROWS).map(|(id, [a, b, c])| row! { id: id, a: a, b: b, c: c }).collect();
    db.from("nums").multi_insert(rows).await.unwrap();
    let ds = db.from("nums").order(col("id").asc());
    for _ in 0..150 {
        let (e, f) = int(4);
        let ints: Vec<Int> = ds.select_map(e.clone()).await.unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(ints, ROWS.each_ref().map(&f), "{}", ds.clone().select([e]).sql());
        let (e, f) = truth(4);
        let ids: Vec<usize> =
            ds.clone().filter(e.clone()).select_map("id").await.unwrap_or_else(|error| panic!("{error:?}"));
        let want: Vec<usize> = (1..).zip(&ROWS).filter(|(_, row)| f(row) == Some(true)).map(|(id, _)| id).collect();
        assert_eq!(ids, want, "{}", ds.clone().filter(e.clone()).sql());
        let others: Vec<usize> = ds.clone().exclude(e.clone()).select_map("id").await.unwrap();
        let want: Vec<usize> = (1..).zip(&ROWS).filter(|(_, row)| f(row) == Some(false)).map(|(id, _)| id).collect();
        assert_eq!(others, want, "{}", ds.clone().exclude(e).sql());
    }
}

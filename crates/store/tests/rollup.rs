//! A window says the same whether it is read from captures or from sums of them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use model::{Mark, Statement, StatementSort, Timestamp};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use store::Store;
use support::{Place, capture, on_every_store, shop, statement};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn at(second: i64) -> Timestamp {
    Timestamp(second * 1_000_000)
}

/// What each statement did, in the order of their names.
async fn said(store: &Store, from: i64, to: i64) -> Vec<Statement> {
    let mut statements = store.statements(&shop(), at(from), at(to)).await.unwrap();
    statements.sort_by(|a, b| a.key.queryid.cmp(&b.key.queryid));
    statements
}

/// Captures some minutes apart over some days, now and then after a gap, often at the very end of an hour.
async fn some_days(store: &Store, random: &mut StdRng) -> i64 {
    let mut second = DAY + random.random_range(0..HOUR);
    for _ in 0..120 {
        let before = second;
        second += match random.random_range(0..10) {
            0 => random.random_range(0..2 * DAY),
            1 | 2 => HOUR - second % HOUR,
            _ => random.random_range(60..2 * HOUR),
        };
        let (span, gap) = (second - before, second - before > 3 * HOUR);
        let mut names: Vec<i64> = (0..random.random_range(0..4)).map(|_| random.random_range(0..6)).collect();
        names.sort_unstable();
        names.dedup();
        let calls = |name: &i64| (None, statement(&name.to_string(), "app", random.random_range(1..1000)));
        let grown: Vec<_> = names.iter().map(calls).collect();
        let marks: &[Mark] = if gap { &[Mark::Gap] } else { &[] };
        store.record(&shop(), capture(second, Some(span), marks, &grown)).await.unwrap();
    }
    second
}

async fn sums_change_no_window(place: Place) {
    let store = place.open().await;
    let seed = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    let end = some_days(&store, &mut random).await;
    let mut moment = || match random.random_range(0..3) {
        0 => random.random_range(0..=end / HOUR) * HOUR,
        1 => random.random_range(0..=end / DAY) * DAY,
        _ => random.random_range(0..=end + DAY),
    };
    let windows: Vec<(i64, i64)> = (0..40).map(|_| (moment(), moment())).map(|(a, b)| (a.min(b), a.max(b))).collect();
    let mut before = Vec::new();
    for (from, to) in &windows {
        before.push(said(&store, *from, *to).await);
    }
    assert!(before.iter().any(|statements| statements.len() > 3), "seed {seed}: nothing to compare");
    store.roll_up(&shop()).await.unwrap();
    for ((from, to), before) in windows.iter().zip(&before) {
        assert_eq!(&said(&store, *from, *to).await, before, "seed {seed}, from {from} to {to}");
        let top = store.top(&shop(), at(*from), at(*to), StatementSort::Time, 100).await.unwrap();
        assert_eq!((top.found, top.statements.len()), (before.len() as u64, before.len()), "seed {seed}");
    }
}

async fn what_comes_after_is_added_and_what_is_too_old_goes(place: Place) {
    let store = place.open().await;
    let calls = |from: i64, to: i64| {
        let store = store.clone();
        async move { said(&store, from, to).await.first().map_or(0, |statement| statement.counters.calls) }
    };
    for hour in 1..=60 {
        let grown = [(None, statement("1", "app", 1))];
        store.record(&shop(), capture(DAY + hour * HOUR, Some(HOUR), &[], &grown)).await.unwrap();
        store.roll_up(&shop()).await.unwrap();
        assert_eq!(calls(0, 9 * DAY).await, hour);
    }
    assert_eq!(calls(DAY + HOUR, 3 * DAY).await, 47);
    // What is left is read from what is kept, and no sum of a day brings back what is gone.
    store.forget(at(2 * DAY)).await.unwrap();
    assert_eq!((calls(2 * DAY, 9 * DAY).await, calls(0, 2 * DAY - HOUR).await), (36, 0));
    store.forget(at(9 * DAY)).await.unwrap();
    assert_eq!(calls(0, 9 * DAY).await, 0);
}

on_every_store! {
    sums_change_no_window;
    what_comes_after_is_added_and_what_is_too_old_goes;
}

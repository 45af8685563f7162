//! What a server did over time comes back as it was written, by the second.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use model::{Counter, DatabaseId, Gap, Mark, Millis, Source, SystemGrowth, SystemSample, Timestamp};
use store::Store;
use support::{Place, capture, on_every_store, shop};

fn at(second: i64) -> Timestamp {
    Timestamp(second * 1_000_000)
}

async fn grew(store: &Store, second: i64, span: Option<i64>, marks: &[Mark], counters: &[(Counter, f64)]) {
    let sample = SystemSample {
        clock: at(second),
        started_at: at(1),
        resets: [(Source::Wal, at(2))].into(),
        counters: [(Counter::Commits, second as f64), (Counter::WalBytes, 1e16)].into(),
    };
    let growth = SystemGrowth {
        taken_at: at(second),
        span: span.map(Millis::from_secs),
        marks: marks.to_vec(),
        counters: counters.iter().copied().collect(),
    };
    let mut new = capture(second, span, &[], &[]);
    new.system = Some((sample, growth));
    store.record(&shop(), new).await.unwrap();
}

async fn the_last_sample_is_the_baseline(place: Place) {
    let store = place.open().await;
    assert_eq!(store.system_baseline(&shop()).await.unwrap(), None);
    grew(&store, 60, None, &[Mark::First], &[]).await;
    grew(&store, 120, Some(60), &[], &[(Counter::Commits, 60.0)]).await;
    let baseline = store.system_baseline(&shop()).await.unwrap().unwrap();
    assert_eq!((baseline.clock, baseline.started_at, baseline.resets[&Source::Wal]), (at(120), at(1), at(2)));
    assert_eq!(baseline.counters, [(Counter::Commits, 120.0), (Counter::WalBytes, 1e16)].into());
    assert_eq!(store.system_baseline(&DatabaseId("other".into())).await.unwrap(), None);
}

async fn growth_is_divided_by_the_time_it_was_known(place: Place) {
    let store = place.open().await;
    grew(&store, 0, None, &[Mark::First], &[]).await;
    // Four captures in each stretch of the window; in one of them the WAL was not known.
    for n in 1..=960 {
        let commits = (Counter::Commits, 30.0);
        let wal = [commits, (Counter::WalRecords, 5.0), (Counter::WalBytes, 1000.0)];
        let counters = if n % 4 == 1 { &wal[..1] } else { &wal[..] };
        grew(&store, n * 10, Some(10), &[], counters).await;
    }
    let history = store.system(&shop(), at(0), at(9600)).await.unwrap();
    assert!((240..=242).contains(&history.at.len()), "{}", history.at.len());
    let near =
        |values: Vec<Option<f64>>, rate: f64| values.into_iter().flatten().all(|value| (value - rate).abs() < 1e-9);
    assert!(near(history.rate(Counter::Commits), 3.0), "{:?}", history.rate(Counter::Commits));
    assert!(near(history.rate(Counter::WalBytes), 100.0), "{:?}", history.rate(Counter::WalBytes));
    assert!(!history.rates.contains_key(&Counter::ClientReadBytes), "nobody knows anything of it");
    assert_eq!(history.active, vec![Some(1.0); history.at.len()]);
    assert_eq!((history.marks, history.gaps), (vec![], vec![]), "the first capture is the window's beginning");
}

async fn what_happened_in_a_gap_is_no_rate(place: Place) {
    let store = place.open().await;
    grew(&store, 60, Some(60), &[], &[(Counter::Commits, 60.0)]).await;
    grew(&store, 660, Some(600), &[Mark::Gap, Mark::Restart], &[(Counter::Commits, 90_000.0)]).await;
    grew(&store, 720, Some(60), &[Mark::Reset], &[(Counter::Commits, 120.0)]).await;
    let history = store.system(&shop(), at(0), at(720)).await.unwrap();
    let known: Vec<f64> = history.rate(Counter::Commits).into_iter().flatten().collect();
    assert_eq!(known, [1.0, 2.0]);
    assert_eq!(history.gaps, [Gap { from: at(60), to: at(660) }]);
    assert_eq!(history.marks, [(at(660), Mark::Gap), (at(660), Mark::Restart), (at(720), Mark::Reset)]);
}

async fn connections_are_known_where_counters_are_not(place: Place) {
    let store = place.open().await;
    store.record(&shop(), capture(60, Some(60), &[], &[])).await.unwrap();
    let history = store.system(&shop(), at(0), at(600)).await.unwrap();
    assert_eq!((history.active, history.idle_in_transaction), (vec![Some(1.0)], vec![Some(1.0)]));
    assert!(history.rates.is_empty());
}

async fn retention_forgets_what_is_old(place: Place) {
    let store = place.open().await;
    grew(&store, 60, Some(60), &[], &[(Counter::Commits, 60.0)]).await;
    grew(&store, 9_000, Some(60), &[], &[(Counter::Commits, 60.0)]).await;
    store.forget(at(8_000)).await.unwrap();
    let history = store.system(&shop(), at(0), at(9_999)).await.unwrap();
    assert_eq!(history.rate(Counter::Commits), [Some(1.0)]);
    assert!(store.system_baseline(&shop()).await.unwrap().is_some());
}

on_every_store! {
    the_last_sample_is_the_baseline;
    growth_is_divided_by_the_time_it_was_known;
    what_happened_in_a_gap_is_no_rate;
    connections_are_known_where_counters_are_not;
    retention_forgets_what_is_old;
}

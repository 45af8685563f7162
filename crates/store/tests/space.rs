//! How large relations were comes back as it was captured.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use model::{Bytes, DatabaseId, QualifiedName, Timestamp};
use store::{SizeSpan, Store};
use support::{Place, on_every_store, shop};

const HOUR: i64 = 3600 * 1_000_000;

fn at(hour: i64) -> Timestamp {
    Timestamp(hour * HOUR)
}

fn name(name: &str) -> QualifiedName {
    QualifiedName::new("Größe \"x\"", name)
}

async fn record(store: &Store, hour: i64, sizes: &[(&str, i64)]) {
    let sizes = sizes.iter().map(|(relation, bytes)| (name(relation), Bytes(*bytes))).collect();
    store.record_sizes(&shop(), at(hour), sizes).await.unwrap();
}

async fn history(store: &Store, relation: &str, from: i64, to: i64) -> Vec<(i64, i64, i64)> {
    let spans = store.size_history(&shop(), &name(relation), at(from), at(to)).await.unwrap();
    spans.iter().map(|SizeSpan { since, until, bytes }| (since.0 / HOUR, until.0 / HOUR, bytes.0)).collect()
}

/// P6, §7 `space` (relation stats).
async fn a_size_is_one_row_as_long_as_it_stays(place: Place) {
    let store = place.open().await;
    assert_eq!(store.last_sizes(&shop()).await.unwrap(), None);
    record(&store, 1, &[("orders", 100), ("Orders", 7), ("gone", 5)]).await;
    record(&store, 2, &[("orders", 100), ("Orders", 7), ("gone", 5)]).await;
    record(&store, 3, &[("orders", 300), ("Orders", 7)]).await;
    record(&store, 4, &[("orders", 300), ("Orders", 7), ("new", 1)]).await;
    // A clock that was put back, or a capture that came late.
    record(&store, 2, &[("orders", 999)]).await;
    assert_eq!(store.last_sizes(&shop()).await.unwrap(), Some(at(4)));
    assert_eq!(history(&store, "orders", 0, 9).await, [(1, 2, 100), (3, 4, 300)]);
    assert_eq!(history(&store, "Orders", 0, 9).await, [(1, 4, 7)]);
    assert_eq!(history(&store, "gone", 0, 9).await, [(1, 2, 5)]);
    assert_eq!(history(&store, "orders", 3, 3).await, [(3, 4, 300)]);
    assert_eq!(history(&store, "no such", 0, 9).await, []);
    let other = DatabaseId("other".into());
    assert_eq!(store.size_history(&other, &name("orders"), at(0), at(9)).await.unwrap(), []);
}

/// §2.13 `space_growth`: the earliest size in the span (P5, §7 `space` (growth)).
async fn growth_is_counted_from_the_first_size_of_a_span(place: Place) {
    let store = place.open().await;
    record(&store, 1, &[("orders", 100), ("still", 8)]).await;
    record(&store, 5, &[("orders", 200), ("still", 8)]).await;
    record(&store, 9, &[("orders", 400), ("still", 8), ("new", 50)]).await;
    let first = store.sizes_since(&shop(), at(3)).await.unwrap();
    assert_eq!(first.len(), 3);
    assert_eq!(first[&name("orders")], (at(5), Bytes(200)));
    assert_eq!(first[&name("still")], (at(1), Bytes(8)), "it was so all the time");
    assert_eq!(first[&name("new")], (at(9), Bytes(50)));
    assert!(store.sizes_since(&shop(), at(10)).await.unwrap().is_empty());
    assert!(store.sizes_since(&DatabaseId("other".into()), at(0)).await.unwrap().is_empty());
}

async fn a_day_without_captures_is_a_gap(place: Place) {
    let store = place.open().await;
    for hour in [0, 24, 72] {
        record(&store, hour, &[("orders", 100)]).await;
    }
    assert_eq!(history(&store, "orders", 0, 99).await, [(0, 24, 100), (72, 72, 100)]);
    let spans = store.size_history(&shop(), &name("orders"), at(0), at(99)).await.unwrap();
    assert!(spans[0].is_followed_by_gap(&spans[1]));
}

/// L6, §7 `space` (clean), `module` (clean_space_stats).
async fn sizes_are_forgotten_after_ninety_days(place: Place) {
    let store = place.open().await;
    let now: Timestamp = std::time::SystemTime::now().into();
    let day = |ago: i64| (now.0 / HOUR) - ago * 24;
    record(&store, day(100), &[("orders", 100), ("gone", 1)]).await;
    record(&store, day(99), &[("orders", 100)]).await;
    record(&store, day(80), &[("orders", 200)]).await;
    store.forget(now).await.unwrap();
    assert_eq!(history(&store, "orders", 0, day(0)).await, [(day(80), day(80), 200)]);
    assert!(history(&store, "gone", 0, day(0)).await.is_empty());
    // What is to be kept longer is.
    record(&store, day(70), &[("orders", 300)]).await;
    store.forget(Timestamp(0)).await.unwrap();
    assert_eq!(history(&store, "orders", 0, day(0)).await.len(), 2);
}

async fn eight_thousand_relations_are_one_capture(place: Place) {
    let store = place.open().await;
    for hour in 1..=2 {
        let sizes = (0..8000_i64).map(|n| (name(&format!("t{n}")), Bytes(n * (hour + n % 2)))).collect();
        store.record_sizes(&shop(), at(hour), sizes).await.unwrap();
    }
    let first = store.sizes_since(&shop(), at(0)).await.unwrap();
    assert_eq!((first.len(), first[&name("t7999")]), (8000, (at(1), Bytes(15_998))));
    assert_eq!(history(&store, "t7999", 0, 9).await, [(1, 1, 15_998), (2, 2, 23_997)]);
}

on_every_store! {
    a_size_is_one_row_as_long_as_it_stays;
    growth_is_counted_from_the_first_size_of_a_span;
    a_day_without_captures_is_a_gap;
    sizes_are_forgotten_after_ninety_days;
    eight_thousand_relations_are_one_capture;
}

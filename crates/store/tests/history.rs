//! What is captured can be read again, and nothing else can.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use model::{DatabaseId, Gap, Mark, Millis, StatementSort, Timestamp};
use store::Lease;
use support::{Place, capture, on_every_store, shop, statement};

fn at(second: i64) -> Timestamp {
    Timestamp(second * 1_000_000)
}

async fn a_baseline_comes_back_as_it_was_written(place: Place) {
    let store = place.open().await;
    assert!(store.baseline(&shop()).await.unwrap().is_none());
    let rows = [statement("-1", "app", 5), statement("-1", "Größe \"x\"", 7)];
    store.record(&shop(), capture(60, None, &[Mark::First], &rows.clone().map(|row| (None, row)))).await.unwrap();
    let baseline = store.baseline(&shop()).await.unwrap().unwrap();
    assert_eq!(baseline.snapshot.taken_at, at(60));
    assert_eq!(baseline.statements.len(), 2);
    for row in &rows {
        assert_eq!(&baseline.statements[&row.key].1, row);
    }
    assert_eq!(store.last_size(&shop()).await.unwrap().unwrap().0, 60);
    assert_eq!(store.last_capture(&shop()).await.unwrap(), Some(at(60)));
    // Another database knows nothing of it.
    assert!(store.baseline(&DatabaseId("other".into())).await.unwrap().is_none());
    assert_eq!(store.watched().await.unwrap().len(), 2);
}

async fn a_changed_statement_replaces_its_counters_and_a_gone_one_leaves(place: Place) {
    let store = place.open().await;
    let rows = ["1", "2"].map(|id| (None, statement(id, "app", 5)));
    store.record(&shop(), capture(60, None, &[Mark::First], &rows)).await.unwrap();
    let known = store.baseline(&shop()).await.unwrap().unwrap().statements;
    let (one, two) = (known[&rows[0].1.key].0, known[&rows[1].1.key].0);
    let mut next = capture(120, Some(60), &[], &[(Some(one), statement("1", "app", 9))]);
    next.gone = vec![two];
    store.record(&shop(), next).await.unwrap();
    let known = store.baseline(&shop()).await.unwrap().unwrap().statements;
    assert_eq!(known.len(), 1);
    assert_eq!(known[&rows[0].1.key], (one, statement("1", "app", 9)));
}

async fn top_sums_a_window_and_ranks(place: Place) {
    let store = place.open().await;
    for second in [60, 120, 180] {
        let rows =
            [(None, statement("1", "app", 10)), (None, statement("2", "app", 4)), (None, statement("1", "batch", 1))];
        store.record(&shop(), capture(second, Some(60), &[], &rows)).await.unwrap();
    }
    store.keep_texts(&shop(), &[("1".into(), "select 'secret' from orders where a = 42".into())]).await.unwrap();

    let top = store.top(&shop(), at(60), at(180), StatementSort::Time, 10).await.unwrap();
    assert_eq!(top.found, 3);
    let said: Vec<_> =
        top.statements.iter().map(|s| (s.key.queryid.as_str(), s.key.role.as_str(), s.counters.calls)).collect();
    // The capture at second 60 ended the minute before the window.
    assert_eq!(said, [("1", "app", 20), ("2", "app", 8), ("1", "batch", 2)]);
    assert_eq!(top.statements[0].query.as_deref(), Some("select ? from orders where a = ?"));
    assert_eq!(top.statements[0].counters.total_ms, Millis(40.0));
    assert_eq!(top.statements[1].query, None);
    for sort in [StatementSort::Calls, StatementSort::Mean, StatementSort::Rows] {
        assert_eq!(store.top(&shop(), at(0), at(180), sort, 1).await.unwrap().statements.len(), 1);
    }
    assert_eq!(store.textless(&shop()).await.unwrap(), ["2"]);
}

async fn what_ended_a_gap_that_began_before_the_window_is_not_the_windows(place: Place) {
    let store = place.open().await;
    store.record(&shop(), capture(1000, Some(900), &[Mark::Gap], &[(None, statement("1", "app", 500))])).await.unwrap();
    store.record(&shop(), capture(1060, Some(60), &[], &[(None, statement("1", "app", 5))])).await.unwrap();
    let calls = |from: i64| {
        let store = store.clone();
        async move {
            store.top(&shop(), at(from), at(2000), StatementSort::Time, 9).await.unwrap().statements[0].counters.calls
        }
    };
    assert_eq!((calls(500).await, calls(50).await), (5, 505));
    assert_eq!(store.gaps_of(&shop(), at(500), at(2000)).await.unwrap(), [Gap { from: at(100), to: at(1000) }]);
}

async fn a_series_divides_by_the_time_it_covers(place: Place) {
    let store = place.open().await;
    store.record(&shop(), capture(0, None, &[Mark::First], &[(None, statement("1", "app", 99))])).await.unwrap();
    for second in [60, 120] {
        let rows = [(None, statement("1", "app", 120)), (None, statement("2", "app", 60))];
        store.record(&shop(), capture(second, Some(60), &[], &rows)).await.unwrap();
    }
    let all = store.series(&shop(), at(-10), at(300), None).await.unwrap();
    assert_eq!(all.calls, [Some(3.0), Some(3.0)]);
    assert_eq!(all.load, [Some(Millis(6.0)), Some(Millis(6.0))]);
    assert_eq!(all.marks, [(at(0), Mark::First)]);
    let one = store.series(&shop(), at(-10), at(300), Some(("2", Some("app")))).await.unwrap();
    assert_eq!(one.calls, [Some(1.0), Some(1.0)]);
    let none = store.series(&shop(), at(-10), at(300), Some(("2", Some("nobody")))).await.unwrap();
    assert_eq!(none.calls, [Some(0.0), Some(0.0)]);
}

async fn many_captures_become_as_many_points_as_a_chart_can_show(place: Place) {
    let store = place.open().await;
    for second in 1..=600 {
        store.record(&shop(), capture(second, Some(1), &[], &[(None, statement("1", "app", 2))])).await.unwrap();
    }
    let series = store.series(&shop(), at(0), at(600), None).await.unwrap();
    assert!(series.at.len() <= 242, "{}", series.at.len());
    assert!(series.calls.iter().all(|calls| *calls == Some(2.0)), "{:?}", series.calls);
}

/// L6; defect 2: PgHero keeps the top 100.
async fn five_thousand_statements_are_one_capture(place: Place) {
    let store = place.open().await;
    let rows: Vec<_> = (0..5000).map(|n| (None, statement(&n.to_string(), "app", n + 1))).collect();
    store.record(&shop(), capture(60, Some(60), &[], &rows)).await.unwrap();
    assert_eq!(store.baseline(&shop()).await.unwrap().unwrap().statements.len(), 5000);
    assert_eq!(store.top(&shop(), at(0), at(60), StatementSort::Calls, 5).await.unwrap().found, 5000);
}

/// L6, §7 `query_stats` (clean), `module` (clean_query_stats).
async fn retention_forgets_what_is_old_and_keeps_the_baseline(place: Place) {
    let store = place.open().await;
    store.record(&shop(), capture(60, Some(60), &[], &[(None, statement("1", "app", 5))])).await.unwrap();
    store.record(&shop(), capture(9_000, Some(60), &[], &[(None, statement("2", "app", 5))])).await.unwrap();
    assert_eq!(store.forget(at(8_000)).await.unwrap(), 1);
    assert_eq!(store.top(&shop(), at(0), at(9_999), StatementSort::Time, 9).await.unwrap().found, 1);
    assert_eq!(store.baseline(&shop()).await.unwrap().unwrap().statements.len(), 2);
}

async fn one_process_captures_until_it_stops_renewing(place: Place) {
    let store = place.open().await;
    let lease = |holder: &'static str, span: Millis| {
        let store = store.clone();
        async move { store.lease(&shop(), holder, span).await.unwrap() }
    };
    assert_eq!(lease("a", Millis::from_secs(60)).await, Lease::Held);
    assert_eq!(lease("b", Millis::from_secs(60)).await, Lease::Elsewhere);
    assert_eq!(lease("a", Millis(0.0)).await, Lease::Held);
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    assert_eq!(lease("b", Millis::from_secs(60)).await, Lease::Held);
    store.release("b").await.unwrap();
    assert_eq!(lease("a", Millis::from_secs(60)).await, Lease::Held);
}

/// §3.8: what was captured before is whole after the process was killed.
async fn nothing_is_lost_when_the_store_is_opened_again(place: Place) {
    let store = place.open().await;
    store.record(&shop(), capture(60, Some(60), &[], &[(None, statement("1", "app", 5))])).await.unwrap();
    // No close: as after kill -9.
    std::mem::forget(store);
    let store = place.open().await;
    assert_eq!(store.top(&shop(), at(0), at(60), StatementSort::Time, 9).await.unwrap().found, 1);
}

on_every_store! {
    a_baseline_comes_back_as_it_was_written;
    a_changed_statement_replaces_its_counters_and_a_gone_one_leaves;
    top_sums_a_window_and_ranks;
    what_ended_a_gap_that_began_before_the_window_is_not_the_windows;
    a_series_divides_by_the_time_it_covers;
    many_captures_become_as_many_points_as_a_chart_can_show;
    five_thousand_statements_are_one_capture;
    retention_forgets_what_is_old_and_keeps_the_baseline;
    one_process_captures_until_it_stops_renewing;
    nothing_is_lost_when_the_store_is_opened_again;
}

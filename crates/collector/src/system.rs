//! What a server's counters grew by between two samples. As in [`difference`](crate::difference()): nothing invented.

use model::{Counter, Counters, Mark, Millis, Source, SystemGrowth, SystemSample, Timestamp};

/// Times are fractions; what goes back by less than this has not gone back.
const NOTHING: f64 = 0.001;

/// How a source's counters relate to those of the sample before.
enum Since {
    /// They went on.
    Before,
    /// They began anew in between: all they say happened since.
    Anew,
    /// They began anew before the sample before was taken, so they are other counters.
    Unknown,
}

/// Compares a sample, taken at `taken_at` on Heron's clock, with the one before.
pub fn growth(
    before: Option<&SystemSample>,
    now: &SystemSample,
    taken_at: Timestamp,
    interval: Millis,
) -> SystemGrowth {
    let first = SystemGrowth { taken_at, marks: vec![Mark::First], ..SystemGrowth::default() };
    // The server's clock may have been put back.
    let Some(before) = before.filter(|before| before.clock < now.clock) else { return first };
    let span = now.clock.since(before.clock);
    let mut marks = Vec::new();
    if span.0 > 2.0 * interval.0 {
        marks.push(Mark::Gap);
    }
    let restarted = now.started_at != before.started_at;
    let mut counters = Counters::new();
    let mut reset = false;
    if restarted && is_another_server(before, now) {
        marks.push(Mark::Failover);
        return SystemGrowth { taken_at, span: None, marks, counters };
    }
    if restarted {
        marks.push(Mark::Restart);
    }
    for source in Source::ALL {
        let since = since(before, now, source);
        reset |= !matches!(since, Since::Before);
        let of_source = now.counters.iter().filter(|(counter, _)| counter.source() == source);
        counters
            .extend(of_source.filter_map(|(&counter, &value)| Some((counter, grown(&since, before, counter, value)?))));
    }
    if reset {
        marks.push(Mark::Reset);
    }
    SystemGrowth { taken_at, span: Some(span), marks, counters }
}

/// After a failover, or behind a proxy that turned elsewhere, another server answers: its counters were reset at other
/// moments, and those lie before the last look.
fn is_another_server(before: &SystemSample, now: &SystemSample) -> bool {
    now.resets.iter().any(|(source, reset)| {
        *reset <= before.clock && before.resets.get(source).is_some_and(|before| before != reset)
    })
}

fn since(before: &SystemSample, now: &SystemSample, source: Source) -> Since {
    let (was, is) = (before.resets.get(&source), now.resets.get(&source));
    if was != is {
        return if is.is_some_and(|reset| *reset >= before.clock) { Since::Anew } else { Since::Unknown };
    }
    let went_back = |(counter, value): (&Counter, &f64)| {
        before.counters.get(counter).is_some_and(|before| *value < before - NOTHING)
    };
    // A crash takes the counters with it and may leave no word of it.
    let anew = now.counters.iter().filter(|(counter, _)| counter.source() == source).any(went_back);
    if anew { Since::Anew } else { Since::Before }
}

fn grown(since: &Since, before: &SystemSample, counter: Counter, now: f64) -> Option<f64> {
    match since {
        Since::Anew => Some(now),
        // One that was not counted before may have been counting all along.
        Since::Before => before.counters.get(&counter).map(|before| (now - before).max(0.0)),
        Since::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Millis = Millis::from_secs(60);

    /// At a second, with so many commits and bytes of WAL, whose statistics began at second -100.
    fn sample(second: i64, commits: f64, wal: f64) -> SystemSample {
        SystemSample {
            clock: at(second),
            started_at: at(-50),
            resets: [(Source::Wal, at(-100))].into(),
            counters: [(Counter::Commits, commits), (Counter::Rollbacks, 0.0), (Counter::WalBytes, wal)].into(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp(second * 1_000_000)
    }

    fn compare(before: &SystemSample, now: &SystemSample) -> SystemGrowth {
        growth(Some(before), now, now.clock, MINUTE)
    }

    /// Marks, commits, bytes of WAL.
    fn said(growth: &SystemGrowth) -> (&[Mark], Option<f64>, Option<f64>) {
        let of = |counter| growth.counters.get(&counter).copied();
        (&growth.marks, of(Counter::Commits), of(Counter::WalBytes))
    }

    #[test]
    fn the_first_sample_counts_nothing() {
        let first = growth(None, &sample(60, 500.0, 1e12), at(60), MINUTE);
        assert_eq!((said(&first), first.span), ((&[Mark::First][..], None, None), None));
    }

    #[test]
    fn what_grew_is_the_difference() {
        let next = compare(&sample(0, 5.0, 1e12), &sample(60, 9.0, 1e12 + 8.0));
        assert_eq!((said(&next), next.span), ((&[][..], Some(4.0), Some(8.0)), Some(MINUTE)));
    }

    #[test]
    fn each_source_is_reset_by_itself() {
        let mut now = sample(60, 9.0, 7.0);
        now.resets.insert(Source::Wal, at(30));
        assert_eq!(said(&compare(&sample(0, 5.0, 5.0), &now)), (&[Mark::Reset][..], Some(4.0), Some(7.0)));
        // For the first time.
        let mut now = sample(60, 9.0, 7.0);
        now.resets.insert(Source::Database, at(30));
        assert_eq!(said(&compare(&sample(0, 5.0, 5.0), &now)), (&[Mark::Reset][..], Some(9.0), Some(2.0)));
    }

    #[test]
    fn a_counter_that_went_back_takes_its_source_with_it() {
        let mut before = sample(0, 50.0, 5.0);
        before.counters.insert(Counter::Rollbacks, 2.0);
        let mut now = sample(60, 3.0, 6.0);
        now.counters.insert(Counter::Rollbacks, 3.0);
        let next = compare(&before, &now);
        assert_eq!(said(&next), (&[Mark::Reset][..], Some(3.0), Some(1.0)));
        assert_eq!(next.counters[&Counter::Rollbacks], 3.0);
    }

    #[test]
    fn a_restart_that_kept_the_counters_goes_on_counting() {
        let now = SystemSample { started_at: at(30), ..sample(60, 9.0, 8.0) };
        assert_eq!(said(&compare(&sample(0, 5.0, 5.0), &now)), (&[Mark::Restart][..], Some(4.0), Some(3.0)));
    }

    #[test]
    fn a_crash_begins_anew() {
        let mut now = SystemSample { started_at: at(30), ..sample(60, 2.0, 3.0) };
        now.resets.insert(Source::Wal, at(31));
        let expected = (&[Mark::Restart, Mark::Reset][..], Some(2.0), Some(3.0));
        assert_eq!(said(&compare(&sample(0, 5.0, 5.0), &now)), expected);
    }

    #[test]
    fn another_server_s_totals_are_nobody_s_minute() {
        // A standby took over: up for longer than the last look, with more of everything.
        let mut now = SystemSample { started_at: at(-900), ..sample(60, 8_000.0, 9e12) };
        now.resets.insert(Source::Wal, at(-1000));
        let next = compare(&sample(0, 5.0, 5.0), &now);
        assert_eq!((said(&next), next.span), ((&[Mark::Failover][..], None, None), None));
    }

    #[test]
    fn what_is_counted_only_now_has_not_grown() {
        let mut now = sample(60, 9.0, 5.0);
        now.counters.insert(Counter::ClientReadBytes, 7e9);
        assert!(!compare(&sample(0, 5.0, 5.0), &now).counters.contains_key(&Counter::ClientReadBytes));
    }

    #[test]
    fn looking_away_is_a_gap_and_a_clock_put_back_a_beginning() {
        assert_eq!(compare(&sample(0, 5.0, 5.0), &sample(121, 5.0, 5.0)).marks, [Mark::Gap]);
        assert_eq!(compare(&sample(60, 5.0, 5.0), &sample(0, 6.0, 6.0)).marks, [Mark::First]);
    }

    fn any_sample() -> impl Strategy<Value = SystemSample> {
        let resets =
            prop::collection::btree_map(prop::sample::select(&Source::ALL[..]), (0_i64..200).prop_map(at), 0..4);
        let counters = prop::collection::btree_map(prop::sample::select(Counter::ALL), 0.0..1e6, 0..8);
        (0_i64..200, 0_i64..3, resets, counters).prop_map(|(clock, started, resets, counters)| SystemSample {
            clock: at(clock),
            started_at: at(started),
            resets,
            counters,
        })
    }

    proptest! {
        /// §3.4: never a negative or invented number: growth is at least nought and at most the counter itself.
        #[test]
        fn growth_is_never_negative_nor_more_than_the_counter(before in any_sample(), now in any_sample()) {
            for (counter, growth) in compare(&before, &now).counters {
                prop_assert!(growth >= 0.0 && growth <= now.counters[&counter], "{counter:?}: {growth}");
            }
        }
    }
}

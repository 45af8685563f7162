//! Which span of time a cloud is asked about, and how finely.

use model::{Millis, Timestamp};

/// More points than this no cloud hands out at once.
const POINTS: i64 = 1440;

/// Every cloud offers these distances between points, in seconds.
const PERIODS: [i64; 8] = [60, 300, 900, 1800, 3600, 21_600, 43_200, 86_400];

/// A chart of more points says no more.
const ENOUGH: i64 = 360;

const DAY: i64 = 86_400;

/// A span that ends on a whole period; it has at most 1,440 points, whoever asks (§10.17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// Seconds since 1970, a multiple of the period.
    end: i64,
    /// Seconds, a multiple of the period.
    duration: i64,
    /// Seconds.
    period: i64,
}

/// A span that no cloud would answer about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// More points than a cloud hands out.
    #[error("too many data points: ask for a shorter time or a longer period")]
    TooManyPoints,
    /// Clouds count in minutes.
    #[error("a period must be a multiple of 60 seconds")]
    Period,
    /// It ends before it begins.
    #[error("the span is empty")]
    Empty,
}

impl Span {
    /// The `duration` until `end` by `period`, both in seconds; the end is rounded up to a whole period.
    ///
    /// # Errors
    /// [`SpanError`].
    pub fn new(end: Timestamp, duration: i64, period: i64) -> Result<Self, SpanError> {
        if period <= 0 || period % 60 != 0 {
            return Err(SpanError::Period);
        }
        if duration <= 0 {
            return Err(SpanError::Empty);
        }
        let up = |seconds: i64| seconds.saturating_add(period - 1).div_euclid(period).saturating_mul(period);
        let span = Self { end: up(end.0.div_euclid(1_000_000)), duration: up(duration), period };
        if span.duration / period > POINTS { Err(SpanError::TooManyPoints) } else { Ok(span) }
    }

    /// The span of a page's window, as fine as makes sense. Of older times only coarser figures are kept.
    ///
    /// # Errors
    /// [`SpanError::Empty`]; [`SpanError::TooManyPoints`] from four years on.
    pub fn of(from: Timestamp, to: Timestamp, now: Timestamp) -> Result<Self, SpanError> {
        let seconds = |later: Timestamp, earlier: Timestamp| (later.0 - earlier.0).div_euclid(1_000_000);
        let duration = seconds(to, from);
        // As CloudWatch keeps them; the others keep at least as much.
        let kept = match seconds(now, from) / DAY {
            ..15 => 60,
            15..63 => 300,
            _ => 3600,
        };
        let fits = |period: &&i64| **period >= kept && duration / **period <= ENOUGH;
        let period = PERIODS.iter().find(fits).unwrap_or(&DAY);
        Self::new(to, duration, *period)
    }

    /// The beginning of the first period.
    pub fn from(&self) -> Timestamp {
        Timestamp((self.end - self.duration) * 1_000_000)
    }

    /// The end of the last one.
    pub fn to(&self) -> Timestamp {
        Timestamp(self.end * 1_000_000)
    }

    /// The distance between two points in seconds.
    pub fn period(&self) -> i64 {
        self.period
    }

    /// The same.
    pub(super) fn period_millis(&self) -> Millis {
        Millis::from_secs(self.period)
    }

    /// The beginnings of all periods.
    pub(super) fn moments(&self) -> Vec<Timestamp> {
        (0..self.duration / self.period).map(|n| self.from() + Millis::from_secs(n * self.period)).collect()
    }

    /// A value for each period, none where there is no point within it.
    pub(super) fn filled(&self, points: &[(Timestamp, f64)]) -> Vec<Option<f64>> {
        let mut values = vec![None; usize::try_from(self.duration / self.period).unwrap_or(0)];
        for (at, value) in points.iter().filter(|(_, value)| value.is_finite()) {
            let n = (at.0 - self.from().0).div_euclid(self.period * 1_000_000);
            if let Some(slot) = usize::try_from(n).ok().and_then(|n| values.get_mut(n)) {
                *slot = Some(*value);
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp(second * 1_000_000)
    }

    /// §2.15: the end is rounded up, the beginning is the duration before it (P2).
    #[test]
    fn the_end_is_rounded_up_to_the_period() {
        let span = Span::new(at(3_661), 3600, 60).unwrap();
        assert_eq!((span.from(), span.to()), (at(120), at(3_720)));
        assert_eq!(span.moments().len(), 60);
        let span = Span::new(at(3_600), 3600, 60).unwrap();
        assert_eq!((span.from(), span.to()), (at(0), at(3_600)));
    }

    /// §10.17: whoever asks (P2).
    #[test]
    fn too_much_is_refused() {
        assert_eq!(Span::new(at(0), 86_400, 60).unwrap().moments().len(), 1440);
        assert_eq!(Span::new(at(0), 86_460, 60), Err(SpanError::TooManyPoints));
        assert_eq!(Span::new(at(0), 3600, 90), Err(SpanError::Period));
        assert_eq!(Span::new(at(0), 3600, 0), Err(SpanError::Period));
        assert_eq!(Span::new(at(0), 0, 60), Err(SpanError::Empty));
    }

    #[test]
    fn every_window_has_a_period_of_its_own() {
        let now = at(1_800_000_000);
        let hours = |hours: i64| Span::of(at(1_800_000_000 - hours * 3600), now, now).unwrap().period();
        assert_eq!([1, 6, 24, 7 * 24, 30 * 24].map(hours), [60, 60, 300, 1800, 21_600]);
        // An hour of the month before last is kept by five minutes only.
        let old = Span::of(at(1_800_000_000 - 40 * DAY), at(1_800_000_000 - 40 * DAY + 3600), now).unwrap();
        assert_eq!(old.period(), 300);
    }

    #[test]
    fn points_fall_into_their_periods() {
        let span = Span::new(at(300), 300, 60).unwrap();
        let points = [(at(0), 1.0), (at(61), 2.0), (at(240), f64::NAN), (at(300), 9.0), (at(-1), 9.0)];
        assert_eq!(span.filled(&points), [Some(1.0), Some(2.0), None, None, None]);
    }

    proptest! {
        #[test]
        fn no_window_asks_for_too_much(from in 0_i64..2_000_000_000, length in 1_i64..2 * 366 * DAY, age in 0_i64..1_000_000) {
            let (from, to) = (at(from), at(from + length));
            let span = Span::of(from, to, at(from.0 / 1_000_000 + length + age)).unwrap();
            prop_assert!(span.moments().len() <= ENOUGH as usize * 3 && span.from() <= from + Millis::from_secs(span.period()));
            prop_assert!(span.to() >= to && span.period() % 60 == 0);
        }
    }
}

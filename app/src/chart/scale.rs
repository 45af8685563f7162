//! Axes: the same round numbers in both pictures.

use model::{Count, Millis, Timestamp};

use super::{
    data::ChartData,
    line::{Measure, Side},
};

/// Every value axis has so many intervals, so that the lines of the grid serve both.
const INTERVALS: u32 = 4;

/// An axis of values, from nought to a round number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    /// The unit of its numbers.
    pub(super) unit: &'static str,
    /// What a value is divided by to come into that unit.
    pub(super) divisor: f64,
    /// The distance between two lines of the grid, in that unit.
    pub(super) step: f64,
}

impl Scale {
    /// The axis for the lines of one side; none if there are none.
    pub(super) fn of(data: &ChartData, side: Side) -> Option<Self> {
        let lines = || data.lines.iter().filter(|line| line.side == side);
        let measure = lines().next()?.measure;
        let values = lines().flat_map(|line| data.points(line)).filter_map(|(_, value)| value);
        Some(Self::up_to(measure, values.fold(0.0, f64::max)))
    }

    /// The axis on which `most` is the largest value.
    pub(super) fn up_to(measure: Measure, most: f64) -> Self {
        let (unit, divisor) = match measure {
            Measure::TimePerSecond if most < 1000.0 => ("ms per s", 1.0),
            Measure::TimePerSecond => ("s per s", 1000.0),
            Measure::PerSecond => ("per s", 1.0),
            Measure::Time if most < 1000.0 => ("ms", 1.0),
            Measure::Time => ("s", 1000.0),
            Measure::Bytes => bytes(most),
            Measure::Count => ("", 1.0),
            Measure::Share => ("%", 0.01),
        };
        let whole = measure == Measure::Count || (measure == Measure::Bytes && divisor == 1.0);
        let step = round_up(most / divisor / f64::from(INTERVALS));
        Self { unit, divisor, step: if whole { step.max(1.0).ceil() } else { step } }
    }

    /// The round number at the top, in the axis's unit.
    pub(super) fn top(&self) -> f64 {
        self.step * f64::from(INTERVALS)
    }

    /// How high a value stands, 0 to 1.
    pub(super) fn height(&self, value: f64) -> f64 {
        (value / self.divisor / self.top()).clamp(0.0, 1.0)
    }

    /// A value in the axis's unit, with the digits that can be seen.
    pub(super) fn scaled(&self, value: f64) -> f64 {
        let fine = 10_f64.powi(3 - self.step.log10().floor() as i32);
        (value / self.divisor * fine).round() / fine
    }

    /// The numbers beside the lines of the grid, from the bottom, each with its height.
    pub(super) fn ticks(&self) -> impl Iterator<Item = (f64, String)> {
        let fraction = (0..4_u8).find(|digits| is_whole(self.step * 10_f64.powi((*digits).into()))).unwrap_or(4);
        (0..=INTERVALS).map(move |n| {
            let value = self.step * f64::from(n);
            let text =
                if fraction == 0 { Count(value as i64).to_string() } else { format!("{value:.*}", fraction.into()) };
            (f64::from(n) / f64::from(INTERVALS), text)
        })
    }
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6
}

/// The next round number.
fn round_up(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 0.25;
    }
    let magnitude = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    magnitude * steps.into_iter().find(|step| step * magnitude >= value * 0.999_999).unwrap_or(10.0)
}

fn bytes(most: f64) -> (&'static str, f64) {
    let mut unit = ("B", 1.0);
    for (name, size) in [("kB", 10), ("MB", 20), ("GB", 30), ("TB", 40)] {
        let size = (1_u64 << size) as f64;
        if most >= size {
            unit = (name, size);
        }
    }
    unit
}

/// Round moments along the chart, each with its place and its label.
pub(super) fn moments(data: &ChartData) -> Vec<(f64, String)> {
    const MINUTES: [i64; 17] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14_400, 43_200, 129_600];
    let span = data.to.since(data.from);
    let long = span.0 >= Millis::from_secs(2 * 86_400).0;
    let at_most = if long { 5.0 } else { 7.0 };
    let fits = |minutes: &i64| span.0 / Millis::from_secs(minutes * 60).0 <= at_most;
    let step = MINUTES.into_iter().find(fits).unwrap_or(259_200) * 60_000_000;
    let first = data.from.0.div_euclid(step) + i64::from(data.from.0.rem_euclid(step) > 0);
    (first..=data.to.0.div_euclid(step))
        .filter_map(|n| {
            let at = Timestamp(n * step);
            Some((data.place(at)?, if long { at.day_hour_minute() } else { at.hour_minute() }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::data::tests::hour, *};

    #[test]
    fn axes_end_at_round_numbers() {
        let cases = [
            (Measure::TimePerSecond, 870.0, "ms per s", "1,000"),
            (Measure::TimePerSecond, 3_100.0, "s per s", "3.2"),
            (Measure::PerSecond, 0.0, "per s", "1.00"),
            (Measure::PerSecond, 1_234_567.0, "per s", "1,600,000"),
            (Measure::Bytes, 5.5e9, "GB", "6.0"),
            (Measure::Count, 3.0, "", "4"),
            (Measure::Share, 0.97, "%", "100"),
        ];
        for (measure, most, unit, top) in cases {
            let scale = Scale::up_to(measure, most);
            assert_eq!((scale.unit, scale.ticks().last().unwrap().1.as_str()), (unit, top), "{measure:?} {most}");
            assert!(scale.top() >= most / scale.divisor);
        }
    }

    #[test]
    fn values_keep_the_digits_that_can_be_seen() {
        let scale = Scale::up_to(Measure::TimePerSecond, 870.0);
        assert_eq!(scale.scaled(123.456_789), 123.5);
        assert_eq!(scale.height(500.0), 0.5);
    }

    #[test]
    fn moments_are_round() {
        let labels: Vec<_> = moments(&hour()).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["03:00", "03:10", "03:20", "03:30", "03:40", "03:50", "04:00"]);
    }

    proptest::proptest! {
        #[test]
        fn no_span_has_too_many_moments(from in 0_i64..4_000_000_000_000_000, span in 1_i64..70_000_000_000_000) {
            let data = ChartData { from: Timestamp(from), to: Timestamp(from + span), ..ChartData::default() };
            proptest::prop_assert!(moments(&data).len() <= 8);
        }

        #[test]
        fn no_axis_is_too_short(most in 0.0..1e15) {
            let scale = Scale::up_to(Measure::PerSecond, most);
            proptest::prop_assert!(scale.top() >= most * 0.999_99 && scale.top() <= most * 6.0 + 1.0);
        }
    }
}

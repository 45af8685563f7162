//! What a chart shows: values over time, with units.

use model::{Gap, Mark, Series, Timestamp};

use super::line::{Hue, Line, Measure, Side};

/// Lines over one span of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChartData {
    /// Where the chart begins.
    pub from: Timestamp,
    /// Where it ends.
    pub to: Timestamp,
    /// The moments, ascending.
    pub at: Vec<Timestamp>,
    /// The lines; each has a value, or none, for every moment.
    pub lines: Vec<Line>,
    /// Events worth a mark.
    pub marks: Vec<(Timestamp, Mark)>,
    /// Where nothing is known, ascending.
    pub gaps: Vec<Gap>,
}

impl ChartData {
    /// What statements did: time spent at the left, calls at the right.
    pub fn load(series: &Series, from: Timestamp, to: Timestamp) -> Self {
        let load = Line {
            name: "Statement time per second".into(),
            measure: Measure::TimePerSecond,
            side: Side::Left,
            hue: Hue::Load,
            values: series.load.iter().map(|value| value.map(|ms| ms.0)).collect(),
        };
        let calls = Line {
            name: "Calls per second".into(),
            measure: Measure::PerSecond,
            side: Side::Right,
            hue: Hue::Calls,
            values: series.calls.clone(),
        };
        Self::of(series, from, to, vec![load, calls])
    }

    /// How long a call took, wherever there was one.
    pub fn mean(series: &Series, from: Timestamp, to: Timestamp) -> Self {
        let calls = series.calls.iter().map(|calls| calls.filter(|calls| *calls > 0.0));
        let values = series.load.iter().zip(calls).map(|(load, calls)| Some(load.as_ref()?.0 / calls?)).collect();
        let name = "Mean time of a call".into();
        let line = Line { name, measure: Measure::Time, side: Side::Left, hue: Hue::Load, values };
        Self::of(series, from, to, vec![line])
    }

    fn of(series: &Series, from: Timestamp, to: Timestamp, lines: Vec<Line>) -> Self {
        let (marks, gaps) = (series.marks.clone(), series.gaps.clone());
        Self { from, to, at: series.at.clone(), lines, marks, gaps }
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.to <= self.from || !self.lines.iter().any(|line| line.values.iter().any(Option::is_some))
    }

    /// Where a moment lies between the chart's ends, 0 to 1; none outside.
    pub(super) fn place(&self, at: Timestamp) -> Option<f64> {
        let whole = (self.to.0 - self.from.0) as f64;
        (self.from <= at && at <= self.to && whole > 0.0).then(|| (at.0 - self.from.0) as f64 / whole)
    }

    /// A line's moments and values within the chart; a moment without a value stands wherever the line must break.
    pub(super) fn points<'a>(&'a self, line: &'a Line) -> impl Iterator<Item = (Timestamp, Option<f64>)> + 'a {
        let mut before: Option<Timestamp> = None;
        let within = self.at.iter().zip(&line.values).filter(|(at, _)| self.from <= **at && **at <= self.to);
        within.flat_map(move |(&at, &value)| {
            let broken = before.filter(|before| self.unknown_between(*before, at));
            before = Some(at);
            let value = value.filter(|value| value.is_finite());
            broken.map(|before| (Timestamp(before.0 + 1), None)).into_iter().chain([(at, value)])
        })
    }

    fn unknown_between(&self, from: Timestamp, to: Timestamp) -> bool {
        let next = self.gaps.partition_point(|gap| gap.to <= from);
        self.gaps.get(next).is_some_and(|gap| gap.from < to)
    }

    /// The marks within the chart. A gap is an area, not a mark.
    pub(super) fn events(&self) -> impl Iterator<Item = (f64, Timestamp, Mark)> + '_ {
        let marks = self.marks.iter().filter(|(_, mark)| *mark != Mark::Gap);
        marks.filter_map(|&(at, mark)| Some((self.place(at)?, at, mark)))
    }

    /// The gaps, cut to the chart.
    pub(super) fn holes(&self) -> impl Iterator<Item = Gap> + '_ {
        let cut = |gap: &Gap| Gap { from: gap.from.max(self.from), to: gap.to.min(self.to) };
        self.gaps.iter().map(cut).filter(|gap| gap.from < gap.to)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use model::Millis;

    use super::*;

    pub(in crate::chart) fn at(minute: i64) -> Timestamp {
        Timestamp::parse("2026-11-22T03:00:00Z").unwrap() + Millis::from_secs(minute * 60)
    }

    /// An hour, a value every ten minutes, nothing known from 20 to 40, a restart at 40.
    pub(in crate::chart) fn hour() -> ChartData {
        let series = Series {
            at: [0, 10, 20, 40, 50, 60].map(at).to_vec(),
            load: [Some(100.0), Some(300.0), Some(200.0), None, Some(400.0), Some(50.0)]
                .map(|ms| ms.map(Millis))
                .to_vec(),
            calls: vec![Some(10.0), Some(20.0), Some(10.0), None, Some(1200.0), Some(5.0)],
            marks: vec![(at(40), Mark::Gap), (at(40), Mark::Restart), (at(90), Mark::Reset)],
            gaps: vec![Gap { from: at(20), to: at(40) }],
        };
        ChartData::load(&series, at(0), at(60))
    }

    /// P4 (§1.4).
    #[test]
    fn a_mean_is_known_where_something_was_called() {
        let series = Series {
            at: [0, 10, 20].map(at).to_vec(),
            load: [Some(100.0), Some(0.0), None].map(|ms| ms.map(Millis)).to_vec(),
            calls: vec![Some(20.0), Some(0.0), None],
            ..Series::default()
        };
        assert_eq!(ChartData::mean(&series, at(0), at(20)).lines[0].values, [Some(5.0), None, None]);
    }

    #[test]
    fn a_gap_breaks_a_line_even_between_two_values() {
        let mut data = hour();
        data.lines[0].values[3] = Some(1.0);
        let points: Vec<_> = data.points(&data.lines[0]).collect();
        assert_eq!(points.len(), 7);
        assert_eq!(points[3].1, None);
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let data = hour();
        assert_eq!(data.events().map(|(_, _, mark)| mark).collect::<Vec<_>>(), [Mark::Restart]);
        assert!(!data.is_empty() && ChartData::default().is_empty());
        assert_eq!(data.place(at(30)), Some(0.5));
    }
}

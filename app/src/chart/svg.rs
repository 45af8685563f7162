//! The picture before and without a script.
//!
//! Lines are drawn on a field of 1000 by 1000 that is stretched to the room there is; words stand outside of it, placed
//! by percentages, so that they are never stretched.

use leptos::{either::Either, prelude::*};
use model::{Mark, Timestamp};

use super::{
    data::ChartData,
    events::{Event, WIDE, events},
    line::{Line, Side},
    scale::{Scale, moments},
};

/// A line is drawn with no more points than a screen can show.
const COLUMNS: usize = 600;

/// A chart as SVG.
pub(super) fn picture(data: &ChartData) -> impl IntoView + use<> {
    let left = Scale::of(data, Side::Left);
    let right = Scale::of(data, Side::Right);
    let empty = data.is_empty();
    let lines = data.lines.iter().enumerate().map(|(n, line)| {
        let scale = if line.side == Side::Left { &left } else { &right };
        let (line_path, dots) = scale.as_ref().map(|scale| paths(data, line, scale)).unwrap_or_default();
        let hue = line.hue.class();
        view! {
            <path class=format!("chart-line chart-line-{n} {hue}") d=line_path></path>
            <path class=format!("chart-dot {hue}") d=dots></path>
        }
    });
    let holes = data.holes().filter_map(|gap| {
        let (from, to) = (data.place(gap.from)?, data.place(gap.to)?);
        let (x, width) = (percent(from), percent(to - from));
        Some(view! {
            <rect class="chart-gap" x=x width=width y="0" height="100%"><title>{format!("{}: {} to {}", Mark::Gap, gap.from, gap.to)}</title></rect>
            {(to - from >= WIDE).then(|| view! { <text class="chart-gap-label" x=percent((from + to) / 2.0) y="100%" dy="-6">{Mark::Gap.to_string()}</text> })}
        })
    });
    let grid = (0..=4).map(|n| {
        let y = percent(f64::from(n) / 4.0);
        view! { <line class="chart-grid" x1="0" x2="100%" y1=y.clone() y2=y></line> }
    });
    let below = moments(data).into_iter().map(|(x, label)| {
        view! { <text class="chart-tick chart-tick-x" x=percent(x) y="100%" dy="16">{label}</text> }
    });
    view! {
        <svg class="chart-svg" class:chart-right=right.is_some() aria-hidden="true">
            {grid.collect_view()}
            {holes.collect_view()}
            {left.as_ref().map(|scale| axis(scale, "chart-tick chart-tick-left", "0", "-6"))}
            {right.as_ref().map(|scale| axis(scale, "chart-tick chart-tick-right", "100%", "6"))}
            {below.collect_view()}
            <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" width="100%" height="100%">
                {lines.collect_view()}
            </svg>
            {events(data).into_iter().map(event).collect_view()}
            {if empty {
                Either::Left(view! { <text class="chart-empty" x="50%" y="50%">"Nothing was captured in this window."</text> })
            } else {
                Either::Right(())
            }}
        </svg>
    }
    .into_any()
}

/// The numbers of an axis, its unit above them.
fn axis(scale: &Scale, class: &'static str, x: &'static str, dx: &'static str) -> impl IntoView + use<> {
    let number = move |(height, label): (f64, String)| {
        view! { <text class=class x=x dx=dx y=percent(1.0 - height) dy="4">{label}</text> }
    };
    view! {
        <text class=class x=x dx=dx y="0" dy="-12">{scale.unit}</text>
        {scale.ticks().map(number).collect_view()}
    }
}

fn event(event: Event) -> impl IntoView {
    let x = percent(event.x);
    let (class, dx) =
        if event.before { ("chart-mark-label chart-mark-before", "-4") } else { ("chart-mark-label", "4") };
    let said = event.mark.to_string();
    view! {
        <line class="chart-mark" x1=x.clone() x2=x.clone() y1="0" y2="100%"><title>{format!("{said}: {}", event.at)}</title></line>
        {event.row.map(|row| view! { <text class=class x=x dx=dx y=(12 + 14 * row).to_string()>{said}</text> })}
    }
}

/// A line as a path that breaks where nothing is known, and the values that stand alone between two breaks as dots.
fn paths(data: &ChartData, line: &Line, scale: &Scale) -> (String, String) {
    let (mut drawn, mut dots) = (String::new(), String::new());
    for stretch in thinned(data.points(line).collect()).split(|(_, value)| value.is_none()) {
        let place = |(at, value): &(Timestamp, Option<f64>)| {
            Some((data.place(*at)? * 1000.0, 1000.0 - scale.height((*value)?) * 1000.0))
        };
        let mut points = stretch.iter().filter_map(place);
        let Some((x, y)) = points.next() else { continue };
        // A line of no length has round ends.
        let into = if stretch.len() == 1 { &mut dots } else { &mut drawn };
        *into += &format!("M{x:.1} {y:.1}");
        *into += &if stretch.len() == 1 {
            "h0".into()
        } else {
            points.map(|(x, y)| format!("L{x:.1} {y:.1}")).collect::<String>()
        };
    }
    (drawn, dots)
}

/// The highest of neighbouring points where there are too many: a peak is what people look for.
fn thinned(points: Vec<(Timestamp, Option<f64>)>) -> Vec<(Timestamp, Option<f64>)> {
    if points.len() <= COLUMNS {
        return points;
    }
    let highest = |some: &[(Timestamp, Option<f64>)]| {
        some.iter().copied().reduce(|best, next| if next.1 > best.1 { next } else { best })
    };
    points.chunks(points.len().div_ceil(COLUMNS)).filter_map(highest).collect()
}

fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::{
        super::data::tests::{at, hour},
        *,
    };

    #[test]
    fn a_gap_is_a_gap_in_the_line() {
        let data = hour();
        let scale = Scale::of(&data, Side::Left).unwrap();
        assert_eq!(scale.top(), 400.0);
        assert_eq!(
            paths(&data, &data.lines[0], &scale),
            ("M0.0 750.0L166.7 250.0L333.3 500.0M833.3 0.0L1000.0 875.0".into(), String::new())
        );
    }

    #[test]
    fn a_value_that_stands_alone_is_a_dot() {
        let mut data = hour();
        data.lines[0].values[4] = None;
        let scale = Scale::of(&data, Side::Left).unwrap();
        assert!(paths(&data, &data.lines[0], &scale).1.starts_with("M1000.0"));
    }

    #[test]
    fn gaps_and_events_are_drawn_with_words() {
        let html = Owner::new().with(|| picture(&hour()).to_html());
        assert!(html.contains("<rect x=\"33.33%\" width=\"33.33%\""), "{html}");
        assert!(html.contains("server restarted") && html.contains("03:30") && html.contains("ms per s"), "{html}");
        assert!(!html.contains("Nothing was captured"));
    }

    #[test]
    fn an_empty_chart_says_so() {
        let data = ChartData { from: at(0), to: at(60), ..ChartData::default() };
        let html = Owner::new().with(|| picture(&data).to_html());
        assert!(html.contains("Nothing was captured in this window."), "{html}");
    }

    #[test]
    fn a_peak_survives_thinning() {
        let points: Vec<_> = (0..10_000).map(|n| (Timestamp(n), Some(if n == 4_321 { 9.0 } else { 1.0 }))).collect();
        let few = thinned(points);
        assert!(few.len() <= COLUMNS && few.iter().any(|(_, value)| *value == Some(9.0)));
    }
}

//! The same chart for ECharts: `charming`'s types as JSON. Colours, fonts, margins (CSS knows them)
//! and what JSON cannot say come in `chart.mjs`.

use charming::{
    component::Axis,
    datatype::{CompositeValue, DataFrame, DataPoint},
    element::{
        AxisTick, AxisType, Label, LabelAlign, LineStyle, LineStyleType, MarkArea, MarkAreaData, MarkLine,
        MarkLineData, MarkLineVariant, NameLocation, SplitLine, Symbol, TextStyle, Tooltip, Trigger,
    },
    series,
};
use model::{Mark, Timestamp};

use super::{
    data::ChartData,
    events::{Event, WIDE, events},
    line::{Line, Side},
    scale::Scale,
};

/// So few points are shown as points: one that stands alone would not be seen otherwise.
const POINTS: usize = 60;

/// A chart as ECharts wants it.
pub fn option(data: &ChartData) -> charming::Chart {
    let left = Scale::of(data, Side::Left);
    let right = Scale::of(data, Side::Right);
    let mut chart = charming::Chart::new().tooltip(Tooltip::new().trigger(Trigger::Axis)).x_axis(
        Axis::new()
            .type_(AxisType::Time)
            .min(milliseconds(data.from))
            .max(milliseconds(data.to))
            .split_line(SplitLine::new().show(false)),
    );
    for (scale, side) in [(&left, Side::Left), (&right, Side::Right)] {
        if let Some(scale) = scale {
            chart = chart.y_axis(axis(scale, side));
        }
    }
    for (n, line) in data.lines.iter().enumerate() {
        let scale = if line.side == Side::Left { &left } else { &right };
        let Some(scale) = scale else { continue };
        let index = if line.side == Side::Right && left.is_some() { 1 } else { 0 };
        let mut series = drawn(data, line, scale).y_axis_index(index);
        if n == 0 {
            series = series.mark_line(marks(data)).mark_area(gaps(data));
        }
        chart = chart.series(series);
    }
    chart
}

fn axis(scale: &Scale, side: Side) -> Axis {
    let align = if side == Side::Left { "right" } else { "left" };
    Axis::new()
        .type_(AxisType::Value)
        .name(scale.unit)
        .name_location(NameLocation::End)
        .name_gap(10)
        .name_text_style(TextStyle::new().align(align))
        .min(0)
        .max(scale.top())
        .interval(scale.step)
        .axis_tick(AxisTick::new().show(false))
        .split_line(SplitLine::new().show(side == Side::Left))
}

fn drawn(data: &ChartData, line: &Line, scale: &Scale) -> series::Line {
    let points: DataFrame = data
        .points(line)
        .map(|(at, value)| {
            let value: CompositeValue = value.map(|value| scale.scaled(value)).into();
            DataPoint::from(vec![milliseconds(at), value])
        })
        .collect();
    let few = points.len() <= POINTS;
    series::Line::new()
        .name(line.name.as_str())
        .show_symbol(few)
        .symbol(Symbol::Circle)
        .symbol_size(4.0)
        .connect_nulls(false)
        .line_style(LineStyle::new().width(1.75))
        .data(points)
}

fn marks(data: &ChartData) -> MarkLine {
    let mark = |event: Event| {
        let label = match event.row {
            None => Label::new().show(false),
            // From above the line, where ECharts begins, to where the words of the SVG stand.
            Some(row) => {
                let (align, dx) = if event.before { (LabelAlign::Right, -4.0) } else { (LabelAlign::Left, 4.0) };
                Label::new().align(align).offset((dx, 19.0 + 14.0 * f64::from(row)))
            }
        };
        let one = MarkLineData::new().name(event.mark.to_string()).x_axis(milliseconds(event.at)).label(label);
        MarkLineVariant::Simple(one)
    };
    MarkLine::new()
        .silent(true)
        .symbol(vec![Symbol::None, Symbol::None])
        .line_style(LineStyle::new().type_(LineStyleType::Dashed).width(1))
        .data(events(data).into_iter().map(mark).collect())
}

fn gaps(data: &ChartData) -> MarkArea {
    let area = |gap: model::Gap| {
        let edge = |at: Timestamp| MarkAreaData::new().x_axis(at.iso());
        let wide = data.place(gap.to).zip(data.place(gap.from)).is_some_and(|(to, from)| to - from >= WIDE);
        (edge(gap.from).name(if wide { Mark::Gap.to_string() } else { String::new() }), edge(gap.to))
    };
    MarkArea::new().silent(true).data(data.holes().map(area).collect())
}

/// ECharts counts milliseconds.
fn milliseconds(at: Timestamp) -> CompositeValue {
    (at.0 / 1000).into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::data::tests::{at, hour},
        *,
    };

    fn json(data: &ChartData) -> Value {
        serde_json::to_value(option(data)).unwrap()
    }

    #[test]
    fn both_pictures_have_the_same_axes() {
        let json = json(&hour());
        assert_eq!(json["xAxis"]["type"], "time");
        assert_eq!(json["xAxis"]["min"], json!(at(0).0 / 1000));
        assert_eq!(json["yAxis"][0]["max"], 400.0);
        assert_eq!(json["yAxis"][0]["interval"], 100.0);
        assert_eq!(json["yAxis"][0]["name"], "ms per s");
        assert_eq!(json["yAxis"][1]["max"], 1200.0);
    }

    #[test]
    fn a_gap_is_null_and_an_area() {
        let json = json(&hour());
        let data = json["series"][0]["data"].as_array().unwrap();
        assert!(data.contains(&json!([at(40).0 / 1000, null])), "{data:?}");
        assert_eq!(json["series"][0]["connectNulls"], false);
        assert_eq!(json["series"][0]["markArea"]["data"][0][0]["xAxis"], "2026-11-22T03:20:00Z");
        assert_eq!(json["series"][0]["markLine"]["data"].as_array().unwrap().len(), 1);
        assert_eq!(json["series"][1]["yAxisIndex"], 1.0);
    }

    #[test]
    fn hostile_names_stay_text() {
        let mut data = hour();
        data.lines[0].name = "</script><img onerror=x>".into();
        assert_eq!(json(&data)["series"][0]["name"], "</script><img onerror=x>");
    }
}

//! One chart, drawn twice: as SVG and a table wherever there is HTML, by ECharts where there is a browser.
//!
//! Both pictures come from one `ChartData` and the same scales, and ECharts takes its colours from the SVG, so they say
//! the same. The SVG stays until ECharts has drawn; CSS swaps the two.

mod data;
mod events;
mod line;
mod option;
mod scale;
mod svg;
mod table;

use leptos::prelude::*;

pub use self::{
    data::ChartData,
    line::{Hue, Line, Measure, Side},
    option::option,
};
use self::{svg::picture, table::numbers};
use crate::islands::Canvas;

/// A chart over time: one idea, one or two lines.
#[component]
pub fn Chart(
    /// What it shows, as its caption.
    #[prop(into)]
    title: String,
    /// What it says, in a sentence, for those who do not see it.
    #[prop(into)]
    sentence: String,
    /// What is drawn.
    data: ChartData,
) -> impl IntoView {
    // Nothing to draw is said by the SVG.
    let living =
        if data.is_empty() { String::new() } else { serde_json::to_string(&option(&data)).unwrap_or_default() };
    view! {
        <figure class="chart">
            <figcaption class="chart-title">{title.clone()}</figcaption>
            {legend(&data.lines)}
            <div class="chart-plot" role="img" aria-label=sentence>
                <div class="chart-still" data-live=format!("still {title}")>{picture(&data)}</div>
                <Canvas option=living/>
            </div>
            <div data-live=format!("numbers {title}")>{numbers(&data)}</div>
        </figure>
    }
    .into_any()
}

/// The lines' names and units beside their colours: one legend for both pictures.
fn legend(lines: &[Line]) -> impl IntoView + use<> {
    let item = |line: &Line| {
        view! {
            <li>
                <svg class=format!("swatch {}", line.hue.class()) viewBox="0 0 16 8" aria-hidden="true"><path d="M1 4h14"></path></svg>
                {line.name.clone()}
                {(line.side == Side::Right).then_some(" (right)")}
            </li>
        }
    };
    view! { <ul class="legend">{lines.iter().map(item).collect_view()}</ul> }
}

//! One chart, drawn twice: as SVG and a table wherever there is HTML, by ECharts where there is a browser.
//!
//! Both pictures come from one `ChartData` and the same scales, and ECharts takes its colours from the SVG, so they say
//! the same. The SVG stays until ECharts has drawn; the tree never changes, CSS swaps the two.

#[cfg(feature = "hydrate")]
mod browser;
mod data;
mod events;
mod option;
mod scale;
mod svg;
mod table;

use leptos::{html, prelude::*};
use model::Timestamp;

pub use self::{
    data::{ChartData, Hue, Line, Measure, Side},
    option::option,
};
use self::{svg::picture, table::numbers};

/// A chart over time: one idea, one or two lines.
#[component]
pub fn Chart(
    /// What it shows, as its caption.
    #[prop(into)]
    title: String,
    /// What it says, in a sentence, for those who do not see it.
    #[prop(into)]
    sentence: Signal<String>,
    /// What is drawn.
    #[prop(into)]
    data: Signal<ChartData>,
    /// Told the span that was marked with the mouse, so that the page can write it into the URL.
    #[prop(optional, into)]
    brush: Option<Callback<(Timestamp, Timestamp)>>,
) -> impl IntoView {
    let canvas = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    browser::draw_when_it_changes(canvas, data, brush);
    #[cfg(not(feature = "hydrate"))]
    let _ = brush;
    view! {
        <figure class="chart">
            <figcaption class="chart-title">{title}</figcaption>
            {move || data.with(|data| legend(&data.lines))}
            <div class="chart-plot" role="img" aria-label=move || sentence.get()>
                {move || data.with(picture)}
                <div class="chart-canvas" aria-hidden="true" node_ref=canvas></div>
            </div>
            {move || data.with(numbers)}
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

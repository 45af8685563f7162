//! Key figures.

use leptos::{either::Either, prelude::*};

use super::{Level, Sparkline};
use crate::chart::Hue;

/// A row of key figures; its children are `Stat`s.
#[component]
pub fn Stats(
    /// The figures.
    children: Children,
) -> impl IntoView {
    view! { <dl class="stats">{children()}</dl> }
}

/// One figure with its name, and where it helps a line below, a trend, and a page that says more.
#[component]
pub fn Stat(
    /// What the figure is.
    #[prop(into)]
    label: String,
    /// The figure with its unit.
    #[prop(into)]
    value: String,
    /// A line below: what it is measured against, or since when.
    #[prop(optional, into)]
    sub: Option<String>,
    /// How bad it is, if somebody judged.
    #[prop(optional)]
    level: Option<Level>,
    /// Its recent past, oldest first.
    #[prop(optional, into)]
    trend: Option<Vec<Option<f64>>>,
    /// Whose colour the trend has.
    #[prop(default = Hue::Load)]
    hue: Hue,
    /// The page that says more.
    #[prop(optional, into)]
    href: Option<String>,
) -> impl IntoView {
    let class = format!("stat {}", level.map_or("", Level::class));
    let trend_label = format!("{label}: its recent past");
    let icon = level
        .map(|level| view! { <super::level::LevelIcon level/><span class="visually-hidden">{level.word()}": "</span> });
    view! {
        <div class=class>
            <dt>{match href {
                Some(href) => Either::Left(view! { <a href=href>{label}</a> }),
                None => Either::Right(label),
            }}</dt>
            <dd class="stat-value">{icon}{value}</dd>
            {sub.map(|sub| view! { <dd class="stat-sub">{sub}</dd> })}
            {trend.map(|values| view! { <dd class="stat-trend"><Sparkline values label=trend_label hue/></dd> })}
        </div>
    }
    .into_any()
}

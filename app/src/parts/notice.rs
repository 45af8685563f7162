//! Empty and broken states: what is missing, why it matters, and what mends it.

use leptos::prelude::*;

use super::{Level, LevelMark, Sql};

/// Says what is missing or broken, and with which statement it is mended.
#[component]
pub fn Notice(
    /// How bad it is.
    #[prop(default = Level::Info)]
    level: Level,
    /// One line: what is the matter.
    #[prop(into)]
    title: String,
    /// The statement that mends it.
    #[prop(optional, into)]
    sql: Option<String>,
    /// Why it matters and what to do: paragraphs.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class=format!("notice {}", level.class())>
            <div class="notice-head"><LevelMark level/><strong class="notice-title">{title}</strong></div>
            {children.map(|children| view! { <div class="notice-body">{children()}</div> })}
            {sql.map(|text| view! { <Sql text/> })}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_teaches() {
        let html = Owner::new().with(|| {
            view! {
                <Notice level=Level::Unknown title="No statistics" sql="CREATE EXTENSION pg_stat_statements">
                    <p>"Without it nobody knows which queries take the time."</p>
                </Notice>
            }
            .to_html()
        });
        assert!(
            html.contains("Could not look") && html.contains("No statistics") && html.contains("EXTENSION"),
            "{html}"
        );
    }
}

//! A share as a bar.

use leptos::prelude::*;
use model::Ratio;

use crate::chart::Hue;

/// A share as a bar and its number.
#[component]
pub fn ShareBar(
    /// The share.
    ratio: Ratio,
    /// Whose colour the bar has.
    #[prop(default = Hue::Load)]
    hue: Hue,
) -> impl IntoView {
    let width = if ratio.0.is_finite() { ratio.0.clamp(0.0, 1.0) * 100.0 } else { 0.0 };
    view! {
        <span class=format!("share {}", hue.class())>
            <svg class="share-bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                <rect width=format!("{width:.1}") height="1"></rect>
            </svg>
            <span class="share-number">{ratio.to_string()}</span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_stays_in_its_field() {
        let bar = |ratio| Owner::new().with(|| view! { <ShareBar ratio=Ratio(ratio)/> }.to_html());
        assert!(bar(0.25).contains("width=\"25.0\"") && bar(0.25).contains("25.0 %"));
        assert!(bar(7.0).contains("width=\"100.0\""));
        assert!(bar(f64::NAN).contains("width=\"0.0\""));
    }
}

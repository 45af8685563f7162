//! The window picker: the span of time the page speaks about.

use leptos::prelude::*;
use model::Window;

use super::rail::{RailLink, link};

/// What the window picker shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowPickerView {
    /// The window of the page, as `last 24 hours`.
    pub label: String,
    /// The windows on offer.
    pub choices: Vec<WindowChoice>,
}

/// A window on offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowChoice {
    /// How people say it.
    pub label: String,
    /// The page with this window.
    pub href: String,
    /// Whether it is the window of the page.
    pub current: bool,
}

impl WindowPickerView {
    /// The usual choices; `href` gives the URL of the page with a window.
    pub fn new(current: Window, href: impl Fn(Window) -> String) -> Self {
        let choice =
            |window: Window| WindowChoice { label: window.label(), href: href(window), current: window == current };
        Self { label: current.label(), choices: Window::CHOICES.into_iter().map(choice).collect() }
    }
}

/// The picker: a menu of links.
#[component]
pub(super) fn WindowPicker(view: WindowPickerView) -> impl IntoView {
    let links = view.choices.into_iter().map(|WindowChoice { label, href, current }| RailLink { label, href, current });
    view! {
        <details class="menu window-picker" name="bar">
            <summary aria-label=format!("Window: {}", view.label)><span class="menu-label">{view.label.clone()}</span></summary>
            <div class="menu-body"><ul>{links.map(link).collect_view()}</ul></div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_window_is_marked() {
        let view = WindowPickerView::new(Window::Last(1440), |window| format!("?window={window}"));
        assert_eq!(view.label, "last 24 hours");
        assert_eq!(view.choices.iter().filter(|choice| choice.current).count(), 1);
        assert!(view.choices.iter().any(|choice| choice.href == "?window=7d"));
    }
}

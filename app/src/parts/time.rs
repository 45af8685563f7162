//! Moments: what people read, with the exact moment behind it. Never a clock: both ends come from the data.

use leptos::prelude::*;
use model::{Millis, Timestamp};

/// A moment in full, in UTC.
#[component]
pub fn At(
    /// The moment.
    at: Timestamp,
) -> impl IntoView {
    view! { <time datetime=at.iso() title=at.to_string()>{at.to_string()}</time> }
}

/// How long before `now` something was; the moment itself shows on hover.
#[component]
pub fn Age(
    /// The moment.
    at: Timestamp,
    /// The moment the page speaks at, from the data.
    now: Timestamp,
) -> impl IntoView {
    view! { <time datetime=at.iso() title=at.to_string()>{ago(at, now)}</time> }
}

/// The distance in words.
fn ago(at: Timestamp, now: Timestamp) -> String {
    let span = now.since(at);
    match span.0 {
        // Two clocks never agree to the second.
        ms if ms.abs() < 1000.0 => "just now".into(),
        ms if ms < 0.0 => format!("in {}", Millis(-ms)),
        _ => format!("{span} ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_carries_the_moment() {
        let now = Timestamp::parse("2026-11-22T03:00:00Z").unwrap();
        let at = now - Millis::from_secs(7500);
        let html = view! { <Age at now/> }.to_html();
        assert!(html.contains("2 h 5 min ago"), "{html}");
        assert!(html.contains("datetime=\"2026-11-22T00:55:00Z\""), "{html}");
        assert!(html.contains("title=\"2026-11-22 00:55:00 UTC\""), "{html}");
    }

    #[test]
    fn distances_have_words() {
        let at = |seconds| Timestamp(0) + Millis::from_secs(seconds);
        assert_eq!(ago(at(0), at(0)), "just now");
        assert_eq!(ago(at(60), at(0)), "in 1 min");
        assert_eq!(ago(at(0), at(5)), "5.0 s ago");
    }
}

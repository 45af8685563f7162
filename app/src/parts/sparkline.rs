//! A number's recent past in the height of a line of text.

use leptos::prelude::*;

use crate::chart::Hue;

/// A small line from left to right; where nothing is known, the line is broken.
#[component]
pub fn Sparkline(
    /// The values, oldest first.
    values: Vec<Option<f64>>,
    /// What it shows, for those who do not see it.
    #[prop(into)]
    label: String,
    /// Whose colour it has.
    #[prop(default = Hue::Load)]
    hue: Hue,
) -> impl IntoView {
    view! {
        <svg class=format!("spark {}", hue.class()) viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label=label>
            <path d=path(&values)></path>
        </svg>
    }
}

/// The line on a field of 100 by 20, from nought to the largest value.
fn path(values: &[Option<f64>]) -> String {
    let top = values.iter().flatten().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let step = 100.0 / (values.len().saturating_sub(1).max(1)) as f64;
    let mut d = String::new();
    let mut pen_down = false;
    for (n, value) in values.iter().enumerate() {
        let Some(value) = value.filter(|value| value.is_finite()) else {
            pen_down = false;
            continue;
        };
        let (x, y) = (n as f64 * step, 19.0 - if top > 0.0 { value.max(0.0) / top * 18.0 } else { 0.0 });
        // The first point alone would be invisible: it starts with a line of no length, which has round ends.
        d += &if pen_down { format!("L{x:.1} {y:.1}") } else { format!("M{x:.1} {y:.1}h0") };
        pen_down = true;
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_breaks_the_line() {
        assert_eq!(path(&[Some(0.0), Some(2.0), None, Some(1.0)]), "M0.0 19.0h0L33.3 1.0M100.0 10.0h0");
        assert_eq!(path(&[]), "");
        assert_eq!(path(&[Some(f64::NAN), Some(0.0)]), "M100.0 19.0h0");
    }
}

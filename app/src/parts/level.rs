//! How bad something is: a word and a shape, and only then a colour.

use leptos::prelude::*;
use model::{Outcome, Severity, Verdict};

/// What a line says before it says anything else; the worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Do something now.
    Critical,
    /// Do something soon.
    Warning,
    /// Nobody could look, so nobody knows.
    Unknown,
    /// Worth knowing.
    Info,
    /// What could be seen is fine, but not all could be seen.
    Partial,
    /// Nothing is wrong.
    Healthy,
    /// The question does not arise here.
    Inapplicable,
}

impl Level {
    /// The level of a verdict. One with notes is not healthy: part of its question went unanswered.
    pub fn of(verdict: &Verdict) -> Self {
        match &verdict.outcome {
            Outcome::Found(_) => verdict.severity().map_or(Self::Info, Self::from),
            Outcome::NotRun(_) => Self::Unknown,
            Outcome::Healthy if verdict.notes.is_empty() => Self::Healthy,
            Outcome::Healthy => Self::Partial,
            Outcome::NotApplicable => Self::Inapplicable,
        }
    }

    /// The word beside the icon.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::Warning => "Warning",
            Self::Unknown => "Could not look",
            Self::Info => "Info",
            Self::Partial => "Looked in part",
            Self::Healthy => "Healthy",
            Self::Inapplicable => "Not applicable",
        }
    }

    /// The CSS class that gives its colour to an element and what is in it.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Critical => "level-critical",
            Self::Warning => "level-warning",
            Self::Unknown => "level-unknown",
            Self::Info => "level-info",
            Self::Partial => "level-partial",
            Self::Healthy => "level-healthy",
            Self::Inapplicable => "level-none",
        }
    }

    /// The icon on a field of 16 by 16: what is filled, what is drawn, what is cut out of the filled.
    const fn shape(self) -> (&'static str, &'static str, &'static str) {
        const DISC: &str = "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Z";
        const RING: &str = "M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 0 0 0-12.5Z";
        match self {
            Self::Critical => ("M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z", "", "M5.5 5.5l5 5M10.5 5.5l-5 5"),
            Self::Warning => ("M8 .9 15.7 14.8H.3Z", "", "M8 5.8v4M8 12.2v.1"),
            Self::Unknown => (
                "",
                "M2 2l12 12M6.3 3.5C9.8 2.5 13 4.5 15 8c-.6 1-1.3 1.9-2.1 2.6M10 12.4C6.4 13.6 3 11.5 1 8c.7-1.2 1.6-2.3 2.6-3.1",
                "",
            ),
            Self::Info => (DISC, "", "M8 7.2v4.3M8 4.5v.1"),
            Self::Partial => ("M8 2v12A6 6 0 0 1 8 2Z", RING, ""),
            Self::Healthy => ("", "M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 0 0 0-12.5ZM5 8.2l2.2 2.2L11.2 5.9", ""),
            Self::Inapplicable => ("", "M3.5 8h9", ""),
        }
    }
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Critical,
            Severity::Warning => Self::Warning,
            Severity::Info => Self::Info,
        }
    }
}

/// A level's icon; the word stands beside it.
#[component]
pub(super) fn LevelIcon(
    /// Which level.
    level: Level,
) -> impl IntoView {
    let (filled, drawn, cut) = level.shape();
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path class="icon-fill" d=filled></path>
            <path class="icon-line" d=drawn></path>
            <path class="icon-cut" d=cut></path>
        </svg>
    }
}

/// A level as an icon and its word.
#[component]
pub fn LevelMark(
    /// Which level.
    level: Level,
) -> impl IntoView {
    view! {
        <span class=format!("level {}", level.class())>
            <LevelIcon level/>
            <span class="level-word">{level.word()}</span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_a_word_and_a_shape_of_its_own() {
        use Level::*;
        let all = [Critical, Warning, Unknown, Info, Partial, Healthy, Inapplicable];
        for (n, one) in all.iter().enumerate() {
            for other in &all[n + 1..] {
                assert_ne!(one.word(), other.word());
                assert_ne!(one.shape(), other.shape());
                assert!(one < other, "the worst comes first");
            }
        }
    }
}

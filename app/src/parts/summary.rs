//! The first two seconds: is anything wrong?

use leptos::prelude::*;
use model::{Count, Report};

use super::{At, Level, level::LevelIcon};

/// The headline over the verdicts, and what it leaves unsaid.
#[component]
pub fn Summary(
    /// The report it sums up.
    report: Report,
) -> impl IntoView {
    let levels: Vec<Level> = report.verdicts.iter().map(Level::of).collect();
    let level = headline_level(&levels);
    view! {
        <div class=format!("summary {}", level.class())>
            <LevelIcon level/>
            <p class="summary-headline">{headline(&levels)}</p>
            <p class="summary-rest">{rest(&levels)}" As of "<At at=report.taken_at/>"."</p>
        </div>
    }
    .into_any()
}

fn count(levels: &[Level], wanted: Level) -> i64 {
    levels.iter().filter(|level| **level == wanted).count() as i64
}

/// The worst that is known to be wrong; otherwise healthy only if everything could be looked at.
fn headline_level(levels: &[Level]) -> Level {
    match levels.iter().min() {
        None => Level::Unknown,
        Some(Level::Inapplicable) => Level::Healthy,
        Some(level) => *level,
    }
}

fn headline(levels: &[Level]) -> String {
    let part = |level: Level, one: &str, many: &str| match count(levels, level) {
        0 => None,
        number => Some(Count(number).of(one, many)),
    };
    let wrong: Vec<_> = [part(Level::Critical, "critical", "critical"), part(Level::Warning, "warning", "warnings")]
        .into_iter()
        .flatten()
        .collect();
    let blind = count(levels, Level::Unknown) + count(levels, Level::Partial) > 0;
    match (wrong.is_empty(), levels.is_empty(), blind) {
        (false, ..) => wrong.join(", "),
        (_, true, _) => "Nothing was checked".into(),
        (.., true) => "Nothing is wrong in what could be seen".into(),
        _ => "Nothing is wrong".into(),
    }
}

fn rest(levels: &[Level]) -> String {
    let part = |level: Level, said: &str| match count(levels, level) {
        0 => None,
        number => Some(format!("{} {said}", Count(number).of("check", "checks"))),
    };
    let parts: Vec<_> = [
        part(Level::Unknown, "could not look"),
        part(Level::Partial, "looked only in part"),
        part(Level::Info, "with a hint"),
        part(Level::Healthy, "healthy"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { String::new() } else { format!("{}.", parts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headline_never_promises_more_than_was_seen() {
        use Level::*;
        let cases: [(&[Level], &str, Level); 6] = [
            (&[Critical, Critical, Warning, Warning, Warning, Healthy], "2 critical, 3 warnings", Critical),
            (&[Warning], "1 warning", Warning),
            (&[Healthy, Inapplicable], "Nothing is wrong", Healthy),
            (&[Healthy, Unknown], "Nothing is wrong in what could be seen", Unknown),
            (&[Healthy, Partial], "Nothing is wrong in what could be seen", Partial),
            (&[], "Nothing was checked", Unknown),
        ];
        for (levels, said, level) in cases {
            assert_eq!(headline(levels), said);
            assert_eq!(headline_level(levels), level);
        }
    }

    #[test]
    fn what_could_not_look_is_counted() {
        use Level::*;
        assert_eq!(rest(&[Critical, Unknown, Unknown, Unknown, Healthy]), "3 checks could not look, 1 check healthy.");
    }
}

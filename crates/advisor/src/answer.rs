//! What a check has to say, before it is signed and dated.

use std::collections::{BTreeMap, BTreeSet};

use model::{Check, Evidence, Finding, Missing, Remedy, Scope, Severity};

/// A check's result: what it says, or why it cannot tell.
pub(crate) type Said = Result<Answer, CannotTell>;

/// Why a check cannot tell, as a sentence.
#[derive(Debug)]
pub(crate) struct CannotTell(pub(crate) String);

impl From<&Missing> for CannotTell {
    fn from(missing: &Missing) -> Self {
        Self(missing.detail.clone())
    }
}

/// Yes or no.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) sentence: String,
    pub(crate) number: Option<String>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) notes: Vec<String>,
    pub(crate) applicable: bool,
}

impl Answer {
    /// All is well with what was looked at.
    pub(crate) fn healthy(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), number: None, findings: vec![], notes: vec![], applicable: true }
    }

    /// The question does not arise.
    pub(crate) fn not_applicable(sentence: impl Into<String>) -> Self {
        Self { applicable: false, ..Self::healthy(sentence) }
    }

    /// `healthy` if there is nothing in `findings`, else what `bad` makes of their number.
    pub(crate) fn found(findings: Vec<Finding>, healthy: &str, bad: impl FnOnce(i64) -> String) -> Self {
        let sentence = if findings.is_empty() { healthy.to_owned() } else { bad(findings.len() as i64) };
        Self { findings, ..Self::healthy(sentence) }
    }

    /// With the number that matters, if there is one.
    pub(crate) fn number<T: ToString>(self, number: Option<T>) -> Self {
        Self { number: number.map(|number| number.to_string()), ..self }
    }

    /// With a remark on what was not looked at, if there is something to remark.
    pub(crate) fn note(mut self, note: Option<String>) -> Self {
        self.notes.extend(note);
        self
    }
}

/// A list of names for a sentence, each once, cut after five; none of nothing.
pub(crate) fn names(all: impl Iterator<Item = String>) -> Option<String> {
    const SHOWN: usize = 5;
    let all: BTreeSet<String> = all.collect();
    let shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match all.len() {
        0 => None,
        n if n > SHOWN => Some(format!("{shown} and {} more", n - SHOWN)),
        _ => Some(shown),
    }
}

/// Builds a finding.
pub(crate) fn finding(check: Check, severity: Severity, object: impl Into<String>) -> Draft {
    Draft(Finding {
        check,
        severity,
        object: object.into(),
        scope: Scope::Database,
        title: String::new(),
        detail: String::new(),
        remedy: None,
        evidence: BTreeMap::new(),
    })
}

/// A finding in the making.
pub(crate) struct Draft(Finding);

impl Draft {
    /// One line: what is wrong.
    pub(crate) fn title(mut self, title: impl Into<String>) -> Self {
        self.0.title = title.into();
        self
    }

    /// Why it matters.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// What to do, and what to watch out for.
    pub(crate) fn remedy(mut self, sql: impl Into<String>, caution: impl Into<String>) -> Self {
        self.0.remedy = Some(Remedy { sql: sql.into(), caution: Some(caution.into()) });
        self
    }

    /// A fact.
    pub(crate) fn fact(mut self, name: &str, value: impl Into<Evidence>) -> Self {
        self.0.evidence.insert(name.to_owned(), value.into());
        self
    }

    /// A fact, where it is known.
    pub(crate) fn maybe(self, name: &str, value: Option<impl Into<Evidence>>) -> Self {
        match value {
            Some(value) => self.fact(name, value),
            None => self,
        }
    }

    /// Done.
    pub(crate) fn build(self) -> Finding {
        self.0
    }
}

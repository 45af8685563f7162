//! What every connection is told before it is asked.

use crate::Question;

/// Pins the search path, so that a name means what PostgreSQL means by it.
pub(crate) const QUESTION: Question = Question::new("session", include_str!("session.sql"));

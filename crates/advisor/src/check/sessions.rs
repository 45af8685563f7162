//! What the checks of sessions have in common.

use model::{Check, Count, Session};

use crate::{Readings, answer::CannotTell};

/// The client sessions of this database whose doings can be seen.
pub(super) struct Sessions<'a> {
    pub(super) seen: Vec<&'a Session>,
    /// How many more there are that the role may not see into.
    hidden: i64,
}

impl<'a> Sessions<'a> {
    /// The sessions of the database the readings are about; other databases are judged on their own pages.
    pub(super) fn of(readings: &'a Readings) -> Result<Self, CannotTell> {
        let all = readings.activity.answer.as_ref()?;
        let server = readings.server.answer.as_ref()?;
        let here = all.iter().filter(|session| session.database.as_deref() == Some(&server.database));
        // A session that is just signing in has no state either, so its absence says something only without the right.
        let (seen, hidden): (Vec<_>, Vec<_>) =
            here.partition(|session| session.state.is_some() || server.reads_all_stats || !session.is_client());
        Ok(Self { seen, hidden: hidden.len() as i64 })
    }

    /// What could not be seen, as a sentence.
    pub(super) fn note(&self) -> Option<String> {
        (self.hidden > 0).then(|| {
            format!(
                "{} of other roles cannot be seen into: GRANT pg_monitor to Heron's role.",
                Count(self.hidden).of("session", "sessions")
            )
        })
    }

    /// "Nothing found" is an answer only if everything was seen.
    pub(super) fn nothing_unless_hidden(&self, check: Check) -> Result<(), CannotTell> {
        match self.note() {
            Some(note) => Err(CannotTell(format!("{} cannot be judged. {note}", check.title()))),
            None => Ok(()),
        }
    }
}

/// The statement as evidence: cut, and its literals taken out, because they are somebody's data.
pub(super) fn shown(query: Option<&String>) -> Option<String> {
    query.map(|query| model::sql::shorten(&model::sql::redact(query), 500))
}

/// Who a session is, as people say it: `app (web) from 10.0.0.7`.
pub(super) fn who(session: &Session) -> String {
    let mut who = session.user.clone().unwrap_or_else(|| session.backend_type.clone());
    if !session.application.is_empty() {
        who.push_str(&format!(" ({})", session.application));
    }
    if let Some(client) = &session.client {
        who.push_str(&format!(" from {client}"));
    }
    who
}

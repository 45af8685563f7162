//! What the checks of sessions have in common.

use model::Session;

use crate::{Readings, answer::CannotTell};

/// The sessions of this database. Those that cannot be seen into have no state; the registry's requirements name them.
pub(super) struct Sessions<'a> {
    pub(super) seen: Vec<&'a Session>,
}

impl<'a> Sessions<'a> {
    /// The sessions of the database the readings are about; other databases are judged on their own pages.
    pub(super) fn of(readings: &'a Readings) -> Result<Self, CannotTell> {
        let all = readings.activity.answer.as_ref()?;
        let server = readings.server.answer.as_ref()?;
        let seen = all.iter().filter(|session| session.database.as_deref() == Some(&server.database));
        Ok(Self { seen: seen.collect() })
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

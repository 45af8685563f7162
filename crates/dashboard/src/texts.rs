//! What people may see of the statements others send.

use model::{DatabaseId, Reading, Session, sql};

use crate::Dashboard;

impl Dashboard {
    /// A text as it may leave here: literals replaced, and where the configuration filters data, by a parser or not at all.
    pub(crate) fn shown(&self, id: &DatabaseId, text: &str) -> String {
        if self.settings(id).filter_data { advisor::filter(text) } else { sql::redact(text) }
    }

    /// Sessions whose texts may be seen.
    pub(crate) fn shown_sessions(&self, id: &DatabaseId, mut reading: Reading<Vec<Session>>) -> Reading<Vec<Session>> {
        for session in reading.answer.iter_mut().flatten() {
            session.query = session.query.take().map(|query| self.shown(id, &query));
        }
        reading
    }
}

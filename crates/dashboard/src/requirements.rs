//! What the checks of a database need, and what of it is there.

use advisor::{Readings as Judged, Rule, Subject};
use model::{Check, DatabaseId, Person, RequirementState, Role};

use crate::{Dashboard, Result, allow, now};

impl Dashboard {
    /// What a check lacks on a database, as the check itself says it; empty if it can answer in full.
    ///
    /// A page that shows the same readings says it where it would otherwise be empty without a reason.
    ///
    /// # Errors
    /// For an unknown database.
    pub async fn lacking(&self, viewer: &Person, id: &DatabaseId, check: Check) -> Result<Vec<String>> {
        allow(viewer, Role::Viewer)?;
        let (target, readings) = self.target(id)?;
        let Some(rule) = Rule::of(check) else { return Ok(vec![]) };
        let server = readings.server(target, self.patience).await;
        // A server that does not answer is said by whatever is missing for that.
        if server.answer.is_err() {
            return Ok(vec![]);
        }
        let mut judged = Judged { server, ..Judged::unasked(now()) };
        if rule.needs.contains(&Subject::Activity) {
            judged.activity = readings.activity(target, self.patience).await;
        }
        Ok(rule.lacks(&judged))
    }

    /// Every requirement of the checks and whether a database meets it.
    pub(crate) async fn requirements(&self, id: &DatabaseId) -> Result<Vec<RequirementState>> {
        let (target, readings) = self.target(id)?;
        let server = readings.server(target, self.patience).await;
        Ok(advisor::requirements(server.answer.as_ref()))
    }
}

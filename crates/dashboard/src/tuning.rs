//! The server's settings and what they should be.

use futures::join;
use model::{DatabaseId, Machine, Person, Reading, Role, Tuning};

use crate::{Dashboard, Result, allow};

impl Dashboard {
    /// The settings that matter with a recommendation for each, as far as the server and what is said of its machine tell.
    ///
    /// # Errors
    /// For an unknown database.
    pub async fn tuning(&self, viewer: &Person, id: &DatabaseId, machine: Machine) -> Result<Reading<Tuning>> {
        allow(viewer, Role::Viewer)?;
        let (target, readings) = self.target(id)?;
        let (settings, work) = join!(readings.settings(target, self.patience), readings.work(target, self.patience));
        let Reading { taken_at, took, answer } = settings;
        let answer = answer.map(|settings| advisor::tuning::tune(&settings, work.answer.as_ref(), machine));
        Ok(Reading { taken_at, took, answer })
    }
}

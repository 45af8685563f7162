//! The readings of one database that viewers share.

use std::time::Duration;

use model::{
    Caches, Constraint, FreezeAge, Index, Reading, Relation, Replication, Sequence, Server, Session, Statements,
};
use probe::Target;

use crate::flight::Flight;

/// What moves fast is fresh for as long as a person takes to reload a page.
const FAST: Duration = Duration::from_secs(3);

/// What changes by DDL or over hours is asked for less often.
const SLOW: Duration = Duration::from_secs(15);

/// One flight per subject.
#[derive(Default)]
pub(crate) struct Readings {
    server: Flight<Server>,
    activity: Flight<Vec<Session>>,
    replication: Flight<Replication>,
    caches: Flight<Caches>,
    vacuum: Flight<Vec<FreezeAge>>,
    sequences: Flight<Vec<Sequence>>,
    indexes: Flight<Vec<Index>>,
    constraints: Flight<Vec<Constraint>>,
    statements: Flight<Statements>,
    relations: Flight<Vec<Relation>>,
}

/// A flight's method of the subject's name: `readings.server(target, patience)`.
macro_rules! subjects {
    ($($subject:ident: $answer:ty, $fresh:expr;)*) => {
        impl Readings {
            $(pub(crate) async fn $subject(&self, target: &Target, patience: Duration) -> Reading<$answer> {
                let target = target.clone();
                self.$subject.get($fresh, patience, || async move { probe::$subject::read(&target).await }).await
            })*
        }
    };
}

subjects! {
    server: Server, FAST;
    activity: Vec<Session>, FAST;
    replication: Replication, FAST;
    caches: Caches, FAST;
    vacuum: Vec<FreezeAge>, SLOW;
    sequences: Vec<Sequence>, SLOW;
    indexes: Vec<Index>, SLOW;
    constraints: Vec<Constraint>, SLOW;
    statements: Statements, FAST;
}

impl Readings {
    /// The tables of those names, in any schema. Names change only with the statements, so the flight is shared by all.
    pub(crate) async fn relations(&self, target: &Target, names: Vec<String>, patience: Duration) -> Reading<Vec<Relation>> {
        let target = target.clone();
        let read = || async move { probe::relations::read(&target, &names).await };
        self.relations.get(SLOW, patience, read).await
    }
}

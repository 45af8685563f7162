//! Which of a cluster's nodes answers.

use serde::{Deserialize, Serialize};

/// One node of a cluster of primary and standbys. Statistics are every node's own: what one counted is never compared with
/// what another one counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The cluster's identity, the same on all its nodes (`pg_control_system()`).
    pub system_identifier: i64,
    /// The timeline; every promotion begins a new one.
    pub timeline: i64,
    /// Whether it is a standby.
    pub in_recovery: bool,
}

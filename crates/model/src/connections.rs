//! How many connections a server allows and how many are in use.

use serde::{Deserialize, Serialize};

use crate::Ratio;

/// Connections in use beside every limit that applies to them. Heron's own are included: they count for the server, too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionUse {
    /// `max_connections`
    pub max_connections: i64,
    /// `superuser_reserved_connections`
    pub superuser_reserved: i64,
    /// `reserved_connections`; 0 before PostgreSQL 16.
    pub reserved: i64,
    /// Client backends in use; walsenders and background processes do not count against `max_connections`.
    pub used: i64,
    /// How many of them are Heron's.
    pub own: i64,
    /// Limits of databases (`datconnlimit`) and roles (`rolconnlimit`).
    pub limits: Vec<ConnectionLimit>,
}

/// A limit that applies to some of the connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionLimit {
    /// What it applies to.
    pub scope: LimitScope,
    /// Connections allowed.
    pub limit: i64,
    /// Connections in use.
    pub used: i64,
}

/// What a connection limit applies to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum LimitScope {
    /// All clients without a right to reserved connections.
    Server,
    /// A database.
    Database(String),
    /// A role.
    Role(String),
}

impl ConnectionUse {
    /// Connections that clients without a right to reserved ones can use.
    pub fn ordinary(&self) -> i64 {
        self.max_connections - self.superuser_reserved - self.reserved
    }

    /// Every limit, the server's first.
    pub fn all_limits(&self) -> Vec<ConnectionLimit> {
        let server = ConnectionLimit { scope: LimitScope::Server, limit: self.ordinary(), used: self.used };
        [server].into_iter().chain(self.limits.iter().cloned()).collect()
    }

    /// The limit with the largest share in use.
    pub fn nearest(&self) -> ConnectionLimit {
        let server = ConnectionLimit { scope: LimitScope::Server, limit: self.ordinary(), used: self.used };
        self.limits.iter().cloned().fold(
            server,
            |nearest, limit| {
                if limit.share().0 > nearest.share().0 { limit } else { nearest }
            },
        )
    }
}

impl ConnectionLimit {
    /// Share of the limit that is in use; above 1 where superusers have used what is reserved for them.
    pub fn share(&self) -> Ratio {
        Ratio::of(self.used as f64, self.limit as f64).unwrap_or(Ratio(1.0))
    }

    /// Whether the next client is refused.
    pub fn is_reached(&self) -> bool {
        self.used >= self.limit
    }

    /// The limit as the object of a finding: `server`, `database app`, `role web`.
    pub fn object(&self) -> String {
        match &self.scope {
            LimitScope::Server => "server".into(),
            LimitScope::Database(name) => format!("database {name}"),
            LimitScope::Role(name) => format!("role {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_limit_is_the_one_with_the_largest_share() {
        let limit = |name: &str, limit, used| ConnectionLimit { scope: LimitScope::Database(name.into()), limit, used };
        let mut connections = ConnectionUse {
            max_connections: 60,
            superuser_reserved: 30,
            reserved: 10,
            used: 10,
            own: 1,
            limits: vec![limit("a", 10, 4), limit("b", 3, 2)],
        };
        assert_eq!((connections.ordinary(), connections.nearest().object()), (20, "database b".into()));
        connections.used = 20;
        assert_eq!(connections.nearest().object(), "server");
        assert!(connections.nearest().is_reached());
    }
}

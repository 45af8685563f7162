//! The watched databases, by the servers they live on.

use std::{collections::HashMap, fmt, sync::Arc};

use model::DatabaseId;

use crate::{
    Limits, Target,
    slots::Server,
    target::{Address, Whereabouts},
};

/// All watched databases. Those on one server share its two connections.
#[derive(Debug, Default)]
pub struct Fleet {
    ids: Vec<DatabaseId>,
    targets: HashMap<DatabaseId, Target>,
}

impl Fleet {
    /// The fleet of these databases, by their URLs. Connects to nothing yet.
    ///
    /// # Errors
    /// When a URL cannot be read, or two databases have one id.
    pub fn new(databases: impl IntoIterator<Item = (DatabaseId, String)>, limits: Limits) -> Result<Self, BadUrl> {
        let mut servers: HashMap<Address, Arc<Server>> = HashMap::new();
        let mut fleet = Self::default();
        for (id, url) in databases {
            let bad = |why: String| BadUrl { id: id.clone(), why };
            let whereabouts = Whereabouts::of(&url).map_err(bad)?;
            let server = servers.entry(whereabouts.address.clone()).or_insert_with(|| Arc::new(Server::new(limits)));
            let target = Target::new(id.clone(), url, whereabouts, Arc::clone(server));
            if fleet.targets.insert(id.clone(), target).is_some() {
                return Err(bad("another database has the same id".into()));
            }
            fleet.ids.push(id);
        }
        Ok(fleet)
    }

    /// The database of that id.
    pub fn get(&self, id: &DatabaseId) -> Option<&Target> {
        self.targets.get(id)
    }

    /// The ids, in the order of the configuration.
    pub fn ids(&self) -> impl Iterator<Item = &DatabaseId> {
        self.ids.iter()
    }
}

/// A database that cannot be watched as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadUrl {
    /// Which one.
    pub id: DatabaseId,
    /// What is wrong, in words that repeat nothing of the URL: it may hold a password.
    pub why: String,
}

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "database {}: {}", self.id, self.why)
    }
}

impl std::error::Error for BadUrl {}

#[cfg(test)]
mod tests {
    use super::*;

    fn fleet(urls: &[(&str, &str)]) -> Result<Fleet, BadUrl> {
        let databases = urls.iter().map(|(id, url)| (DatabaseId((*id).into()), (*url).to_owned()));
        Fleet::new(databases, Limits::default())
    }

    #[test]
    fn databases_of_one_server_share_it_whatever_their_roles() {
        let fleet = fleet(&[
            ("b", "postgres://heron:x@db.example/b"),
            ("a", "postgresql://other@DB.example:5432/a?sslmode=require"),
            ("c", "postgres://heron@db.example:5433/b"),
            ("d", "postgres:///d?host=/run/postgresql"),
        ])
        .unwrap();
        let ids: Vec<&str> = fleet.ids().map(|id| id.0.as_str()).collect();
        assert_eq!(ids, ["b", "a", "c", "d"]);
        let on = |id: &str| fleet.get(&DatabaseId(id.into())).unwrap();
        assert!(on("a").shares_server_with(on("b")));
        assert!(!on("a").shares_server_with(on("c")));
        assert!(!on("a").shares_server_with(on("d")));
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said_without_its_secret() {
        for url in ["mysql://u:secret@h/d", "postgres://u:secret@h:port/d", "nonsense secret", ""] {
            let error = fleet(&[("a", url)]).unwrap_err().to_string();
            assert!(error.starts_with("database a: ") && !error.contains("secret"), "{error}");
        }
        let twice = fleet(&[("a", "postgres://h/a"), ("a", "postgres://h/b")]).unwrap_err();
        assert!(twice.to_string().contains("same id"));
    }

    #[test]
    fn a_target_does_not_show_its_password() {
        let fleet = fleet(&[("a", "postgres://heron:secret@h/app")]).unwrap();
        let shown = format!("{fleet:?}");
        assert!(shown.contains("heron") && !shown.contains("secret"), "{shown}");
    }
}

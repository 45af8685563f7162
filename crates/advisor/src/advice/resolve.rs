//! Which table a name in a statement means.
//!
//! The texts of `pg_stat_statements` do not say which schema a bare name was found in. What is known is who ran the statement
//! and how often; a table that was scanned less often is not the one.

use model::{QualifiedName, Relation, Timestamp, quote_identifier};

use super::{NoAdvice, structure::Structure};

/// Who ran a statement, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The role.
    pub role: &'a str,
    /// Calls since then.
    pub calls: i64,
    /// When the calls began to be counted, if that is known.
    pub since: Option<Timestamp>,
}

impl Caller<'_> {
    /// Whether the table's scans were counted at least as long as the calls. False where that is not known.
    fn is_comparable(&self, relation: &Relation) -> bool {
        match (relation.scans_since, self.since) {
            (None, _) => true,
            (Some(scans), Some(calls)) => scans <= calls,
            (Some(_), None) => false,
        }
    }

    /// Whether the table was scanned so rarely that this statement cannot have read it each time. Sessions report scans with
    /// some delay, hence the half.
    fn contradicts(&self, relation: &Relation) -> bool {
        self.is_comparable(relation) && relation.scans.is_some_and(|scans| scans.saturating_mul(2) < self.calls)
    }

    /// The one of several tables that was scanned often enough, where no other was.
    fn only_one_scanned<'r>(&self, named: &[&'r Relation]) -> Option<&'r Relation> {
        let known = |relation: &&Relation| self.is_comparable(relation) && relation.kind.is_indexable();
        let enough = |relation: &&&Relation| relation.scans.is_some_and(|scans| scans >= self.calls);
        let mut scanned = named.iter().filter(enough);
        match (named.iter().all(|relation| known(relation) && relation.scans.is_some()), scanned.next(), scanned.next())
        {
            (true, Some(only), None) => Some(only),
            _ => None,
        }
    }
}

/// The table meant: that of the schema named; else the only one of its name, the one that the role's search path finds, or
/// the only one that was scanned often enough. Without a caller, the one in `public`.
pub(super) fn resolve<'r>(
    structure: &Structure,
    caller: Option<Caller<'_>>,
    relations: &'r [Relation],
) -> Result<&'r Relation, NoAdvice> {
    if is_system(structure) {
        return Err(NoAdvice::SystemTable);
    }
    let named: Vec<&Relation> = relations.iter().filter(|relation| relation.name == structure.table).collect();
    let relation = match &structure.schema {
        Some(schema) => {
            let name = QualifiedName::new(schema, &structure.table);
            let found = named.into_iter().find(|relation| relation.schema == *schema);
            found.ok_or_else(|| NoAdvice::NoTable(name.to_string()))?
        }
        None => find_in_path(&quote_identifier(&structure.table), caller, &named)?,
    };
    let table = || relation.qualified().to_string();
    match () {
        () if !relation.kind.is_indexable() => Err(NoAdvice::NotIndexable(table())),
        () if relation.has_children => Err(NoAdvice::Inherited(table())),
        () => Ok(relation),
    }
}

fn find_in_path<'r>(name: &str, caller: Option<Caller<'_>>, named: &[&'r Relation]) -> Result<&'r Relation, NoAdvice> {
    if named.iter().any(|relation| relation.temporary) {
        return Err(NoAdvice::Temporary(name.to_owned()));
    }
    match (named, caller) {
        ([], _) => Err(NoAdvice::NoTable(name.to_owned())),
        ([only], Some(caller)) if caller.contradicts(only) => Err(NoAdvice::Elsewhere(name.to_owned())),
        ([only], _) => Ok(only),
        (several, None) => {
            let public = several.iter().find(|relation| relation.schema == "public");
            public.copied().ok_or_else(|| NoAdvice::Ambiguous(name.to_owned()))
        }
        (several, Some(caller)) => {
            let meant_by = |role: &str| {
                several.iter().copied().find(|relation| relation.meant_by.iter().any(|meant| meant == role))
            };
            // With the database's own path, "$user" may come first.
            let own_schema = several.iter().any(|relation| relation.schema == caller.role);
            let by_path = meant_by(caller.role).or_else(|| meant_by("").filter(|_| !own_schema));
            let by_path = by_path.filter(|relation| !caller.contradicts(relation));
            by_path.or_else(|| caller.only_one_scanned(several)).ok_or_else(|| NoAdvice::Ambiguous(name.to_owned()))
        }
    }
}

pub(super) fn is_system(structure: &Structure) -> bool {
    let is_system = |schema: &str| schema == "information_schema" || schema.starts_with("pg_");
    structure.table.starts_with("pg_") || structure.schema.as_deref().is_some_and(is_system)
}

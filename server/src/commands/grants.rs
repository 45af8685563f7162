//! `heron grants`: the SQL that makes a least-privilege role.

use super::print;
use crate::{
    cli::Grants,
    exit::{Error, Exit, Result},
};

/// Prints the SQL; it is never run by Heron.
///
/// # Errors
/// [`Error::Usage`] for a name PostgreSQL cannot have.
pub fn run(grants: &Grants) -> Result {
    if grants.role.is_empty() || grants.role.len() > 63 || grants.role.contains('\0') {
        return Err(Error::Usage("a role's name has 1 to 63 bytes".into()));
    }
    let mut sql = probe::grants(&grants.role);
    if grants.actions {
        sql += &probe::grants_for_actions(&grants.role);
    }
    sql += &advisor::check::privileges();
    print(&sql);
    Ok(Exit::Fine)
}

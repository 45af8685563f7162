//! Signing in: passwords, one-time links, and who somebody is.

use model::{Millis, Person, Role};

use crate::{Dashboard, Error, Result};

/// How long a one-time sign-in link is good.
const TICKET: Millis = Millis::from_secs(24 * 3600);

impl Dashboard {
    /// Who this name and password belong to; none if they belong to nobody.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<Option<Person>> {
        // Nobody's password is longer; hashing one that is would be work for whoever sends it to us.
        if name.len() > 400 || password.len() > 1024 {
            return Ok(None);
        }
        let person = self.store.check_password(name.trim(), password).await?;
        let (account, action) = match &person {
            Some(person) => (person.name.as_str(), "signed in"),
            None => (name.trim(), "failed to sign in"),
        };
        self.store.audit(&model::sql::shorten(account, 100), action, "").await?;
        Ok(person)
    }

    /// Whom a one-time link would sign in; none once it was used or ran out.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn ticket_holder(&self, secret: &str) -> Result<Option<Person>> {
        Ok(self.store.ticket_holder(secret).await?)
    }

    /// Sets the password of a one-time link's holder, which uses the link up.
    ///
    /// # Errors
    /// [`Error::Refused`] when the link is no longer good or the password too short.
    pub async fn redeem(&self, secret: &str, password: &str) -> Result<Person> {
        if password.len() > 1024 {
            return Err(Error::Refused("a password has at most 1,024 bytes".into()));
        }
        let person = self.store.ticket_holder(secret).await?;
        let person = person.ok_or_else(|| {
            Error::Refused("this link was used or has run out; `heron user passwd NAME` prints a new one".into())
        })?;
        match self.store.set_password(person.id, password).await {
            Err(store::Error::Refused(why)) => return Err(Error::Refused(why.into())),
            other => other?,
        }
        self.store.audit(&person.name, "set a password", "").await?;
        Ok(person)
    }

    /// Who a session belongs to, as of now: a removed account is nobody, a changed role is the new one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn person(&self, id: i64) -> Result<Option<Person>> {
        Ok(self.store.person_by_id(id).await?)
    }

    /// On a store without accounts, makes an administrator and the secret of its one-time sign-in link.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn first_administrator(&self) -> Result<Option<(Person, store::Ticket)>> {
        let accounts = self.store.accounts().await?;
        let person = match accounts.as_slice() {
            [] => self.store.add_account("admin", Role::Administrator).await?,
            // Started before, but nobody followed the link yet: print a new one.
            [only] if !only.has_password && only.person.role == Role::Administrator => only.person.clone(),
            _ => return Ok(None),
        };
        let ticket = self.store.issue_ticket(person.id, TICKET).await?;
        Ok(Some((person, ticket)))
    }
}

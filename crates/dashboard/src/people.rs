//! Accounts: signing in with passwords and one-time links, who somebody is, and who manages that.

use std::{net::IpAddr, time::Instant};

use model::{Millis, Person, Role, sql};
use store::{Account, Ticket};

use crate::{Dashboard, Error, Result, allow};

/// How long a one-time sign-in link is good.
const TICKET: Millis = Millis::from_secs(24 * 3600);

/// The longest password that is looked at, in bytes.
const LONGEST: usize = 1024;

impl Dashboard {
    /// Who this name and password belong to; none if they belong to nobody. Who guesses has to wait longer each time.
    ///
    /// # Errors
    /// [`Error::TooMany`]; when the store cannot be read.
    pub async fn sign_in(&self, name: &str, password: &str, address: Option<IpAddr>) -> Result<Option<Person>> {
        let person = self.check(name, password, address).await?;
        let (account, action) = match &person {
            Some(person) => (person.name.as_str(), "signed in"),
            None => (name.trim(), "failed to sign in"),
        };
        let from = address.map_or_else(String::new, |address| format!("from {address}"));
        self.store.audit(&sql::shorten(account, 100), action, &from).await?;
        Ok(person)
    }

    /// Checks a password as often as the limiter lets it.
    async fn check(&self, name: &str, password: &str, address: Option<IpAddr>) -> Result<Option<Person>> {
        // Nobody's password is longer; hashing one that is would be work for whoever sends it to us.
        if name.len() > 400 || password.len() > LONGEST {
            return Ok(None);
        }
        self.limiter
            .attempt(name, address, Instant::now())
            .map_err(|wait| Error::TooMany(Millis(wait.as_secs_f64().ceil() * 1000.0)))?;
        let person = self.store.check_password(name.trim(), password).await?;
        if person.is_some() {
            self.limiter.succeeded(name, address);
        }
        Ok(person)
    }

    /// Gives the viewer another password, which ends their other sessions.
    ///
    /// # Errors
    /// [`Error::Refused`] when the present one is not right or the new one too short, [`Error::TooMany`].
    pub async fn change_password(&self, viewer: &Person, present: &str, new: &str) -> Result<()> {
        if self.check(&viewer.name, present, None).await?.is_none() {
            return Err(Error::Refused("this is not your present password".into()));
        }
        self.set_password(viewer, new).await
    }

    async fn set_password(&self, person: &Person, password: &str) -> Result<()> {
        if password.len() > LONGEST {
            return Err(Error::Refused("a password has at most 1,024 bytes".into()));
        }
        self.store.set_password(person.id, password).await.map_err(refused)?;
        self.store.audit(&person.name, "set a password", "").await?;
        Ok(())
    }

    /// Every account.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; when the store cannot be read.
    pub async fn accounts(&self, viewer: &Person) -> Result<Vec<Account>> {
        allow(viewer, Role::Administrator)?;
        Ok(self.store.accounts().await?)
    }

    /// Makes an account; a link lets its owner set a password.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Refused`] for a name that is taken or unusable.
    pub async fn add_account(&self, viewer: &Person, name: &str, role: Role) -> Result<Person> {
        allow(viewer, Role::Administrator)?;
        let person = self.store.add_account(name, role).await.map_err(refused)?;
        self.store.audit(&viewer.name, &format!("added {role}"), &person.name).await?;
        Ok(person)
    }

    /// The secret of a new one-time link for an account.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Refused`] when there is no such account.
    pub async fn new_link(&self, viewer: &Person, name: &str) -> Result<Ticket> {
        allow(viewer, Role::Administrator)?;
        let person = self.store.person(name).await?.ok_or_else(|| nobody(name))?;
        self.store.audit(&viewer.name, "made a sign-in link", &person.name).await?;
        Ok(self.store.issue_ticket(person.id, TICKET).await?)
    }

    /// Gives an account another role.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Refused`] for the last administrator, or when there is no such account.
    pub async fn set_role(&self, viewer: &Person, name: &str, role: Role) -> Result<()> {
        allow(viewer, Role::Administrator)?;
        if !self.store.set_role(name, role).await.map_err(refused)? && self.store.person(name).await?.is_none() {
            return Err(nobody(name));
        }
        self.store.audit(&viewer.name, &format!("made {role}"), name).await?;
        Ok(())
    }

    /// Removes an account; its owner is signed out.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Refused`] for the last administrator, or when there is no such account.
    pub async fn remove_account(&self, viewer: &Person, name: &str) -> Result<()> {
        allow(viewer, Role::Administrator)?;
        // At the machine the only account may be removed; whoever is it would shut themselves out here.
        if name == viewer.name && self.store.accounts().await?.len() == 1 {
            return Err(refused(store::Error::LastAdministrator(name.to_owned())));
        }
        if !self.store.remove_account(name).await.map_err(refused)? {
            return Err(nobody(name));
        }
        self.store.audit(&viewer.name, "removed account", name).await?;
        Ok(())
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
        let person = self.store.ticket_holder(secret).await?;
        let person = person.ok_or_else(|| {
            Error::Refused(
                "this link was used or has run out; an administrator, or `heron user passwd NAME`, makes a new one"
                    .into(),
            )
        })?;
        self.set_password(&person, password).await?;
        Ok(person)
    }

    /// Who a session belongs to, as of now: a removed account is nobody, a changed role is the new one, and after a change of
    /// password the session is over.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn person(&self, id: i64, seal: &str) -> Result<Option<Person>> {
        let known = self.store.person_and_seal(id).await?;
        Ok(known.filter(|(_, known)| known == seal).map(|(person, _)| person))
    }

    /// What a new session has to carry to be somebody's; none once the account is removed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn seal(&self, id: i64) -> Result<Option<String>> {
        Ok(self.store.person_and_seal(id).await?.map(|(_, seal)| seal))
    }

    /// On a store without accounts, makes an administrator with this name and password.
    ///
    /// # Errors
    /// [`Error::Refused`] when one of them cannot be used. If it is the password, there is an account without one.
    pub async fn first_administrator_named(&self, name: &str, password: &str) -> Result<Option<Person>> {
        if !self.store.is_uninhabited().await? {
            return Ok(None);
        }
        let refused = |error| match error {
            store::Error::Refused(why) => Error::Refused(why.into()),
            other => other.into(),
        };
        let person = self.store.add_account(name, Role::Administrator).await.map_err(refused)?;
        self.store.set_password(person.id, password).await.map_err(refused)?;
        self.store.audit(&person.name, "set a password", "from the configuration").await?;
        Ok(Some(person))
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

fn nobody(name: &str) -> Error {
    Error::Refused(format!("there is no account {name}"))
}

/// What the store says no to is a person's to mend.
fn refused(error: store::Error) -> Error {
    match error {
        store::Error::Refused(why) => Error::Refused(why.into()),
        store::Error::NameTaken(_) | store::Error::LastAdministrator(_) => Error::Refused(error.to_string()),
        other => other.into(),
    }
}

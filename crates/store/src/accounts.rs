//! Accounts, passwords and one-time sign-in links.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dataset::{TxOptions, col, row};
use model::{Millis, Person, Role, Timestamp};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{
    Error, Result, Store,
    captures::{hex, is_taken},
    now,
};

/// The shortest password that is let in, in characters.
const SHORTEST: usize = 10;

/// An account as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub person: Person,
    /// Whether a password was ever set.
    pub has_password: bool,
    /// Since when.
    pub created_at: Timestamp,
}

/// The secret of a one-time sign-in link. It is shown once; the store keeps only its hash.
pub struct Ticket(String);

impl Ticket {
    /// The secret, for the link.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ticket(***)")
    }
}

#[derive(Deserialize)]
struct AccountRow {
    id: i64,
    name: String,
    role: String,
    password: Option<String>,
    created_at: i64,
}

impl AccountRow {
    fn person(&self) -> Person {
        // A role that this version does not know may look, and nothing else.
        Person { id: self.id, name: self.name.clone(), role: self.role.parse().unwrap_or(Role::Viewer) }
    }
}

impl Store {
    /// Every account, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        let rows: Vec<AccountRow> = self.db.from("account").order([col("name").asc()]).limit(10_000).all().await?;
        Ok(rows
            .into_iter()
            .map(|row| Account {
                person: row.person(),
                has_password: row.password.is_some(),
                created_at: Timestamp(row.created_at),
            })
            .collect())
    }

    /// Whether nobody has an account yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn is_uninhabited(&self) -> Result<bool> {
        Ok(!self.db.from("account").exists().await?)
    }

    /// Makes an account without a password; a [`Ticket`] lets its owner set one.
    ///
    /// # Errors
    /// [`Error::NameTaken`]; [`Error::Refused`] for an empty or overlong name.
    pub async fn add_account(&self, name: &str, role: Role) -> Result<Person> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err(Error::Refused("an account's name has 1 to 100 printable characters"));
        }
        let values = row! { name: name, role: role.to_string(), created_at: now().0 };
        match self.db.from("account").insert(values).await {
            Ok(id) => Ok(Person { id, name: name.to_owned(), role }),
            Err(error) if is_taken(&error) => Err(Error::NameTaken(name.to_owned())),
            Err(error) => Err(error.into()),
        }
    }

    /// The account of that name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn person(&self, name: &str) -> Result<Option<Person>> {
        let row: Option<AccountRow> = self.db.from("account").filter(col("name").eq(name)).first().await?;
        Ok(row.map(|row| row.person()))
    }

    /// The account of that id; none once it was removed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn person_by_id(&self, id: i64) -> Result<Option<Person>> {
        Ok(self.person_and_seal(id).await?.map(|(person, _)| person))
    }

    /// The account of that id, and its seal: text that is another one once the password is another one, and tells nothing
    /// of it. A session that carries an old seal is over.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn person_and_seal(&self, id: i64) -> Result<Option<(Person, String)>> {
        let row: Option<AccountRow> = self.db.from("account").filter(col("id").eq(id)).first().await?;
        Ok(row.map(|row| (row.person(), fingerprint(row.password.as_deref().unwrap_or_default())[..16].to_owned())))
    }

    /// Removes an account; returns whether there was one. With the only one goes the last administrator, and Heron's next
    /// start makes a first one anew.
    ///
    /// # Errors
    /// [`Error::LastAdministrator`]; when the store cannot be written.
    pub async fn remove_account(&self, name: &str) -> Result<bool> {
        self.change_account(name, None).await
    }

    /// Gives an account another role; returns whether there is one.
    ///
    /// # Errors
    /// [`Error::LastAdministrator`]; when the store cannot be written.
    pub async fn set_role(&self, name: &str, role: Role) -> Result<bool> {
        self.change_account(name, Some(role)).await
    }

    /// Gives an account a role or removes it, if an administrator is left then. Serialized: two may do it to one another.
    async fn change_account(&self, name: &str, role: Option<Role>) -> Result<bool> {
        let changed = self.db.transaction(TxOptions::serializable(), |tx| {
            let accounts = tx.from("account");
            let account = accounts.clone().filter(col("name").eq(name));
            let beside = accounts.clone().filter(col("name").ne(name));
            let administrators = accounts.filter(col("role").eq(Role::Administrator.to_string()));
            async move {
                let others = administrators.clone().filter(col("name").ne(name));
                let one = administrators.filter(col("name").eq(name));
                let leaves = role != Some(Role::Administrator) && one.exists().await? && !others.exists().await?;
                if leaves && (role.is_some() || beside.exists().await?) {
                    return Ok(None);
                }
                match role {
                    Some(role) => account.update(row! { role: role.to_string() }).await,
                    None => account.delete().await,
                }
                .map(Some)
            }
        });
        let changed = changed.await?.ok_or_else(|| Error::LastAdministrator(name.to_owned()))?;
        Ok(changed > 0)
    }

    /// Sets an account's password and makes its open sign-in links worthless.
    ///
    /// # Errors
    /// [`Error::Refused`] when the password is too short.
    pub async fn set_password(&self, id: i64, password: &str) -> Result<()> {
        if password.chars().count() < SHORTEST {
            return Err(Error::Refused("a password has at least 10 characters"));
        }
        let hash = hash(password.to_owned()).await?;
        self.db
            .transaction(TxOptions::default(), move |tx| {
                let hash = hash.clone();
                async move {
                    tx.from("account").filter(col("id").eq(id)).update(row! { password: hash }).await?;
                    tx.from("ticket").filter(col("account_id").eq(id)).delete().await?;
                    Ok(())
                }
            })
            .await?;
        Ok(())
    }

    /// Who this name and password belong to; takes as long for an unknown name as for a wrong password.
    ///
    /// # Errors
    /// When the store cannot be read or its hash is broken.
    pub async fn check_password(&self, name: &str, password: &str) -> Result<Option<Person>> {
        let row: Option<AccountRow> = self.db.from("account").filter(col("name").eq(name)).first().await?;
        let known = row.as_ref().and_then(|row| row.password.clone());
        let matches = verify(password.to_owned(), known).await?;
        Ok(row.filter(|_| matches).map(|row| row.person()))
    }

    /// A sign-in link's secret for this account, good once and for `span`.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn issue_ticket(&self, account: i64, span: Millis) -> Result<Ticket> {
        let secret = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let values = row! { hash: fingerprint(&secret), account_id: account, expires_at: (now() + span).0 };
        self.db.from("ticket").insert_only(values).await?;
        Ok(Ticket(secret))
    }

    /// Whom a ticket would sign in; it stays good.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn ticket_holder(&self, secret: &str) -> Result<Option<Person>> {
        let hash = fingerprint(secret);
        let valid = col("hash").eq(hash) & col("expires_at").gt(now().0);
        let account: Option<i64> = self.db.from("ticket").filter(valid).get(col("account_id")).await?;
        match account {
            Some(id) => self.person_by_id(id).await,
            None => Ok(None),
        }
    }
}

/// Secrets are looked up by hash, so that neither the index's timing nor the table tells anything about them.
pub(crate) fn fingerprint(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

async fn hash(password: String) -> Result<String> {
    blocking(move || {
        let hash = Argon2::default().hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string()).map_err(|error| Error::Password(error.to_string()))
    })
    .await
}

async fn verify(password: String, known: Option<String>) -> Result<bool> {
    /// A hash of nothing anybody knows, with the parameters of the real ones.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$vdG7TSEoKkT2vnQgvcyeWJ5qBnxPYPzCUNQpQVNK2RU";
    blocking(move || {
        let hash = PasswordHash::new(known.as_deref().unwrap_or(NOBODY))
            .map_err(|error| Error::Password(error.to_string()))?;
        let matches = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
        Ok(matches && known.is_some())
    })
    .await
}

/// Hashing is work by design: it must not hold up the tasks that answer pages.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Password(error.to_string()))?
}

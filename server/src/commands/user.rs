//! `heron user`: accounts.

use model::{Millis, Person};
use store::Store;

use crate::{
    cli::{User, UserAction, Watching},
    config::Config,
    exit::{Error, Exit, Result},
};

/// Manages accounts. Passwords never pass the command line: a one-time link lets their owner set one.
///
/// # Errors
/// When the store does not open, or there is no such account.
pub async fn run(user: User) -> Result {
    let config = Config::load(&user.common, &Watching::default())?.reached(&user.reach)?;
    let store = Store::open(&config.store).await?;
    let done = act(&store, &config, user.action).await;
    store.close().await;
    done
}

async fn act(store: &Store, config: &Config, action: UserAction) -> Result {
    const WHO: &str = "command line";
    match action {
        UserAction::Add { name, role } => {
            let person = store.add_account(&name, role).await?;
            store.audit(WHO, "added account", &person.name).await?;
            print_link(store, config, &person).await?;
        }
        UserAction::List => {
            for account in store.accounts().await? {
                let state = if account.has_password { "" } else { "  (has set no password yet)" };
                println!(
                    "{:<30} {:<14} since {}{state}",
                    account.person.name,
                    account.person.role.to_string(),
                    account.created_at
                );
            }
        }
        UserAction::Passwd { name } => {
            let person = store.person(&name).await?.ok_or_else(|| unknown(&name))?;
            store.audit(WHO, "made a sign-in link", &person.name).await?;
            print_link(store, config, &person).await?;
        }
        UserAction::Role { name, role } => {
            found(store.set_role(&name, role).await?, &name)?;
            store.audit(WHO, &format!("made {role}"), &name).await?;
            println!("{name} is {role} now");
        }
        UserAction::Remove { name } => {
            found(store.remove_account(&name).await?, &name)?;
            store.audit(WHO, "removed account", &name).await?;
            println!("{name} is removed");
        }
    }
    Ok(Exit::Fine)
}

async fn print_link(store: &Store, config: &Config, person: &Person) -> Result<()> {
    let ticket = store.issue_ticket(person.id, Millis::from_secs(24 * 3600)).await?;
    println!(
        "{} sets a password with this link, once, within 24 hours: {}/sign-in?ticket={}",
        person.name,
        config.address(),
        ticket.secret()
    );
    Ok(())
}

fn found(found: bool, name: &str) -> Result<()> {
    if found { Ok(()) } else { Err(unknown(name)) }
}

fn unknown(name: &str) -> Error {
    Error::Usage(format!("there is no account {name}; `heron user list` names them"))
}

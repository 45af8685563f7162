//! Accounts: who may look and who may act.

use dashboard::Account;
use leptos::prelude::*;
use model::{Person, Role};

use super::{Heading, failed, refusal};
use crate::{
    address::{Address, link},
    api::{
        self,
        people::{AddAccount, RemoveAccount, SetRole},
    },
    layout::use_address,
    listing::{Column, Listed, listing},
    parts::{Field, Level, Notice},
};

const ROLES: [(Role, &str); 3] = [
    (Role::Viewer, "sees everything but the audit trail and accounts"),
    (Role::Operator, "also acts on databases and sees the audit trail"),
    (Role::Administrator, "also manages accounts"),
];

/// The accounts, and forms to add one, change its role, make a link, remove it. Each form is plain HTML.
#[component]
pub(crate) fn Users() -> impl IntoView {
    let refused = [
        ServerAction::<AddAccount>::new().value().get_untracked(),
        ServerAction::<SetRole>::new().value().get_untracked(),
        ServerAction::<RemoveAccount>::new().value().get_untracked(),
    ];
    let refused = refused.into_iter().flatten().find(Result::is_err);
    let here = use_address();
    view! {
        <Suspense>
            {Suspend::new(async move {
                let accounts = api::people::accounts().await;
                let link = api::people::link_handed_over().await;
                view! {
                    <Heading title="People"/>
                    <div class="page">
                        {refusal(refused)}
                        {link.map(|(name, link)| handed_over(name, link))}
                        {match accounts {
                            Ok(accounts) => shown(&accounts, &here).into_any(),
                            Err(error) => failed(&error).into_any(),
                        }}
                    </div>
                }
            })}
        </Suspense>
    }
}

fn handed_over(name: String, link: String) -> impl IntoView {
    let href = link.clone();
    view! {
        <Notice level=Level::Info title=format!("A link for {name}")>
            <p>"It sets a password, once, within 24 hours. It is shown only now: copy it and send it to "<strong>{name}</strong>"."</p>
            <p><a class="handed-over" href=href rel="external">{link}</a></p>
        </Notice>
    }
}

fn shown(accounts: &[Account], here: &Address) -> impl IntoView + use<> {
    view! {
        {listing(accounts, here, None)}
        <section class="card" aria-labelledby="add">
            <h2 id="add">"Add somebody"</h2>
            <form class="form" method="post" action=link("/api/add_account")>
                <Field label="Name" name="name" hint="They sign in with it. A link that you hand over lets them choose a password."/>
                <div class="field"><label for="role">"Role"</label>{choice("role", Role::Viewer)}</div>
                <p><button type="submit" class="button primary">"Add and make a link"</button></p>
            </form>
            <ul>{ROLES.map(|(role, may)| view! { <li><strong>{role.to_string()}</strong>" "{may}"."</li> }).into_iter().collect_view()}</ul>
        </section>
    }
}

impl Listed for Account {
    const NAME: &'static str = "accounts";
    const NOUN: (&'static str, &'static str) = ("account", "accounts");
    const SORT: &'static str = "name";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("name", "Name", |account: &Self| account.person.name.as_str().into()),
            Column::new("role", "Role", |account: &Self| account.person.role.to_string().into())
                .shown(|account, _| role(account)),
            Column::new("since", "Since", |account: &Self| account.created_at.into()),
            Column::new("password_set", "Password", |account: &Self| account.has_password.into())
                .shown(|account, _| if account.has_password { "set" } else { "not set yet" }.into_any()),
            Column::deeds("Account", |account, _| deeds(&account.person.name)),
        ]
    }
}

fn role(account: &Account) -> AnyView {
    let Person { id, name, role } = &account.person;
    let (id, label) = (format!("role-of-{id}"), format!("Role of {name}"));
    let roles = choice(&id, *role);
    view! {
        <form class="toolbar" method="post" action=link("/api/set_role")>
            <input type="hidden" name="name" value=name.clone()/>
            <label class="visually-hidden" for=id>{label}</label>
            {roles}
            <button type="submit" class="button">"Change"</button>
        </form>
    }
    .into_any()
}

fn deeds(name: &str) -> AnyView {
    view! {
        <div class="toolbar">
            <form method="post" action=link("/api/new_link")>
                <input type="hidden" name="name" value=name.to_owned()/>
                <button type="submit" class="button">"New link"</button>
            </form>
            <a class="button" href=removal(name)>"Remove"</a>
        </div>
    }
    .into_any()
}

fn choice(id: &str, chosen: Role) -> impl IntoView + use<> {
    let option = |(role, _): (Role, &str)| {
        let name = role.to_string();
        view! { <option value=name.clone() selected=role == chosen>{name.clone()}</option> }
    };
    let id = id.to_owned();
    view! { <select id=id name="role">{ROLES.map(option).into_iter().collect_view()}</select> }
}

fn removal(name: &str) -> String {
    Address::parse("/users/remove", "").with("name", name).href()
}

/// Asks whether an account is to go.
#[component]
pub(crate) fn RemoveUser() -> impl IntoView {
    let name = use_address().get("name").unwrap_or_default().to_owned();
    let refused = ServerAction::<RemoveAccount>::new().value().get_untracked();
    view! {
        <Heading title="Remove an account"/>
        <div class="page">
            {refusal(refused)}
            <p><strong>{name.clone()}</strong>" is signed out at once and can sign in no more. What they did stays in the audit trail."</p>
            <form class="toolbar" method="post" action=link("/api/remove_account")>
                <input type="hidden" name="name" value=name/>
                <button type="submit" class="button danger">"Remove the account"</button>
                <a class="button" href=link("/users")>"Leave it"</a>
            </form>
        </div>
    }
}

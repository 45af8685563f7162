//! Accounts: who may look and who may act.

use leptos::prelude::*;
use model::{Count, Role};

use super::{Heading, failed, refusal};
use crate::{
    address::{Address, link},
    api::{
        self,
        people::{AddAccount, RemoveAccount, SetRole},
    },
    parts::{At, Cell, Field, Level, Notice},
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
                            Ok(accounts) => shown(accounts).into_any(),
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

fn shown(accounts: Vec<dashboard::Account>) -> impl IntoView {
    let total = Count(accounts.len() as i64).of("account", "accounts");
    view! {
        <p class="muted">{total}</p>
        <table class="table">
            <caption class="visually-hidden">"Accounts"</caption>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Role"</th>
                    <th scope="col">"Since"</th>
                    <th scope="col">"Password"</th>
                    <th scope="col">"Account"</th>
                </tr>
            </thead>
            <tbody>{accounts.into_iter().map(line).collect_view()}</tbody>
        </table>
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

fn line(account: dashboard::Account) -> impl IntoView {
    let dashboard::Account { person, has_password, created_at } = account;
    let name = person.name;
    let (id, label, remove) = (format!("role-of-{}", person.id), format!("Role of {name}"), removal(&name));
    let roles = choice(&id, person.role);
    let hidden = || view! { <input type="hidden" name="name" value=name.clone()/> };
    let (role_of, link_of) = (hidden(), hidden());
    view! {
        <tr>
            <Cell label="Name">{name}</Cell>
            <Cell label="Role">
                <form class="toolbar" method="post" action=link("/api/set_role")>
                    {role_of}
                    <label class="visually-hidden" for=id>{label}</label>
                    {roles}
                    <button type="submit" class="button">"Change"</button>
                </form>
            </Cell>
            <Cell label="Since"><At at=created_at/></Cell>
            <Cell label="Password">{if has_password { "set" } else { "not set yet" }}</Cell>
            <Cell label="Account">
                <div class="toolbar">
                    <form method="post" action=link("/api/new_link")>
                        {link_of}
                        <button type="submit" class="button">"New link"</button>
                    </form>
                    <a class="button" href=remove>"Remove"</a>
                </div>
            </Cell>
        </tr>
    }
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
    let name = crate::layout::use_address().get("name").unwrap_or_default().to_owned();
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

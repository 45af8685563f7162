//! What can be done about whoever keeps vacuum back.

use leptos::prelude::*;
use model::{Action, Holder, HolderKind, Remedy, SessionKey, Timestamp};

use super::actions::offer;
use crate::{address::Address, api, parts::Sql};

/// The links that end a session of this database, for whoever may; of what Heron does not end, the SQL that does.
pub(super) fn ways_out(holder: &Holder, here: &Address) -> Option<AnyView> {
    if holder.kind == HolderKind::Transaction {
        return session(holder, here);
    }
    let Remedy { sql, caution } = dashboard::release(holder)?;
    let caution = caution.map(|caution| view! { <p class="caution"><strong>"Mind: "</strong>{caution}</p> });
    Some(view! { <details class="more"><summary>"SQL"</summary><Sql text=sql/>{caution}</details> }.into_any())
}

fn session(holder: &Holder, here: &Address) -> Option<AnyView> {
    let mine = api::actions::acts_on(here.database.as_ref()?)?;
    // A process of the server's own has no role.
    let database = holder.database.as_ref().filter(|_| holder.user.is_some())?;
    if *database != mine {
        let there = format!("act on it in database {database}");
        return Some(view! { <span class="muted">{there}</span> }.into_any());
    }
    let key = SessionKey { pid: holder.name.parse().ok()?, began: Timestamp(0), statement: None };
    let runs = holder.state.as_deref() == Some("active");
    let cancel = runs.then(|| offer(here, &Action::Cancel(vec![key]), "Cancel"));
    let end = offer(here, &Action::Terminate(vec![key]), "Terminate");
    Some(view! { <span class="acts">{cancel}" "{end}</span> }.into_any())
}

//! What pages are made of: components that are given everything they show and fetch nothing.
//!
//! Each works without JavaScript; what a browser adds (copying, filtering, the theme) sits in the component it belongs
//! to, and what concerns the whole page (keys, menus, rows) in `behaviour`.
#![expect(unreachable_pub, reason = "what #[component] makes of a re-exported function cannot be seen from outside")]
#![expect(clippy::needless_pass_by_value, reason = "a component owns its props")]

#[cfg(feature = "hydrate")]
mod behaviour;
mod field;
mod finding;
mod frame;
mod level;
mod notice;
mod rail;
mod sparkline;
mod sql;
mod stat;
mod summary;
mod switcher;
mod table;
mod theme;
mod time;
mod verdict;
mod window;

pub use self::{
    field::{Field, SearchForm},
    finding::Findings,
    frame::Frame,
    level::{Level, LevelMark},
    notice::Notice,
    rail::{RailGroup, RailLink},
    sparkline::Sparkline,
    sql::Sql,
    stat::{Stat, Stats},
    summary::Summary,
    switcher::DatabaseLink,
    table::{Cell, Num, Pager, ShareBar, Sort, SortHeader},
    theme::{Theme, ThemeToggle},
    time::{Age, At},
    verdict::{VerdictLine, VerdictList},
    window::{WindowChoice, WindowPickerView},
};

//! What pages are made of: components that are given everything they show and fetch nothing.
//!
//! Each works without JavaScript; what a browser adds sits in `islands`.

mod field;
mod finding;
mod frame;
mod level;
mod notice;
mod pager;
mod plan;
mod rail;
mod share;
mod sparkline;
mod sql;
mod stat;
mod summary;
mod switcher;
mod table;
mod theme;
mod time;
mod verdict;
mod verdicts;
mod window;

pub use self::{
    field::{Field, SearchForm},
    finding::{Findings, Remedies},
    frame::Frame,
    level::{Level, LevelMark},
    notice::Notice,
    pager::Pager,
    plan::PlanTree,
    rail::{RailGroup, RailLink},
    share::ShareBar,
    sparkline::Sparkline,
    sql::{Sql, Verbatim},
    stat::{Stat, Stats},
    summary::Summary,
    switcher::DatabaseLink,
    table::{Cell, Num, Sort, SortHeader},
    theme::Theme,
    time::{Age, At},
    verdict::VerdictLine,
    verdicts::VerdictList,
    window::{WindowChoice, WindowPickerView},
};

//! Judgement: from readings to verdicts.
//!
//! A check is a module of [`check`]: a pure function from [`Readings`] and [`Thresholds`] to what it has to say, with a
//! third answer beside yes and no, "cannot tell, because". [`RULES`] lists them; [`judge`] asks all of them and puts the
//! worst first. A page that shows each verdict as soon as it can asks each [`Rule`] by itself, once the subjects it
//! [needs](Rule::needs) have been read.
//!
//! With the feature `advice` there is also the module `advice`: which index would help a statement.

#[cfg(feature = "advice")]
pub mod advice;
mod answer;
mod bloat;
pub mod check;
#[cfg(feature = "advice")]
mod filter;
pub mod plan;
mod readings;
mod release;
mod thresholds;
pub mod tuning;

#[cfg(feature = "advice")]
pub use self::filter::{UNFILTERED, filter};
pub use self::{
    bloat::bloat,
    check::{Need, RULES, Requirement, Rule, Unmet, judge, requirements},
    readings::{Readings, Subject, Workload},
    release::release,
    thresholds::Thresholds,
};

#[cfg(test)]
mod fixture;

use std::{borrow::Cow, time::Duration};

use futures::{StreamExt, stream::BoxStream};

use super::{outdated, within};
use crate::{Error, Kind, Result, database::Core, engine::span::Watch, row::NativeRow};

/// A statement's rows as they arrive.
pub(crate) struct Rows<'l> {
    pub(super) rows: BoxStream<'l, Result<NativeRow>>,
    pub(super) sql: Cow<'static, str>,
    pub(super) watch: Watch,
    pub(super) wait: Option<Duration>,
    pub(super) core: &'l Core,
    pub(super) count: u64,
    pub(super) busy: &'l mut bool,
    pub(super) doomed: &'l mut bool,
}

impl Rows<'_> {
    pub(crate) async fn next(&mut self) -> Result<Option<NativeRow>> {
        let row = match within(self.wait, self.rows.next()).await {
            Some(row) => row,
            None => {
                *self.doomed = true;
                Some(Err(Error::new(Kind::StatementTimeout, "no further row in time; the connection was dropped")))
            }
        };
        match row {
            Some(Ok(row)) => {
                self.count += 1;
                Ok(Some(row))
            }
            Some(Err(e)) => {
                *self.busy = false;
                if e.kind() == Kind::Disconnect {
                    *self.doomed = true;
                    self.core.trouble.note();
                }
                *self.doomed |= outdated(&e);
                let result = Err(e.in_statement(&self.sql));
                self.watch.done(&result, self.count, &self.sql);
                result
            }
            None => {
                *self.busy = false;
                self.watch.done(&Ok(()), self.count, &self.sql);
                Ok(None)
            }
        }
    }
}

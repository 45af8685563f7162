//! How a command ends: its exit code, and the error that explains it.

use std::process::{ExitCode, Termination};

/// The exit codes of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: it did what was asked, and found nothing that was asked about.
    Fine,
    /// 1: `heron check` found something at or above `--fail-on`, or something failed on the way.
    Findings,
    /// 2: the command line or the configuration makes no sense.
    Usage,
    /// 3: the database or the store could not be reached.
    Unreachable,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// Why a command could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line or the configuration makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A database does not answer.
    #[error("{0}")]
    Unreachable(String),
    /// The store could not be opened or used.
    #[error("{0}")]
    Store(#[from] store::Error),
    /// A use case was refused.
    #[error("{0}")]
    Dashboard(#[from] dashboard::Error),
    /// The operating system refused something.
    #[error("{0}: {1}")]
    Io(String, #[source] std::io::Error),
}

impl Error {
    /// The exit code that says so.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_)
            | Self::Dashboard(dashboard::Error::UnknownDatabase(_))
            | Self::Store(store::Error::NameTaken(_) | store::Error::Refused(_)) => Exit::Usage,
            Self::Unreachable(_) | Self::Store(_) => Exit::Unreachable,
            Self::Dashboard(_) | Self::Io(..) => Exit::Findings,
        }
    }
}

/// What every command returns.
pub type Result<T = Exit, E = Error> = std::result::Result<T, E>;

//! All a browser may learn of a failure.

use std::fmt;

use http::StatusCode;
use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

/// The one error of every server function. No variant carries text from a database or a driver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppError {
    /// Nobody is signed in.
    Unauthenticated,
    /// The name and the password do not go together.
    WrongPassword,
    /// The viewer's role is not enough.
    Forbidden,
    /// There is no such thing.
    NotFound(String),
    /// The input cannot be used, as a sentence.
    Refused(String),
    /// The configuration does not allow this, as a sentence.
    NotEnabled(String),
    /// Too many attempts, as a sentence that says how long to wait.
    TooMany(String),
    /// The request did not reach Heron, or its answer not the browser.
    Transport(ServerFnErrorErr),
    /// Heron failed; its log says why.
    Internal,
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated => f.write_str("You are signed out. Sign in and look again."),
            Self::WrongPassword => f.write_str("This name and password do not go together."),
            Self::Forbidden => f.write_str("Your role does not allow this."),
            Self::NotFound(what) => write!(f, "There is no {what}."),
            Self::Refused(why) | Self::NotEnabled(why) | Self::TooMany(why) => f.write_str(why),
            Self::Transport(_) => f.write_str("Heron could not be reached. What is shown may be old."),
            Self::Internal => f.write_str("Heron failed to answer. Its log says why."),
        }
    }
}

impl std::error::Error for AppError {}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::Transport(error)
    }
}

impl AppError {
    /// The input cannot be used, which is the answer's status too.
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        let error = Self::Refused(why.into());
        crate::api::set_status(error.status());
        error
    }

    /// The status of an answer that says so.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::WrongPassword | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotEnabled(_) => StatusCode::BAD_REQUEST,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Transport(_) | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<dashboard::Error> for AppError {
    /// Tells the log everything, the browser what it may know, and HTTP the status.
    fn from(error: dashboard::Error) -> Self {
        let app = match error {
            dashboard::Error::UnknownDatabase(id) => Self::NotFound(format!("database {id} in the configuration")),
            dashboard::Error::NoSuch(what) => Self::NotFound(what),
            dashboard::Error::Forbidden(_) => Self::Forbidden,
            dashboard::Error::Refused(why) => Self::Refused(why),
            dashboard::Error::NotEnabled(why) => Self::NotEnabled(why),
            error @ dashboard::Error::TooMany(_) => Self::TooMany(error.to_string()),
            dashboard::Error::Store(error) => {
                tracing::error!("a page was not answered: {error}");
                Self::Internal
            }
        };
        crate::api::set_status(app.status());
        app
    }
}

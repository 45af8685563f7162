//! The one table that turns three databases' codes into a [`Kind`].

use crate::{Error, Kind};

/// What sqlx reports, in this crate's words.
pub(crate) fn classify(error: sqlx::Error) -> Error {
    use sqlx::Error as E;
    let kind = match &error {
        E::Database(e) => return from_database(e.as_ref()).caused_by(error),
        E::Io(_) | E::Tls(_) | E::Protocol(_) | E::WorkerCrashed | E::PoolClosed => Kind::Disconnect,
        E::PoolTimedOut => Kind::PoolTimeout,
        E::RowNotFound => Kind::NoRow,
        E::Configuration(_) | E::Encode(_) => Kind::InvalidValue,
        E::ColumnDecode { .. } | E::Decode(_) | E::ColumnNotFound(_) | E::TypeNotFound { .. } => Kind::Decode,
        _ => Kind::Other,
    };
    let message = match &error {
        E::PoolTimedOut => "no connection of the pool became free in time".to_owned(),
        E::PoolClosed => "the pool is closed".to_owned(),
        E::Tls(e) if e.to_string() == "server does not support TLS" => {
            "the server does not speak TLS; `sslmode=disable` in the URL would speak to it in clear".to_owned()
        }
        other => other.to_string(),
    };
    Error::new(kind, message).caused_by(error)
}

fn from_database(e: &dyn sqlx::error::DatabaseError) -> Error {
    let mut message = e.message().to_owned();
    let (kind, code) = if let Some(my) = e.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        (mysql(my.number()), Some(my.number().to_string()))
    } else {
        let code = e.code().map(std::borrow::Cow::into_owned);
        let known = code.as_deref().unwrap_or_default();
        let kind = match e.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
            Some(_) => sqlite(known.parse().unwrap_or_default(), &message),
            // The kept plan of a statement whose table has changed; prepared anew it would do.
            None if known == "0A000" && routine(e) == Some("RevalidateCachedQuery") => Kind::Serialization,
            None if known == "08P01" && message.contains("statement pooling mode") => {
                message = "the pooler forbids transactions (pool_mode = statement): set pool_mode = transaction, or \
                           connect to the server itself"
                    .to_owned();
                Kind::InvalidOperation
            }
            None => postgres(known),
        };
        (kind, code)
    };
    Error::new(kind, message).with_code(code).with_constraint(e.constraint().map(str::to_owned))
}

/// Appendix A of the PostgreSQL manual.
fn postgres(state: &str) -> Kind {
    match state {
        "23505" => Kind::Unique,
        "23503" => Kind::ForeignKey,
        "23502" => Kind::NotNull,
        "23514" | "23P01" => Kind::Check,
        "40001" | "40P01" => Kind::Serialization,
        "55P03" => Kind::LockTimeout,
        "57014" | "25P04" => Kind::StatementTimeout,
        "25006" => Kind::ReadOnly,
        "42501" => Kind::Permission,
        "28000" | "28P01" => Kind::Authentication,
        "3D000" => Kind::UnknownDatabase,
        "42P01" | "42703" | "42883" | "42704" | "3F000" => Kind::UndefinedObject,
        "42601" => Kind::Syntax,
        "25P02" | "25P01" | "25001" | "0A000" => Kind::InvalidOperation,
        "25P03" | "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "53300" => Kind::Disconnect,
        s if s.starts_with("08") => Kind::Disconnect,
        s if s.starts_with("22") => Kind::InvalidValue,
        _ => Kind::Other,
    }
}

/// The place in PostgreSQL's source that reported it, in no language.
fn routine(e: &dyn sqlx::error::DatabaseError) -> Option<&str> {
    e.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().and_then(|e| e.routine())
}

/// MySQL's and MariaDB's server error references; they share numbers below 1900.
fn mysql(number: u16) -> Kind {
    match number {
        1062 | 1586 => Kind::Unique,
        1216 | 1217 | 1451 | 1452 => Kind::ForeignKey,
        1048 | 1364 => Kind::NotNull,
        3819 | 4025 => Kind::Check,
        1213 => Kind::Serialization,
        1205 | 3572 => Kind::LockTimeout,
        3024 | 1969 | 1317 => Kind::StatementTimeout,
        1792 | 1290 => Kind::ReadOnly,
        1044 | 1142 | 1143 => Kind::Permission,
        1045 | 1698 => Kind::Authentication,
        1049 => Kind::UnknownDatabase,
        1146 | 1054 | 1051 | 1305 => Kind::UndefinedObject,
        1064 => Kind::Syntax,
        1264 | 1265 | 1292 | 1300 | 1366 | 1406 => Kind::InvalidValue,
        1040 | 1053 | 1927 | 2006 | 2013 => Kind::Disconnect,
        _ => Kind::Other,
    }
}

/// <https://www.sqlite.org/rescode.html>; what has no code of its own is told by its fixed English message.
fn sqlite(code: i32, message: &str) -> Kind {
    match code {
        1555 | 2067 | 2579 => Kind::Unique,
        787 | 3091 => Kind::ForeignKey,
        1299 => Kind::NotNull,
        275 => Kind::Check,
        _ => match code & 0xff {
            5 => Kind::Serialization,
            6 => Kind::LockTimeout,
            9 => Kind::StatementTimeout,
            8 => Kind::ReadOnly,
            3 | 23 => Kind::Permission,
            14 => Kind::UnknownDatabase,
            26 => Kind::InvalidValue,
            18 | 20 | 25 => Kind::InvalidValue,
            1 if message.contains("no such") => Kind::UndefinedObject,
            1 if message.contains("syntax error") || message.contains("incomplete input") => Kind::Syntax,
            _ => Kind::Other,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b61_every_code_of_the_table_has_its_kind() {
        let table = [
            ("40001", Kind::Serialization),
            ("40P01", Kind::Serialization),
            ("55P03", Kind::LockTimeout),
            ("57014", Kind::StatementTimeout),
            ("25006", Kind::ReadOnly),
            ("42501", Kind::Permission),
            ("42P01", Kind::UndefinedObject),
            ("42703", Kind::UndefinedObject),
            ("42883", Kind::UndefinedObject),
            ("08006", Kind::Disconnect),
            ("57P01", Kind::Disconnect),
        ];
        for (state, kind) in table {
            assert_eq!(postgres(state), kind, "{state}");
        }
        for (number, kind) in [
            (1213, Kind::Serialization),
            (1205, Kind::LockTimeout),
            (3572, Kind::LockTimeout),
            (3024, Kind::StatementTimeout),
            (1969, Kind::StatementTimeout),
            (1792, Kind::ReadOnly),
            (1290, Kind::ReadOnly),
            (1142, Kind::Permission),
            (1146, Kind::UndefinedObject),
            (1054, Kind::UndefinedObject),
            (2006, Kind::Disconnect),
        ] {
            assert_eq!(mysql(number), kind, "{number}");
        }
        for (code, kind) in [
            (5, Kind::Serialization),
            (261, Kind::Serialization),
            (517, Kind::Serialization),
            (6, Kind::LockTimeout),
            (9, Kind::StatementTimeout),
            (8, Kind::ReadOnly),
        ] {
            assert_eq!(sqlite(code, ""), kind, "{code}");
        }
    }
}

use serde::{Deserialize, Deserializer};

use crate::{Type, Value, value::Typed};

/// The name by which a cell knows that JSON is asked for.
pub(super) const TOKEN: &str = "$dataset::Json";

/// A value kept as JSON: read from a json column, or from text where the database has no JSON (SQLite, MariaDB).
///
/// ```
/// use dataset::{row, Json};
/// let values = row! { detail: Json(serde_json::json!({ "tries": 3 })) };
/// assert_eq!(values.columns().next(), Some("detail"));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Json<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: serde::de::DeserializeOwned> serde::de::Visitor<'de> for Visitor<T> {
            type Value = T;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<T, D::Error> {
                T::deserialize(inner)
            }
        }
        deserializer.deserialize_newtype_struct(TOKEN, Visitor(std::marker::PhantomData)).map(Json)
    }
}

impl<T: serde::Serialize> From<Json<T>> for Value {
    /// What cannot be JSON (a map whose keys are no strings) becomes JSON's `null`.
    fn from(json: Json<T>) -> Self {
        Value::Json(serde_json::to_value(json.0).unwrap_or_default())
    }
}

impl<T: serde::Serialize> Typed for Json<T> {
    const TYPE: Type = Type::Json;
}

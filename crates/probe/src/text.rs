//! Text of other databases, in whatever encoding.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

/// A text that the server sent as bytes: PostgreSQL's text functions fail on what is not valid in the database's own encoding,
/// which a query of a session in another database need not be.
///
/// Invalid sequences are replaced by U+FFFD; a character that was cut in two at the end is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForeignText(pub(crate) String);

impl ForeignText {
    fn decode(bytes: &[u8]) -> Self {
        let cut = match std::str::from_utf8(bytes) {
            Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
            _ => bytes,
        };
        Self(String::from_utf8_lossy(cut).into_owned())
    }

    /// At most so many characters of it.
    pub(crate) fn truncate(mut self, characters: usize) -> String {
        if let Some((end, _)) = self.0.char_indices().nth(characters) {
            self.0.truncate(end);
        }
        self.0
    }
}

impl<'de> Deserialize<'de> for ForeignText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = ForeignText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes or a text")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<ForeignText, E> {
                Ok(ForeignText::decode(bytes))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ForeignText, E> {
                Ok(ForeignText(text.to_owned()))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_bytes_are_replaced_and_a_cut_character_is_dropped() {
        let cases: [(&[u8], &str); 5] = [
            (b"select 1", "select 1"),
            ("größe".as_bytes(), "größe"),
            (b"caf\xe9 'x'", "caf\u{fffd} 'x'"),
            (b"caf\xc3", "caf"),
            (b"\xff\xe9", "\u{fffd}\u{fffd}"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(ForeignText::decode(bytes).0, expected, "{bytes:?}");
        }
    }

    #[test]
    fn truncation_counts_characters() {
        assert_eq!(ForeignText("größe".into()).truncate(3), "grö");
        assert_eq!(ForeignText("ab".into()).truncate(3), "ab");
    }
}

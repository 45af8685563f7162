//! Light or dark: the system's choice until a person chooses.

/// A person's choice, kept in the cookie `theme` and written by the server as `<html data-theme=…>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// The value of the cookie and of `data-theme`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The choice in a `Cookie` header, if there is one.
    pub fn from_cookies(header: &str) -> Option<Self> {
        header.split(';').find_map(|pair| match pair.trim().split_once('=')? {
            ("theme", "light") => Some(Self::Light),
            ("theme", "dark") => Some(Self::Dark),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_read_among_others() {
        let cases = [
            ("theme=dark", Some(Theme::Dark)),
            ("id=abc; theme=light; x=y", Some(Theme::Light)),
            ("theme=\"><script>", None),
            ("mytheme=dark", None),
            ("flag; theme=dark", Some(Theme::Dark)),
            ("", None),
        ];
        for (header, theme) in cases {
            assert_eq!(Theme::from_cookies(header), theme, "{header}");
        }
    }
}

//! Where Heron is shown: at the root of a host, or under a path that a proxy gives it.

use std::{fmt, str::FromStr, sync::Arc};

use leptos::prelude::use_context;

/// The path under which a proxy shows Heron: nothing, or as `/heron`, without a slash at its end.
///
/// Requests lose it before they are routed; every link, form and redirect gets it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasePath(Arc<str>);

impl BasePath {
    /// Reads a path; none if it is not one that needs no encoding.
    pub fn parse(path: &str) -> Option<Self> {
        let path = path.trim_end_matches('/');
        let plain = |segment: &str| {
            !matches!(segment, "" | "." | "..")
                && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        };
        let whole = path.is_empty() || path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(plain));
        whole.then(|| Self(path.into()))
    }

    /// Whether there is none.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Its first segment.
    pub fn first(&self) -> Option<&str> {
        self.0.split('/').nth(1)
    }

    /// What is left of a request's path; the whole of one that a proxy has shortened already.
    pub fn strip<'a>(&self, path: &'a str) -> &'a str {
        match path.strip_prefix(&*self.0) {
            Some("") => "/",
            Some(rest) if rest.starts_with('/') => rest,
            _ => path,
        }
    }

    /// The link to a path of Heron's own, which begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{self}{path}")
    }

    /// Of the request that is being answered.
    pub(crate) fn of_this_request() -> Self {
        use_context().unwrap_or_default()
    }
}

impl Default for BasePath {
    fn default() -> Self {
        Self("".into())
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BasePath {
    type Err = &'static str;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        Self::parse(path).ok_or("use a path as /heron: letters, digits, - . _ ~ and slashes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c12_a_base_path_is_taken_away_and_given_back() {
        let base = BasePath::parse("/team/heron/").unwrap();
        assert_eq!((base.to_string().as_str(), base.first()), ("/team/heron", Some("team")));
        for (path, left) in [
            ("/team/heron", "/"),
            ("/team/heron/", "/"),
            ("/team/heron/shop/queries", "/shop/queries"),
            ("/team/heronry", "/team/heronry"),
            ("/shop", "/shop"),
        ] {
            assert_eq!(base.strip(path), left);
        }
        assert_eq!(base.link("/sign-in"), "/team/heron/sign-in");
        let root = BasePath::parse("/").unwrap();
        assert!(root.is_root() && root.first().is_none() && root == BasePath::default());
        assert_eq!((root.strip("/shop"), root.link("/shop").as_str()), ("/shop", "/shop"));
    }

    #[test]
    fn what_would_have_to_be_encoded_is_no_base_path() {
        for path in
            ["heron", "//heron", "/a//b", "/a b", "/gr\u{f6}\u{df}e", "/a/../b", "/a?b", "/\"><script>", "https://h/x"]
        {
            assert_eq!(BasePath::parse(path), None, "{path}");
        }
    }
}

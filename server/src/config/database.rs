//! Ids and addresses: what may stand in a URL of Heron's, and what a database's URL says.

use url::Url;

/// What a base path has to be.
pub(super) const BASE_PATH: &str = "expected a path as /heron: letters, digits, - . _ ~ and slashes";

/// The database's name in a URL, which is also where a malformed URL is noticed. Never quotes the URL itself.
pub(super) fn name_of(url: &str) -> Result<String, String> {
    let url = Url::parse(url)
        .map_err(|error| format!("a database URL makes no sense ({error}): use postgres://role:password@host/name"))?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(format!("cannot watch {}://: a database URL begins with postgres://", url.scheme()));
    }
    let path = url.path().trim_start_matches('/');
    // As libpq: without a name, the database is called like the role.
    let name = if path.is_empty() { url.username() } else { path };
    let name = percent_decode(name);
    Ok(if name.is_empty() { "postgres".into() } else { name })
}

fn percent_decode(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

/// The address people use.
pub(super) fn public_url(text: &str) -> Result<Url, String> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err(format!("{text:?} is no address: use https://heron.example.org")),
    }
}

/// The id is the first segment of a page's address: it must be one, and must not be a page of Heron's own.
pub(super) fn check_id(id: &str) -> Result<(), String> {
    const TAKEN: [&str; 10] =
        ["api", "audit", "download", "health", "metrics", "pkg", "settings", "sign-in", "sign-out", "users"];
    if id.is_empty()
        || id.chars().count() > 63
        || id.contains(['/', '\\'])
        || id.chars().any(char::is_control)
        || id.starts_with('.')
    {
        return Err(format!("{id:?} cannot be a database's id: use 1 to 63 characters without slashes"));
    }
    if TAKEN.contains(&id) {
        return Err(format!("{id:?} cannot be a database's id: it is a page of Heron's own"));
    }
    Ok(())
}

//! PgHero's addresses lead to Heron's pages, with the database in front and without.

use app::BasePath;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use dashboard::Dashboard;
use http::Method;
use model::{DatabaseId, Person, Timestamp, Window};
use url::form_urlencoded::{Serializer, byte_serialize, parse};

/// What a query says, in order.
type Pairs = Vec<(String, String)>;

/// Sends whoever asks for a page of PgHero's to the one of Heron's: not for ever, so that no browser remembers it.
pub(crate) async fn to_where_it_is_now(
    State((dashboard, base)): State<(Dashboard, BasePath)>,
    request: Request,
    next: Next,
) -> Response {
    let (uri, person) = (request.uri(), request.extensions().get::<Person>());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    // Whoever has not signed in learns nothing of the databases.
    let databases = person.filter(|_| reads).and_then(|person| dashboard.databases(person).ok()).unwrap_or_default();
    match moved(uri.path(), uri.query().unwrap_or_default(), &databases) {
        Some(address) => Redirect::temporary(&base.link(&address)).into_response(),
        None => next.run(request).await,
    }
}

/// Where a path of PgHero's is now; none if it is one of Heron's own, or nobody's.
fn moved(path: &str, query: &str, databases: &[DatabaseId]) -> Option<String> {
    let segments: Vec<String> = path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect();
    let named = databases.iter().find(|id| Some(&id.0) == segments.first());
    // Of several databases PgHero takes the first where none is named.
    let database = named.or_else(|| databases.first())?;
    let page: Vec<&str> = segments.iter().skip(usize::from(named.is_some())).map(String::as_str).collect();
    let pairs: Pairs = parse(query.as_bytes()).into_owned().collect();
    let (now, asks) = translated(&page, &pairs)?;
    let stays = named.is_some() && now == page && asks == pairs;
    (!stays).then(|| address(database, &now, &asks))
}

/// A page's segments and query in Heron's words.
fn translated(page: &[&str], pairs: &Pairs) -> Option<(Vec<String>, Pairs)> {
    let to = |page: &str, pairs: Pairs| Some((vec![page.to_owned()], pairs));
    match page {
        ["queries" | "query_stats"] => to("queries", in_our_words(pairs)),
        ["queries", hash] => {
            let hexadecimal = pairs.contains(&("v".into(), "2".into()));
            let pairs = in_our_words(pairs).into_iter().filter(|(name, _)| name != "v").collect();
            Some((vec!["queries".into(), queryid(hash, hexadecimal)?], pairs))
        }
        ["live_queries"] => to("live", pairs.clone()),
        ["index_bloat"] => to("indexes", vec![("show".into(), "bloat".into())]),
        ["system_stats"] => to("system", pairs.clone()),
        ["cpu_usage" | "connection_stats" | "replication_lag_stats" | "load_stats" | "free_space_stats"] => {
            to("system", vec![])
        }
        ["kill" | "kill_all" | "kill_long_running_queries"] => to("live", vec![]),
        ["enable_query_stats" | "reset_query_stats"] => to("queries", vec![]),
        [same @ ("space" | "connections" | "maintenance" | "explain" | "tune" | "system")] => to(same, pairs.clone()),
        ["space", relation] => Some((vec!["space".into(), (*relation).into()], pairs.clone())),
        _ => None,
    }
}

/// What a list of queries is asked for.
fn in_our_words(pairs: &Pairs) -> Pairs {
    let get = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let span = get("start_at").and_then(Timestamp::parse).zip(get("end_at").and_then(Timestamp::parse));
    let window =
        span.filter(|(from, to)| from < to).map(|(from, to)| ("window".into(), Window::Between(from, to).to_string()));
    let ours = pairs.iter().filter_map(|(name, value)| {
        let (name, value) = match (name.as_str(), value.as_str()) {
            ("user", role) => ("role", role),
            ("sort", "average_time") => ("sort", "mean"),
            ("sort", "total_time") => ("sort", "time"),
            ("min_average_time", least) => ("min_ms", least),
            ("start_at" | "end_at" | "debug", _) => return None,
            same => same,
        };
        Some((name.to_owned(), value.to_owned()))
    });
    ours.chain(window).collect()
}

/// PgHero writes a queryid as 64 bits without a sign in hexadecimal (`v=2`), and wrote it in decimal.
fn queryid(hash: &str, hexadecimal: bool) -> Option<String> {
    let decimal = || hash.parse::<i64>().ok().or_else(|| hash.parse().ok().map(u64::cast_signed));
    let bits = || u64::from_str_radix(hash, 16).ok().map(u64::cast_signed);
    let id = if hexadecimal { bits() } else { decimal().or_else(bits) };
    id.map(|id| id.to_string())
}

fn address(database: &DatabaseId, page: &[String], pairs: &Pairs) -> String {
    // As forms encode, but for the space.
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let path: String = [&database.0].into_iter().chain(page).map(|segment| format!("/{}", encoded(segment))).collect();
    if pairs.is_empty() {
        path
    } else {
        format!("{path}?{}", Serializer::new(String::new()).extend_pairs(pairs).finish())
    }
}

fn decoded(segment: &str) -> String {
    let pairs = format!("x={}", segment.replace('+', "%2B").replace('&', "%26"));
    parse(pairs.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(address: &str, databases: &[&str]) -> Option<String> {
        let databases: Vec<DatabaseId> = databases.iter().map(|id| DatabaseId((*id).into())).collect();
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        moved(path, query, &databases)
    }

    /// R1 to R24, P14, P15: without a database, and under one.
    #[test]
    fn every_address_of_pgheros_leads_to_a_page() {
        for (old, new) in [
            ("space", "space"),
            ("space?days=30&sort=growth", "space?days=30&sort=growth"),
            ("space/my%20table?schema=Sales", "space/my%20table?schema=Sales"),
            ("index_bloat", "indexes?show=bloat"),
            ("index_bloat?sql=t", "indexes?show=bloat"),
            ("live_queries", "live"),
            ("live_queries?state=idle+in+transaction", "live?state=idle+in+transaction"),
            ("queries", "queries"),
            ("queries?sort=average_time&user=app", "queries?sort=mean&role=app"),
            (
                "queries?sort=total_time&min_average_time=5&min_calls=9&debug=1",
                "queries?sort=time&min_ms=5&min_calls=9",
            ),
            (
                "queries?start_at=2026-11-21T00:00:00Z&end_at=2026-11-21T06:00:00Z",
                "queries?window=2026-11-21T00%3A00%3A00Z%2F2026-11-21T06%3A00%3A00Z",
            ),
            ("queries?start_at=yesterday", "queries"),
            ("queries/ffffffffffffffff?v=2", "queries/-1"),
            ("queries/10?v=2&user=app", "queries/16?role=app"),
            ("queries/-5", "queries/-5"),
            ("queries/18446744073709551615", "queries/-1"),
            ("queries/7fffffffffffffff", "queries/9223372036854775807"),
            ("query_stats", "queries"),
            ("system", "system"),
            ("system_stats", "system"),
            ("cpu_usage?duration=3600&period=60", "system"),
            ("connection_stats", "system"),
            ("replication_lag_stats", "system"),
            ("load_stats", "system"),
            ("free_space_stats", "system"),
            ("explain", "explain"),
            ("tune?autovacuum=t", "tune?autovacuum=t"),
            ("connections?security=t", "connections?security=t"),
            ("maintenance?dead_rows=t", "maintenance?dead_rows=t"),
            ("kill", "live"),
            ("kill_long_running_queries", "live"),
            ("kill_all", "live"),
            ("enable_query_stats", "queries"),
            ("reset_query_stats", "queries"),
        ] {
            for databases in [&["größe"][..], &["größe", "shop"]] {
                let first = format!("/gr%C3%B6%C3%9Fe/{new}");
                assert_eq!(to(&format!("/{old}"), databases), Some(first), "/{old}");
            }
            let under = to(&format!("/a%20b/{old}"), &["shop", "a b"]);
            let moved = old != new;
            assert_eq!(under, moved.then(|| format!("/a%20b/{new}")), "/a b/{old}");
        }
    }

    #[test]
    fn what_is_herons_or_nobodys_stays_where_it_is() {
        for address in [
            "/",
            "/?extended=1",
            "/shop",
            "/shop/queries?sort=mean&window=24h",
            "/shop/queries/-5?role=app",
            "/shop/live?state=active",
            "/shop/indexes?show=bloat",
            "/nope/live_queries",
            "/nope",
            "/health",
            "/sign-in",
            "/users",
            "/shop/queries/nonsense",
            "/api/sign_in",
            "/pkg/heron.css",
            "/shop/space/x/y",
        ] {
            assert_eq!(to(address, &["shop", "other"]), None, "{address}");
        }
        assert_eq!(to("/live_queries", &[]), None);
        // A database may be called like a page of PgHero's.
        assert_eq!(to("/space", &["shop", "space"]), None);
        assert_eq!(to("/space/live_queries", &["shop", "space"]), Some("/space/live".into()));
    }
}

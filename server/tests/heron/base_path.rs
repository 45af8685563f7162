//! C12: Heron under a path, behind a proxy that keeps it and behind one that takes it away.

use crate::support::{Answer, PASSWORD, TestApp};
use app::BasePath;
use dashboard::Settings;
use http::StatusCode;
use testkit::{Postgres, major};

/// Every address a page holds, in links, forms, files and scripts.
fn addresses(answer: &Answer) -> Vec<String> {
    let attributes = ["href=\"", "action=\"", "src=\""].iter().flat_map(|name| answer.body.split(name).skip(1));
    let quoted = attributes.filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    let scripts = answer.body.split("<script").skip(1).filter_map(|rest| rest.split("</script>").next());
    let imported = scripts.flat_map(|script| script.split(['"', '\'']).filter(|text| text.starts_with('/')));
    quoted.filter(|address| !address.starts_with('#')).chain(imported.map(str::to_owned)).collect()
}

async fn app(database: &testkit::TestDatabase) -> TestApp {
    let databases = [("shop", database.url.as_str()), ("größe", database.url.as_str())];
    TestApp::under(BasePath::parse("/team/heron").unwrap(), &databases, Settings::default()).await
}

/// C12.
#[tokio::test]
async fn every_address_on_every_page_begins_with_the_base_path() {
    let database = Postgres::shared(major()).database_with_statements().await;
    let app = app(&database).await;
    let check = |answer: &Answer| {
        let addresses = addresses(answer);
        assert!(addresses.len() > 5, "{addresses:?}");
        for address in addresses {
            let relative = !address.starts_with('/') && !address.contains(':');
            // The islands' script is given the path itself.
            let ours = address == "/team/heron" || address.starts_with("/team/heron/");
            assert!(ours || relative, "{address} leaves the base path:\n{}", answer.body);
        }
    };
    check(&app.page("/team/heron/sign-in").await);
    app.sign_in_under("/team/heron").await;
    let pages = app.page("/team/heron/").await;
    check(&pages);
    // From the rail of the overview to every page there is.
    let overview = app.page("/team/heron/shop").await;
    let rail: Vec<String> =
        addresses(&overview).into_iter().filter(|address| address.starts_with("/team/heron/shop")).collect();
    assert!(rail.iter().any(|address| address.starts_with("/team/heron/shop/queries")), "{rail:?}");
    for address in rail {
        let answer = app.get(&address.replace("&amp;", "&")).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        if answer.header("content-type").starts_with("text/html") {
            check(&answer);
        }
    }
    check(&app.get("/team/heron/nowhere/at/all").await);
}

#[tokio::test]
async fn a_proxy_may_keep_the_path_or_take_it_away() {
    let database = Postgres::shared(major()).database().await;
    let app = app(&database).await;
    for prefix in ["/team/heron", ""] {
        let home = app.get(if prefix.is_empty() { "/" } else { prefix }).await;
        assert_eq!((home.status, home.location()), (StatusCode::SEE_OTHER, "/team/heron/sign-in"), "{prefix:?}");
        let page = app.get(&format!("{prefix}/shop/queries?sort=calls")).await;
        assert_eq!(page.location(), "/team/heron/sign-in?next=%2Fshop%2Fqueries%3Fsort%3Dcalls");
        assert_eq!(app.page(&format!("{prefix}/health")).await.body, "OK\n");
        assert_eq!(app.get(&format!("{prefix}/favicon.svg")).await.status, StatusCode::OK);
    }
    // Only the whole path is one.
    assert_eq!(app.get("/team/heronry").await.location(), "/team/heron/sign-in?next=%2Fteam%2Fheronry");
}

#[tokio::test]
async fn signing_in_and_out_stays_under_the_path() {
    let database = Postgres::shared(major()).database().await;
    let app = app(&database).await;
    for prefix in ["/team/heron", ""] {
        app.set_cookie(None);
        if app.store.accounts().await.unwrap().is_empty() {
            app.sign_in_under(prefix).await;
        }
        let form = [("name", "Ada"), ("password", PASSWORD), ("next", "/shop/live")];
        let answer = app.post(&format!("{prefix}/api/sign_in"), &form).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, "/team/heron/shop/live"), "{}", answer.body);
        assert!(answer.header("set-cookie").contains("Path=/team/heron;"), "{}", answer.header("set-cookie"));
        app.page(&format!("{prefix}/shop/live")).await;
        let answer = app.post(&format!("{prefix}/api/sign_out"), &[("", "")]).await;
        assert_eq!(answer.location(), "/team/heron/sign-in");
    }
}

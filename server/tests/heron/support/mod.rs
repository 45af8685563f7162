//! Heron as a browser meets it: the whole router over a fresh store, and somebody who signs in.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use advisor::Thresholds;
use app::BasePath;
use axum::{Router, body::Body};
use collector::Collector;
use dashboard::{Dashboard, Settings};
use dataset::Database;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use model::{DatabaseId, Millis, Person, Role};
use probe::{Fleet, Limits};
use server::{config::Config, routes, site};
use store::Store;
use tempfile::TempDir;
use tower::ServiceExt;
use url::Url;

/// The password of whoever signs in.
pub const PASSWORD: &str = "correct horse battery";

/// The pages of a database.
pub const PAGES: &[&str] = &[
    "",
    "/live",
    "/locks",
    "/connections",
    "/queries",
    "/queries/1",
    "/space",
    "/space?show=each",
    "/indexes",
    "/indexes?show=usage",
    "/indexes?show=caching",
    "/indexes?show=bloat",
    "/maintenance",
    "/replication",
    "/tune",
];

/// The pages of a database that are there without an answer of its server.
pub const PAGES_WITHOUT_IT: &[&str] = &["/explain", "/system"];

/// The site, and one browser that looks at it.
pub struct TestApp {
    pub store: Store,
    pub collector: Collector,
    router: Router,
    config: Config,
    cookie: Mutex<Option<String>>,
    folder: Arc<TempDir>,
}

impl TestApp {
    /// The site over these databases, by id and URL. Nobody is signed in.
    pub async fn new(databases: &[(&str, &str)]) -> Self {
        Self::with(databases, Thresholds::default()).await
    }

    /// The same, with other thresholds.
    pub async fn with(databases: &[(&str, &str)], thresholds: Thresholds) -> Self {
        Self::under(BasePath::default(), databases, Settings { thresholds, ..Settings::default() }).await
    }

    /// The same, under a path and with other settings.
    pub async fn under(base_path: BasePath, databases: &[(&str, &str)], settings: Settings) -> Self {
        let databases = databases.iter().map(|(id, url)| (DatabaseId((*id).into()), (*url).to_owned())).collect();
        let config = Config { base_path, databases, settings, ..Config::default() };
        Self::at(Arc::new(tempfile::tempdir().unwrap()), config, None).await
    }

    /// The site over one database called `shop`, with somebody signed in.
    pub async fn watching(url: &str) -> Self {
        let app = Self::new(&[("shop", url)]).await;
        app.sign_in().await;
        app
    }

    async fn at(folder: Arc<TempDir>, config: Config, cookie: Option<String>) -> Self {
        let store = format!("sqlite://{}/heron.db", folder.path().display());
        let config = Config { store: store.clone(), keep: Duration::from_secs(24 * 3600), ..config };
        let store = Store::open(&store).await.unwrap();
        let fleet = Arc::new(Fleet::new(config.databases.clone(), Limits::default()).unwrap());
        let collector = Collector::new(fleet.clone(), store.clone(), config.capture_interval, config.keep);
        let dashboard = Dashboard::new(fleet, store.clone(), config.settings.clone());
        let router = routes::router(site::options(&config), dashboard.clone(), store.clone(), &config);
        Self { store, collector, router, config, cookie: Mutex::new(cookie), folder }
    }

    /// Stops Heron and starts it again on the same store; the browser keeps its cookie.
    pub async fn restart(self) -> Self {
        self.store.close().await;
        let cookie = self.cookie();
        Self::at(self.folder, self.config, cookie).await
    }

    /// Another process on the same store, with the same browser before it.
    pub async fn beside(&self) -> Self {
        Self::at(self.folder.clone(), self.config.clone(), self.cookie()).await
    }

    /// Makes an account, follows its one-time link and is signed in.
    pub async fn sign_in(&self) -> Person {
        self.sign_in_under("").await
    }

    /// The same, where a proxy shows the site under a path.
    pub async fn sign_in_under(&self, path: &str) -> Person {
        let person = self.store.add_account("Ada", Role::Administrator).await.unwrap();
        let ticket = self.store.issue_ticket(person.id, Millis::from_secs(60)).await.unwrap();
        let form = [("ticket", ticket.secret()), ("password", PASSWORD), ("again", PASSWORD)];
        let answer = self.post(&format!("{path}/api/redeem"), &form).await;
        let home = self.config.base_path.link("/");
        assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, home.as_str()), "{}", answer.body);
        assert!(self.cookie().is_some(), "no cookie was set");
        person
    }

    /// Makes an account of that role and is signed in as it, whoever was signed in before.
    pub async fn sign_in_as(&self, name: &str, role: Role) -> Person {
        let person = self.store.add_account(name, role).await.unwrap();
        let ticket = self.store.issue_ticket(person.id, Millis::from_secs(60)).await.unwrap();
        self.set_cookie(None);
        let form = [("ticket", ticket.secret()), ("password", PASSWORD), ("again", PASSWORD)];
        assert_eq!(self.post("/api/redeem", &form).await.status, StatusCode::FOUND);
        person
    }

    /// What the browser would send as its cookie.
    pub fn cookie(&self) -> Option<String> {
        self.cookie.lock().unwrap().clone()
    }

    /// Gives the browser another cookie, or none.
    pub fn set_cookie(&self, cookie: Option<String>) {
        *self.cookie.lock().unwrap() = cookie;
    }

    /// Follows a link.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    /// Follows a link and expects a page.
    pub async fn page(&self, path: &str) -> Answer {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer
    }

    /// Sends a form of one of Heron's own pages.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.send(Method::POST, path, &[("sec-fetch-site", "same-origin")], &form).await
    }

    /// Sends anything as a browser would, keeps the cookie it is given, and looks at what holds for every answer.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], form: &str) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "heron.test")
            .header(header::ACCEPT, "text/html,application/xhtml+xml");
        if !form.is_empty() {
            request = request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::REFERER, "http://heron.test/sign-in");
        }
        if let Some(cookie) = self.cookie() {
            request = request.header(header::COOKIE, cookie);
        }
        let mut request = request.body(Body::from(form.to_owned())).unwrap();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let over = attributes.contains("Max-Age=0");
            self.set_cookie((!over).then(|| pair.to_owned()));
        }
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        answer.holds_what_every_answer_promises(path, &self.secrets());
        answer
    }

    /// What nobody may ever read.
    fn secrets(&self) -> Vec<String> {
        let urls = self.config.databases.iter().filter_map(|(_, url)| Url::parse(url).ok());
        urls.filter_map(|url| url.password().map(str::to_owned)).chain([PASSWORD.to_owned()]).collect()
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }

    pub fn says(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    #[track_caller]
    pub fn must_say(&self, text: &str) {
        assert!(self.says(text), "the page does not say {text:?}:\n{}", self.text());
    }

    #[track_caller]
    pub fn must_not_say(&self, text: &str) {
        assert!(!self.says(text), "the page says {text:?}:\n{}", self.text());
    }

    /// The words of the page between tags, in order.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let body = self.body.split_once("<body").map_or(self.body.as_str(), |(_, body)| body);
        for piece in body.split('<').filter(|piece| !piece.starts_with("script")).skip(1) {
            text.push_str(piece.split_once('>').map_or("", |(_, after)| after));
        }
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#x27;", "'")
            .replace("&amp;", "&")
    }

    fn is_page(&self) -> bool {
        self.header("content-type").starts_with("text/html")
    }

    /// Headers, and of pages: whole, no inline style or handler, scripts by nonce only, no secret.
    #[track_caller]
    fn holds_what_every_answer_promises(&self, path: &str, secrets: &[String]) {
        let policy = self.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(self.header("referrer-policy"), "same-origin", "{path}");
        for secret in secrets {
            assert!(!self.body.contains(secret.as_str()), "{path} shows a secret:\n{}", self.body);
            let headers = format!("{:?}", self.headers);
            assert!(!headers.contains(secret.as_str()), "{path} sends a secret: {headers}");
        }
        if !self.is_page() {
            return;
        }
        assert!(self.body.contains("</body></html>"), "{path} is not whole:\n{}", self.body);
        let nonce =
            policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).map_or("", |(nonce, _)| nonce);
        assert!(nonce.len() >= 16, "{path}: {policy}");
        for tag in self.body.split('<').filter_map(|piece| piece.split_once('>').map(|(tag, _)| tag)) {
            assert!(!tag.contains(" style="), "{path}: <{tag}>");
            assert!(!tag.split(' ').any(|attribute| attribute.starts_with("on") && attribute.contains('=')), "<{tag}>");
            if tag.starts_with("script") {
                assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{path}: <{tag}>");
            }
        }
    }
}

/// Runs SQL as whoever `database` is connected as. The text of a test leaks, and is gone when its process is.
pub async fn run(database: &Database, sql: &str) {
    let text: &'static str = sql.to_owned().leak();
    database.execute_script(text).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Asks until the answer is there, for a generous time.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}: not within a minute")
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The rows of a page's tables: the text of each cell by the heading of its column.
pub fn rows(answer: &Answer) -> Vec<HashMap<String, String>> {
    let text = |html: &str| -> String {
        let html = format!(">{html}");
        html.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text).collect()
    };
    let mut rows = Vec::new();
    for table in answer.body.split("<table").skip(1).filter_map(|rest| rest.split("</table>").next()) {
        let headings: Vec<String> = table
            .split("<th ")
            .skip(1)
            .filter_map(|rest| rest.split("</th>").next())
            .map(|cell| text(&format!("<{cell}")))
            .collect();
        for row in table.split("<tr").filter_map(|rest| rest.split("</tr>").next()).filter(|row| row.contains("<td")) {
            let cells = row.split("<td").skip(1).filter_map(|rest| rest.split("</td>").next());
            let cells = cells.map(|cell| text(&format!("<{cell}")));
            rows.push(headings.iter().cloned().zip(cells).collect());
        }
    }
    rows
}

//! How a server is spoken to so that nobody listens in: certificates made here, on a real PostgreSQL and MariaDB.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{path::PathBuf, time::Duration};

use dataset::{Database, Error, Kind, Options, Tls, TlsMode, Value};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

#[tokio::test]
async fn tls_that_cannot_be_is_refused() {
    let tls = Options { tls: Some(Tls::new(TlsMode::Require)), ..Options::default() };
    assert_eq!(Database::connect_with("sqlite::memory:", tls.clone()).await.unwrap_err().kind(), Kind::InvalidValue);
    for url in ["postgres://h/d?sslmode=disable", "mysql://h/d?ssl-mode=disabled", "postgres://h/d?sslmod=require"] {
        assert_eq!(Database::lazy(url, tls.clone()).unwrap_err().kind(), Kind::InvalidValue, "{url}");
    }
    for url in ["postgres://h/d?sslmod=require", "mysql://h/d?sslmod=x", "postgres://h/d?sslmode=nonsense"] {
        assert_eq!(Database::lazy(url, Options::default()).unwrap_err().kind(), Kind::InvalidValue, "{url}");
    }
}

/// Somebody whose signature is trusted, or not.
type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key.
struct Signed {
    cert: String,
    key: String,
}

fn signed(by: &Authority, name: &str) -> Signed {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    Signed { cert: params.signed_by(&key, by).unwrap().pem(), key: key.serialize_pem() }
}

/// PEM files for a client.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, pem: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path
    }

    fn pair(&self, name: &str, signed: &Signed) -> (PathBuf, PathBuf) {
        (self.put(&format!("{name}.pem"), &signed.cert), self.put(&format!("{name}.key"), &signed.key))
    }
}

fn with(tls: Tls) -> Options {
    Options { tls: Some(tls), connect_timeout: Duration::from_secs(10), ..Options::default() }
}

fn at(url: &str, host: &str) -> String {
    let mut url = url::Url::parse(url).unwrap();
    url.set_host(Some(host)).unwrap();
    url.into()
}

/// Every mode with the right authority, a wrong one and none, under the name of the certificate and under another.
async fn every_mode(url: &str, right: &PathBuf, wrong: &PathBuf, encrypted: impl AsyncFn(&Database) -> bool) {
    let (named, other) = (at(url, "localhost"), at(url, "127.0.0.1"));
    let tls = |mode, root: Option<&PathBuf>| Tls { root_cert: root.cloned(), ..Tls::new(mode) };
    let spoken = async |url: &str, tls: Tls| -> Result<bool, Error> {
        Ok(encrypted(&Database::connect_with(url, with(tls)).await?).await)
    };
    use TlsMode::{Disable, Prefer, Require, VerifyCa, VerifyFull};
    for (mode, root, url, want) in [
        (Disable, None, &other, Some(false)),
        (Prefer, None, &other, Some(true)),
        (Require, None, &other, Some(true)),
        (VerifyCa, Some(right), &named, Some(true)),
        (VerifyCa, Some(right), &other, Some(true)),
        (VerifyCa, Some(wrong), &named, None),
        (VerifyCa, None, &named, None),
        (VerifyFull, Some(right), &named, Some(true)),
        (VerifyFull, Some(right), &other, None),
        (VerifyFull, Some(wrong), &named, None),
        (VerifyFull, None, &named, None),
    ] {
        let outcome = spoken(url, tls(mode, root)).await;
        match want {
            Some(want) => assert_eq!(outcome.unwrap(), want, "{mode:?} {root:?} {url}"),
            None => {
                let error = outcome.expect_err(&format!("{mode:?} {root:?} {url}"));
                assert_eq!(error.kind(), Kind::Disconnect, "{error:?}");
                assert!(error.message().to_lowercase().contains("certificate"), "{error}");
            }
        }
    }
    // Where nothing is said, on this machine: encrypted if the server can.
    assert!(encrypted(&Database::connect(&other).await.unwrap()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_on_postgres() {
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    let server = testkit::Postgres::start_own(testkit::major(), &[]);
    let admin = server.connect().await;
    let sql = async |sql: String| admin.execute(sql.leak(), []).await.unwrap();
    // The server writes its own files, so that they belong to it.
    let place = async |file: &str, text: &str| {
        let lines = text.trim_end().lines().map(|line| format!("('{line}')")).collect::<Vec<_>>().join(",");
        let private = format!("cat > {file}.new && chmod 600 {file}.new && mv {file}.new {file}");
        sql(format!("copy (select line from (values {lines}) t (line)) to program '{private}'")).await;
    };
    let us = signed(&ours, "localhost");
    place("server.crt", &us.cert).await;
    place("server.key", &us.key).await;
    place("root.crt", &ours.pem()).await;
    let rules = admin.fetch("select pg_read_file('pg_hba.conf')", []).get::<String>().await.unwrap().unwrap();
    place("pg_hba.conf", &format!("hostssl all certified all cert\nhostnossl all discreet all reject\n{rules}")).await;
    sql("alter system set ssl_ca_file = 'root.crt'".into()).await;
    sql("alter system set ssl = on".into()).await;
    sql("create role certified login".into()).await;
    sql("create role discreet login password 'x'".into()).await;

    // Before it is told to, it does not speak TLS.
    let url = server.url("postgres");
    for mode in [TlsMode::Require, TlsMode::VerifyCa, TlsMode::VerifyFull] {
        let error = Database::connect_with(&url, with(Tls::new(mode))).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Disconnect, "{error:?}");
        assert!(error.message().contains("does not speak TLS"), "{error}");
    }
    let encrypted = async |db: &Database| {
        let sql = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
        db.fetch(sql, []).get::<bool>().await.unwrap().unwrap()
    };
    for options in [with(Tls::new(TlsMode::Prefer)), Options::default()] {
        assert!(!encrypted(&Database::connect_with(&url, options).await.unwrap()).await);
    }
    sql("select pg_reload_conf()".into()).await;
    let told = async || Database::connect_with(&url, with(Tls::new(TlsMode::Require))).await.is_ok();
    for _ in 0..100 {
        if told().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let files = Files::new();
    let (right, wrong) = (files.put("ours.pem", &ours.pem()), files.put("theirs.pem", &theirs.pem()));
    every_mode(&url, &right, &wrong, encrypted).await;

    // The same words in the URL.
    let said = async |query: &str| Database::connect(&format!("{}?{query}", at(&url, "localhost"))).await;
    assert!(encrypted(&said(&format!("sslmode=verify-full&sslrootcert={}", right.display())).await.unwrap()).await);
    said(&format!("sslmode=verify-full&sslrootcert={}", wrong.display())).await.unwrap_err();
    assert!(!encrypted(&said("sslmode=disable").await.unwrap()).await);

    // Who must not come in clear, and who needs a certificate.
    let named = |user: &str, password: &str| {
        let mut url = url::Url::parse(&url).unwrap();
        url.set_username(user).unwrap();
        url.set_password(Some(password)).unwrap();
        String::from(url)
    };
    let discreet = async |mode| Database::connect_with(&named("discreet", "x"), with(Tls::new(mode))).await;
    assert_eq!(discreet(TlsMode::Disable).await.unwrap_err().kind(), Kind::Authentication);
    discreet(TlsMode::Require).await.unwrap();
    let shown = async |cert: Option<&Signed>| {
        let client_cert = cert.map(|cert| files.pair("client", cert));
        let tls = Tls { client_cert, root_cert: Some(right.clone()), ..Tls::new(TlsMode::VerifyCa) };
        Database::connect_with(&named("certified", ""), with(tls)).await
    };
    let db = shown(Some(&signed(&ours, "certified"))).await.unwrap();
    let user = db.fetch("select current_user::text", [] as [Value; 0]).get::<String>().await.unwrap();
    assert_eq!(user.as_deref(), Some("certified"));
    assert_eq!(shown(Some(&signed(&ours, "somebody else"))).await.unwrap_err().kind(), Kind::Authentication);
    assert_eq!(shown(None).await.unwrap_err().kind(), Kind::Authentication);
    assert_eq!(shown(Some(&signed(&theirs, "certified"))).await.unwrap_err().kind(), Kind::Disconnect);
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_on_mariadb() {
    let (ours, theirs, files) = (authority("ours"), authority("theirs"), Files::new());
    let (right, wrong) = (files.put("ours.pem", &ours.pem()), files.put("theirs.pem", &theirs.pem()));
    let (cert, key) = files.pair("server", &signed(&ours, "localhost"));
    let options =
        [("cert", &cert), ("key", &key), ("ca", &right)].map(|(what, file)| format!("--ssl-{what}={}", file.display()));
    let Some(server) = testkit::MariaDb::start_with(&options) else {
        assert!(std::env::var("CI").is_err(), "no mariadbd on this machine");
        println!("no mariadbd on this machine: nothing was tested");
        return;
    };
    let url = server.database().await;
    let encrypted = async |db: &Database| {
        let sql = "select variable_value from information_schema.session_status where variable_name = 'Ssl_cipher'";
        !db.fetch(sql, []).get::<String>().await.unwrap().unwrap().is_empty()
    };
    every_mode(&url, &right, &wrong, encrypted).await;
    let said = format!("{}?ssl-mode=verify_identity&ssl-ca={}", at(&url, "localhost"), right.display());
    assert!(encrypted(&Database::connect(&said).await.unwrap()).await);

    let admin = Database::connect(&url).await.unwrap();
    let sql = "create user certified@'127.0.0.1' identified by 'x' require subject '/CN=certified'; grant all on *.* to certified@'127.0.0.1'";
    admin.execute_script(sql).await.unwrap();
    let mut certified = url::Url::parse(&url).unwrap();
    certified.set_username("certified").unwrap();
    certified.set_password(Some("x")).unwrap();
    let shown = async |cert: Option<&Signed>| {
        let client_cert = cert.map(|cert| files.pair("client", cert));
        let tls = Tls { client_cert, root_cert: Some(right.clone()), ..Tls::new(TlsMode::VerifyCa) };
        Database::connect_with(certified.as_str(), with(tls)).await
    };
    shown(Some(&signed(&ours, "certified"))).await.unwrap();
    assert_eq!(shown(Some(&signed(&ours, "somebody else"))).await.unwrap_err().kind(), Kind::Authentication);
    assert_eq!(shown(None).await.unwrap_err().kind(), Kind::Authentication);
}

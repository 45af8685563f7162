//! The house stands as it is drawn: who may import whom, and where SQL may stand.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Who may import whom. Nobody else may import anybody.
const ARROWS: [(&str, &[&str]); 12] = [
    ("model", &[]),
    ("dataset", &[]),
    ("advisor", &["model"]),
    ("probe", &["dataset", "model"]),
    ("store", &["dataset", "model"]),
    ("collector", &["advisor", "model", "probe", "store"]),
    ("dashboard", &["advisor", "collector", "model", "probe", "store"]),
    ("app", &["advisor", "dashboard", "model"]),
    ("server", &["advisor", "app", "collector", "dashboard", "model", "probe", "store"]),
    ("frontend", &["app"]),
    ("testkit", &["dataset"]),
    ("bench-pages", &["dataset", "model", "store", "testkit"]),
];

/// Nothing of a server goes into a browser.
const NOT_IN_THE_BROWSER: [&str; 15] = [
    "argon2",
    "axum",
    "collector",
    "dashboard",
    "dataset",
    "hyper",
    "probe",
    "reqwest",
    "rustls",
    "sea-query",
    "sqlx",
    "store",
    "tokio",
    "tower",
    "tower-sessions",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output =
        Command::new(cargo).args(arguments).args(["--locked", "--offline"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Our crates by name, as `cargo metadata` tells of them.
fn packages() -> BTreeMap<String, Value> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--format-version=1", "--no-deps"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.map(|package| (package["name"].as_str().unwrap().to_owned(), package.clone())).collect()
}

/// What a crate of ours needs of ours, other than for its tests.
fn ours(package: &Value) -> impl Iterator<Item = &Value> {
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    dependencies.filter(|dependency| dependency["kind"] != "dev" && dependency["path"].is_string())
}

fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap()
}

#[test]
fn every_arrow_is_one_of_the_drawing() {
    let packages = packages();
    let drawn: BTreeMap<_, _> = ARROWS.into_iter().collect();
    assert_eq!(packages.keys().map(String::as_str).collect::<BTreeSet<_>>(), drawn.keys().copied().collect());
    let mut wrong = Vec::new();
    for package in packages.values() {
        let allowed = drawn[name(package)];
        let others = ours(package).map(name).filter(|dependency| !allowed.contains(dependency));
        wrong.extend(others.map(|dependency| format!("{} -> {dependency}", name(package))));
    }
    assert!(wrong.is_empty(), "arrows that are not in the drawing: {wrong:?}");
}

#[test]
fn the_app_needs_the_dashboard_on_the_server_only() {
    let app = &packages()["app"];
    let dashboard = ours(app).find(|dependency| name(dependency) == "dashboard").unwrap();
    assert_eq!(dashboard["optional"], true);
    let features = app["features"].as_object().unwrap();
    let switches = features
        .iter()
        .filter(|(_, parts)| parts.as_array().unwrap().iter().any(|part| part.as_str().unwrap().contains("dashboard")));
    assert_eq!(switches.map(|(feature, _)| feature.as_str()).collect::<Vec<_>>(), ["ssr"]);
}

#[test]
fn the_frontend_needs_nothing_but_in_the_browser() {
    for dependency in packages()["frontend"]["dependencies"].as_array().unwrap() {
        assert_eq!(dependency["target"], r#"cfg(target_arch = "wasm32")"#, "{}", name(dependency));
    }
}

#[test]
fn no_server_crate_goes_into_the_browser() {
    let tree =
        cargo(&["tree", "-p", "frontend", "--target", "wasm32-unknown-unknown", "-e", "normal", "--prefix", "none"]);
    let crates: BTreeSet<_> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(crates.contains("app"), "{tree}");
    let strangers: Vec<_> = NOT_IN_THE_BROWSER.into_iter().filter(|name| crates.contains(name)).collect();
    assert!(strangers.is_empty(), "in the browser's tree: {strangers:?}");
}

#[test]
fn only_dataset_names_the_database_libraries() {
    for (name, package) in packages() {
        for dependency in package["dependencies"].as_array().unwrap() {
            let library = dependency["name"].as_str().unwrap();
            let of_databases = ["sqlx", "sea-query"].iter().any(|start| library.starts_with(start));
            assert!(name == "dataset" || !of_databases, "{name} names {library}");
        }
    }
}

/// The Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The string literals that begin with one of these words.
fn literals<'a>(code: &'a str, words: &'a [&str]) -> impl Iterator<Item = &'a str> {
    code.split('"').skip(1).filter(move |text| {
        let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
        words.iter().any(|word| text.strip_prefix(word).is_some_and(|rest| rest.starts_with(char::is_whitespace)))
    })
}

#[test]
fn sql_stands_in_probe_and_in_the_migrations() {
    // dataset makes SQL, testkit plays everybody, and what advisor writes is for people to paste.
    let elsewhere =
        ["app/src", "frontend/src", "server/src", "crates/collector/src", "crates/dashboard/src", "crates/model/src"];
    let queries = ["SELECT", "INSERT INTO", "UPDATE", "DELETE FROM", "WITH", "MERGE INTO", "TRUNCATE"];
    let mut found = Vec::new();
    let mut look = |folder: &str, words: &[&str], files_too: bool| {
        for path in sources(&root().join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            // Tests may say what they like; comments too.
            let code = text.split("#[cfg(test)]").next().unwrap();
            let code: String = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .flat_map(|line| [line, "\n"])
                .collect();
            let path = path.strip_prefix(root()).unwrap().display();
            found.extend(literals(&code, words).map(|text| format!("{path}: {}", text.lines().next().unwrap())));
            if files_too && code.contains("include_str!") && code.contains(".sql\"") {
                found.push(format!("{path}: includes SQL"));
            }
        }
    };
    for folder in elsewhere {
        look(folder, &queries, true);
    }
    // The store speaks dataset; its migrations are the only text.
    look("crates/store/src", &queries, false);
    assert!(found.is_empty(), "SQL outside of crates/probe and crates/store/migrations:\n{}", found.join("\n"));
}

#[test]
fn the_site_is_called_the_same_when_built_and_when_served() {
    let read = |file: &str| -> toml::Value {
        fs::read_to_string(root().join(file)).unwrap().parse::<toml::Table>().unwrap().into()
    };
    let options = |value: toml::Value| value["workspace"]["metadata"]["leptos"][0].clone();
    let (built, served) = (options(read("Cargo.toml")), options(read("Leptos.toml")));
    for key in ["output-name", "site-pkg-dir", "site-addr", "hash-files"] {
        assert_eq!(built.get(key), served.get(key), "{key}");
    }
    // cargo-leptos puts it below target, a release has it beside the program.
    let place = Path::new(built["site-root"].as_str().unwrap()).file_name().unwrap();
    assert_eq!(place.to_str(), served["site-root"].as_str());
    let told = &read(".cargo/config.toml")["env"]["LEPTOS_OUTPUT_NAME"];
    assert_eq!(Some(told), served.get("output-name"));
}

/// What stands in a text between a mark and the next `end`, for each mark.
fn after<'a>(text: &'a str, mark: &'a str, end: char) -> impl Iterator<Item = &'a str> {
    text.split(mark).skip(1).filter_map(move |rest| rest.split(end).next())
}

/// Every test of ours, as `probe::actions::a_table_is_analyzed`: the crate, the file, the test; and those in a browser.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut add = |crate_: &str, file: &Path, name: &str| {
        let parts =
            file.iter().filter_map(|part| part.to_str()).filter(|part| !["src", "tests", "mod", "lib"].contains(part));
        found.insert([crate_].into_iter().chain(parts).chain([name]).collect::<Vec<_>>().join("::"));
    };
    for (crate_, package) in packages() {
        let folder = Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap();
        for path in sources(folder) {
            let (text, file) =
                (fs::read_to_string(&path).unwrap(), path.strip_prefix(folder).unwrap().with_extension(""));
            for test in ["#[test]", "#[tokio::test"].into_iter().flat_map(|mark| text.split(mark).skip(1)) {
                after(test, "fn ", '(').take(1).for_each(|name| add(&crate_, &file, name));
            }
            // A list of tests, each run on every database that can be a store.
            let listed = after(&text, "on_every_store! {", '}').flat_map(|list| list.split(';'));
            listed.for_each(|name| add(&crate_, &file, name.trim()));
        }
    }
    for path in fs::read_dir(root().join("end2end/tests")).unwrap().map(|entry| entry.unwrap().path()) {
        let (text, name) = (fs::read_to_string(&path).unwrap(), path.file_name().unwrap().to_str().unwrap());
        after(&text, "test(\"", '"')
            .for_each(|test| add("end2end", Path::new(name.trim_end_matches(".spec.ts")), test));
    }
    found
}

/// docs/parity.md: whatever PgHero does has a test, by name.
#[test]
fn the_parity_page_names_tests_that_are_there() {
    let page = fs::read_to_string(root().join("docs/parity.md")).unwrap();
    let (tests, mut rows) = (tests(), BTreeSet::new());
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let named: Vec<&str> = row.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
        let id = row.split('|').nth(1).unwrap().trim();
        let heading = ["id", "file", "defect", "PgHero's methods (L1)"].contains(&id);
        assert!(heading || !named.is_empty(), "no test of {id}");
        for name in named {
            assert!(tests.contains(name), "{id}: there is no test {name}");
        }
        rows.insert(id);
    }
    let numbered = [("P", 15), ("O", 12), ("A", 6), ("L", 7), ("C", 12), ("D", 4), ("I", 2), ("", 24)];
    for id in numbered.iter().flat_map(|(letter, last)| (1..=*last).map(move |number| format!("{letter}{number}"))) {
        assert!(rows.contains(id.as_str()), "{id} has no row");
    }
}

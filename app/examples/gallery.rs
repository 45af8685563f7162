//! Every part with the content that breaks parts: `cargo run -p app --features ssr --example gallery` writes
//! `target/gallery/*.html`, light and dark, to look at in a browser or to photograph.

use std::{fs, io, path::Path};

use app::{
    chart::{Chart, ChartData, Hue, Line, Measure, Side},
    parts::{
        Age, At, Cell, DatabaseLink, Field, Frame, Level, LevelMark, Notice, Num, Pager, RailGroup, RailLink,
        SearchForm, ShareBar, Sort, SortHeader, Sparkline, Sql, Stat, Stats, Summary, VerdictList, WindowPickerView,
    },
};
use leptos::prelude::*;
use model::{
    Bytes, Check, Finding, Gap, Mark, Millis, Outcome, Person, Ratio, Remedy, Report, Role, Series, Severity,
    Timestamp, Verdict, Window,
};

const HOSTILE: &str = "</script><img src=x onerror=alert(1)>";
const LONG: &str = "this_schema_has_a_name_of_sixty_three_characters_which_is_allowed.and_so_has_this_table_which_nobody_dares_to_rename_any_more_ok";

type Page = fn() -> AnyView;

fn main() -> io::Result<()> {
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/gallery");
    let style = Path::new(env!("CARGO_MANIFEST_DIR")).join("../style");
    fs::create_dir_all(&out)?;
    for file in fs::read_dir(style)? {
        let file = file?;
        fs::copy(file.path(), out.join(file.file_name()))?;
    }
    let pages: [(&str, Page); 5] = [
        ("overview", || framed("Overview", overview())),
        ("queries", || framed("Queries", queries())),
        ("query", || framed("Queries", query())),
        ("states", || framed("Space", states())),
        ("sign-in", sign_in),
    ];
    for theme in ["light", "dark"] {
        for (name, page) in pages {
            let body = Owner::new().with(|| page().to_html());
            let html = format!(
                "<!DOCTYPE html><html lang=\"en\" data-theme=\"{theme}\" data-hydrated><head><meta charset=\"utf-8\">\
                 <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{name} · Heron</title>\
                 <link rel=\"stylesheet\" href=\"main.css\"></head><body>{body}</body></html>"
            );
            fs::write(out.join(format!("{name}-{theme}.html")), html)?;
        }
    }
    println!("{}", out.display());
    Ok(())
}

fn now() -> Timestamp {
    Timestamp(1_795_316_645_000_000)
}

fn ago(seconds: i64) -> Timestamp {
    now() - Millis::from_secs(seconds)
}

fn framed(current: &str, page: AnyView) -> AnyView {
    let database = |id: &str, label: &str, current: bool| DatabaseLink {
        id: id.into(),
        label: label.into(),
        href: format!("/{id}"),
        current,
    };
    let databases = vec![
        database("shop-eu-production", "shop-eu-production", true),
        database("ledger", "Hauptbuch für Größen & Maße", false),
        database("hostile", HOSTILE, false),
        database("long", LONG, false),
    ];
    let group = |title: &str, pages: &[&str]| RailGroup {
        title: title.into(),
        links: pages
            .iter()
            .map(|page| RailLink { label: (*page).into(), href: format!("/shop/{page}"), current: *page == current })
            .collect(),
    };
    let rail = vec![
        group("Now", &["Overview", "Live", "Locks", "Connections"]),
        group("Work", &["Queries", "Explain"]),
        group("Storage", &["Space", "Indexes", "Maintenance"]),
        group("Server", &["Replication", "System", "Tune"]),
    ];
    let account = vec![
        RailLink { label: "Accounts".into(), href: "/users".into(), current: false },
        RailLink { label: "Audit".into(), href: "/audit".into(), current: false },
    ];
    let person = Person { id: 1, name: "maren".into(), role: Role::Administrator };
    let window = WindowPickerView::new(Window::Last(1440), |window| format!("?window={window}"));
    let sign_out =
        || view! { <form method="post" action="/api/sign-out"><button class="button">"Sign out"</button></form> };
    view! {
        <Frame databases person account sign_out rail window as_of=now()>{page}</Frame>
    }
    .into_any()
}

fn overview() -> AnyView {
    let verdicts = verdicts();
    let report = Report {
        database: "shop".into(),
        server_version: Some("16.14".into()),
        taken_at: now(),
        verdicts: verdicts.clone(),
    };
    view! {
        <div class="page">
            <div class="page-head">
                <h1>"shop-eu-production"</h1>
                <p>"PostgreSQL 16.14, primary, started "<Age at=ago(4_000_000) now=now()/></p>
            </div>
            <Summary report/>
            <Stats>
                <Stat label="Connections" value="92 of 100" sub="61 idle in transaction" level=Level::Critical
                    trend=wave(40, 3) hue=Hue::Connections href="/shop/connections"/>
                <Stat label="Statement time" value="2.4 s/s" sub="last 24 hours: 0.8 s/s" trend=wave(40, 7)/>
                <Stat label="Calls" value="1,204/s" trend=wave(40, 5) hue=Hue::Calls/>
                <Stat label="Cache hit rate" value=Ratio(0.9994).to_string() sub="tables 99.96 %, indexes 99.90 %"/>
                <Stat label="Size" value=Bytes(812 << 30).to_string() sub="+ 4.10 GB in 7 days" trend=wave(40, 11) hue=Hue::Size/>
            </Stats>
            <VerdictList verdicts now=now()/>
            <section class="card">
                <Chart title="What the server did" sentence="Statement time rose from 300 to 2,400 ms per second at 02:10." data=day()/>
            </section>
        </div>
    }
    .into_any()
}

fn wave(count: usize, seed: usize) -> Vec<Option<f64>> {
    (0..count)
        .map(|n| {
            let value = ((n * seed) % 13) as f64 + 10.0 + (n as f64 / 5.0).sin() * 6.0;
            (!(count / 2..count / 2 + count / 12).contains(&n)).then_some(value)
        })
        .collect()
}

/// A day, a value every five minutes, two hours dark.
fn day() -> ChartData {
    let from = now() - Millis::from_secs(86_400);
    let at: Vec<_> = (0..=288).map(|n| from + Millis::from_secs(n * 300)).collect();
    let dark = 180..204;
    let value = |n: usize, height: f64| {
        (!dark.contains(&n)).then(|| height * (1.2 + (n as f64 / 23.0).sin() + ((n * 37) % 11) as f64 / 14.0))
    };
    let late = |n: usize| if n > 240 { 4.0 } else { 1.0 };
    let series = Series {
        load: (0..at.len()).map(|n| value(n, 300.0 * late(n)).map(Millis)).collect(),
        calls: (0..at.len()).map(|n| value(n, 410.0)).collect(),
        marks: vec![
            (at[60], Mark::Reset),
            (at[63], Mark::Eviction),
            (at[66], Mark::Eviction),
            (at[204], Mark::Restart),
            (at[280], Mark::Eviction),
        ],
        gaps: vec![Gap { from: at[180], to: at[204] }],
        at,
    };
    ChartData::load(&series, from, now())
}

fn finding(check: Check, severity: Severity, object: &str, title: &str, detail: &str) -> Finding {
    Finding {
        check,
        severity,
        object: object.into(),
        title: title.into(),
        detail: detail.into(),
        remedy: None,
        evidence: [].into(),
    }
}

fn verdict(check: Check, sentence: &str, number: Option<&str>, outcome: Outcome, age: i64) -> Verdict {
    Verdict {
        check,
        sentence: sentence.into(),
        number: number.map(Into::into),
        outcome,
        notes: Vec::new(),
        taken_at: ago(age),
    }
}

fn verdicts() -> Vec<Verdict> {
    let mut blocked = finding(
        Check::BlockedQuery,
        Severity::Critical,
        "pid 4711",
        "Session 4711 has waited 12 min 4 s for a lock that session 4690 holds",
        "4690 is idle in transaction since 02:31; whatever it began keeps the lock until it ends. Seven more sessions wait behind 4711.",
    );
    blocked.remedy = Some(Remedy {
        sql: "SELECT pg_terminate_backend(4690) -- idle in transaction since 2026-11-22 02:31:17 UTC".into(),
        caution: Some("The transaction of 4690 is rolled back. Its application sees a broken connection.".into()),
    });
    blocked.evidence = [
        ("waiting_seconds".to_owned(), 724_i64.into()),
        ("blocked_sessions".to_owned(), 8_i64.into()),
        ("lock".to_owned(), "AccessExclusiveLock on billing.invoices".into()),
        ("application".to_owned(), HOSTILE.into()),
    ]
    .into();
    let duplicate = |n: i64| {
        let name = if n == 3 { format!("{LONG}_idx") } else { format!("billing.invoices.invoices_account_id_idx{n}") };
        let mut one = finding(
            Check::DuplicateIndex,
            if n < 2 { Severity::Warning } else { Severity::Info },
            &name,
            &format!("Index {name} is covered by invoices_account_id_created_at_idx"),
            "Every write maintains both; every query that uses the first can use the second.",
        );
        one.remedy = Some(Remedy {
            sql: format!("DROP INDEX CONCURRENTLY {name};"),
            caution: (n == 0).then(|| "Cannot run inside a transaction.".into()),
        });
        one.evidence = [("size_bytes".to_owned(), (n * 123_456_789).into()), ("scans".to_owned(), 0_i64.into())].into();
        one
    };
    let mut partial =
        verdict(Check::LongRunningQuery, "No statement has run for long", Some("4.1 s"), Outcome::Healthy, 3);
    partial.notes.push(
        "Statements of 12 sessions of other roles are hidden: heron is not a member of pg_read_all_stats.".into(),
    );
    let mut slow = finding(
        Check::SlowQuery,
        Severity::Warning,
        "8123",
        "One statement takes 61 % of the time",
        "It reads 2.1 million rows a call to return 20.",
    );
    slow.remedy = Some(Remedy { sql: hostile_sql(), caution: None });
    vec![
        verdict(
            Check::BlockedQuery,
            "8 sessions wait for a lock, the first for 12 minutes",
            Some("12 min 4 s"),
            Outcome::Found(vec![blocked]),
            3,
        ),
        verdict(
            Check::Connections,
            "92 of 100 connections are in use",
            Some("92 %"),
            Outcome::Found(vec![finding(
                Check::Connections,
                Severity::Critical,
                "",
                "8 connections are left",
                "61 of them are idle in transaction.",
            )]),
            3,
        ),
        verdict(Check::SlowQuery, "1 statement takes most of the time", Some("61 %"), Outcome::Found(vec![slow]), 60),
        verdict(
            Check::DuplicateIndex,
            "145 indexes are covered by others, most of them small, some in schemas with very long names that nobody reads to the end",
            Some("12.4 GB"),
            Outcome::Found((0..145).map(duplicate).collect()),
            3600,
        ),
        verdict(
            Check::UnusedIndex,
            "3 indexes were never scanned",
            Some("310 MB"),
            Outcome::Found(vec![finding(
                Check::UnusedIndex,
                Severity::Info,
                "a.b",
                "a.b was never scanned",
                "Since 41 days.",
            )]),
            3600,
        ),
        verdict(
            Check::SuggestedIndex,
            "Indexes could not be suggested",
            None,
            Outcome::NotRun(
                "pg_stat_statements is not created in this database, so nobody knows which queries run.".into(),
            ),
            3600,
        ),
        partial,
        verdict(Check::InvalidIndex, "No invalid indexes", None, Outcome::Healthy, 3600),
        verdict(Check::CacheHitRate, "Reads are found in memory", Some("99.96 %"), Outcome::Healthy, 3),
        verdict(
            Check::TransactionIdWraparound,
            "Transaction ids last",
            Some("1,840,000,000 left"),
            Outcome::Healthy,
            3600,
        ),
        verdict(Check::ReplicationLag, "This server replays nothing", None, Outcome::NotApplicable, 3),
    ]
}

fn hostile_sql() -> String {
    format!(
        "-- {HOSTILE}\nSELECT o.\"Größe\", count(*) AS zahl, '{HOSTILE}' AS x\n  FROM billing.orders o\n  JOIN billing.order_lines l ON l.order_id = o.id AND l.amount > 12.5\n \
         WHERE o.created_at > now() - interval '7 days' AND o.state = ANY ($1)\n GROUP BY 1\n ORDER BY 2 DESC\n LIMIT $2"
    )
}

fn seven_kilobytes() -> String {
    let ids: Vec<_> = (1..900).map(|n| format!("${n}")).collect();
    format!("SELECT * FROM t WHERE id IN ({}) AND state <> 'cancelled'", ids.join(", "))
}

fn queries() -> AnyView {
    let rows = [
        (0.612, 1.0e7, 812_345, 12.34, hostile_sql()),
        (0.201, 3.3e6, 12, 275_000.0, seven_kilobytes()),
        (0.09, 1.4e6, 9_812_345, 0.15, "SELECT 1".into()),
        (0.000_3, 9.0e2, 3, 300.0, format!("SELECT count(*) FROM {LONG}")),
    ];
    let row = |(n, (share, total, calls, mean, sql)): (usize, (f64, f64, i64, f64, String))| {
        view! {
            <tr>
                <td class="wide"><Sql text=sql/><span class="muted">"role app · "<a class="row-link" href=format!("/shop/queries/{n}")>"queryid -81234567890"</a></span></td>
                <Cell label="Share"><ShareBar ratio=Ratio(share)/></Cell>
                <Num label="Total" value=Millis(total).to_string()/>
                <Num label="Calls" value=model::Count(calls).to_string()/>
                <Num label="Mean" value=Millis(mean).to_string()/>
                <Cell label="Trend"><Sparkline values=wave(30, n + 3) label="Time per call"/></Cell>
            </tr>
        }
    };
    view! {
        <div class="page">
            <div class="page-head"><h1>"Queries"</h1>
                <div class="toolbar">
                    <SearchForm action="/shop/queries" label="Search queries" value="orders"/>
                </div>
            </div>
            <nav class="tabs" aria-label="What"><a href="?" aria-current="page">"All"</a><a href="?new">"New"</a><a href="?slow">"Slow"</a></nav>
            <section class="card">
                <table>
                    <caption class="visually-hidden">"Statements by total time"</caption>
                    <thead><tr>
                        <th scope="col">"Statement"</th>
                        <SortHeader label="Share" href="?sort=time" sort=Sort::Descending numeric=false/>
                        <SortHeader label="Total" href="?sort=time" sort=None/>
                        <SortHeader label="Calls" href="?sort=calls" sort=None/>
                        <SortHeader label="Mean" href="?sort=mean" sort=None/>
                        <th scope="col">"Trend"</th>
                    </tr></thead>
                    <tbody>{rows.into_iter().enumerate().map(row).collect_view()}</tbody>
                </table>
                <Pager page=2 pages=13 total=1204 noun=("statement", "statements") href=Callback::new(|page: u32| format!("?page={page}"))/>
            </section>
        </div>
    }
    .into_any()
}

fn query() -> AnyView {
    let from = now() - Millis::from_secs(3600);
    let nothing = ChartData { from, to: now(), ..ChartData::default() };
    let at: Vec<_> = (0..=20).map(|n| from + Millis::from_secs(n * 180)).collect();
    let sizes = ChartData {
        from,
        to: now(),
        lines: vec![Line {
            name: "Size".into(),
            measure: Measure::Bytes,
            side: Side::Left,
            hue: Hue::Size,
            values: (0..=20).map(|n| (n != 4 && n != 6).then(|| 3.1e9 + f64::from(n) * 1.0e8)).collect(),
        }],
        at,
        marks: vec![],
        gaps: vec![],
    };
    view! {
        <div class="page">
            <div class="page-head"><h1>"Statement -8123456789012345678"</h1><p>"first seen "<At at=ago(864_000)/></p></div>
            <div class="section"><Sql text=hostile_sql()/></div>
            <Sql text=seven_kilobytes()/>
            <Sql text="x".repeat(12_000)/>
            <div class="columns">
                <section class="card"><Chart title="Size on disk" sentence="It grew from 3 to 5 GB." data=sizes/></section>
                <section class="card"><Chart title="Time per call" sentence="Nothing is known." data=nothing/></section>
            </div>
        </div>
    }
    .into_any()
}

fn states() -> AnyView {
    let levels = [
        Level::Critical,
        Level::Warning,
        Level::Unknown,
        Level::Info,
        Level::Partial,
        Level::Healthy,
        Level::Inapplicable,
    ];
    view! {
        <div class="page">
            <div class="page-head"><h1>"Empty and broken states"</h1><p class="toolbar">{levels.map(|level| view! { <LevelMark level/> }).collect_view()}</p></div>
            <Notice level=Level::Unknown title="Queries are not recorded" sql="CREATE EXTENSION pg_stat_statements;">
                <p>"Without pg_stat_statements nobody knows which queries take the time. It is loaded (shared_preload_libraries) but not created in this database."</p>
            </Notice>
            <Notice level=Level::Critical title="shop-eu-production cannot be reached">
                <p>"10.1.2.3:5432 refuses the connection since 02:58. What is shown was read before."</p>
            </Notice>
            <Notice level=Level::Healthy title="Nobody waits for anybody"/>
            <section class="card">
                <div class="card-head"><h2>"Relations"</h2><span class="muted">{LONG}</span></div>
                <dl class="facts"><dt>"Table"</dt><dd>{LONG}</dd><dt>"Last analyzed"</dt><dd><Age at=ago(90_000) now=now()/></dd></dl>
                <div class="toolbar">
                    <button class="button">"Cancel"</button><button class="button primary">"Analyze"</button>
                    <button class="button danger">"Terminate"</button><span class="tag">"primary key"</span><span class="tag level-warning">"invalid"</span>
                </div>
                <div class="tree"><ul><li>"pid 4690 idle in transaction"<ul><li>"pid 4711 waits"<ul><li>"pid 4712 waits"</li></ul></li></ul></li></ul></div>
            </section>
        </div>
    }
    .into_any()
}

fn sign_in() -> AnyView {
    view! {
        <Frame>
            <section class="card sign-in">
                <h1>"Sign in to Heron"</h1>
                <form method="post">
                    <Field label="Name" name="name" autocomplete="username" value="maren"/>
                    <Field label="Password" name="password" kind="password" autocomplete="current-password"
                        hint="The first account's password stands in the server's output." error="Wrong name or password."/>
                    <button class="button primary">"Sign in"</button>
                </form>
            </section>
        </Frame>
    }
    .into_any()
}

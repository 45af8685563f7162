//! Every part with the content that breaks parts: `cargo run -p app --features ssr --example gallery` writes
//! `target/gallery/*.html`, light and dark, to look at in a browser or to photograph.

mod fixtures;

use std::{fs, io, path::Path};

use app::{
    chart::{Chart, ChartData, Hue, Line, Measure, Side},
    parts::{
        Age, At, Cell, DatabaseLink, Field, Frame, Level, LevelMark, Notice, Num, Pager, RailGroup, RailLink,
        SearchForm, ShareBar, Sort, SortHeader, Sparkline, Sql, Stat, Stats, Summary, VerdictList, WindowPickerView,
    },
};
use leptos::prelude::*;
use model::{Bytes, Millis, Person, Ratio, Report, Role, Window};

use self::fixtures::*;

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

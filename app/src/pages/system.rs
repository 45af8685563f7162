//! What a server as a whole does over time: its host, if a cloud measures it, and what PostgreSQL counts.

use leptos::prelude::*;
use model::{Counter, DatabaseId, HostMetric, HostSeries, Reading, SystemHistory, Window};

use super::{Heading, as_of::AsOf, failed};
use crate::{
    api,
    chart::{Chart, ChartData, Hue, Line, Measure, Side},
    layout::{use_address, use_database},
    parts::{Level, Notice},
};

/// The host, then transactions, cache, connections, WAL, checkpoints, I/O.
#[component]
pub(crate) fn System() -> impl IntoView {
    let (database, window) = (use_database(), use_address().window());
    let host = view! { <Host database=database.clone() window/> };
    view! {
        <Suspense>
            {Suspend::new(async move {
                match api::system::read(database.clone(), window).await {
                    Ok(history) => view! {
                        <Heading title="System" database><AsOf at=history.to/></Heading>
                        {server(&history, window)}
                    }
                    .into_any(),
                    Err(error) => view! { <Heading title="System" database/>{failed(&error)} }.into_any(),
                }
            })}
        </Suspense>
        {host}
    }
}

/// What PostgreSQL counts.
fn server(history: &SystemHistory, window: Window) -> impl IntoView + use<> {
    let charts: Vec<AnyView> = charts(history).into_iter().filter_map(|chart| drawn(chart, history)).collect();
    let title = format!("PostgreSQL, {}", window.label());
    let nothing = charts.is_empty().then(|| view! {
        <Notice level=Level::Info title="Nothing was captured in this window">
            <p>"Heron compares the server's counters from one capture to the next; what they say shows from the second on."</p>
        </Notice>
    });
    let no_io = (!charts.is_empty() && !history.knows(&[Counter::ClientReadBytes])).then(|| {
        view! {
            <p class="note">"Who reads and writes is counted from PostgreSQL 16 on (pg_stat_io)."</p>
        }
    });
    view! {
        <section class="section" aria-labelledby="postgresql">
            <h2 id="postgresql">{title}</h2>
            <div data-live="nothing captured">{nothing}</div>
            <div class="columns">{charts}</div>
            <div data-live="no io">{no_io}</div>
        </section>
    }
}

/// A chart's title and its lines.
type Lines = (&'static str, Vec<Line>);

/// The charts of a server's counters, the ones people look at first first.
fn charts(history: &SystemHistory) -> Vec<Lines> {
    let line = |name: &str, hue: Hue, measure: Measure, values: Vec<Option<f64>>| Line {
        name: name.into(),
        measure,
        side: Side::Left,
        hue,
        values,
    };
    let rate = |name: &str, hue: Hue, counter: Counter| line(name, hue, Measure::PerSecond, history.rate(counter));
    let bytes = |name: &str, hue: Hue, counter: Counter| line(name, hue, Measure::Bytes, history.rate(counter));
    // What happens a few times a day is nought by the second.
    let hourly = |name: &str, hue: Hue, counter: Counter| {
        let values = history.rate(counter).into_iter().map(|rate| rate.map(|rate| rate * 3600.0)).collect();
        line(name, hue, Measure::Count, values)
    };
    let time = |name: &str, hue: Hue, counter: Counter| {
        let mut line = line(name, hue, Measure::TimePerSecond, history.rate(counter));
        line.side = Side::Right;
        line
    };
    let connections = |name: &str, hue: Hue, values: &[Option<f64>]| line(name, hue, Measure::Count, values.to_vec());
    vec![
        (
            "Transactions",
            vec![
                rate("Commits per second", Hue::Calls, Counter::Commits),
                rate("Rollbacks per second", Hue::Load, Counter::Rollbacks),
            ],
        ),
        (
            "Connections by state",
            vec![
                connections("Active", Hue::Load, &history.active),
                connections("Idle", Hue::Connections, &history.idle),
                connections("Idle in transaction", Hue::Rows, &history.idle_in_transaction),
            ],
        ),
        (
            "Cache hit rate",
            vec![line(
                "Blocks found in shared buffers",
                Hue::Reads,
                Measure::Share,
                history.share(Counter::BlocksHit, Counter::BlocksRead),
            )],
        ),
        (
            "Rows written",
            vec![
                rate("Inserted per second", Hue::Rows, Counter::RowsInserted),
                rate("Updated per second", Hue::Calls, Counter::RowsUpdated),
                rate("Deleted per second", Hue::Load, Counter::RowsDeleted),
            ],
        ),
        (
            "Write-ahead log",
            vec![
                bytes("Written per second", Hue::Wal, Counter::WalBytes),
                bytes("Replayed per second", Hue::Connections, Counter::WalReplayed),
            ],
        ),
        (
            "Checkpoints",
            vec![
                hourly("Timed, per hour", Hue::Calls, Counter::CheckpointsTimed),
                hourly("Requested, per hour", Hue::Load, Counter::CheckpointsRequested),
                time("Writing, per second", Hue::Size, Counter::CheckpointWriteMs),
            ],
        ),
        (
            "Read from disk or the system's cache",
            vec![
                bytes("Clients, per second", Hue::Reads, Counter::ClientReadBytes),
                bytes("Autovacuum, per second", Hue::Rows, Counter::AutovacuumReadBytes),
                bytes("Background processes, per second", Hue::Wal, Counter::BackgroundReadBytes),
            ],
        ),
        (
            "Written to the system's cache",
            vec![
                bytes("Clients, per second", Hue::Reads, Counter::ClientWriteBytes),
                bytes("Autovacuum, per second", Hue::Rows, Counter::AutovacuumWriteBytes),
                bytes("Background processes, per second", Hue::Wal, Counter::BackgroundWriteBytes),
            ],
        ),
        ("Temporary files", vec![bytes("Written per second", Hue::Size, Counter::TempBytes)]),
        (
            "Deadlocks and conflicts",
            vec![
                hourly("Deadlocks, per hour", Hue::Load, Counter::Deadlocks),
                hourly("Conflicts with recovery, per hour", Hue::Connections, Counter::Conflicts),
                hourly("Failures to archive, per hour", Hue::Wal, Counter::ArchiveFailures),
            ],
        ),
    ]
}

/// A chart of what is known of its lines; none if that is nothing.
fn drawn((title, lines): Lines, history: &SystemHistory) -> Option<AnyView> {
    let (marks, gaps) = (history.marks.clone(), history.gaps.clone());
    let data = ChartData { from: history.from, to: history.to, at: history.at.clone(), lines, marks, gaps };
    card(title, data)
}

fn card(title: &'static str, mut data: ChartData) -> Option<AnyView> {
    data.lines.retain(|line| line.values.iter().any(Option::is_some));
    let sentence = data.lines.iter().map(said).collect::<Vec<_>>().join(" ");
    (!data.lines.is_empty()).then(|| view! { <div class="card"><Chart title sentence data/></div> }.into_any())
}

/// What a line says, for those who do not see it.
fn said(line: &Line) -> String {
    let known: Vec<f64> = line.values.iter().flatten().copied().collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    let most = known.iter().copied().fold(0.0, f64::max);
    let write = |value| line.measure.write(value);
    format!("{}: {} on average, {} at most.", line.name, write(mean), write(most))
}

/// The host under the server, or how to have it here.
#[component]
fn Host(database: DatabaseId, window: Window) -> impl IntoView {
    view! {
        <section class="section" aria-labelledby="host">
            <h2 id="host">"Host"</h2>
            <Suspense>
                {Suspend::new(async move {
                    match api::system::host(database, window).await {
                        Ok(Some(Reading { answer: Ok(series), .. })) => measured(&series).into_any(),
                        Ok(Some(Reading { answer: Err(missing), .. })) => view! {
                            <Notice level=Level::Warning title="The host could not be asked about"><p>{missing.detail}</p></Notice>
                        }
                        .into_any(),
                        Ok(None) => view! {
                            <p class="note">
                                "Processor, disk, free space and replication lag of a managed server show here once its cloud is configured: "
                                <code>"aws_db_instance_identifier"</code>", "<code>"gcp_database_id"</code>" or "
                                <code>"azure_resource_id"</code>" of this database."
                            </p>
                        }
                        .into_any(),
                        Err(error) => failed(&error).into_any(),
                    }
                })}
            </Suspense>
        </section>
    }
}

fn measured(series: &HostSeries) -> impl IntoView + use<> {
    let line = |name: &str, hue: Hue, measure: Measure, metric: HostMetric| {
        let values = series.values(metric)?.to_vec();
        Some(Line { name: name.into(), measure, side: Side::Left, hue, values })
    };
    let charts: [(&'static str, Vec<Option<Line>>); 5] = [
        ("CPU", vec![line("In use", Hue::Load, Measure::Share, HostMetric::Cpu)]),
        (
            "Load",
            vec![
                line("Reads per second", Hue::Reads, Measure::PerSecond, HostMetric::Reads),
                line("Writes per second", Hue::Size, Measure::PerSecond, HostMetric::Writes),
            ],
        ),
        ("Connections", vec![line("Connections", Hue::Connections, Measure::Count, HostMetric::Connections)]),
        ("Replication lag", vec![line("Behind", Hue::Wal, Measure::Time, HostMetric::ReplicationLag)]),
        ("Free space", vec![line("Free", Hue::Size, Measure::Bytes, HostMetric::FreeSpace)]),
    ];
    let (from, to) = (series.at.first().copied().unwrap_or_default(), series.at.last().copied().unwrap_or_default());
    let drawn = |(title, lines): (&'static str, Vec<Option<Line>>)| {
        let lines = lines.into_iter().flatten().collect();
        card(title, ChartData { from, to: to + series.period, at: series.at.clone(), lines, ..ChartData::default() })
    };
    let charts: Vec<AnyView> = charts.into_iter().filter_map(drawn).collect();
    let reasons: Vec<String> = series.missing().into_iter().map(|missing| missing.detail.clone()).collect();
    let answered = format!("{} answered, with nothing in it.", series.cloud);
    let nothing = (charts.is_empty() && reasons.is_empty()).then(|| {
        view! { <Notice level=Level::Info title="The cloud has no figures of this window"><p>{answered}</p></Notice> }
    });
    let missing = reasons.into_iter().map(|reason| {
        view! { <Notice level=Level::Warning title="Not everything could be read"><p>{reason}</p></Notice> }
    });
    view! {
        <p class="note">{format!("By {}, means of {}.", series.cloud, series.period)}</p>
        <div class="columns">{charts}</div>
        {nothing}
        {missing.collect_view()}
    }
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::*;

    #[test]
    fn what_is_not_known_is_not_drawn() {
        let history = SystemHistory {
            from: Timestamp(0),
            to: Timestamp(60_000_000),
            at: vec![Timestamp(10_000_000), Timestamp(40_000_000)],
            rates: [(Counter::Commits, vec![Some(2.0), Some(4.0)])].into(),
            active: vec![None; 2],
            ..SystemHistory::default()
        };
        let html = Owner::new().with(|| server(&history, Window::default()).into_view().to_html());
        assert_eq!(html.matches("<figure").count(), 1, "{html}");
        assert!(html.contains("Commits per second: 3.0 on average, 4.0 at most."), "{html}");
        assert!(!html.contains("Rollbacks") && html.contains("pg_stat_io"), "{html}");
    }
}

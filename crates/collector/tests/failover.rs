//! A failover is a mark, and never a number.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{sync::Arc, time::Duration};

use collector::Collector;
use dataset::Database;
use model::{Capture, DatabaseId, Mark, StatementSort, Timestamp};
use probe::{Fleet, Limits};
use store::Store;
use testkit::{Postgres, majors};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// An address that leads to whichever server the watch says; who was connected to another one is cut off.
async fn address(leads_to: watch::Receiver<u16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut leads_to = leads_to.clone();
            tokio::spawn(async move {
                let port = *leads_to.borrow_and_update();
                let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
                tokio::select! {
                    _ = copy_bidirectional(&mut client, &mut server) => {}
                    _ = leads_to.changed() => {}
                }
            });
        }
    });
    port
}

struct Watched {
    id: DatabaseId,
    store: Store,
    collector: Collector,
    _folder: tempfile::TempDir,
}

impl Watched {
    async fn at(url: String) -> Self {
        let (id, folder) = (DatabaseId("shop".into()), tempfile::tempdir().unwrap());
        let store = Store::open(&format!("sqlite://{}/heron.db", folder.path().display())).await.unwrap();
        let fleet = Arc::new(Fleet::new([(id.clone(), url)], Limits::default()).unwrap());
        let collector = Collector::new(fleet, store.clone(), Duration::from_secs(3600), Duration::from_secs(24 * 3600));
        Self { id, store, collector, _folder: folder }
    }

    async fn capture(&self) -> Capture {
        self.collector.capture(&self.id).await.unwrap().expect("nobody else captures")
    }

    /// Calls of the statement with this text, in all of history.
    async fn calls(&self, text: &str) -> Option<i64> {
        let (from, to) = (Timestamp(0), Timestamp(i64::MAX));
        let top = self.store.top(&self.id, from, to, StatementSort::Calls, 10_000).await.unwrap().statements;
        assert!(top.iter().all(|one| one.counters.calls >= 0 && one.counters.total_ms.0 >= 0.0), "{top:#?}");
        let mut found = top.iter().filter(|one| one.query.as_deref().is_some_and(|query| query.contains(text)));
        found.next().map(|one| one.counters.calls)
    }
}

async fn run(db: &Database, times: usize) {
    for _ in 0..times {
        db.execute_script("SELECT 1 AS counted").await.unwrap();
    }
}

/// §10.11.
#[tokio::test]
async fn a_failover_is_a_mark_and_no_number() {
    for major in majors().into_iter().take(1).chain(majors().into_iter().skip(1).last()) {
        let mut primary = Postgres::start_own(major, &[]);
        let database = primary.database_with_statements().await;
        let standby = primary.standby(&[]);
        primary.caught_up(&standby).await;
        let (here, there) = (database.connect().await, Database::connect(&standby.url(&database.name)).await.unwrap());
        let (lead, leads_to) = watch::channel(primary.port());
        let port = address(leads_to).await;
        let behind = database.url.replace(&format!(":{}/", primary.port()), &format!(":{port}/"));
        let (moving, fixed) = (Watched::at(behind).await, Watched::at(standby.url(&database.name)).await);

        run(&here, 3).await;
        run(&there, 500).await;
        assert_eq!((moving.capture().await.marks, fixed.capture().await.marks), (vec![Mark::First], vec![Mark::First]));
        run(&here, 5).await;
        run(&there, 7).await;
        assert_eq!((moving.capture().await.marks, fixed.capture().await.marks), (vec![], vec![]));
        assert_eq!((moving.calls("counted").await, fixed.calls("counted").await), (Some(5), Some(7)), "on {major}");

        primary.crash();
        run(&there, 11).await;
        assert_eq!(there.fetch("SELECT pg_promote()", []).get().await.unwrap(), Some(true));
        lead.send(standby.port()).unwrap();

        // The address leads to a server that has counted far more, of which nothing belongs to the minute.
        let moved = moving.capture().await;
        assert_eq!((moved.marks.as_slice(), moved.span), (&[Mark::Failover][..], None), "on {major}");
        assert_eq!(moving.calls("counted").await, Some(5));
        run(&there, 13).await;
        assert_eq!(moving.capture().await.marks, []);
        assert_eq!(moving.calls("counted").await, Some(5 + 13));

        // Whoever watched the standby itself sees it promoted and goes on counting.
        let promoted = fixed.capture().await;
        assert_eq!(promoted.marks, [Mark::Failover], "on {major}");
        assert_eq!(fixed.calls("counted").await, Some(7 + 11 + 13));
    }
}

//! Single flight: one question under way at a time, its answer shared while it is fresh.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use model::{DatabaseId, Millis, Missing, Reading, Why};

use crate::now;

/// A reading, and what it can be judged by when somebody asks again.
type Landed<T> = Arc<(Fresh, Reading<T>)>;

/// When an answer landed, and the definitions it was about.
struct Fresh {
    at: Instant,
    definitions: Option<i64>,
}

/// How long an answer is good for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Freshness {
    /// Whatever happens.
    pub(crate) always: Duration,
    /// While nobody changes a definition.
    pub(crate) unchanged: Duration,
    /// The definitions now (`probe::definitions`), where that is known.
    pub(crate) definitions: Option<i64>,
}

impl From<Duration> for Freshness {
    fn from(always: Duration) -> Self {
        Self { always, unchanged: always, definitions: None }
    }
}

impl Freshness {
    /// Whether an answer need not be asked for again. That there was none is not worth keeping for longer than `always`.
    fn of<T>(self, landed: &Landed<T>) -> bool {
        let (fresh, reading) = &**landed;
        let same = self.definitions.is_some() && self.definitions == fresh.definitions && reading.answer.is_ok();
        fresh.at.elapsed() < if same { self.unchanged } else { self.always }
    }
}

/// One question's current or last flight.
pub(crate) struct Flight<T>(Mutex<Option<Shared<BoxFuture<'static, Landed<T>>>>>);

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone + Send + Sync + 'static> Flight<T> {
    /// The answer that is under way or still `fresh`, else a new one from `read`; waits at most `patience`.
    ///
    /// The question goes on when the one who asked has left: its answer is for everybody.
    pub(crate) async fn get<F>(
        &self,
        fresh: impl Into<Freshness>,
        patience: Duration,
        read: impl FnOnce() -> F,
    ) -> Reading<T>
    where
        F: Future<Output = Reading<T>> + Send + 'static,
    {
        let flight = self.join(fresh.into(), read);
        match tokio::time::timeout(patience, flight).await {
            Ok(landed) => landed.1.clone(),
            Err(_) => late(patience),
        }
    }

    /// The next who asks gets a new answer: something was done that makes the last one wrong.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn join<F>(&self, fresh: Freshness, read: impl FnOnce() -> F) -> Shared<BoxFuture<'static, Landed<T>>>
    where
        F: Future<Output = Reading<T>> + Send + 'static,
    {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = slot.as_ref()
            && flight.peek().is_none_or(|landed| fresh.of(landed))
        {
            return flight.clone();
        }
        let task = tokio::spawn(read());
        // What was known before the question: DDL in between makes the answer old, not wrong.
        let definitions = fresh.definitions;
        let flight = async move {
            let reading = task.await.unwrap_or_else(|_| broken());
            Arc::new((Fresh { at: Instant::now(), definitions }, reading))
        };
        // Driven by its own task: nobody who waits has to stay.
        let flight = flight.boxed().shared();
        tokio::spawn(flight.clone());
        slot.insert(flight).clone()
    }
}

/// One question of a whole server, put through whichever of its databases asks.
pub(crate) struct ServerFlight<T>(Flight<Through<T>>);

/// An answer, and the database it came through.
#[derive(Clone)]
struct Through<T> {
    database: DatabaseId,
    reading: Reading<T>,
}

impl<T> Default for ServerFlight<T> {
    fn default() -> Self {
        Self(Flight::default())
    }
}

impl<T: Clone + Send + Sync + 'static> ServerFlight<T> {
    /// As [`Flight::get`]. An answer that came through another database counts if there is one and it `fits` this database; a
    /// failure never does: it is that database's or its role's.
    pub(crate) async fn get<F>(
        &self,
        database: &DatabaseId,
        fresh: Duration,
        patience: Duration,
        fits: impl Fn(&T) -> bool,
        read: impl Fn() -> F,
    ) -> Reading<T>
    where
        F: Future<Output = Reading<T>> + Send + 'static,
    {
        let asked = async {
            let mut fresh = fresh;
            loop {
                let read = || {
                    let (database, reading) = (database.clone(), read());
                    async move {
                        let reading = reading.await;
                        Reading {
                            taken_at: reading.taken_at,
                            took: reading.took,
                            answer: Ok(Through { database, reading }),
                        }
                    }
                };
                let Reading { taken_at, took, answer } = self.0.get(fresh, Duration::MAX, read).await;
                match answer {
                    Ok(through) if through.database == *database || through.reading.value().is_some_and(&fits) => {
                        return through.reading;
                    }
                    // The next one is its own, unless another database was quicker to ask again.
                    Ok(_) => fresh = Duration::ZERO,
                    Err(missing) => return Reading { taken_at, took, answer: Err(missing) },
                }
            }
        };
        tokio::time::timeout(patience, asked).await.unwrap_or_else(|_| late(patience))
    }

    /// As [`Flight::forget`].
    pub(crate) fn forget(&self) {
        self.0.forget();
    }
}

fn late<T>(patience: Duration) -> Reading<T> {
    let patience = Millis(patience.as_secs_f64() * 1000.0);
    let detail =
        format!("not answered within {patience}; the question goes on, and its answer will be here when it arrives");
    Reading { taken_at: now(), took: patience, answer: Err(Missing::new(Why::Timeout, detail)) }
}

fn broken<T>() -> Reading<T> {
    let missing = Missing::new(Why::Failed, "the question failed inside Heron; its log says more");
    Reading { taken_at: now(), took: Millis(0.0), answer: Err(missing) }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    async fn ask(
        flight: &Flight<u32>,
        asked: &Arc<AtomicU32>,
        fresh: impl Into<Freshness>,
        takes: Duration,
    ) -> Reading<u32> {
        let asked = asked.clone();
        flight
            .get(fresh, PATIENCE, || async move {
                tokio::time::sleep(takes).await;
                let answer = Ok(asked.fetch_add(1, Ordering::SeqCst));
                Reading { taken_at: now(), took: Millis(0.0), answer }
            })
            .await
    }

    #[tokio::test(start_paused = true)]
    async fn ten_viewers_cost_what_one_costs() {
        let (flight, asked) = (Flight::default(), Arc::new(AtomicU32::new(0)));
        let all = futures::future::join_all(
            (0..10).map(|_| ask(&flight, &asked, Duration::from_secs(3), Duration::from_secs(1))),
        );
        assert!(all.await.iter().all(|reading| reading.answer == Ok(0)));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_stale_answer_is_asked_for_again() {
        let (flight, asked) = (Flight::default(), Arc::new(AtomicU32::new(0)));
        assert_eq!(ask(&flight, &asked, Duration::ZERO, Duration::ZERO).await.answer, Ok(0));
        assert_eq!(ask(&flight, &asked, Duration::ZERO, Duration::ZERO).await.answer, Ok(1));
        assert_eq!(ask(&flight, &asked, Duration::from_secs(60), Duration::ZERO).await.answer, Ok(1));
    }

    #[tokio::test]
    async fn what_only_ddl_changes_is_kept_while_nobody_does() {
        let (flight, asked) = (Flight::default(), Arc::new(AtomicU32::new(0)));
        let get = async |definitions, unchanged| {
            let fresh = Freshness { always: Duration::ZERO, unchanged: Duration::from_secs(unchanged), definitions };
            ask(&flight, &asked, fresh, Duration::ZERO).await.answer
        };
        assert_eq!(get(Some(1), 60).await, Ok(0));
        assert_eq!(get(Some(1), 60).await, Ok(0));
        assert_eq!(get(Some(2), 60).await, Ok(1), "a definition was changed");
        assert_eq!(get(Some(2), 0).await, Ok(2), "it is too old all the same");
        assert_eq!(get(None, 60).await, Ok(3), "nobody knows");
        assert_eq!(get(None, 60).await, Ok(4), "nobody knew then either");
    }

    #[tokio::test]
    async fn a_missing_answer_is_not_kept_for_longer() {
        let flight = Flight::<u32>::default();
        let fresh = Freshness { always: Duration::ZERO, unchanged: Duration::from_secs(60), definitions: Some(1) };
        let read = |answer| move || async move { Reading { taken_at: now(), took: Millis(0.0), answer } };
        flight.get(fresh, PATIENCE, read(Err(Missing::new(Why::Timeout, "too slow")))).await;
        assert_eq!(flight.get(fresh, PATIENCE, read(Ok(7))).await.answer, Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_no_patience_leaves_and_the_answer_still_arrives() {
        let (flight, asked) = (Flight::default(), Arc::new(AtomicU32::new(0)));
        let late = ask(&flight, &asked, Duration::from_secs(60), Duration::from_secs(8)).await;
        assert_eq!(late.answer.unwrap_err().why, Why::Timeout);
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert_eq!(ask(&flight, &asked, Duration::from_secs(60), Duration::from_secs(8)).await.answer, Ok(0));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_question_that_panics_is_a_missing_answer() {
        let flight = Flight::<u32>::default();
        let reading = flight.get(Duration::ZERO, PATIENCE, || async { panic!("on purpose") }).await;
        assert_eq!(reading.answer.unwrap_err().why, Why::Failed);
    }

    #[tokio::test]
    async fn failure_of_one_database_is_not_served_to_another() {
        let flight = ServerFlight::<u32>::default();
        let read = |answer: Result<u32, Missing>| {
            move || {
                let answer = answer.clone();
                async move { Reading { taken_at: now(), took: Millis(0.0), answer } }
            }
        };
        let (a, b, c) = (DatabaseId("a".into()), DatabaseId("b".into()), DatabaseId("c".into()));
        let minute = Duration::from_secs(60);
        let refused = Err(Missing::new(Why::Authentication, "wrong password"));
        let first = flight.get(&a, minute, PATIENCE, |_| true, read(refused.clone())).await;
        assert_eq!(first.answer, refused);
        // Its own failure is kept for itself; the others ask.
        assert_eq!(flight.get(&a, minute, PATIENCE, |_| true, read(Ok(1))).await.answer, refused);
        assert_eq!(flight.get(&b, minute, PATIENCE, |_| true, read(Ok(2))).await.answer, Ok(2));
        assert_eq!(flight.get(&c, minute, PATIENCE, |_| true, read(Ok(3))).await.answer, Ok(2));
        assert_eq!(flight.get(&c, minute, PATIENCE, |_| false, read(Ok(3))).await.answer, Ok(3));
    }

    #[tokio::test(start_paused = true)]
    async fn ten_databases_of_a_server_ask_once() {
        let (flight, asked) = (ServerFlight::<u32>::default(), Arc::new(AtomicU32::new(0)));
        let ids: Vec<DatabaseId> = (0..10).map(|n| DatabaseId(format!("db{n}"))).collect();
        let read = || {
            let asked = asked.clone();
            async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let answer = Ok(asked.fetch_add(1, Ordering::SeqCst));
                Reading { taken_at: now(), took: Millis(0.0), answer }
            }
        };
        let minute = Duration::from_secs(60);
        let all = ids.iter().map(|id| flight.get(id, minute, PATIENCE, |_| true, read));
        assert!(futures::future::join_all(all).await.iter().all(|reading| reading.answer == Ok(0)));
    }
}

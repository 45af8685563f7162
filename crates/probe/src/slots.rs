//! Two connections per server, whatever the number of databases and of people who look.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use dataset::{Database, Options};
use model::{DatabaseId, Why};
use tokio::{net::TcpStream, sync::Notify, time::timeout};

use crate::{
    Limits, Target,
    obstacle::{self, Obstacle},
    session,
};

/// How long a server that could not be reached is taken at its word: the ten questions of a page come at once, and only
/// the first should have to wait.
const MEMORY: Duration = Duration::from_secs(1);

/// How long a server takes to see a closed connection off.
const GOODBYE: Duration = Duration::from_millis(20);

/// How long a server that allowed only one connection is not asked for the second.
const LIMITED: Duration = Duration::from_secs(600);

/// How long a connection has to have been idle before a database that has one of its own may take it over.
const IDLE: Duration = Duration::from_secs(1);

/// One PostgreSQL server, and the two connections to it.
#[derive(Debug)]
pub(crate) struct Server {
    limits: Limits,
    slots: Mutex<[Slot; 2]>,
    freed: Notify,
    /// One action at a time: an ANALYZE may take minutes, and the other connection stays free for questions.
    acting: tokio::sync::Mutex<()>,
}

/// A connection, or the place for one.
#[derive(Debug, Default)]
struct Slot {
    busy: bool,
    connected: Option<(DatabaseId, Database)>,
    used: Option<Instant>,
    refused: Option<Refusal>,
    /// Until when it stays empty, because no second connection is allowed.
    limited_until: Option<Instant>,
}

/// A database that could not be connected to.
#[derive(Debug)]
struct Refusal {
    id: DatabaseId,
    at: Instant,
    obstacle: Obstacle,
}

/// What a slot has to do for its next visitor.
enum Offer {
    /// It is connected already.
    Ready(Database),
    /// It has to connect, after closing what it has.
    Connect(Option<Database>),
}

impl Server {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, slots: Mutex::default(), freed: Notify::new(), acting: tokio::sync::Mutex::default() }
    }

    /// Waits for a slot and has it connected to `target`'s database.
    pub(crate) async fn visit(self: &Arc<Self>, target: &Target) -> Result<Visit, Obstacle> {
        let mut visit = self.enter(target).await?;
        // An idle connection may have been closed since.
        if visit.database.as_ref().is_none_or(|database| database.pool_size().0 == 0) {
            self.greet(target, &mut visit).await?;
        }
        if visit.database.is_none() {
            // It connects at the first question.
            let database = Database::lazy(target.url().expose(), self.limits.options());
            let database = database.map_err(|error| obstacle::of(target, &session::OWN, &error))?;
            self.slots()[visit.slot].connected = Some((target.id().clone(), database.clone()));
            visit.database = Some(database);
        }
        Ok(visit)
    }

    /// Waits for a slot, and for whoever acts on this server to be done, and connects anew: what acts is held to other limits
    /// than what asks. [`Acting::leave`] closes the connection.
    pub(crate) async fn visit_to_act(
        self: &Arc<Self>,
        target: &Target,
        options: Options,
    ) -> Result<Acting<'_>, Obstacle> {
        let turn = timeout(self.limits.patience(), self.acting.lock()).await.map_err(|_| {
            let address = target.address();
            Obstacle::new(Why::Timeout, format!("Another action is under way on {address}. Try again when it is done."))
        })?;
        loop {
            let mut visit = self.enter(target).await?;
            if let Some(reader) = visit.database.take() {
                visit.discard();
                farewell(reader).await;
            }
            self.greet(target, &mut visit).await?;
            match connect(target, options.clone()).await {
                Ok(database) => {
                    visit.database = Some(database);
                    return Ok(Acting { visit, _turn: turn });
                }
                Err(obstacle) if obstacle.missing.why == Why::Connections && visit.give_way() => {}
                Err(obstacle) => return Err(obstacle),
            }
        }
    }

    /// How long questions may take.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Waits for a slot, which may be connected to `target`'s database already, and to no other.
    async fn enter(self: &Arc<Self>, target: &Target) -> Result<Visit, Obstacle> {
        let (slot, offer) = timeout(self.limits.patience(), self.slot_for(target)).await.map_err(|_| {
            let address = target.address();
            Obstacle::new(Why::Timeout, format!("Heron's two connections to {address} have been busy for too long."))
        })?;
        // From here on the slot is this visit's, and dropping it gives the slot back.
        let mut visit = Visit { server: Arc::clone(self), slot, database: None, fresh: false };
        match offer {
            Offer::Ready(database) => visit.database = Some(database),
            Offer::Connect(Some(other)) => farewell(other).await,
            Offer::Connect(None) => {}
        }
        Ok(visit)
    }

    /// Before a connection is made: whether there is anybody to connect to.
    async fn greet(&self, target: &Target, visit: &mut Visit) -> Result<(), Obstacle> {
        visit.fresh = true;
        if let Some(obstacle) = self.remembered(target) {
            return Err(obstacle);
        }
        if let Err(obstacle) = reach(target, self.limits.connect_timeout).await {
            visit.refused(target, &obstacle);
            return Err(obstacle);
        }
        Ok(())
    }

    async fn slot_for(&self, target: &Target) -> (usize, Offer) {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // From now on, so that nothing that is freed while we look is missed.
            freed.as_mut().enable();
            if let Some(found) = take(&mut self.slots(), target.id()) {
                return found;
            }
            // Idleness comes without a notice.
            let _ = timeout(IDLE / 2, freed).await;
        }
    }

    /// Why a connection failed a moment ago: one to this database, or one to the server by fault of the network.
    fn remembered(&self, target: &Target) -> Option<Obstacle> {
        self.slots().iter().find_map(|slot| {
            let Refusal { id, at, obstacle } = slot.refused.as_ref()?;
            let concerns = id == target.id() || obstacle.is_of_the_network();
            (concerns && at.elapsed() < MEMORY).then(|| obstacle.clone())
        })
    }

    fn slots(&self) -> MutexGuard<'_, [Slot; 2]> {
        // Nothing panics while it is held; and if it did, a slot would still be a slot.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn is_connected_to(&self, id: &DatabaseId) -> bool {
        self.connected.as_ref().is_some_and(|(connected, _)| connected == id)
    }
}

/// A free slot for `id`: one that is connected to it; else an empty one; else one of another database. The last only if
/// `id` has none of its own to wait for, or nobody used the other for a while: two databases in turn would otherwise
/// reconnect at every question.
fn take(slots: &mut [Slot; 2], id: &DatabaseId) -> Option<(usize, Offer)> {
    let has_own = slots.iter().any(|slot| slot.is_connected_to(id));
    let rank = |slot: &Slot| match &slot.connected {
        _ if slot.busy || slot.limited_until.is_some_and(|until| Instant::now() < until) => None,
        Some(_) if slot.is_connected_to(id) => Some(0),
        None => Some(1),
        Some(_) if has_own && slot.used.is_some_and(|used| used.elapsed() < IDLE) => None,
        Some(_) => Some(2),
    };
    let (_, chosen) = (0..slots.len()).filter_map(|n| Some((rank(&slots[n])?, n))).min()?;
    let slot = &mut slots[chosen];
    slot.busy = true;
    let offer = if slot.is_connected_to(id) {
        slot.connected.as_ref().map_or(Offer::Connect(None), |(_, database)| Offer::Ready(database.clone()))
    } else {
        Offer::Connect(slot.connected.take().map(|(_, database)| database))
    };
    Some((chosen, offer))
}

/// A connection that is made now.
async fn connect(target: &Target, options: Options) -> Result<Database, Obstacle> {
    let connected = async {
        let database = Database::lazy(target.url().expose(), options)?;
        database.ping().await?;
        Ok(database)
    };
    connected.await.map_err(|error| obstacle::of(target, &session::OWN, &error))
}

/// Closes a connection. The server takes a moment to notice, and until then a new one would be its third.
async fn farewell(database: Database) {
    database.close().await;
    tokio::time::sleep(GOODBYE).await;
}

/// Whether anybody listens at the server's address; so that a dead server is told at once from a busy one.
async fn reach(target: &Target, limit: Duration) -> Result<(), Obstacle> {
    let address = &target.whereabouts().address;
    if address.host.starts_with('/') {
        return Ok(());
    }
    let host = address.host.trim_matches(['[', ']']);
    let unreachable = |why: String| Obstacle::new(Why::Unreachable, format!("{address} cannot be reached: {why}."));
    match timeout(limit, TcpStream::connect((host, address.port))).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(unreachable(error.to_string())),
        Err(_) => Err(unreachable(format!("no answer within {} s", limit.as_secs_f64()))),
    }
}

/// A slot in use by the one action under way.
pub(crate) struct Acting<'s> {
    visit: Visit,
    _turn: tokio::sync::MutexGuard<'s, ()>,
}

impl Acting<'_> {
    /// The connection.
    pub(crate) fn database(&self) -> Option<&Database> {
        self.visit.database()
    }

    /// Closes the connection; the slot is free afterwards.
    pub(crate) async fn leave(mut self) {
        if let Some(database) = self.visit.database.take() {
            farewell(database).await;
        }
    }
}

/// A slot in use. Dropping it lets the next visitor in.
pub(crate) struct Visit {
    server: Arc<Server>,
    slot: usize,
    database: Option<Database>,
    fresh: bool,
}

impl Visit {
    /// The connection.
    pub(crate) fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// Whether the connection was made, or is to be made, for this visit.
    pub(crate) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The connection is not to be used again.
    pub(crate) fn discard(&mut self) {
        self.database = None;
        self.server.slots()[self.slot].connected = None;
    }

    /// There is no connecting, and whoever asks next need not try.
    pub(crate) fn refused(&mut self, target: &Target, obstacle: &Obstacle) {
        self.discard();
        let (id, at) = (target.id().clone(), Instant::now());
        self.server.slots()[self.slot].refused = Some(Refusal { id, at, obstacle: obstacle.clone() });
    }

    /// Leaves the slot empty for a while if the server has another connection of Heron's; whether it has one.
    pub(crate) fn give_way(&mut self) -> bool {
        let mut slots = self.server.slots();
        let other = &slots[1 - self.slot];
        let has_other = other.busy || other.connected.is_some();
        if has_other {
            slots[self.slot].connected = None;
            slots[self.slot].limited_until = Some(Instant::now() + LIMITED);
            self.database = None;
        }
        has_other
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut slots = self.server.slots();
        slots[self.slot].busy = false;
        slots[self.slot].used = Some(Instant::now());
        drop(slots);
        self.server.freed.notify_waiters();
    }
}

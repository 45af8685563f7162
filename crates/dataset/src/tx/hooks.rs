//! What shall happen when a transaction is over: for what no rollback can undo, such as a message to somebody.

use super::{State, Tx};

pub(super) struct Hook {
    /// The savepoint it belongs to; 0 is the transaction itself.
    depth: u32,
    on_commit: bool,
    run: Box<dyn FnOnce() + Send>,
}

impl Tx {
    /// Runs this once the transaction is committed; never if it, or the savepoint this handle stands in, is rolled back.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// fn tell_the_others() {
    ///     println!("there is a new check");
    /// }
    /// db.transaction(TxOptions::default(), |tx| async move {
    ///     tx.after_commit(tell_the_others);
    ///     tx.from("checks").insert(row! { kind: "locks" }).await
    /// }).await?;
    /// # Ok(()) }
    /// ```
    pub fn after_commit(&self, run: impl FnOnce() + Send + 'static) {
        self.hook(true, Box::new(run));
    }

    /// Runs this once the transaction, or the savepoint this handle stands in, is rolled back, in whatever way; never if
    /// all is committed. When the transaction's future is dropped it runs in the drop.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// use std::sync::{Arc, atomic::{AtomicBool, Ordering}};
    /// let told = Arc::new(AtomicBool::new(false));
    /// let teller = told.clone();
    /// let undone = db.transaction(TxOptions::default(), |tx| {
    ///     let teller = teller.clone();
    ///     async move {
    ///         tx.after_rollback(move || teller.store(true, Ordering::Relaxed));
    ///         Err::<(), _>(Error::rollback())
    ///     }
    /// });
    /// assert_eq!(undone.await.unwrap_err().kind(), Kind::Rollback);
    /// assert!(told.load(Ordering::Relaxed));
    /// # Ok(()) }
    /// ```
    pub fn after_rollback(&self, run: impl FnOnce() + Send + 'static) {
        self.hook(false, Box::new(run));
    }

    /// Undoes the transaction, or the savepoint this handle stands in, when its closure is over, and still answers what
    /// the closure did.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let seen = db.transaction(TxOptions::default(), |tx| async move {
    ///     tx.from("checks").delete().await?;
    ///     tx.rollback_on_exit();
    ///     tx.from("checks").count().await
    /// }).await?;
    /// assert_eq!((seen, db.from("checks").count().await?), (0, 3));
    /// # Ok(()) }
    /// ```
    pub fn rollback_on_exit(&self) {
        self.inner.state().undone.insert(self.depth);
    }

    fn hook(&self, on_commit: bool, run: Box<dyn FnOnce() + Send>) {
        self.inner.state().hooks.push(Hook { depth: self.depth, on_commit, run });
    }
}

impl State {
    /// A savepoint is kept: what hangs on it now hangs on what is around it.
    pub(super) fn released(&mut self, depth: u32) {
        for hook in &mut self.hooks {
            hook.depth = hook.depth.min(depth - 1);
        }
    }

    /// What to run now that everything from this savepoint on is undone.
    pub(super) fn rolled_back(&mut self, depth: u32) -> Vec<Hook> {
        self.undone.retain(|undone| *undone < depth);
        let (over, kept) = std::mem::take(&mut self.hooks).into_iter().partition(|hook| hook.depth >= depth);
        self.hooks = kept;
        let over: Vec<Hook> = over;
        over.into_iter().filter(|hook| !hook.on_commit).collect()
    }

    /// What to run now that all is committed.
    pub(super) fn committed(&mut self) -> Vec<Hook> {
        std::mem::take(&mut self.hooks).into_iter().filter(|hook| hook.on_commit).collect()
    }
}

/// Runs them in the order they came in. No lock must be held: they may do anything.
pub(super) fn run(hooks: Vec<Hook>) {
    for hook in hooks {
        (hook.run)();
    }
}

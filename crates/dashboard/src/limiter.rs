//! How often somebody may try to sign in.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Names and addresses that are remembered at most.
const REMEMBERED: usize = 10_000;

/// After so long without a failure all is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(15 * 60);

/// The longest anybody has to wait: so long that guessing is hopeless, so short that nobody can lock out another.
const LONGEST: Duration = Duration::from_secs(60);

/// Failures that are free. An address may be that of a proxy with many people behind it.
const FREE: (u32, u32) = (5, 30);

/// Failures by name and by address. Each process keeps its own.
#[derive(Default)]
pub(crate) struct Limiter(Mutex<HashMap<Who, Failures>>);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Who {
    Name(String),
    Address(IpAddr),
}

#[derive(Clone, Copy)]
struct Failures {
    number: u32,
    last: Instant,
}

impl Failures {
    /// How long to wait from the last one on: a second after the free ones, and twice as long each time.
    fn pause(&self, free: u32) -> Duration {
        match self.number.checked_sub(free) {
            Some(more) => Duration::from_secs(1 << more.min(10)).min(LONGEST),
            None => Duration::ZERO,
        }
    }
}

impl Limiter {
    /// Counts an attempt as a failure until it is known to be none; how long to wait if it comes too soon.
    pub(crate) fn attempt(&self, name: &str, address: Option<IpAddr>, now: Instant) -> Result<(), Duration> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, failures| now.saturating_duration_since(failures.last) < FORGOTTEN);
        let who = Self::who(name, address);
        let wait = who.iter().filter_map(|(who, free)| {
            let failures = known.get(who)?;
            failures
                .pause(*free)
                .checked_sub(now.saturating_duration_since(failures.last))
                .filter(|wait| !wait.is_zero())
        });
        if let Some(wait) = wait.max() {
            return Err(wait);
        }
        for (who, _) in who {
            if known.len() >= REMEMBERED && !known.contains_key(&who) {
                // Whoever invents names pushes out the oldest, and pays for it by address.
                let oldest = known.iter().min_by_key(|(_, failures)| failures.last).map(|(who, _)| who.clone());
                oldest.map(|oldest| known.remove(&oldest));
            }
            let failures = known.entry(who).or_insert(Failures { number: 0, last: now });
            *failures = Failures { number: failures.number.saturating_add(1), last: now };
        }
        Ok(())
    }

    /// The attempt was none of a stranger's.
    pub(crate) fn succeeded(&self, name: &str, address: Option<IpAddr>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (who, _) in Self::who(name, address) {
            match &who {
                Who::Name(_) => drop(known.remove(&who)),
                // Others at this address stay as suspicious as they were.
                Who::Address(_) => {
                    if let Some(failures) = known.get_mut(&who) {
                        failures.number = failures.number.saturating_sub(1);
                    }
                }
            }
        }
    }

    fn who(name: &str, address: Option<IpAddr>) -> Vec<(Who, u32)> {
        let name = Who::Name(name.trim().chars().take(100).collect());
        let address = address.map(|address| (Who::Address(address), FREE.1));
        std::iter::once((name, FREE.0)).chain(address).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    #[test]
    fn who_guesses_waits_longer_each_time_and_is_told_how_long() {
        let (limiter, mut now) = (Limiter::default(), Instant::now());
        for _ in 0..5 {
            assert_eq!(limiter.attempt("Ada", HERE, now), Ok(()));
        }
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            let wait = Duration::from_secs(seconds);
            assert_eq!(limiter.attempt("Ada", HERE, now), Err(wait));
            now += wait;
            assert_eq!(limiter.attempt(" Ada ", HERE, now), Ok(()));
        }
        // Nobody else has to wait, and with time all is forgiven.
        assert_eq!(limiter.attempt("Bob", HERE, now), Ok(()));
        assert_eq!(limiter.attempt("Ada", HERE, now + FORGOTTEN), Ok(()));
    }

    #[test]
    fn who_signs_in_begins_anew() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        for _ in 0..100 {
            assert_eq!(limiter.attempt("Ada", HERE, now), Ok(()));
            limiter.succeeded("Ada", HERE);
        }
    }

    #[test]
    fn who_tries_many_names_waits_by_address() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        let refused = (0..100).filter(|n| limiter.attempt(&n.to_string(), HERE, now).is_err()).count();
        assert_eq!(refused, 70);
        assert_eq!(limiter.attempt("Ada", None, now), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        for n in 0..REMEMBERED + 50 {
            let _ = limiter.attempt(&n.to_string(), None, now);
        }
        assert_eq!(limiter.0.lock().unwrap().len(), REMEMBERED);
    }
}

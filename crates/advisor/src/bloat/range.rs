//! Interval arithmetic.

use std::ops::{Add, Mul};

/// The bounds of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Range {
    pub(super) const fn new(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    pub(super) const fn exact(number: f64) -> Self {
        Self::new(number, number)
    }

    pub(super) fn is_exact(self) -> bool {
        self.low == self.high
    }

    /// The mean of both numbers, weighted with `share` for `other` and the rest for `self`.
    pub(super) fn mix(self, other: Self, share: Self) -> Self {
        let at = |a: f64, b: f64, share: f64| a + (b - a) * share;
        Self::new(
            at(self.low, other.low, share.low).min(at(self.low, other.low, share.high)),
            at(self.high, other.high, share.low).max(at(self.high, other.high, share.high)),
        )
    }

    /// One minus this number.
    pub(super) fn complement(self) -> Self {
        Self::new(1.0 - self.high, 1.0 - self.low)
    }
}

impl Add for Range {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.low + other.low, self.high + other.high)
    }
}

/// The bounds hold for numbers of at least 0.
impl Mul for Range {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self::new(self.low * other.low, self.high * other.high)
    }
}

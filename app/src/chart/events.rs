//! Where the words of events stand, in both pictures.

use model::{Mark, Timestamp};

use super::data::ChartData;

/// So much of the width an event's words need, on a phone.
const WORDS: f64 = 0.42;

/// A gap of so much of the width is named.
pub(super) const WIDE: f64 = 0.08;

/// A line where something happened.
#[derive(Clone, Copy)]
pub(super) struct Event {
    /// Its place, 0 to 1.
    pub(super) x: f64,
    /// When it happened.
    pub(super) at: Timestamp,
    /// What happened.
    pub(super) mark: Mark,
    /// Whether its words stand before its line: at the right end, or they would leave the picture.
    pub(super) before: bool,
    /// The row of its words, unless they would run into others.
    pub(super) row: Option<u8>,
}

/// The events of a chart. Words that would stand in each other's way go into the next of three rows, or are left out; what
/// happens again nearby is not said again.
pub(super) fn events(data: &ChartData) -> Vec<Event> {
    let mut rows = [(0, -1.0), (1, -1.0), (2, -1.0)];
    let mut said: Vec<(Mark, f64)> = Vec::new();
    data.events()
        .map(|(x, at, mark)| {
            let again = said.iter().any(|(other, there)| *other == mark && x - there < WORDS);
            let before = x > 1.0 - WORDS;
            let begin = if before { x - WORDS } else { x };
            let free = rows.iter_mut().find(|(_, end)| begin >= *end).filter(|_| !again);
            let row = free.map(|(row, end)| {
                *end = begin + WORDS;
                said.push((mark, x));
                *row
            });
            Event { x, at, mark, before, row }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::data::tests::{at, hour},
        *,
    };

    #[test]
    fn words_do_not_run_into_each_other() {
        let mut data = hour();
        data.marks = (0..60).map(|n| (at(n), if n % 2 == 0 { Mark::Eviction } else { Mark::Reset })).collect();
        let events = events(&data);
        assert_eq!(events.len(), 60);
        for row in 0..3 {
            let begins: Vec<_> = events
                .iter()
                .filter(|event| event.row == Some(row))
                .map(|event| if event.before { event.x - WORDS } else { event.x })
                .collect();
            assert!(begins.windows(2).all(|pair| pair[1] - pair[0] >= WORDS - 1e-9), "{begins:?}");
        }
    }
}

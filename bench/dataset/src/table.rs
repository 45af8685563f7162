use std::{fmt, sync::Arc, time::Duration};

use crate::side::Side;

/// What was measured, as a table in Markdown: the first side, and the others' times as multiples of it.
pub struct Table {
    sides: Vec<&'static str>,
    /// For each side its least time and its median, if it took part.
    rows: Vec<(String, Vec<Option<[Duration; 2]>>)>,
}

impl Table {
    pub fn new(sides: &[Arc<dyn Side>]) -> Self {
        Self { sides: sides.iter().map(|side| side.name()).collect(), rows: Vec::new() }
    }

    pub fn row(&mut self, name: &str, sides: Vec<Vec<Duration>>) {
        let of = |mut times: Vec<Duration>| {
            times.sort();
            Some([*times.first()?, *times.get(times.len() / 2)?])
        };
        self.rows.push((name.to_owned(), sides.into_iter().map(of).collect()));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, others @ ..] = &self.sides[..] else { return Ok(()) };
        writeln!(
            f,
            "Least time and (median) in µs; then {first} over each of the others, of the least times (of the medians).\n"
        )?;
        write!(f, "| row | {first} |")?;
        others.iter().try_for_each(|side| write!(f, " {side} |"))?;
        others.iter().try_for_each(|side| write!(f, " ÷ {side} |"))?;
        writeln!(f, "\n|---{}|", "|--:".repeat(1 + 2 * others.len()))?;
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        for (name, times) in &self.rows {
            write!(f, "| {name} |")?;
            for time in times {
                match time {
                    Some([least, median]) => write!(f, " {:.0} ({:.0}) |", micros(*least), micros(*median))?,
                    None => write!(f, " – |")?,
                }
            }
            for time in times.iter().skip(1) {
                match (times[0], time) {
                    (Some(ours), Some(theirs)) => {
                        let ratio = |n: usize| micros(ours[n]) / micros(theirs[n]);
                        write!(f, " {:.2} ({:.2}) |", ratio(0), ratio(1))?;
                    }
                    _ => write!(f, " – |")?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

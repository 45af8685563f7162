use std::{fmt, time::Duration};

/// What was measured, as a table in Markdown.
pub struct Table {
    sides: [&'static str; 2],
    rows: Vec<(String, [Duration; 2], [Duration; 2])>,
}

impl Table {
    pub fn new(ours: &'static str, bare: &'static str) -> Self {
        Self { sides: [ours, bare], rows: Vec::new() }
    }

    pub fn row(&mut self, name: &str, ours: Vec<Duration>, bare: Vec<Duration>) {
        let of = |mut times: Vec<Duration>| {
            times.sort();
            [times[0], times[times.len() / 2]]
        };
        self.rows.push((name.to_owned(), of(ours), of(bare)));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [ours, bare] = self.sides;
        writeln!(f, "| µs, least (median) | {ours} | {bare} | ratio of the least | of the medians |")?;
        writeln!(f, "|---|--:|--:|--:|--:|")?;
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        for (name, ours, bare) in &self.rows {
            let ratio = |n: usize| micros(ours[n]) / micros(bare[n]);
            let cell = |times: &[Duration; 2]| format!("{:.0} ({:.0})", micros(times[0]), micros(times[1]));
            writeln!(f, "| {name} | {} | {} | {:.2} | {:.2} |", cell(ours), cell(bare), ratio(0), ratio(1))?;
        }
        Ok(())
    }
}

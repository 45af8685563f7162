//! Ruby's Sequel, in a process of its own that is told what to do line by line and keeps the time itself.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;

use crate::{
    Outcome,
    side::{Job, Side},
};

pub struct Sequel(Mutex<Ruby>);

struct Ruby {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// The script, to be run by Ruby.
pub fn command(url: &str) -> Command {
    let mut ruby = Command::new("ruby");
    ruby.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/sequel.rb")).arg(url);
    ruby
}

/// What the script calls a job.
pub fn line(job: Job) -> String {
    match job {
        Job::Trivial => "trivial".to_owned(),
        Job::Medium => "medium".to_owned(),
        Job::ByKey(id) => format!("by_key {id}"),
        Job::AllByKey(id) => format!("all_by_key {id}"),
        Job::Insert(rows) => format!("insert {rows}"),
        Job::Associations => "associations".to_owned(),
        Job::EmptyTransaction => "empty_transaction".to_owned(),
        Job::Build => "build".to_owned(),
        Job::Stream(rows) => format!("stream {rows}"),
        Job::Gets { tasks, each } => format!("gets {tasks} {each}"),
    }
}

impl Sequel {
    /// `Err` when there is no Ruby with Sequel.
    pub fn connect(url: &str) -> Outcome<Self> {
        let mut process = command(url).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, output) = (process.stdin.take().ok_or("no input")?, process.stdout.take().ok_or("no output")?);
        let mut ruby = Ruby { process, input, output: BufReader::new(output) };
        ruby.ask("ready")?;
        Ok(Self(Mutex::new(ruby)))
    }
}

impl Ruby {
    fn ask(&mut self, line: &str) -> Outcome<(Duration, usize)> {
        writeln!(self.input, "{line}")?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        let (nanos, count) =
            answer.trim().split_once(' ').ok_or_else(|| format!("Ruby says {answer:?} to {line:?}"))?;
        Ok((Duration::from_nanos(nanos.parse()?), count.parse()?))
    }
}

impl Drop for Ruby {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Side for Sequel {
    fn name(&self) -> &'static str {
        "Sequel"
    }

    fn run(&self, job: Job) -> BoxFuture<'_, Outcome<usize>> {
        let answer = self.0.lock().unwrap_or_else(PoisonError::into_inner).ask(&line(job));
        Box::pin(async move { answer.map(|(_, count)| count) })
    }

    fn time(self: Arc<Self>, job: Job) -> BoxFuture<'static, Outcome<(Duration, usize)>> {
        let answer = self.0.lock().unwrap_or_else(PoisonError::into_inner).ask(&line(job));
        Box::pin(async move { answer })
    }
}

//! The real program, in a folder of its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// Where a Heron lives: its configuration, its store, and nothing of the environment's.
pub struct Home(TempDir);

/// What a command did.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// The URL of the store Heron uses unless it is told otherwise.
    pub fn store(&self) -> String {
        format!("sqlite://{}/heron.db", self.path().display())
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heron"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars() {
            let ours = ["HERON_", "PGHERO_", "RAILS_"].iter().any(|prefix| name.starts_with(prefix));
            if ours || matches!(name.as_str(), "DATABASE_URL" | "PORT" | "BIND") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Done {
        finished(&mut self.command(arguments))
    }

    /// Starts a command that goes on.
    pub fn start(&self, arguments: &[&str]) -> Heron {
        self.start_command(self.command(arguments))
    }

    /// The same with variables of the environment.
    pub fn start_command(&self, mut command: Command) -> Heron {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let outputs: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for output in outputs {
            let said = said.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    let mut said = said.lock().unwrap();
                    said.push_str(&line);
                    said.push('\n');
                }
            });
        }
        Heron { child, said }
    }
}

pub fn finished(command: &mut Command) -> Done {
    let output = command.output().unwrap();
    Done {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A Heron that runs. It ends with its owner at the latest.
pub struct Heron {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Heron {
    /// Everything it said so far, on both outputs.
    pub fn everything(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// The line that says this, once it does.
    pub async fn says(&self, text: &str) -> String {
        eventually(text, || self.everything().lines().find(|line| line.contains(text)).map(str::to_owned)).await
    }

    /// As kill -9.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop; the code it ends with.
    pub async fn terminate(&mut self) -> Option<i32> {
        self.signal("TERM").await
    }

    /// Sends a signal; the code it ends with.
    pub async fn signal(&mut self, name: &str) -> Option<i32> {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
        eventually("it ends", || self.child.try_wait().unwrap()).await.code()
    }
}

impl Drop for Heron {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks until the answer is there, for a generous time.
pub async fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(45) {
        if let Some(answer) = ask() {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}: not within 45 seconds")
}

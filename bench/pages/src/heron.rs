//! The program that is measured.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::Result;

/// The running program; ends with us.
pub(crate) struct Heron {
    child: Child,
    pub(crate) link: String,
    /// How long it took until it could be asked.
    pub(crate) boot: Duration,
}

impl Heron {
    /// Serves these databases, with its store in this folder.
    pub(crate) fn start(program: &str, folder: &TempDir, urls: &[String]) -> Result<Self> {
        let began = Instant::now();
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:3196", "--capture-interval", "1h", "--store", &store(folder)])
            .args(urls)
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("no output to read")?;
        for line in BufReader::new(stdout).lines() {
            if let Some((_, link)) = line?.split_once("http://127.0.0.1:3196/sign-in") {
                let link = format!("/sign-in{link}");
                return Ok(Self { child, link, boot: began.elapsed() });
            }
        }
        Err("heron printed no sign-in link".into())
    }

    /// User and system time spent so far (`/proc/<pid>/stat`, in hundredths of a second).
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let ticks: u64 = fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Megabytes that are in memory now (`VmRSS`).
    pub(crate) fn memory(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next());
        Ok(resident.ok_or("nothing is said of memory")?.parse::<f64>()? / 1000.0)
    }
}

impl Drop for Heron {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long captures take as a process of their own, from its start to its end.
pub(crate) fn capture(program: &str, folder: &TempDir, urls: &[String]) -> Result<Duration> {
    let began = Instant::now();
    let output = Command::new(program).args(["capture", "--once", "--store", &store(folder)]).args(urls).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(began.elapsed())
}

/// Its store's URL.
pub(crate) fn store(folder: &TempDir) -> String {
    format!("sqlite://{}/heron.db", folder.path().display())
}

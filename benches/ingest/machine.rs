//! What a run costs: wall time, CPU time of the client and of the server's processes, peak memory.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Clock ticks a second in /proc (`USER_HZ`, the same on every Linux).
const TICKS: f64 = 100.0;

/// How often a process's peak memory is looked at; the kernel keeps the peak itself.
const LOOK: Duration = Duration::from_millis(5);

/// What one run of a client took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Seconds by the wall clock.
    pub wall: f64,
    /// CPU seconds of the client and its children.
    pub client: f64,
    /// CPU seconds of the server's processes.
    pub server: f64,
    /// Peak resident memory of the client, in KiB.
    pub peak: u64,
}

impl Cost {
    /// One run after another, as one.
    pub fn and(self, other: Self) -> Self {
        Self {
            wall: self.wall + other.wall,
            client: self.client + other.client,
            server: self.server + other.server,
            peak: self.peak.max(other.peak),
        }
    }
}

/// Runs a client to its end and says what it printed and what it took. `server` is the process group
/// of the server, and `busy` the name of its processes that end with the client's connection.
pub fn run(command: &mut Command, server: u32, busy: &str) -> (String, Cost) {
    let before = (reaped(), group(server, busy));
    let begun = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let watch = Watch::over(&child);
    let output = child.wait_with_output().unwrap();
    let wall = begun.elapsed().as_secs_f64();
    let peak = watch.peak();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} failed: {out}{err}");
    let after = (reaped(), group(server, busy));
    (out.into_owned(), Cost { wall, client: after.0 - before.0, server: after.1 - before.1, peak })
}

/// CPU seconds of the children this process has waited for.
fn reaped() -> f64 {
    let times = times("self").unwrap();
    (times[2] + times[3]) / TICKS
}

/// CPU seconds of a process group, with what its processes have waited for. Counted when none of its
/// `busy` processes is left: what they took then stands in their parent's account.
fn group(id: u32, busy: &str) -> f64 {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let (mut sum, mut idle) = (0.0, true);
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
            let Some((name, fields)) = stat(&pid.to_string()) else { continue };
            if fields[2] == id.to_string() {
                idle &= name != busy;
                sum += times(&pid.to_string()).unwrap_or_default().iter().sum::<f64>() / TICKS;
            }
        }
        if idle {
            return sum;
        }
        assert!(Instant::now() < deadline, "{busy} processes remain");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A process's name and the fields after it in /proc/PID/stat: state, parent, group, …
fn stat(pid: &str) -> Option<(String, Vec<String>)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (before, after) = text.rsplit_once(')')?;
    let name = before.split_once('(')?.1.to_owned();
    Some((name, after.split_whitespace().map(str::to_owned).collect()))
}

/// utime, stime, cutime, cstime.
fn times(pid: &str) -> Option<[f64; 4]> {
    let (_, fields) = stat(pid)?;
    Some([11, 12, 13, 14].map(|at: usize| fields[at].parse::<f64>().unwrap()))
}

struct Watch {
    done: Arc<AtomicBool>,
    peak: Arc<AtomicU64>,
    thread: std::thread::JoinHandle<()>,
}

impl Watch {
    fn over(child: &Child) -> Self {
        let (done, peak) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (status, ended, highest) = (format!("/proc/{}/status", child.id()), Arc::clone(&done), Arc::clone(&peak));
        let thread = std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                let text = fs::read_to_string(&status).unwrap_or_default();
                let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
                let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
                highest.fetch_max(kib.unwrap_or(0), Ordering::Relaxed);
                std::thread::sleep(LOOK);
            }
        });
        Self { done, peak, thread }
    }

    fn peak(self) -> u64 {
        self.done.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        self.peak.load(Ordering::Relaxed)
    }
}

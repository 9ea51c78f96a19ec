//! What the machine tells about this process: bytes written, processor time, memory.

use std::path::Path;

/// Counters of this process so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Readings {
    /// Bytes handed to `write` calls.
    pub handed: f64,
    /// Bytes that made their way, or will, to a disk: whole pages of the file system.
    pub written: f64,
    /// Processor time of this thread in microseconds.
    pub cpu_us: f64,
}

impl Readings {
    /// Reads the counters.
    pub fn now() -> Self {
        let io = std::fs::read_to_string("/proc/self/io").expect("/proc/self/io");
        let field = |name: &str| {
            io.lines()
                .find_map(|line| line.strip_prefix(name))
                .and_then(|rest| rest.trim_start_matches(':').trim().parse::<f64>().ok())
                .expect("a counter")
        };
        // Without a switch the kernel tells the time of the last tick.
        std::thread::yield_now();
        let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("schedstat");
        let ran: f64 = stat.split(' ').next().and_then(|ns| ns.parse().ok()).expect("a time");
        Self { handed: field("wchar"), written: field("write_bytes"), cpu_us: ran / 1_000.0 }
    }

    /// What came on top since `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            handed: self.handed - before.handed,
            written: self.written - before.written,
            cpu_us: self.cpu_us - before.cpu_us,
        }
    }

    /// The sum of both.
    pub fn plus(self, other: Self) -> Self {
        Self {
            handed: self.handed + other.handed,
            written: self.written + other.written,
            cpu_us: self.cpu_us + other.cpu_us,
        }
    }
}

/// Memory of this process in KiB that is its own: resident, not shared with a file.
pub fn own_memory_kib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc/self/status");
    status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .expect("RssAnon")
}

/// One line about the machine and the folder's file system.
pub fn description(dir: &Path) -> String {
    std::fs::create_dir_all(dir).expect("a folder");
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    let kernel = kernel.trim();
    let sqlite = rusqlite::version();
    format!("{processors} x {model}, Linux {kernel}, SQLite {sqlite}, load {load} at start")
}

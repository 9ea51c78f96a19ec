//! A real PostgreSQL that a test starts for itself: a cluster in a temporary folder, on a socket
//! in that folder, run by an ordinary user, gone with the test even when that panics.
//!
//! ```text
//!  Server::start ─▶ initdb ─▶ postgres ──(kill, back_up, restore, start_again)──▶ Drop: SIGKILL
//! ```
//!
//! Where there is no PostgreSQL a test says so and passes, unless `TIDEOVER_POSTGRES_REQUIRED` is
//! set. `TIDEOVER_POSTGRES_BIN` names another folder of its programs.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The cluster's owner.
const USER: &str = "tideover";
/// Looks for an answer while a server starts; each one waits as long as `psql` takes.
const LOOKS: u32 = 2_000;

/// A running server, or one that was stopped for a while.
pub struct Server {
    programs: PathBuf,
    folder: tempfile::TempDir,
    /// Whom it runs as, where this runs as root: PostgreSQL refuses root. User and group.
    as_user: Option<(String, String)>,
    server: Option<Child>,
    /// Beyond the socket: what else the server is told at its start.
    told: Vec<String>,
    databases: AtomicU32,
}

impl Server {
    /// Starts a server; none where PostgreSQL is not installed and not required.
    pub fn start() -> Option<Self> {
        Self::told(|_| Vec::new())
    }

    /// The same, told more at its start; `prepare` may write into its folder.
    pub fn told(prepare: impl FnOnce(&Path) -> Vec<String>) -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                std::env::var_os("TIDEOVER_POSTGRES_REQUIRED").is_none(),
                "PostgreSQL is required here and its initdb was not found; install the package \
                 postgresql, or name its folder with TIDEOVER_POSTGRES_BIN"
            );
            println!("skipped: PostgreSQL is not installed (package postgresql)");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("tideover-pg-").tempdir().expect("a folder");
        let as_user = is_root().then(ordinary_user);
        let told = prepare(folder.path());
        if let Some((user, group)) = &as_user {
            run(Command::new("chown").arg("-R").arg(format!("{user}:{group}")).arg(folder.path()));
        }
        let databases = AtomicU32::new(0);
        let mut made = Self { programs, folder, as_user, server: None, told, databases };
        let data = made.data();
        let mut init = made.program("initdb");
        init.args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "-U", USER, "-D"]);
        run(init.arg(&data));
        made.start_again();
        Some(made)
    }

    /// An empty database on it; its address.
    pub fn database(&self) -> String {
        let name = format!("central{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.address_of(&name)
    }

    /// The address of a database, through the socket.
    pub fn address_of(&self, name: &str) -> String {
        let socket = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://{USER}@{socket}/{name}")
    }

    /// Asks a database something; what it says, without blanks around it.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let done = self.psql(database, sql);
        assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("text").trim().to_owned()
    }

    fn psql(&self, database: &str, sql: &str) -> Output {
        self.asking(database, sql).output().expect("psql")
    }

    fn asking(&self, database: &str, sql: &str) -> Command {
        let mut psql = self.program("psql");
        psql.arg("-h").arg(self.folder.path()).args(["-U", USER, "-qAt", "-v", "ON_ERROR_STOP=1"]);
        psql.args(["-p", &self.port()]);
        psql.args(["-d", database, "-c", sql]);
        psql
    }

    /// A session that asks something and goes on with it, as a long report does; the caller ends it.
    pub fn session(&self, database: &str, sql: &str) -> Child {
        let mut psql = self.asking(database, sql);
        psql.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("psql")
    }

    /// The file that holds a table's rows, with all that was changed written into it.
    pub fn file_of(&self, database: &str, table: &str) -> PathBuf {
        self.sql(database, "CHECKPOINT");
        let path = self.sql(database, &format!("SELECT pg_relation_filepath('{table}')"));
        self.data().join(path)
    }

    /// Starts the server on its cluster, and returns once it answers. After a crash its children
    /// may hold the memory it needs for a moment: then it is started again.
    pub fn start_again(&mut self) {
        for _ in 0..LOOKS {
            if self.server.as_mut().is_none_or(|server| server.try_wait().expect("asked").is_some())
            {
                let mut server = self.program("postgres");
                let mut log = std::fs::OpenOptions::new();
                let log = log.create(true).append(true).open(self.folder.path().join("log"));
                server.arg("-D").arg(self.data()).arg("-k").arg(self.folder.path());
                server.args(["-c", "listen_addresses=", "-c", "max_connections=200"]);
                server.args(&self.told);
                server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.expect("a log"));
                self.server = Some(server.spawn().expect("postgres"));
            }
            if self.psql("postgres", "SELECT 1").status.success() {
                return;
            }
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        panic!("PostgreSQL did not start:\n{log}");
    }

    /// Kills the postmaster with SIGKILL: its children see that and end.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().expect("killed");
            server.wait().expect("ended");
        }
    }

    /// Stops every process of it where it stands, as a disk that hangs does; they go on when this is
    /// dropped.
    pub fn freeze(&self) -> Frozen {
        let server = self.server.as_ref().expect("it runs");
        let mut pids = vec![i32::try_from(server.id()).expect("a number")];
        let all =
            self.sql("postgres", "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
        pids.extend(all.lines().map(|pid| pid.parse::<i32>().expect("a number")));
        signal(&pids, rustix::process::Signal::STOP);
        Frozen(pids)
    }

    /// Copies the whole cluster while it runs, as its own tool for backups does.
    pub fn back_up(&self) -> PathBuf {
        let copy = self.folder.path().join("backup");
        let mut backup = self.program("pg_basebackup");
        backup.arg("-h").arg(self.folder.path()).args(["-U", USER, "-X", "stream", "-c", "fast"]);
        run(backup.args(["--no-sync", "-D"]).arg(&copy));
        copy
    }

    /// A second server that follows this one's log as it is written, in a folder of its own, and
    /// takes no changes; with `told` more than the first.
    pub fn standby(&self, told: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("tideover-pg-").tempdir().expect("a folder");
        if let Some((user, group)) = &self.as_user {
            run(Command::new("chown").arg(format!("{user}:{group}")).arg(folder.path()));
        }
        let mut copy = self.program("pg_basebackup");
        copy.arg("-h").arg(self.folder.path()).args(["-U", USER, "-X", "stream", "-c", "fast"]);
        run(copy.args(["--no-sync", "-R", "-D"]).arg(folder.path().join("data")));
        let mut made = Self {
            programs: self.programs.clone(),
            folder,
            as_user: self.as_user.clone(),
            server: None,
            told: told.iter().map(|&word| word.to_owned()).collect(),
            databases: AtomicU32::new(0),
        };
        made.start_again();
        made
    }

    /// Waits until a standby has all that this server has written so far.
    pub fn is_followed_by(&self, standby: &Self) {
        let here = self.sql("postgres", "SELECT pg_current_wal_flush_lsn()");
        let there = format!("SELECT coalesce(pg_last_wal_replay_lsn() >= '{here}', false)");
        (0..LOOKS)
            .find(|_| standby.sql("postgres", &there) == "t")
            .expect("the standby comes to where the first server is");
    }

    /// A standby hears of nothing more, as behind a cut cable.
    pub fn hears_nothing_more(&self) {
        self.sql("postgres", "ALTER SYSTEM SET primary_conninfo = ''");
        self.sql("postgres", "SELECT pg_reload_conf()");
        (0..LOOKS)
            .find(|_| self.sql("postgres", "SELECT count(*) FROM pg_stat_wal_receiver") == "0")
            .expect("the standby's line ends");
    }

    /// Stands where another one stood, that was killed: whoever asks there is answered by this one.
    pub fn stands_in_for(&self, other: &Self) {
        assert!(other.server.is_none(), "nobody stands in for a running server");
        let socket = |of: &Self| of.folder.path().join(format!(".s.PGSQL.{}", of.port()));
        // What a killed server leaves behind.
        std::fs::remove_file(socket(other)).ok();
        std::os::unix::fs::symlink(socket(self), socket(other)).expect("its place");
        if let Some((user, _)) = &self.as_user {
            run(Command::new("chown").arg("-h").arg(user).arg(socket(other)));
        }
    }

    /// A standby becomes a server like any other, on another time line.
    pub fn promote(&self) {
        assert_eq!(self.sql("postgres", "SELECT pg_promote(true, 120)"), "t", "it is promoted");
    }

    /// Puts a copy in the cluster's place; the server was killed before.
    pub fn restore(&mut self, copy: &Path) {
        assert!(self.server.is_none(), "a running server is not replaced");
        std::fs::remove_dir_all(self.data()).expect("removed");
        std::fs::rename(copy, self.data()).expect("restored");
        self.start_again();
    }

    /// Puts a copy in the cluster's place and has it go on, by its archive of the log, up to a
    /// moment; then it is a server like any other, on another time line.
    pub fn restore_to(&mut self, copy: &Path, moment: &str) {
        let archive = self.folder.path().join("archive");
        let settings = format!(
            "restore_command = 'cp {}/%f %p'\nrecovery_target_time = '{moment}'\n\
             recovery_target_action = 'promote'\n",
            archive.display()
        );
        let path = copy.join("postgresql.auto.conf");
        let mut text = std::fs::read_to_string(&path).expect("settings");
        text.push_str(&settings);
        std::fs::write(&path, text).expect("settings");
        std::fs::write(copy.join("recovery.signal"), "").expect("a signal");
        self.restore(copy);
        for _ in 0..LOOKS {
            if self.sql("postgres", "SELECT pg_is_in_recovery()") == "f" {
                return;
            }
        }
        panic!("PostgreSQL did not come to its moment");
    }

    /// What a server is told that archives its log into its own folder.
    pub fn archiving(folder: &Path) -> Vec<String> {
        let archive = folder.join("archive");
        std::fs::create_dir(&archive).expect("a folder");
        let command =
            format!("archive_command=test ! -f {0}/%f && cp %p {0}/%f", archive.display());
        ["-c", "archive_mode=on", "-c", &command].map(str::to_owned).into()
    }

    /// Ends the segment of the log that is written now, and waits until it is in the archive.
    pub fn archive(&self) {
        let name = self.sql("postgres", "SELECT pg_walfile_name(pg_switch_wal())");
        let path = self.folder.path().join("archive").join(name);
        for _ in 0..LOOKS {
            if path.is_file() {
                return;
            }
            // Asking takes as long as the archiver needs now and then.
            self.sql("postgres", "SELECT 1");
        }
        panic!("{} was not archived", path.display());
    }

    /// The socket bears the port's number too.
    fn port(&self) -> String {
        let port = self.told.iter().find_map(|setting| setting.strip_prefix("port="));
        port.unwrap_or("5432").to_owned()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of PostgreSQL, as the ordinary user.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = match &self.as_user {
            None => Command::new(path),
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", user, "--regid", group, "--clear-groups"]).arg(path);
                command
            }
        };
        command.current_dir(self.folder.path()).env("LC_ALL", "C");
        command
    }
}

/// The processes of a server that stand still.
pub struct Frozen(Vec<i32>);

impl Drop for Frozen {
    fn drop(&mut self) {
        signal(&self.0, rustix::process::Signal::CONT);
    }
}

/// One of them may have ended meanwhile: the session that was asked for the list.
fn signal(pids: &[i32], signal: rustix::process::Signal) {
    for pid in pids {
        let pid = rustix::process::Pid::from_raw(*pid).expect("a process");
        rustix::process::kill_process(pid, signal).ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // SIGQUIT would be kinder, and nobody needs this cluster any more.
            server.kill().ok();
            server.wait().ok();
        }
    }
}

fn run(command: &mut Command) {
    let done = command.stdin(Stdio::null()).output().expect("it starts");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Where PostgreSQL's programs are: the newest version that is installed.
fn programs() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("TIDEOVER_POSTGRES_BIN") {
        return Some(PathBuf::from(named));
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.map(|entry| entry.path()).filter(|path| number(path).is_some());
    let debian = newest.max_by_key(number).map(|path| path.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all: Vec<PathBuf> = debian.into_iter().collect();
    all.extend(std::env::split_paths(&path));
    all.into_iter().find(|folder| folder.join("initdb").is_file())
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// PostgreSQL's own user where the package made one, else nobody: numbers of user and group.
fn ordinary_user() -> (String, String) {
    let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of = |name: &str| {
        let line = known.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut parts = line.split(':').skip(2).map(str::to_owned);
        Some((parts.next()?, parts.next()?))
    };
    of("postgres").or_else(|| of("nobody")).expect("an ordinary user")
}

//! Real file systems on a file of their own: cut off by the kernel, frozen, and shared with a
//! program that holds on to the ledger. Where this user may not mount one, the test says so.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use tideover::domain::event::Event;
use tideover::ledger::LedgerError;

use super::store::{Register, next_sale, sale};

/// Stops a file system as a power cut would, its own journal unwritten: FS_IOC_SHUTDOWN with
/// "no log flush".
const CUT: &str = "import fcntl,os,struct,sys\n\
    fcntl.ioctl(os.open(sys.argv[1], 0), 0x8004587d, struct.pack('I', 2))";

/// A file system on a loop device, mounted in a folder.
struct LoopDisk {
    folder: tempfile::TempDir,
}

fn done(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

impl LoopDisk {
    fn of(kind: &str, mib: u64) -> Option<Self> {
        let disk = Self { folder: tempfile::tempdir().expect("a folder") };
        let image = std::fs::File::create(disk.image()).expect("an image");
        image.set_len(mib << 20).expect("a length");
        std::fs::create_dir(disk.root()).expect("a place");
        let image = disk.image().display().to_string();
        let made = done(&format!("mkfs.{kind}"), &["-q", &image]) && disk.mount();
        if !made {
            eprintln!("skipped: this user may not make and mount a small {kind}");
        }
        made.then_some(disk)
    }

    fn image(&self) -> std::path::PathBuf {
        self.folder.path().join("image")
    }

    fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("mounted")
    }

    fn mount(&self) -> bool {
        let (image, root) = (self.image().display().to_string(), self.root().display().to_string());
        done("mount", &["-o", "loop", &image, &root])
    }

    fn unmount(&self) -> bool {
        done("umount", &[&self.root().display().to_string()])
    }

    fn freeze(&self, option: &str) -> bool {
        done("fsfreeze", &[option, &self.root().display().to_string()])
    }
}

impl Drop for LoopDisk {
    fn drop(&mut self) {
        self.freeze("--unfreeze");
        done("umount", &["-l", &self.root().display().to_string()]);
    }
}

fn register_on(root: &Path) -> Register {
    Register::at(&root.join("register"), 1)
}

#[test]
fn a_file_system_that_the_kernel_cuts_off_holds_every_sale_that_was_answered_for() {
    for kind in ["ext4", "xfs", "btrfs"] {
        let mib = if kind == "ext4" { 24 } else { 320 };
        let Some(disk) = LoopDisk::of(kind, mib) else { continue };
        let mut recorded = 0;
        for round in 0..8 {
            let register = register_on(&disk.root());
            let (mut ledger, opening) = register.open();
            assert!(opening.findings.is_empty(), "{kind}: {:?}", opening.findings);
            assert_eq!(ledger.state().last_sale_no.0, recorded, "{kind}, round {round}");
            register.sell(&mut ledger, 3 + round);
            recorded += 3 + round;
            if round % 3 == 1 {
                ledger.checkpoint_wal().expect("moved");
            }
            let root = disk.root().display().to_string();
            if !done("python3", &["-c", CUT, &root]) {
                eprintln!("skipped: this system does not cut a {kind} off");
                break;
            }
            let (number, shift) = next_sale(&ledger);
            let entry = register.entry(Event::of_sale(sale(number, shift, 2)));
            let why = ledger.append(&entry).expect_err("a dead disk takes nothing");
            let words = why.to_string();
            assert!(words.contains("sale") && words.contains("estart"), "{words}");
            let again = ledger.append(&entry);
            assert!(matches!(again, Err(LedgerError::Poisoned)), "{again:?}");
            drop(ledger);
            assert!(disk.unmount() && disk.mount(), "{kind}: power is back");
        }
    }
}

#[test]
fn a_disk_that_hangs_keeps_the_sale_waiting_and_records_it_once_when_it_comes_back() {
    let Some(disk) = LoopDisk::of("ext4", 24) else { return };
    let register = register_on(&disk.root());
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 2);
    if !disk.freeze("--freeze") {
        eprintln!("skipped: this user may not freeze a file system");
        return;
    }
    let (number, shift) = next_sale(&ledger);
    let entry = register.entry(Event::of_sale(sale(number, shift, 2)));
    let (tell, told) = sync_channel(1);
    let recording = std::thread::Builder::new().name("hanging".to_owned()).spawn(move || {
        let recorded = ledger.append(&entry).is_ok();
        tell.send(recorded).expect("somebody waits");
        let again = ledger.append(&entry);
        (ledger, matches!(again, Err(LedgerError::AlreadyRecorded(_))))
    });
    let early = told.recv_timeout(Duration::from_millis(400));
    assert_eq!(early, Err(RecvTimeoutError::Timeout), "a frozen disk takes nothing");
    assert!(disk.freeze("--unfreeze"), "it is back");
    assert_eq!(told.recv(), Ok(true), "a late success is a sale");
    let (ledger, refused) = recording.expect("a thread").join().expect("it ended");
    assert!(refused, "tried again, it is not a second one");
    assert_eq!(ledger.state().last_sale_no, number);
    drop(ledger);
    assert!(register.verify().is_clean());
    assert!(disk.unmount());
}

#[test]
fn a_program_that_keeps_the_ledger_locked_costs_a_wait_and_no_sale() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 1);
    let other = rusqlite::Connection::open(register.place.database()).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let (number, shift) = next_sale(&ledger);
    let entry = register.entry(Event::of_sale(sale(number, shift, 2)));
    let why = ledger.append(&entry).expect_err("it is locked");
    assert!(matches!(why, LedgerError::Locked { .. }), "{why:?}");
    assert!(why.to_string().contains("another program"), "{why}");
    drop(other);
    ledger.append(&entry).expect("the same sale, once the other one let go");
    assert_eq!(ledger.state().last_sale_no, number);
    drop(ledger);
    assert!(register.verify().is_clean());
}

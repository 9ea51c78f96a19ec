//! Central's database stopped, put back to an older copy, and opened by somebody else.

use super::*;

#[test]
fn central_stopped_restarted_and_restored_in_the_middle_of_a_drain_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let backup = tempfile::tempdir().expect("a folder");
    let mut registers = [TestRegister::new(7), TestRegister::new(8)];
    let time = clock();
    let mut loops: Vec<_> = registers.iter().map(|register| register.sync(&time)).collect();
    let mut step = |central: &Central, registers: &mut [TestRegister], steps: usize| {
        let mut transport = HttpTransport::new(&central.url(), None, false).expect("a line");
        for _ in 0..steps {
            for (sync, register) in loops.iter_mut().zip(registers.iter_mut()) {
                use tideover::device::clock::Clock as _;
                let next = sync.step(time.mono_ms(), &mut transport, register);
                time.advance_ms(u32::try_from(next.wait_ms).expect("a wait"));
            }
        }
    };
    for register in &mut registers {
        register.sell(1_000, 1);
    }
    let central = central_at(folder.path());
    step(&central, &mut registers, 3);
    central.stop();
    let file = tideover::central::sqlite::FILE_NAME;
    std::fs::copy(folder.path().join(file), backup.path().join(file)).expect("copied");
    let central = central_at(folder.path());
    let before = central.journals().expect("journals");
    step(&central, &mut registers, 4);
    let name = central.journals().expect("journals");
    assert!(name[0].position.next_seq > before[0].position.next_seq);
    central.stop();
    // The disk died; yesterday's copy takes its place. Registers hold receipts beyond it.
    for rest in ["-wal", "-shm"] {
        std::fs::remove_file(folder.path().join(format!("{file}{rest}"))).ok();
    }
    std::fs::copy(backup.path().join(file), folder.path().join(file)).expect("restored");
    let central = central_at(folder.path());
    let restored = central.journals().expect("journals");
    assert_eq!(restored[0].position.next_seq, before[0].position.next_seq);
    step(&central, &mut registers, 3);
    for register in &mut registers {
        register.sell(10, 1);
    }
    step(&central, &mut registers, 20);
    assert_all_once(&central, &[&registers[0], &registers[1]]);
    for register in &registers {
        let receipt = &register.receipts[&register.chain.journal];
        assert_eq!(receipt.next_seq, register.chain.next_seq);
    }
}

#[test]
fn central_knows_by_its_mark_that_its_database_is_an_older_copy() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = TestRegister::new(7);
    register.sell(5, 1);
    let name = |central: &Central| {
        let path = "/v1/hello?nonce=00".to_owned();
        let request = Request::get(path);
        let body = central.door().answer(&request).body;
        let hello: tideover::sync::wire::Hello =
            Sealed::split(&body).expect("sealed").claim().expect("hello");
        hello.server_epoch
    };
    let file = folder.path().join(tideover::central::sqlite::FILE_NAME);
    let central = central_at(folder.path());
    let first = name(&central);
    central.stop();
    let copy = std::fs::read(&file).expect("read");
    let central = central_at(folder.path());
    assert_eq!(name(&central), first, "a restart is no restore");
    drain(&mut register, &mut InProcess(central.door()));
    central.settle();
    central.stop();
    std::fs::write(&file, &copy).expect("restored");
    let central = central_at(folder.path());
    let second = name(&central);
    assert_ne!(second, first);
    central.stop();
    // The same copy again, before anything came: its old name must not come back either.
    std::fs::write(&file, &copy).expect("restored");
    let central = central_at(folder.path());
    assert!(![first, second].contains(&name(&central)));
}

/// Another program that opens the database and closes it again would take the log with it, if
/// nobody held the file: what central acknowledged afterwards would be gone at its next start.
#[test]
fn another_program_that_closes_the_database_leaves_its_log_to_central() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let number = |name: &str| {
        let file = std::fs::metadata(folder.path().join(name)).expect("a file");
        std::os::unix::fs::MetadataExt::ino(&file)
    };
    let (database, log) = (number("central.db"), number("central.db-wal"));
    let own = std::process::id().to_string();
    let locks = std::fs::read_to_string("/proc/locks").expect("locks");
    let is_held = locks.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.any(|word| word == own) && words.any(|word| word.ends_with(&format!(":{database}")))
    });
    assert!(is_held, "nobody holds the database:\n{locks}");
    // A command beside central looks at it, and is gone.
    let data = folder.path().to_str().expect("a name");
    let told = crate::program::run(&["central", "totals", "--data", data, "--store", "1042"]);
    assert!(told.status.success());
    let mut register = TestRegister::new(7);
    register.sell(40, 1);
    drain(&mut register, &mut InProcess(central.door()));
    assert_eq!(number("central.db-wal"), log, "the log is the one that central writes");
    central.stop();
    assert_all_once(&central_at(folder.path()), &[&register]);
}

/// The mark was put back together with the database, so that nothing shows it; the register has
/// nothing to send, and its line never broke.
#[test]
fn an_older_copy_that_nobody_noticed_is_filled_by_a_register_that_only_says_that_it_is_there() {
    use tideover::device::clock::Clock as _;
    let (folder, copy) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"));
    let copied = |from: &Path, to: &Path| {
        for file in std::fs::read_dir(from).expect("readable") {
            let path = file.expect("a file").path();
            if path.is_file() {
                std::fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("copied");
            }
        }
    };
    let time = clock();
    let mut register = TestRegister::new(7);
    let central = central_on(folder.path(), Encryption::None, Arc::new(time.clone()));
    enrolled(&central, &register);
    central.stop();
    copied(folder.path(), copy.path());
    let mut central = central_on(folder.path(), Encryption::None, Arc::new(time.clone()));
    let mut sync = register.sync(&time);
    register.sell(40, 1);
    let mut steps = |central: &Central, register: &mut TestRegister, ms: u64| {
        let (mut line, until) = (InProcess(central.door()), time.mono_ms() + ms);
        while time.mono_ms() < until {
            let next = sync.step(time.mono_ms(), &mut line, register);
            time.advance_ms(u32::try_from(next.wait_ms).expect("a wait"));
        }
    };
    steps(&central, &mut register, 60_000);
    assert_all_once(&central, &[&register]);
    central.stop();
    for rest in ["central.db-wal", "central.db-shm"] {
        std::fs::remove_file(folder.path().join(rest)).ok();
    }
    copied(copy.path(), folder.path());
    central = central_on(folder.path(), Encryption::None, Arc::new(time.clone()));
    assert_eq!(central.journals().expect("rows"), [], "an older copy");
    steps(&central, &mut register, 7 * 60_000);
    assert_all_once(&central, &[&register]);
}

//! Each topic stands right in a good register, and each one wrong thing is said and nothing else.

use super::*;
use crate::domain::file_system::Keeps;
use crate::domain::readiness::Topic as Ready;
use crate::domain::time::BusinessDate;
use crate::domain::words::Words;

fn day(text: &str) -> BusinessDate {
    BusinessDate::parse(text).expect("a day")
}

fn entry(path: &str, kind: EntryKind, mode: u32) -> Entry {
    Entry { path: path.to_owned(), kind, mode, uid: 1001 }
}

fn place(what: &'static str, kind: &str) -> PlaceUnder {
    let kind = Ok((kind.to_owned(), Keeps::of_kind(kind)));
    PlaceUnder { what, path: format!("/srv/{what}"), kind }
}

fn hidden<T>() -> Seen<T> {
    Err("it is hidden".to_owned())
}

fn best() -> Facts {
    let machine = Machine {
        umask: Ok(0o077),
        core: Ok(CoreDumps { limit: "0".to_owned(), pattern: "core".to_owned() }),
        swap: Ok(vec![Swap { at: "/dev/zram0".to_owned(), guarded: Some(true) }]),
        encrypted: Ok(true),
        time_sync: Ok(Some(("chronyd".to_owned(), None))),
        autologin: Ok(vec!["till".to_owned()]),
        usb: Ok(UsbStorage { loaded: true, kept_out: false, listed: true }),
        keyboards: Ok(Keyboards { names: vec!["Keyboard".to_owned()], by_list: true }),
        people: Ok(vec![("till".to_owned(), 1001)]),
        ports: Ok(vec![]),
        firewall: Ok(Some("nftables".to_owned())),
        lockers: Ok(vec![]),
        updates: Ok(Updates::RestartAt("03:30".to_owned())),
        secure_boot: Ok(true),
    };
    let home = Home {
        owner: Ok(Owner { uid: 1001, name: "till".to_owned(), admin: None }),
        entries: Ok(vec![
            entry(".", EntryKind::Folder, 0o40700),
            entry("register.key", EntryKind::Secret, 0o100_600),
            entry("register.json", EntryKind::File, 0o100_644),
        ]),
        places: vec![place("ledger", "ext4"), place("tape", "xfs")],
        inodes: Ok(Inodes { free: 100_000, all: 200_000 }),
        day: Day {
            today: day("2026-11-24"),
            known: Some((day("2026-11-24"), "the last record's day")),
        },
        program: Ok("tideover 0.1.0 with SQLite 3.54.1".to_owned()),
        release: Release::Signed { number: 3, builders: 2 },
    };
    Facts { machine, home, post: Post::Register(Box::new(best_register())) }
}

fn best_register() -> OwnState {
    OwnState {
        key: KeyFile::Whole,
        journal: Ok(Journal {
            database: true,
            tape: Some(41),
            damaged: 0,
            anchor: Some(41),
            last: Some(day("2026-11-23")),
        }),
        pack: Signed::Right("20261124-1 of 2026-11-24".to_owned()),
        pin: Ok(PinCost { took_ms: 180, mib: 64, passes: 3 }),
        lock_after_s: Ok(120),
        central: CentralLine::Answers(Proof::Pinned),
        printer: PrinterSet::Printer("tcp 192.0.2.50:9100".to_owned(), true),
        peers_unseen: None,
        readiness: Ready::ALL.map(|topic| ready(topic, Standing::Ready)).to_vec(),
    }
}

fn ready(topic: Ready, standing: Standing) -> ReadinessFinding {
    let remedy = if standing == Standing::Ready { Words::NOTHING } else { Words::data("Do it.") };
    ReadinessFinding { topic, standing, text: Words::data("So it is"), remedy }
}

fn best_central() -> Facts {
    let post = Post::Central(CentralState {
        seal_key: false,
        key: KeyFile::Whole,
        database: DatabaseAt::Here,
    });
    Facts { post, ..best() }
}

fn own(facts: &mut Facts) -> &mut OwnState {
    match &mut facts.post {
        Post::Register(own) => own,
        Post::Central(_) => panic!("a register's"),
    }
}

fn machine_of(facts: &mut Facts) -> &mut Machine {
    &mut facts.machine
}

/// Changes one thing of the best register: exactly that topic stands so, and says what to do.
fn check(topic: Topic, verdict: Verdict, change: impl FnOnce(&mut Facts)) {
    let mut facts = best();
    change(&mut facts);
    let findings = look(&facts);
    let found = findings.iter().find(|finding| finding.topic == topic).expect("looked at");
    assert_eq!(found.verdict, verdict, "{topic:?}: {}", found.found);
    assert!(found.verdict == Verdict::Good || !topic.stake().is_empty());
    // The doctor says of one thing at a time what is wrong, but for the key, which an encrypted
    // disk guards.
    let pair = [Topic::Key, Topic::Encryption];
    for other in findings.iter().filter(|other| other.topic != topic) {
        let belongs = pair.contains(&topic) && pair.contains(&other.topic);
        assert!(other.verdict == Verdict::Good || belongs, "{topic:?} and {other:?}");
    }
}

#[test]
fn a_register_in_order_has_nothing_to_do_and_every_topic_was_looked_at() {
    let findings = look(&best());
    for finding in &findings {
        assert_eq!((finding.verdict, finding.remedy.as_str()), (Verdict::Good, ""), "{finding:?}");
    }
    let central = look(&best_central());
    assert!(central.iter().all(|finding| finding.verdict == Verdict::Good), "{central:?}");
    for topic in Topic::ALL {
        let of = |all: &[DoctorFinding]| all.iter().filter(|one| one.topic == topic).count();
        let (here, there) = (of(&findings), of(&central));
        assert!(here <= 1 && there <= 1, "{topic:?} is said twice");
        assert!(here + there > 0, "{topic:?} is looked at nowhere");
    }
}

#[test]
fn every_topic_of_the_folder_can_stand_wrong() {
    use Verdict::{Look, NotSeen, Wrong};
    check(Topic::Program, Wrong, |f| f.home.program = Err("SQLite is old".to_owned()));
    check(Topic::Program, NotSeen, |f| f.home.release = Release::NoBuilders);
    check(Topic::Program, Look, |f| f.home.release = Release::NoList("none".to_owned()));
    check(Topic::Program, Wrong, |f| f.home.release = Release::Other("other bytes".to_owned()));
    let owner = |uid, admin: Option<&str>| {
        Ok(Owner { uid, name: "till".to_owned(), admin: admin.map(str::to_owned) })
    };
    check(Topic::Owner, Look, |f| f.home.owner = owner(1001, Some("sudo")));
    let mut facts = best();
    facts.home.owner = owner(0, None);
    let root = look(&facts);
    let wrong: Vec<Topic> =
        root.iter().filter(|one| one.verdict == Wrong).map(|one| one.topic).collect();
    assert_eq!(wrong, [Topic::Owner, Topic::Folders, Topic::Files], "root's, and files are not");
    let change = |path, kind, mode, uid| {
        move |f: &mut Facts| {
            let all = f.home.entries.as_mut().expect("seen");
            all.push(Entry { uid, ..entry(path, kind, mode) });
        }
    };
    check(Topic::Folders, Wrong, change("tape", EntryKind::Folder, 0o40750, 1001));
    check(Topic::Folders, Wrong, change("tape", EntryKind::Folder, 0o40700, 0));
    check(Topic::Files, Wrong, change("ledger/ledger.db", EntryKind::Secret, 0o100_640, 1001));
    check(Topic::Files, Wrong, change("ledger/ledger.db-shm", EntryKind::File, 0o100_600, 0));
    check(Topic::Places, Wrong, |f| f.home.places.push(place("anchor", "nfs4")));
    check(Topic::Places, Wrong, |f| f.home.places.push(place("anchor", "tmpfs")));
    check(Topic::Places, Wrong, |f| f.home.places.push(place("anchor", "vfat")));
    check(Topic::Places, Look, |f| f.home.places.push(place("anchor", "overlay")));
    check(Topic::Places, NotSeen, |f| {
        f.home.places.push(PlaceUnder { kind: hidden(), ..place("anchor", "ext4") });
    });
    check(Topic::Inodes, Wrong, |f| f.home.inodes = Ok(Inodes { free: 1_999, all: 10_000 }));
    check(Topic::Inodes, Verdict::Good, |f| f.home.inodes = Ok(Inodes { free: 0, all: 0 }));
    check(Topic::Inodes, NotSeen, |f| f.home.inodes = hidden());
    check(Topic::Date, Wrong, |f| f.home.day.today = day("1970-01-01"));
    check(Topic::Date, Wrong, |f| f.home.day.today = day("2026-11-22"));
    check(Topic::Date, Verdict::Good, |f| f.home.day.today = day("2026-11-23"));
}

#[test]
fn every_topic_of_the_register_can_stand_wrong() {
    use Verdict::{Look, NotSeen, Wrong};
    let journal = |database, tape, damaged, anchor| {
        move |f: &mut Facts| {
            own(f).journal = Ok(Journal { database, tape, damaged, anchor, last: None });
        }
    };
    check(Topic::Journal, Look, journal(false, None, 0, None));
    check(Topic::Journal, Wrong, journal(false, Some(41), 0, Some(41)));
    check(Topic::Journal, Wrong, journal(true, None, 0, Some(41)));
    check(Topic::Journal, Wrong, journal(true, None, 0, None));
    check(Topic::Journal, Wrong, journal(true, Some(40), 0, Some(41)));
    check(Topic::Journal, Wrong, journal(true, Some(41), 1, Some(41)));
    check(Topic::Journal, Look, journal(true, Some(41), 0, None));
    check(Topic::Journal, Verdict::Good, journal(true, Some(42), 0, Some(41)));
    check(Topic::Journal, NotSeen, |f| own(f).journal = hidden());
    check(Topic::Key, Wrong, |f| own(f).key = KeyFile::Missing);
    check(Topic::Key, Wrong, |f| own(f).key = KeyFile::Damaged);
    check(Topic::Key, NotSeen, |f| own(f).key = KeyFile::Unreadable("no right".to_owned()));
    check(Topic::Key, Look, |f| machine_of(f).encrypted = Ok(false));
    check(Topic::Key, Verdict::Good, |f| own(f).key = KeyFile::SealedToHost);
    check(Topic::Key, Verdict::Good, |f| own(f).key = KeyFile::SealedToTpm);
    check(Topic::Key, Look, |f| {
        own(f).key = KeyFile::SealedToHost;
        machine_of(f).encrypted = Ok(false);
    });
    check(Topic::Pack, Wrong, |f| own(f).pack = Signed::None("none was brought".to_owned()));
    check(Topic::Pack, Look, |f| {
        own(f).pack = Signed::PassedOver("20261123-1".to_owned(), "it is cut short".to_owned());
    });
    let pin =
        |took_ms| move |f: &mut Facts| own(f).pin = Ok(PinCost { took_ms, mib: 64, passes: 3 });
    check(Topic::Pin, Look, pin(99));
    check(Topic::Pin, Verdict::Good, pin(100));
    check(Topic::Pin, Verdict::Good, pin(1_000));
    check(Topic::Pin, Look, pin(1_001));
    check(Topic::Pin, NotSeen, |f| own(f).pin = hidden());
    check(Topic::Lock, Wrong, |f| own(f).lock_after_s = Ok(0));
    check(Topic::Lock, Look, |f| own(f).lock_after_s = Ok(301));
    check(Topic::Lock, NotSeen, |f| own(f).lock_after_s = hidden());
    let line = |line: CentralLine| move |f: &mut Facts| own(f).central = line;
    let why = || "why".to_owned();
    check(Topic::Central, Look, line(CentralLine::NotEnrolled));
    check(Topic::Central, Wrong, line(CentralLine::Unusable(why())));
    check(Topic::Central, Look, line(CentralLine::NoAnswer(why())));
    check(Topic::Central, Wrong, line(CentralLine::NotCentral(why())));
    check(Topic::Central, Wrong, line(CentralLine::Refuses(why())));
    check(Topic::Central, Look, line(CentralLine::Answers(Proof::Trusted)));
    check(Topic::Central, Verdict::Good, line(CentralLine::Answers(Proof::Here)));
    check(Topic::Peers, NotSeen, |f| own(f).peers_unseen = Some(why()));
    check(Topic::DrawerPin, Look, |f| {
        own(f).printer = PrinterSet::Printer("device /dev/usb/lp0".to_owned(), false);
    });
    for (set, verdict) in [
        (PrinterSet::Nothing, Look),
        (PrinterSet::File(why()), Look),
        (PrinterSet::Wrong(why()), Wrong),
    ] {
        let mut facts = best();
        own(&mut facts).printer = set;
        let found = look(&facts).into_iter().find(|one| one.topic == Topic::Printer);
        assert_eq!(found.map(|one| one.verdict), Some(verdict));
    }
}

#[test]
fn a_pins_cost_is_said_as_the_time_all_of_them_take() {
    let found = look(&best()).into_iter().find(|one| one.topic == Topic::Pin).expect("judged");
    assert!(found.found.contains("180 ms") && found.found.contains("50 hours"), "{found:?}");
}

#[test]
fn what_readiness_finds_counts_here_too() {
    for (standing, verdict) in
        [(Standing::Soon, Verdict::Look), (Standing::NotReady, Verdict::Wrong)]
    {
        for (of, topic) in [
            (Ready::Prices, Topic::Prices),
            (Ready::People, Topic::People),
            (Ready::Seal, Topic::Seal),
            (Ready::Clock, Topic::Clock),
            (Ready::Disk, Topic::Room),
            (Ready::Tape, Topic::SecondDisk),
            (Ready::Copies, Topic::Peers),
            (Ready::Drawer, Topic::Drawer),
            (Ready::Pads, Topic::Pads),
            (Ready::Practice, Topic::Practice),
        ] {
            let verdict = match topic {
                Topic::Practice | Topic::Pads => Verdict::Look,
                _ => verdict,
            };
            check(topic, verdict, |f| {
                own(f).readiness.retain(|one| one.topic != of);
                own(f).readiness.push(ready(of, standing));
            });
        }
    }
}

#[test]
fn every_topic_of_the_machine_can_stand_wrong_and_what_is_hidden_is_never_good() {
    use Verdict::{Good, Look, NotSeen, Wrong};
    let sync = |sync: Option<(&str, Option<bool>)>| {
        let sync = sync.map(|(name, reached)| (name.to_owned(), reached));
        move |f: &mut Facts| machine_of(f).time_sync = Ok(sync)
    };
    check(Topic::TimeSync, Look, sync(None));
    check(Topic::TimeSync, Look, sync(Some(("systemd-timesyncd", Some(false)))));
    check(Topic::TimeSync, Good, sync(Some(("systemd-timesyncd", Some(true)))));
    check(Topic::TimeSync, NotSeen, |f| machine_of(f).time_sync = hidden());
    check(Topic::Umask, Look, |f| machine_of(f).umask = Ok(0o022));
    check(Topic::Umask, NotSeen, |f| machine_of(f).umask = hidden());
    check(Topic::CoreDumps, Wrong, |f| {
        let (limit, pattern) = ("unlimited".to_owned(), "core".to_owned());
        machine_of(f).core = Ok(CoreDumps { limit, pattern });
    });
    check(Topic::CoreDumps, NotSeen, |f| machine_of(f).core = hidden());
    let swap = |guarded| {
        let one = Swap { at: "/dev/sda2".to_owned(), guarded };
        move |f: &mut Facts| machine_of(f).swap = Ok(vec![one])
    };
    check(Topic::Swap, Look, swap(Some(false)));
    check(Topic::Swap, NotSeen, swap(None));
    check(Topic::Swap, Good, |f| machine_of(f).swap = Ok(vec![]));
    check(Topic::Swap, NotSeen, |f| machine_of(f).swap = hidden());
    check(Topic::Encryption, Look, |f| machine_of(f).encrypted = Ok(false));
    check(Topic::Encryption, NotSeen, |f| machine_of(f).encrypted = hidden());
    let login = |users: &[&str]| {
        let users = users.iter().map(ToString::to_string).collect();
        move |f: &mut Facts| machine_of(f).autologin = Ok(users)
    };
    check(Topic::Autologin, Wrong, login(&["root"]));
    check(Topic::Autologin, Wrong, login(&["till", "owner"]));
    check(Topic::Autologin, Look, login(&[]));
    check(Topic::Autologin, NotSeen, |f| machine_of(f).autologin = hidden());
    let usb = |loaded, kept_out, listed| {
        move |f: &mut Facts| machine_of(f).usb = Ok(UsbStorage { loaded, kept_out, listed })
    };
    check(Topic::UsbStorage, Look, usb(true, true, false));
    check(Topic::UsbStorage, Look, usb(false, false, false));
    check(Topic::UsbStorage, Good, usb(false, true, false));
    check(Topic::UsbStorage, NotSeen, |f| machine_of(f).usb = hidden());
    let keyboards = |by_list| {
        let names = vec!["Keyboard".to_owned(), "Scanner".to_owned()];
        move |f: &mut Facts| {
            machine_of(f).keyboards = Ok(Keyboards { names: names.clone(), by_list })
        }
    };
    check(Topic::Keyboards, Good, keyboards(true));
    check(Topic::Keyboards, Look, keyboards(false));
    check(Topic::Keyboards, NotSeen, |f| machine_of(f).keyboards = hidden());
    check(Topic::Users, Look, |f| {
        machine_of(f).people = Ok(vec![("till".to_owned(), 1001), ("guest".to_owned(), 1002)]);
    });
    check(Topic::Users, NotSeen, |f| machine_of(f).people = hidden());
    check(Topic::Ports, Look, |f| machine_of(f).ports = Ok(vec![22, 8080]));
    check(Topic::Ports, NotSeen, |f| machine_of(f).ports = hidden());
    check(Topic::Firewall, Look, |f| machine_of(f).firewall = Ok(None));
    check(Topic::Firewall, NotSeen, |f| machine_of(f).firewall = hidden());
    check(Topic::Locker, Look, |f| machine_of(f).lockers = Ok(vec!["xss-lock".to_owned()]));
    check(Topic::Locker, NotSeen, |f| machine_of(f).lockers = hidden());
    check(Topic::Updates, Wrong, |f| machine_of(f).updates = Ok(Updates::RestartAnyTime));
    check(Topic::Updates, Look, |f| machine_of(f).updates = Ok(Updates::Off));
    check(Topic::Updates, Good, |f| machine_of(f).updates = Ok(Updates::On));
    check(Topic::Updates, NotSeen, |f| machine_of(f).updates = hidden());
    check(Topic::Boot, Look, |f| machine_of(f).secure_boot = Ok(false));
    check(Topic::Boot, NotSeen, |f| machine_of(f).secure_boot = hidden());
}

#[test]
fn centrals_own_topics_can_stand_wrong() {
    use DatabaseAt::{Damaged, Here, Nowhere, Postgres};
    for (topic, verdict, seal_key, key, database) in [
        (Topic::SealKey, Verdict::Look, true, KeyFile::Whole, Here),
        (Topic::Key, Verdict::Look, false, KeyFile::Missing, Here),
        (Topic::Key, Verdict::Wrong, false, KeyFile::Damaged, Here),
        (Topic::Database, Verdict::Wrong, false, KeyFile::Whole, Damaged),
        (Topic::Database, Verdict::Look, false, KeyFile::Whole, Nowhere),
        (Topic::Database, Verdict::NotSeen, false, KeyFile::Whole, Postgres),
    ] {
        let post = Post::Central(CentralState { seal_key, key, database });
        let found = look(&Facts { post, ..best() });
        let not_good: Vec<(Topic, Verdict)> = found
            .iter()
            .filter(|one| one.verdict != Verdict::Good)
            .map(|one| (one.topic, one.verdict))
            .collect();
        assert_eq!(not_good, [(topic, verdict)]);
    }
}

#[test]
fn words_are_each_topics_own() {
    let mut words: Vec<&str> = Topic::ALL.iter().map(|topic| topic.word()).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), Topic::ALL.len());
}

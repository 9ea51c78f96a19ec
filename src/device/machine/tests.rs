//! A made-up machine, file by file: what is there is read, and what is not is said to be hidden.

use super::*;
use crate::domain::doctor::{Keyboards, Updates, UsbStorage};

struct Made(tempfile::TempDir);

impl Made {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn with(self, path: &str, text: &str) -> Self {
        let file = self.0.path().join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("written");
        self
    }

    fn running(self, programs: &[&str]) -> Self {
        programs.iter().enumerate().fold(self, |made, (place, program)| {
            made.with(&format!("proc/{}/comm", 100 + place), &format!("{program}\n"))
        })
    }

    /// A machine on which a folder of the test lies on that disk.
    fn on_disk(self, device: &str, source: &str) -> Self {
        let here = self.0.path().canonicalize().expect("a path");
        let row = format!("27 1 {device} / {} rw - ext4 {source} rw\n", here.display());
        self.with("proc/self/mountinfo", &row)
    }

    fn look(&self) -> Machine {
        self.look_for(&[])
    }

    fn look_for(&self, ours: &[u16]) -> Machine {
        MachineRoot::at(self.0.path().to_owned()).look(&self.0.path().join("data"), ours)
    }
}

#[test]
fn on_a_machine_that_tells_nothing_nothing_is_seen() {
    let seen = Made::new().look();
    assert!(seen.umask.is_err() && seen.core.is_err() && seen.swap.is_err());
    assert!(seen.encrypted.is_err() && seen.time_sync.is_err() && seen.autologin.is_err());
    assert!(seen.keyboards.is_err());
    assert!(seen.usb.is_err() && seen.people.is_err() && seen.ports.is_err());
    assert!(seen.firewall.is_err() && seen.lockers.is_err() && seen.updates.is_err());
    assert!(seen.secure_boot.is_err());
}

#[test]
fn limits_of_the_process_are_read() {
    let made = Made::new()
        .with("proc/self/status", "Name:\ttideover\nUmask:\t0027\n")
        .with("proc/self/limits", "Max core file size        0          unlimited      bytes\n")
        .with("proc/sys/kernel/core_pattern", "|/usr/share/apport %p\n");
    let seen = made.look();
    assert_eq!(seen.umask, Ok(0o027));
    let core = seen.core.expect("seen");
    assert_eq!((core.limit.as_str(), core.pattern.as_str()), ("0", "|/usr/share/apport %p"));
}

#[test]
fn a_disk_is_encrypted_where_all_of_it_stands_on_a_crypt() {
    let plain = Made::new().on_disk("8:1", "/dev/sda1").with("sys/dev/block/8:1/dev", "8:1\n");
    assert_eq!(plain.look().encrypted, Ok(false));
    let crypt = Made::new()
        .on_disk("253:1", "/dev/mapper/root")
        .with("sys/dev/block/253:1/slaves/dm-0/dm/uuid", "CRYPT-LUKS2-61a2-root\n");
    assert_eq!(crypt.look().encrypted, Ok(true), "a volume on a crypt");
    let half = crypt.with("sys/dev/block/253:1/slaves/sdb1/dev", "8:17\n");
    assert_eq!(half.look().encrypted, Ok(false), "and on a bare disk beside it");
    let named = Made::new()
        .on_disk("0:42", "/dev/sda2")
        .with("sys/class/block/sda2/dm/uuid", "CRYPT-PLAIN-x\n");
    assert_eq!(named.look().encrypted, Ok(true), "by its name, as btrfs gives it");
    let share = Made::new().on_disk("0:43", "tank/till");
    assert!(share.look().encrypted.is_err(), "no disk is named");
}

#[test]
fn swap_is_guarded_in_memory_and_on_crypts_only() {
    let table = "Filename Type Size Used Priority\n/dev/zram0 partition 1 0 5\n\
                 /dev/dm-1 partition 1 0 4\n/dev/sda3 partition 1 0 3\n/dev/sdz9 partition 1 0 2\n";
    let made = Made::new()
        .with("proc/swaps", table)
        .with("sys/class/block/dm-1/dm/uuid", "CRYPT-PLAIN-swap\n")
        .with("sys/class/block/sda3/dev", "8:3\n");
    let guarded: Vec<Option<bool>> =
        made.look().swap.expect("seen").iter().map(|one| one.guarded).collect();
    assert_eq!(guarded, [Some(true), Some(true), Some(false), None]);
    let none = Made::new().with("proc/swaps", "Filename Type Size Used Priority\n");
    assert_eq!(none.look().swap, Ok(vec![]));
}

#[test]
fn the_clocks_keeper_is_known_by_its_process() {
    let seen = |programs: &[&str]| Made::new().running(programs).look().time_sync.expect("seen");
    assert_eq!(seen(&["bash"]), None);
    assert_eq!(seen(&["bash", "chronyd"]), Some(("chronyd".to_owned(), None)));
    let name = || "systemd-timesyncd".to_owned();
    assert_eq!(seen(&["systemd-timesyn"]), Some((name(), Some(false))));
    let made =
        Made::new().running(&["systemd-timesyn"]).with("run/systemd/timesync/synchronized", "");
    assert_eq!(made.look().time_sync, Ok(Some((name(), Some(true)))));
}

#[test]
fn who_is_logged_in_by_itself_is_found_with_each_login_program() {
    let users = |path: &str, text: &str| Made::new().with(path, text).look().autologin;
    let till = Ok(vec!["till".to_owned()]);
    let gdm = "[daemon]\nAutomaticLoginEnable = True\nAutomaticLogin = till\n";
    assert_eq!(users("etc/gdm3/custom.conf", gdm), till);
    let off = "[daemon]\n#AutomaticLoginEnable = true\nAutomaticLogin = till\n";
    assert_eq!(users("etc/gdm3/custom.conf", off), Ok(vec![]));
    let lightdm = "[Seat:*]\nautologin-user=till\n";
    assert_eq!(users("etc/lightdm/lightdm.conf", lightdm), till);
    assert_eq!(users("etc/lightdm/lightdm.conf.d/50-kiosk.conf", lightdm), till);
    assert_eq!(users("etc/sddm.conf.d/kiosk.conf", "[Autologin]\nUser=till\n"), till);
    let getty = "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin till %I\n";
    assert_eq!(users("etc/systemd/system/getty@tty1.service.d/kiosk.conf", getty), till);
    let greetd = "[default_session]\nuser = \"greeter\"\n[initial_session]\nuser = \"till\"\n";
    assert_eq!(users("etc/greetd/config.toml", greetd), till);
    assert!(users("etc/unknown", "").is_err());
}

#[test]
fn sticks_are_let_in_unless_something_keeps_them_out() {
    let base = || Made::new().running(&["bash"]).with("proc/modules", "ext4 1 2 - Live 0x0\n");
    let usb = |loaded, kept_out, listed| Ok(UsbStorage { loaded, kept_out, listed });
    assert_eq!(base().look().usb, usb(false, false, false));
    assert_eq!(
        base().with("proc/modules", "uas 1 0 - Live 0x0\n").look().usb,
        usb(true, false, false)
    );
    let blocked = base().with("etc/modprobe.d/till.conf", "# a\nblacklist usb-storage\n");
    assert_eq!(blocked.look().usb, usb(false, true, false));
    let blocked = base().with("etc/modprobe.d/till.conf", "install usb_storage /bin/false\n");
    assert_eq!(blocked.look().usb, usb(false, true, false));
    let other = base().with("etc/modprobe.d/till.conf", "blacklist pcspkr\n");
    assert_eq!(other.look().usb, usb(false, false, false));
    assert_eq!(base().running(&["usbguard-daemon"]).look().usb, usb(false, false, true));
    assert!(Made::new().running(&["bash"]).look().usb.is_err(), "drivers built in are not listed");
}

#[test]
fn people_are_those_with_a_number_and_a_shell() {
    let made = Made::new()
        .with(
            "etc/passwd",
            "root:x:0:0::/root:/bin/bash\ntill:x:1001:1001::/home/till:/bin/sh\n\
             guest:x:1002:1002::/home/guest:/usr/bin/bash\nold:x:1003:1003::/:/usr/sbin/nologin\n\
             nobody:x:65534:65534::/:/bin/sh\nbroken\n",
        )
        .with("etc/group", "audio:x:1:till\nsudo:x:27:anna,guest\n");
    let people = made.look().people.expect("seen");
    assert_eq!(people, [("till".to_owned(), 1001), ("guest".to_owned(), 1002)]);
    let root = MachineRoot::at(made.0.path().to_owned());
    assert_eq!(root.owner(1001), Owner { uid: 1001, name: "till".to_owned(), admin: None });
    assert_eq!(root.owner(1002).admin.as_deref(), Some("sudo"));
    assert_eq!(root.owner(7).name, "user 7");
}

#[test]
fn ports_are_told_that_listen_everywhere_and_are_not_ours() {
    let head = "  sl  local_address rem_address   st\n";
    let four = format!(
        "{head}   0: 0100007F:1F90 00000000:0000 0A 00\n   1: 00000000:0016 00000000:0000 0A 00\n\
            2: 00000000:1D1A 00000000:0000 0A 00\n   3: 00000000:8AE0 0100007F:1F90 01 00\n"
    );
    let six = format!(
        "{head}   0: 00000000000000000000000000000000:0277 \
         00000000000000000000000000000000:0000 0A 00\n"
    );
    let made = Made::new().with("proc/net/tcp", &four).with("proc/net/tcp6", &six);
    assert_eq!(made.look().ports, Ok(vec![22, 631, 7450]));
    assert_eq!(made.look_for(&[7450]).ports, Ok(vec![22, 631]));
}

#[test]
fn a_firewall_is_known_by_what_starts_it() {
    let seen = |made: Made| made.running(&["bash"]).look().firewall.expect("seen");
    assert_eq!(seen(Made::new()), None);
    assert_eq!(seen(Made::new().with("etc/ufw/ufw.conf", "# a\nENABLED=no\n")), None);
    let ufw = Made::new().with("etc/ufw/ufw.conf", "ENABLED=yes\n");
    assert_eq!(seen(ufw).as_deref(), Some("ufw"));
    let link = "etc/systemd/system/sysinit.target.wants/nftables.service";
    assert_eq!(seen(Made::new().with(link, "")).as_deref(), Some("nftables"));
    let firewalld = Made::new().running(&["firewalld"]).look().firewall;
    assert_eq!(firewalld, Ok(Some("firewalld".to_owned())));
}

#[test]
fn a_screen_lock_is_known_by_its_process_and_a_desktops_own_is_not_seen() {
    let seen = |programs: &[&str]| Made::new().running(programs).look().lockers;
    assert_eq!(seen(&["cage"]), Ok(vec![]));
    assert_eq!(seen(&["xss-lock", "xss-lock"]), Ok(vec!["xss-lock".to_owned()]));
    assert!(seen(&["gnome-shell"]).is_err());
}

#[test]
fn updates_are_read_from_apt_and_from_dnf() {
    let apt = |text: &str| Made::new().with("etc/apt/apt.conf.d/50x", text).look().updates;
    let on = "APT::Periodic::Unattended-Upgrade \"1\";\n";
    assert_eq!(apt("//APT::Periodic::Unattended-Upgrade \"1\";\n"), Ok(Updates::Off));
    assert_eq!(apt("APT::Periodic::Unattended-Upgrade \"0\";\n"), Ok(Updates::Off));
    assert_eq!(apt(on), Ok(Updates::On));
    let restarts = format!("{on}Unattended-Upgrade::Automatic-Reboot \"true\";\n");
    assert_eq!(apt(&restarts), Ok(Updates::RestartAnyTime));
    let timed = format!("{restarts}Unattended-Upgrade::Automatic-Reboot-Time \"03:30\";\n");
    assert_eq!(apt(&timed), Ok(Updates::RestartAt("03:30".to_owned())));
    let now = format!("{restarts}Unattended-Upgrade::Automatic-Reboot-Time \"now\";\n");
    assert_eq!(apt(&now), Ok(Updates::RestartAnyTime));
    let dnf = |text: &str| Made::new().with("etc/dnf/automatic.conf", text).look().updates;
    assert_eq!(dnf("apply_updates = no\n"), Ok(Updates::Off));
    assert_eq!(dnf("apply_updates = yes\nreboot = never\n"), Ok(Updates::On));
    assert_eq!(dnf("apply_updates = yes\nreboot = when-needed\n"), Ok(Updates::RestartAnyTime));
}

#[test]
fn secure_boot_is_the_firmwares_word() {
    let name = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    let seen = |text: &str| Made::new().with(name, text).look().secure_boot;
    assert_eq!(seen("\u{6}\0\0\0\u{1}"), Ok(true));
    assert_eq!(seen("\u{6}\0\0\0\0"), Ok(false));
    assert!(seen("\u{6}\0").is_err());
}

/// A keyboard, a scanner, a power button and a mouse, as the kernel lists them.
const DEVICES: &str = "I: Bus=0003 Vendor=046d Product=c31c Version=0110
N: Name=\"Logitech USB Keyboard\"
H: Handlers=sysrq kbd leds event2
B: EV=120013

I: Bus=0003 Vendor=0c2e Product=0b61 Version=0110
N: Name=\"Honeywell \u{1b}[31mImaging \"
H: Handlers=sysrq kbd event5

I: Bus=0019 Vendor=0000 Product=0001 Version=0000
N: Name=\"Power Button\"
H: Handlers=kbd event0

I: Bus=0003 Vendor=046d Product=c077 Version=0111
N: Name=\"Logitech USB Optical Mouse\"
H: Handlers=mouse0 event3
";

#[test]
fn keyboards_and_scanners_are_told_from_buttons_and_mice() {
    let made = || Made::new().with("proc/bus/input/devices", DEVICES);
    let names = ["Logitech USB Keyboard", "Honeywell [31mImaging "].map(str::to_owned).to_vec();
    let of = |made: Made, by_list| {
        let names = names.clone();
        assert_eq!(made.look().keyboards, Ok(Keyboards { names, by_list }));
    };
    of(made().running(&["tideover"]), false);
    of(made().running(&["usbguard-daemon"]), true);
    let hub = |made: Made, number: u32, word: &str| {
        made.with(&format!("sys/bus/usb/devices/usb{number}/authorized_default"), word)
    };
    of(hub(hub(made().running(&["tideover"]), 1, "0\n"), 2, "2\n"), true);
    of(hub(hub(made().running(&["tideover"]), 1, "0\n"), 2, "1\n"), false);
    let many = "N: Name=\"x\"\nH: Handlers=sysrq kbd\n\n".repeat(1_000);
    let made = Made::new().with("proc/bus/input/devices", &many).running(&["tideover"]);
    assert_eq!(made.look().keyboards.expect("seen").names.len(), 1_000);
}

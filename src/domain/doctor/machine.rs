//! What is judged of the machine itself: the kiosk hardening list, as far as Linux tells it.

use super::{
    DoctorFinding, Judged, Owner, Seen, Topic, finding, good, not_seen, some_of, to_look, wrong,
};

/// A machine as it was seen.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The rights that new files don't get.
    pub umask: Seen<u32>,
    /// Whether a crash writes memory to a file.
    pub core: Seen<CoreDumps>,
    /// Where memory is paged out to.
    pub swap: Seen<Vec<Swap>>,
    /// The ledger's disk is encrypted.
    pub encrypted: Seen<bool>,
    /// What keeps the clock right, and whether it says it is; none where nothing does.
    pub time_sync: Seen<Option<(String, Option<bool>)>>,
    /// Who is logged in without a password after a start.
    pub autologin: Seen<Vec<String>>,
    /// Sticks.
    pub usb: Seen<UsbStorage>,
    /// Keyboards.
    pub keyboards: Seen<Keyboards>,
    /// People with a shell, by name and number.
    pub people: Seen<Vec<(String, u32)>>,
    /// TCP ports that listen to every address, but those that are meant to.
    pub ports: Seen<Vec<u16>>,
    /// The firewall that is set to start; none where none is.
    pub firewall: Seen<Option<String>>,
    /// Screen lockers that run.
    pub lockers: Seen<Vec<String>>,
    /// Updates by themselves.
    pub updates: Seen<Updates>,
    /// Secure boot is on.
    pub secure_boot: Seen<bool>,
}

/// What becomes of memory when a program ends badly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreDumps {
    /// The most bytes of a dump, as the system writes it: `0`, a number, `unlimited`.
    pub limit: String,
    /// Where dumps go.
    pub pattern: String,
}

/// A place that memory is paged out to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swap {
    /// Its file.
    pub at: String,
    /// In memory, or on an encrypted disk; none where that could not be seen.
    pub guarded: Option<bool>,
}

/// Sticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsbStorage {
    /// The driver is loaded now.
    pub loaded: bool,
    /// The driver is kept from being loaded.
    pub kept_out: bool,
    /// A list says which sticks are let in (usbguard).
    pub listed: bool,
}

/// Keyboards, scanners among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyboards {
    /// The names that they give themselves.
    pub names: Vec<String>,
    /// What is plugged into a port is let in by a list alone, or not at all.
    pub by_list: bool,
}

/// Updates by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Updates {
    /// None.
    Off,
    /// They come, and a person restarts the machine.
    On,
    /// They come, and the machine restarts at that time.
    RestartAt(String),
    /// They come, and the machine restarts when it likes.
    RestartAnyTime,
}

/// What is judged. At central nobody is logged in and no customer waits.
pub(super) fn look(machine: &Machine, owner: Option<&Owner>, kiosk: bool) -> Vec<DoctorFinding> {
    let mut found = vec![
        finding(Topic::TimeSync, time_sync(&machine.time_sync)),
        finding(Topic::Umask, umask(&machine.umask)),
        finding(Topic::CoreDumps, core(&machine.core)),
        finding(Topic::Swap, swap(&machine.swap)),
        finding(Topic::Encryption, encryption(&machine.encrypted)),
        finding(Topic::Users, people(&machine.people, owner)),
        finding(Topic::Ports, ports(&machine.ports)),
        finding(Topic::Firewall, firewall(&machine.firewall)),
        finding(Topic::Updates, updates(&machine.updates)),
        finding(Topic::Boot, boot(&machine.secure_boot)),
    ];
    if kiosk {
        found.push(finding(Topic::Autologin, autologin(&machine.autologin, owner)));
        found.push(finding(Topic::UsbStorage, usb(&machine.usb)));
        found.push(finding(Topic::Keyboards, keyboards(&machine.keyboards)));
        found.push(finding(Topic::Locker, locker(&machine.lockers)));
    }
    found
}

fn time_sync(sync: &Seen<Option<(String, Option<bool>)>>) -> Judged {
    match sync {
        Err(why) => not_seen(why, "Look with timedatectl."),
        Ok(None) => to_look(
            "Nothing that keeps the clock right is running.",
            "Switch it on (timedatectl set-ntp true), with a time server in the store's reach.",
        ),
        Ok(Some((name, Some(false)))) => to_look(
            format!("{name} runs and never reached a time server since the start."),
            "Give it a time server that can be reached while the internet is down.",
        ),
        Ok(Some((name, Some(true)))) => good(format!("{name} keeps the clock right.")),
        Ok(Some((name, None))) => good(format!("{name} runs; ask it how far off it is.")),
    }
}

fn umask(umask: &Seen<u32>) -> Judged {
    match umask {
        Err(why) => not_seen(why, "Look with umask."),
        Ok(umask) if umask & 0o077 == 0o077 => good(format!("umask {umask:03o}.")),
        Ok(umask) => to_look(
            format!("umask {umask:03o}: Tideover's own folders are private all the same."),
            "Start the program with umask 077, so that what it is told to write is private too.",
        ),
    }
}

fn core(core: &Seen<CoreDumps>) -> Judged {
    match core {
        Err(why) => not_seen(why, "Look with ulimit -c."),
        Ok(CoreDumps { limit, .. }) if limit == "0" => {
            good("Memory is written nowhere when the program ends badly.")
        }
        Ok(CoreDumps { limit, pattern }) => wrong(
            format!("A crash may write memory to {pattern} (at most {limit} bytes)."),
            "Start the program with ulimit -c 0.",
        ),
    }
}

fn swap(swap: &Seen<Vec<Swap>>) -> Judged {
    const OFF: &str = "Switch it off (swapoff -a, /etc/fstab) or put it on an encrypted disk.";
    let swap = match swap {
        Ok(swap) if swap.is_empty() => return good("Memory is paged out nowhere."),
        Ok(swap) => swap,
        Err(why) => return not_seen(why, "Look with swapon --show."),
    };
    let those = |wanted: Option<bool>| -> Vec<String> {
        let those = swap.iter().filter(|one| one.guarded == wanted);
        those.map(|one| one.at.clone()).collect()
    };
    let (bare, unknown) = (those(Some(false)), those(None));
    if !bare.is_empty() {
        to_look(format!("Memory is paged out unencrypted to {}.", some_of(&bare)), OFF)
    } else if !unknown.is_empty() {
        let why = format!("whether {} is encrypted could not be seen", some_of(&unknown));
        not_seen(&why, OFF)
    } else {
        good("Memory is paged out to encrypted disks or into memory only.")
    }
}

fn encryption(encrypted: &Seen<bool>) -> Judged {
    match encrypted {
        Err(why) => not_seen(why, "Look with lsblk: a crypt stands above the disk."),
        Ok(true) => good("The disk below the data folder is encrypted."),
        Ok(false) => to_look(
            "The disk below the data folder is not encrypted.",
            "Install the machine with LUKS; let it open by TPM, so that a power cut needs nobody.",
        ),
    }
}

fn autologin(users: &Seen<Vec<String>>, owner: Option<&Owner>) -> Judged {
    let users = match users {
        Ok(users) => users,
        Err(why) => return not_seen(why, "Restart the machine once and look."),
    };
    let own = owner.map(|owner| owner.name.as_str());
    let others: Vec<String> =
        users.iter().filter(|user| own != Some(user.as_str())).cloned().collect();
    if users.iter().any(|user| user == "root") {
        return wrong(
            "root is logged in by itself after a start.",
            "Log the register's own user in instead; the PINs of the register guard it.",
        );
    }
    if !others.is_empty() {
        return wrong(
            format!("Logged in by itself after a start: {}, not its user.", some_of(&others)),
            "Log the register's own user in instead, or nobody.",
        );
    }
    if users.is_empty() {
        return to_look(
            "Nobody is logged in by itself: after a power cut somebody must type a password.",
            "Log the register's own user in by itself and let it start tideover; PINs guard it.",
        );
    }
    good("The register's own user is logged in by itself; the PINs of the register guard it.")
}

fn usb(usb: &Seen<UsbStorage>) -> Judged {
    const LIST: &str = "Install usbguard and list keyboard, scanner, printer and the store's own \
        stick; switch autorun off.";
    match usb {
        Err(why) => not_seen(why, "Put a stick in and look whether it is opened."),
        Ok(UsbStorage { listed: true, .. }) => good("usbguard lets in what is on its list."),
        Ok(UsbStorage { loaded: false, kept_out: true, .. }) => {
            good("The driver of sticks is kept out.")
        }
        Ok(UsbStorage { loaded: true, .. }) => to_look("Any stick is taken in.", LIST),
        Ok(UsbStorage { loaded: false, .. }) => {
            to_look("No stick was put in since the start, but any would be taken in.", LIST)
        }
    }
}

fn keyboards(keyboards: &Seen<Keyboards>) -> Judged {
    match keyboards {
        Err(why) => not_seen(why, "Look at what is plugged into the register."),
        Ok(Keyboards { names, by_list: true }) => good(format!(
            "What is plugged in is let in by a list. Keyboards and scanners now: {}.",
            some_of(names)
        )),
        Ok(Keyboards { names, by_list: false }) => to_look(
            format!(
                "Whatever says it is a keyboard is let in at once. Now there are {}: {}.",
                names.len(),
                some_of(names)
            ),
            "Count keyboards and scanners: one more is somebody else's. Install usbguard with a \
             list of them, and cover the free ports.",
        ),
    }
}

fn people(people: &Seen<Vec<(String, u32)>>, owner: Option<&Owner>) -> Judged {
    let people = match people {
        Ok(people) => people,
        Err(why) => return not_seen(why, "Look into /etc/passwd."),
    };
    let own = owner.map(|owner| owner.uid);
    let others = people.iter().filter(|(_, uid)| Some(*uid) != own);
    let others: Vec<String> = others.map(|(name, _)| name.clone()).collect();
    if others.is_empty() {
        return good("Nobody else has a login with a shell.");
    }
    to_look(
        format!("Others can log in: {}.", some_of(&others)),
        "Lock who does not look after this machine (usermod --lock, --shell /usr/sbin/nologin).",
    )
}

fn ports(ports: &Seen<Vec<u16>>) -> Judged {
    let ports = match ports {
        Ok(ports) => ports,
        Err(why) => return not_seen(why, "Look with ss -tln."),
    };
    if ports.is_empty() {
        return good("Nothing else listens to the whole network.");
    }
    let named = |port: &u16| match port {
        22 => "22 (SSH)".to_owned(),
        631 => "631 (printing)".to_owned(),
        3389 => "3389 (remote desktop)".to_owned(),
        5900 => "5900 (remote screen)".to_owned(),
        port => port.to_string(),
    };
    let named: Vec<String> = ports.iter().map(named).collect();
    to_look(
        format!("Listening to the whole network: {}.", some_of(&named)),
        "Switch off what is not needed; bind the rest to one address, behind the firewall.",
    )
}

fn firewall(firewall: &Seen<Option<String>>) -> Judged {
    match firewall {
        Err(why) => not_seen(why, "Look with nft list ruleset, as root."),
        Ok(Some(name)) => good(format!("{name} is set to start; read its rules yourself.")),
        Ok(None) => to_look(
            "No known firewall is set to start.",
            "Let out to central and the other registers only, and in from those alone.",
        ),
    }
}

fn locker(lockers: &Seen<Vec<String>>) -> Judged {
    match lockers {
        Err(why) => not_seen(why, "Leave the machine alone for an hour and look."),
        Ok(lockers) if lockers.is_empty() => {
            good("No other screen lock runs; the register has its own.")
        }
        Ok(lockers) => to_look(
            format!("A screen lock runs that asks for a password: {}.", some_of(lockers)),
            "Switch it off for the register's user; the register locks itself.",
        ),
    }
}

fn updates(updates: &Seen<Updates>) -> Judged {
    match updates {
        Err(why) => not_seen(why, "Ask who updates this machine, and when."),
        Ok(Updates::Off) => to_look(
            "No updates by themselves are set.",
            "Write down who brings them, and when; holes get known every week.",
        ),
        Ok(Updates::On) => good("Updates come by themselves; nothing restarts the machine."),
        Ok(Updates::RestartAt(time)) => {
            good(format!("Updates come by themselves; the machine restarts at {time}."))
        }
        Ok(Updates::RestartAnyTime) => wrong(
            "Updates restart the machine at any time.",
            "Set Automatic-Reboot-Time to an hour when the store is closed, or switch it off.",
        ),
    }
}

fn boot(secure: &Seen<bool>) -> Judged {
    const PASSWORD: &str = "A firmware password and starting from the inner disk only can't be \
        seen from here: look into the firmware.";
    match secure {
        Err(why) => not_seen(why, PASSWORD),
        Ok(false) => to_look("Secure boot is off.", PASSWORD),
        Ok(true) => good("Secure boot is on; whether the firmware has a password is not seen."),
    }
}

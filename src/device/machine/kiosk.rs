//! What makes a kiosk of a machine: who is logged in, what listens, what updates it.

use super::MachineRoot;
use crate::domain::doctor::{Keyboards, Seen, Updates, UsbStorage};

/// `SecureBoot` of the global variables' vendor, UEFI 2.10 section 3.3.
const SECURE_BOOT: &str =
    "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
/// Names of processes are cut at 15 letters.
const CLOCK_KEEPERS: [&str; 6] =
    ["chronyd", "ntpd", "openntpd", "systemd-timesyn", "ptp4l", "phc2sys"];
const LOCKERS: [&str; 9] = [
    "xscreensaver",
    "light-locker",
    "gnome-screensav",
    "mate-screensave",
    "xfce4-screensav",
    "swaylock",
    "swayidle",
    "i3lock",
    "xss-lock",
];
/// Their lock is set in a database of each user's.
const DESKTOPS: [&str; 5] = ["gnome-shell", "plasmashell", "cinnamon", "budgie-wm", "kwin_wayland"];
/// Linux's state of a listening socket.
const LISTENING: &str = "0A";

type Processes = Seen<Vec<String>>;

impl MachineRoot {
    pub(super) fn time_sync(&self, processes: &Processes) -> Seen<Option<(String, Option<bool>)>> {
        let running = first_of(processes, &CLOCK_KEEPERS)?;
        Ok(running.map(|name| {
            if name == "systemd-timesyn" {
                let reached = self.is_there("run/systemd/timesync/synchronized");
                ("systemd-timesyncd".to_owned(), Some(reached))
            } else {
                (name.to_owned(), None)
            }
        }))
    }

    /// Of the login programs that are known here; an error where none of them is.
    pub(super) fn autologin(&self) -> Seen<Vec<String>> {
        let mut users = Vec::new();
        let mut known = false;
        for file in ["etc/gdm3/custom.conf", "etc/gdm3/daemon.conf", "etc/gdm/custom.conf"] {
            let Ok(text) = self.text(file) else { continue };
            known = true;
            let on = value(&text, "AutomaticLoginEnable");
            if on.is_some_and(|on| on.eq_ignore_ascii_case("true")) {
                users.extend(value(&text, "AutomaticLogin").map(str::to_owned));
            }
        }
        for (file, folder, key) in [
            ("etc/lightdm/lightdm.conf", "etc/lightdm/lightdm.conf.d", "autologin-user"),
            ("etc/sddm.conf", "etc/sddm.conf.d", "User"),
        ] {
            known |= self.is_there(file) || self.is_there(folder);
            let texts = self.texts(folder, ".conf").into_iter().chain(self.text(file));
            users.extend(texts.filter_map(|text| value(&text, key).map(str::to_owned)));
        }
        for folder in ["etc/systemd/system/getty@tty1.service.d", "etc/greetd"] {
            known |= self.is_there(folder);
        }
        for text in self.texts("etc/systemd/system/getty@tty1.service.d", ".conf") {
            let words = text.split_whitespace().skip_while(|word| *word != "--autologin");
            users.extend(words.skip(1).take(1).map(str::to_owned));
        }
        if let Ok(text) = self.text("etc/greetd/config.toml")
            && let Some((_, first)) = text.split_once("[initial_session]")
        {
            users.extend(value(first, "user").map(|user| user.trim_matches('"').to_owned()));
        }
        users.sort();
        users.dedup();
        users.retain(|user| !user.is_empty());
        if known { Ok(users) } else { Err("no login program that is known here".to_owned()) }
    }

    pub(super) fn usb_storage(&self, processes: &Processes) -> Seen<UsbStorage> {
        let listed = first_of(processes, &["usbguard-daemon"])?.is_some();
        let texts = self.texts("etc/modprobe.d", ".conf");
        let kept_out = texts.iter().flat_map(|text| text.lines()).any(|line| {
            let mut words = line.split_whitespace();
            let order = words.next();
            let named = words.next().map(|name| name.replace('-', "_"));
            let by = words.next().unwrap_or("");
            named.as_deref() == Some("usb_storage")
                && (order == Some("blacklist")
                    || order == Some("install")
                        && (by.ends_with("/false") || by.ends_with("/true")))
        });
        let loaded = match self.text("proc/modules") {
            Ok(modules) => modules
                .lines()
                .any(|line| matches!(line.split(' ').next(), Some("usb_storage" | "uas"))),
            Err(_) if listed => true,
            Err(why) => return Err(why),
        };
        Ok(UsbStorage { loaded, kept_out, listed })
    }

    /// What types: the kernel's own keyboard handler and the one of its special keys both hold it,
    /// which no button and no switch has.
    pub(super) fn keyboards(&self, processes: &Processes) -> Seen<Keyboards> {
        let table = self.text("proc/bus/input/devices")?;
        let name = |device: &str| {
            let handlers = device.lines().find_map(|line| line.strip_prefix("H: Handlers="))?;
            let mut held = handlers.split_whitespace();
            let types = held.clone().any(|one| one == "kbd") && held.any(|one| one == "sysrq");
            let name = device.lines().find_map(|line| line.strip_prefix("N: Name="));
            types.then(|| plain(name.unwrap_or("without a name")))
        };
        let names = table.split("\n\n").filter_map(name).collect();
        let listed = first_of(processes, &["usbguard-daemon"])?.is_some();
        let hubs = self.texts_of("sys/bus/usb/devices", "usb", "authorized_default");
        // 0: nothing without a word; 1: everything; 2: what is built in.
        let shut = !hubs.is_empty() && hubs.iter().all(|text| matches!(text.trim(), "0" | "2"));
        Ok(Keyboards { names, by_list: listed || shut })
    }

    /// This file of each folder below `folder` whose name begins so.
    fn texts_of(&self, folder: &str, begins: &str, file: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.0.join(folder)) else { return Vec::new() };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let ours = names.filter(|name| name.starts_with(begins));
        ours.filter_map(|name| self.text(&format!("{folder}/{name}/{file}")).ok()).collect()
    }

    /// TCP ports that listen on every address, but `ours`.
    pub(super) fn ports(&self, ours: &[u16]) -> Seen<Vec<u16>> {
        let four = self.text("proc/net/tcp")?;
        // A machine without IPv6 has no such table.
        let six = self.text("proc/net/tcp6").unwrap_or_default();
        let mut ports: Vec<u16> = four.lines().chain(six.lines()).filter_map(open_port).collect();
        ports.sort_unstable();
        ports.dedup();
        ports.retain(|port| !ours.contains(port));
        Ok(ports)
    }

    pub(super) fn firewall(&self, processes: &Processes) -> Seen<Option<String>> {
        if first_of(processes, &["firewalld"])?.is_some() {
            return Ok(Some("firewalld".to_owned()));
        }
        let ufw = self.text("etc/ufw/ufw.conf").unwrap_or_default();
        if value(&ufw, "ENABLED").is_some_and(|on| on.eq_ignore_ascii_case("yes")) {
            return Ok(Some("ufw".to_owned()));
        }
        let wanted = ["sysinit.target.wants", "multi-user.target.wants"];
        let starts = |service: &str| {
            wanted.iter().any(|when| {
                let link = self.0.join("etc/systemd/system").join(when).join(service);
                link.symlink_metadata().is_ok()
            })
        };
        let known = ["nftables", "netfilter-persistent", "iptables"];
        let set = known.into_iter().find(|name| starts(&format!("{name}.service")));
        Ok(set.map(str::to_owned))
    }

    pub(super) fn lockers(&self, processes: &Processes) -> Seen<Vec<String>> {
        let processes = processes.as_ref().map_err(Clone::clone)?;
        let of = |names: &[&str]| -> Vec<String> {
            let mut those: Vec<String> =
                processes.iter().filter(|name| names.contains(&name.as_str())).cloned().collect();
            those.sort();
            those.dedup();
            those
        };
        let (lockers, desktops) = (of(&LOCKERS), of(&DESKTOPS));
        match desktops.first() {
            Some(desktop) if lockers.is_empty() => {
                Err(format!("{desktop} has a lock of its own, set for each user apart"))
            }
            _ => Ok(lockers),
        }
    }

    pub(super) fn updates(&self) -> Seen<Updates> {
        let apt = self.texts("etc/apt/apt.conf.d", "");
        if self.is_there("etc/apt/apt.conf.d") {
            let on = apt_value(&apt, "APT::Periodic::Unattended-Upgrade");
            let restarts = apt_value(&apt, "Unattended-Upgrade::Automatic-Reboot");
            let at = apt_value(&apt, "Unattended-Upgrade::Automatic-Reboot-Time");
            let on = on.is_some_and(|on| on != "0");
            return Ok(match (on, restarts.as_deref(), at) {
                (false, ..) => Updates::Off,
                (true, Some("true" | "1"), Some(at)) if at != "now" => Updates::RestartAt(at),
                (true, Some("true" | "1"), _) => Updates::RestartAnyTime,
                (true, ..) => Updates::On,
            });
        }
        if self.is_there("etc/dnf") {
            let dnf = self.text("etc/dnf/automatic.conf").unwrap_or_default();
            let on = value(&dnf, "apply_updates").is_some_and(|on| on == "yes");
            return Ok(match value(&dnf, "reboot") {
                _ if !on => Updates::Off,
                Some("when-needed" | "when-changed") => Updates::RestartAnyTime,
                _ => Updates::On,
            });
        }
        Err("neither apt nor dnf brings the updates here".to_owned())
    }

    pub(super) fn secure_boot(&self) -> Seen<bool> {
        let bytes = std::fs::read(self.0.join(SECURE_BOOT));
        let bytes = bytes.map_err(|_| "the firmware does not tell of secure boot".to_owned())?;
        // Four bytes of attributes stand before the value.
        let value = bytes.get(4).copied();
        value.map(|value| value == 1).ok_or_else(|| "the firmware's word is cut short".to_owned())
    }
}

/// A device names itself: shortened, and no control character of it goes anywhere.
fn plain(name: &str) -> String {
    let shown = name.trim().trim_matches('"').chars().filter(|c| !c.is_control());
    shown.take(40).collect()
}

fn first_of<'a>(processes: &'a Processes, names: &[&str]) -> Seen<Option<&'a str>> {
    let processes = processes.as_ref().map_err(Clone::clone)?;
    Ok(processes.iter().map(String::as_str).find(|name| names.contains(name)))
}

/// What stands behind `key=` in a file of settings; comments are none.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| value.trim())
    })
}

/// The last word of apt's settings: `Name "value";`.
fn apt_value(texts: &[String], key: &str) -> Option<String> {
    let mut lines = texts.iter().flat_map(|text| text.lines()).rev();
    lines.find_map(|line| {
        let (name, value) = line.trim().split_once(char::is_whitespace)?;
        let value = value.trim().trim_end_matches(';').trim_matches('"');
        (name == key).then(|| value.to_owned())
    })
}

/// The port of a row of the kernel's table, where it listens on every address.
fn open_port(row: &str) -> Option<u16> {
    let mut fields = row.split_whitespace().skip(1);
    let (address, port) = fields.next()?.split_once(':')?;
    let listens = fields.nth(1) == Some(LISTENING);
    let everywhere = address.bytes().all(|digit| digit == b'0');
    if listens && everywhere { u16::from_str_radix(port, 16).ok() } else { None }
}

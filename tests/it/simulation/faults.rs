//! What goes wrong: lines, power, disks, clocks and central.

use tideover::cli::carry;
use tideover::domain::ids::{RegisterNo, Seq};
use tideover::ledger::Reader;
use tideover::sync::carrier::{Request, Transport as _};

use super::bugs::Bug;
use super::disk::Image;
use super::wire::Wire;
use super::world::{LANES, World};

/// The most registers of a run whose disks are destroyed.
const DESTROYED_MAX: usize = 2;

impl World {
    /// One fault, somewhere.
    pub fn fault(&mut self, lane: usize) -> String {
        match self.chance.below(100) {
            0..=15 => self.cuts_lan(),
            16..=28 => self.cuts_central(lane),
            29..=38 => self.pulls_plug(lane),
            39..=48 => self.pulls_plug_while_paying(lane),
            49..=57 => self.sets_clock(lane),
            58..=64 => self.copies_disk(lane),
            65..=70 => self.puts_disk_back(lane),
            71..=74 => self.destroys(lane),
            75..=79 => self.kills_central(),
            80..=83 => self.backs_central_up(),
            84..=86 => self.puts_central_back(),
            87..=88 => self.carries(lane),
            89..=90 => self.brings_stick(lane),
            91..=94 => self.recovers(lane),
            95..=96 => self.moves(lane),
            _ => self.changes_key(lane),
        }
    }

    fn cuts_lan(&mut self) -> String {
        let one = 1 + u16::try_from(self.chance.below(LANES)).expect("small");
        let other = 1 + u16::try_from(self.chance.below(LANES)).expect("small");
        if one == other {
            for peer in 1..=u16::try_from(LANES).expect("small") {
                self.lan.cut(one, peer, true);
            }
            return format!("register {one} sees no other");
        }
        let cut = !self.lan.is_cut(one, other);
        self.lan.cut(one, other, cut);
        format!("registers {one} and {other} {} each other", if cut { "lose" } else { "see" })
    }

    fn cuts_central(&mut self, lane: usize) -> String {
        let cut = !self.lanes[lane].cut_off;
        self.lanes[lane].cut_off = cut;
        format!("register {} {} central", lane + 1, if cut { "loses" } else { "reaches" })
    }

    fn pulls_plug(&mut self, lane: usize) -> String {
        if self.lanes[lane].till.is_none() {
            return self.comes_back(lane);
        }
        let early = self.lanes[lane].before_sale.take();
        let early = early.filter(|_| self.bug == Some(Bug::PaidBeforeCommit));
        let left = early.unwrap_or_else(|| Image::of(&self.lanes[lane].data.0));
        let lan = self.lan.clone();
        self.lanes[lane].cut_power(&lan, &left);
        if self.chance.below(3) == 0 {
            return format!("register {} has no power", lane + 1);
        }
        self.start(lane);
        format!("register {} loses power and starts again", lane + 1)
    }

    fn pulls_plug_while_paying(&mut self, lane: usize) -> String {
        if self.lanes[lane].till.is_none() {
            return self.comes_back(lane);
        }
        // Nothing left the machine before its own disk was flushed.
        self.lan.dead(true);
        let begun = self.begins_to_pay(lane);
        self.lan.dead(false);
        let Some((before, after, paid)) = begun else { return "sells nothing".to_owned() };
        let left = before.torn_towards(&after, &self.chance);
        let lan = self.lan.clone();
        self.lanes[lane].cut_power(&lan, &left);
        self.start(lane);
        // A start may give the journal up: then it lies among those that were put away.
        let reader = Reader::open(self.till(lane).register.ledger().place()).expect("read");
        let there = reader.journals().expect("read").iter().any(|journal| {
            let lines = reader.lines(journal, paid.seq, 1, usize::MAX).expect("read");
            lines.first().is_some_and(|line| line.hash() == paid.hash)
        });
        let said = if there { "it is recorded as PAID" } else { "nothing was recorded" };
        let said = format!("register {} loses power while {}: {said}", lane + 1, paid.name());
        if there {
            self.paid.push(paid);
        }
        said
    }

    /// A register that is off is switched on; one that is gone is replaced.
    pub fn comes_back(&mut self, lane: usize) -> String {
        if !self.lanes[lane].gone {
            self.start(lane);
            return format!("register {} is switched on", lane + 1);
        }
        if !self.central.is_up() || self.chance.below(3) > 0 {
            return format!("register {} is a heap of ashes", lane + 1);
        }
        let machine = &mut self.lanes[lane];
        machine.gone = false;
        machine.machine += 1;
        machine.hardware.replaced();
        machine.set_up();
        let given = self.central.enroll(machine.number, &machine.key());
        self.lanes[lane].enrolled(&given);
        format!("register {} is a new machine{}", lane + 1, self.starts_or_recovers(lane))
    }

    /// Now and then somebody thinks of what the disk lost before it is sold on it.
    fn starts_or_recovers(&mut self, lane: usize) -> String {
        if self.chance.below(2) == 0 {
            return format!(", {}", self.recovers(lane));
        }
        self.start(lane);
        String::new()
    }

    fn sets_clock(&mut self, lane: usize) -> String {
        let far = [90_000, 3_700_000, 90_000_000];
        let by = far[self.chance.pick(far.len())];
        let by = if self.chance.below(2) == 0 { by } else { -by };
        self.lanes[lane].clock.jump_ms(by);
        format!("the clock of register {} jumps by {by} ms", lane + 1)
    }

    fn copies_disk(&mut self, lane: usize) -> String {
        if self.lanes[lane].gone {
            return self.comes_back(lane);
        }
        let image = Image::of(&self.lanes[lane].data.0);
        self.lanes[lane].image = Some((image, self.paid.len()));
        format!("the disk of register {} is copied", lane + 1)
    }

    /// An old copy of a disk is put back, wholly or but for the anchor, and the register sells on.
    fn puts_disk_back(&mut self, lane: usize) -> String {
        let Some((image, paid)) = self.lanes[lane].image.clone() else {
            return self.copies_disk(lane);
        };
        let lan = self.lan.clone();
        lan.leaves(self.lanes[lane].number);
        self.lanes[lane].till = None;
        let whole = self.chance.below(2) == 0;
        if whole {
            image.put_back(&self.lanes[lane].data.0);
        } else {
            image.put_over(&self.lanes[lane].data.0, &["ledger", "tape"]);
        }
        self.disk_lost(lane, paid, whole);
        let what = if whole { "whole disk" } else { "ledger and tape" };
        let said = format!("the {what} of register {} is an old copy", lane + 1);
        format!("{said}{}", self.starts_or_recovers(lane))
    }

    fn destroys(&mut self, lane: usize) -> String {
        let gone = self.lanes.iter().filter(|lane| lane.gone || lane.machine > 0).count();
        if self.lanes[lane].gone || gone >= DESTROYED_MAX {
            return self.comes_back_or_sells(lane);
        }
        self.lan.leaves(self.lanes[lane].number);
        self.lanes[lane].till = None;
        self.lanes[lane].image = None;
        self.lanes[lane].gone = true;
        std::fs::remove_dir_all(&self.lanes[lane].data.0).expect("gone");
        self.disk_lost(lane, 0, true);
        format!("register {} burns", lane + 1)
    }

    fn comes_back_or_sells(&mut self, lane: usize) -> String {
        if self.lanes[lane].till.is_none() { self.comes_back(lane) } else { self.counter(lane) }
    }

    /// What a register sold since is on its disk no more, nor what it held for others.
    fn disk_lost(&mut self, lane: usize, paid: usize, mirror_too: bool) {
        let (number, machine) = (self.lanes[lane].number, self.lanes[lane].machine);
        self.lanes[lane].ends.clear();
        self.lanes[lane].before_sale = None;
        for (at, sale) in self.paid.iter_mut().enumerate() {
            if mirror_too {
                sale.held_by.remove(&number);
            }
            if sale.lane == lane && sale.machine == machine && at >= paid {
                sale.disk_lost = true;
            }
        }
        if mirror_too {
            self.lan.disk_lost(number);
        }
    }

    fn kills_central(&mut self) -> String {
        if self.central.is_up() {
            self.central.kill();
            if self.chance.below(2) == 0 {
                return "central is killed".to_owned();
            }
        }
        self.central.start();
        "central starts again".to_owned()
    }

    fn backs_central_up(&mut self) -> String {
        self.central.back_up(self.paid.len());
        "central is backed up".to_owned()
    }

    fn puts_central_back(&mut self) -> String {
        if self.central.restore().is_none() {
            return self.backs_central_up();
        }
        self.paid.iter_mut().for_each(|sale| sale.acked = false);
        self.central.start();
        "central is put back to an older copy".to_owned()
    }

    /// Somebody brings all that a register holds of others to central.
    pub fn carries(&mut self, lane: usize) -> String {
        if self.lanes[lane].till.is_none() {
            return self.comes_back(lane);
        }
        let reader = self.lanes[lane].mirror();
        let chance = self.lanes[lane].entropy.clone();
        let cut_off = self.lanes[lane].cut_off;
        let (central, way) = (&mut self.central, &mut self.way);
        let mut wire = Wire { central, way, chance: &chance, cut_off, last: "" };
        let carried = carry::to_central(&reader, None::<RegisterNo>, None, &mut wire);
        let said = match carried {
            Ok(carried) => {
                if carried.refused_count > 0 {
                    self.way.refused.push(format!("copies: {:?}", carried.refused));
                }
                format!("{} new, {} there", carried.created, carried.existing)
            }
            Err(why) => format!("not to the end: {}", first_words(&why.to_string())),
        };
        format!("copies are carried from register {}: {said}", lane + 1)
    }

    /// A register's own records, in plain lines, beside what it sends itself.
    fn brings_stick(&mut self, lane: usize) -> String {
        if self.lanes[lane].gone {
            return self.comes_back(lane);
        }
        let reader = Reader::open(&self.lanes[lane].place()).expect("a reader");
        let journals = reader.journals().expect("journals");
        let journal = &journals[self.chance.pick(journals.len())];
        let lines = reader.lines(journal, Seq(0), 10_000, usize::MAX).expect("lines");
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.bytes()).collect();
        let request = Request::post("/v1/records", lines.join(&b'\n'));
        let chance = self.lanes[lane].entropy.clone();
        let (central, way) = (&mut self.central, &mut self.way);
        let mut wire = Wire { central, way, chance: &chance, cut_off: false, last: "" };
        let said = match wire.send(&request) {
            Ok(response) => response.status.to_string(),
            Err(why) => why.text,
        };
        format!("a stick brings {} records of register {} ({said})", lines.len(), lane + 1)
    }
}

fn first_words(text: &str) -> String {
    text.split(';').next().unwrap_or_default().to_owned()
}

//! A register's key is changed between two shifts, over a line that loses things, and the power may
//! go at any step of it.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use tideover::device::clock::Clock;
use tideover::domain::money::Money;
use tideover::register::command::Command;
use tideover::register::register::Answer;
use tideover::register::rotating::{Point, Told, rotate};
use tideover::register::startup::World as Outside;
use tideover::sync::carrier::{NoAnswer, Request, Response, Transport};

use super::Chance;
use super::disk::Image;
use super::wire::Wire;
use super::world::World;

/// As often somebody runs the command again that did not come through.
const TRIES: u32 = 4;

/// A line that is dead once the power is.
struct Powered<'a> {
    wire: Wire<'a>,
    dead: &'a Cell<bool>,
}

impl Transport for Powered<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        if self.dead.get() {
            return Err(NoAnswer { text: "there is no power".to_owned() });
        }
        self.wire.send(request)
    }
}

impl World {
    /// Somebody of IT changes a register's key; now and then the power goes meanwhile.
    pub fn changes_key(&mut self, lane: usize) -> String {
        if self.lanes[lane].till.is_none() {
            return self.comes_back(lane);
        }
        self.ends_outage(lane);
        let counted = Money::from_minor(15_000);
        let closed = self.till(lane).register.handle(Command::close_shift(counted, Money::ZERO));
        if closed != Answer::Done {
            return self.closes_shift(lane);
        }
        self.note_end(lane);
        self.note_claims(lane);
        let machine = &mut self.lanes[lane];
        self.lan.leaves(machine.number);
        machine.till.take().expect("it runs").register.close().expect("closed");
        let cut = Point::ALL.get(self.chance.pick(2 * Point::ALL.len())).copied();
        let (data, entropy) = (machine.data.clone(), Arc::clone(&machine.entropy));
        let outside = Outside {
            clock: Arc::new(machine.clock.clone()) as Arc<dyn Clock>,
            entropy: Arc::<Chance>::clone(&entropy),
            faults: None,
            machine: machine.hardware.marks(machine.number),
        };
        let (dead, left) = (Cell::new(false), RefCell::new(None));
        let tell = |told: Told<'_>| {
            if matches!(told, Told::At(at) if Some(at) == cut) {
                dead.set(true);
                *left.borrow_mut() = Some(Image::of(&data.0));
            }
        };
        let (central, way, chance) = (&mut self.central, &mut self.way, entropy.as_ref());
        let wire = Wire { central, way, chance, cut_off: machine.cut_off, last: "" };
        let mut line = Powered { wire, dead: &dead };
        let mut changed = rotate(&data, &outside, &mut line, "yearly", &tell);
        for _ in 1..TRIES {
            if changed.is_ok() || dead.get() {
                break;
            }
            changed = rotate(&data, &outside, &mut line, "yearly", &tell);
        }
        let said = match (left.into_inner(), changed) {
            (Some(left), _) => {
                left.put_back(&data.0);
                format!("and loses power at {cut:?}")
            }
            (None, Ok(_)) => "and goes on with it".to_owned(),
            (None, Err(why)) => {
                format!("in vain: {}", why.to_string().split(';').next().unwrap_or_default())
            }
        };
        self.start(lane);
        format!("register {} changes its key {said}", lane + 1)
    }

    fn ends_outage(&mut self, lane: usize) {
        if self.till(lane).register.view().status.outage.is_some() {
            let note = "It answers again".to_owned();
            self.till(lane).register.handle(Command::EndOutage { note });
            self.till(lane).register.handle(Command::LeavePage);
        }
    }
}

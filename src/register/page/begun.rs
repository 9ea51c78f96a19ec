//! Work about goods that was begun and is not recorded yet, kept beside the ledger: a truck of 38
//! lines survives the plug.
//!
//! ```text
//!  every input ─▶ written, where it differs ─▶ goods.begun ─▶ read at start ─▶ pages that wait
//! ```
//!
//! A hint, not a record: what can't be read is set aside, and never stops a start. What was
//! recorded before the file was brought up to date is known by its number and not begun again.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use super::Task;
use crate::device::own_file;
use crate::domain::goods::carton::{Carton, OrderNo};
use crate::domain::goods::change::SlipNo;
use crate::domain::goods::counting::{Counting, ITEMS_MAX as COUNT_MAX, Turn as Whose};
use crate::domain::goods::delivery::{CARTONS_MAX, Listed};
use crate::domain::goods::receiving::{ITEMS_MAX, Receiving};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::PersonId;
use crate::domain::quantity::Quantity;
use crate::domain::rain_check::RainCheckKind;
use crate::domain::time::Timestamp;
use crate::journal::hash::Hash;
use crate::journal::json::{Malformed, Reader, Writer};
use crate::register::register::Register;

const TITLE: &str = "tideover begun 1";
/// More than any work that may be begun.
const LEN_MAX: u64 = 16 * 1024 * 1024;

/// Pages that wait, and the file of what was begun on them.
#[derive(Debug, Default)]
pub struct Begun {
    /// The pages.
    pub(in crate::register) waiting: Vec<Task>,
    /// What was refused last, for a rain check, and the notice that said so.
    pub(in crate::register) offered: Option<(u64, RainCheckKind)>,
    is_read: bool,
    path: PathBuf,
    last: String,
}

impl Begun {
    /// A file at this place.
    pub const fn at(path: PathBuf) -> Self {
        Self { waiting: Vec::new(), offered: None, is_read: false, path, last: String::new() }
    }

    /// Keeps a text in place of the one before; an empty one removes the file. What can't be
    /// written costs keying it again after a crash, never a sale.
    pub fn keep(&mut self, text: String) {
        if text == self.last {
            return;
        }
        if let Err(error) = self.write(&text) {
            tracing::warn!(%error, "begun work is not kept");
        }
        self.last = text;
    }

    fn write(&self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return match fs::remove_file(&self.path) {
                Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
                _ => Ok(()),
            };
        }
        let new = self.path.with_extension("new");
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(format!("{TITLE} {}\n{text}", Hash::of_bytes(text.as_bytes())).as_bytes())?;
        drop(file);
        fs::rename(&new, &self.path)
    }

    /// What was kept, once; none where there is nothing, or nothing whole.
    pub fn load(&mut self) -> Option<String> {
        if std::mem::replace(&mut self.is_read, true) {
            return None;
        }
        let text = own_file::text(&self.path, LEN_MAX).ok()?;
        let (head, rest) = text.split_once('\n')?;
        let sum = Hash::parse(head.strip_prefix(TITLE)?.strip_prefix(' ')?)?;
        if sum != Hash::of_bytes(rest.as_bytes()) {
            return None;
        }
        rest.clone_into(&mut self.last);
        Some(self.last.clone())
    }
}

/// A delivery that is being received, with the number it will have.
pub(super) fn write_receiving(receiving: &Receiving, number: &SlipNo) -> String {
    let mut json = Writer::new();
    json.begin_object();
    text(&mut json, "number", number.as_str());
    if let Some(notice) = receiving.notice() {
        text(&mut json, "notice", notice.as_str());
    }
    text(&mut json, "supplier", &receiving.supplier);
    if let Some(order) = &receiving.order {
        text(&mut json, "order", order.as_str());
    }
    json.key("cartons");
    json.array(receiving.cartons(), |json, carton| json.string(carton.as_str()));
    json.key("lines");
    json.array(receiving.lines(), |json, line| {
        json.begin_object();
        text(json, "code", line.code.as_str());
        text(json, "name", &line.name);
        match receiving.listed(line).filter(|_| receiving.notice().is_none()) {
            Some(Listed::Of(listed)) => quantity(json, "listed", listed),
            Some(Listed::No) => quantity(json, "listed", Quantity::default()),
            None => {}
        }
        quantity(json, "came", line.came);
        quantity(json, "damaged", line.damaged);
        json.end_object();
    });
    json.end_object();
    json.into_text()
}

/// The delivery and its number; none of one that was recorded already, or can't be read.
pub(super) fn read_receiving(kept: &str, register: &Register) -> Option<(Receiving, SlipNo)> {
    let mut reader = Reader::new(kept);
    let read = receiving(&mut reader, register).ok()?;
    reader.end().ok()?;
    let (receiving, number) = read?;
    (!register.book().goods.has_receiving(&number)).then_some((receiving, number))
}

fn receiving(
    r: &mut Reader<'_>,
    register: &Register,
) -> Result<Option<(Receiving, SlipNo)>, Malformed> {
    let slip = |text: &str| SlipNo::parse(text).ok();
    r.key("number")?;
    let number = r.string_as(40, "a number", slip)?;
    let notice =
        if r.optional_key("notice") { Some(r.string_as(40, "a notice", slip)?) } else { None };
    let mut receiving = match notice {
        None => Receiving::from_slip(),
        Some(notice) => {
            let pack = register.pack().ok();
            let found = pack.and_then(|pack| Some((pack, pack.delivery(&notice).ok()??)));
            let Some((pack, expected)) = found else { return Ok(None) };
            Receiving::against(&expected, |code| {
                pack.item(code).ok().flatten().map_or_else(String::new, |item| item.name)
            })
        }
    };
    r.key("supplier")?;
    let supplier = r.string(80)?.into_owned();
    receiving.set_supplier(&supplier).ok();
    if r.optional_key("order") {
        receiving.order = Some(r.string_as(24, "an order", OrderNo::from_canonical)?);
    }
    r.key("cartons")?;
    for carton in r.array(CARTONS_MAX, |r| r.string_as(24, "a carton", Carton::from_canonical))? {
        receiving.add_carton(carton).ok();
    }
    r.key("lines")?;
    let lines = r.array(ITEMS_MAX, |r| {
        let (code, name) = item(r)?;
        let listed = if r.optional_key("listed") { Some(r.int()?) } else { None };
        let (came, damaged) = (read_quantity(r, "came")?, read_quantity(r, "damaged")?);
        r.end_object()?;
        Ok((code, name, listed.map(Quantity::from_tenthousandths), came, damaged))
    })?;
    r.end_object()?;
    for (code, name, listed, came, damaged) in lines {
        let Ok(place) = receiving.scan(&code, &name) else { continue };
        if let Some(listed) = listed {
            let none = listed == Quantity::default();
            let listed = if none { Listed::No } else { Listed::Of(listed) };
            receiving.set_slip(place, listed).ok();
        }
        receiving.set_came(place, came).ok();
        receiving.set_damaged(place, damaged).ok();
    }
    Ok(Some((receiving, number)))
}

/// A count in the making.
pub(super) fn write_counting(counting: &Counting) -> String {
    let mut json = Writer::new();
    json.begin_object();
    text(&mut json, "area", counting.area());
    json.key("by");
    json.array(counting.counters(), |json, person| json.string(person.as_str()));
    json.key("again");
    json.bool(counting.turn() == Whose::Again);
    json.key("lines");
    json.array(counting.all(), |json, line| {
        json.begin_object();
        text(json, "code", line.code.as_str());
        text(json, "name", line.name);
        text(json, "at", &line.at.to_string());
        json.key("tries");
        json.array(line.tries, |json, tried| json.int(tried.tenthousandths()));
        if let Some(now) = line.now {
            quantity(json, "now", now);
        }
        json.end_object();
    });
    json.end_object();
    json.into_text()
}

/// The count, played again turn by turn; none that can't be read.
pub(super) fn read_counting(kept: &str, register: &Register) -> Option<Counting> {
    let mut reader = Reader::new(kept);
    let counting = counting(&mut reader, register).ok()?;
    reader.end().ok()?;
    counting
}

type CountedSoFar = (ItemCode, String, Timestamp, Vec<Quantity>, Option<Quantity>);

fn counting(r: &mut Reader<'_>, register: &Register) -> Result<Option<Counting>, Malformed> {
    r.key("area")?;
    let area = r.string(40)?.into_owned();
    r.key("by")?;
    let by = r.array(2, |r| r.string_as(16, "a person", |text| PersonId::parse(text).ok()))?;
    r.key("again")?;
    let again = r.bool()?;
    r.key("lines")?;
    let lines: Vec<CountedSoFar> = r.array(COUNT_MAX, |r| {
        let (code, name) = item(r)?;
        r.key("at")?;
        let at = r.string_as(29, "a time", |text| Timestamp::parse(text).ok())?;
        r.key("tries")?;
        let tries = r.array(8, |r| r.int().map(Quantity::from_tenthousandths))?;
        let now = if r.optional_key("now") {
            Some(Quantity::from_tenthousandths(r.int()?))
        } else {
            None
        };
        r.end_object()?;
        Ok((code, name, at, tries, now))
    })?;
    r.end_object()?;
    let mut people = by.into_iter();
    let begun = people.next().and_then(|first| Counting::new(&area, first).ok());
    let Some(mut counting) = begun else { return Ok(None) };
    let turns = people.len().saturating_add(usize::from(again));
    for turn in 0..turns {
        for (code, name, at, tries, _) in &lines {
            if let Some(tried) = tries.get(turn) {
                counting.set(code, name, *tried, *at).ok();
            }
        }
        let went_on = match people.next() {
            Some(second) => counting.second(second).is_ok(),
            None => counting.compare(|code, at| register.expected_at(code, at)).is_ok(),
        };
        if !went_on {
            return Ok(None);
        }
    }
    for (code, name, at, _, now) in &lines {
        if let Some(now) = now {
            counting.set(code, name, *now, *at).ok();
        }
    }
    Ok(Some(counting))
}

fn item(r: &mut Reader<'_>) -> Result<(ItemCode, String), Malformed> {
    r.key("code")?;
    let code = r.string_as(20, "a code", |text| ItemCode::parse(text).ok())?;
    r.key("name")?;
    Ok((code, r.string(80)?.into_owned()))
}

fn text(json: &mut Writer, key: &str, value: &str) {
    json.key(key);
    json.string(value);
}

fn quantity(json: &mut Writer, key: &str, quantity: Quantity) {
    json.key(key);
    json.int(quantity.tenthousandths());
}

fn read_quantity(r: &mut Reader<'_>, key: &'static str) -> Result<Quantity, Malformed> {
    r.key(key)?;
    r.int().map(Quantity::from_tenthousandths)
}

//! The shape of a day that somebody said it is.

use crate::domain::day::DaySet;
use crate::domain::time::BusinessDate;
use crate::journal::json::{Malformed, Reader, Writer};

use super::sale::{read_approved, write_approved};
use super::{int, number, text};

pub(super) fn write(json: &mut Writer, set: &DaySet) {
    text(json, "day", &set.day.to_string());
    int(json, "days", set.days);
    write_approved(json, set.approval.as_ref());
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<DaySet, Malformed> {
    r.key("day")?;
    let day = r.string_as(10, "a day", |text| BusinessDate::parse(text).ok())?;
    let days = number(r, "days")?;
    if days == 0 {
        return Err(r.malformed("days from any that was known"));
    }
    Ok(DaySet { day, days, approval: read_approved(r)? })
}

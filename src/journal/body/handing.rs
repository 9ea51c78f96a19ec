//! The shape of a drawer that was handed over.

use crate::domain::handing::Handing;
use crate::domain::ids::ShiftNo;
use crate::journal::json::{Malformed, Reader, Writer};

use super::{int, money, number};

pub(super) fn write(json: &mut Writer, handing: &Handing) {
    int(json, "shift", handing.shift);
    int(json, "cash", handing.cash.minor());
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<Handing, Malformed> {
    Ok(Handing { shift: ShiftNo(number(r, "shift")?), cash: money(r, "cash")? })
}

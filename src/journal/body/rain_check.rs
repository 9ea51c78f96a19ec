//! The bodies of rain checks, and how a sale's terms name the ones that its lines honor.

use crate::domain::gtin::{ITEM_CODE_LEN_MAX, ItemCode};
use crate::domain::ids::{Epoch, RecordRef, RegisterNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::domain::quantity::UnitPrice;
use crate::domain::rain_check::{
    HONORED_MAX, Honored, RainCheck, RainCheckKind, RainCheckRef, RainCheckStep, WHAT_LEN_MAX,
    Worth,
};
use crate::domain::time::BusinessDate;
use crate::journal::hash::{from_hex, to_hex};
use crate::journal::json::{Malformed, Reader, Writer};

use super::sale::{read_approved, some_of, write_approved};
use super::{int, number, text, word};

pub(super) fn write(json: &mut Writer, step: &RainCheckStep) {
    match step {
        RainCheckStep::Issued { check, approval } => {
            text(json, "step", "issued");
            int(json, "number", check.number);
            text(json, "kind", check.kind.word());
            if let Some(code) = &check.code {
                text(json, "code", code.as_str());
            }
            text(json, "what", &check.what);
            match check.worth {
                Worth::Unsaid => {}
                Worth::Off(amount) => int(json, "off", amount.minor()),
                Worth::Price(unit_price, pieces) => {
                    int(json, "unit", unit_price.tenthousandths());
                    int(json, "pieces", pieces);
                }
            }
            text(json, "until", &check.until.to_string());
            write_approved(json, approval.as_ref());
        }
        RainCheckStep::Redeemed { of, approval } => {
            text(json, "step", "redeemed");
            write_ref(json, of);
            write_approved(json, approval.as_ref());
        }
    }
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<RainCheckStep, Malformed> {
    let issued = word(r, "step", |word| match word {
        "issued" => Some(true),
        "redeemed" => Some(false),
        _ => None,
    })?;
    if !issued {
        return Ok(RainCheckStep::Redeemed { of: read_ref(r)?, approval: read_approved(r)? });
    }
    let check = RainCheck {
        number: number(r, "number")?,
        kind: word(r, "kind", RainCheckKind::from_word)?,
        code: if r.optional_key("code") {
            let code = |text: &str| ItemCode::parse(text).ok().filter(|code| code.as_str() == text);
            Some(r.string_as(ITEM_CODE_LEN_MAX, "an item code", code)?)
        } else {
            None
        },
        what: {
            r.key("what")?;
            r.string(WHAT_LEN_MAX)?.into_owned()
        },
        worth: read_worth(r)?,
        until: {
            r.key("until")?;
            r.string_as(10, "a date", |text| BusinessDate::parse(text).ok())?
        },
    };
    Ok(RainCheckStep::Issued { check, approval: read_approved(r)? })
}

fn read_worth(r: &mut Reader<'_>) -> Result<Worth, Malformed> {
    let before = r.clone();
    let worth = if r.optional_key("off") {
        Worth::Off(Money::from_minor(r.int()?))
    } else if r.optional_key("unit") {
        let unit_price = UnitPrice::from_tenthousandths(r.int()?);
        Worth::Price(unit_price, number(r, "pieces")?)
    } else {
        Worth::Unsaid
    };
    if worth.is_bounded() { Ok(worth) } else { Err(before.malformed("a smaller promise")) }
}

fn write_ref(json: &mut Writer, of: &RainCheckRef) {
    int(json, "number", of.number);
    int(json, "store", of.store);
    int(json, "reg", of.register);
    text(json, "epoch", &of.at_record.epoch.to_string());
    int(json, "seq", of.at_record.seq);
    if let Some(hash_start) = &of.hash_start {
        text(json, "hash", &to_hex(hash_start));
    }
}

fn read_ref(r: &mut Reader<'_>) -> Result<RainCheckRef, Malformed> {
    Ok(RainCheckRef {
        number: number(r, "number")?,
        store: StoreNo(number(r, "store")?),
        register: RegisterNo(number(r, "reg")?),
        at_record: RecordRef {
            epoch: {
                r.key("epoch")?;
                Epoch(r.string_as(16, "16 hex digits", from_hex)?)
            },
            seq: Seq(number(r, "seq")?),
        },
        hash_start: if r.optional_key("hash") {
            Some(r.string_as(32, "32 hex digits", from_hex)?)
        } else {
            None
        },
    })
}

/// The rain checks of a sale's terms; left out where there are none.
pub(super) fn write_honored(json: &mut Writer, honored: &[Honored]) {
    if honored.is_empty() {
        return;
    }
    json.key("rain_checks");
    json.array(honored, |json, one| {
        json.begin_object();
        int(json, "line", one.place);
        write_ref(json, &one.of);
        json.end_object();
    });
}

pub(super) fn read_honored(r: &mut Reader<'_>) -> Result<Vec<Honored>, Malformed> {
    some_of(r, "rain_checks", HONORED_MAX, |r| {
        let honored = Honored { place: number(r, "line")?, of: read_ref(r)? };
        r.end_object()?;
        Ok(honored)
    })
}

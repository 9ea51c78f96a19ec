//! The shape of personal data that was destroyed.

use crate::domain::erasure::{ERASED_MAX, ErasureRule, PiiErased};
use crate::domain::time::BusinessDate;
use crate::journal::json::{Malformed, Reader, Writer};

use super::{int, read_record_ref, text, word};

pub(super) fn write(json: &mut Writer, erased: &PiiErased) {
    text(json, "rule", erased.rule.word());
    text(json, "before", &erased.before.to_string());
    json.key("of");
    json.array(&erased.of, |json, of| {
        json.begin_object();
        text(json, "epoch", &of.epoch.to_string());
        int(json, "seq", of.seq);
        json.end_object();
    });
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<PiiErased, Malformed> {
    let rule = word(r, "rule", ErasureRule::from_word)?;
    r.key("before")?;
    let before = r.string_as(10, "a day", |text| BusinessDate::parse(text).ok())?;
    r.key("of")?;
    let of = r.array(ERASED_MAX, read_record_ref)?;
    if of.is_empty() {
        Err(r.malformed("what it lay beside"))
    } else {
        Ok(PiiErased { rule, before, of })
    }
}

//! The bodies of outages: what is known of one, when it is declared and whenever that changes.

use super::{Malformed, Reader, Writer, free_text, label, text, word, words};
use crate::domain::hearsay::{Heard, Source, Trust};
use crate::domain::ids::{OutageId, PersonId};
use crate::domain::outage::{Outage, System};
use crate::domain::protocol::{CODE_LEN_MAX, TaskTick};
use crate::domain::time::Timestamp;

/// The longest time as a text.
const TIME_LEN_MAX: usize = 29;

pub(super) fn write(json: &mut Writer, outage: &Outage) {
    text(json, "outage", outage.id.as_str());
    text(json, "since", &outage.since.to_string());
    json.key("systems");
    json.array(&outage.systems, |json, system| json.string(system.word()));
    free_text(json, "cause", &outage.cause);
    free_text(json, "ticket", &outage.ticket);
    if let Some(expected) = outage.expected {
        text(json, "expected", &expected.to_string());
    }
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<Outage, Malformed> {
    Ok(Outage {
        id: label(r, "outage", OutageId::parse)?,
        since: {
            r.key("since")?;
            time(r)?
        },
        systems: {
            r.key("systems")?;
            r.array(System::ALL.len(), |r| r.string_as(32, "a system", System::from_word))?
        },
        cause: words(r, "cause")?,
        ticket: words(r, "ticket")?,
        expected: if r.optional_key("expected") { Some(time(r)?) } else { None },
    })
}

fn time(r: &mut Reader<'_>) -> Result<Timestamp, Malformed> {
    r.string_as(TIME_LEN_MAX, "a time", |text| Timestamp::parse(text).ok())
}

pub(super) fn write_heard(json: &mut Writer, heard: &Heard) {
    text(json, "source", heard.source.word());
    text(json, "trust", heard.trust.word());
    free_text(json, "text", &heard.text);
}

pub(super) fn read_heard(r: &mut Reader<'_>) -> Result<Heard, Malformed> {
    Ok(Heard {
        source: word(r, "source", Source::from_word)?,
        trust: word(r, "trust", Trust::from_word)?,
        text: words(r, "text")?,
    })
}

pub(super) fn write_tick(json: &mut Writer, tick: &TaskTick) {
    text(json, "outage", tick.outage.as_str());
    text(json, "task", &tick.task);
    text(json, "person", tick.person.as_str());
    json.key("done");
    json.bool(tick.done);
}

pub(super) fn read_tick(r: &mut Reader<'_>) -> Result<TaskTick, Malformed> {
    let code = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        (!text.is_empty() && text.bytes().all(plain)).then(|| text.to_owned())
    };
    Ok(TaskTick {
        outage: label(r, "outage", OutageId::parse)?,
        task: {
            r.key("task")?;
            r.string_as(CODE_LEN_MAX, "a task", code)?
        },
        person: label(r, "person", PersonId::parse)?,
        done: {
            r.key("done")?;
            r.bool()?
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tasks_code_is_one_word_of_small_letters_digits_and_low_lines() {
        let read = |task: &str| {
            let mut json = Writer::new();
            json.begin_object();
            let outage = OutageId::parse("1042-7-1").expect("an outage");
            let person = PersonId::parse("41").expect("a person");
            write_tick(&mut json, &TaskTick { outage, task: task.to_owned(), person, done: true });
            let json = json.into_text();
            read_tick(&mut Reader::new(&json)).map(|tick| tick.task).ok()
        };
        assert_eq!(read("put_up_2_signs").as_deref(), Some("put_up_2_signs"));
        for odd in ["", "Greet", "put up", "put-up", "gr\u{fc}n"] {
            assert_eq!(read(odd), None, "{odd:?}");
        }
    }
}

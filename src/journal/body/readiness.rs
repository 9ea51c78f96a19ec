//! The bodies of a look at readiness and of a practice's marks.

use crate::domain::practice::{Practice, PracticeStep};
use crate::domain::readiness::{ReadinessLook, Topic};
use crate::journal::json::{Malformed, Reader, Writer};

use super::{int, number};

pub(super) fn write_look(json: &mut Writer, look: &ReadinessLook) {
    int(json, "score", look.score);
    for (key, topics) in [("not_ready", &look.not_ready), ("soon", &look.soon)] {
        json.key(key);
        json.array(topics, |json, topic| json.string(topic.word()));
    }
}

pub(super) fn read_look(r: &mut Reader<'_>) -> Result<ReadinessLook, Malformed> {
    let score: u8 = number(r, "score")?;
    if score > 100 {
        return Err(r.malformed("a score of at most 100"));
    }
    Ok(ReadinessLook { score, not_ready: topics(r, "not_ready")?, soon: topics(r, "soon")? })
}

fn topics(r: &mut Reader<'_>, key: &'static str) -> Result<Vec<Topic>, Malformed> {
    r.key(key)?;
    r.array(Topic::ALL.len(), |r| r.string_as(16, "a topic", Topic::from_word))
}

pub(super) fn write_practice(json: &mut Writer, practice: &Practice) {
    json.key("seconds");
    match practice {
        Practice::Begun => json.raw("null"),
        Practice::Done { seconds, steps } => {
            json.int(seconds);
            json.key("steps");
            json.array(steps, |json, step| json.string(step.word()));
        }
    }
}

pub(super) fn read_practice(r: &mut Reader<'_>) -> Result<Practice, Malformed> {
    r.key("seconds")?;
    let Some(seconds) = r.nullable(|r| r.int_as::<u32>())? else { return Ok(Practice::Begun) };
    r.key("steps")?;
    let steps =
        r.array(PracticeStep::ALL.len(), |r| r.string_as(16, "a step", PracticeStep::from_word))?;
    Ok(Practice::Done { seconds, steps })
}

//! The page of one root cause: its records one by one, and the form of who mends it.

use crate::central::export::ledger::{HandOver, State};
use crate::central::manager::document;
use crate::central::page::escape;
use crate::domain::decision::REASON_LEN_MAX;
use crate::domain::language::Language;

use super::causes::Cause;
use super::page::chip;
use super::{Queues, Wanted, says};

/// Records that are listed.
const SHOWN_MAX: usize = 100;

/// The whole page.
pub(super) fn html(cause: &Cause, wanted: &Wanted, of: &Queues, said: Option<&str>) -> String {
    let said = said.map_or_else(String::new, |said| {
        format!("<p class=\"say bad\" role=alert>{}</p>", escape(said))
    });
    let store = wanted.store.map_or_else(String::new, |store| format!("?store={store}"));
    let body = format!(
        "{said}<p><a href=\"/queue{store}\">← All errors</a></p><h1>{}</h1>\
         <p><span class=\"chip {}\">{}</span> <b>{} records</b> at \
         <span class=mono>{}</span></p><p>{}</p>{}{}",
        escape(&cause.says),
        chip(cause.state),
        says(cause.state),
        cause.records,
        escape(&cause.target),
        cause.next,
        form(cause, wanted),
        records(cause, of)
    );
    let bar = "<div><b>Queue</b> <span>one root cause</span></div>";
    document("Queue: one root cause", bar, &body, Language::English)
}

fn records(cause: &Cause, of: &Queues) -> String {
    let line = |row: &HandOver| {
        format!(
            "<tr><td>{}<td>{}<td class=n>{}<td>{}<td class=n>{}<td>{}<td>{}</tr>",
            row.journal.store,
            row.journal.register,
            row.seq,
            row.date,
            row.attempts,
            of.time(row.changed_ms),
            escape(&row.note)
        )
    };
    let rows: String = cause.rows.iter().take(SHOWN_MAX).map(line).collect();
    let rest = cause.rows.len().saturating_sub(SHOWN_MAX);
    let more = if rest == 0 {
        String::new()
    } else {
        format!("<p class=quiet>and {rest} more like these</p>")
    };
    format!(
        "<h2>Record by record</h2><div class=\"card table wide\"><table><tr><th>Store<th>Register\
         <th class=n>Record<th>Business date<th class=n>Tries<th>Last<th>It said</tr>{rows}</table>\
         </div>{more}"
    )
}

/// The words of what may be done in a state, the likeliest first.
pub(super) fn actions(cause: &Cause) -> &'static [(&'static str, &'static str)] {
    const AGAIN: (&str, &str) = ("again", "Try again");
    const AS: (&str, &str) = ("again_as", "Try again, with another item");
    const BY_HAND: (&str, &str) = ("by_hand", "It was entered there by hand");
    match cause.state {
        // Files hold what the record says; only an event can say beside it what it is there.
        State::Refused if cause.target.starts_with("webhook:") => &[AGAIN, AS, BY_HAND],
        State::Refused => &[AGAIN, BY_HAND],
        State::Unknown | State::Different => &[BY_HAND],
        State::Held | State::Pending | State::Sent | State::Confirmed => &[],
    }
}

fn form(cause: &Cause, wanted: &Wanted) -> String {
    let actions = actions(cause);
    if actions.is_empty() {
        return match (cause.state, cause.stores.as_slice()) {
            (State::Held, [store]) => format!(
                "<p class=\"say wait\"><a href=\"/reconcile?store={store}\">The manager of store \
                 {store} decides</a>. IT lets no such record go.</p>"
            ),
            _ => "<p class=\"say wait\">Nothing is to be done here: the next run goes on with it. \
                  If it stays, look at the system itself.</p>"
                .to_owned(),
        };
    }
    let pick = |(at, (word, label)): (usize, &(&str, &str))| {
        let checked = if at == 0 { " checked" } else { "" };
        format!(
            "<label class=pick><input type=radio name=action value={word}{checked} required>{label}\
             </label>"
        )
    };
    let picks: String = actions.iter().enumerate().map(pick).collect();
    let more: String = actions
        .iter()
        .map(|(word, _)| match *word {
            "again_as" => AS_WHAT,
            "by_hand" => REFERENCE,
            _ => "",
        })
        .collect();
    let store = wanted.store.map_or_else(String::new, |store| store.to_string());
    format!(
        "<form class=\"short card\" method=post action=/queue/amend style=\"margin-top:1rem\">\
         <input type=hidden name=cause value=\"{}\"><input type=hidden name=count value={}>\
         <input type=hidden name=store value=\"{store}\">\
         <fieldset><legend>What is done with all {}?</legend>{picks}</fieldset>{more}\
         <label class=in>Why<input type=text name=reason maxlength={REASON_LEN_MAX} required \
         style=\"max-width:40rem\" autocomplete=off></label>\
         <label class=in>Your token<span>of IT, not the one for looking</span>\
         <input type=password name=token required autocomplete=current-password \
         style=\"max-width:30rem\"></label>\
         <div class=go><button>Sign</button><span class=quiet>It becomes a signed record with your \
         name. No record is edited.</span></div></form>",
        cause.name, cause.records, cause.records
    )
}

const AS_WHAT: &str = "<label class=\"in more again_as\">Item of the record<span>its code</span>\
<input type=text name=item autocomplete=off></label>\
<label class=\"in more again_as\">What it is there<span>the other system’s code</span>\
<input type=text name=as autocomplete=off></label>";

const REFERENCE: &str = "<label class=\"in more by_hand\">Its number there\
<span>what finds it in the other system</span>\
<input type=text name=reference autocomplete=off></label>";

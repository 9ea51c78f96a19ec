//! The sections of central's page on readiness and on programs: plain HTML, so many rows of it.

use super::programs::{Counted, ProgramIs, Programs, VERSIONS_MAX, numbers, soon};
use super::{LOOK_DAYS, StoreReadiness, StoresReadiness, ago, score_words};
use crate::central::recovery::page::{Said, pages};
use crate::domain::readiness::Topic;
use crate::domain::semver::Semver;
use crate::domain::words::{Words, term, words};

/// From this score on, and with nothing not ready, a store is well prepared.
const READY_SCORE: u8 = 80;
/// Stores of one page.
const STORES_MAX: usize = 50;
/// On a phone each store is a card: number and score, what to put right, and the rest by name.
const CARDS: &str = "<style>@media(max-width:720px){.cards,.cards tbody{display:block}\
.cards .head{display:none}.cards tr{display:grid;grid-template-columns:1fr auto;\
gap:.15rem .8rem;padding:.7rem .9rem;border-bottom:1px solid var(--rule)}\
.cards tr:last-child{border-bottom:0}.cards td{border:0;padding:0}.cards td:empty{display:none}\
.cards td:not(.n){grid-column:1/-1}.cards td:first-child{grid-column:1;font-weight:600}\
.cards td[data-name]::before{content:attr(data-name) \": \";color:var(--quiet)}\
.cards td:first-child::before{content:attr(data-name) \" \";color:inherit}}</style>";
/// Stores that a roll-out has not reached and that are named.
const BEHIND_MAX: usize = 40;

/// The sections of central's page: a row a store, the least ready first, so many of them; `address`
/// leads to the others. Behind them the programs of the whole chain.
pub(in crate::central) fn section(
    all: &StoresReadiness,
    page: usize,
    address: &dyn Fn(usize) -> String,
    said: Said,
) -> String {
    let stores = &all.stores;
    if stores.is_empty() {
        return String::new();
    }
    let [in_store, practiced, in_use, program] =
        [term("Store"), term("Practiced"), term("Packs in use"), term("Program")]
            .map(|name| said.term(name));
    let topics = |words: &[&str]| -> String {
        let topics = words.iter().filter_map(|word| Topic::from_word(word));
        topics.map(|topic| said.0.say(topic.label())).collect::<Vec<_>>().join(", ")
    };
    let row = |store: &StoreReadiness| {
        let class = match store.score {
            Some(score) if score >= READY_SCORE && store.not_ready.is_empty() => "good-ink",
            Some(_) => "quiet",
            None => "bad-ink",
        };
        let unknown = store.registers.iter().filter(|one| one.score.is_none());
        let unknown: Vec<String> = unknown.map(|one| one.register.to_string()).collect();
        let mut found = Vec::new();
        let mut find = |class: &str, words: Words| {
            found.push(format!("<span class={class}>{}</span>", said.words(&words)));
        };
        if !unknown.is_empty() {
            find("bad-ink", words!("not looked: {}", unknown.join(", ")));
        }
        if !store.not_ready.is_empty() {
            find("bad-ink", words!("not ready: {}", topics(&store.not_ready)));
        }
        let topics_soon = topics(&store.soon);
        if !topics_soon.is_empty() {
            find("quiet", words!("soon: {}", topics_soon));
        }
        if let Some(words) = soon(store) {
            find("quiet", words);
        }
        // Versions are labels of a few characters: nothing in them is a tag.
        format!(
            "<tr><td data-name=\"{in_store}\">{}<td class=n><span class={class}>{}</span><td>{}\
             <td data-name=\"{practiced}\">{}<td data-name=\"{in_use}\">{}\
             <td data-name=\"{program}\">{}</tr>",
            store.store,
            said.words(&score_words(store.score)),
            found.join("<br>"),
            said.words(&ago(store.practice_days)),
            store.packs.join("<br>"),
            of_store(store, said)
        )
    };
    let shown = stores.iter().skip(page.saturating_mul(STORES_MAX)).take(STORES_MAX);
    let rows: String = shown.map(row).collect();
    let pages = pages(stores.len(), STORES_MAX, page, address, said);
    let note = words!(
        "A store is as ready as its least ready register. A look older than {} days counts no \
         more.",
        LOOK_DAYS.to_string()
    );
    format!(
        "{CARDS}<h2 id=ready>{}</h2><div class=wide><table class=cards><tr class=head>\
         <th>{in_store}<th class=n>{}<th>{}<th>{practiced}<th>{in_use}<th>{program}</tr>{rows}\
         </table></div>{pages}<p><small>{}</small></p>{}",
        said.term(term("Ready for an outage?")),
        said.term(term("Score")),
        said.term(term("To put right")),
        said.words(&note),
        programs(&all.programs, said)
    )
}

/// The programs that run in a store, the newest first, and whose are not known.
fn of_store(store: &StoreReadiness, said: Said) -> String {
    let mut lines = store.programs.clone();
    let mut unknown = |is: ProgramIs, all: &'static str, some: fn(String) -> Words| {
        let such = numbers(store, is);
        let words = match such.len() {
            0 => return,
            many if many == store.registers.len() => Words::plain(all),
            _ => some(such.join(", ")),
        };
        lines.push(format!("<span class=quiet>{}</span>", said.words(&words)));
    };
    unknown(ProgramIs::Unreadable, term("not readable"), |on| words!("not readable: {}", on));
    unknown(ProgramIs::NotAnnounced, term("not announced yet"), |on| {
        words!("not announced yet: {}", on)
    });
    lines.join("<br>")
}

/// How many registers of the chain run which program, and which stores a roll-out has not reached.
fn programs(programs: &Programs, said: Said) -> String {
    let chip = |(what, count): (Counted<'_>, u64)| {
        let is_older = |version: &Semver| {
            programs.newest.as_ref().is_some_and(|newest| version.comes_before(newest))
        };
        let class = match what {
            Counted::Version(version) if is_older(version) => "chip review",
            _ => "chip",
        };
        format!("<span class=\"{class}\">{}: {count}</span>", said.words(&what.words()))
    };
    let chips: Vec<String> = programs.counts(VERSIONS_MAX).into_iter().map(chip).collect();
    let note = words!(
        "A program is older where an enrolled register announced a newer one. Each register \
         announces its own when it starts and when it finds central again."
    );
    format!(
        "<h2 id=programs>{}</h2><p data-programs>{}</p>{}<p><small>{}</small></p>",
        said.term(term("Registers by program")),
        chips.join(" "),
        behind(programs, said),
        said.words(&note)
    )
}

/// The stores that still have to be brought to the newest program, by number.
fn behind(programs: &Programs, said: Said) -> String {
    let Some(newest) = &programs.newest else { return String::new() };
    if programs.behind.is_empty() {
        let words = words!(
            "No register runs an older program than {}, and each announced its own.",
            newest.as_str()
        );
        return format!("<p class=\"say good\">{}</p>", said.words(&words));
    }
    let link = |store: &u32| format!("<a href=\"/status?store={store}\">{store}</a>");
    let mut named: Vec<String> = programs.behind.iter().take(BEHIND_MAX).map(link).collect();
    let more = programs.behind.len().saturating_sub(BEHIND_MAX);
    if more > 0 {
        let words = words!(
            "{} more; 'tideover central readiness --older-program' names them all",
            more.to_string()
        );
        named.push(said.words(&words));
    }
    let words = words!("Stores with an older program than {}, or one not known:", newest.as_str());
    format!("<p data-behind>{} {}</p>", said.words(&words), named.join(", "))
}

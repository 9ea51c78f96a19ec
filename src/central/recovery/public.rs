//! What anybody may know of a store: open, cash and checks only, until about when. In both
//! languages, the reader's first, without a figure, without a name, and off unless somebody
//! switched it on.
//!
//! ```text
//!  GET /public/1042 ─▶ kept for half a minute? ─▶ the same page again
//!                      known store? ─▶ allowance left? ─▶ its outage records ─▶ announcement
//! ```
//!
//! A store that nobody knows and one without an outage say the same, so that little is learned by
//! trying numbers; what crowds ask is answered from what is kept. A store that was not heard lately
//! is never said to have no outage: who is cut off can't announce one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::central::page::escape;
use crate::central::store::StoreError;
use crate::domain::announcement::{Announcement, Terms};
use crate::domain::ids::StoreNo;
use crate::domain::language::{Language, Voice};
use crate::domain::money::Money;
use crate::domain::outage::{Outage, System};
use crate::domain::policy::Currency;
use crate::domain::time::Timestamp;
use crate::domain::words::{Words, term, words};

use super::counted::moment;
use super::status::open_outages;
use super::watch::Watch;

/// A page is kept, here and by whoever stands in between, for so long.
pub(in crate::central) const KEPT_MS: u64 = 30_000;
/// Pages that are kept at once.
const PAGES_MAX: usize = 5_000;
/// Stores that are looked up at once, and how long one takes to be allowed again.
const AT_ONCE: u64 = 40;
const AGAIN_MS: u64 = 50;
/// Which stores there are is asked so often.
const STORES_MS: u64 = 60_000;
/// An outage that nobody ended is told for so long after it should have been over; then a register
/// was more likely lost than the store without cards for a week.
const TOLD_MS: i64 = 3 * 24 * 60 * 60 * 1_000;

/// What is known of a store's outage.
#[derive(Clone, Debug, Default)]
struct Told {
    /// What its open outages come to.
    announced: Option<Announcement>,
    /// Nothing was heard of it lately; this is when it was.
    unheard_since: Option<Timestamp>,
}

/// What somebody gets.
#[derive(Debug)]
pub(in crate::central) enum Asked {
    /// The page.
    Page(Arc<str>),
    /// Too many ask about too many stores.
    Later,
}

/// The pages for customers.
#[derive(Debug, Default)]
pub(in crate::central) struct Board {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    pages: BTreeMap<(u32, Language), (u64, Arc<str>)>,
    allowance: Allowance,
}

/// How many more stores may be looked up. Pure: time is handed in.
#[derive(Debug, Default)]
struct Allowance {
    /// When all of it would be there again.
    full_ms: u64,
}

impl Allowance {
    fn take(&mut self, now_ms: u64) -> bool {
        let full_ms = self.full_ms.max(now_ms).saturating_add(AGAIN_MS);
        if full_ms.saturating_sub(now_ms) > AT_ONCE.saturating_mul(AGAIN_MS) {
            return false;
        }
        self.full_ms = full_ms;
        true
    }
}

impl Board {
    /// What somebody is told of a store, in this language first.
    pub(in crate::central) fn ask(
        &self,
        store: StoreNo,
        language: Language,
        watch: &Watch,
    ) -> Result<Asked, StoreError> {
        let mono_ms = watch.door.clock.mono_ms();
        if let Some((at_ms, page)) = self.kept().pages.get(&(store.0, language))
            && mono_ms.saturating_sub(*at_ms) < KEPT_MS
        {
            return Ok(Asked::Page(Arc::clone(page)));
        }
        let all = watch.lately(STORES_MS)?;
        let known = all.stores.iter().find(|one| one.store == store.0);
        let now = watch.door.clock.now();
        let Some(known) = known else {
            return Ok(Asked::Page(html(&Told::default(), now, language).into()));
        };
        if !self.kept().allowance.take(mono_ms) {
            return Ok(Asked::Later);
        }
        let lines = watch.door.reader.call(move |held| held.outage_lines(store))?;
        let (open, offset) = open_outages(&lines);
        // What is told is told on the store's clock, wherever central stands.
        let on_its_clock = |utc_ms| Timestamp::new(utc_ms, offset.unwrap_or(now.offset_min));
        let now = on_its_clock(now.utc_ms).unwrap_or(now);
        let silent = known.heard_ms > 0 && known.is_silent(all.silent_before());
        let unheard_since = silent.then(|| on_its_clock(known.heard_ms)).flatten();
        let told = Told { announced: told(&open, now), unheard_since };
        let page: Arc<str> = html(&told, now, language).into();
        let mut kept = self.kept();
        if kept.pages.len() >= PAGES_MAX {
            kept.pages.retain(|_, (at_ms, _)| mono_ms.saturating_sub(*at_ms) < KEPT_MS);
        }
        if kept.pages.len() < PAGES_MAX {
            kept.pages.insert((store.0, language), (mono_ms, Arc::clone(&page)));
        }
        Ok(Asked::Page(page))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the open outages of a store come to for its customers.
fn told(open: &[Outage], now: Timestamp) -> Option<Announcement> {
    let lasts = |outage: &&Outage| {
        let known = outage.expected.unwrap_or(outage.since).utc_ms.max(outage.since.utc_ms);
        now.utc_ms.saturating_sub(known) <= TOLD_MS
    };
    let open: Vec<&Outage> = open.iter().filter(lasts).collect();
    let down: Vec<System> = System::ALL
        .into_iter()
        .filter(|one| open.iter().any(|all| all.systems.contains(one)))
        .collect();
    // Of several the last end counts; one that nobody knows is the last.
    let ends: Option<Vec<Timestamp>> = open.iter().map(|outage| outage.expected).collect();
    let until = ends.and_then(|ends| ends.into_iter().max_by_key(|end| end.utc_ms));
    let offset = open.first().map_or(now.offset_min, |outage| outage.since.offset_min);
    let now = Timestamp::new(now.utc_ms, offset).unwrap_or(now);
    let terms = Terms { check_max: Money::ZERO, id_with_check: false, returns: String::new() };
    Announcement::of(&down, until, now, &terms)
}

/// The page; what works is left out, since its limits are figures.
fn html(told: &Told, now: Timestamp, first: Language) -> String {
    let both = [first, first.next()];
    let parts: String = both.into_iter().map(|language| part(told, now, language)).collect();
    let as_of = words!("As of {}", moment(now, now));
    let as_of: Vec<String> = both.into_iter().map(|language| said(&as_of, language)).collect();
    format!(
        "<!doctype html><html lang={}><meta charset=utf-8><meta name=viewport \
         content=\"width=device-width,initial-scale=1\"><title>{}</title><style>{STYLE}</style>\
         {parts}<p><small>{}</small></p></html>",
        first.word(),
        said(&Words::plain(term("How the store is open")), first),
        as_of.join(" · ")
    )
}

fn part(told: &Told, now: Timestamp, language: Language) -> String {
    let unheard = told.unheard_since.map(|since| {
        words!("Nothing was heard of this store since {}. It may be open.", moment(since, now))
    });
    let unheard = unheard.as_ref();
    let Some(announced) = &told.announced else {
        let nothing = words!("No outage is announced for this store.");
        return format!(
            "<section lang={}><h1>{}</h1></section>",
            language.word(),
            said(unheard.unwrap_or(&nothing), language)
        );
    };
    let unheard =
        unheard.map_or_else(String::new, |words| format!("<p>{}</p>", said(words, language)));
    let list = |all: &[Words]| -> String {
        all.iter().map(|words| format!("<li>{}</li>", said(words, language))).collect()
    };
    let stopped = if announced.stopped.is_empty() {
        String::new()
    } else {
        format!(
            "<h2>{}</h2><ul>{}</ul>",
            said(&Words::plain(term("Not working now")), language),
            list(&announced.stopped)
        )
    };
    // What stays good is no part of what does not work.
    let also: String =
        announced.also.iter().map(|words| format!("<p>{}</p>", said(words, language))).collect();
    format!(
        "<section lang={}><h1>{}</h1><p><b>{}</b></p>{unheard}{stopped}{}</section>",
        language.word(),
        said(&announced.headline, language),
        said(&announced.until, language),
        also
    )
}

fn said(words: &Words, language: Language) -> String {
    escape(&words.said_by(&Voice { language, currency: Currency::Usd }))
}

const STYLE: &str = "body{font:1.15rem/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;\
padding:1rem;color:#101b24;background:#fff}section{border-top:6px solid #f2b134;padding:.4rem 0 \
1rem}h1{font-size:1.6rem;line-height:1.2;margin:.6rem 0}h2{font-size:1.05rem;margin:1rem 0 .2rem}\
ul{margin:.2rem 0;padding-left:1.2rem}small{color:#44525e}@media(prefers-color-scheme:dark){body{\
color:#eef2f5;background:#0e151b}small{color:#a9b7c2}}";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::OutageId;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    fn outage(systems: &[System], expected: Option<&str>) -> Outage {
        Outage {
            id: OutageId::parse("1042-7-1").expect("an id"),
            since: at("2026-11-22T13:05:00.000-06:00"),
            systems: systems.to_vec(),
            cause: "the processor <b>of cards</b>".to_owned(),
            ticket: "INC-5531".to_owned(),
            expected: expected.map(at),
        }
    }

    #[test]
    fn customers_read_cash_and_checks_until_about_when_in_both_languages() {
        // Central's own clock may stand in another zone than the store's.
        let now = at("2026-11-22T21:00:00.000+00:00");
        let open = [outage(&[System::Payments], Some("2026-11-22T18:00:00.000-06:00"))];
        let known = |now| Told { announced: told(&open, now), unheard_since: None };
        let page = html(&known(now), now, Language::English);
        for words in ["cash and checks only", "by 6:00 PM", "lang=es", "<h1>", "efectivo"] {
            assert!(page.to_lowercase().contains(&words.to_lowercase()), "{words}: {page}");
        }
        for hidden in ["INC-5531", "processor", "0.00", "1042"] {
            assert!(!page.contains(hidden), "{hidden}: {page}");
        }
        let spanish = html(&known(now), now, Language::Spanish);
        let at = |page: &str, lang: &str| page.find(&format!("<section lang={lang}>"));
        assert!(at(&page, "en") < at(&page, "es"), "{page}");
        assert!(at(&spanish, "es") < at(&spanish, "en"), "the reader's comes first: {spanish}");
        assert!(spanish.contains("<html lang=es>"), "{spanish}");
    }

    #[test]
    fn of_two_outages_the_last_end_counts_and_one_that_nobody_knows_is_the_last() {
        let now = at("2026-11-22T14:00:00.000-06:00");
        let first = outage(&[System::Payments], Some("2026-11-22T18:00:00.000-06:00"));
        let later = outage(&[System::OnlineOrdering], Some("2026-11-22T20:30:00.000-06:00"));
        let until = |open: &[Outage]| told(open, now).expect("told").until.to_string();
        assert!(until(&[first.clone(), later]).contains("8:30 PM"));
        let unknown = outage(&[System::Inventory], None);
        assert!(until(&[first, unknown]).starts_with("We don't know"));
    }

    #[test]
    fn an_outage_that_nobody_ended_is_not_told_for_ever() {
        let open = [outage(&[System::Payments], None)];
        let after = |days: i64| {
            let start = at("2026-11-22T13:05:00.000-06:00");
            Timestamp::new(start.utc_ms + days * 24 * 60 * 60 * 1_000, -360).expect("a time")
        };
        assert!(told(&open, after(3)).is_some());
        assert!(told(&open, after(4)).is_none());
        let page = html(&Told::default(), after(4), Language::English);
        assert!(page.contains("No outage is announced for this store."), "{page}");
    }

    #[test]
    fn a_store_that_was_not_heard_lately_is_not_said_to_have_no_outage() {
        let now = at("2026-11-22T15:00:00.000-06:00");
        let cut_off = Some(at("2026-11-22T12:58:00.000-06:00"));
        let silent = Told { announced: None, unheard_since: cut_off };
        let page = html(&silent, now, Language::English);
        assert!(page.contains("since 12:58 PM (UTC−6). It may be open."), "{page}");
        assert!(!page.contains("No outage"), "{page}");
        assert!(page.contains("As of 3:00 PM (UTC−6)"), "a time bears its zone: {page}");
        // What it announced before it was cut off still holds, and is told with its age.
        let open = [outage(&[System::Payments], None)];
        let both = Told { announced: told(&open, now), unheard_since: cut_off };
        let page = html(&both, now, Language::English);
        assert!(page.contains("since 12:58 PM (UTC−6)") && page.contains("ash and checks only"));
    }

    #[test]
    fn so_many_are_looked_up_at_once_and_then_one_after_another() {
        let mut allowance = Allowance::default();
        let taken = (0..100).filter(|_| allowance.take(1_000)).count();
        assert_eq!(taken, 40);
        assert!(!allowance.take(1_049));
        assert!(allowance.take(1_050));
        assert!(!allowance.take(1_050));
        let mut taken = 0;
        (0..1_000_u64).for_each(|ms| taken += u64::from(allowance.take(60_000 + ms)));
        assert_eq!(taken, 40 + 19, "a burst, and then twenty a second");
    }
}

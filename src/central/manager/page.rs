//! The manager's page: what is in, what is to be decided, and closing the store. Plain HTML with
//! forms, drawn anew from what central holds each time it is asked for.
//!
//! At most 40 rows lie open, however much went wrong: one row a root cause, one row a
//! rule where it has many, and what is in order folded away.

use crate::central::close::Reconciliation;
use crate::central::page::escape;
use crate::central::sign_in::Session;
use crate::domain::language::{Language, Voice};
use crate::domain::money::Money;
use crate::domain::person::Role;
use crate::domain::words::{Words, term, words};
use crate::journal::hash::Hash;
use crate::reconcile::certificate::ThreeWay;
use crate::reconcile::exception::{Code, Level};
use crate::reconcile::matters::Matter;
use crate::reconcile::records::Found;
use crate::reconcile::report::{Report, SHOWN_MAX, Section};
use crate::reconcile::said::{self, DUE_MAX, Group, MISSING_MAX, REASONS};

use super::form::together;
use super::registers;
use super::report;
use super::style::STYLE;

/// What is said at the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::central) enum Said {
    /// Nothing.
    Nothing,
    /// It was done.
    Done(Words),
    /// It was not.
    Refused(Words),
}

/// What a page is drawn from.
pub(in crate::central) struct Drawn<'a> {
    /// The store.
    pub(in crate::central) now: &'a Reconciliation,
    /// The same, as a register's window gets it.
    pub(in crate::central) report: &'a Report,
    /// In which language.
    pub(in crate::central) voice: Voice,
    /// Who is there.
    pub(in crate::central) session: Option<&'a Session>,
    /// What is said at the top.
    pub(in crate::central) said: Said,
    /// The matter to be open: rule and cause.
    pub(in crate::central) open: Option<(String, String)>,
}

type Row<'a> = Group<&'a Matter>;

impl Drawn<'_> {
    /// The whole page.
    pub(in crate::central) fn html(&self) -> String {
        let title = self.say(&words!("After the outage · {}", &self.now.facts.name));
        let mut body = self.verdict() + &self.sign_in();
        for section in Section::ALL {
            if section == Section::Info {
                body.push_str(&format!("<h2>{}</h2>", self.term(term("Also"))));
            }
            body.push_str(&match section {
                Section::In => registers::section(self),
                Section::Sums => self.sums(),
                Section::Decide => self.decide(),
                Section::Info => self.info(),
                Section::Overcharges => self.overcharges(),
                Section::RainChecks => self.rain_checks(),
                Section::Tasks => self.tasks(),
                Section::Deposit => self.deposit(),
                Section::Differences => self.differences(),
                Section::Decided => self.decided(),
                Section::Close => self.close(),
            });
        }
        document(&title, &self.bar(), &body, self.voice.language)
    }

    /// Words as they stand in a page.
    pub(super) fn say(&self, words: &Words) -> String {
        escape(&words.said_by(&self.voice))
    }

    /// A sentence without places, the same.
    pub(super) fn term(&self, english: &'static str) -> String {
        escape(self.voice.language.say(english))
    }

    pub(super) fn money_text(&self, amount: Money) -> String {
        self.now.facts.currency.format(amount)
    }

    /// The first line of a table.
    pub(super) fn columns(&self, section: Section) -> String {
        let title = |(title, figures): &(&'static str, bool)| {
            format!("<th{}>{}", if *figures { " class=n" } else { "" }, self.term(title))
        };
        let titles: String = section.columns().iter().map(title).collect();
        format!("<tr>{titles}</tr>")
    }

    /// The matters of this page that have something open.
    fn open_matters(&self, pick: impl Fn(&Matter) -> bool) -> Vec<&Matter> {
        let all = self.now.balance.matters.iter();
        all.filter(|one| !one.open.is_empty() && pick(one)).collect()
    }

    fn bar(&self) -> String {
        let store = words!("store {}", self.now.records.store.0);
        let left = format!(
            "<div><b>{}</b> <span>{} · {}</span></div>",
            self.term(term("After the outage")),
            escape(&self.now.facts.name),
            self.say(&store)
        );
        let Some(session) = self.session else { return left };
        format!(
            "{left}<form method=post action=/reconcile/sign-out><span>{}</span>{}\
             <button>{}</button></form>",
            escape(&session.person.name),
            self.hidden(&[]),
            self.term(term("Sign out"))
        )
    }

    fn verdict(&self) -> String {
        let said = match &self.said {
            Said::Nothing => String::new(),
            Said::Done(words) => {
                format!("<p class=\"say good\" role=status>{}</p>", self.say(words))
            }
            Said::Refused(words) => {
                format!("<p class=\"say bad\" role=alert>{}</p>", self.say(words))
            }
        };
        let (head, words) = said::verdict(self.report);
        let step = |name: &Words, to: &str, done: bool, at: bool| {
            let class = if done {
                "done"
            } else if at {
                "now"
            } else {
                ""
            };
            let (tick, name) = (if done { "✓ " } else { "" }, self.say(name));
            format!("<li><a href=\"#{to}\" class=\"{class}\">{tick}{name}</a></li>")
        };
        let (is_in, decided) = (self.report.waited_for() == 0, self.report.due().is_empty());
        let nothing_new = !self.report.something_new;
        let name =
            |number: u8, section: Section| words!("{} {}", number, Words::plain(section.title()));
        let closing = is_in && decided && !nothing_new;
        format!(
            "{said}<h1>{}</h1><p class=quiet>{}</p><ol class=steps>{}{}{}</ol>",
            self.say(&head),
            self.say(&words),
            step(&name(1, Section::In), "in", is_in, !is_in),
            step(&name(2, Section::Decide), "decide", decided, is_in && !decided),
            step(&name(3, Section::Close), "close", nothing_new, closing),
        )
    }

    fn sign_in(&self) -> String {
        if self.session.is_some() {
            return String::new();
        }
        let store = self.now.records.store;
        let (badge, required) = self.badge_field("badge");
        format!(
            "<form class=\"card short no-print\" method=post action=/reconcile/sign-in \
             style=\"margin-top:1.2rem\" id=sign-in><h3 style=\"margin-top:0\">{}\
             </h3><p class=quiet>{}</p>\
             <input type=hidden name=store value={store}>{badge}<div class=two>\
             <label class=in>{}<input type=text name=number inputmode=numeric{required} \
             autocomplete=username></label>\
             <label class=in>PIN<input type=password name=pin inputmode=numeric required \
             autocomplete=current-password></label></div>\
             <div class=go><button>{}</button></div></form>",
            self.term(term("Sign in to decide")),
            self.term(term("With your number and PIN, as at a register.")),
            self.term(term("Number")),
            self.term(term("Sign in"))
        )
    }

    /// The field for a badge where some have one, and what makes the number's field be asked for.
    pub(super) fn badge_field(&self, name: &str) -> (String, &'static str) {
        if !self.now.facts.badges {
            return (String::new(), " required");
        }
        let field = format!(
            "<label class=in>{}<span>{}</span><input type=password name={name} \
             autocomplete=off></label>",
            self.term(term("Badge")),
            self.term(term("Scan it, then key the PIN; without one, key your number."))
        );
        (field, "")
    }

    fn sums(&self) -> String {
        let balance = &self.now.balance;
        let row = |name: &'static str, sums: ThreeWay| {
            let over = sums.drawer.saturating_sub(sums.central);
            let class = if over == 0 { "good-ink" } else { "bad-ink" };
            let money = |minor| self.money_text(Money::from_minor(minor));
            format!(
                "<tr data-row><td>{}<td class=n>{}<td class=n>{}<td class=n>{}\
                 <td class=\"n {class}\">{}</tr>",
                self.term(name),
                money(sums.drawer),
                money(sums.ledger),
                money(sums.central),
                money(over)
            )
        };
        format!(
            "<h2>{}</h2><div class=\"card table wide\"><table>{}{}{}</table></div>",
            self.term(Section::Sums.title()),
            self.columns(Section::Sums),
            row(term("Cash"), balance.cash),
            row(term("Checks"), balance.checks)
        )
    }

    fn decide(&self) -> String {
        let due = self.open_matters(Matter::is_due);
        let rows = rows_of(&due);
        let mut html = format!("<h2 id=decide>{}</h2>", self.term(Section::Decide.title()));
        if rows.is_empty() {
            let words = self.say(&said::nothing_to_decide());
            html.push_str(&format!("<p class=\"say good\">{words}</p>"));
            return html;
        }
        let (first, rest) = rows.split_at_checked(DUE_MAX).unwrap_or((&rows, &[]));
        html.extend(first.iter().map(|row| self.row(row)));
        if !rest.is_empty() {
            let inner: String = rest.iter().map(|row| self.row(row)).collect();
            let title = self.say(&said::more_that_weigh_less(rest.len()));
            html.push_str(&fold(&title, "", &inner, self.is_among(rest)));
        }
        html
    }

    fn info(&self) -> String {
        let info = self.open_matters(|one| !one.is_due() && one.code != Code::RainCheckOpen);
        self.folded(Section::Info, &info, &info.len().to_string())
    }

    fn rain_checks(&self) -> String {
        let open = self.open_matters(|one| !one.is_due() && one.code == Code::RainCheckOpen);
        let (count, sum) = together(&open);
        let right = if sum == Money::ZERO { count.to_string() } else { self.money_text(sum) };
        self.folded(Section::RainChecks, &open, &right)
    }

    /// Matters that can wait, in a row that opens; nothing where there are none.
    fn folded(&self, section: Section, matters: &[&Matter], right: &str) -> String {
        if matters.is_empty() {
            return String::new();
        }
        let inner: String = rows_of(matters).iter().map(|row| self.row(row)).collect();
        let inner = inner.replace(" data-row", "");
        let open = matters.iter().any(|one| self.is_open(one));
        fold(&self.term(section.title()), &escape(right), &inner, open)
    }

    fn is_among(&self, rows: &[Row<'_>]) -> bool {
        rows.iter().any(|row| match row {
            Group::One(matter) => self.is_open(matter),
            Group::Many(_, matters) => matters.iter().any(|one| self.is_open(one)),
        })
    }

    fn is_open(&self, matter: &Matter) -> bool {
        let (code, cause) = (matter.code.word(), matter.cause.as_str());
        self.open.as_ref().is_some_and(|(rule, open)| rule == code && open == cause)
    }

    fn row(&self, row: &Row<'_>) -> String {
        match row {
            Group::One(matter) => self.matter(matter, true),
            Group::Many(code, matters) => {
                let (count, sum) = together(matters);
                let level = matters.iter().map(|one| one.level).max().unwrap_or(Level::Info);
                let inner: String = matters.iter().map(|one| self.matter(one, false)).collect();
                let open = matters.iter().any(|one| self.is_open(one));
                let causes = self.say(&said::causes(matters.len()));
                format!(
                    "<details class=row data-row id={}{}>{}<div class=inside>\
                     <p class=quiet>{}</p>{}<h3>{}</h3>{inner}</div></details>",
                    anchor(*code, "*"),
                    if open { " open" } else { "" },
                    self.summary(Some(level), code.title(), &causes, count, sum),
                    self.term(code.meaning()),
                    self.form(matters, *code, true),
                    self.term(term("Or one by one"))
                )
            }
        }
    }

    fn matter(&self, matter: &Matter, chip: bool) -> String {
        let level = chip.then_some(matter.level);
        let row = if chip { " data-row" } else { "" };
        let mut cause = escape(&report::about(matter));
        let mut notes = String::new();
        let mut note = |words: &Words| {
            notes.push_str(&format!("<p class=\"say wait\">{}</p>", self.say(words)));
        };
        if matter.changed {
            note(&said::changed());
        }
        if let Some(asked) = report::asked(matter) {
            note(&said::asked(&asked));
            cause.push_str(&format!(" · {}", self.term(term("asked"))));
        }
        format!(
            "<details class=row{row} id={}{}>{}<div class=inside><p class=quiet>{}</p>{notes}{}{}\
             </div></details>",
            anchor(matter.code, &matter.cause),
            if self.is_open(matter) { " open" } else { "" },
            self.summary(level, matter.code.title(), &cause, matter.open.len(), matter.open_sum()),
            self.term(matter.code.meaning()),
            self.findings(&matter.open),
            self.form(&[matter], matter.code, false)
        )
    }

    fn summary(
        &self,
        level: Option<Level>,
        title: &'static str,
        cause: &str,
        count: usize,
        sum: Money,
    ) -> String {
        let chip = level.map_or_else(String::new, |level| {
            let label = self.term(level.label());
            format!("<span><span class=\"chip {}\">{label}</span></span>", level.word())
        });
        let (title, times) = (self.term(title), self.say(&said::times(count)));
        let money = if sum == Money::ZERO { String::new() } else { self.money_text(sum) };
        format!(
            "<summary>{chip}<span class=what><b>{title}</b><i>{cause}</i></span>\
             <span class=n>{times}</span><span class=\"n money\">{money}</span></summary>"
        )
    }

    pub(super) fn findings(&self, found: &[Found]) -> String {
        let line = |one: &Found| {
            let line = report::found(self.now, one);
            let place = self.say(&said::place(&line));
            let money =
                if one.amount == Money::ZERO { String::new() } else { self.money_text(one.amount) };
            format!(
                "<tr><td>{}<td>{place}<td>{}<td class=n>{money}</tr>",
                one.journal.register,
                escape(&one.text)
            )
        };
        let rows: String = found.iter().take(SHOWN_MAX).map(line).collect();
        let rest = found.len().saturating_sub(SHOWN_MAX);
        let more = if rest == 0 {
            String::new()
        } else {
            format!("<p class=quiet>{}</p>", self.say(&said::more_like_these(rest)))
        };
        let columns = self.columns(Section::Decide);
        format!("<div class=wide><table>{columns}{rows}</table></div>{more}")
    }

    fn close(&self) -> String {
        let report = self.report;
        let store = self.now.records.store;
        let mut html = format!("<h2 id=close>{}</h2>", self.term(Section::Close.title()));
        if report.lacks.is_empty() {
            let form = match self.session {
                None => {
                    format!("<p><a href=#sign-in>{}</a></p>", self.term(term("Sign in to close.")))
                }
                Some(session) if session.person.role == Role::Manager => format!(
                    "<form method=post action=/reconcile/close>{}<div class=go>\
                     <button>{}</button></div></form>",
                    self.hidden(&[]),
                    self.term(term("Close and sign"))
                ),
                Some(_) => format!("<p>{}</p>", self.say(&said::manager_closes())),
            };
            let agrees = self.say(&said::agrees());
            html.push_str(&format!("<div class=\"say good\"><b>{agrees}</b>{form}</div>"));
        } else if report.due().is_empty() && !report.something_new {
            let words: Vec<String> =
                report.lacks.iter().map(|one| self.say(&one.words())).collect();
            html.push_str(&format!("<p class=\"say good\">{}.</p>", words.join(". ")));
        } else {
            let item = |words: &Words| format!("<li>{}</li>", self.say(words));
            let shown = report.lacks.iter().take(MISSING_MAX);
            let mut list: String = shown.map(|one| item(&one.words())).collect();
            let rest = report.lacks.len().saturating_sub(MISSING_MAX);
            if rest > 0 {
                list.push_str(&item(&said::more_kinds(rest)));
            }
            let not_yet = self.say(&said::not_yet());
            html.push_str(&format!(
                "<div class=\"say wait\"><b>{not_yet}</b><ul>{list}</ul></div>"
            ));
        }
        let line = |one: &crate::reconcile::report::Closed| {
            let at = format!("/closure?store={store}&number={}", one.number);
            format!(
                "<li><a href=\"{at}\">{}</a> · <a href=\"{}\">PDF</a></li>",
                self.say(&said::closure(one)),
                at.replace("/closure?", "/closure.pdf?")
            )
        };
        let closures: String = report.closures.iter().take(5).map(line).collect();
        if !closures.is_empty() {
            let title = self.term(term("Closures"));
            html.push_str(&format!("<h3>{title}</h3><ul>{closures}</ul>"));
        }
        html
    }

    pub(super) fn hidden(&self, more: &[(&str, String)]) -> String {
        let word = self.session.map_or("", |session| session.form_word.as_str());
        let mut html = format!(
            "<input type=hidden name=store value={}><input type=hidden name=word value=\"{word}\">",
            self.now.records.store
        );
        for (name, value) in more {
            html.push_str(&format!("<input type=hidden name={name} value=\"{}\">", escape(value)));
        }
        html
    }
}

/// A page with its head, bar and body; title, bar and body are HTML.
pub(in crate::central) fn document(
    title: &str,
    bar: &str,
    body: &str,
    language: Language,
) -> String {
    let reason =
        |reason: &&'static str| format!("<option value=\"{}\">", escape(language.say(reason)));
    let reasons: String = REASONS.iter().map(reason).collect();
    format!(
        "<!doctype html><html lang={}><meta charset=utf-8><meta name=viewport \
         content=\"width=device-width,initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style><header class=bar><div>{bar}</div></header><main>{body}\
         <datalist id=reasons>{reasons}</datalist></main></html>",
        language.word()
    )
}

/// A row that opens; title, right end and inside are HTML.
pub(super) fn fold(title: &str, right: &str, inner: &str, open: bool) -> String {
    let open = if open { " open" } else { "" };
    format!(
        "<details class=fold data-row{open}><summary><b>{title}</b><span class=n>{right}</span>\
         </summary><div class=inside>{inner}</div></details>"
    )
}

/// The place of a matter on its page.
pub(in crate::central) fn anchor(code: Code, cause: &str) -> String {
    let hash = Hash::of_bytes(format!("{} {cause}", code.word()).as_bytes()).to_string();
    format!("m{}", hash.get(..12).unwrap_or_default())
}

fn rows_of<'a>(matters: &[&'a Matter]) -> Vec<Row<'a>> {
    said::groups(matters, |one| Some(one.code))
}

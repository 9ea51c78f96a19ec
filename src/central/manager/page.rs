//! The manager's page: what is in, what is to be decided, and closing the store. Plain HTML with
//! forms, drawn anew from what central holds each time it is asked for.
//!
//! At most 40 rows lie open, however much went wrong: one row a root cause, one row a
//! rule where it has many, and what is in order folded away.

use crate::central::close::Reconciliation;
use crate::central::page::escape;
use crate::central::sign_in::Session;
use crate::domain::ids::RegisterNo;
use crate::domain::money::Money;
use crate::domain::person::Role;
use crate::journal::hash::Hash;
use crate::reconcile::certificate::ThreeWay;
use crate::reconcile::exception::{Code, Level};
use crate::reconcile::matters::Matter;
use crate::reconcile::records::Found;
use crate::reconcile::words::Choice;

use super::form::{needs_second, together};
use super::registers;
use super::style::STYLE;

/// Rows of what is due; the rest of it is one row that opens.
const DUE_MAX: usize = 24;
/// A rule with more root causes than this is one row.
const CAUSES_MAX: usize = 3;
/// What is missing, as far as it is listed.
const MISSING_MAX: usize = 6;
/// Findings that are shown of one matter.
pub(super) const SHOWN_MAX: usize = 6;

/// What is said at the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::central) enum Said {
    /// Nothing.
    Nothing,
    /// It was done.
    Done(String),
    /// It was not.
    Refused(String),
}

/// What a page is drawn from.
pub(in crate::central) struct Drawn<'a> {
    /// The store.
    pub(in crate::central) now: &'a Reconciliation,
    /// Who is there.
    pub(in crate::central) session: Option<&'a Session>,
    /// What is said at the top.
    pub(in crate::central) said: Said,
    /// The matter to be open: rule and cause.
    pub(in crate::central) open: Option<(String, String)>,
}

/// A row of what is due.
enum Row<'a> {
    One(&'a Matter),
    Many(Code, Vec<&'a Matter>),
}

impl Drawn<'_> {
    /// The whole page.
    pub(in crate::central) fn html(&self) -> String {
        let now = self.now;
        let title = format!("After the outage · {}", escape(&now.facts.name));
        let due: Vec<&Matter> = now.balance.matters.iter().filter(|one| one.is_due()).collect();
        let body = [
            self.verdict(&due),
            self.sign_in(),
            registers::section(now),
            self.money(),
            self.due(&due),
            self.folds(),
            self.close(&due),
        ];
        document(&title, &self.bar(), &body.concat())
    }

    pub(super) fn money_text(&self, amount: Money) -> String {
        self.now.facts.currency.format(amount)
    }

    fn bar(&self) -> String {
        let store = self.now.records.store;
        let name = escape(&self.now.facts.name);
        let left =
            format!("<div><b>After the outage</b> <span>{name} · store {store}</span></div>");
        let Some(session) = self.session else { return left };
        format!(
            "{left}<form method=post action=/reconcile/sign-out><span>{}</span>{}\
             <button>Sign out</button></form>",
            escape(&session.person.name),
            self.hidden(&[])
        )
    }

    fn verdict(&self, due: &[&Matter]) -> String {
        let said = match &self.said {
            Said::Nothing => String::new(),
            Said::Done(text) => {
                format!("<p class=\"say good\" role=status>{}</p>", escape(text))
            }
            Said::Refused(text) => {
                format!("<p class=\"say bad\" role=alert>{}</p>", escape(text))
            }
        };
        // What was written off is not waited for.
        let waited = due.iter().any(|one| one.code == Code::NotHere);
        let out = if waited { registers::still_out(self.now) } else { 0 };
        let (causes, nothing_new) = (due.len(), !registers::something_new(self.now));
        let (head, words) = match (out, causes) {
            _ if nothing_new => {
                let last = self.now.closures.last();
                let words = last.map_or_else(
                    || "No register has spoken yet.".to_owned(),
                    |last| format!("Closure {} holds everything so far.", last.certificate.number),
                );
                ("Nothing new".to_owned(), words)
            }
            (0, 0) => (
                "Ready to close".to_owned(),
                "What can come is in, and nothing is left to decide.".to_owned(),
            ),
            (0, _) => (
                format!("{causes} to decide"),
                "One row is one cause, however many sales it touched.".to_owned(),
            ),
            (out, _) => (
                format!("{causes} to decide, {out} records still out"),
                "You can decide while the rest comes in.".to_owned(),
            ),
        };
        let step = |name: &str, to: &str, done: bool, at: bool| {
            let class = if done {
                "done"
            } else if at {
                "now"
            } else {
                ""
            };
            let tick = if done { "✓ " } else { "" };
            format!("<li><a href=\"#{to}\" class=\"{class}\">{tick}{name}</a></li>")
        };
        let (is_in, decided) = (out == 0, causes == 0);
        format!(
            "{said}<h1>{head}</h1><p class=quiet>{words}</p><ol class=steps>{}{}{}</ol>",
            step("1 What is in", "in", is_in, !is_in),
            step("2 Decide", "decide", decided, is_in && !decided),
            step("3 Close the store", "close", nothing_new, is_in && decided && !nothing_new),
        )
    }

    fn sign_in(&self) -> String {
        if self.session.is_some() {
            return String::new();
        }
        let store = self.now.records.store;
        format!(
            "<form class=\"card short no-print\" method=post action=/reconcile/sign-in \
             style=\"margin-top:1.2rem\" id=sign-in><h3 style=\"margin-top:0\">Sign in to decide\
             </h3><p class=quiet>With your number and PIN, as at a register.</p>\
             <input type=hidden name=store value={store}><div class=two>\
             <label class=in>Number<input type=text name=number inputmode=numeric required \
             autocomplete=username></label>\
             <label class=in>PIN<input type=password name=pin inputmode=numeric required \
             autocomplete=current-password></label></div>\
             <div class=go><button>Sign in</button></div></form>"
        )
    }

    fn money(&self) -> String {
        let balance = &self.now.balance;
        let row = |name: &str, sums: ThreeWay| {
            let over = sums.drawer.saturating_sub(sums.central);
            let class = if over == 0 { "good-ink" } else { "bad-ink" };
            let money = |minor| self.money_text(Money::from_minor(minor));
            format!(
                "<tr data-row><td>{name}<td class=n>{}<td class=n>{}<td class=n>{}\
                 <td class=\"n {class}\">{}</tr>",
                money(sums.drawer),
                money(sums.ledger),
                money(sums.central),
                money(over)
            )
        };
        format!(
            "<h2>Drawer, ledger, central</h2><div class=\"card table wide\"><table><tr><th>\
             <th class=n>Counted<th class=n>Registers’ ledgers<th class=n>Central\
             <th class=n>Over or short</tr>{}{}</table></div>",
            row("Cash", balance.cash),
            row("Checks", balance.checks)
        )
    }

    fn due(&self, due: &[&Matter]) -> String {
        let rows = rows_of(due);
        let mut html = "<h2 id=decide>Decide</h2>".to_owned();
        if rows.is_empty() {
            html.push_str("<p class=\"say good\">Nothing is left to decide.</p>");
            return html;
        }
        let (first, rest) = rows.split_at_checked(DUE_MAX).unwrap_or((&rows, &[]));
        html.extend(first.iter().map(|row| self.row(row)));
        if !rest.is_empty() {
            let inner: String = rest.iter().map(|row| self.row(row)).collect();
            html.push_str(&fold(
                &format!("{} more that weigh less", rest.len()),
                "",
                &inner,
                self.is_among(rest),
            ));
        }
        html
    }

    fn is_among(&self, rows: &[Row<'_>]) -> bool {
        rows.iter().any(|row| match row {
            Row::One(matter) => self.is_open(matter),
            Row::Many(_, matters) => matters.iter().any(|one| self.is_open(one)),
        })
    }

    fn is_open(&self, matter: &Matter) -> bool {
        let (code, cause) = (matter.code.word(), matter.cause.as_str());
        self.open.as_ref().is_some_and(|(rule, open)| rule == code && open == cause)
    }

    fn row(&self, row: &Row<'_>) -> String {
        match row {
            Row::One(matter) => self.matter(matter, true),
            Row::Many(code, matters) => {
                let (count, sum) = together(matters);
                let level = matters.iter().map(|one| one.level).max().unwrap_or(Level::Info);
                let inner: String = matters.iter().map(|one| self.matter(one, false)).collect();
                let open = matters.iter().any(|one| self.is_open(one));
                let causes = matters.len();
                format!(
                    "<details class=row data-row id={}{}>{}<div class=inside>\
                     <p class=quiet>{}</p>{}<h3>Or one by one</h3>{inner}</div></details>",
                    anchor(*code, "*"),
                    if open { " open" } else { "" },
                    self.summary(
                        Some(level),
                        code.title(),
                        &format!("{causes} causes"),
                        count,
                        sum
                    ),
                    code.meaning(),
                    self.form(matters, *code, true)
                )
            }
        }
    }

    fn matter(&self, matter: &Matter, chip: bool) -> String {
        let level = chip.then_some(matter.level);
        let cause = self.cause(matter);
        let row = if chip { " data-row" } else { "" };
        let mut notes = String::new();
        if matter.changed {
            notes.push_str(
                "<p class=\"say wait\">It was decided before, and has changed since: look again.\
                 </p>",
            );
        }
        if let Some(asked) = &matter.asked
            && let crate::domain::decision::Action::Ask { person } = &asked.decision.action
        {
            notes.push_str(&format!(
                "<p class=\"say wait\">{} asked {person}: {}</p>",
                asked.by,
                escape(&asked.decision.reason)
            ));
        }
        format!(
            "<details class=row{row} id={}{}>{}<div class=inside><p class=quiet>{}</p>{notes}{}{}\
             </div></details>",
            anchor(matter.code, &matter.cause),
            if self.is_open(matter) { " open" } else { "" },
            self.summary(level, matter.code.title(), &cause, matter.open.len(), matter.open_sum()),
            matter.code.meaning(),
            self.findings(&matter.open),
            self.form(&[matter], matter.code, false)
        )
    }

    fn cause(&self, matter: &Matter) -> String {
        let asked = if matter.asked.is_some() { " · asked" } else { "" };
        let first = matter.open.first().map_or("", |one| one.text.as_str());
        let words = match matter.code {
            // Their causes are codes; the words name the item.
            Code::UnknownItem
            | Code::PriceDiffers
            | Code::KeyedPrice
            | Code::PriceNotInForce
            | Code::ReturnedTwice
            | Code::ReturnOfAnother => first.to_owned(),
            Code::CheckAboveLimit => format!("{} by a lead", matter.cause),
            _ if !matter.cause.is_empty() => matter.cause.clone(),
            _ if matter.open.len() == 1 => first.to_owned(),
            _ => match registers_of(&matter.open).as_slice() {
                [one] => format!("register {one}"),
                all => format!("{} registers", all.len()),
            },
        };
        format!("{words}{asked}")
    }

    fn summary(
        &self,
        level: Option<Level>,
        title: &str,
        cause: &str,
        count: usize,
        sum: Money,
    ) -> String {
        let chip = level.map_or_else(String::new, |level| {
            format!("<span><span class=\"chip {}\">{}</span></span>", level.word(), level.label())
        });
        let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
        let money = if sum == Money::ZERO { String::new() } else { self.money_text(sum) };
        format!(
            "<summary>{chip}<span class=what><b>{title}</b><i>{}</i></span>\
             <span class=n>{times}</span><span class=\"n money\">{money}</span></summary>",
            escape(cause)
        )
    }

    pub(super) fn findings(&self, found: &[Found]) -> String {
        let line = |one: &Found| {
            let sale = self.now.records.sale_at(&one.journal, one.seq);
            let place = sale.map_or_else(
                || format!("record {}", one.seq),
                |sale| format!("sale {}, {}", sale.number, sale.day),
            );
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
            format!("<p class=quiet>and {rest} more like these</p>")
        };
        format!(
            "<div class=wide><table><tr><th>Register<th>Where<th>What<th class=n>Money</tr>{rows}\
             </table></div>{more}"
        )
    }

    /// The form of a matter, or of all matters of a rule together.
    fn form(&self, matters: &[&Matter], code: Code, all: bool) -> String {
        let Some(session) = self.session else {
            return "<p class=\"say wait\"><a href=#sign-in>Sign in</a> to decide.</p>".to_owned();
        };
        let (count, sum) = together(matters);
        let cause = matters.first().map_or("", |one| one.cause.as_str());
        let fields = [
            ("rule", code.word().to_owned()),
            ("cause", if all { String::new() } else { cause.to_owned() }),
            ("all", u8::from(all).to_string()),
            ("count", count.to_string()),
            ("sum", sum.minor().to_string()),
        ];
        let manager = session.person.role == Role::Manager;
        let fits = |choice: &&Choice| manager || matches!(choice, Choice::Ask | Choice::Count);
        let choices: Vec<Choice> = code.choices().iter().filter(fits).copied().collect();
        let first = choices.first().copied();
        let pick = |choice: &Choice| {
            let checked = if Some(*choice) == first { " checked" } else { "" };
            format!(
                "<label class=pick><input type=radio name=action value={}{checked} required>{}\
                 </label>",
                choice.word(),
                choice.label()
            )
        };
        let picks: String = choices.iter().map(pick).collect();
        let second = if manager && needs_second(self.now, matters) { SECOND } else { "" };
        let back = sum.negated().unwrap_or_default();
        let amount = if all {
            "<p class=\"more correct quiet\">Each one by its own difference.</p>".to_owned()
        } else {
            format!(
                "<label class=\"in more correct\">By how much\
                 <span>below zero takes money away</span>\
                 <input type=text name=amount value=\"{back}\" inputmode=decimal></label>"
            )
        };
        let more: String = choices
            .iter()
            .map(|choice| match choice {
                Choice::Correct => amount.as_str(),
                Choice::Reassign => ITEM,
                Choice::Ask => PERSON,
                Choice::Count => AREA,
                Choice::Accept | Choice::WriteOff | Choice::MakeGood => "",
            })
            .collect();
        let together = if all { format!("<h3>All {count} together</h3>") } else { String::new() };
        let note = if manager {
            ""
        } else {
            "<p class=quiet>A lead may ask and have counted; the rest is the manager’s.</p>"
        };
        format!(
            "{together}<form class=short method=post action=/reconcile/decide>{}<fieldset>\
             <legend>What do you decide?</legend>{picks}</fieldset>{note}{more}\
             <label class=in>Why<input type=text name=reason list=reasons maxlength=500 required \
             style=\"max-width:40rem\" autocomplete=off></label>{second}\
             <div class=go><button>Sign as {}</button>\
             <span class=quiet>It becomes a signed record. Nothing is edited.</span></div></form>",
            self.hidden(&fields),
            escape(&session.person.name)
        )
    }

    fn folds(&self) -> String {
        let matters = &self.now.balance.matters;
        let info: Vec<&Matter> =
            matters.iter().filter(|one| !one.open.is_empty() && !one.is_due()).collect();
        let inner: String = rows_of(&info).iter().map(|row| self.row(row)).collect();
        let open = info.iter().any(|one| self.is_open(one));
        let mut html = String::new();
        if !info.is_empty() {
            html.push_str("<h2>Also</h2>");
            let count = info.len();
            let inner = inner.replace(" data-row", "");
            html.push_str(&fold(
                "Worth knowing, nothing to decide",
                &count.to_string(),
                &inner,
                open,
            ));
        } else {
            html.push_str("<h2>Also</h2>");
        }
        html.push_str(&self.overcharges());
        html.push_str(&self.deposit());
        html.push_str(&self.residuals());
        html.push_str(&self.decided());
        html
    }

    fn close(&self, due: &[&Matter]) -> String {
        let missing = &self.now.balance.missing;
        let store = self.now.records.store;
        let mut html = "<h2 id=close>Close the store</h2>".to_owned();
        if missing.is_empty() {
            let form = match self.session {
                None => "<p><a href=#sign-in>Sign in</a> to close.</p>".to_owned(),
                Some(session) if session.person.role == Role::Manager => format!(
                    "<form method=post action=/reconcile/close>{}<div class=go>\
                     <button>Close and sign</button></div></form>",
                    self.hidden(&[])
                ),
                Some(_) => "<p>The manager closes the store.</p>".to_owned(),
            };
            html.push_str(&format!(
                "<div class=\"say good\"><b>Drawer, ledger and central agree, or each difference \
                 has its name.</b>{form}</div>"
            ));
        } else if due.is_empty() && !registers::something_new(self.now) {
            let words: Vec<String> = missing.iter().map(|one| escape(one)).collect();
            html.push_str(&format!("<p class=\"say good\">{}.</p>", words.join(". ")));
        } else {
            let line = |one: &String| format!("<li>{}</li>", escape(one));
            let mut list: String = missing.iter().take(MISSING_MAX).map(line).collect();
            let rest = missing.len().saturating_sub(MISSING_MAX);
            if rest > 0 {
                list.push_str(&format!("<li>and {rest} kinds more, all of them above</li>"));
            }
            html.push_str(&format!(
                "<div class=\"say wait\"><b>Not yet. What is missing:</b><ul>{list}</ul></div>"
            ));
        }
        let line = |closure: &crate::central::close::Closure| {
            let one = &closure.certificate;
            let at = format!("/closure?store={store}&number={}", one.number);
            format!(
                "<li><a href=\"{at}\">Closure {}</a> of {}, by {} · <a href=\"{}\">PDF</a></li>",
                one.number,
                escape(one.at.get(..16).unwrap_or(&one.at)).replace('T', " "),
                escape(&one.by_name),
                at.replace("/closure?", "/closure.pdf?")
            )
        };
        let closures: String = self.now.closures.iter().rev().take(5).map(line).collect();
        if !closures.is_empty() {
            html.push_str(&format!("<h3>Closures</h3><ul>{closures}</ul>"));
        }
        html
    }

    fn hidden(&self, more: &[(&str, String)]) -> String {
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

const ITEM: &str = "<label class=\"in more reassign\">Which item\
<span>its code, as on the shelf label</span>\
<input type=text name=item autocomplete=off></label>";

const PERSON: &str = "<label class=\"in more ask\">Whom<span>their number</span>\
<input type=text name=person inputmode=numeric autocomplete=off></label>";

const AREA: &str = "<label class=\"in more count\">Where<span>aisle 7, the cooler</span>\
<input type=text name=area maxlength=40 autocomplete=off></label>";

const SECOND: &str = "<div class=second><h3>A second person signs too</h3>\
<p class=quiet>A lead or manager, at this screen.</p><div class=two>\
<label class=in>Number<input type=text name=second inputmode=numeric autocomplete=off></label>\
<label class=in>PIN<input type=password name=second_pin inputmode=numeric autocomplete=off>\
</label></div></div>";

/// Reasons that are often given; each can be typed over.
const REASONS: [&str; 8] = [
    "Looked at the paper, it is right",
    "Shelf label was old",
    "New item, not in the price file yet",
    "Counted twice, it stays so",
    "Wrong change given",
    "The customer was paid back",
    "The register was off, the records are whole",
    "Talked to the cashier",
];

/// A page with its head, bar and body.
pub(in crate::central) fn document(title: &str, bar: &str, body: &str) -> String {
    let reasons: String =
        REASONS.iter().map(|reason| format!("<option value=\"{reason}\">")).collect();
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport \
         content=\"width=device-width,initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style><header class=bar><div>{bar}</div></header><main>{body}\
         <datalist id=reasons>{reasons}</datalist></main></html>"
    )
}

/// A row that opens.
pub(super) fn fold(title: &str, right: &str, inner: &str, open: bool) -> String {
    let open = if open { " open" } else { "" };
    format!(
        "<details class=fold data-row{open}><summary><b>{}</b><span class=n>{}</span></summary>\
         <div class=inside>{inner}</div></details>",
        escape(title),
        escape(right)
    )
}

/// The place of a matter on its page.
pub(in crate::central) fn anchor(code: Code, cause: &str) -> String {
    let hash = Hash::of_bytes(format!("{} {cause}", code.word()).as_bytes()).to_string();
    format!("m{}", hash.get(..12).unwrap_or_default())
}

fn rows_of<'a>(matters: &[&'a Matter]) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    for matter in matters {
        let alike: Vec<&'a Matter> =
            matters.iter().filter(|one| one.code == matter.code).copied().collect();
        if alike.len() <= CAUSES_MAX {
            rows.push(Row::One(matter));
        } else if !rows.iter().any(|row| matches!(row, Row::Many(code, _) if *code == matter.code))
        {
            rows.push(Row::Many(matter.code, alike));
        }
    }
    rows
}

fn registers_of(found: &[Found]) -> Vec<RegisterNo> {
    let mut all: Vec<_> = found.iter().map(|one| one.journal.register).collect();
    all.sort_unstable();
    all.dedup();
    all
}

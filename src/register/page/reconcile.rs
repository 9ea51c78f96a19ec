//! After the outage: the manager decides and closes the store at a register, with the words and
//! in the order of central's own page.
//!
//! ```text
//!  Pin ─▶ central asked ─▶ Sheet ─┬─▶ List(section)
//!   ▲         │ no answer         ├─▶ List(Close) ─▶ Certificate ─▶ printer, PDF
//!   │         ▼                   └─▶ Group(rule) ─▶ Matter ─▶ Asks … Sign ─▶ central asked
//!   └────── Alone: what this register knows by itself, and what to do
//! ```
//!
//! The page holds what central said last and a decision being put together. Central alone decides
//! whether it may be, signs it and keeps it; nothing of it is recorded here. While central is asked
//! the window lives, and the page can be left.

mod closure;
mod deciding;
mod lists;
mod sheet;

use std::sync::Arc;

use crate::domain::badge::Badge;
use crate::domain::refusal::Refusal;
use crate::domain::words::{Words, term, words};
use crate::reconcile::errand::{Deed, Outcome, Refused, Secret};
use crate::reconcile::exception::Code;
use crate::reconcile::report::{MatterLine, Report, Section};
use crate::reconcile::said;
use crate::register::reconciling::{Came, ClosureText, Heard, Work};
use crate::register::register::{Register, Said, Setback};
use crate::register::view::{NoticeKind, PageAction, PageAsks, PageView};

use self::deciding::{Draft, Question, Target};
use self::sheet::Opens;
use super::{Page, PageInput, PageName, Turn};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct ReconcilePage {
    step: Step,
    /// The turn whose answer is waited for.
    asked: Option<u64>,
    session: Option<Session>,
    /// Scanned before the PIN.
    badge: Option<Badge>,
    report: Option<Arc<Report>>,
    /// Why central was not reached.
    trouble: Words,
    draft: Option<Draft>,
    closure: Option<Arc<ClosureText>>,
}

/// Who is signed in at central.
#[derive(Clone, Debug)]
struct Session {
    word: Secret,
    name: String,
    manager: bool,
}

/// Where the page stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Step {
    /// The PIN, for central.
    #[default]
    Pin,
    /// Central was not reached.
    Alone,
    /// All of it.
    Sheet,
    /// What is due and weighs less.
    Less,
    /// A part of it.
    List(Section),
    /// One root cause: rule and cause.
    Matter(String, String),
    /// All of a rule.
    Group(Code),
    /// A question of a decision.
    Asks(Question),
    /// A closure.
    Certificate,
}

impl Step {
    /// Another number for another question.
    fn place(&self) -> u32 {
        match self {
            Self::Pin => 0,
            Self::Alone => 1,
            Self::Sheet => 2,
            Self::Less => 3,
            Self::List(section) => {
                let place = Section::ALL.iter().position(|one| one == section);
                u32::try_from(place.unwrap_or_default()).unwrap_or_default().saturating_add(10)
            }
            Self::Matter(..) => 30,
            Self::Group(_) => 31,
            Self::Asks(question) => question.place().saturating_add(40),
            Self::Certificate => 60,
        }
    }
}

impl Page for ReconcilePage {
    fn view(&self, register: &Register) -> PageView {
        let page = PageView {
            step: self.step.place(),
            ..PageView::of(PageName::Reconcile, Words::plain(PageName::Reconcile.label()))
        };
        let mut page = match (&self.step, &self.report) {
            (Step::Sheet, Some(report)) => sheet::view(page, report),
            (Step::Less, Some(report)) => sheet::less(page, report),
            (Step::List(Section::Close), Some(report)) => {
                closure::closing(page, report, self.is_manager())
            }
            (Step::List(section), Some(report)) => lists::view(page, report, *section),
            (Step::Matter(..), Some(report)) => match self.matter(report) {
                Some(matter) => lists::matter(page, matter, self.is_manager()),
                None => sheet::view(page, report),
            },
            (Step::Group(code), Some(report)) => {
                lists::group(page, report, *code, self.is_manager())
            }
            (Step::Asks(question), Some(report)) => match &self.draft {
                Some(draft) => {
                    let name = self.session.as_ref().map_or("", |one| one.name.as_str());
                    draft.view(page, report, *question, name)
                }
                None => sheet::view(page, report),
            },
            (Step::Certificate, _) => match &self.closure {
                Some(closure) => closure::certificate(page, closure),
                None => page,
            },
            (Step::Alone, _) => alone(page, register, &self.trouble),
            _ => pin(page, register, self.badge.is_some()),
        };
        if self.asked.is_some() {
            page.lead = vec![
                words!("Central is asked. The window can be left meanwhile."),
                words!("Nothing is decided before central has signed it."),
            ];
            page.question = None;
            page.choices.clear();
            page.actions.clear();
            page.rows_open = false;
        }
        page
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        if self.asked.is_some() {
            return Ok(match input {
                PageInput::Back => Turn::Leave(None),
                _ => Turn::Stay(Some(Said::attention(
                    words!("Central is asked"),
                    words!("Wait for its answer, or leave the page."),
                ))),
            });
        }
        match (self.step.clone(), input) {
            (Step::Sheet | Step::Pin | Step::Alone, PageInput::Back) => {
                self.sign_out(register);
                return Ok(Turn::Leave(None));
            }
            (step, PageInput::Back) => self.back(&step),
            (Step::Pin, PageInput::Badge(badge)) => {
                if *badge.person() != register.person()?.id {
                    return Err(Refusal::WrongBadgeOrPin.into());
                }
                self.badge = Some(badge);
            }
            (Step::Pin, PageInput::Answer { text, .. }) => self.sign_in(text.text(), register)?,
            (Step::Alone, PageInput::Action(0)) => self.again(register)?,
            (Step::Sheet, PageInput::Action(0)) => self.look(register)?,
            (Step::Sheet | Step::Less, PageInput::Row(place)) => self.open_row(place)?,
            (Step::List(section), PageInput::Row(place)) => {
                self.open_line(section, place, register)?;
            }
            (Step::List(Section::Close), PageInput::Action(0)) => self.close(register)?,
            (Step::Group(code), PageInput::Row(place)) => {
                let report = self.report()?;
                let matter = *sheet::of_rule(&report, code).get(place).ok_or(no_line())?;
                self.step = Step::Matter(matter.code.clone(), matter.cause.clone());
            }
            (Step::Matter(..) | Step::Group(_), PageInput::Choice(place)) => {
                self.choose(place)?;
            }
            (Step::Asks(question), input) => return self.answered(question, input, register),
            (Step::Certificate, PageInput::Action(place)) => {
                return self.paper(place, register);
            }
            (_, PageInput::Badge(_)) => return Err(Refusal::BadgeElsewhere.into()),
            _ => {}
        }
        Ok(Turn::Stay(None))
    }
}

fn no_line() -> Setback {
    Refusal::NoSuchLine.into()
}

impl ReconcilePage {
    fn report(&self) -> Result<Arc<Report>, Setback> {
        self.report.clone().ok_or_else(no_line)
    }

    fn is_manager(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.manager)
    }

    fn word(&self) -> Result<Secret, Setback> {
        self.session.as_ref().map(|session| session.word.clone()).ok_or_else(no_line)
    }

    fn matter<'a>(&self, report: &'a Report) -> Option<&'a MatterLine> {
        let Step::Matter(code, cause) = &self.step else { return None };
        report.matters.iter().find(|one| one.code == *code && one.cause == *cause)
    }

    fn back(&mut self, step: &Step) {
        self.step = match step {
            Step::Matter(code, _) => {
                let many = self.report.as_ref().and_then(|report| {
                    let code = Code::from_word(code)?;
                    let many = sheet::of_rule(report, code).len() > said::CAUSES_MAX;
                    many.then_some(code)
                });
                many.map_or(Step::Sheet, Step::Group)
            }
            Step::Asks(_) => match self.draft.take().map(|draft| draft.target) {
                Some(Target::One(code, cause)) => Step::Matter(code, cause),
                Some(Target::All(code)) => Step::Group(code),
                None => Step::Sheet,
            },
            Step::Certificate => Step::List(Section::Close),
            _ => Step::Sheet,
        };
    }

    fn sign_in(&mut self, pin: &str, register: &mut Register) -> Result<(), Setback> {
        let number = register.person()?.id.to_string();
        let badge = self.badge.take().map(|badge| Secret::new(badge.text().as_str()));
        let deed = Deed::SignIn { number, pin: Secret::new(pin.trim()), badge };
        self.asked = Some(register.ask_central(Work::Bring(deed))?);
        Ok(())
    }

    /// The session is not waited for; a line that is busy ends it by its age.
    fn sign_out(&mut self, register: &mut Register) {
        if let Some(session) = self.session.take()
            && register.ask_central(Work::Bring(Deed::SignOut { session: session.word })).is_err()
        {
            tracing::debug!("the session at central ends by its age");
        }
    }

    fn look(&mut self, register: &mut Register) -> Result<(), Setback> {
        let session = self.word()?;
        self.asked = Some(register.ask_central(Work::Bring(Deed::Look { session }))?);
        Ok(())
    }

    /// Central was not reached: with a session it is looked at again, without one asked for.
    fn again(&mut self, register: &mut Register) -> Result<(), Setback> {
        if self.session.is_some() {
            return self.look(register);
        }
        self.step = Step::Pin;
        Ok(())
    }

    fn close(&mut self, register: &mut Register) -> Result<(), Setback> {
        let session = self.word()?;
        self.asked = Some(register.ask_central(Work::Bring(Deed::Close { session }))?);
        Ok(())
    }

    fn open_row(&mut self, place: usize) -> Result<(), Setback> {
        let report = self.report()?;
        let lines =
            if self.step == Step::Less { sheet::rest(&report) } else { sheet::lines(&report) };
        let line = lines.into_iter().nth(place).ok_or_else(no_line)?;
        self.step = match line.opens {
            Opens::List(section) => Step::List(section),
            Opens::Matter(code, cause) => Step::Matter(code, cause),
            Opens::Group(code) => Step::Group(code),
            Opens::Less => Step::Less,
            Opens::Nothing => return Ok(()),
        };
        Ok(())
    }

    fn open_line(
        &mut self,
        section: Section,
        place: usize,
        register: &mut Register,
    ) -> Result<(), Setback> {
        let report = self.report()?;
        if section == Section::Close {
            let Some(number) = closure::number_at(&report, place) else { return Ok(()) };
            let session = self.word()?;
            let deed = Deed::Closure { session, number };
            self.asked = Some(register.ask_central(Work::Bring(deed))?);
            return Ok(());
        }
        let lines = lists::matters_of(&report, section);
        let Some(group) = lines.get(place) else { return Ok(()) };
        self.step = match sheet::opens(group) {
            Opens::Matter(code, cause) => Step::Matter(code, cause),
            Opens::Group(code) => Step::Group(code),
            Opens::List(_) | Opens::Less | Opens::Nothing => return Ok(()),
        };
        Ok(())
    }

    fn paper(&mut self, place: usize, register: &mut Register) -> Result<Turn, Setback> {
        let closure = self.closure.clone().ok_or_else(no_line)?;
        match place {
            0 => {
                closure::print(register, &closure)?;
                let said = words!("The closure goes to the printer");
                Ok(Turn::Stay(Some(Said::done(said))))
            }
            1 => {
                self.asked = Some(register.ask_central(Work::Save(closure))?);
                Ok(Turn::Stay(None))
            }
            _ => Ok(Turn::Stay(None)),
        }
    }

    /// Takes what came of a job; what is to be said of it.
    pub(in crate::register) fn hear(&mut self, heard: Heard) -> Option<(NoticeKind, Words, Words)> {
        if self.asked != Some(heard.turn) {
            return None;
        }
        self.asked = None;
        match heard.came {
            Came::Answer(outcome, report) => {
                self.report = report.or(self.report.take());
                self.came(outcome)
            }
            Came::Closure(closure) => {
                self.closure = Some(closure);
                self.step = Step::Certificate;
                None
            }
            Came::Saved(path) => {
                let remedy = words!("It says what was signed: tideover verify --closure.");
                Some((NoticeKind::Done, words!("Saved as {}", path), remedy))
            }
            Came::NotSaved(why) => Some((
                NoticeKind::Refused,
                words!("The PDF could not be written: {}", why),
                words!("The closure itself is at central, whole. Print it, or free the disk."),
            )),
            Came::NoAnswer(why) => {
                // A decision under way may have been kept: only a look tells.
                self.draft = None;
                self.trouble = why;
                self.step = Step::Alone;
                None
            }
        }
    }

    fn came(&mut self, outcome: Outcome) -> Option<(NoticeKind, Words, Words)> {
        match outcome {
            Outcome::SignedIn { session, name, manager } => {
                let said = words!("Signed in at central as {}", &name);
                self.session = Some(Session { word: session, name, manager });
                self.step = Step::Sheet;
                Some((NoticeKind::Done, said, Words::NOTHING))
            }
            Outcome::Looked => {
                self.step = Step::Sheet;
                Some((NoticeKind::Done, words!("Central has answered"), Words::NOTHING))
            }
            Outcome::Decided { count } => {
                self.draft = None;
                self.step = Step::Sheet;
                Some((NoticeKind::Done, said::done(count), Words::NOTHING))
            }
            Outcome::Closed { number } => {
                self.step = Step::List(Section::Close);
                let remedy = words!("Open it to print it or to save it as PDF.");
                Some((NoticeKind::Done, words!("Closure {} is signed", number), remedy))
            }
            Outcome::Closure { .. } | Outcome::SignedOut => None,
            Outcome::Refused { why } => {
                self.refused(&why);
                Some((NoticeKind::Refused, why.words(), Words::NOTHING))
            }
        }
    }

    /// Goes to where what was refused can be mended.
    fn refused(&mut self, why: &Refused) {
        let Some(draft) = &self.draft else {
            if matches!(why, Refused::NoSession) {
                self.step = Step::Pin;
                self.session = None;
            }
            return;
        };
        let mends = match why {
            Refused::NotAnAmount { .. } => Some(Question::Amount),
            Refused::NoSuchItem { .. } => Some(Question::Item),
            Refused::NoSuchPerson { .. } => Some(Question::Person),
            Refused::NoArea => Some(Question::Area),
            Refused::NoReason | Refused::CardNumber => Some(Question::Why),
            Refused::NeedsSecond { .. }
            | Refused::WrongPin
            | Refused::WrongBadgeOrPin
            | Refused::SamePerson
            | Refused::NotALead { .. }
            | Refused::Locked { .. } => Some(Question::Second),
            _ => None,
        };
        match (mends, why) {
            (Some(question), _) => self.step = Step::Asks(question),
            (None, Refused::NoSession) => {
                (self.step, self.session, self.draft) = (Step::Pin, None, None);
            }
            (None, _) => {
                self.step = match draft.target.clone() {
                    Target::One(code, cause) => Step::Matter(code, cause),
                    Target::All(code) => Step::Group(code),
                };
                self.draft = None;
            }
        }
    }
}

fn pin(page: PageView, register: &Register, with_badge: bool) -> PageView {
    if !register.manager.is_there() || register.is_training() {
        return alone(page, register, &words!("This register has no line to central"));
    }
    let name = register.person().map_or("", |person| person.name.as_str());
    let mut lead = vec![
        words!("Drawer, ledger and central, to the cent: decide what differs, then close."),
        words!("Central asks who you are: a lead or the manager of this store."),
    ];
    let mut answered = vec![(words!("Name"), Words::data(name))];
    if with_badge {
        answered.push((words!("Badge"), words!("read; now the PIN")));
    } else if register.has_badges() {
        lead.push(words!("Who has a badge scans it first, then keys the PIN."));
    }
    PageView { lead, answered, ..page }.asking(PageAsks::Pin, term("Your PIN"))
}

/// What this register knows by itself, and what to do.
fn alone(page: PageView, register: &Register, trouble: &Words) -> PageView {
    PageView {
        lead: vec![
            words!("{}.", trouble),
            words!("Nothing is lost: what was recorded here is sent by itself. Leave it on."),
        ],
        columns: lists::three(term("What"), term("How it stands"), term("What to do")),
        rows: lists::known_here(register),
        actions: vec![PageAction::go(term("Ask again"), register.manager.is_there())],
        ..page
    }
}

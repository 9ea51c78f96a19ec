//! A decision being put together: one question at a time, then a signature.
//!
//! ```text
//!  choice ─▶ Amount | Item | Person | Area, where it needs one ─▶ Why ─▶ OwnWords?
//!         ─▶ Second, SecondPin, where two people decide ─▶ Sign ─▶ the fields of the page's form
//! ```

use crate::domain::badge::Badge;
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::words::{Words, term, words};
use crate::reconcile::errand::{Deed, Secret};
use crate::reconcile::exception::Code;
use crate::reconcile::report::{MatterLine, Report};
use crate::reconcile::said::{self, REASONS};
use crate::reconcile::words::Choice as Chosen;
use crate::register::reconciling::Work;
use crate::register::register::{Register, Setback};
use crate::register::view::{Choice, PageAsks, PageView};

use super::sheet::{about, together};
use super::{PageInput, ReconcilePage, Step, Turn, no_line};

/// What a decision is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// One root cause: rule and cause.
    One(String, String),
    /// All of a rule.
    All(Code),
}

/// A decision being put together.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) target: Target,
    choice: Chosen,
    /// What goes with the choice: an amount, an item, a person, a place.
    with: String,
    reason: String,
    second: String,
    second_pin: Secret,
    second_badge: Option<Badge>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Amount,
    Item,
    Person,
    Area,
    Why,
    OwnWords,
    Second,
    SecondPin,
    Sign,
}

impl Question {
    /// Another number for another question.
    pub(super) const fn place(self) -> u32 {
        match self {
            Self::Amount => 0,
            Self::Item => 1,
            Self::Person => 2,
            Self::Area => 3,
            Self::Why => 4,
            Self::OwnWords => 5,
            Self::Second => 6,
            Self::SecondPin => 7,
            Self::Sign => 8,
        }
    }
}

impl ReconcilePage {
    /// A choice was made for the matter or the rule on the screen.
    pub(super) fn choose(&mut self, place: usize) -> Result<(), Setback> {
        let report = self.report()?;
        let (target, code) = match &self.step {
            Step::Matter(code, cause) => {
                let rule = Code::from_word(code).ok_or_else(no_line)?;
                (Target::One(code.clone(), cause.clone()), rule)
            }
            Step::Group(code) => (Target::All(*code), *code),
            _ => return Ok(()),
        };
        let choice = code.choices_of(self.is_manager()).get(place).copied().ok_or_else(no_line)?;
        let draft = Draft {
            target,
            choice,
            with: String::new(),
            reason: String::new(),
            second: String::new(),
            second_pin: Secret::new(""),
            second_badge: None,
        };
        if draft.matters(&report).is_empty() {
            return Err(no_line());
        }
        self.step = Step::Asks(match (choice, &draft.target) {
            (Chosen::Correct, Target::One(..)) => Question::Amount,
            (Chosen::Reassign, _) => Question::Item,
            (Chosen::Ask, _) => Question::Person,
            (Chosen::Count, _) => Question::Area,
            _ => Question::Why,
        });
        self.draft = Some(draft);
        Ok(())
    }

    /// An answer to a question of the decision.
    pub(super) fn answered(
        &mut self,
        question: Question,
        input: PageInput,
        register: &mut Register,
    ) -> Result<Turn, Setback> {
        let report = self.report()?;
        let draft = self.draft.as_mut().ok_or_else(no_line)?;
        let next = match (question, input) {
            (
                Question::Amount | Question::Item | Question::Person | Question::Area,
                PageInput::Answer { text, .. },
            ) => {
                draft.with = text.text().trim().to_owned();
                Question::Why
            }
            (Question::Why, PageInput::Choice(place)) => match REASONS.get(place) {
                Some(reason) => {
                    draft.reason = (*reason).to_owned();
                    draft.after_why(&report)
                }
                None => Question::OwnWords,
            },
            (Question::OwnWords, PageInput::Answer { text, .. }) => {
                let text = text.text().trim();
                if text.is_empty() {
                    return Ok(Turn::Stay(None));
                }
                draft.reason = text.to_owned();
                draft.after_why(&report)
            }
            (Question::Second, PageInput::Answer { text, .. }) => {
                if text.text().trim() == register.person()?.id.as_str() {
                    return Err(Refusal::OwnAct.into());
                }
                draft.second = text.text().trim().to_owned();
                draft.second_badge = None;
                Question::SecondPin
            }
            (Question::Second | Question::SecondPin, PageInput::Badge(badge)) => {
                if *badge.person() == register.person()?.id {
                    return Err(Refusal::OwnAct.into());
                }
                draft.second = badge.person().to_string();
                draft.second_badge = Some(badge);
                Question::SecondPin
            }
            (_, PageInput::Badge(_)) => return Err(Refusal::BadgeElsewhere.into()),
            (Question::SecondPin, PageInput::Answer { text, .. }) => {
                draft.second_pin = Secret::new(text.text().trim());
                Question::Sign
            }
            (Question::Sign, PageInput::Choice(0)) => {
                let form = draft.form(&report);
                let session = self.word()?;
                let deed = Deed::Decide { session, form };
                self.asked = Some(register.ask_central(Work::Bring(deed))?);
                return Ok(Turn::Stay(None));
            }
            _ => return Ok(Turn::Stay(None)),
        };
        self.step = Step::Asks(next);
        Ok(Turn::Stay(None))
    }
}

impl Draft {
    fn matters<'a>(&self, report: &'a Report) -> Vec<&'a MatterLine> {
        match &self.target {
            Target::One(code, cause) => {
                let this = |one: &&MatterLine| one.code == *code && one.cause == *cause;
                report.matters.iter().filter(this).collect()
            }
            // Central takes all of the rule, whatever their weight.
            Target::All(code) => {
                report.matters.iter().filter(|one| one.rule() == Some(*code)).collect()
            }
        }
    }

    fn after_why(&self, report: &Report) -> Question {
        let two = self.choice != Chosen::Ask && report.needs_second(&self.matters(report));
        if two { Question::Second } else { Question::Sign }
    }

    /// The fields of the page's own form.
    fn form(&self, report: &Report) -> Vec<(String, Secret)> {
        let (count, sum) = together(&self.matters(report));
        let (rule, cause, all) = match &self.target {
            Target::One(code, cause) => (code.clone(), cause.clone(), "0"),
            Target::All(code) => (code.word().to_owned(), String::new(), "1"),
        };
        let with = match self.choice {
            Chosen::Correct => "amount",
            Chosen::Reassign => "item",
            Chosen::Ask => "person",
            _ => "area",
        };
        let field = |name: &str, value: String| (name.to_owned(), Secret::new(value));
        let mut form = vec![
            field("rule", rule),
            field("cause", cause),
            field("all", all.to_owned()),
            field("count", count.to_string()),
            field("sum", sum.minor().to_string()),
            field("action", self.choice.word().to_owned()),
            field(with, self.with.clone()),
            field("reason", self.reason.clone()),
            field("second", self.second.clone()),
        ];
        form.push(("second_pin".to_owned(), self.second_pin.clone()));
        let badge = self.second_badge.as_ref().map(|badge| Secret::new(badge.text().as_str()));
        form.extend(badge.map(|badge| ("second_badge".to_owned(), badge)));
        form
    }

    /// The question on the screen, with what is known so far.
    pub(super) fn view(
        &self,
        page: PageView,
        report: &Report,
        question: Question,
        name: &str,
    ) -> PageView {
        let matters = self.matters(report);
        let sum = together(&matters).1;
        let back = sum.negated().unwrap_or_default();
        let page = PageView { answered: self.known(&matters, question), ..page };
        let ask = |title: Words, lead: Vec<Words>, asks, hint| {
            PageView { title, lead, ..page.clone() }.asking(asks, hint)
        };
        match question {
            Question::Amount => ask(
                words!("By how much?"),
                vec![
                    words!("Write it as 12.34; -12.34 takes money away."),
                    words!("Enter alone: by the whole difference, {}.", back),
                ],
                PageAsks::Text,
                term("By how much"),
            ),
            Question::Item => ask(
                words!("Which item was it?"),
                vec![words!("Scan one, key its code, or find it by name with F2.")],
                PageAsks::Code,
                term("Which item"),
            ),
            Question::Person => ask(
                words!("Who is asked?"),
                vec![words!("It stays open until somebody decides it.")],
                PageAsks::Digits,
                term("Their number"),
            ),
            Question::Area => ask(
                words!("Where is to be counted?"),
                vec![words!("It becomes a stock task; nobody is stopped.")],
                PageAsks::Text,
                term("aisle 7, the cooler"),
            ),
            Question::Why => {
                let mut choices: Vec<Choice> =
                    REASONS.iter().map(|one| Choice::open(Words::plain(one))).collect();
                choices.push(Choice::open(words!("In other words…")));
                PageView { title: words!("Why?"), choices, ..page }
            }
            Question::OwnWords => ask(words!("Why?"), Vec::new(), PageAsks::Text, term("Why")),
            Question::Second => ask(
                said::second_signs(),
                vec![words!("A lead or manager, at this screen.")],
                PageAsks::Digits,
                term("Their number"),
            ),
            Question::SecondPin => {
                ask(said::second_signs(), Vec::new(), PageAsks::Pin, term("Their PIN"))
            }
            Question::Sign => PageView {
                title: words!("Is it right?"),
                lead: vec![said::becomes_a_record()],
                choices: vec![Choice::open(said::sign_as(name))],
                ..page
            },
        }
    }

    fn known(&self, matters: &[&MatterLine], question: Question) -> Vec<(Words, Words)> {
        let (count, sum) = together(matters);
        let title = matters.first().map_or(Words::NOTHING, |one| one.title_words());
        let mut known = vec![(words!("What"), title)];
        if let ([one], Target::One(..)) = (matters, &self.target) {
            known.push((words!("Cause"), about(one)));
        }
        known.push((words!("Times"), said::times(count)));
        known.push((words!("Money"), words!("{}", sum)));
        known.push((words!("You decide"), Words::plain(self.choice.label())));
        if question != Question::Sign {
            return known;
        }
        let with = match self.choice {
            Chosen::Correct if matches!(self.target, Target::All(_)) => {
                Some((words!("By how much"), words!("Each one by its own difference.")))
            }
            Chosen::Correct if self.with.is_empty() => {
                let back = sum.negated().unwrap_or(Money::ZERO);
                Some((words!("By how much"), words!("{}", back)))
            }
            Chosen::Correct => Some((words!("By how much"), Words::data(self.with.clone()))),
            Chosen::Reassign => Some((words!("Which item"), Words::data(self.with.clone()))),
            Chosen::Ask => Some((words!("Whom"), Words::data(self.with.clone()))),
            Chosen::Count => Some((words!("Where"), Words::data(self.with.clone()))),
            Chosen::Accept | Chosen::WriteOff | Chosen::MakeGood => None,
        };
        known.extend(with);
        // The reason is recorded in English where it is one of the list.
        let why = REASONS.iter().find(|one| **one == self.reason);
        let why = why.map_or_else(|| Words::data(self.reason.clone()), |one| Words::plain(one));
        known.push((words!("Why"), why));
        if !self.second.is_empty() {
            known.push((words!("Second person"), Words::data(self.second.clone())));
        }
        known
    }
}

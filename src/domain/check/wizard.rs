//! Taking a check, one answer at a time: what is asked next, and what an answer may be.
//!
//! ```text
//!  Line ─ read ──────────────────────▶ Number ─▶ IdKind ─▶ IdState ─▶ IdValid ─▶ Take
//!    └ keyed ▶ Account ▶ AccountAgain ─┘           └ N: no ID ───────────────────▶┘
//! ```
//!
//! A reader's line answers routing, account and number at once; keyed accounts are keyed twice,
//! since no check digit guards them. Going back loses nothing. Limits are not known here: the
//! register judges before the check is taken.

use super::AccountNo;
use super::IdOutcome;
use super::fault::CheckFault;
use super::id_rule::{IdKind, StateCode};
use super::micr::{self, NotMicr};
use super::routing::{NotRouting, Routing};
use crate::domain::money::Money;
use crate::domain::tender::CheckNumber;

/// What is asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The reader's line, or the routing number keyed.
    Line,
    /// The account number, keyed.
    Account,
    /// The account number once more.
    AccountAgain,
    /// The check's own number.
    Number,
    /// Which kind of ID is shown.
    IdKind,
    /// Who issued it.
    IdState,
    /// Valid, and the name on the check.
    IdValid,
    /// Everything is answered; the check is looked at and taken.
    Take,
}

/// What a store asks for with this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Routing and account.
    pub account: bool,
    /// An ID.
    pub id: bool,
    /// The store's own state: the answer that Enter alone gives.
    pub home: Option<StateCode>,
}

/// A check that is being taken. Its account is wiped when this is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wizard {
    amount: Money,
    asked: Asked,
    step: Step,
    routing: Option<Routing>,
    account: Option<AccountNo>,
    first_entry: Option<AccountNo>,
    read: bool,
    number: Option<CheckNumber>,
    id_kind: Option<IdKind>,
    id_state: Option<StateCode>,
    id: IdOutcome,
}

impl Wizard {
    /// Begins a check of an amount.
    pub const fn begin(amount: Money, asked: Asked) -> Self {
        Self {
            amount,
            asked,
            step: if asked.account { Step::Line } else { Step::Number },
            routing: None,
            account: None,
            first_entry: None,
            read: false,
            number: None,
            id_kind: None,
            id_state: None,
            id: IdOutcome::NotAsked,
        }
    }

    /// The amount.
    pub const fn amount(&self) -> Money {
        self.amount
    }

    /// What is asked now.
    pub const fn step(&self) -> Step {
        self.step
    }

    /// The bank, once it is known.
    pub const fn routing(&self) -> Option<Routing> {
        self.routing
    }

    /// The account, once it is known.
    pub const fn account(&self) -> Option<&AccountNo> {
        self.account.as_ref()
    }

    /// The check's number: read or keyed, and confirmed from [`Step::IdKind`] on.
    pub const fn number(&self) -> Option<&CheckNumber> {
        self.number.as_ref()
    }

    /// The kind of ID and who issued it.
    pub const fn id_shown(&self) -> Option<(IdKind, Option<StateCode>)> {
        match self.id_kind {
            Some(kind) => Some((kind, self.id_state)),
            None => None,
        }
    }

    /// What became of the question for an ID.
    pub const fn id(&self) -> IdOutcome {
        self.id
    }

    /// The state that Enter alone answers with.
    pub const fn home(&self) -> Option<StateCode> {
        self.asked.home
    }

    /// The steps of this check, given what was answered so far.
    pub fn path(&self) -> Vec<Step> {
        let keyed = self.asked.account && !self.read;
        let kind = self.id_kind.filter(|_| self.asked.id);
        [
            (Step::Line, self.asked.account),
            (Step::Account, keyed),
            (Step::AccountAgain, keyed),
            (Step::Number, true),
            (Step::IdKind, self.asked.id),
            (Step::IdState, kind.is_some_and(IdKind::has_state)),
            (Step::IdValid, kind.is_some()),
            (Step::Take, true),
        ]
        .into_iter()
        .filter_map(|(step, there)| there.then_some(step))
        .collect()
    }

    /// Takes an answer: a keyed line, a key, or what a reader sent. Empty is Enter alone.
    ///
    /// # Errors
    /// [`CheckFault`]; the question stays.
    pub fn put(&mut self, text: &str, scanned: bool) -> Result<(), CheckFault> {
        let text = text.trim();
        let digits_step =
            matches!(self.step, Step::Line | Step::Account | Step::AccountAgain | Step::Number);
        if digits_step && self.asked.account {
            match micr::read(text) {
                Ok(line) => return self.take_line(line),
                // Some bar code in a field where digits are keyed.
                Err(NotMicr::Form) if scanned => return Err(CheckFault::Scan),
                Err(NotMicr::Form) => {}
                Err(why) => return Err(CheckFault::Line(why)),
            }
        } else if scanned {
            return Err(CheckFault::Scan);
        }
        match self.step {
            Step::Line => self.key_routing(text)?,
            Step::Account => {
                self.first_entry = Some(AccountNo::parse(text).ok_or(CheckFault::Account)?);
                self.account = None;
            }
            Step::AccountAgain => self.key_again(text)?,
            Step::Number => self.key_number(text)?,
            Step::IdKind => self.key_kind(text)?,
            Step::IdState => {
                self.id_state = match text {
                    "" => Some(self.asked.home.ok_or(CheckFault::IdState)?),
                    // Another one, where nobody can key letters.
                    "0" => None,
                    letters => Some(StateCode::parse(letters).ok_or(CheckFault::IdState)?),
                };
            }
            Step::IdValid => {
                self.id = match yes_or_no(text)? {
                    true => IdOutcome::Seen,
                    false => IdOutcome::Missing,
                };
            }
            Step::Take => return Ok(()),
        }
        self.advance();
        Ok(())
    }

    /// Goes one step back; false at the first, where going back leaves the check.
    pub fn back(&mut self) -> bool {
        let path = self.path();
        let here = path.iter().position(|step| *step == self.step);
        match here.and_then(|here| path.get(here.checked_sub(1)?)) {
            Some(before) => {
                self.step = *before;
                true
            }
            None => false,
        }
    }

    fn advance(&mut self) {
        let path = self.path();
        let here = path.iter().position(|step| *step == self.step);
        if let Some(next) = here.and_then(|here| path.get(here.saturating_add(1))) {
            self.step = *next;
        }
    }

    fn take_line(&mut self, line: micr::Micr) -> Result<(), CheckFault> {
        self.routing = Some(line.routing);
        self.number = line.number.or_else(|| self.number.take());
        self.first_entry = None;
        self.read = line.account.is_some();
        self.account = line.account;
        self.step = if self.read { Step::Number } else { Step::Account };
        Ok(())
    }

    fn key_routing(&mut self, text: &str) -> Result<(), CheckFault> {
        if text.is_empty() && self.routing.is_some() {
            return Ok(());
        }
        let routing = Routing::parse(text).map_err(|why| match why {
            // Letters in it: somebody tried to key the whole line.
            NotRouting::Length if text.bytes().any(|b| !b.is_ascii_digit()) => {
                CheckFault::Line(NotMicr::Form)
            }
            why => CheckFault::Routing(why),
        })?;
        if self.routing != Some(routing) {
            (self.account, self.first_entry, self.read) = (None, None, false);
        }
        self.routing = Some(routing);
        Ok(())
    }

    fn key_again(&mut self, text: &str) -> Result<(), CheckFault> {
        let again = AccountNo::parse(text).ok_or(CheckFault::Account)?;
        if self.first_entry.as_ref() != Some(&again) {
            self.first_entry = None;
            self.step = Step::Account;
            return Err(CheckFault::AccountsDiffer);
        }
        self.account = Some(again);
        Ok(())
    }

    fn key_number(&mut self, text: &str) -> Result<(), CheckFault> {
        if text.is_empty() {
            return self.number.as_ref().map(|_| ()).ok_or(CheckFault::Number);
        }
        self.number = Some(CheckNumber::parse(text).map_err(|_| CheckFault::Number)?);
        Ok(())
    }

    fn key_kind(&mut self, text: &str) -> Result<(), CheckFault> {
        if text.eq_ignore_ascii_case("n") {
            (self.id_kind, self.id_state) = (None, None);
            self.id = IdOutcome::Missing;
            return Ok(());
        }
        let place = text.parse::<usize>().ok().and_then(|key| key.checked_sub(1));
        let kind = place.and_then(|place| IdKind::ALL.get(place)).ok_or(CheckFault::IdKind)?;
        self.id_kind = Some(*kind);
        self.id_state = self.id_state.filter(|_| kind.has_state());
        self.id = IdOutcome::NotAsked;
        Ok(())
    }
}

fn yes_or_no(text: &str) -> Result<bool, CheckFault> {
    match text {
        "y" | "Y" => Ok(true),
        "n" | "N" => Ok(false),
        _ => Err(CheckFault::YesOrNo),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "T111000025T 0012345678U 1024";

    fn begun() -> Wizard {
        let asked = Asked { account: true, id: true, home: StateCode::parse("TX") };
        Wizard::begin(Money::from_minor(4_431), asked)
    }

    fn put(wizard: &mut Wizard, answers: &[&str]) {
        for answer in answers {
            wizard.put(answer, false).unwrap_or_else(|why| panic!("{answer}: {why:?}"));
        }
    }

    #[test]
    fn a_read_check_takes_five_keys() {
        let mut wizard = begun();
        assert_eq!(wizard.put(LINE, true), Ok(()));
        put(&mut wizard, &["", "1", "", "y"]);
        assert_eq!(wizard.step(), Step::Take);
        assert_eq!(wizard.routing().map(|r| r.to_string()).as_deref(), Some("111000025"));
        assert_eq!(wizard.account().map(AccountNo::last_four), Some("5678"));
        assert_eq!(wizard.number().map(CheckNumber::as_str), Some("1024"));
        assert_eq!(wizard.id(), IdOutcome::Seen);
        assert_eq!(wizard.id_shown(), Some((IdKind::License, StateCode::parse("TX"))));
    }

    #[test]
    fn a_keyed_check_asks_for_the_account_twice() {
        let mut wizard = begun();
        put(&mut wizard, &["111000025", "12345678"]);
        assert_eq!(wizard.put("12345679", false), Err(CheckFault::AccountsDiffer));
        assert_eq!((wizard.step(), wizard.account()), (Step::Account, None));
        put(&mut wizard, &["12345678", "1234-5678", "1024", "3", "y"]);
        assert_eq!(wizard.step(), Step::Take);
        assert_eq!(wizard.id_shown(), Some((IdKind::Passport, None)));
    }

    #[test]
    fn a_scan_is_taken_only_where_it_is_the_line_of_a_check() {
        let mut wizard = begun();
        assert_eq!(wizard.put("4006381333931", true), Err(CheckFault::Scan));
        put(&mut wizard, &["111000025"]);
        assert_eq!(wizard.put("4006381333931", true), Err(CheckFault::Scan));
        assert_eq!(wizard.put("12345678", true), Err(CheckFault::Scan));
        assert_eq!(wizard.put("T11?000025T", true), Err(CheckFault::Line(NotMicr::Unread)));
        assert_eq!(wizard.put(LINE, true), Ok(()));
        assert_eq!(wizard.step(), Step::Number);
        put(&mut wizard, &[""]);
        assert_eq!(wizard.put("1", true), Err(CheckFault::Scan));
    }

    #[test]
    fn going_back_loses_nothing_and_leaves_at_the_first_step() {
        let mut wizard = begun();
        put(&mut wizard, &["111000025", "12345678", "12345678", "1024", "1", "", "n"]);
        assert_eq!(wizard.id(), IdOutcome::Missing);
        let mut steps = Vec::new();
        while wizard.back() {
            steps.push(wizard.step());
        }
        assert_eq!(
            steps,
            [
                Step::IdValid,
                Step::IdState,
                Step::IdKind,
                Step::Number,
                Step::AccountAgain,
                Step::Account,
                Step::Line
            ]
        );
        assert_eq!(wizard.number().map(CheckNumber::as_str), Some("1024"));
        assert_eq!(wizard.account().map(AccountNo::last_four), Some("5678"));
        // Enter alone keeps the routing number; the account is keyed again, as it is never shown.
        put(&mut wizard, &["", "12345678", "12345678", "", "n"]);
        assert_eq!((wizard.step(), wizard.id()), (Step::Take, IdOutcome::Missing));
        assert_eq!(wizard.id_shown(), None);
    }

    #[test]
    fn an_id_of_another_state_needs_no_letters() {
        let mut wizard = begun();
        put(&mut wizard, &[LINE, "", "2", "0", "Y"]);
        assert_eq!((wizard.step(), wizard.id()), (Step::Take, IdOutcome::Seen));
        assert_eq!(wizard.id_shown(), Some((IdKind::StateId, None)));
    }

    #[test]
    fn a_store_that_asks_less_has_fewer_steps() {
        let asked = Asked { account: false, id: false, home: None };
        let mut wizard = Wizard::begin(Money::from_minor(100), asked);
        assert_eq!(wizard.put("", false), Err(CheckFault::Number));
        put(&mut wizard, &["1207"]);
        assert_eq!((wizard.step(), wizard.id()), (Step::Take, IdOutcome::NotAsked));
    }

    #[test]
    fn wrong_answers_stay_at_their_question() {
        let mut wizard = begun();
        for (answers, wrong, fault) in [
            (&[][..], "112000025", CheckFault::Routing(NotRouting::Sum)),
            (&[], "000000000", CheckFault::Routing(NotRouting::Prefix)),
            (&[], "1110", CheckFault::Routing(NotRouting::Length)),
            (&[], "hello", CheckFault::Line(NotMicr::Form)),
            (&["111000025"], "12", CheckFault::Account),
            (&["12345678", "12345678"], "", CheckFault::Number),
            (&[], "12345678901", CheckFault::Number),
            (&["1024"], "", CheckFault::IdKind),
            (&[], "6", CheckFault::IdKind),
            (&["2"], "ZZ", CheckFault::IdState),
            (&["ny"], "", CheckFault::YesOrNo),
        ] {
            put(&mut wizard, answers);
            let step = wizard.step();
            assert_eq!(wizard.put(wrong, false), Err(fault), "{wrong}");
            assert_eq!(wizard.step(), step);
        }
    }

    #[test]
    fn nothing_of_an_account_shows_in_a_log() {
        let mut wizard = begun();
        put(&mut wizard, &["111000025", "8675309867", "8675309867"]);
        let shown = format!("{wizard:?}");
        assert!(!shown.contains("8675309867") && !shown.contains("111000025"), "{shown}");
    }
}

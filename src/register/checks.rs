//! Taking a check: the wizard's answers, the store's limits, and sealing what is personal.
//!
//! ```text
//!  Begin ─▶ wizard ─ account known ─▶ list, taken before ─▶ … ─▶ limits ─▶ somebody with authority
//!                                                                   └▶ seal ─▶ tender, row in hand
//!  the sale is committed ─▶ rows in hand are written with it, and forgotten here
//! ```
//!
//! Plain account numbers live in the wizard alone and are wiped with it. What is in hand is
//! sealed. Nothing here stops a sale: without a key to seal to, number and amount are kept.

use std::sync::Arc;

use ring::agreement::EphemeralPrivateKey;
use zeroize::Zeroizing;

use crate::peer::AccountAsked;

use super::account_key::{AccountKey, Now, Use};
use super::check_input::CheckInput;
use super::check_view::{CheckAnswer, CheckView};
use super::register::{Phase, Register, Said, Setback};
use crate::device::entropy::Entropy;
use crate::domain::approval::{Act, Approval, Case};
use crate::domain::check::endorsement::Endorsement;
use crate::domain::check::fault::CheckFault;
use crate::domain::check::id_rule::IdKind;
use crate::domain::check::limits::Taken;
use crate::domain::check::wizard::{Asked, Step, Wizard};
use crate::domain::check::words::{Language, in_words};
use crate::domain::check::{CheckProof, Commitment, IdOutcome};
use crate::domain::erasure::{ERASED_MAX, ErasureRule, PiiErased};
use crate::domain::event::Event;
use crate::domain::ids::SaleNo;
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::sale::{CompletedSale, TenderRules, Tendering};
use crate::domain::tender::{CheckNumber, Tender};
use crate::domain::time::BusinessDate;
use crate::domain::words::{Words, term, words};
use crate::journal::check_data::{CheckData, SALT_LEN, SealedCheck};
use crate::ledger::{AccountTag, CheckRow, LedgerError};

/// Sealed data that central holds stays this many days: somebody may have to send it again.
const KEPT_DAYS: i64 = 7;
/// At most so many records of it at once; the rest is destroyed with the next shift.
const ERASURES_MAX: u32 = 20;

/// What the register knows of checks between two commands.
pub(super) struct CheckDesk {
    key: AccountKey,
    /// Central's key of enrolment; the pack's goes before it.
    enrolled_seal_key: Option<[u8; 32]>,
    entropy: Arc<dyn Entropy>,
    wizard: Option<Wizard>,
    account: Option<AccountTag>,
    /// What the other registers took from the account of the check being taken.
    elsewhere: Taken,
    concerns: Vec<CheckFault>,
    in_hand: Vec<CheckRow>,
}

impl CheckDesk {
    pub(super) fn new(
        key: AccountKey,
        enrolled_seal_key: Option<[u8; 32]>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            key,
            enrolled_seal_key,
            entropy,
            wizard: None,
            account: None,
            elsewhere: Taken::default(),
            concerns: Vec::new(),
            in_hand: Vec::new(),
        }
    }

    /// What is written beside the sale that is recorded now.
    pub(super) fn rows(&self) -> &[CheckRow] {
        &self.in_hand
    }

    /// Forgets the check being taken; those in hand stay.
    pub(super) fn leave(&mut self) {
        (self.wizard, self.account) = (None, None);
        self.elsewhere = Taken::default();
        self.concerns.clear();
    }

    /// Forgets everything: the sale is recorded, or given up.
    pub(super) fn clear(&mut self) {
        self.leave();
        self.in_hand.clear();
    }
}

impl Register {
    /// One thing said about a check.
    pub(super) fn check(&mut self, input: CheckInput) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        match input {
            CheckInput::Begin { amount } => self.begin_check(amount),
            CheckInput::Answer { text, scanned } => self.answer_check(text.text(), scanned),
            CheckInput::Back => {
                let wizard = self.checks.wizard.as_mut().ok_or(CheckFault::NoneBegun);
                if !wizard.map_err(Refusal::from)?.back() {
                    self.checks.leave();
                }
                self.checks.concerns.clear();
                Ok(None)
            }
            CheckInput::Leave => {
                self.checks.leave();
                Ok(None)
            }
        }
    }

    fn begin_check(&mut self, amount: Option<Money>) -> Result<Option<Said>, Setback> {
        let rules = self.tender_rules()?;
        let policy = &self.policy()?.checks;
        let Phase::Tendering(tendering, _) = &self.phase else {
            return Err(Refusal::NoPayment.into());
        };
        let amount = amount.unwrap_or(tendering.still_due());
        would_fit(tendering, amount, rules)?;
        let asked =
            Asked { account: policy.asks_account, id: policy.asks_id(amount), home: policy.state };
        self.checks.leave();
        self.checks.wizard = Some(Wizard::begin(amount, asked));
        Ok(None)
    }

    fn answer_check(&mut self, text: &str, scanned: bool) -> Result<Option<Said>, Setback> {
        let wizard = self.checks.wizard.as_mut().ok_or(CheckFault::NoneBegun);
        let wizard = wizard.map_err(Refusal::from)?;
        let before = wizard.clone();
        if wizard.step() == Step::Take && !scanned {
            if !text.is_empty() {
                return Err(Refusal::from(CheckFault::Scan).into());
            }
            return self.take_read_check();
        }
        wizard.put(text, scanned).map_err(Refusal::from)?;
        let account_is_new = wizard.account() != before.account();
        let (step, number) = (wizard.step(), wizard.number().cloned());
        if account_is_new {
            self.know_account()?;
        }
        let asked_number = matches!(before.step(), Step::Number);
        if let (Some(account), Some(number), true) = (self.checks.account, number, asked_number)
            && let Err(setback) = self
                .not_taken_before(account, &number)
                .and_then(|()| self.not_taken_elsewhere(&number))
        {
            self.checks.wizard = Some(before);
            return Err(setback);
        }
        if step == Step::Take {
            self.checks.concerns = self.check_concerns()?;
        }
        Ok(None)
    }

    /// The account is known now: is it on the list?
    fn know_account(&mut self) -> Result<(), Setback> {
        self.checks.account = None;
        let known = self
            .checks
            .wizard
            .as_ref()
            .and_then(|wizard| Some((wizard.routing()?, wizard.account()?.clone())));
        let Some((routing, account)) = known else { return Ok(()) };
        if self.pack()?.is_blocked(routing, &account)? {
            self.checks.leave();
            return Err(Refusal::from(CheckFault::Blocked).into());
        }
        let day = self.business_date();
        let outage = self.book.outages.current().map(|outage| outage.id.clone());
        let now = Now { outage: outage.as_ref(), day };
        match self.checks.key.ready(now, self.checks.entropy.as_ref()) {
            Ok(used) => {
                if used == Use::New {
                    self.ledger.forget_accounts()?;
                }
                self.checks.account = self.checks.key.tag(routing, &account);
            }
            Err(error) => tracing::error!(%error, "limits by account don't hold"),
        }
        Ok(())
    }

    /// The store's other registers are asked; what they took from the account counts.
    fn not_taken_elsewhere(&mut self, number: &CheckNumber) -> Result<(), Setback> {
        self.checks.elsewhere = Taken::default();
        let wizard = self.checks.wizard.as_ref();
        let known = wizard.and_then(|wizard| Some((wizard.routing()?, wizard.account()?)));
        let Some((routing, account)) = known else { return Ok(()) };
        let answers = self.account_elsewhere(AccountAsked {
            routing: routing.as_str().to_owned(),
            account: account.digits().to_owned(),
            number: number.as_str().to_owned(),
            day: self.business_date().to_string(),
        });
        if answers.seen.iter().any(|seen| seen.same) {
            return Err(Refusal::from(CheckFault::TakenAlready(None)).into());
        }
        for seen in &answers.seen {
            let taken = Taken { count: seen.count, sum: Money::from_minor(seen.sum.max(0)) };
            self.checks.elsewhere = self.checks.elsewhere.merge(taken)?;
        }
        Ok(())
    }

    fn not_taken_before(&self, account: AccountTag, number: &CheckNumber) -> Result<(), Setback> {
        let same = |row: &CheckRow| {
            let plain = |number: &CheckNumber| number.as_str().trim_start_matches('0').to_owned();
            row.account == Some(account) && plain(&row.number) == plain(number)
        };
        if self.checks.in_hand.iter().any(same) {
            return Err(Refusal::from(CheckFault::TakenAlready(None)).into());
        }
        match self.ledger.check_taken_with(account, number)? {
            Some(sale) => Err(Refusal::from(CheckFault::TakenAlready(Some(sale))).into()),
            None => Ok(()),
        }
    }

    /// What somebody with authority must allow before this check is taken.
    fn check_concerns(&self) -> Result<Vec<CheckFault>, Setback> {
        let policy = self.policy()?;
        let wizard = self.checks.wizard.as_ref().ok_or(CheckFault::NoneBegun);
        let wizard = wizard.map_err(Refusal::from)?;
        let account = self.checks.account;
        let mut so_far = self.ledger.check_exposure(account, self.business_date())?;
        // Everybody's checks are counted over all registers; for an account they were asked.
        so_far.store = self.book.checks.of_day(self.business_date());
        so_far.account = so_far.account.merge(self.checks.elsewhere)?;
        for row in &self.checks.in_hand {
            so_far.store = so_far.store.with(row.amount)?;
            if account.is_some() && row.account == account {
                so_far.account = so_far.account.with(row.amount)?;
            }
        }
        if account.is_none() {
            so_far.account = Taken::default();
        }
        let limits = policy.checks.limits(policy.check_max);
        let breach = limits.judge(wizard.amount(), so_far)?.map(CheckFault::Limit);
        let number = wizard.number().and_then(|number| number.as_str().parse::<u64>().ok());
        let least = policy.checks.number_min;
        let low = number.is_none_or(|number| number < u64::from(least));
        let low = low.then_some(CheckFault::NumberLow(least));
        let no_id = (wizard.id() == IdOutcome::Missing).then_some(CheckFault::NoId);
        Ok([breach, low, no_id].into_iter().flatten().collect())
    }

    /// Who stands behind what the card shows: one signature for all of it, recorded for each.
    fn authorise_check(&mut self) -> Result<Vec<Approval>, Setback> {
        let concerns = self.check_concerns()?;
        let without_id = concerns.contains(&CheckFault::NoId);
        let above_limit = concerns.iter().any(|concern| *concern != CheckFault::NoId);
        let case = match (above_limit, without_id) {
            (false, false) => return Ok(Vec::new()),
            (true, _) => Case::CheckAboveLimit,
            (false, true) => Case::CheckWithoutId,
        };
        let Some(approval) = self.authorise(&case)? else { return Ok(Vec::new()) };
        let also = (above_limit && without_id)
            .then(|| Approval { act: Act::CheckWithoutId, ..approval.clone() });
        Ok([approval].into_iter().chain(also).collect())
    }

    /// Everything is answered and looked at: the check becomes a tender.
    fn take_read_check(&mut self) -> Result<Option<Said>, Setback> {
        let approvals = self.authorise_check()?;
        let wizard = self.checks.wizard.clone().ok_or(CheckFault::NoneBegun);
        let wizard = wizard.map_err(Refusal::from)?;
        let number = wizard.number().cloned().ok_or(CheckFault::Number).map_err(Refusal::from)?;
        let (amount, account) = (wizard.amount(), self.checks.account);
        let sealed = self.seal_check(&wizard, &number);
        let data = sealed.as_ref().map(|(commitment, _)| *commitment);
        let proof = CheckProof { data, id: wizard.id() };
        self.checks.in_hand.push(CheckRow { sealed, account, number: number.clone(), amount });
        let before = self.phase.clone();
        if let Phase::Tendering(tendering, _) = &mut self.phase {
            approvals.into_iter().for_each(|approval| tendering.approve(Some(approval)));
        }
        match self.take(Tender::Check { amount, number, proof }) {
            Ok(said) => {
                self.checks.leave();
                Ok(said)
            }
            Err(setback) => {
                self.checks.in_hand.pop();
                self.phase = before;
                Err(setback)
            }
        }
    }

    /// Seals routing, account and what was seen of the ID for central; none without its key.
    fn seal_check(&self, wizard: &Wizard, number: &CheckNumber) -> Option<(Commitment, Vec<u8>)> {
        let central = self.seal_key()?;
        let (routing, account) = (wizard.routing()?, wizard.account()?);
        let keeps_kind = self.policy().is_ok_and(|policy| policy.checks.id_rule().keeps_kind);
        let data = CheckData {
            journal: self.ledger.chain().journal,
            sale: self.next_sale(),
            routing,
            account,
            number,
            id: wizard.id_shown().filter(|_| keeps_kind),
        };
        let (salt, one_use) = self.sealing()?;
        match data.seal(&salt, one_use, &central) {
            Ok(SealedCheck { commitment, bytes }) => Some((commitment, bytes)),
            Err(error) => {
                tracing::error!(%error, "central's key can't be sealed to");
                None
            }
        }
    }

    /// A salt and a key for one sealing; none, and a line in the log, where the machine gives none.
    pub(super) fn sealing(&self) -> Option<(Zeroizing<[u8; SALT_LEN]>, EphemeralPrivateKey)> {
        let mut salt = Zeroizing::new([0; SALT_LEN]);
        let entropy = self.checks.entropy.as_ref();
        let one_use = entropy.fill(salt.as_mut_slice()).and_then(|()| entropy.one_use_key());
        let one_use = one_use.inspect_err(|error| tracing::error!(%error, "not sealed")).ok()?;
        Some((salt, one_use))
    }

    /// The pack is signed by the retailer and newer than enrolment.
    pub(super) fn seal_key(&self) -> Option<[u8; 32]> {
        // What is keyed to learn is nobody's, and central never hears of it.
        if self.training {
            return None;
        }
        let of_pack = self.policy().ok().and_then(|policy| policy.checks.seal_key);
        of_pack.or(self.checks.enrolled_seal_key)
    }

    pub(super) fn tender_rules(&self) -> Result<TenderRules, Refusal> {
        let policy = self.policy()?;
        let cash_back_max = policy.checks.cash_back_max;
        Ok(TenderRules { rounding: policy.cash_rounding, cash_back_max })
    }

    /// Notes that a central, by its name, holds sealed data.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be noted; the data is simply sent again later.
    pub fn sealed_held(&mut self, central: &str, held: &[Commitment]) -> Result<(), LedgerError> {
        self.ledger.sealed_held(central, held)
    }

    /// Destroys sealed data that central has held for a week. What it does not hold stays.
    pub(super) fn forget_old_checks(&mut self) {
        let today = self.business_date().days_since_1970();
        let before = BusinessDate::from_days_since_1970(today.saturating_sub(KEPT_DAYS));
        let Some(before) = before else { return };
        if let Err(error) = self.erase_before(before) {
            // Tried again with the next shift; nothing of selling depends on it.
            tracing::warn!(%error, "sealed data of checks stays for now");
        }
    }

    /// Destroys it and records that, in one transaction: a record each of so many.
    fn erase_before(&mut self, before: BusinessDate) -> Result<(), LedgerError> {
        for _ in 0..ERASURES_MAX {
            let of = self.ledger.sealed_to_erase(before, ERASED_MAX)?;
            if of.is_empty() {
                break;
            }
            let (rule, last) = (ErasureRule::Held, of.len() < ERASED_MAX);
            self.record(Event::PiiErased(PiiErased { rule, before, of }))?;
            self.ledger.empty_log()?;
            if last {
                break;
            }
        }
        Ok(())
    }

    /// What goes on the back of each check of the sale that was just recorded.
    pub(super) fn endorsements(&self, sale: &CompletedSale) -> Vec<Vec<String>> {
        let of_check = |act| matches!(act, Act::CheckAboveLimit | Act::CheckWithoutId);
        let approval = sale.terms.approvals.iter().rfind(|approval| of_check(approval.act));
        let by = approval.map(|approval| approval.by.as_str());
        let rows = self.checks.in_hand.iter();
        rows.filter_map(|row| self.endorsement(sale.number, &row.number, by)).collect()
    }

    fn endorsement(
        &self,
        sale: SaleNo,
        number: &CheckNumber,
        approved_by: Option<&str>,
    ) -> Option<Vec<String>> {
        let journal = self.ledger.chain().journal;
        let endorsement = Endorsement {
            store_name: &self.policy().ok()?.store_name,
            store: journal.store,
            register: journal.register,
            sale,
            number,
            at: self.clock.now(),
            cashier: self.person.as_ref()?.id.as_str(),
            approved_by,
        };
        Some(endorsement.lines())
    }

    /// The check being taken, as the window shows it; none while no check is.
    pub(super) fn check_view(&self) -> Option<CheckView> {
        let wizard = self.checks.wizard.as_ref()?;
        let Phase::Tendering(tendering, _) = &self.phase else { return None };
        let policy = self.policy().ok()?;
        let spoken = |language| in_words(wizard.amount(), language).unwrap_or_default();
        let rule = policy.checks.id_rule();
        let never = Words::plain(rule.never);
        let never = match rule.statute {
            Some(statute) => words!("Never ask for {} ({})", never, statute),
            None => words!("Never ask for {}", never),
        };
        let pack = self.pack().ok()?;
        let age = crate::pack::age_minutes(pack.published_at(), self.clock.now());
        let blocked = pack.blocked_count();
        Some(CheckView {
            total: tendering.totals().total,
            part_paid: !tendering.tenders().is_empty(),
            due: tendering.still_due(),
            amount: wizard.amount(),
            words: (spoken(Language::English), spoken(Language::Spanish)),
            step: wizard.step(),
            answers: answers(wizard),
            choices: choices(wizard),
            look: policy.checks.look(&policy.store_name),
            endorsement: wizard
                .number()
                .filter(|_| wizard.step() == Step::Take)
                .and_then(|number| self.endorsement(self.next_sale(), number, None))
                .unwrap_or_default(),
            never,
            concerns: self.checks.concerns.iter().map(CheckFault::text).collect(),
            kept_sealed: self.seal_key().is_some(),
            list: (blocked > 0).then(|| (blocked, u64::try_from(age).unwrap_or(0))),
        })
    }
}

/// Refuses an amount before anything is asked for it.
fn would_fit(tendering: &Tendering, amount: Money, rules: TenderRules) -> Result<(), Setback> {
    let number = CheckNumber::parse("1").map_err(|_| Refusal::NotACheckNumber)?;
    let taken = tendering.clone().take(Tender::plain_check(amount, number), rules);
    taken.map(|_| ()).map_err(|(_, refusal)| refusal.into())
}

fn answers(wizard: &Wizard) -> Vec<CheckAnswer> {
    let account =
        || wizard.account().map(|known| Words::data(format!("•••• {}", known.last_four())));
    let value = |step: Step| match step {
        Step::Line => wizard.routing().map(|routing| Words::data(routing.as_str())),
        Step::Account | Step::AccountAgain => account(),
        Step::Number => wizard.number().map(|number| Words::data(number.as_str())),
        Step::IdKind => match (wizard.id_shown(), wizard.id()) {
            (Some((kind, _)), _) => Some(Words::plain(kind.label())),
            (None, IdOutcome::Missing) => Some(words!("None shown")),
            (None, _) => None,
        },
        Step::IdState => {
            wizard.id_shown().and_then(|(_, state)| state).map(|state| Words::data(state.as_str()))
        }
        Step::IdValid => match wizard.id() {
            IdOutcome::Seen => Some(words!("Yes")),
            IdOutcome::Missing => Some(words!("No")),
            IdOutcome::NotAsked => None,
        },
        Step::Take => None,
    };
    let label = |step: Step| match step {
        Step::Line => term("Routing number"),
        Step::Account | Step::AccountAgain => term("Account"),
        Step::Number => term("Number of the check"),
        Step::IdKind => term("ID"),
        Step::IdState => term("Issued by"),
        Step::IdValid => term("Valid, and the same name"),
        Step::Take => "",
    };
    let mut steps: Vec<Step> = wizard.path();
    // A read account was never asked for, but it is an answer.
    if wizard.account().is_some()
        && !steps.contains(&Step::Account)
        && let Some(place) = steps.iter().position(|step| *step == Step::Number)
    {
        steps.insert(place, Step::Account);
    }
    steps
        .into_iter()
        .filter(|step| !matches!(step, Step::Take | Step::AccountAgain))
        .map(|step| CheckAnswer {
            step,
            label: label(step),
            value: value(step).unwrap_or_default(),
        })
        .collect()
}

fn choices(wizard: &Wizard) -> Vec<(char, Words)> {
    match wizard.step() {
        Step::IdState => {
            let home = wizard.home().map(|home| ('\n', Words::data(home.as_str())));
            home.into_iter().chain([('0', words!("Another state"))]).collect()
        }
        Step::IdKind => ('1'..='5')
            .zip(IdKind::ALL)
            .map(|(key, kind)| (key, Words::plain(kind.label())))
            .chain([('N', words!("No ID"))])
            .collect(),
        Step::IdValid => vec![('Y', words!("Yes")), ('N', words!("No"))],
        _ => Vec::new(),
    }
}

//! Where the newest records lie besides here, and how long a sale waits for it.
//!
//! ```text
//!  till: commit ─▶ recorded ─▶ wait at most 150 ms ─▶ PAID, with 1 or 2 copies
//!  lines to peers: ◀─ woken ── push ── durable there ─▶ answered ─▶ the wait ends
//! ```
//!
//! No peer ever stops a sale. A peer that was late three times in a row is not waited for until it
//! has answered in time again.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::wire::{AccountAsked, AccountSeen};
use crate::domain::ids::{Epoch, RegisterNo, Seq};
use crate::sync::revoked::{Kept, Revoked};

/// The longest a sale waits for a second copy.
pub const WAIT_MAX: Duration = Duration::from_millis(150);
/// So often late in a row, and a peer is not waited for.
const LATE_MAX: u8 = 3;

/// Shared by the till, which waits, and the lines to peers, which answer.
#[derive(Debug, Default)]
pub struct Copies {
    state: Mutex<State>,
    changed: Condvar,
    /// Where no other thread brings records, what happens while a sale waits.
    meanwhile: Option<Meanwhile>,
}

/// Lets so much time pass, and the lines run in it.
struct Meanwhile(Box<dyn Fn(Duration) + Send + Sync>);

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meanwhile(..)")
    }
}

#[derive(Debug, Default)]
struct State {
    /// Counts up with each record.
    recorded: u64,
    peers: BTreeMap<RegisterNo, Peer>,
    /// Counts up with each question about an account.
    asked: u64,
    /// The last question, while somebody waits for its answers.
    question: Option<Arc<AccountAsked>>,
    answers: BTreeMap<RegisterNo, AccountSeen>,
    /// Counts up with each wait that ran out.
    vain: u64,
    /// Keys whose copies count no more.
    revoked: Arc<Revoked>,
    /// Central's word about them, and how many revocations it knows of.
    note: Option<(u64, Arc<Vec<u8>>)>,
    stop: bool,
}

/// What the other registers know of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountElsewhere {
    /// What each of them answered in time.
    pub seen: Vec<AccountSeen>,
    /// Registers that are known and did not answer.
    pub silent: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Peer {
    seen: bool,
    held: Option<(Epoch, Seq)>,
    late: u8,
    /// A record it said it holds and could not show.
    doubted: Option<(Epoch, Seq)>,
}

/// What is known of the peers now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeersSeen {
    /// Registers a line goes to.
    pub known: usize,
    /// Those of them that answer.
    pub seen: usize,
    /// Those that hold every record of this register's journal.
    pub holding: Vec<RegisterNo>,
    /// Those that could not show a record they said they hold: they count as no copy.
    pub doubted: Vec<RegisterNo>,
}

impl Copies {
    /// Copies of a register whose lines are stepped by the very thread that sells (`stepped`): a
    /// wait is `meanwhile`, which lets the lines run.
    pub fn stepped(meanwhile: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Self { meanwhile: Some(Meanwhile(Box::new(meanwhile))), ..Self::default() }
    }

    /// A record was committed.
    pub fn recorded(&self) {
        let mut state = self.lock();
        state.recorded = state.recorded.saturating_add(1);
        self.changed.notify_all();
    }

    /// Waits until a peer holds a record, at most [`WAIT_MAX`], and not at all where there is
    /// nobody worth waiting for. True when one holds it.
    pub fn wait_for(&self, epoch: Epoch, seq: Seq) -> bool {
        let waits = |state: &mut State| {
            !state.is_held(epoch, seq)
                && !state.stop
                && state.peers.values().any(Peer::is_worth_waiting)
        };
        let (mut state, in_vain) = self.wait_while(waits);
        if in_vain {
            state.vain = state.vain.saturating_add(1);
            for peer in state.peers.values_mut().filter(|peer| peer.seen) {
                peer.late = peer.late.saturating_add(1);
            }
        }
        state.is_held(epoch, seq)
    }

    /// Asks every register that is seen about an account, and waits for their answers at most
    /// [`WAIT_MAX`]. Who does not answer in time is counted as silent.
    pub fn ask_account(&self, account: AccountAsked) -> AccountElsewhere {
        let mut state = self.lock();
        state.asked = state.asked.saturating_add(1);
        state.question = Some(Arc::new(account));
        state.answers.clear();
        self.changed.notify_all();
        let waits = |state: &mut State| {
            let open = |(register, peer): (&RegisterNo, &Peer)| {
                peer.seen && peer.late < LATE_MAX && !state.answers.contains_key(register)
            };
            !state.stop && state.peers.iter().any(open)
        };
        drop(state);
        let (mut state, in_vain) = self.wait_while(waits);
        if in_vain {
            state.vain = state.vain.saturating_add(1);
        }
        state.question = None;
        let seen: Vec<AccountSeen> = std::mem::take(&mut state.answers).into_values().collect();
        AccountElsewhere { silent: state.peers.len().saturating_sub(seen.len()), seen }
    }

    /// How often a wait for others ran out: each held somebody up for [`WAIT_MAX`].
    pub fn waited_in_vain(&self) -> u64 {
        self.lock().vain
    }

    /// A question that is newer than `asked`, with its number.
    pub(super) fn question(&self, asked: u64) -> Option<(u64, Arc<AccountAsked>)> {
        let state = self.lock();
        let question = state.question.clone().filter(|_| state.asked > asked)?;
        Some((state.asked, question))
    }

    /// A peer answered a question; too late, and it is dropped.
    pub(super) fn replied(&self, register: RegisterNo, asked: u64, seen: AccountSeen) {
        let mut state = self.lock();
        if state.asked == asked && state.question.is_some() {
            state.answers.insert(register, seen);
            self.changed.notify_all();
        }
    }

    /// What is known of the peers, for a journal that ends before `next`.
    pub fn seen(&self, epoch: Epoch, next: Seq) -> PeersSeen {
        let state = self.lock();
        let holds = |peer: &Peer| {
            peer.doubted.is_none()
                && peer.held.is_some_and(|(of, held)| of == epoch && held >= next)
        };
        let holding = state.peers.iter().filter(|(_, peer)| holds(peer));
        let doubted = state.peers.iter().filter(|(_, peer)| peer.doubted.is_some());
        PeersSeen {
            known: state.peers.len(),
            seen: state.peers.values().filter(|peer| peer.seen).count(),
            holding: holding.map(|(register, _)| *register).collect(),
            doubted: doubted.map(|(register, _)| *register).collect(),
        }
    }

    /// Takes which keys are trusted no longer: their registers keep no copy that counts.
    pub fn revoked_are(&self, kept: Kept) {
        let mut state = self.lock();
        state.revoked = Arc::new(kept.revoked);
        state.note = kept.decided.zip(kept.note.map(Arc::new));
        self.changed.notify_all();
    }

    /// Keys that are trusted no longer.
    pub(super) fn revoked(&self) -> Arc<Revoked> {
        Arc::clone(&self.lock().revoked)
    }

    /// Central's word about them where it knows of more than `decided`, for another register.
    pub(super) fn note_beyond(&self, decided: u64) -> Option<Arc<Vec<u8>>> {
        let state = self.lock();
        let (known, note) = state.note.as_ref()?;
        (*known > decided).then(|| Arc::clone(note))
    }

    /// How many revocations are known of here.
    pub(super) fn decided(&self) -> u64 {
        self.lock().note.as_ref().map_or(0, |(decided, _)| *decided)
    }

    /// Whoever answers for this register is believed no more; true when that is news.
    pub(super) fn distrusted(&self, register: RegisterNo) -> bool {
        let mut state = self.lock();
        let peer = state.peers.entry(register).or_default();
        let news = peer.seen || peer.held.is_some();
        (peer.seen, peer.held) = (false, None);
        self.changed.notify_all();
        news
    }

    /// A line goes to this register from now on.
    pub(super) fn know(&self, register: RegisterNo) {
        self.lock().peers.entry(register).or_default();
    }

    /// A peer answered; true when that is news to whoever looks.
    pub(super) fn answered(
        &self,
        register: RegisterNo,
        held: Option<(Epoch, Seq)>,
        in_time: bool,
    ) -> bool {
        let mut state = self.lock();
        let peer = state.peers.entry(register).or_default();
        let before = (peer.seen, peer.held);
        peer.seen = true;
        peer.held = held.or(peer.held);
        if in_time {
            peer.late = 0;
        }
        let news = before != (peer.seen, peer.held);
        self.changed.notify_all();
        news
    }

    /// A peer was asked to show a record, and could or could not; true when that is news.
    pub(super) fn shown(&self, register: RegisterNo, at: (Epoch, Seq), right: bool) -> bool {
        let mut state = self.lock();
        let peer = state.peers.entry(register).or_default();
        let was = peer.doubted.is_some();
        peer.doubted = if right { None } else { Some(at) };
        self.changed.notify_all();
        was == right
    }

    /// The record of a journal that a peer could not show, and has to before it is believed again.
    pub(super) fn doubted(&self, register: RegisterNo, epoch: Epoch) -> Option<Seq> {
        let state = self.lock();
        let at = state.peers.get(&register).and_then(|peer| peer.doubted);
        at.filter(|(of, _)| *of == epoch).map(|(_, seq)| seq)
    }

    /// True while a peer is not believed.
    pub(super) fn is_doubted(&self, register: RegisterNo) -> bool {
        self.lock().peers.get(&register).is_some_and(|peer| peer.doubted.is_some())
    }

    /// The line to a peer is gone; true when that is news.
    pub(super) fn lost(&self, register: RegisterNo) -> bool {
        let mut state = self.lock();
        let peer = state.peers.entry(register).or_default();
        let news = std::mem::replace(&mut peer.seen, false);
        self.changed.notify_all();
        news
    }

    /// Ends every wait for good.
    pub(super) fn stop(&self) {
        self.lock().stop = true;
        self.changed.notify_all();
    }

    pub(super) fn stopped(&self) -> bool {
        self.lock().stop
    }

    /// Waits until more was recorded than `known`, more was asked than `asked`, a time is over, or
    /// all ends; gives the count of records.
    pub(super) fn wait_for_news(&self, known: u64, asked: u64, wait: Duration) -> u64 {
        let state = self.lock();
        let waits = |state: &mut State| {
            let asks = state.question.is_some() && state.asked > asked;
            state.recorded == known && !asks && !state.stop
        };
        let waited = self.changed.wait_timeout_while(state, wait, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0.recorded
    }

    /// Waits a time, or until all ends.
    pub(super) fn pause(&self, wait: Duration) {
        let state = self.lock();
        let waited = self.changed.wait_timeout_while(state, wait, |state| !state.stop);
        drop(waited);
    }

    /// Waits at most [`WAIT_MAX`] while something is still to come; true when it did not come.
    fn wait_while(
        &self,
        mut waits: impl FnMut(&mut State) -> bool,
    ) -> (MutexGuard<'_, State>, bool) {
        let mut state = self.lock();
        let Some(Meanwhile(pass)) = &self.meanwhile else {
            let waited = self.changed.wait_timeout_while(state, WAIT_MAX, waits);
            let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            return (state, timeout.timed_out());
        };
        if waits(&mut state) {
            drop(state);
            pass(WAIT_MAX);
            state = self.lock();
        }
        let in_vain = waits(&mut state);
        (state, in_vain)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_held(&self, epoch: Epoch, seq: Seq) -> bool {
        let holds = |(of, next): (Epoch, Seq)| of == epoch && next > seq;
        self.peers.values().any(|peer| peer.doubted.is_none() && peer.held.is_some_and(holds))
    }
}

impl Peer {
    fn is_worth_waiting(&self) -> bool {
        self.seen && self.late < LATE_MAX && self.doubted.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: Epoch = Epoch([7; 8]);
    const TWO: RegisterNo = RegisterNo(2);

    #[test]
    fn a_late_peer_is_waited_for_three_times_and_then_not_until_it_answers_in_time() {
        let copies = Copies::default();
        assert!(!copies.wait_for(EPOCH, Seq(0)), "nobody to wait for");
        copies.know(TWO);
        assert!(!copies.wait_for(EPOCH, Seq(0)), "known, and not seen");
        assert_eq!(late(&copies), 0);
        copies.answered(TWO, None, true);
        for times in 1..=LATE_MAX {
            assert!(!copies.wait_for(EPOCH, Seq(4)));
            assert_eq!(late(&copies), times);
        }
        assert!(!copies.wait_for(EPOCH, Seq(4)));
        assert_eq!(late(&copies), LATE_MAX, "not waited for, so not late again");
        assert_eq!(copies.waited_in_vain(), u64::from(LATE_MAX));
        copies.answered(TWO, Some((EPOCH, Seq(5))), false);
        assert_eq!(late(&copies), LATE_MAX, "an answer that came late again changes nothing");
        assert!(copies.wait_for(EPOCH, Seq(4)), "it holds it all the same");
        assert!(!copies.wait_for(EPOCH, Seq(5)));
        copies.answered(TWO, Some((EPOCH, Seq(5))), true);
        assert_eq!(late(&copies), 0);
        assert!(!copies.wait_for(Epoch([8; 8]), Seq(0)), "another journal");
        assert_eq!(copies.seen(EPOCH, Seq(5)).holding, [TWO]);
        assert!(copies.seen(EPOCH, Seq(6)).holding.is_empty());
        assert!(copies.lost(TWO));
        assert_eq!(copies.seen(EPOCH, Seq(5)).seen, 0);
    }

    #[test]
    fn a_peer_that_could_not_show_a_record_counts_for_nothing_until_it_shows_it() {
        let copies = Copies::default();
        copies.answered(TWO, Some((EPOCH, Seq(5))), true);
        assert!(!copies.shown(TWO, (EPOCH, Seq(1)), true), "nothing new");
        assert!(copies.wait_for(EPOCH, Seq(4)));
        assert!(copies.shown(TWO, (EPOCH, Seq(3)), false));
        assert!(!copies.shown(TWO, (EPOCH, Seq(3)), false), "that is known");
        assert_eq!(copies.doubted(TWO, EPOCH), Some(Seq(3)));
        assert_eq!(copies.doubted(TWO, Epoch([8; 8])), None, "a place of another journal");
        assert!(!copies.wait_for(EPOCH, Seq(4)));
        copies.answered(TWO, Some((EPOCH, Seq(6))), true);
        assert!(!copies.wait_for(EPOCH, Seq(5)), "what it says now counts no more");
        assert_eq!(copies.waited_in_vain(), 0, "and it is not waited for");
        let seen = copies.seen(EPOCH, Seq(6));
        assert_eq!((seen.seen, seen.holding, seen.doubted), (1, Vec::new(), vec![TWO]));
        assert!(copies.shown(TWO, (EPOCH, Seq(3)), true));
        assert!(copies.wait_for(EPOCH, Seq(5)));
        assert_eq!(copies.seen(EPOCH, Seq(6)).holding, [TWO]);
    }

    #[test]
    fn an_answer_ends_the_wait() {
        let copies = std::sync::Arc::new(Copies::default());
        copies.answered(TWO, None, true);
        let waiting = std::sync::Arc::clone(&copies);
        let till = std::thread::Builder::new().spawn(move || waiting.wait_for(EPOCH, Seq(0)));
        let till = till.expect("a thread");
        copies.answered(TWO, Some((EPOCH, Seq(1))), true);
        assert!(till.join().expect("ends"));
        copies.stop();
        assert!(!copies.wait_for(EPOCH, Seq(1)), "nothing is waited for at the end");
    }

    fn late(copies: &Copies) -> u8 {
        copies.lock().peers.get(&TWO).map_or(0, |peer| peer.late)
    }
}

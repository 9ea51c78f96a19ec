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

/// The longest a sale waits for a second copy.
pub const WAIT_MAX: Duration = Duration::from_millis(150);
/// So often late in a row, and a peer is not waited for.
const LATE_MAX: u8 = 3;

/// Shared by the till, which waits, and the lines to peers, which answer.
#[derive(Debug, Default)]
pub struct Copies {
    state: Mutex<State>,
    changed: Condvar,
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
}

impl Copies {
    /// A record was committed.
    pub fn recorded(&self) {
        let mut state = self.lock();
        state.recorded = state.recorded.saturating_add(1);
        self.changed.notify_all();
    }

    /// Waits until a peer holds a record, at most [`WAIT_MAX`], and not at all where there is
    /// nobody worth waiting for. True when one holds it.
    pub fn wait_for(&self, epoch: Epoch, seq: Seq) -> bool {
        let state = self.lock();
        let waits = |state: &mut State| {
            !state.is_held(epoch, seq)
                && !state.stop
                && state.peers.values().any(|peer| peer.seen && peer.late < LATE_MAX)
        };
        let (mut state, timeout) = self
            .changed
            .wait_timeout_while(state, WAIT_MAX, waits)
            .unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
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
        let waited = self.changed.wait_timeout_while(state, WAIT_MAX, waits);
        let (mut state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
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
        let holds = |peer: &Peer| peer.held.is_some_and(|(of, held)| of == epoch && held >= next);
        let holding = state.peers.iter().filter(|(_, peer)| holds(peer));
        PeersSeen {
            known: state.peers.len(),
            seen: state.peers.values().filter(|peer| peer.seen).count(),
            holding: holding.map(|(register, _)| *register).collect(),
        }
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

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_held(&self, epoch: Epoch, seq: Seq) -> bool {
        let holds = |(of, next): (Epoch, Seq)| of == epoch && next > seq;
        self.peers.values().any(|peer| peer.held.is_some_and(holds))
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

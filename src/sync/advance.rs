//! What is next for a register's journals, branch by branch: the given-up ones first, since they
//! may hold records that nobody else has, and the one in use last.
//!
//! ```text
//!  branch ─ plan ─▶ ask · send · fork ─▶ one request          one that was given up and can't be
//!     └─ can't be sent ─▶ rests ten minutes, and is said      sent holds up none of the others
//! ```

use super::carrier::{JournalState, SourceFailed, Transport};
use super::link::LinkState;
use super::pace::IDLE_MS;
use super::plan::{End, Plan, plan};
use super::push::{Journals, SyncLoop, Trouble, head_before};
use crate::domain::ids::{JournalId, Seq};

/// A journal that can't be sent is tried again after so long.
const RESTING_MS: u64 = 600_000;

/// A journal, and which of its branches.
pub(super) type Strand = (JournalId, u32);

/// It can't be sent until then.
#[derive(Clone, Debug)]
pub(super) struct Resting {
    until_ms: u64,
    text: String,
}

/// Central's copy of it is another one.
#[derive(Clone, Debug)]
pub(super) struct Forked {
    text: String,
    /// Where central's copy ends.
    central: End,
    /// What of this journal is to be delivered still, for central to keep both branches.
    pub(super) next: Seq,
}

pub(super) const fn strand(state: &JournalState) -> Strand {
    (state.id, state.branch)
}

impl SyncLoop {
    pub(super) fn advance(
        &mut self,
        transport: &mut dyn Transport,
        journals: &mut dyn Journals,
    ) -> Result<(u64, bool, LinkState), Trouble> {
        let all = journals.journals()?;
        let now_ms = self.parts.clock.mono_ms();
        self.resting.retain(|_, resting| now_ms < resting.until_ms);
        for state in &all {
            if self.resting.contains_key(&strand(state)) {
                continue;
            }
            match self.advance_one(transport, journals, &all, state) {
                Ok(None) => {}
                Ok(Some(next)) => return Ok(next),
                Err(trouble) => {
                    let text = self.rests(journals, state, trouble)?;
                    tracing::error!(journal = %state.id, %text, "a journal can't be sent");
                    let until_ms = now_ms.saturating_add(RESTING_MS);
                    self.resting.insert(strand(state), Resting { until_ms, text });
                    return Ok((0, false, LinkState::Sending));
                }
            }
        }
        for state in &all {
            if !self.resting.contains_key(&strand(state))
                && let Some(next) = self.send_sealed(transport, journals, state)?
            {
                return Ok(next);
            }
        }
        if let Some(next) = self.say_again(transport, journals, &all)? {
            return Ok(next);
        }
        let left_out = || {
            let resting = self.resting.values().next().map(|resting| resting.text.clone());
            let text = resting.or_else(|| journals.unreadable())?;
            Some(LinkState::LeftOut { text })
        };
        let link = self.forked(journals).or_else(left_out).unwrap_or(LinkState::UpToDate);
        Ok((IDLE_MS, true, link))
    }

    /// The next thing for one branch of a journal; none where central has all of it.
    fn advance_one(
        &mut self,
        transport: &mut dyn Transport,
        journals: &mut dyn Journals,
        all: &[JournalState],
        state: &JournalState,
    ) -> Result<Option<(u64, bool, LinkState)>, Trouble> {
        if let Some(forked) = self.forks.get(&strand(state)).cloned() {
            if forked.next < state.next_seq {
                return self.send(transport, journals, state, forked.next).map(Some);
            }
            return Ok(None);
        }
        let local = End { next_seq: state.next_seq, head: state.head };
        let central = self.positions.get(&state.id).copied();
        match plan(local, central, |at| head_before(journals, state, at))? {
            Plan::UpToDate => Ok(None),
            Plan::Ask => {
                // A longer branch beside the first one promises central nothing: it holds its
                // records, and counts those of the first.
                let first = all.iter().find(|one| one.id == state.id).unwrap_or(state);
                self.ask(transport, journals, first).map(Some)
            }
            Plan::Send { from } => self.send(transport, journals, state, from).map(Some),
            Plan::Fork(fork) => {
                let next = last_common(journals, state)?;
                tracing::error!(journal = %state.id, %fork, "journal and central disagree");
                let (text, central) = (fork.to_string(), central.unwrap_or(local));
                self.forks.insert(strand(state), Forked { text, central, next });
                Ok(Some((0, false, self.forked(journals).unwrap_or(LinkState::Sending))))
            }
        }
    }

    /// Why a journal that was given up can't be sent: the others don't wait for it.
    ///
    /// # Errors
    /// The trouble, where it is the line's or the journal's in use.
    fn rests(
        &self,
        journals: &dyn Journals,
        state: &JournalState,
        trouble: Trouble,
    ) -> Result<String, Trouble> {
        if state.branch == 1 && journals.in_use(&state.id) {
            return Err(trouble);
        }
        match trouble {
            // A smaller piece may be taken.
            Trouble::Frame(text) if self.pace.batch() == 1 => Ok(text),
            Trouble::Refused(text) => Ok(text),
            Trouble::Ledger(why) => Ok(why.to_string()),
            other => Err(other),
        }
    }

    /// Where central's copy of a journal ends that is not the one here, as central signed it.
    pub fn parted(&self, journal: &JournalId) -> Option<End> {
        self.forks.get(&(*journal, 1)).map(|forked| forked.central)
    }

    /// A journal that was given up already asks nothing of anybody any more.
    pub(super) fn forked(&self, journals: &dyn Journals) -> Option<LinkState> {
        let in_use = |(id, branch): &Strand| *branch == 1 && journals.in_use(id);
        let ((journal, _), forked) = self.forks.iter().find(|(strand, _)| in_use(strand))?;
        Some(LinkState::Forked { journal: *journal, text: forked.text.clone() })
    }
}

/// Where a journal that central disagrees with was last known to agree: its last receipt that
/// still fits it. From there on it is delivered, so that central keeps both branches.
fn last_common(journals: &dyn Journals, state: &JournalState) -> Result<Seq, SourceFailed> {
    let Some(receipt) = journals.receipt(&state.id)? else { return Ok(Seq(0)) };
    let at = receipt.next_seq;
    if at == Seq(0) || at > state.next_seq {
        return Ok(Seq(0));
    }
    let fits = head_before(journals, state, at)? == receipt.head;
    Ok(if fits { at } else { Seq(0) })
}

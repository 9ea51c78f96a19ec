//! A register's key that is trusted no longer, by the length of its journals and not by time: a
//! thief chooses the time that a record bears, and never what central held already.
//!
//! ```text
//!  proposed by one person ─┬─▶ decided by another ─▶ records from the length on stand apart
//!   (they wait from now)   └─▶ refused            ─▶ they count again
//!
//!  journal   0 ──────────── length ───────────▶
//!            counts          kept, verified, in no total, handed to nobody
//! ```
//!
//! What is here is what was decided; `act` has who may decide it. A journal of such a key that the
//! revocation names no length of is good for nothing: nobody had acknowledged any of it.

pub mod act;
mod refusal;

use crate::domain::event::Lifetime;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::reconcile::exception::{Code, Exception};

use super::store::StoreError;

/// Where rows of records that stand apart are kept: on a branch that no journal has, so that
/// whatever asks for the branch that came first does not see them.
pub const APART: i64 = 1 << 40;

/// A step of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Somebody asks for it; from now on what lies beyond the lengths waits.
    Proposed,
    /// Somebody decided it, for good.
    Decided,
    /// Somebody refused it; what waited counts again.
    Refused,
}

/// Who did it, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub kind: StepKind,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who: a person of IT; a hyphen where an earlier version kept nobody.
    pub who: String,
    /// Why.
    pub reason: String,
}

/// How long one journal is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoodLength {
    /// The journal.
    pub epoch: Epoch,
    /// Its key.
    pub key: PublicKey,
    /// Records below it count.
    pub length: Seq,
    /// The hash of the last one that does; zeros where none does.
    pub head: Hash,
    /// Lifetime totals there.
    pub lifetime: Lifetime,
}

/// A revocation of a register's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The store.
    pub store: StoreNo,
    /// The register.
    pub register: RegisterNo,
    /// Which of the register's, from 1.
    pub number: u32,
    /// What was done, the proposal first.
    pub steps: Vec<Step>,
    /// The keys.
    pub keys: Vec<PublicKey>,
    /// How long their journals are good.
    pub lengths: Vec<GoodLength>,
}

/// How far a journal of a revoked key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trust {
    /// Records below it count.
    pub length: Seq,
    /// The hash of the last one that does.
    pub head: Hash,
    /// Lifetime totals there.
    pub lifetime: Lifetime,
    /// A second person decided it; the others wait for one.
    pub decided: bool,
    /// Nobody decided anything: the register itself changed its key for another one.
    pub rotated: bool,
}

impl StepKind {
    /// The word in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Decided => "decided",
            Self::Refused => "refused",
        }
    }

    /// The step of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Proposed, Self::Decided, Self::Refused].into_iter().find(|s| s.word() == word)
    }
}

impl Revocation {
    /// The step that ended it; none while it waits for a second person.
    pub fn end(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.kind != StepKind::Proposed)
    }

    /// The proposal.
    pub fn proposal(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.kind == StepKind::Proposed)
    }

    /// Somebody decided it.
    pub fn is_decided(&self) -> bool {
        self.end().is_some_and(|end| end.kind == StepKind::Decided)
    }

    /// It holds: decided, or waiting for a second person.
    pub fn holds(&self) -> bool {
        self.end().is_none_or(|end| end.kind == StepKind::Decided)
    }

    /// How far a journal of a key counts by this revocation; none where it is about another key.
    pub fn trust(&self, epoch: Epoch, key: &PublicKey) -> Option<Trust> {
        if !self.holds() || !self.keys.contains(key) {
            return None;
        }
        let decided = self.end().is_some();
        let good = self.lengths.iter().find(|good| good.epoch == epoch);
        Some(good.map_or(Trust { decided, ..Trust::NOTHING }, |good| Trust {
            length: good.length,
            head: good.head,
            lifetime: good.lifetime,
            decided,
            rotated: false,
        }))
    }
}

impl Trust {
    /// Nothing counts.
    pub const NOTHING: Self = Self {
        length: Seq(0),
        head: Hash::ZERO,
        lifetime: Lifetime {
            takings: crate::domain::money::Money::ZERO,
            payouts: crate::domain::money::Money::ZERO,
        },
        decided: true,
        rotated: false,
    };

    /// The shortest of some; of two alike the decided one.
    pub fn shortest(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        all.into_iter().min_by_key(|trust| (trust.length, !trust.decided))
    }

    /// Under which word that is said.
    pub const fn code(&self) -> Code {
        if self.rotated { Code::AfterRotation } else { Code::RevokedKey }
    }

    /// What is said of a journal that has records beyond: once a journal, at the first of them,
    /// and the same in whatever order they came.
    pub fn exception(&self, journal: JournalId) -> Exception {
        let at = self.length;
        if self.rotated {
            let text = match at.0.checked_sub(1) {
                Some(last) => format!(
                    "this register's key was changed for another one after record {last}; what the \
                     old key signed from {at} on is kept and stands apart, in no total"
                ),
                None => {
                    "this journal is signed by a key that the register had changed for another \
                         one before central heard of it; it is kept and stands apart, in no total"
                        .to_owned()
                }
            };
            return Exception::new(self.code(), journal, at, text);
        }
        let text = match (self.decided, at.0.checked_sub(1)) {
            (true, Some(last)) => format!(
                "this register's key was revoked: its records count up to {last}; those from {at} \
                 on are kept and stand apart, in no total"
            ),
            (true, None) => "this journal is signed by a key that was revoked, and central had \
                             acknowledged none of it then; it is kept and stands apart, in no total"
                .to_owned(),
            (false, _) => format!(
                "somebody proposed to revoke this register's key: records from {at} on wait, in no \
                 total, until a second person decides or refuses"
            ),
        };
        Exception::new(self.code(), journal, at, text)
    }
}

/// Of a journal that is read up to one place and planned up to another, the records that stand
/// apart and are planned for nobody.
pub fn apart(trust: Option<Trust>, read: Seq, planned: Seq) -> u64 {
    trust.map_or(0, |trust| read.0.saturating_sub(planned.max(trust.length).0))
}

/// What a store keeps of revocations. Nothing of it is changed or taken away.
pub trait RevocationStore {
    /// The revocations of a register, or of all, in the order of stores, registers and numbers.
    ///
    /// # Errors
    /// [`StoreError`].
    fn revocations(
        &mut self,
        of: Option<(StoreNo, RegisterNo)>,
    ) -> Result<Vec<Revocation>, StoreError>;

    /// How many were decided: it grows with each, and registers ask again when it does.
    ///
    /// # Errors
    /// [`StoreError`].
    fn revocations_decided(&mut self) -> Result<u64, StoreError>;

    /// How far a journal counts; none where its key is trusted.
    ///
    /// # Errors
    /// [`StoreError`].
    fn trust(&mut self, journal: &JournalId) -> Result<Option<Trust>, StoreError>;

    /// The first record of a journal's first branch that central received after a moment; its end
    /// where none was.
    ///
    /// # Errors
    /// [`StoreError`].
    fn received_until(&mut self, journal: &JournalId, at_ms: i64) -> Result<Seq, StoreError>;

    /// Hash and lifetime totals of a journal's first branch where it has this length; none where
    /// it is shorter.
    ///
    /// # Errors
    /// [`StoreError`].
    fn end_at(
        &mut self,
        journal: &JournalId,
        length: Seq,
    ) -> Result<Option<(Hash, Lifetime)>, StoreError>;

    /// How many records from a place on other systems were given, by their names.
    ///
    /// # Errors
    /// [`StoreError`].
    fn handed_beyond(
        &mut self,
        journal: &JournalId,
        from: Seq,
    ) -> Result<Vec<(String, u64)>, StoreError>;

    /// Keeps a proposal, and has the store's records read again; none, with nothing kept, where
    /// one of that register waits already. Gives its number.
    ///
    /// # Errors
    /// [`StoreError`].
    fn propose_revocation(&mut self, proposal: &Revocation) -> Result<Option<u32>, StoreError>;

    /// Ends a revocation that waits, and has the store's records read again; false, with nothing
    /// kept, where it waits no longer.
    ///
    /// # Errors
    /// [`StoreError`].
    fn end_revocation(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
        number: u32,
        end: &Step,
    ) -> Result<bool, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::key::SigningKey;

    #[test]
    fn the_shortest_length_holds_and_a_refused_one_none() {
        let key = SigningKey::from_seed(&[3; 32]).expect("a key").public();
        let other = SigningKey::from_seed(&[4; 32]).expect("a key").public();
        let (epoch, unknown) = (Epoch([1; 8]), Epoch([2; 8]));
        let step = |kind| Step { kind, at_ms: 1, who: "jo".to_owned(), reason: "gone".to_owned() };
        let good = GoodLength {
            epoch,
            key,
            length: Seq(7),
            head: Hash([9; 32]),
            lifetime: Lifetime::default(),
        };
        let mut one = Revocation {
            store: StoreNo(1042),
            register: RegisterNo(7),
            number: 1,
            steps: vec![step(StepKind::Proposed)],
            keys: vec![key],
            lengths: vec![good],
        };
        let waits = one.trust(epoch, &key).expect("named");
        assert_eq!((waits.length, waits.head, waits.decided), (Seq(7), Hash([9; 32]), false));
        let nothing = one.trust(unknown, &key).expect("its key is named");
        assert_eq!((nothing.length, nothing.decided), (Seq(0), false));
        assert_eq!(one.trust(epoch, &other), None);
        one.steps.push(step(StepKind::Decided));
        let decided = one.trust(epoch, &key).expect("named");
        assert!(decided.decided);
        assert_eq!(Trust::shortest([waits, decided]), Some(decided));
        assert_eq!(Trust::shortest([decided, nothing]), Some(nothing));
        assert_eq!(Trust::shortest([]), None);
        one.steps[1].kind = StepKind::Refused;
        assert_eq!(one.trust(epoch, &key), None);
    }
}

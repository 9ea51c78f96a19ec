//! The journals a register can bring to a peer: its own, given-up ones, and mirrored ones.

use super::{Hub, lock};
use crate::domain::ids::{JournalId, Seq};
use crate::domain::time::BusinessDate;
use crate::journal::hash::Hash;
use crate::journal::record::Line;
use crate::ledger::{Branch, JournalRef, LedgerError, MirroredSeal, Reader, SealedRow};
use crate::sync::carrier::SealedData;
use crate::sync::push_sealed;

/// One journal that can be brought.
#[derive(Clone, Debug)]
pub(super) enum Offer {
    /// Of this register.
    Own(JournalRef),
    /// Of another one, as it lies in the mirror.
    Mirrored(Branch),
}

/// What is read of.
pub(super) struct Offers<'a> {
    hub: &'a Hub,
    reader: Reader,
}

impl<'a> Offers<'a> {
    pub(super) fn open(hub: &'a Hub) -> Result<Self, LedgerError> {
        Ok(Self { hub, reader: Reader::open(&hub.place)? })
    }

    /// All of them, the journal in use first.
    pub(super) fn all(&self) -> Result<Vec<Offer>, LedgerError> {
        let own = self.reader.journals()?.into_iter().map(Offer::Own);
        let mirrored = lock(&self.hub.mirror).branches().to_vec();
        Ok(own.chain(mirrored.into_iter().map(Offer::Mirrored)).collect())
    }

    pub(super) fn head(&self, offer: &Offer) -> Result<(Seq, Hash), LedgerError> {
        match offer {
            Offer::Own(journal) => self.reader.head(journal),
            Offer::Mirrored(branch) => Ok((branch.next_seq, branch.head)),
        }
    }

    pub(super) fn hash_at(&self, offer: &Offer, seq: Seq) -> Result<Option<Hash>, LedgerError> {
        match offer {
            Offer::Own(journal) => {
                let lines = self.reader.lines(journal, seq, 1, usize::MAX)?;
                Ok(lines.first().map(Line::hash))
            }
            Offer::Mirrored(branch) => lock(&self.hub.mirror).hash_at(branch, seq),
        }
    }

    pub(super) fn lines(
        &self,
        offer: &Offer,
        from: Seq,
        records: usize,
        bytes: usize,
    ) -> Result<Vec<Line>, LedgerError> {
        match offer {
            Offer::Own(journal) => self.reader.lines(journal, from, records, bytes),
            Offer::Mirrored(branch) => lock(&self.hub.mirror).lines(branch, from, records, bytes),
        }
    }

    /// Sealed rows of a journal, of records from a place on.
    pub(super) fn sealed(
        &self,
        offer: &Offer,
        from: Seq,
    ) -> Result<Vec<MirroredSeal>, LedgerError> {
        let Offer::Own(journal) = offer else {
            let rows = lock(&self.hub.mirror).sealed(offer.journal().epoch)?;
            return Ok(rows.into_iter().filter(|row| row.seq >= from).collect());
        };
        let sign = |(day, row): (BusinessDate, SealedRow)| {
            let SealedRow { commitment, epoch, seq, bytes } = row;
            let row = SealedData { commitment, seq, bytes };
            let message = push_sealed::message(&journal.id, &[row], &self.hub.key).ok()?;
            Some(MirroredSeal { commitment, epoch, seq, day, message })
        };
        let rows = self.reader.sealed_from(journal.id.epoch, from)?;
        Ok(rows.into_iter().filter_map(sign).collect())
    }
}

impl Offer {
    pub(super) const fn journal(&self) -> JournalId {
        match self {
            Self::Own(journal) => journal.id,
            Self::Mirrored(branch) => branch.journal,
        }
    }

    /// The journal this register writes now.
    pub(super) const fn in_use(&self) -> bool {
        matches!(self, Self::Own(journal) if !journal.frozen)
    }
}

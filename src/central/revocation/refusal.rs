//! Why nothing was done about a register's keys, in words that say what to do next.

use crate::central::store::StoreError;
use crate::domain::ids::{Epoch, RegisterNo, Seq, StoreNo};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum NotRevoked {
    /// Nobody signed.
    #[error(
        "this is no token of IT, so nobody would have signed; nothing was changed. 'tideover \
         central it-token --who NAME' makes one for a person; type it as the first line"
    )]
    NoToken,
    /// No reason.
    #[error(
        "say why with --why, on one line of at most 500 letters and without control characters; \
         nothing was changed"
    )]
    NoReason,
    /// A payment card's number in the reason.
    #[error(
        "the reason holds a payment card's number; nothing was changed or kept. Write it without \
         that number"
    )]
    CardNumber,
    /// There is nothing to revoke.
    #[error("register {1} of store {0} has no key to revoke; nothing was changed")]
    NoKey(StoreNo, RegisterNo),
    /// Somebody else's key, or a slip of the hand.
    #[error(
        "{asked} is no key of register {register} of store {store}, which has {keys}; nothing was \
         changed"
    )]
    NotAKey {
        /// The store.
        store: StoreNo,
        /// The register.
        register: RegisterNo,
        /// What was asked for.
        asked: String,
        /// The fingerprints of those it has.
        keys: String,
    },
    /// It was decided, and nothing would change.
    #[error(
        "register {register} of store {store} was revoked already by {who} on {at}: {lengths}; \
         nothing was changed. Another proposal can only have less count, with --good-until or \
         --received-until"
    )]
    Already {
        /// The store.
        store: StoreNo,
        /// The register.
        register: RegisterNo,
        /// Who decided.
        who: String,
        /// When.
        at: String,
        /// Up to where its journals count.
        lengths: String,
    },
    /// It was decided, and more would count.
    #[error(
        "{who} decided on {at} that of this register {lengths}; up to {asked} more would count, \
         and what was decided can only become less; nothing was changed"
    )]
    Longer {
        /// Who decided.
        who: String,
        /// When.
        at: String,
        /// Up to where its journals count.
        lengths: String,
        /// What was asked for.
        asked: Seq,
    },
    /// A proposal waits.
    #[error(
        "{who} proposed to revoke register {register} of store {store} already, and its records \
         wait since then; nothing was changed. Decide it with --second, or refuse it with --refuse \
         and propose anew"
    )]
    Waits {
        /// The store.
        store: StoreNo,
        /// The register.
        register: RegisterNo,
        /// Who proposed.
        who: String,
    },
    /// A proposal waits, and it has its lengths.
    #[error(
        "what {0} proposed waits with the lengths it has, so none can be named now; nothing was \
         changed. Leave --good-until and --received-until out, or refuse it with --refuse and \
         begin anew"
    )]
    HasLengths(String),
    /// A proposal waits, about other keys.
    #[error(
        "what waits is about {named}, not about {asked} alone; nothing was changed. Leave --key \
         out to end it as it was proposed"
    )]
    OtherKeys {
        /// The fingerprints that it names.
        named: String,
        /// What was asked for.
        asked: String,
    },
    /// None waits.
    #[error(
        "nothing waits for a second person at register {1} of store {0}; nothing was changed. Look \
         with --look, propose with --why"
    )]
    NoneWaits(StoreNo, RegisterNo),
    /// The same person twice.
    #[error(
        "{0} proposed this, so somebody else decides; nothing was changed, and the register's \
         records wait meanwhile"
    )]
    SamePerson(String),
    /// There are others.
    #[error(
        "{0} can decide this as well, so nobody does it alone; nothing was changed. Leave --alone \
         out, and let them decide with --second"
    )]
    NotAlone(String),
    /// A place that central does not hold.
    #[error(
        "central holds records up to {held} of journal {epoch}, so nothing can count up to \
         {asked}; nothing was changed"
    )]
    Beyond {
        /// The journal.
        epoch: Epoch,
        /// What was asked for.
        asked: Seq,
        /// The last record held.
        held: String,
    },
    /// It has none yet.
    #[error(
        "no record of register {1} of store {0} is here yet, so there is none to count up to; \
         nothing was changed. Leave --good-until out: nothing that still comes will count"
    )]
    NoRecords(StoreNo, RegisterNo),
    /// It has several, and the one heard of last may be the thief's.
    #[error(
        "register {register} of store {store} has more than one journal: {journals}. Say with \
         --journal of which one the record is; of the others all that central holds counts. \
         Nothing was changed"
    )]
    WhichJournal {
        /// The store.
        store: StoreNo,
        /// The register.
        register: RegisterNo,
        /// They, and what is held of each.
        journals: String,
    },
    /// No such journal.
    #[error(
        "register {register} of store {store} has no journal of that name under a key that could \
         be revoked by this; nothing was changed. --look names them"
    )]
    NoJournal {
        /// The store.
        store: StoreNo,
        /// The register.
        register: RegisterNo,
    },
    /// Not a moment.
    #[error(
        "'{0}' is no time; nothing was changed. Write it like 2026-11-22T21:30:00.000-06:00, or \
         like 2026-11-22 for the beginning of that day in UTC"
    )]
    NoTime(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

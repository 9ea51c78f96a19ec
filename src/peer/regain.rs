//! A register takes its own records back from the others: of a disk that died, or was put back.
//!
//! ```text
//!  register 2, its program not running          register 3
//!   kept ──────────── TLS, both keys ─────────▶ journals of register 2 in the mirror
//!   give(journal, from) ──────────────────────▶ their lines, as they came      again and again
//! ```
//!
//! Who asks is who the line proves: nobody takes another register's records this way, and a
//! stranger is told no, as ever. What comes is bounded here and proven by whoever takes it.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use super::client::{ANSWER_WAIT_MS, CONNECT_WAIT, OverTls, Talk as _};
use super::roster::Roster;
use super::server::Caller;
use super::tls::Tls;
use super::wire::{self, Ask, Hello, KeptJournal, LINES_LEN_AIM, Limited, RECORDS_MAX, Say};
use super::{Listed, lock};
use crate::device::clock::Clock;
use crate::domain::ids::{JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::key::{PublicKey, SigningKey};
use crate::journal::record::Envelope;
use crate::sync::revoked::Revoked;
use crate::sync::wire::JournalName;

/// The most journals and branches of one register that are told of.
const KEPT_MAX: usize = 64;

/// What a register asks the others with.
pub struct RegainParts {
    /// The store.
    pub store: StoreNo,
    /// This register.
    pub register: RegisterNo,
    /// Its key.
    pub key: Arc<SigningKey>,
    /// Central's certificate for it, where it is enrolled.
    pub certificate: Option<String>,
    /// Central's key, where it is enrolled.
    pub root: Option<PublicKey>,
    /// The registers that a person listed.
    pub listed: Vec<Listed>,
    /// Keys that are trusted no longer.
    pub revoked: Revoked,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// What another register told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// A key of this register, by central's word.
    Key(PublicKey),
    /// It keeps a journal of this register up to a place.
    Journal(JournalId, Seq),
    /// A line.
    Line(&'a [u8]),
}

/// Why nothing came, or nothing more.
#[derive(Debug, thiserror::Error)]
pub enum NotRegained {
    /// No address.
    #[error(
        "no address of register {0} is listed here: 'tideover peer add --register {0} --address …' \
         lists it, with --key where central did not enroll both"
    )]
    NoAddress(RegisterNo),
    /// Nobody there.
    #[error(
        "register {0} does not answer at {1}; it must be switched on, with its program running, \
         and the port must be open"
    )]
    NoAnswer(RegisterNo, String),
    /// Somebody else.
    #[error(
        "what answered at {1} can't prove that it is register {0} of this store; nothing was taken \
         from it. Compare the address and the key with 'tideover peer show' there"
    )]
    Stranger(RegisterNo, String),
    /// It does not know this one.
    #[error(
        "register {0} does not know this one ({1}). Enroll this one, or list its key there: \
         'tideover peer show' here says it"
    )]
    Refused(RegisterNo, String),
    /// An older program.
    #[error(
        "the program of register {0} is too old to give records back; run 'tideover carry \
         --register {1} --out FILE' there, and name the file here"
    )]
    TooOld(RegisterNo, RegisterNo),
    /// It said something else.
    #[error("register {0} answered something else than was asked; nothing more was taken from it")]
    Confused(RegisterNo),
    /// The line.
    #[error("the line to register {0} broke ({1}); do it again, what came counts once")]
    Line(RegisterNo, std::io::Error),
    /// This register's own key.
    #[error("this register's key can't be used for lines to others ({0})")]
    Tls(#[from] rustls::Error),
    /// Whoever takes it has enough.
    #[error("not all was taken")]
    Enough,
}

/// Takes back what one other register keeps; `take` is handed all of it and says whether to go on.
///
/// # Errors
/// [`NotRegained`]; what was handed on before is good as far as it proves itself.
pub fn regain(
    parts: &RegainParts,
    peer: &Listed,
    take: &mut dyn FnMut(Heard<'_>) -> bool,
) -> Result<(), NotRegained> {
    let listed = parts.listed.iter().filter_map(|one| Some((one.register, one.key?)));
    let roster = Roster::new(parts.store, parts.root, listed);
    let mut line = Line::begin(parts, &roster, peer)?;
    let own = parts.register;
    for kept in line.kept()? {
        let Ok(journal) = kept.journal.id() else { return Err(line.confused()) };
        if journal.store != parts.store || journal.register != own {
            return Err(line.confused());
        }
        if let Some(key) = roster.certified_key(own, kept.certificate.as_deref()) {
            go_on(take(Heard::Key(key)))?;
        }
        go_on(take(Heard::Journal(journal, Seq(kept.next_seq))))?;
        line.lines(&kept, take)?;
    }
    Ok(())
}

const fn go_on(more: bool) -> Result<(), NotRegained> {
    if more { Ok(()) } else { Err(NotRegained::Enough) }
}

/// A line to one other register.
struct Line {
    peer: RegisterNo,
    talk: OverTls,
}

impl Line {
    fn begin(parts: &RegainParts, roster: &Roster, peer: &Listed) -> Result<Self, NotRegained> {
        let no = peer.register;
        let address = peer.address.clone().ok_or(NotRegained::NoAddress(no))?;
        let silent = || NotRegained::NoAnswer(no, address.clone());
        let stranger = || NotRegained::Stranger(no, address.clone());
        let mut sockets = address.to_socket_addrs().map_err(|_| silent())?;
        let socket = sockets.find_map(|at| TcpStream::connect_timeout(&at, CONNECT_WAIT).ok());
        let socket = socket.ok_or_else(silent)?;
        socket.set_nodelay(true).map_err(|why| NotRegained::Line(no, why))?;
        let limited = Limited::new(socket, Arc::clone(&parts.clock), ANSWER_WAIT_MS);
        let name = ServerName::try_from("peer.tideover.invalid").map_err(|_| stranger())?;
        let tls = Tls::of(&parts.key)?;
        let connection = ClientConnection::new(tls.client, name)?;
        let mut line = Self { peer: no, talk: OverTls(StreamOwned::new(connection, limited)) };
        let hello = Hello {
            protocol: wire::PROTOCOL.to_owned(),
            store: parts.store.0,
            reg: parts.register.0,
            certificate: parts.certificate.clone(),
            // It listens to nobody now: no line is begun back.
            port: None,
            packs: false,
            shows: false,
            revoked: false,
            gives: false,
        };
        let said = match line.talk.ask(&Ask::Hello(hello), &[]) {
            Ok((said, _)) => said,
            // What is no register breaks the handshake off, or talks something else.
            Err(_) => return Err(stranger()),
        };
        let theirs = match said {
            Say::Hello(hello) => hello,
            Say::No { text } => return Err(NotRegained::Refused(no, text)),
            _ => return Err(line.confused()),
        };
        let admitted = roster.admits(parts.register, &parts.revoked, line.talk.key(), &theirs);
        if admitted != Some(no) {
            return Err(stranger());
        }
        if !theirs.gives {
            return Err(NotRegained::TooOld(no, parts.register));
        }
        Ok(line)
    }

    const fn confused(&self) -> NotRegained {
        NotRegained::Confused(self.peer)
    }

    fn ask(&mut self, ask: &Ask) -> Result<(Say, Vec<Vec<u8>>), NotRegained> {
        self.talk.ask(ask, &[]).map_err(|why| NotRegained::Line(self.peer, why))
    }

    fn kept(&mut self) -> Result<Vec<KeptJournal>, NotRegained> {
        match self.ask(&Ask::Kept)? {
            (Say::Kept { journals }, _) if journals.len() <= KEPT_MAX => Ok(journals),
            (Say::No { text }, _) => Err(NotRegained::Refused(self.peer, text)),
            _ => Err(self.confused()),
        }
    }

    /// The lines of one branch, each at the place that was asked for.
    fn lines(
        &mut self,
        kept: &KeptJournal,
        take: &mut dyn FnMut(Heard<'_>) -> bool,
    ) -> Result<(), NotRegained> {
        let mut next = Seq(0);
        while next.0 < kept.next_seq {
            let (journal, branch) = (kept.journal.clone(), kept.branch);
            let (said, lines) = self.ask(&Ask::Give { journal, branch, from: next.0 })?;
            if said != Say::Given || lines.is_empty() || lines.len() > RECORDS_MAX {
                return Err(self.confused());
            }
            for line in lines {
                // So that nobody sends the same ones without end.
                let seq = Envelope::read(&line).map(|envelope| envelope.header.seq);
                if seq != Ok(next) {
                    return Err(self.confused());
                }
                go_on(take(Heard::Line(&line)))?;
                next = next.next();
            }
        }
        Ok(())
    }
}

impl Caller<'_> {
    /// Gives the register that called what is kept of it; none for other questions.
    pub(super) fn gives(&self, ask: &Ask) -> Option<(Say, Vec<Vec<u8>>)> {
        match ask {
            Ask::Kept => Some((self.kept(), Vec::new())),
            Ask::Give { journal, branch, from } => Some(self.give(journal, *branch, Seq(*from))),
            _ => None,
        }
    }

    fn kept(&self) -> Say {
        let mirror = lock(&self.hub.mirror);
        let own = mirror.branches().iter().filter(|one| one.journal.register == self.register);
        let kept = own.map(|branch| KeptJournal {
            journal: JournalName::of(&branch.journal),
            branch: branch.number,
            next_seq: branch.next_seq.0,
            certificate: branch.certificate.clone(),
        });
        Say::Kept { journals: kept.take(KEPT_MAX).collect() }
    }

    fn give(&self, journal: &JournalName, number: u32, from: Seq) -> (Say, Vec<Vec<u8>>) {
        let no = |text: &str| (Say::No { text: text.to_owned() }, Vec::new());
        let Ok(journal) = journal.id() else { return no("no journal has that name") };
        if journal.register != self.register {
            return no("these are another register's records");
        }
        let mirror = lock(&self.hub.mirror);
        let mut branches = mirror.branches().iter();
        let branch = branches.find(|one| one.journal == journal && one.number == number);
        let Some(branch) = branch else { return no("that journal is not kept here") };
        match mirror.lines(branch, from, RECORDS_MAX, LINES_LEN_AIM) {
            Ok(lines) => (Say::Given, lines.into_iter().map(|line| line.into_bytes()).collect()),
            Err(why) => {
                tracing::error!(%why, "records that are kept for another register can't be read");
                no("they can't be read here")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Copies, Hub, PeerParts};
    use super::*;
    use crate::device::clock::SimulatedClock;
    use crate::domain::event::{EpochOpen, Event};
    use crate::domain::time::Timestamp;
    use crate::journal::chain::{Chain, Entry};
    use crate::journal::epoch;
    use crate::ledger::{Kept, Place, Vouched};

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32]).expect("a key")
    }

    /// A register's journal of two records.
    fn journal(register: u16) -> (JournalId, Vec<Vec<u8>>) {
        let at = Timestamp::parse("2026-11-22T13:05:09.120-06:00").expect("a time");
        let seed = u8::try_from(register).expect("small");
        let (key, nonce) = (key(seed), [seed; 16]);
        let epoch = epoch::derive(&key.public(), &nonce);
        let (store, register) = (StoreNo(1_042), RegisterNo(register));
        let journal = JournalId { store, register, epoch };
        let open = Event::EpochOpen(EpochOpen {
            public_key: *key.public().bytes(),
            nonce,
            program: "tideover of a test".to_owned(),
            currency: None,
            follows: None,
        });
        let (mut chain, mut lines) = (Chain::empty(journal), Vec::new());
        for event in [open, Event::Note { text: "sold".to_owned() }] {
            let (by, pack, outage) = (None, None, None);
            let entry = Entry { at, mono_ms: 1, date: at.local_date(), by, pack, outage, event };
            let (line, next) = chain.next(&entry, Some(&key)).expect("sums fit");
            chain = next;
            lines.push(line.into_bytes());
        }
        (journal, lines)
    }

    #[test]
    fn a_register_is_given_its_own_journals_and_nobody_elses() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = Timestamp::parse("2026-11-22T13:05:09.120-06:00").expect("a time");
        let parts = PeerParts {
            store: StoreNo(1_042),
            register: RegisterNo(1),
            key: Arc::new(key(1)),
            certificate: None,
            root: None,
            listed: Vec::new(),
            listen: None,
            announce: None,
            place: Place::in_one(folder.path().join("ledger")),
            mirror_dir: folder.path().join("mirror"),
            clock: Arc::new(SimulatedClock::at(at)),
            account: Box::new(|_| None),
            secret: None,
            packs: None,
            hear: Box::new(|_| ()),
        };
        let hub = Hub::open(parts, Arc::new(Copies::default()), None).expect("opened");
        let all: Vec<(JournalId, Vec<Vec<u8>>)> = [2, 3].map(journal).into();
        for (_, lines) in &all {
            let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
            let kept = lock(&hub.mirror).take(&lines, &Vouched::Itself, None).expect("kept");
            assert_eq!(kept, Kept::Held);
        }
        let two = Caller { hub: &hub, register: RegisterNo(2), certificate: None };
        let Some((Say::Kept { journals }, _)) = two.gives(&Ask::Kept) else {
            panic!("it is told what is kept")
        };
        let own = JournalName::of(&all[0].0);
        assert_eq!(journals.len(), 1);
        assert_eq!((&journals[0].journal, journals[0].next_seq), (&own, 2));
        let give = |journal: JournalName, branch, from| {
            two.gives(&Ask::Give { journal, branch, from }).expect("an answer")
        };
        assert_eq!(give(own.clone(), 1, 0), (Say::Given, all[0].1.clone()));
        assert_eq!(give(own.clone(), 1, 1), (Say::Given, all[0].1[1..].to_vec()));
        assert_eq!(give(own.clone(), 1, 9), (Say::Given, Vec::new()));
        let refused = |journal, branch| match give(journal, branch, 0) {
            (Say::No { text }, lines) if lines.is_empty() => text,
            other => panic!("{other:?}"),
        };
        assert!(refused(JournalName::of(&all[1].0), 1).contains("another register's"));
        assert!(refused(own, 2).contains("not kept here"));
        assert!(two.gives(&Ask::PackTold).is_none(), "everything else is asked elsewhere");
    }
}

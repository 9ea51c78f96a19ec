//! What others bring: one thread a line, each message bounded, each answer only once it is durable.
//!
//! A stranger gets as far as its hello and is told no more; it holds one of a few places for at
//! most three seconds.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};

use super::proof::{Nonce, proof};
use super::wire::{self, Ask, FRAME_LEN_MAX, HELLO_LEN_MAX, Head, Limited, Say, SealedRow};
use super::{Hub, News, lock, packs, tls};
use crate::domain::book::Origin;
use crate::domain::check::Commitment;
use crate::domain::event::Event;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq};
use crate::domain::time::BusinessDate;
use crate::domain::words::words;
use crate::journal::hash::from_hex;
use crate::journal::key::{Domain, PublicKey};
use crate::journal::record::Envelope;
use crate::ledger::{Kept, Mirror, MirroredSeal, Vouched};
use crate::sync::sealed::Sealed;
use crate::sync::wire::{JournalName, SealedRows};

/// Until somebody who called has said who it is.
pub(super) const HELLO_WAIT: Duration = Duration::from_secs(3);
/// A peer says something twice a second; one that was silent for so long is gone.
const SILENCE_MS: u64 = 10_000;
const ANSWER_WAIT_MS: u64 = 3_000;
/// The most lines at once, strangers' too.
const LINES_MAX: usize = 96;
/// Why a copy is not taken.
const BEYOND: &str = "its register's key was revoked from before these records";
/// After an accept that failed: no descriptor is left, or the like.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

type Stream = StreamOwned<ServerConnection, Limited>;

/// Takes calls until all ends.
pub(super) fn listen(hub: &Arc<Hub>, listener: &TcpListener) {
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let socket = match listener.accept() {
            Ok((socket, _)) => socket,
            Err(error) => {
                tracing::debug!(%error, "a call was not taken");
                hub.copies.pause(ACCEPT_PAUSE);
                continue;
            }
        };
        if hub.copies.stopped() {
            return;
        }
        if open.fetch_add(1, Ordering::AcqRel) >= LINES_MAX {
            open.fetch_sub(1, Ordering::AcqRel);
            continue;
        }
        let (hub, count) = (Arc::clone(hub), Arc::clone(&open));
        let serve = move || {
            if let Err(why) = serve(&hub, socket) {
                tracing::debug!(%why, "a peer's line ended");
            }
            count.fetch_sub(1, Ordering::AcqRel);
        };
        if std::thread::Builder::new().name("peer's line".to_owned()).spawn(serve).is_err() {
            open.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

fn serve(hub: &Arc<Hub>, socket: TcpStream) -> std::io::Result<()> {
    let from = socket.peer_addr()?.ip();
    socket.set_nodelay(true)?;
    let wait_ms = u64::try_from(HELLO_WAIT.as_millis()).unwrap_or(0);
    let limited = Limited::new(socket, Arc::clone(&hub.clock), wait_ms);
    let connection =
        ServerConnection::new(Arc::clone(&hub.tls.server)).map_err(std::io::Error::other)?;
    let mut stream: Stream = StreamOwned::new(connection, limited);
    let (ask, _) = wire::receive(&mut stream, HELLO_LEN_MAX)?;
    let key = tls::key_of(stream.conn.peer_certificates());
    let admitted = match &ask {
        Ask::Hello(hello) => hub.admits(key, hello).map(|register| (register, hello)),
        _ => None,
    };
    let Some((register, hello)) = admitted else {
        tracing::warn!(%from, key = ?key.map(|key| key.fingerprint()), "a stranger called");
        let text = "not a register of this store, as far as it is known here".to_owned();
        return wire::send(&mut stream, &Say::No { text }, &[]);
    };
    wire::send(&mut stream, &Say::Hello(hub.hello()), &[])?;
    if let Some(port) = hello.port {
        hub.call(register, std::net::SocketAddr::new(from, port).to_string());
    }
    let certificate = hello.certificate.clone();
    while !hub.copies.stopped() {
        stream.sock.within(SILENCE_MS);
        let (ask, lines) = wire::receive(&mut stream, FRAME_LEN_MAX)?;
        if key.is_some_and(|key| hub.copies.revoked().is_revoked(&key)) {
            let text = "this register's key was revoked".to_owned();
            return wire::send(&mut stream, &Say::No { text }, &[]);
        }
        stream.sock.within(ANSWER_WAIT_MS);
        if let Ask::Revoked { decided } = &ask {
            let note = hub.copies.note_beyond(*decided);
            let bytes: Vec<Vec<u8>> = note.iter().map(|note| note.to_vec()).collect();
            wire::send(&mut stream, &Say::Revoked, &bytes)?;
            continue;
        }
        if let Some((say, bytes)) = packs::answer(&hub.packs, &ask) {
            wire::send(&mut stream, &say, &bytes)?;
            continue;
        }
        let peer = Caller { hub, register, certificate: certificate.as_deref() };
        if let Some((say, lines)) = peer.gives(&ask) {
            wire::send(&mut stream, &say, &lines)?;
            continue;
        }
        let (say, news) = peer.answer(ask, &lines);
        let sent = wire::send(&mut stream, &say, &[]);
        // The answer first: a sale waits for it.
        news.into_iter().for_each(|news| (hub.hear)(news));
        sent?;
    }
    Ok(())
}

/// A register of this store that called.
pub(super) struct Caller<'a> {
    pub(super) hub: &'a Hub,
    pub(super) register: RegisterNo,
    pub(super) certificate: Option<&'a str>,
}

impl Caller<'_> {
    pub(super) fn answer(&self, ask: Ask, lines: &[Vec<u8>]) -> (Say, Option<News>) {
        match ask {
            Ask::Hello(_) => (Say::No { text: "that was said already".to_owned() }, None),
            Ask::Have { journals } => (self.want(&journals), None),
            Ask::Show { journal, seq, nonce } => (self.show(&journal, Seq(seq), &nonce), None),
            Ask::HashAt { journal, seq } => (self.hash_at(&journal, Seq(seq)), None),
            Ask::Records { certificate } => self.take(lines, certificate.as_deref()),
            Ask::Account(account) => {
                let no = || "it can't be told now".to_owned();
                let seen = (self.hub.account)(&account).map(Say::Account);
                (seen.unwrap_or_else(|| Say::No { text: no() }), None)
            }
            Ask::Sealed { journal, rows } => (self.take_sealed(&journal, &rows), None),
            // Answered before, with their bytes.
            Ask::PackTold
            | Ask::PackPiece { .. }
            | Ask::Revoked { .. }
            | Ask::Kept
            | Ask::Give { .. } => (Say::No { text: "that is not carried here".to_owned() }, None),
        }
    }

    fn want(&self, journals: &[JournalName]) -> Say {
        let mirror = lock(&self.hub.mirror);
        let held = |name: &JournalName| -> Vec<Head> {
            let journal = name.id().ok();
            let branches = mirror.branches().iter().filter(|b| Some(b.journal) == journal);
            let head = |branch: &crate::ledger::Branch| Head {
                next_seq: branch.next_seq.0,
                head: branch.head.to_string(),
            };
            branches.map(head).collect()
        };
        Say::Want { held: journals.iter().take(wire::JOURNALS_MAX).map(held).collect() }
    }

    fn hash_at(&self, journal: &JournalName, seq: Seq) -> Say {
        let mirror = lock(&self.hub.mirror);
        let journal = journal.id().ok();
        let branch = mirror.branches().iter().find(|branch| Some(branch.journal) == journal);
        let hash = branch.and_then(|branch| mirror.hash_at(branch, seq).ok().flatten());
        Say::Hash { hash: hash.map(|hash| hash.to_string()) }
    }

    /// Shows what is kept of a record, read from the disk.
    fn show(&self, journal: &JournalName, seq: Seq, nonce: &str) -> Say {
        let Some(nonce) = Nonce::parse(nonce) else {
            return Say::No { text: "that is no number to show a record by".to_owned() };
        };
        let mirror = lock(&self.hub.mirror);
        let journal = journal.id().ok();
        let branches = mirror.branches().iter().filter(|branch| Some(branch.journal) == journal);
        let kept = branches.filter_map(|branch| {
            let lines = mirror.lines(branch, seq, 1, usize::MAX);
            let lines = lines.inspect_err(|why| {
                tracing::error!(%why, "a record that is kept for another register can't be read");
            });
            let line = lines.ok()?.into_iter().next()?;
            Some(proof(self.hub.register, nonce, line.bytes()).to_string())
        });
        Say::Shown { proofs: kept.collect() }
    }

    fn take(&self, lines: &[Vec<u8>], certificate: Option<&str>) -> (Say, Option<News>) {
        let no = |text: &str| (Say::No { text: text.to_owned() }, None);
        let Some(first) = lines.first().and_then(|line| Envelope::read(line).ok()) else {
            return no("these are no records");
        };
        let journal = first.header.journal;
        if lines.len() > wire::RECORDS_MAX {
            return no("too many records at once");
        }
        let of_caller = journal.register == self.register;
        let (vouched, certificate) = if of_caller {
            (Vouched::Itself, self.certificate)
        } else {
            let keys = self.hub.roster.keys_of(journal.register, certificate);
            (Vouched::By(self.trusted(keys, journal)), certificate)
        };
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let mut mirror = lock(&self.hub.mirror);
        let good = self.good_length(&mirror, journal);
        let below = lines.len().min(below(&lines, good));
        let (lines, beyond) = lines.split_at_checked(below).unwrap_or((&lines, &[]));
        if lines.is_empty() {
            return no(BEYOND);
        }
        let before = first_branch(&mirror, journal);
        let kept = mirror.take(lines, &vouched, certificate);
        let after = first_branch(&mirror, journal);
        drop(mirror);
        match kept {
            Ok(Kept::Gap) => (Say::Held { gap: true }, None),
            // What counts is kept, and the rest is not asked for again.
            Ok(Kept::Held) if !beyond.is_empty() => {
                (Say::No { text: BEYOND.to_owned() }, news(lines, before, after))
            }
            Ok(Kept::Held) => (Say::Held { gap: false }, news(lines, before, after)),
            Ok(Kept::Forked) => {
                self.warn_fork(journal);
                (Say::Held { gap: false }, news(lines, before, after))
            }
            Err(why) => {
                tracing::warn!(%why, from = %self.register, %journal, "records were refused");
                no(&why.to_string())
            }
        }
    }

    /// Of a journal that is not known here yet, keys whose word counts for any of it.
    fn trusted(&self, mut keys: Vec<PublicKey>, journal: JournalId) -> Vec<PublicKey> {
        let revoked = self.hub.copies.revoked();
        keys.retain(|key| revoked.counts(key, journal.epoch, Seq(0)));
        keys
    }

    /// How long a journal is good, by its key where it is kept here already.
    fn good_length(&self, mirror: &Mirror, journal: JournalId) -> Option<Seq> {
        let revoked = self.hub.copies.revoked();
        let known = mirror.branches().iter().find(|branch| branch.journal == journal);
        let by_key = known.and_then(|branch| revoked.length(&branch.key, journal.epoch));
        by_key.or_else(|| revoked.length_named(&journal))
    }

    fn take_sealed(&self, journal: &JournalName, rows: &[SealedRow]) -> Say {
        let no = |text: &str| Say::No { text: text.to_owned() };
        let Ok(journal) = journal.id() else { return no("no journal has that name") };
        if rows.len() > wire::SEALED_ROWS_MAX {
            return no("too many rows at once");
        }
        // What its own register did not sign could keep central from ever taking the real one.
        let branch =
            lock(&self.hub.mirror).branches().iter().find(|b| b.journal == journal).cloned();
        let Some(branch) = branch else { return no("its journal is not known here") };
        let row = |row: &SealedRow| {
            if row.message.len() > wire::SEALED_LEN_MAX || Seq(row.seq) >= branch.next_seq {
                return None;
            }
            let sealed = Sealed::split(row.message.as_bytes()).ok()?;
            let said: SealedRows = sealed.open(Domain::SealedData, &branch.key).ok()?;
            let one = said.rows.first().filter(|_| said.rows.len() == 1)?;
            let same = said.journal.id().ok() == Some(journal)
                && one.commitment == row.commitment
                && one.seq == row.seq;
            same.then_some(())?;
            Some(MirroredSeal {
                commitment: Commitment(from_hex(&row.commitment)?),
                epoch: journal.epoch,
                seq: Seq(row.seq),
                day: BusinessDate::parse(&row.day).ok()?,
                message: row.message.clone().into_bytes(),
            })
        };
        let Some(rows) = rows.iter().map(row).collect::<Option<Vec<_>>>() else {
            return no("these are no sealed rows");
        };
        match lock(&self.hub.mirror).keep_sealed(&rows) {
            Ok(()) => Say::SealedHeld,
            Err(why) => no(&why.to_string()),
        }
    }

    /// Two records at one place: one of two machines that both think they are that register.
    fn warn_fork(&self, journal: JournalId) {
        tracing::error!(%journal, "a journal forked; both branches are kept");
        self.hub.warn(
            journal,
            words!("Register {} recorded two different sales at one place.", journal.register.0),
            words!(
                "Both are kept. Its disk was copied or put back: let it sell no more, and call IT."
            ),
        );
    }
}

/// How many of these lines lie below a length.
fn below(lines: &[&[u8]], good: Option<Seq>) -> usize {
    let Some(good) = good else { return usize::MAX };
    let counts = |line: &&&[u8]| Envelope::read(line).is_ok_and(|read| read.header.seq < good);
    lines.iter().take_while(counts).count()
}

fn first_branch(mirror: &crate::ledger::Mirror, journal: JournalId) -> Seq {
    let branch = mirror.branches().iter().find(|branch| branch.journal == journal);
    branch.map_or(Seq(0), |branch| branch.next_seq)
}

/// What the book has not heard yet: what made the first branch longer.
fn news(lines: &[&[u8]], before: Seq, after: Seq) -> Option<News> {
    let read = |line: &&[u8]| -> Option<(Origin, Event)> {
        let envelope = Envelope::read(line).ok()?;
        let event = envelope.event().ok()?;
        Some((envelope.header.origin(), event))
    };
    let new: Vec<(Origin, Event)> = lines
        .iter()
        .filter_map(read)
        .filter(|(origin, _)| (before..after).contains(&origin.at_record.seq))
        .collect();
    let epochs_alike = |epoch: Epoch| new.iter().all(|(o, _)| o.at_record.epoch == epoch);
    let one_journal = new.first().is_some_and(|(o, _)| epochs_alike(o.at_record.epoch));
    one_journal.then_some(News::Records(new))
}

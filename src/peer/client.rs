//! The line to one peer: finds it, brings it what it lacks, and tells `Copies` what it holds.
//!
//! ```text
//!  connect ─ hello ─▶ have/want ─▶ records ... ─▶ wait for a record, or a second ─┐
//!     ▲                  ▲───────────────────────────────────────────────────────┘
//!     │        now and then: show me that record ─▶ shown, or it counts as no copy
//!     └── trouble: the peer is not seen any more; again after a growing pause ────
//! ```

use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use super::offer::{Offer, Offers};
use super::proof::proof;
use super::wire::{self, AccountAsked, Ask, FRAME_LEN_MAX, Head, Limited, Say, SealedRow};
use super::{Hub, News, lock, packs, tls};
use crate::domain::ids::{JournalId, RegisterNo, Seq};
use crate::domain::words::words;
use crate::journal::hash::{Hash, to_hex};
use crate::journal::key::PublicKey;
use crate::ledger::{LedgerError, Mark};
use crate::sync::wire::JournalName;

pub(super) const CONNECT_WAIT: Duration = Duration::from_secs(1);
pub(super) const ANSWER_WAIT_MS: u64 = 3_000;
/// An answer within this time is what a sale waits for.
const IN_TIME_MS: u64 = 150;
/// How often a peer is asked what it lacks while nothing is recorded here.
const LOOK: Duration = Duration::from_millis(500);
/// While the own ledger is not open yet.
const NO_LEDGER: Duration = Duration::from_millis(200);
/// How often a peer is asked to show a record; sooner while it owes one.
const SHOW_EVERY_MS: u64 = 30_000;
const OWED_EVERY_MS: u64 = 2_000;
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(3);

/// Carries a question to the other side, and its answer back.
pub(super) trait Talk {
    /// Asks, and waits for the answer and the lines behind it.
    fn ask(&mut self, ask: &Ask, lines: &[Vec<u8>]) -> std::io::Result<(Say, Vec<Vec<u8>>)>;

    /// The key that the other side proved.
    fn key(&self) -> Option<PublicKey>;
}

/// Over the network.
pub(super) struct OverTls(pub(super) StreamOwned<ClientConnection, Limited>);

impl Talk for OverTls {
    fn ask(&mut self, ask: &Ask, lines: &[Vec<u8>]) -> std::io::Result<(Say, Vec<Vec<u8>>)> {
        self.0.sock.within(ANSWER_WAIT_MS);
        wire::send(&mut self.0, ask, lines)?;
        wire::receive(&mut self.0, FRAME_LEN_MAX)
    }

    fn key(&self) -> Option<PublicKey> {
        tls::key_of(self.0.conn.peer_certificates())
    }
}

/// Why a line ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("no address answers")]
    NoAnswer,
    #[error(transparent)]
    Line(#[from] std::io::Error),
    #[error("what answered is not that register of this store")]
    Stranger,
    #[error("that register's key was revoked")]
    Revoked,
    #[error("it answered something else than was asked")]
    Confused,
    #[error("it refused: {0}")]
    Refused(String),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// A line to a peer that said who it is.
pub(super) struct Line<'a> {
    pub(super) hub: &'a Hub,
    peer: RegisterNo,
    refused: Vec<JournalId>,
    /// It can be asked about packs; when it was asked last.
    packs: bool,
    told_ms: Option<u64>,
    /// It can be asked to show records; when it was asked last.
    shows: bool,
    shown_ms: Option<u64>,
    /// It can be asked for central's note about revoked keys; when it was asked last.
    revoked: bool,
    noted_ms: Option<u64>,
    /// It can be asked for lines of this register; what it said to hold, and whether it showed it.
    pub(super) gives: bool,
    pub(super) ahead: Vec<(Mark, bool)>,
    pub(super) talk: Box<dyn Talk + 'a>,
}

/// Keeps a line to a register until all ends.
pub(super) fn run(hub: &Hub, peer: RegisterNo) {
    let mut pause = PAUSE_FIRST;
    while !hub.copies.stopped() {
        let mut met = false;
        let ended = call(hub, peer, &mut met);
        if hub.copies.lost(peer) {
            (hub.hear)(News::Lamp);
        }
        if let Some(carrier) = &hub.packs {
            carrier.sees(peer, false);
        }
        if let Err(why) = ended {
            tracing::debug!(%peer, %why, "the line to a peer ended");
            // Its copies were believed by a key that is trusted no longer.
            if matches!(why, Ended::Revoked) && hub.copies.distrusted(peer) {
                (hub.hear)(News::Lamp);
            }
        }
        pause = if met { PAUSE_FIRST } else { pause.saturating_mul(2).min(PAUSE_MAX) };
        hub.copies.pause(pause);
    }
}

fn call(hub: &Hub, peer: RegisterNo, met: &mut bool) -> Result<(), Ended> {
    let mut line = Line::connect(hub, peer)?;
    *met = true;
    // Not there yet while the till is still opening it.
    let offers = loop {
        match Offers::open(hub) {
            Ok(offers) => break offers,
            Err(_) if !hub.copies.stopped() => hub.copies.pause(NO_LEDGER),
            Err(why) => return Err(why.into()),
        }
    };
    let (mut known, mut asked, mut first) = (0, 0, true);
    while !hub.copies.stopped() {
        let cursor = line.bring_all(&offers, std::mem::replace(&mut first, false))?;
        // What is recorded now goes at once; everything else is looked at twice a second.
        let (mut recorded, mut cursor) = (line.wait_for_news(known, &mut asked)?, cursor);
        while recorded != known && !hub.copies.stopped() {
            known = recorded;
            if let Some((offer, next)) = &mut cursor {
                line.bring_new(&offers, offer, next)?;
            }
            recorded = line.wait_for_news(known, &mut asked)?;
        }
        if let Some((offer, upto)) = &cursor {
            line.see_shown(&offers, offer, *upto, (known, asked))?;
        }
        line.hear_revoked()?;
        line.carry_packs(known, asked)?;
    }
    Ok(())
}

impl<'a> Line<'a> {
    fn connect(hub: &'a Hub, peer: RegisterNo) -> Result<Self, Ended> {
        let addresses = lock(&hub.addresses).get(&peer).cloned().unwrap_or_default();
        let sockets = addresses.iter().filter_map(|text| text.to_socket_addrs().ok()).flatten();
        let open = |address| TcpStream::connect_timeout(&address, CONNECT_WAIT).ok();
        let socket = sockets.filter_map(open).next().ok_or(Ended::NoAnswer)?;
        socket.set_nodelay(true)?;
        let limited = Limited::new(socket, std::sync::Arc::clone(&hub.clock), ANSWER_WAIT_MS);
        // A name is asked for by the library and means nothing here: keys are what is compared.
        let name = ServerName::try_from("peer.tideover.invalid").map_err(|_| Ended::Confused)?;
        let connection = ClientConnection::new(std::sync::Arc::clone(&hub.tls.client), name)?;
        Self::greet(hub, peer, Box::new(OverTls(StreamOwned::new(connection, limited))))
    }

    /// Begins a line: both say who they are, and this side looks whether it is that register.
    pub(super) fn greet(
        hub: &'a Hub,
        peer: RegisterNo,
        talk: Box<dyn Talk + 'a>,
    ) -> Result<Self, Ended> {
        let mut line = Self {
            hub,
            peer,
            refused: Vec::new(),
            packs: false,
            told_ms: None,
            shows: false,
            shown_ms: None,
            revoked: false,
            noted_ms: None,
            gives: false,
            ahead: Vec::new(),
            talk,
        };
        let Say::Hello(hello) = line.ask(&Ask::Hello(hub.hello()), &[])? else {
            return Err(Ended::Confused);
        };
        line.see_trusted()?;
        if hub.admits(line.talk.key(), &hello) != Some(peer) {
            return Err(Ended::Stranger);
        }
        line.seen(None, true);
        line.packs = hello.packs;
        line.shows = hello.shows;
        line.revoked = hello.revoked;
        line.gives = hello.gives;
        if let Some(carrier) = hub.packs.as_ref().filter(|_| hello.packs) {
            carrier.sees(peer, true);
        }
        Ok(line)
    }

    /// Ends a line to a key that was revoked meanwhile.
    fn see_trusted(&self) -> Result<(), Ended> {
        let revoked = self.hub.copies.revoked();
        match self.talk.key() {
            Some(key) if revoked.is_revoked(&key) => Err(Ended::Revoked),
            _ => Ok(()),
        }
    }

    /// Waits for records to bring. A question about an account goes first: a cashier waits.
    fn wait_for_news(&mut self, known: u64, asked: &mut u64) -> Result<u64, Ended> {
        let recorded = self.hub.copies.wait_for_news(known, *asked, LOOK);
        if let Some((number, account)) = self.hub.copies.question(*asked) {
            *asked = number;
            match self.ask(&Ask::Account(AccountAsked::clone(&account)), &[]) {
                Ok(Say::Account(seen)) => self.hub.copies.replied(self.peer, number, seen),
                // An older program does not know the question.
                Err(Ended::Refused(why)) => tracing::debug!(%why, "an account was not told"),
                Ok(_) => return Err(Ended::Confused),
                Err(why) => return Err(why),
            }
        }
        Ok(recorded)
    }

    /// Brings everything the peer lacks; gives how far it then holds the journal in use.
    pub(super) fn bring_all(
        &mut self,
        offers: &Offers<'_>,
        first: bool,
    ) -> Result<Option<(Offer, Seq)>, Ended> {
        self.see_trusted()?;
        let given_up = |offer: &Offer| matches!(offer, Offer::Own(_)) && !offer.in_use();
        let all: Vec<Offer> = offers
            .all()?
            .into_iter()
            .filter(|offer| offer.journal().register != self.peer)
            .filter(|offer| !self.refused.contains(&offer.journal()))
            // A given-up journal grows no more, and reading its end takes a while.
            .filter(|offer| first || !given_up(offer))
            .take(wire::JOURNALS_MAX)
            .collect();
        let journals = all.iter().map(|offer| JournalName::of(&offer.journal())).collect();
        let Say::Want { held } = self.ask(&Ask::Have { journals }, &[])? else {
            return Err(Ended::Confused);
        };
        if held.len() != all.len() {
            return Err(Ended::Confused);
        }
        let mut cursor = None;
        for (offer, held) in all.into_iter().zip(held) {
            let (next, head) = match offers.head(&offer) {
                Ok(head) => head,
                Err(why) if !offer.in_use() => {
                    tracing::warn!(%why, "a journal is not brought");
                    continue;
                }
                Err(why) => return Err(why.into()),
            };
            if next == Seq(0) {
                continue;
            }
            if offer.in_use() {
                self.see_ahead(offers, &offer, next, &held)?;
            }
            let from = match self.lacks_from(offers, &offer, (next, head), &held) {
                Err(Ended::Line(why)) => return Err(why.into()),
                // One journal that can't be brought does not hold up the others.
                Err(why) => {
                    tracing::debug!(%why, "a journal is not brought");
                    continue;
                }
                Ok(from) => from,
            };
            let mut upto = from;
            match self.bring(offers, &offer, &mut upto) {
                Ok(()) => {}
                Err(Ended::Refused(why)) => {
                    tracing::debug!(peer = %self.peer, %why, "records were refused");
                    // Not offered again on this line; the own journal always is.
                    if !offer.in_use() {
                        self.refused.push(offer.journal());
                    }
                    continue;
                }
                Err(why) => return Err(why),
            }
            if first || from < upto {
                // After a pause all of it: rows may have been lost with the line.
                let from = if first { Seq(0) } else { from };
                match self.bring_sealed(offers, &offer, from) {
                    Err(Ended::Refused(why)) => {
                        tracing::warn!(peer = %self.peer, %why, "sealed data was refused");
                    }
                    brought => brought?,
                }
            }
            if offer.in_use() {
                self.seen(Some((offer.journal().epoch, upto)), true);
                cursor = Some((offer, upto));
            }
        }
        Ok(cursor)
    }

    /// The first record of a journal that the peer lacks.
    fn lacks_from(
        &mut self,
        offers: &Offers<'_>,
        offer: &Offer,
        (next, head): (Seq, Hash),
        held: &[Head],
    ) -> Result<Seq, Ended> {
        let mut best = None;
        for theirs in held {
            let at = Seq(theirs.next_seq);
            let same = match at.0.checked_sub(1) {
                Some(last) if at <= next => {
                    let ours = offers.hash_at(offer, Seq(last))?;
                    ours.is_some_and(|ours| ours.to_string() == theirs.head)
                }
                _ => at == Seq(0),
            };
            if same {
                best = best.max(Some(at));
            }
        }
        if let Some(best) = best {
            return Ok(best);
        }
        let Some(first) = held.first() else { return Ok(Seq(0)) };
        // It holds more than there is here, or something else: where did the two part?
        let journal = JournalName::of(&offer.journal());
        let last = Seq(next.0.saturating_sub(1));
        if first.next_seq > next.0 && self.hash_there(&journal, last)? == Some(head) {
            if offer.in_use() && !self.showed_ahead() {
                self.warn_behind(offer, first.next_seq.saturating_sub(next.0));
            }
            return Ok(next);
        }
        let (mut same, mut other) = (0, first.next_seq.min(next.0));
        while same < other {
            let middle = same.saturating_add(other.saturating_sub(same) / 2);
            let ours = offers.hash_at(offer, Seq(middle))?;
            if ours.is_some() && ours == self.hash_there(&journal, Seq(middle))? {
                same = middle.saturating_add(1);
            } else {
                other = middle;
            }
        }
        Ok(Seq(same))
    }

    fn hash_there(&mut self, journal: &JournalName, seq: Seq) -> Result<Option<Hash>, Ended> {
        let ask = Ask::HashAt { journal: journal.clone(), seq: seq.0 };
        match self.ask(&ask, &[])? {
            Say::Hash { hash } => Ok(hash.as_deref().and_then(Hash::parse)),
            _ => Err(Ended::Confused),
        }
    }

    /// Brings the records of a journal from a place on; moves the place as far as they are held.
    fn bring(&mut self, offers: &Offers<'_>, offer: &Offer, next: &mut Seq) -> Result<(), Ended> {
        let certificate = match offer {
            Offer::Own(_) => None,
            Offer::Mirrored(branch) => branch.certificate.clone(),
        };
        loop {
            let lines = offers.lines(offer, *next, wire::RECORDS_MAX, wire::LINES_LEN_AIM)?;
            if lines.is_empty() {
                return Ok(());
            }
            let count = u64::try_from(lines.len()).unwrap_or(0);
            let lines: Vec<Vec<u8>> = lines.into_iter().map(|line| line.into_bytes()).collect();
            let ask = Ask::Records { certificate: certificate.clone() };
            let began = self.hub.clock.mono_ms();
            let said = self.ask(&ask, &lines)?;
            let in_time = self.hub.clock.mono_ms().saturating_sub(began) <= IN_TIME_MS;
            match said {
                Say::Held { gap: false } => {}
                Say::Held { gap: true } => return Ok(()),
                _ => return Err(Ended::Confused),
            }
            *next = Seq(next.0.saturating_add(count));
            if offer.in_use() {
                self.seen(Some((offer.journal().epoch, *next)), in_time);
            }
        }
    }

    /// What was recorded a moment ago.
    fn bring_new(
        &mut self,
        offers: &Offers<'_>,
        offer: &Offer,
        next: &mut Seq,
    ) -> Result<(), Ended> {
        let from = *next;
        self.bring(offers, offer, next)?;
        if from < *next { self.bring_sealed(offers, offer, from) } else { Ok(()) }
    }

    fn bring_sealed(&mut self, offers: &Offers<'_>, offer: &Offer, from: Seq) -> Result<(), Ended> {
        let rows = offers.sealed(offer, from)?;
        for rows in rows.chunks(wire::SEALED_ROWS_MAX) {
            let journal = JournalName::of(&offer.journal());
            let rows = rows.iter().map(|row| SealedRow {
                commitment: to_hex(&row.commitment.0),
                seq: row.seq.0,
                day: row.day.to_string(),
                message: String::from_utf8_lossy(&row.message).into_owned(),
            });
            match self.ask(&Ask::Sealed { journal, rows: rows.collect() }, &[])? {
                Say::SealedHeld => {}
                _ => return Err(Ended::Confused),
            }
        }
        Ok(())
    }

    /// Asks the peer to show a record of the journal in use that it said it holds: one that
    /// nobody could foresee, or the one it owes. Not while a sale or a question waits.
    fn see_shown(
        &mut self,
        offers: &Offers<'_>,
        offer: &Offer,
        upto: Seq,
        (known, asked): (u64, u64),
    ) -> Result<(), Ended> {
        let hub = self.hub;
        let Some(nonces) = hub.nonces.as_ref().filter(|_| self.shows) else { return Ok(()) };
        let (now_ms, epoch) = (hub.clock.mono_ms(), offer.journal().epoch);
        let every = if hub.copies.is_doubted(self.peer) { OWED_EVERY_MS } else { SHOW_EVERY_MS };
        if self.shown_ms.is_some_and(|asked| now_ms.saturating_sub(asked) < every)
            || self.somebody_waits(known, asked)
        {
            return Ok(());
        }
        let Some((nonce, anywhere)) = nonces.draw(upto) else { return Ok(()) };
        let owed = hub.copies.doubted(self.peer, epoch).filter(|seq| *seq < upto);
        let seq = owed.unwrap_or(anywhere);
        let Some(line) = offers.lines(offer, seq, 1, usize::MAX)?.into_iter().next() else {
            return Ok(());
        };
        self.shown_ms = Some(now_ms);
        let journal = JournalName::of(&offer.journal());
        let ask = Ask::Show { journal, seq: seq.0, nonce: nonce.to_text() };
        let right = match self.ask(&ask, &[]) {
            Ok(Say::Shown { proofs }) => {
                proofs.contains(&proof(self.peer, nonce, line.bytes()).to_string())
            }
            Ok(_) => return Err(Ended::Confused),
            // It refuses to show what it said it keeps.
            Err(Ended::Refused(_)) => false,
            Err(why) => return Err(why),
        };
        if hub.copies.shown(self.peer, (epoch, seq), right) {
            (hub.hear)(News::Lamp);
            if !right {
                hub.warn_doubted(self.peer);
            }
        }
        Ok(())
    }

    fn somebody_waits(&self, known: u64, asked: u64) -> bool {
        let recorded = self.hub.copies.wait_for_news(known, u64::MAX, Duration::ZERO);
        recorded != known || self.hub.copies.question(asked).is_some()
    }

    /// Asks for central's note about revoked keys: a register without a line to central hears of it
    /// by one that has one.
    fn hear_revoked(&mut self) -> Result<(), Ended> {
        let now_ms = self.hub.clock.mono_ms();
        let due = |asked: u64| now_ms.saturating_sub(asked) >= packs::TOLD_EVERY_MS;
        if !self.revoked || !self.noted_ms.is_none_or(due) {
            return Ok(());
        }
        self.noted_ms = Some(now_ms);
        let decided = self.hub.copies.decided();
        match self.talk.ask(&Ask::Revoked { decided }, &[])? {
            (Say::Revoked, lines) => {
                if let Some(note) = packs::joined(&lines) {
                    (self.hub.hear)(News::Revoked(note));
                }
                Ok(())
            }
            _ => Err(Ended::Confused),
        }
    }

    /// Asks which pack the peer was told of, and takes of it what is wanted here. The next record
    /// or question ends it; it goes on after that.
    fn carry_packs(&mut self, known: u64, asked: u64) -> Result<(), Ended> {
        let Some(carrier) = self.hub.packs.clone().filter(|_| self.packs) else { return Ok(()) };
        let now_ms = self.hub.clock.mono_ms();
        let due = |asked: u64| now_ms.saturating_sub(asked) >= packs::TOLD_EVERY_MS;
        if self.told_ms.is_none_or(due) {
            self.told_ms = Some(now_ms);
            if let Some(text) = self.ask_bytes(&Ask::PackTold)? {
                carrier.told(&text);
            }
        }
        for _ in 0..packs::PIECES_A_TURN {
            let somebody_waits = self.somebody_waits(known, asked);
            let Some((sha256, from)) = carrier.wanted().filter(|_| !somebody_waits) else { break };
            let ask = Ask::PackPiece { sha256: sha256.clone(), from };
            let Some(bytes) = self.ask_bytes(&ask)? else { break };
            carrier.took(&sha256, from, &bytes);
        }
        Ok(())
    }

    fn ask_bytes(&mut self, ask: &Ask) -> Result<Option<Vec<u8>>, Ended> {
        match self.talk.ask(ask, &[])? {
            (Say::PackTold | Say::PackPiece, lines) => Ok(packs::joined(&lines)),
            _ => Err(Ended::Confused),
        }
    }

    fn ask(&mut self, ask: &Ask, lines: &[Vec<u8>]) -> Result<Say, Ended> {
        match self.talk.ask(ask, lines)?.0 {
            Say::No { text } => Err(Ended::Refused(text)),
            said => Ok(said),
        }
    }

    fn seen(&self, held: Option<(crate::domain::ids::Epoch, Seq)>, in_time: bool) {
        if self.hub.copies.answered(self.peer, held, in_time) {
            (self.hub.hear)(News::Lamp);
        }
    }

    /// A peer holds records of the journal in use that are not here: this disk was put back.
    fn warn_behind(&self, offer: &Offer, more: u64) {
        self.hub.warn(
            offer.journal(),
            words!(
                "Register {} holds {} records of this register that are not here any more.",
                self.peer.0,
                more
            ),
            words!(
                "No sale is lost: they are kept there. Sell on another register and call IT before \
                 this one sells again: its disk was put back to an earlier state. \
                 'tideover recover --from peer' brings them back."
            ),
        );
    }
}

//! The store's other registers, as the till uses them: settings, the second copy, what they tell.
//!
//! ```json
//!  "peers": {"listen": "0.0.0.0:7450",
//!            "registers": [{"register": 2, "address": "192.0.2.12:7450", "key": "64 hex digits"}]}
//! ```
//!
//! Read apart from the other settings: what is wrong in it is said in the log and costs the second
//! copy at most, never the start.

use std::sync::Arc;

use serde::Deserialize;

use super::account_key::AccountKey;
use super::register::Register;
use super::revoked;
use super::settings::{DataDir, Settings};
use super::startup::signing_key;
use super::view::{NoticeKind, PeersView};
use super::worker::TillHandle;
use crate::device::clock::Clock;
use crate::device::entropy::{Entropy, SystemEntropy};
use crate::domain::book::cash::BagTwice;
use crate::domain::book::pickups::PickedUpTwice;
use crate::domain::book::slips::ResumedTwice;
use crate::domain::check::AccountNo;
use crate::domain::check::routing::Routing;
use crate::domain::event::Event;
use crate::domain::ids::{RecordRef, RegisterNo, Seq, StoreNo};
use crate::domain::tender::CheckNumber;
use crate::domain::time::BusinessDate;
use crate::domain::words::words;
use crate::journal::key::PublicKey;
use crate::ledger::{Mirror, MirrorReader, Reader};
use crate::peer::regain::RegainParts;
use crate::peer::{
    AccountAnswer, AccountAsked, AccountElsewhere, AccountSeen, Copies, Listed, News, PEERS_MAX,
    PackCarrier, PeerParts, Peers,
};

/// What the settings say of the other registers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PeerSettings {
    /// Where to listen.
    #[serde(default)]
    listen: Option<String>,
    /// The port others are told to call, where a router stands between.
    #[serde(default)]
    announce: Option<u16>,
    /// Who is called.
    #[serde(default)]
    registers: Vec<serde_json::Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PeerSetting {
    register: u16,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    key: Option<String>,
}

/// The listed registers; one that is written wrong is left out and told.
fn listed(settings: &PeerSettings) -> Vec<Listed> {
    let read = |value: &serde_json::Value| -> Result<Listed, String> {
        let peer: PeerSetting =
            serde_json::from_value(value.clone()).map_err(|why| why.to_string())?;
        let key = peer.key.as_deref().map(PublicKey::parse).transpose();
        let key = key.map_err(|why| why.to_string())?;
        Ok(Listed { register: RegisterNo(peer.register), address: peer.address, key })
    };
    let all = settings.registers.iter().take(PEERS_MAX).map(read);
    all.filter_map(|peer| {
        peer.inspect_err(|why| tracing::error!(%why, "a peer in the settings is left out")).ok()
    })
    .collect()
}

/// Where this register listens for others, and where they can be called, as the settings say it.
pub fn addresses(settings: &Settings) -> (Option<String>, Vec<Option<String>>) {
    let peers = settings.peers.clone().and_then(|peers| serde_json::from_value(peers).ok());
    let peers: PeerSettings = peers.unwrap_or_default();
    let called = listed(&peers).into_iter().map(|peer| peer.address).collect();
    (peers.listen, called)
}

/// What this register asks the others with for its own records; none where no others are in its
/// settings, or its key is not at hand.
pub fn regain_parts(
    data: &DataDir,
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Option<RegainParts> {
    let peers: PeerSettings = serde_json::from_value(settings.peers.clone()?).ok()?;
    let root = settings.central.as_ref().and_then(|c| PublicKey::parse(&c.ack_key).ok());
    Some(RegainParts {
        store: StoreNo(settings.store),
        register: RegisterNo(settings.register),
        key: Arc::new(signing_key(data, &SystemEntropy)?),
        certificate: data.certificate(),
        root,
        listed: listed(&peers),
        revoked: revoked::kept(data, settings).revoked,
        clock: Arc::clone(clock),
    })
}

/// Begins to mirror, where the settings name peers; none where they don't, or it can't be done.
pub fn start(
    data: &DataDir,
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    entropy: &dyn Entropy,
    till: &TillHandle,
) -> Option<Peers> {
    start_carrying(data, settings, clock, entropy, till, None)
}

/// The same; what one register fetched of packs the others take from it.
pub fn start_carrying(
    data: &DataDir,
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    entropy: &dyn Entropy,
    till: &TillHandle,
    packs: Option<Arc<dyn PackCarrier>>,
) -> Option<Peers> {
    let peers: PeerSettings = serde_json::from_value(settings.peers.clone()?)
        .inspect_err(|why| tracing::error!(%why, "the peers in the settings are not right"))
        .ok()?;
    let key = signing_key(data, entropy)?;
    let root = settings.central.as_ref().and_then(|c| PublicKey::parse(&c.ack_key).ok());
    let copies = Arc::new(Copies::default());
    copies.revoked_are(revoked::kept(data, settings));
    let hear = till.clone();
    let (folder, own) = (data.clone(), settings.clone());
    let mut secret = [0; 32];
    let drawn = entropy.fill(&mut secret);
    let parts = PeerParts {
        store: StoreNo(settings.store),
        register: RegisterNo(settings.register),
        key: Arc::new(key),
        certificate: data.certificate(),
        root,
        listed: listed(&peers),
        listen: peers.listen,
        announce: peers.announce,
        place: data.place(settings),
        mirror_dir: data.mirror_dir(),
        clock: Arc::clone(clock),
        account: account_here(data, settings),
        secret: drawn.is_ok().then_some(secret),
        packs,
        hear: Box::new(move |news| match news {
            News::Revoked(note) => {
                if let Some(kept) = revoked::take(&folder, &own, &note) {
                    hear.keys_revoked(kept);
                }
            }
            news => hear.heard(news),
        }),
    };
    let started = Peers::start(parts, Arc::clone(&copies)).and_then(|peers| {
        let mirror = Mirror::open_to_read(&data.mirror_dir(), StoreNo(settings.store))?;
        till.peers_are(copies, mirror);
        Ok(peers)
    });
    started.inspect_err(|why| tracing::error!(error = %why, "no peers; selling goes on alone")).ok()
}

/// What this register took from an account, for another one that is about to take a check. The
/// account is put under this register's own key and forgotten.
fn account_here(data: &DataDir, settings: &Settings) -> AccountAnswer {
    let (path, place) = (data.account_key_path(), data.place(settings));
    Box::new(move |asked| {
        let routing = Routing::parse(&asked.routing).ok()?;
        let account = AccountNo::parse(&asked.account)?;
        let number = CheckNumber::parse(&asked.number).ok()?;
        let day = BusinessDate::parse(&asked.day).ok()?;
        // No key: no check was taken here in this outage.
        let Some(key) = AccountKey::of_file(path.clone()) else {
            return Some(AccountSeen::default());
        };
        let tag = key.tag(routing, &account)?;
        let reader = Reader::open(&place).ok()?;
        let (taken, same) = reader.account_seen(tag, &number, day).ok()?;
        Some(AccountSeen { count: taken.count, sum: taken.sum.minor(), same: same.is_some() })
    })
}

impl Register {
    /// What the other registers took from the account of the check being taken.
    pub(super) fn account_elsewhere(&self, asked: AccountAsked) -> AccountElsewhere {
        self.copies.as_ref().map(|copies| copies.ask_account(asked)).unwrap_or_default()
    }

    /// Takes the line to the other registers.
    pub fn peers_are(&mut self, copies: Arc<Copies>, mirror: MirrorReader) {
        // What was heard while the lines were set up.
        if self.trust.kept.decided.is_some() {
            copies.revoked_are(self.trust.kept.clone());
        }
        (self.copies, self.mirror) = (Some(copies), Some(mirror));
        self.tell_peers();
    }

    /// Takes what they told.
    pub fn heard(&mut self, news: News) {
        match news {
            News::Records(records) => {
                let before = self.book.slips.resumed_twice().len();
                let claims = records.iter().any(|(_, event)| matches!(event, Event::Pickup(_)));
                let known = if claims { self.book.pickups.picked_up_twice() } else { Vec::new() };
                // Most news is sales: bags are looked through only where cash was moved.
                let moved = records.iter().any(|(_, event)| {
                    matches!(event, Event::CashMovement { movement, .. } if movement.bag.is_some())
                });
                let bags = if moved { self.book.cash.bags_twice() } else { Vec::new() };
                let cards = self.book.card_pending.disputed();
                for (origin, event) in &records {
                    self.book.take(origin, event);
                }
                let disputed = self.book.card_pending.disputed();
                if let Some(case) = disputed.iter().find(|case| !cards.contains(case)) {
                    self.say_card_disputed(*case);
                }
                let twice = self.book.slips.resumed_twice();
                if let Some(twice) = twice.get(before..).and_then(|new| new.first()) {
                    self.say_resumed_twice(twice);
                }
                if claims {
                    let all = self.book.pickups.picked_up_twice();
                    if let Some(twice) = all.into_iter().find(|one| !known.contains(one)) {
                        self.say_picked_up_twice(&twice);
                    }
                }
                if moved {
                    let now = self.book.cash.bags_twice();
                    if let Some(twice) = now.iter().find(|twice| !bags.contains(twice)) {
                        self.say_bag_twice(twice);
                    }
                }
            }
            News::Known(records) => {
                for (origin, event) in &records {
                    self.book.take(origin, event);
                }
            }
            // Taken where it is heard: what is kept of it lies in a file.
            News::Lamp | News::Revoked(_) => {}
            News::Warning { text, remedy } => self.say(NoticeKind::Attention, text, remedy),
        }
    }

    fn say_bag_twice(&mut self, twice: &BagTwice) {
        let registers: Vec<String> = twice.registers.iter().map(ToString::to_string).collect();
        self.say(
            NoticeKind::Attention,
            words!("Bag {} was used at registers {}", twice.bag.as_str(), registers.join(", ")),
            words!("One of the numbers is wrong. Both drops are recorded; tell a lead."),
        );
    }

    fn say_resumed_twice(&mut self, twice: &ResumedTwice) {
        // By their numbers: people know them by these, and journals stand in no order.
        let mut registers: Vec<RegisterNo> =
            twice.by.iter().map(|(register, _)| *register).collect();
        registers.sort_unstable();
        let registers: Vec<String> = registers.iter().map(ToString::to_string).collect();
        self.say(
            NoticeKind::Attention,
            words!(
                "Number {} went on at registers {}, while they could not see each other.",
                twice.slip,
                registers.join(", ")
            ),
            words!("If it was paid at both, one of the two sales is to be voided. Tell a manager."),
        );
    }

    fn say_card_disputed(&mut self, case: RecordRef) {
        let slip = self.book.card_pending.of(case).map_or(0, |pending| pending.slip);
        self.say(
            NoticeKind::Attention,
            words!("Number {} ended in two ways, at registers that could not see each other", slip),
            words!("The customer may have paid twice. Tell a manager; central lists it."),
        );
    }

    fn say_picked_up_twice(&mut self, twice: &PickedUpTwice) {
        let registers: Vec<String> = twice.registers.iter().map(ToString::to_string).collect();
        self.say(
            NoticeKind::Attention,
            words!(
                "Order {} was handed over at registers {}, while they could not see each other.",
                twice.order.as_str(),
                registers.join(", ")
            ),
            words!("The goods left twice and were paid once. Tell a manager; central lists it."),
        );
    }

    /// A record is committed: the lines may bring it.
    pub(super) fn tell_peers(&self) {
        if let Some(copies) = &self.copies {
            copies.recorded();
        }
    }

    /// Waits for a second copy of a sale, at most 150 ms. It is committed already, whatever comes
    /// of this.
    pub(super) fn wait_for_copy(&self, seq: Seq) {
        if let Some(copies) = &self.copies {
            copies.wait_for(self.ledger.chain().journal.epoch, seq);
        }
    }

    /// The lamp.
    pub(super) fn peers_view(&self) -> Option<PeersView> {
        let chain = self.ledger.chain();
        let seen = self.copies.as_ref()?.seen(chain.journal.epoch, chain.next_seq);
        let copies = seen.holding.len().saturating_add(1);
        (seen.known > 0).then_some(PeersView { known: seen.known, seen: seen.seen, copies })
    }
}

//! What a register makes of manifests and files, whoever brings them: each refusal in words, and
//! selling goes on by what is there.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tideover::device::clock::{Clock as _, SimulatedClock};
use tideover::domain::ids::RegisterNo;
use tideover::domain::price_news::{PriceNews, PriceRefusal};
use tideover::domain::time::Timestamp;
use tideover::pack::{PackSigner, Shelf, StoreManifest, Voucher};
use tideover::peer::PackCarrier as _;
use tideover::register::pack_desk::PackDesk;

use super::{Office, STORE, price_in};

const PATIENCE_MS: u64 = 300_000;
const DAY_MS: u32 = 86_400_000;

/// A register's shelf and its desk, on a clock of its own.
struct Till {
    folder: tempfile::TempDir,
    clock: SimulatedClock,
    signer: PackSigner,
    desk: PackDesk,
}

impl Till {
    /// One that sells by the office's first pack.
    fn of(office: &Office) -> Self {
        Self::with(office, Some("20261122-1"))
    }

    fn with(office: &Office, version: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // The program that publishes reads the machine's clock.
        let clock = SimulatedClock::at(
            tideover::device::clock::SystemClock::new(Some("America/Chicago")).now(),
        );
        let desk = desk(folder.path(), office, &clock);
        let till = Self { folder, clock, signer: office.signer(), desk };
        if let Some(version) = version {
            let file = office.pack(version, "0.59");
            till.shelf().apply(&file, &till.signer.public(), STORE).expect("applied");
        }
        till
    }

    fn shelf(&self) -> Shelf {
        Shelf::open(self.folder.path()).expect("a shelf")
    }

    fn version(&self) -> String {
        self.desk.current().map_or_else(|| "none".to_owned(), |pack| pack.version().to_string())
    }

    /// The register is started again.
    fn restarts(&mut self, office: &Office) {
        self.desk = desk(self.folder.path(), office, &self.clock);
    }

    fn hears(&self, text: &[u8]) {
        self.desk.hear(text, Some(0));
    }

    /// Fetches what is wanted as central gives it, in pieces of so many bytes.
    fn fetches(&self, office: &Office, piece: u64) -> u64 {
        let mut fetched = 0;
        while let Some((sha256, from, left)) = self.desk.from_central() {
            let object = office.object(&sha256);
            let from_at = usize::try_from(from).expect("fits");
            let most = usize::try_from(left.min(piece)).expect("fits");
            let bytes = &object[from_at..from_at + most];
            self.desk.took_piece(&sha256, from, bytes, false);
            fetched += left.min(piece);
            self.desk.finish();
        }
        fetched
    }

    fn refused(&self) -> Option<PriceRefusal> {
        self.desk.news().into_iter().find_map(|news| match news {
            PriceNews::Refused { why } => Some(why),
            _ => None,
        })
    }
}

fn desk(folder: &Path, office: &Office, clock: &SimulatedClock) -> PackDesk {
    let shelf = Shelf::open(folder).expect("a shelf");
    let key = office.signer().public();
    PackDesk::new(shelf, key, (STORE, RegisterNo(2)), Arc::new(clock.clone()), PATIENCE_MS)
}

/// A manifest that is signed anew after a change.
fn changed(office: &Office, change: impl FnOnce(&mut StoreManifest)) -> Vec<u8> {
    let (mut manifest, _) = office.manifest();
    change(&mut manifest);
    manifest.sign(&office.signer()).expect("signed")
}

#[test]
fn a_delta_makes_the_same_bytes_and_a_wrong_one_goes_to_the_whole_pack() {
    let office = Office::new();
    office.publish(&office.pack("20261122-1", "0.59"), &[]);
    let next = office.pack("20261123-1", "0.69");
    let said = office.publish(&next, &[]);
    let (bytes, delta) = (&said["stores"][0]["bytes"], &said["stores"][0]["delta_bytes"]);
    assert!(delta.as_u64() < bytes.as_u64().map(|bytes| bytes / 2), "{said}");
    let (manifest, text) = office.manifest();

    let till = Till::of(&office);
    till.hears(&text);
    let fetched = till.fetches(&office, 1_000);
    assert_eq!(Some(fetched), delta.as_u64(), "no more than the delta");
    assert_eq!(till.version(), "20261123-1");
    let path = till.desk.current().expect("in use").path().to_owned();
    assert!(fs::read(path).expect("a pack") == fs::read(&next).expect("a pack"), "byte for byte");
    assert_eq!(till.desk.news(), []);

    // The same with a delta that somebody damaged: its digest is wrong, so the pack comes whole.
    let till = Till::of(&office);
    till.hears(&text);
    let (sha256, _, left) = till.desk.from_central().expect("wanted");
    assert_eq!(sha256, manifest.deltas[0].sha256);
    let mut damaged = office.object(&sha256);
    damaged[20] ^= 1;
    assert_eq!(u64::try_from(damaged.len()).expect("fits"), left);
    till.desk.took_piece(&sha256, 0, &damaged, false);
    till.desk.finish();
    assert_eq!(till.version(), "20261122-1", "nothing was taken");
    let (sha256, from, left) = till.desk.from_central().expect("wanted");
    assert_eq!((sha256, from, left), (manifest.full.sha256, 0, manifest.full.bytes));
    till.fetches(&office, 100_000);
    assert_eq!(till.version(), "20261123-1");
    // A register that lacks the earlier version asks for the whole pack at once.
    let new = Till::with(&office, None);
    new.hears(&text);
    assert_eq!(new.fetches(&office, 100_000), manifest.full.bytes);
    assert_eq!(new.version(), "20261123-1");
}

#[test]
fn what_was_fetched_before_the_program_ended_is_not_fetched_again() {
    let office = Office::new();
    office.publish(&office.pack("20261123-1", "0.69"), &[]);
    let (manifest, text) = office.manifest();
    let mut till = Till::of(&office);
    till.hears(&text);
    let half = usize::try_from(manifest.full.bytes / 2).expect("fits");
    let object = office.object(&manifest.full.sha256);
    till.desk.took_piece(&manifest.full.sha256, 0, &object[..half], false);
    till.restarts(&office);
    assert_eq!(till.desk.from_central(), None, "the manifest is believed once its pack is here");
    till.hears(&text);
    let (_, from, _) = till.desk.from_central().expect("wanted");
    assert_eq!(usize::try_from(from).expect("fits"), half);
    // Pieces that don't follow, and other files' pieces, change nothing.
    till.desk.took_piece(&manifest.full.sha256, 0, b"again", false);
    till.desk.took_piece(&"00".repeat(32), from, b"another", false);
    till.fetches(&office, 50_000);
    assert_eq!(till.version(), "20261123-1");
    // Now it is believed, also after the next start.
    till.restarts(&office);
    assert_eq!(till.desk.manifest(), Some(text));
}

#[test]
fn a_manifest_of_somebody_else_is_refused_in_words_and_selling_goes_on() {
    let (office, thief) = (Office::new(), Office::of(9));
    office.publish(&office.pack("20261123-1", "0.69"), &[]);
    thief.publish(&thief.pack("20261124-1", "9.99"), &[]);
    let till = Till::of(&office);
    till.hears(&thief.manifest().1);
    assert_eq!(till.refused(), Some(PriceRefusal::OtherKey));
    let other_store = changed(&office, |manifest| manifest.store = 1043);
    till.hears(&other_store);
    assert_eq!(till.refused(), Some(PriceRefusal::OtherStore));
    let (_, good) = office.manifest();
    till.hears(&good[..good.len() - 1]);
    assert_eq!(till.refused(), Some(PriceRefusal::Changed));
    let newer = changed(&office, |manifest| manifest.min_app = "99.0.0".to_owned());
    till.hears(&newer);
    assert_eq!(till.refused(), Some(PriceRefusal::NewerProgram));
    let expired = changed(&office, |m| m.expires = "2026-01-01T00:00:00.000+00:00".to_owned());
    till.hears(&expired);
    assert_eq!(till.refused(), Some(PriceRefusal::Expired));
    assert_eq!((till.version().as_str(), till.desk.from_central()), ("20261122-1", None));
    // Words for each, in a sentence with what to do.
    for news in till.desk.news() {
        assert!(!news.text().is_empty() && !news.remedy().is_empty(), "{news:?}");
    }
    // The right one is taken all the same, and nothing is said any more.
    till.hears(&good);
    till.fetches(&office, 100_000);
    assert_eq!((till.version().as_str(), till.refused()), ("20261123-1", None));
}

#[test]
fn an_older_manifest_is_refused_also_after_a_restart_and_a_new_key_begins_anew() {
    let office = Office::new();
    office.publish(&office.pack("20261122-1", "0.59"), &[]);
    let (_, old) = office.manifest();
    office.publish(&office.pack("20261123-1", "0.69"), &[]);
    let (_, new) = office.manifest();
    let mut till = Till::of(&office);
    till.hears(&new);
    till.fetches(&office, 100_000);
    till.hears(&old);
    assert_eq!(till.refused(), Some(PriceRefusal::RolledBack));
    till.restarts(&office);
    till.hears(&old);
    assert_eq!(till.refused(), Some(PriceRefusal::RolledBack), "remembered");
    assert_eq!(till.version(), "20261123-1");
    // A thief of the release key signed far into the future; the pack key vouches for another one.
    let release = PackSigner::from_seed(&[8; 32]).expect("a key");
    let until = Timestamp::parse("2030-01-01T00:00:00.000+00:00").expect("a time");
    let word = Voucher::sign(&release.public(), until, &office.signer()).expect("signed");
    let (mut manifest, _) = office.manifest();
    (manifest.key, manifest.voucher) = (release.public().to_string(), Some(word));
    till.hears(&manifest.sign(&release).expect("signed"));
    assert_eq!(till.refused(), None);
}

#[test]
fn a_pack_that_is_not_what_its_manifest_says_is_refused_and_fetched_again_later() {
    let office = Office::new();
    office.publish(&office.pack("20261123-1", "0.69"), &[]);
    let (manifest, text) = office.manifest();
    let till = Till::of(&office);
    till.hears(&text);
    let mut object = office.object(&manifest.full.sha256);
    object[5_000] ^= 1;
    till.desk.took_piece(&manifest.full.sha256, 0, &object, false);
    till.desk.finish();
    assert_eq!(till.refused(), Some(PriceRefusal::Changed));
    assert_eq!((till.version().as_str(), till.desk.from_central()), ("20261122-1", None));
    till.clock.advance_ms(61_000);
    till.fetches(&office, 100_000);
    assert_eq!((till.version().as_str(), till.refused()), ("20261123-1", None));

    // A manifest that names another file: its signature is right, and the pack's is not.
    let foreign = Office::of(9);
    let file = foreign.pack("20261124-1", "0.79");
    let bytes = fs::read(file).expect("a pack");
    let name = tideover::journal::hash::Hash::of_bytes(&bytes).to_string();
    fs::write(office.central().join("published/objects").join(&name), &bytes).expect("written");
    let len = u64::try_from(bytes.len()).expect("fits");
    till.hears(&changed(&office, |manifest| {
        manifest.issued = "2030-01-01T00:00:00.000+00:00".to_owned();
        manifest.expires = "2031-01-01T00:00:00.000+00:00".to_owned();
        manifest.fresh_until = manifest.expires.clone();
        manifest.version = "20261124-1".to_owned();
        (manifest.full.sha256, manifest.full.bytes) = (name, len);
    }));
    till.fetches(&office, 100_000);
    assert_eq!(till.refused(), Some(PriceRefusal::OtherKey));
    assert_eq!(till.version(), "20261123-1");
}

#[test]
fn nothing_heard_for_too_long_is_said_as_an_age() {
    let office = Office::new();
    office.publish(&office.pack("20261123-1", "0.69"), &[]);
    let till = Till::of(&office);
    till.hears(&office.manifest().1);
    till.fetches(&office, 100_000);
    assert_eq!(till.desk.news(), []);
    till.clock.advance_ms(3 * DAY_MS);
    let news = till.desk.news();
    assert!(matches!(news[..], [PriceNews::Frozen { hours: 71..=72 }]), "{news:?}");
    assert_eq!(till.version(), "20261123-1", "and sold by all the same");
    // Published again, the same pack is fresh again.
    office.publish(&office.at("1042-20261123-1.pack"), &["--fresh-hours", "300"]);
    till.hears(&office.manifest().1);
    assert_eq!(till.desk.news(), []);
}

#[test]
fn prices_of_tomorrow_are_ready_today_and_hold_at_their_hour_whatever_the_clock_does() {
    let office = Office::new();
    let till = Till::of(&office);
    let from = till.clock.now();
    let from = Timestamp::new(from.utc_ms + i64::from(DAY_MS), from.offset_min).expect("a time");
    let pack = office.pack("20261123-1", "0.69");
    office.publish(&pack, &["--effective-from", &from.to_string()]);
    till.hears(&office.manifest().1);
    till.fetches(&office, 100_000);
    assert_eq!(till.version(), "20261122-1", "here, and not sold by");
    let ready = PriceNews::Ready { version: "20261123-1".to_owned(), at: from };
    assert_eq!(till.desk.news(), [ready]);
    till.clock.advance_ms(DAY_MS - 1_000);
    till.desk.come_into_force();
    assert_eq!(till.version(), "20261122-1");
    till.clock.advance_ms(2_000);
    till.desk.come_into_force();
    assert_eq!(till.version(), "20261123-1");
    // The clock is set back: what held goes on.
    till.clock.jump_ms(-2 * i64::from(DAY_MS));
    till.desk.come_into_force();
    assert_eq!((till.version().as_str(), till.desk.news()), ("20261123-1", Vec::new()));
}

#[test]
fn a_clock_that_is_known_to_be_ahead_does_not_begin_tomorrow_today() {
    let office = Office::new();
    let till = Till::of(&office);
    let now = till.clock.now();
    let from = Timestamp::new(now.utc_ms + i64::from(DAY_MS), now.offset_min).expect("a time");
    let pack = office.pack("20261123-1", "0.69");
    office.publish(&pack, &["--effective-from", &from.to_string()]);
    let two_days = 2 * i64::from(DAY_MS);
    till.clock.jump_ms(two_days);
    till.desk.hear(&office.manifest().1, Some(two_days));
    till.fetches(&office, 100_000);
    till.desk.come_into_force();
    assert_eq!(till.version(), "20261122-1", "central's clock says that it is today");
    till.clock.advance_ms(DAY_MS + 1_000);
    till.desk.come_into_force();
    assert_eq!(till.version(), "20261123-1");
}

#[test]
fn a_clock_that_nobody_vouched_for_begins_no_prices_until_a_person_says_the_day() {
    let office = Office::new();
    let till = Till::of(&office);
    let now = till.clock.now();
    let later = |days: i64| {
        let utc_ms = now.utc_ms + days * i64::from(DAY_MS);
        Timestamp::new(utc_ms, now.offset_min).expect("a time")
    };
    let pack = office.pack("20261123-1", "0.69");
    office.publish(&pack, &["--effective-from", &later(1).to_string()]);
    // It came from another register: central itself was never heard here.
    till.desk.hear(&office.manifest().1, None);
    till.fetches(&office, 100_000);
    assert_eq!(till.desk.asks_for_day(), None, "nothing would begin today");
    till.clock.jump_ms(2 * i64::from(DAY_MS));
    till.desk.come_into_force();
    assert_eq!(till.version(), "20261122-1", "the clock alone begins nothing");
    assert_eq!(till.desk.asks_for_day(), Some(later(1)), "so somebody is asked");
    till.desk.day_is_said(now.local_date());
    assert_eq!(till.version(), "20261122-1", "a person says that it is not tomorrow yet");
    till.desk.day_is_said(later(1).local_date());
    assert_eq!((till.version().as_str(), till.desk.asks_for_day()), ("20261123-1", None));
}

/// Prices of tomorrow that came from another register: central itself was never heard here. When
/// they begin.
fn tomorrows_prices(office: &Office, till: &Till) -> Timestamp {
    let now = till.clock.now();
    let from = Timestamp::new(now.utc_ms + i64::from(DAY_MS), now.offset_min).expect("a time");
    let pack = office.pack("20261123-1", "0.69");
    office.publish(&pack, &["--effective-from", &from.to_string()]);
    till.desk.hear(&office.manifest().1, None);
    till.fetches(office, 100_000);
    from
}

#[test]
fn a_person_can_not_begin_prices_that_the_clock_has_not_come_to() {
    let office = Office::new();
    let till = Till::of(&office);
    let from = tomorrows_prices(&office, &till);
    till.desk.day_is_said(from.local_date());
    assert_eq!(till.version(), "20261122-1", "clock and person both have to say so");
}

#[test]
fn central_heard_by_whoever_sends_records_vouches_for_the_clock_as_well() {
    let office = Office::new();
    let till = Till::of(&office);
    tomorrows_prices(&office, &till);
    till.clock.advance_ms(DAY_MS + 1_000);
    till.desk.come_into_force();
    assert_eq!(till.version(), "20261122-1");
    till.desk.clock_is(Some(1_000));
    till.desk.come_into_force();
    assert_eq!(till.version(), "20261123-1");
}

#[test]
fn a_version_in_use_that_is_withdrawn_falls_back_or_goes_on_with_a_warning() {
    let office = Office::new();
    office.publish(&office.pack("20261122-1", "0.59"), &[]);
    office.publish(&office.pack("20261123-1", "0.69"), &[]);
    let till = Till::of(&office);
    till.hears(&office.manifest().1);
    till.fetches(&office, 100_000);
    assert_eq!(till.version(), "20261123-1");
    assert_eq!(office.runs(&["withdraw", "20261123-1", "--all"]).0, 0);
    till.hears(&office.manifest().1);
    assert_eq!((till.version().as_str(), till.desk.news()), ("20261122-1", Vec::new()));
    // A register that has only the withdrawn one fetches the one before, and sells meanwhile.
    let bare = Till::with(&office, Some("20261123-1"));
    bare.hears(&office.manifest().1);
    let withdrawn = PriceNews::Withdrawn { version: "20261123-1".to_owned() };
    assert_eq!((bare.version().as_str(), bare.desk.news()), ("20261123-1", vec![withdrawn]));
    bare.fetches(&office, 100_000);
    assert_eq!((bare.version().as_str(), bare.desk.news()), ("20261122-1", Vec::new()));
}

#[test]
fn a_pinned_version_is_sold_by_until_it_is_unpinned() {
    let office = Office::new();
    office.publish(&office.pack("20261122-1", "0.59"), &[]);
    office.publish(&office.pack("20261123-1", "0.69"), &[]);
    let till = Till::with(&office, None);
    till.hears(&office.manifest().1);
    till.fetches(&office, 100_000);
    assert_eq!(office.runs(&["pin", "20261122-1", "--stores", "1042"]).0, 0);
    till.hears(&office.manifest().1);
    assert_eq!(till.version(), "20261123-1", "the pinned one is not here yet");
    till.fetches(&office, 100_000);
    let pinned = PriceNews::Pinned { version: "20261122-1".to_owned() };
    assert_eq!((till.version().as_str(), till.desk.news()), ("20261122-1", vec![pinned]));
    assert_eq!(price_in(&till.desk.current().expect("in use")), 5_900);
    // A newer one is kept for later, at central.
    let said = office.publish(&office.pack("20261124-1", "0.79"), &[]);
    assert_eq!(said["pinned"], serde_json::json!([1042]));
    till.hears(&office.manifest().1);
    assert_eq!(till.version(), "20261122-1");
    assert_eq!(office.runs(&["unpin", "--all"]).0, 0);
    till.hears(&office.manifest().1);
    till.fetches(&office, 100_000);
    assert_eq!(till.version(), "20261124-1");
}

#[test]
fn prices_that_jumped_wait_for_a_manager_unless_their_publisher_accepted_them() {
    let office = Office::new();
    // Nothing was published before, so nobody could compare.
    office.publish(&office.pack("20261123-1", "5.90"), &[]);
    let till = Till::of(&office);
    till.hears(&office.manifest().1);
    till.fetches(&office, 100_000);
    let version = "20261123-1".to_owned();
    let held = PriceNews::Held { version, jumped: 1, changed: 1 };
    assert_eq!((till.version().as_str(), till.desk.news()), ("20261122-1", vec![held]));
    let (pack, jumped) = till.desk.held().expect("held");
    assert_eq!((price_in(&pack), jumped), (59_000, 1));
    till.desk.accept(pack.version()).expect("kept");
    assert_eq!((till.version().as_str(), till.desk.news()), ("20261123-1", Vec::new()));
    // The next jump was seen where it was published.
    let next = office.pack("20261124-1", "0.59");
    let text = office.refused(&["publish", "--chain", next.to_str().expect("text")]);
    assert!(text.contains("5.90 -> 0.59") && text.contains("--accept-price-jumps"), "{text}");
    office.publish(&next, &["--accept-price-jumps"]);
    till.hears(&office.manifest().1);
    till.fetches(&office, 100_000);
    assert_eq!((till.version().as_str(), till.desk.news()), ("20261124-1", Vec::new()));
}

#[test]
fn one_register_of_a_store_fetches_and_the_others_wait_for_it() {
    let office = Office::new();
    office.publish(&office.pack("20261123-1", "0.69"), &[]);
    let (manifest, text) = office.manifest();
    // Register 2 sees register 1: that one fetches.
    let till = Till::of(&office);
    till.desk.sees(RegisterNo(1), true);
    till.desk.sees(RegisterNo(3), true);
    till.hears(&text);
    assert_eq!(till.desk.from_central(), None);
    assert_eq!(till.desk.wanted(), Some((manifest.full.sha256.clone(), 0)), "asked of the others");
    // Without the LAN it goes itself; and with it, where nothing moves for too long.
    till.desk.sees(RegisterNo(1), false);
    assert!(till.desk.from_central().is_some(), "now it has the lowest number");
    till.desk.sees(RegisterNo(1), true);
    till.clock.advance_ms(u32::try_from(PATIENCE_MS).expect("fits"));
    assert!(till.desk.from_central().is_some(), "nobody brought it");
    // A register that brings wrong bytes is asked no more.
    let object = vec![7; usize::try_from(manifest.full.bytes).expect("fits")];
    till.desk.took(&manifest.full.sha256, 0, &object);
    till.desk.finish();
    assert_eq!(till.refused(), Some(PriceRefusal::Changed));
    till.clock.advance_ms(61_000);
    assert_eq!(till.desk.wanted(), None);
    till.fetches(&office, 100_000);
    assert_eq!(till.version(), "20261123-1");
}

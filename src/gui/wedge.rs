//! The keyboard wedge: takes every key before the window library sees it.
//!
//! A hand scanner is a keyboard that types fast. Its Enter must never press a focused button,
//! and characters after an Enter in the same frame must not be lost, so all keyboard events are
//! taken out of the raw input here and go, in order, to one inbox.
//!
//! ```text
//!  raw events ─▶ [Wedge::input_hook] ─▶ inbox (bounded) ─▶ desk
//!      └─ pointer, touch, window ─▶ the window library, as ever
//! ```
//!
//! The customer's window has a frame of its own, and which of two windows draws first is chance.
//! So when the keyboard goes from one to the other in the midst of a code, what the window after
//! got waits for what the window before still holds: keys stay in the order they were typed.
//!
//! Winit reports every key as coming from one core keyboard and events carry no time, so a
//! scanner is told from a typist by [`is_burst`] alone, at the resolution of a frame.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use egui::{Event, Key, RawInput, ViewportCommand, ViewportId};

use super::faults::{Hook, Point, caught};
use super::keys::Action;
use super::stroke::{Stamped, Stroke};

/// The most strokes that wait for a frame: 1,400 scans of 14 strokes.
const INBOX_MAX: usize = 20_000;
/// Fewer characters than this are never called a burst across frames.
const BURST_LEN_MIN: usize = 6;
/// Fewer characters than this are never called a burst within one frame.
const FRAME_LEN_MIN: usize = 3;
/// The mean time between characters of a scanner, at most; fast typists need 60 and more.
const BURST_MEAN_MS_MAX: u64 = 35;
/// A key that was pressed again within this time without being let go repeats by itself. Beyond
/// it the release was missed, for example while another window had the keyboard.
const REPEAT_WITHIN_MS: u64 = 1_500;
/// A window that lost the keyboard draws within this time, or holds no keys.
const HANDOVER_MS_MAX: u64 = 1_000;
const HANDOVER_MAX: Duration = Duration::from_millis(HANDOVER_MS_MAX);

/// What was taken from the keyboard and not yet looked at.
#[derive(Debug, Default)]
pub struct Inbox {
    strokes: Vec<Stamped>,
    overflowed: bool,
    failed: bool,
}

impl Inbox {
    /// All strokes in order; true beside them when some did not fit.
    pub fn take(&mut self) -> (Vec<Stamped>, bool) {
        (std::mem::take(&mut self.strokes), std::mem::take(&mut self.overflowed))
    }

    /// Keys could not be taken since this was asked last, because of a fault.
    pub fn failed(&mut self) -> bool {
        std::mem::take(&mut self.failed)
    }

    fn put(&mut self, stamped: Stamped) {
        if self.strokes.len() < INBOX_MAX {
            self.strokes.push(stamped);
        } else {
            self.overflowed = true;
        }
    }
}

/// The inbox, shared between the plugin and the window.
pub type SharedInbox = Arc<Mutex<Inbox>>;

/// The plugin.
pub struct Wedge {
    inbox: SharedInbox,
    clock: Box<dyn Fn() -> u64 + Send + Sync>,
    /// Keys held down, and when each was last reported.
    down: BTreeMap<Key, u64>,
    /// The window that has the keyboard.
    focused: Option<ViewportId>,
    /// The keyboard goes from one window to another.
    handover: Option<Handover>,
    faults: Hook,
}

/// What the window after got while the window before may hold keys that were typed earlier.
struct Handover {
    before: ViewportId,
    since_ms: u64,
    events: Vec<Event>,
}

impl Wedge {
    /// A wedge that stamps strokes with `clock`, in milliseconds.
    pub fn new(inbox: SharedInbox, clock: Box<dyn Fn() -> u64 + Send + Sync>) -> Self {
        let faults = Hook::default();
        Self { inbox, clock, down: BTreeMap::new(), focused: None, handover: None, faults }
    }

    /// The same, where a test may let it fail.
    pub fn with(self, faults: Hook) -> Self {
        Self { faults, ..self }
    }

    /// Keys of this frame that were not taken are nobody's: the register's window says so.
    fn fail(&mut self, ctx: &egui::Context, input: &mut RawInput) {
        input.events.retain(|event| !is_keyboard(event));
        self.down.clear();
        self.handover = None;
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).failed = true;
        ctx.request_repaint_of(ViewportId::ROOT);
    }

    fn take(&mut self, ctx: &egui::Context, input: &mut RawInput) {
        let at_ms = (self.clock)();
        self.follow_focus(input, at_ms);
        let (keys, rest): (Vec<Event>, _) =
            std::mem::take(&mut input.events).into_iter().partition(is_keyboard);
        input.events = rest;
        if !keys.is_empty() {
            self.faults.at(Point::Keys);
        }
        let taken = self.in_order(input, keys, at_ms);
        if let Some(handover) = &self.handover {
            ctx.request_repaint_of(handover.before);
            ctx.request_repaint_after_for(HANDOVER_MAX, input.viewport_id);
        }
        if taken && input.viewport_id != ViewportId::ROOT {
            // Typed while the customer's window has the keyboard; it is the register's.
            ctx.send_viewport_cmd_to(ViewportId::ROOT, ViewportCommand::Focus);
            ctx.request_repaint_of(ViewportId::ROOT);
        }
    }

    /// Follows the keyboard from window to window: the release of a key that is held down meanwhile
    /// goes astray.
    fn follow_focus(&mut self, input: &RawInput, at_ms: u64) {
        let here = input.viewport_id;
        let had = self.focused == Some(here);
        if input.focused == had {
            return;
        }
        if let Some(before) = self.focused.filter(|before| {
            input.focused && *before != here && input.viewports.contains_key(before)
        }) {
            // A second one within the first: the keys of the first waited long enough.
            self.end_handover(at_ms);
            self.handover = Some(Handover { before, since_ms: at_ms, events: Vec::new() });
        }
        self.down.clear();
        self.focused = input.focused.then_some(here);
    }

    /// These events come next, or wait for those of the window before; true when some were taken.
    fn in_order(&mut self, input: &RawInput, events: Vec<Event>, at_ms: u64) -> bool {
        let Some(handover) = &mut self.handover else { return self.put(&events, at_ms) };
        let waits = input.viewport_id != handover.before
            && input.viewports.contains_key(&handover.before)
            && at_ms.saturating_sub(handover.since_ms) < HANDOVER_MS_MAX
            && handover.events.len() < INBOX_MAX;
        if waits {
            handover.events.extend(events);
            return false;
        }
        if input.viewport_id == handover.before {
            let before = self.put(&events, at_ms);
            self.end_handover(at_ms) || before
        } else {
            let waited = self.end_handover(at_ms);
            self.put(&events, at_ms) || waited
        }
    }

    /// Takes what waited.
    fn end_handover(&mut self, at_ms: u64) -> bool {
        let Some(handover) = self.handover.take() else { return false };
        self.down.clear();
        self.put(&handover.events, at_ms)
    }

    fn put(&mut self, events: &[Event], at_ms: u64) -> bool {
        let strokes: Vec<Stamped> =
            events.iter().flat_map(|event| self.stroke(event, at_ms)).collect();
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        let any = !strokes.is_empty();
        strokes.into_iter().for_each(|stamped| inbox.put(stamped));
        any
    }

    /// The stroke of an event; none for releases and for keys that mean nothing here.
    fn stroke(&mut self, event: &Event, at_ms: u64) -> Vec<Stamped> {
        match event {
            Event::Text(text) => text
                .chars()
                .filter(|c| !c.is_control())
                .map(|c| Stamped { stroke: Stroke::Char(c), at_ms, repeat: false })
                .collect(),
            Event::Key { key, pressed: false, .. } => {
                self.down.remove(key);
                Vec::new()
            }
            Event::Key { key, modifiers, .. } => {
                let before = self.down.insert(*key, at_ms);
                let repeat =
                    before.is_some_and(|last| at_ms.saturating_sub(last) <= REPEAT_WITHIN_MS);
                let plain = !modifiers.ctrl && !modifiers.alt;
                let stroke = match key {
                    Key::Enter | Key::Tab if plain => Some(Stroke::Enter),
                    Key::Backspace if plain => Some(Stroke::Erase),
                    _ => Action::of_key(*key, *modifiers).map(Stroke::Act),
                };
                stroke.map(|stroke| Stamped { stroke, at_ms, repeat }).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }
}

impl egui::Plugin for Wedge {
    fn debug_name(&self) -> &'static str {
        "wedge"
    }

    fn input_hook(&mut self, ctx: &egui::Context, input: &mut RawInput) {
        if caught(|| self.take(ctx, input)).is_none() {
            self.fail(ctx, input);
        }
    }
}

/// Events that come from a keyboard or would put text somewhere.
const fn is_keyboard(event: &Event) -> bool {
    matches!(
        event,
        Event::Text(_)
            | Event::Key { .. }
            | Event::Copy
            | Event::Cut
            | Event::Paste(_)
            | Event::PasteImage(_)
            | Event::MiddleClickPaste { .. }
            | Event::Ime(_)
    )
}

/// True when characters that came at these times were sent by a machine, not typed: a whole line
/// within one frame, or at least 6 characters at 35 ms or less on average.
///
/// The bounds: scanners need 1 to 20 ms a character, fast typists 60 to 100 ms a digit.
pub fn is_burst(times_ms: &[u64]) -> bool {
    let (Some(first), Some(last)) = (times_ms.first(), times_ms.last()) else { return false };
    let span = last.saturating_sub(*first);
    let gaps = u64::try_from(times_ms.len().saturating_sub(1)).unwrap_or(u64::MAX);
    if span == 0 {
        return times_ms.len() >= FRAME_LEN_MIN;
    }
    times_ms.len() >= BURST_LEN_MIN && span <= gaps.saturating_mul(BURST_MEAN_MS_MAX)
}

#[cfg(test)]
mod tests {
    use egui::{Modifiers, Plugin as _};

    use super::super::customer;
    use super::*;

    fn key(key: Key, pressed: bool) -> Event {
        Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE }
    }

    fn wedge_at(at_ms: u64) -> (Wedge, SharedInbox) {
        let inbox = SharedInbox::default();
        (Wedge::new(Arc::clone(&inbox), Box::new(move || at_ms)), inbox)
    }

    fn strokes(inbox: &SharedInbox) -> Vec<Stamped> {
        inbox.lock().expect("inbox").take().0
    }

    #[test]
    fn every_key_is_taken_and_every_pointer_event_is_left() {
        let (mut wedge, inbox) = wedge_at(7);
        let mut raw = RawInput {
            events: vec![
                Event::Text("4".into()),
                key(Key::Enter, true),
                Event::PointerMoved(egui::pos2(1.0, 2.0)),
                key(Key::Enter, false),
                key(Key::Space, true),
                Event::Text("5".into()),
            ],
            ..RawInput::default()
        };
        wedge.input_hook(&egui::Context::default(), &mut raw);
        assert_eq!(raw.events, vec![Event::PointerMoved(egui::pos2(1.0, 2.0))]);
        let seen: Vec<Stroke> = strokes(&inbox).iter().map(|s| s.stroke).collect();
        assert_eq!(seen, vec![Stroke::Char('4'), Stroke::Enter, Stroke::Char('5')]);
    }

    #[test]
    fn a_key_held_down_repeats_until_it_is_let_go() {
        let (mut wedge, inbox) = wedge_at(7);
        let events =
            [key(Key::F12, true), key(Key::F12, true), key(Key::F12, false), key(Key::F12, true)];
        let mut raw = RawInput { events: events.into(), focused: true, ..RawInput::default() };
        wedge.input_hook(&egui::Context::default(), &mut raw);
        let repeats: Vec<bool> = strokes(&inbox).iter().map(|s| s.repeat).collect();
        assert_eq!(repeats, vec![false, true, false]);
    }

    #[test]
    fn a_missed_release_does_not_silence_a_key_for_good() {
        let (mut wedge, _inbox) = wedge_at(0);
        assert!(!wedge.stroke(&key(Key::F12, true), 1_000)[0].repeat);
        assert!(!wedge.stroke(&key(Key::F12, true), 9_000)[0].repeat);
    }

    #[test]
    fn strokes_beyond_the_bound_are_told_and_never_silent() {
        let (mut wedge, inbox) = wedge_at(0);
        let events = vec![Event::Text("7".into()); INBOX_MAX + 1];
        let mut raw = RawInput { events, ..RawInput::default() };
        wedge.input_hook(&egui::Context::default(), &mut raw);
        let (strokes, overflowed) = inbox.lock().expect("inbox").take();
        assert_eq!((strokes.len(), overflowed), (INBOX_MAX, true));
    }

    /// A frame's input of one of two windows.
    fn input(window: ViewportId, focused: bool, typed: &str) -> RawInput {
        let both = [ViewportId::ROOT, customer::viewport()];
        RawInput {
            viewport_id: window,
            viewports: both.into_iter().map(|id| (id, Default::default())).collect(),
            focused,
            events: typed.chars().map(|c| Event::Text(c.to_string())).collect(),
            ..RawInput::default()
        }
    }

    fn typed(inbox: &SharedInbox) -> String {
        let char_of = |stamped: &Stamped| match stamped.stroke {
            Stroke::Char(c) => Some(c),
            _ => None,
        };
        strokes(inbox).iter().filter_map(char_of).collect()
    }

    #[test]
    fn a_code_that_began_on_the_other_window_stays_whole_whichever_draws_first() {
        let ctx = egui::Context::default();
        let (register, other) = (ViewportId::ROOT, customer::viewport());
        for register_first in [true, false] {
            let (mut wedge, inbox) = wedge_at(7);
            wedge.input_hook(&ctx, &mut input(other, true, "01"));
            // Both got keys before either drew: the code's middle there, its end here.
            let mut frames = [input(register, true, "45"), input(other, false, "23")];
            if !register_first {
                frames.reverse();
            }
            for frame in &mut frames {
                wedge.input_hook(&ctx, frame);
            }
            wedge.input_hook(&ctx, &mut input(register, true, "67"));
            assert_eq!(typed(&inbox), "01234567", "register first: {register_first}");
        }
    }

    #[test]
    fn keys_do_not_wait_for_a_window_that_is_gone_or_silent() {
        let ctx = egui::Context::default();
        let (register, other) = (ViewportId::ROOT, customer::viewport());
        let now = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let clock = Arc::clone(&now);
        let inbox = SharedInbox::default();
        let at = move || clock.load(std::sync::atomic::Ordering::Relaxed);
        let mut wedge = Wedge::new(Arc::clone(&inbox), Box::new(at));
        wedge.input_hook(&ctx, &mut input(other, true, "0"));
        wedge.input_hook(&ctx, &mut input(register, true, "1"));
        assert_eq!(typed(&inbox), "0", "the other window may hold earlier keys");
        now.store(HANDOVER_MS_MAX, std::sync::atomic::Ordering::Relaxed);
        wedge.input_hook(&ctx, &mut input(register, true, "2"));
        assert_eq!(typed(&inbox), "12");

        wedge.input_hook(&ctx, &mut input(other, true, ""));
        wedge.input_hook(&ctx, &mut input(register, false, ""));
        let mut alone = input(register, true, "3");
        alone.viewports.remove(&other);
        wedge.input_hook(&ctx, &mut alone);
        assert_eq!(typed(&inbox), "3");
    }

    #[test]
    fn a_scanner_is_told_from_a_typist() {
        let at = |gap: u64, count: u64| (0..count).map(|n| n * gap).collect::<Vec<_>>();
        assert!(is_burst(&at(0, 13)), "a whole code in one frame");
        assert!(is_burst(&at(1, 13)));
        assert!(is_burst(&at(16, 13)), "a real scanner, as printed in a field report");
        assert!(!is_burst(&at(60, 13)), "a very fast typist");
        assert!(!is_burst(&at(20, 4)), "four digits are too few to tell");
        assert!(!is_burst(&at(0, 1)) && !is_burst(&[]));
    }
}

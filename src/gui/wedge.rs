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
//! Winit reports every key as coming from one core keyboard and events carry no time, so a
//! scanner is told from a typist by [`is_burst`] alone, at the resolution of a frame.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use egui::{Event, Key, RawInput, ViewportCommand, ViewportId};

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

/// What was taken from the keyboard and not yet looked at.
#[derive(Debug, Default)]
pub struct Inbox {
    strokes: Vec<Stamped>,
    overflowed: bool,
}

impl Inbox {
    /// All strokes in order; true beside them when some did not fit.
    pub fn take(&mut self) -> (Vec<Stamped>, bool) {
        (std::mem::take(&mut self.strokes), std::mem::take(&mut self.overflowed))
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
}

impl Wedge {
    /// A wedge that stamps strokes with `clock`, in milliseconds.
    pub fn new(inbox: SharedInbox, clock: Box<dyn Fn() -> u64 + Send + Sync>) -> Self {
        Self { inbox, clock, down: BTreeMap::new(), focused: None }
    }

    /// Follows the keyboard from window to window: the release of a key that is held down meanwhile
    /// goes astray.
    fn follow_focus(&mut self, input: &RawInput) {
        let had = self.focused == Some(input.viewport_id);
        if input.focused != had {
            self.down.clear();
            self.focused = input.focused.then_some(input.viewport_id);
        }
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
        self.follow_focus(input);
        let at_ms = (self.clock)();
        let mut taken = Vec::new();
        input.events.retain(|event| {
            let ours = is_keyboard(event);
            if ours {
                taken.extend(self.stroke(event, at_ms));
            }
            !ours
        });
        if !taken.is_empty() {
            let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
            taken.into_iter().for_each(|stamped| inbox.put(stamped));
            if input.viewport_id != ViewportId::ROOT {
                // Typed while the customer's window has the keyboard; it is the register's.
                ctx.send_viewport_cmd_to(ViewportId::ROOT, ViewportCommand::Focus);
                ctx.request_repaint_of(ViewportId::ROOT);
            }
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

//! Tones: a scanner's own beep means "decoded", not "accepted", so the window has its own.
//!
//! Playing is behind a trait and silent by default; every tone has its visible twin, the notice.
//!
//! ```text
//!  window ── play(tone) ─▶ [room for one] ─▶ tones' thread ── samples ─▶ paplay · aplay · pw-cat
//! ```
//!
//! The samples are made here and handed to whichever player the machine has, so that nothing has
//! to be installed to build. A player that fails is not asked again; without one the window is
//! silent and the notice still flashes. No tone is queued behind another: late ones say nothing.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::register::view::NoticeKind;

/// Samples a second.
const RATE: u32 = 22_050;
/// How loud, of 32,767.
const LOUDNESS: f32 = 14_000.0;
/// A player that takes longer is ended.
const PLAY_MS_MAX: u64 = 2_000;
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Players that read 16-bit samples from their input, best first.
const PLAYERS: [(&str, &[&str]); 3] = [
    ("paplay", &["--raw", "--format=s16le", "--rate=22050", "--channels=1"]),
    ("aplay", &["-q", "-t", "raw", "-f", "S16_LE", "-r", "22050", "-c", "1", "-"]),
    ("pw-cat", &["-p", "--raw", "--format=s16", "--rate=22050", "--channels=1", "-"]),
];

/// A tone by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Accepted: one short high tone.
    Accepted,
    /// Something needs a look: high, then low.
    Attention,
    /// Refused: three low tones.
    Refused,
    /// Paid: a rising pair.
    Paid,
}

impl From<NoticeKind> for Tone {
    fn from(kind: NoticeKind) -> Self {
        match kind {
            NoticeKind::Done => Self::Accepted,
            NoticeKind::Attention => Self::Attention,
            NoticeKind::Refused => Self::Refused,
        }
    }
}

/// Plays tones; may not wait.
pub trait Tones: Send {
    /// Begins to play and returns at once.
    fn play(&mut self, tone: Tone);
}

/// No tones.
#[derive(Debug, Default)]
pub struct Silent;

impl Tones for Silent {
    fn play(&mut self, _tone: Tone) {}
}

/// Tones through the machine's own player, on a thread of its own.
pub struct Player {
    queue: SyncSender<Tone>,
}

impl Player {
    /// A player; none where the machine has no program to play with, or no thread can be started.
    pub fn start() -> Option<Self> {
        let path = std::env::var_os("PATH")?;
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let found = |name: &str| folders.iter().any(|folder| folder.join(name).is_file());
        let players: Vec<_> = PLAYERS.into_iter().filter(|(name, _)| found(name)).collect();
        if players.is_empty() {
            return None;
        }
        let (queue, tones) = sync_channel(1);
        let named = std::thread::Builder::new().name("tones".to_owned());
        named.spawn(move || play_all(&tones, players)).ok()?;
        Some(Self { queue })
    }
}

impl Tones for Player {
    fn play(&mut self, tone: Tone) {
        // A full queue is a tone that would come too late to mean anything.
        self.queue.try_send(tone).ok();
    }
}

fn play_all(tones: &Receiver<Tone>, mut players: Vec<(&'static str, &'static [&'static str])>) {
    while let Ok(tone) = tones.recv() {
        let samples = samples(tone);
        while let Some((name, arguments)) = players.first() {
            if play_with(name, arguments, &samples) {
                break;
            }
            tracing::info!(player = name, "no tone came of it");
            players.remove(0);
        }
    }
}

/// True when the player took the samples and ended well.
fn play_with(name: &str, arguments: &[&str], samples: &[u8]) -> bool {
    let child = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return false };
    // Taken out, so that it is closed and the player sees the end.
    let written = child.stdin.take().is_some_and(|mut pipe| pipe.write_all(samples).is_ok());
    ended_well(&mut child) && written
}

fn ended_well(child: &mut Child) -> bool {
    let mut waited = Duration::ZERO;
    while waited < Duration::from_millis(PLAY_MS_MAX) {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => std::thread::sleep(LOOK_EVERY),
            Err(_) => return false,
        }
        waited = waited.saturating_add(LOOK_EVERY);
    }
    // It hangs; ending it can only fail when it has ended by itself.
    child.kill().ok();
    child.wait().ok();
    false
}

/// Hertz and milliseconds of each part; 0 Hz is a pause.
const fn score(tone: Tone) -> &'static [(f32, u32)] {
    match tone {
        Tone::Accepted => &[(2_000.0, 60)],
        Tone::Attention => &[(1_400.0, 120), (700.0, 120)],
        Tone::Refused => &[(250.0, 150), (0.0, 60), (250.0, 150), (0.0, 60), (250.0, 150)],
        Tone::Paid => &[(880.0, 110), (1_320.0, 170)],
    }
}

/// The tone as 16-bit little-endian samples, each part swelling and fading so that nothing clicks.
pub fn samples(tone: Tone) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (hertz, ms) in score(tone) {
        let count = RATE.saturating_mul(*ms) / 1_000;
        let edge = f32::from(u16::try_from(RATE / 200).unwrap_or(110));
        for place in 0..count {
            let at = f32::from(u16::try_from(place).unwrap_or(u16::MAX));
            let left = f32::from(u16::try_from(count.saturating_sub(place)).unwrap_or(u16::MAX));
            let swell = (at / edge).min(left / edge).min(1.0);
            let turns = hertz * at / 22_050.0;
            let wave = (turns * std::f32::consts::TAU).sin() * swell * LOUDNESS;
            bytes.extend(to_sample(wave).to_le_bytes());
        }
    }
    bytes
}

/// The nearest whole sample; out of range is the loudest one.
fn to_sample(wave: f32) -> i16 {
    // Halving finds it without a cast that could wrap. The middle is rounded down, also below
    // zero, so that each turn leaves less to look at.
    let (mut low, mut high) = (i32::from(i16::MIN), i32::from(i16::MAX));
    while low < high {
        let middle = low.saturating_add(high).div_euclid(2);
        let sample = i16::try_from(middle).unwrap_or(i16::MAX);
        if f32::from(sample) < wave { low = middle.saturating_add(1) } else { high = middle }
    }
    i16::try_from(low).unwrap_or(i16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loudest(bytes: &[u8]) -> i16 {
        bytes
            .chunks(2)
            .map(|pair| i16::from_le_bytes([pair[0], pair[1]]).abs())
            .max()
            .expect("some")
    }

    #[test]
    fn every_tone_can_be_heard_and_no_two_are_alike() {
        let all = [Tone::Accepted, Tone::Attention, Tone::Refused, Tone::Paid].map(samples);
        for (place, one) in all.iter().enumerate() {
            assert!((10_000..16_000).contains(&loudest(one)), "{place}: {}", loudest(one));
            assert!(all.iter().skip(place + 1).all(|other| other != one));
        }
    }

    #[test]
    fn tones_are_short_enough_for_forty_scans_a_minute() {
        let ms = |tone| samples(tone).len() / 2 * 1_000 / 22_050;
        assert!(ms(Tone::Accepted) <= 60 && ms(Tone::Refused) <= 600);
    }

    #[test]
    fn a_sample_is_the_nearest_whole_one() {
        assert_eq!((to_sample(0.0), to_sample(-1.0), to_sample(13_999.5)), (0, -1, 14_000));
        assert_eq!((to_sample(1e9), to_sample(-1e9)), (i16::MAX, i16::MIN));
    }
}

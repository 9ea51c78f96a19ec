//! How fast central is, measured second by second from what it finished. Pure: time is handed in.
//!
//! ```text
//!  done ÷ time that somebody worked × the machine's share ─▶ now: how much may wait
//!                                                         └▶ best: how turns are spaced
//! ```

/// What central believes it can do before it has measured: a turn that comes too early costs one
/// more refusal, and one that comes too late costs time that nobody gives back.
const FIRST_RATE: u64 = 200_000;
const LEAST_RATE: u64 = 100;
/// What is believed of a small word before any was measured, and what is ever believed.
const FIRST_WORD_US: u64 = 300;
const WORD_US: (u64, u64) = (20, 20_000);
/// What is done in so many deliveries, and in so many milliseconds, tells something also where
/// central had nothing to do most of the time.
const SPARSE: (u64, u64) = (16, 20);
/// After so many measured windows the best of them is remembered.
const BELIEVED: u32 = 4;
/// What each of those windows may take the belief down by.
const FORGOTTEN: u64 = 4;
const WINDOW_MS: u64 = 1_000;
/// How much of the best rate is believed after each second with a lower one, in thousandths: half
/// of it after two minutes, so that a minute's slow disk does not thin out the hour's turns.
const REMEMBERED: u64 = 994;

/// What central can do, as cost a second, measured while it works.
#[derive(Clone, Copy, Debug)]
pub(in crate::central) struct Rate {
    /// As of late: follows within seconds.
    pub(in crate::central) now: u64,
    /// The best of the last minutes: turns are spaced by it.
    pub(in crate::central) best: u64,
    /// What a small word takes, in microseconds.
    pub(in crate::central) word_us: u64,
    /// What the last second left undone and this one has not given away: half of what went.
    spare: u64,
    seen_ms: u64,
    window_ms: u64,
    /// Of the window: somebody had a place; somebody waited for one; a word was being answered.
    busy_ms: u64,
    full_ms: u64,
    words_ms: u64,
    done: u64,
    deliveries: u64,
    pub(in crate::central) words_done: u64,
    /// Windows that were measured while somebody waited, up to [`BELIEVED`].
    measured: u32,
}

impl Rate {
    pub(in crate::central) const fn new() -> Self {
        Self {
            now: FIRST_RATE,
            best: FIRST_RATE,
            word_us: FIRST_WORD_US,
            spare: 0,
            seen_ms: 0,
            window_ms: 0,
            busy_ms: 0,
            full_ms: 0,
            words_ms: 0,
            done: 0,
            deliveries: 0,
            words_done: 0,
            measured: 0,
        }
    }

    pub(in crate::central) const fn us_of(&self, cost: u64, rate: u64) -> u64 {
        match cost.saturating_mul(1_000_000).checked_div(rate) {
            Some(us) => us,
            None => u64::MAX,
        }
    }

    pub(in crate::central) fn done(&mut self, cost: u64) {
        self.done = self.done.saturating_add(cost);
        self.deliveries = self.deliveries.saturating_add(1);
    }

    /// Takes so much of what the last second left undone, if there is as much.
    pub(in crate::central) fn takes_spare(&mut self, cost: u64) -> bool {
        let left = self.spare.checked_sub(cost);
        self.spare = left.unwrap_or(self.spare);
        left.is_some()
    }

    /// Time passed, with deliveries and words at work or without; `full` where somebody waited.
    pub(in crate::central) fn tick(&mut self, now_ms: u64, working: bool, words: bool, full: bool) {
        let passed_ms = now_ms.saturating_sub(self.seen_ms);
        self.seen_ms = self.seen_ms.max(now_ms);
        let when = |so: bool| if so { passed_ms } else { 0 };
        self.busy_ms = self.busy_ms.saturating_add(when(working));
        self.full_ms = self.full_ms.saturating_add(when(full));
        self.words_ms = self.words_ms.saturating_add(when(words));
        let window_ms = now_ms.saturating_sub(self.window_ms);
        if window_ms >= WINDOW_MS {
            let window = *self;
            self.window_ms = now_ms;
            (self.busy_ms, self.full_ms, self.words_ms) = (0, 0, 0);
            (self.done, self.deliveries, self.words_done) = (0, 0, 0);
            self.learns(&window, window_ms);
            let idle_ms = window_ms.saturating_sub(window.busy_ms).min(WINDOW_MS);
            self.spare = self.best.saturating_mul(idle_ms) / (2 * WINDOW_MS);
        }
    }

    fn learns(&mut self, window: &Self, window_ms: u64) {
        let word_us = window.words_ms.saturating_mul(1_000).checked_div(window.words_done);
        if let Some(word_us) = word_us {
            let slower = self.word_us.saturating_mul(3).saturating_add(word_us) / 4;
            // Longer is believed at once: too many that come back would take all the time there is.
            self.word_us = slower.max(word_us).clamp(WORD_US.0, WORD_US.1);
        }
        // A moment's work tells nothing, and with places free it tells too little: only that more
        // would go, where it does. Otherwise turns that were once given too far apart would leave
        // central with so little to do that it never learned better.
        if window.busy_ms < window_ms / 4 {
            let (deliveries, busy_ms) = SPARSE;
            if window.deliveries >= deliveries && window.busy_ms >= busy_ms {
                let measured = window.done.saturating_mul(1_000).checked_div(window.busy_ms);
                self.rises(measured.unwrap_or(0));
            }
            return;
        }
        // Words that were answered beside it took up to three quarters of the machine, and will be
        // over long before the turns are that are given now.
        let words_ms = window.words_ms.min(window.busy_ms).saturating_mul(3) / 4;
        let own_ms = window.busy_ms.saturating_sub(words_ms).max(1);
        let measured = window.done.saturating_mul(1_000).checked_div(own_ms).unwrap_or(0);
        let was_full = window.full_ms >= window_ms / 2;
        if was_full && window.done > 0 && self.measured < BELIEVED {
            // What was believed before anything was measured is forgotten soon, but not for one
            // window in which something else had the machine.
            self.measured = self.measured.saturating_add(1);
            self.now = measured.max(LEAST_RATE);
            self.best = self.now.max(self.best / FORGOTTEN);
            return;
        }
        if was_full || measured > self.now {
            self.now = (self.now / 2).saturating_add(measured / 2).max(LEAST_RATE);
        }
        for _ in 0..(window_ms / WINDOW_MS).min(600) {
            if self.best > self.now {
                self.best = self.best.saturating_mul(REMEMBERED) / 1_000;
            }
        }
        self.best = self.best.max(self.now);
    }

    /// Half of the way to a rate that is higher than what is believed.
    fn rises(&mut self, measured: u64) {
        if measured > self.now {
            self.now = (self.now / 2).saturating_add(measured / 2);
            self.best = self.best.max(self.now);
        }
    }
}

//! Randomness: from the machine, or from a seed.

use std::sync::Mutex;

use ring::agreement::{EphemeralPrivateKey, X25519};
use ring::rand::{SecureRandom, SystemRandom};

/// The machine gave no random bytes; nothing that needs them was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this machine gives no random numbers; restart it, and call IT if that does not help")]
pub struct NoEntropy;

/// Where randomness comes from.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`NoEntropy`] when the machine gives none.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;

    /// A key that agrees once and is forgotten. The signing library draws it from the machine
    /// itself, also where everything else follows from a seed.
    ///
    /// # Errors
    /// [`NoEntropy`] when the machine gives none.
    fn one_use_key(&self) -> Result<EphemeralPrivateKey, NoEntropy> {
        EphemeralPrivateKey::generate(&X25519, &SystemRandom::new())
            .map_err(|ring::error::Unspecified| NoEntropy)
    }
}

/// The machine's own randomness.
#[derive(Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        SystemRandom::new().fill(bytes).map_err(|ring::error::Unspecified| NoEntropy)
    }
}

/// Numbers that follow from a seed, for drills and tests; never for keys that matter.
///
/// Source: Sebastiano Vigna, SplitMix64.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<u64>);

impl SeededEntropy {
    /// The numbers of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// The next number below `bound`; zero when `bound` is zero.
    pub fn below(&self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            for (byte, random) in chunk.iter_mut().zip(word) {
                *byte = random;
            }
        }
        Ok(())
    }
}

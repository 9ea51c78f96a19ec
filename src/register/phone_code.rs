//! Signing in by phone: the register's part. What IT does is `tideover central phone-code`.

use std::path::PathBuf;
use std::sync::Arc;

use crate::device::entropy::Entropy;
use crate::domain::event::SignInBy;
use crate::domain::ids::PersonId;
use crate::domain::lockout::Tried;
use crate::domain::phone_code::PhoneCodeFault;
use crate::domain::refusal::Refusal;
use crate::journal::phone_code::{Challenge, PhoneAnswer, RecoveryKey};

use super::register::{Register, Said, Setback};
use super::tries::TriesFile;

/// The file of a register's recovery key, and chance for the questions. There is no file before the
/// register was enrolled at central.
pub struct RecoveryKeyFile {
    path: PathBuf,
    entropy: Arc<dyn Entropy>,
}

impl From<PhoneCodeFault> for Setback {
    fn from(fault: PhoneCodeFault) -> Self {
        Self::Refused(fault.into())
    }
}

impl RecoveryKeyFile {
    /// A file at this place.
    pub fn at(path: PathBuf, entropy: Arc<dyn Entropy>) -> Self {
        Self { path, entropy }
    }

    fn read(&self) -> Option<RecoveryKey> {
        RecoveryKey::parse(&std::fs::read_to_string(&self.path).ok()?)
    }
}

impl Register {
    pub(super) fn has_recovery_key(&self) -> bool {
        self.recovery.read().is_some()
    }

    pub(super) fn phone_challenge(&self) -> Result<Challenge, Setback> {
        let mut bytes = [0; 8];
        self.recovery.entropy.fill(&mut bytes).map_err(|_| PhoneCodeFault::NoQuestion)?;
        Ok(Challenge::drawn(bytes))
    }

    /// Lets somebody in whom IT vouched for. An unknown number takes the same way and says the
    /// same; a wrong answer is a wrong try.
    pub(super) fn sign_in_by_phone(
        &mut self,
        person: &PersonId,
        challenge: Challenge,
        answer: PhoneAnswer,
    ) -> Result<Option<Said>, Setback> {
        let now_ms = self.clock.mono_ms();
        let key = TriesFile::key(Tried::PhoneCode(person));
        if let Some(until) = self.lockout.locked_until_ms(&key, now_ms) {
            let seconds = until.saturating_sub(now_ms).div_ceil(1_000);
            return Err(Refusal::LockedOut(u32::try_from(seconds).unwrap_or(u32::MAX)).into());
        }
        self.lockout.count(&key, now_ms);
        self.tries.save(&self.lockout)?;
        let recovery = self.recovery.read().ok_or(PhoneCodeFault::NoQuestion)?;
        let right = recovery.answer(challenge, person).is(answer);
        let known = self.pack()?.person(person)?;
        let person = known.filter(|_| right).ok_or(PhoneCodeFault::Wrong)?;
        self.lockout.forgive(&key);
        self.tries.save(&self.lockout)?;
        self.closed = None;
        self.let_in(person, SignInBy::Phone)
    }
}

//! Signing in by phone: the register's part. What IT does is `tideover central phone-code`.

use std::path::PathBuf;
use std::sync::Arc;

use crate::device::entropy::Entropy;
use crate::device::own_file::{self, SMALL_MAX};
use crate::domain::event::SignInBy;
use crate::domain::ids::PersonId;
use crate::domain::lockout::Tried;
use crate::domain::phone_code::PhoneCodeFault;
use crate::journal::phone_code::{Challenge, PhoneAnswer, RecoveryKey};

use super::register::{Register, Said, Setback};

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
        RecoveryKey::parse(&own_file::text(&self.path, SMALL_MAX).ok()?)
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
        let tried = Tried::PhoneCode(person);
        self.must_not_wait(tried)?;
        let known = self.pack()?.person(person)?;
        let id = known.as_ref().map(|person| person.id.clone());
        self.tries.count(tried, id, self.clock.as_ref());
        let recovery = self.recovery.read().ok_or(PhoneCodeFault::NoQuestion)?;
        let right = recovery.answer(challenge, person).is(answer);
        let Some(known) = known.filter(|_| right) else {
            self.it_was_wrong(tried)?;
            return Err(PhoneCodeFault::Wrong.into());
        };
        self.it_was_right(tried)?;
        self.closed = None;
        self.let_in(known, SignInBy::Phone)
    }
}

//! Asks whoever was named for this register's records.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::told::Asked;
use crate::cli::read_stick::{Told, told};
use crate::device::clock::Clock;
use crate::device::entropy::SystemEntropy;
use crate::device::reader::Reader as StickReader;
use crate::domain::ids::{RegisterNo, StoreNo};
use crate::journal::key::PublicKey;
use crate::ledger::gather::{Bringer, Gathered, TooMuch};
use crate::peer::regain as peers;
use crate::register::settings::{DataDir, Settings};
use crate::register::{peering, sending, startup};
use crate::sync::bundle::MANIFEST;
use crate::sync::regain as central;
use crate::sync::wire::ASIDES_ANSWER_LEN_MAX;

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Central.
    Central,
    /// The store's other registers.
    Peers,
    /// A bundle's folder, or a file of lines: the reader tells which.
    Path(PathBuf),
}

impl Source {
    /// What a word on the command line means; a folder of such a name is `./peer`.
    pub(super) fn of(text: &str) -> Self {
        match text {
            "central" => Self::Central,
            "peer" | "peers" => Self::Peers,
            path => Self::Path(PathBuf::from(path)),
        }
    }
}

/// What is asked with.
pub(super) struct Asking<'a> {
    pub(super) data: &'a DataDir,
    pub(super) settings: &'a Settings,
    pub(super) clock: &'a Arc<dyn Clock>,
    /// Hears of each line.
    pub(super) progress: &'a mut dyn FnMut(),
}

impl Asking<'_> {
    /// Asks; what went wrong is in the answer.
    ///
    /// # Errors
    /// [`TooMuch`].
    pub(super) fn ask(
        &mut self,
        source: &Source,
        gathered: &mut Gathered,
    ) -> Result<Vec<Asked>, TooMuch> {
        match source {
            Source::Central => Ok(vec![self.central(gathered)?]),
            Source::Peers => self.peers(gathered),
            Source::Path(path) => Ok(vec![self.path(path, gathered)?]),
        }
    }

    fn central(&mut self, gathered: &mut Gathered) -> Result<Asked, TooMuch> {
        let by = Bringer::Central;
        gathered.asked(&by);
        let mut much = false;
        let trouble = self.regain_central(&by, gathered, &mut much).err();
        if much { Err(TooMuch) } else { Ok(Asked::of(by, trouble)) }
    }

    fn regain_central(
        &mut self,
        by: &Bringer,
        gathered: &mut Gathered,
        much: &mut bool,
    ) -> Result<(), String> {
        let central = self.settings.central.as_ref().ok_or_else(|| {
            "this register is not enrolled at a central; enroll it with a code first".to_owned()
        })?;
        let key = startup::signing_key(self.data, &SystemEntropy)
            .ok_or_else(|| "this register's key is not at hand, so it can't ask".to_owned())?;
        let line = sending::transport(central).map_err(|why| why.to_string())?;
        let mut line = line.with_answers_up_to(ASIDES_ANSWER_LEN_MAX);
        let central_key = PublicKey::parse(&central.ack_key).map_err(|why| why.to_string())?;
        let mut wait = |ms: u64| std::thread::sleep(Duration::from_millis(ms));
        let mut asker = central::Asker {
            store: StoreNo(self.settings.store),
            register: RegisterNo(self.settings.register),
            key: &key,
            central: central_key,
            entropy: &SystemEntropy,
            transport: &mut line,
            wait: &mut wait,
            waits: 0,
        };
        let asked = central::regain(&mut asker, &mut |said| match said {
            central::Heard::Journal(journal, key, next) => {
                gathered.key(key);
                gathered.told(by, journal, next);
                true
            }
            central::Heard::Line(line) => {
                (self.progress)();
                *much |= gathered.take(by, line).is_err();
                !*much
            }
        });
        sending::keep_renewed(&mut line, self.data);
        asked.map_err(|why| match why {
            crate::sync::asides::NotTold::NoAnswer(why) => {
                format!("central can't be reached ({}); ask another one, or again later", why.text)
            }
            why => why.to_string(),
        })
    }

    fn peers(&mut self, gathered: &mut Gathered) -> Result<Vec<Asked>, TooMuch> {
        let none = |trouble: &str| vec![Asked::nobody("other registers", trouble)];
        const NOBODY: &str = "no other register is listed here; 'tideover peer add --register N \
                              --address …' lists one";
        if self.settings.peers.is_none() {
            return Ok(none(NOBODY));
        }
        let Some(parts) = peering::regain_parts(self.data, self.settings, self.clock) else {
            return Ok(none(
                "this register's key is not at hand, so that it can't prove who asks; or its list \
                 of the others is written wrong: 'tideover peer show' says both",
            ));
        };
        if parts.listed.is_empty() {
            return Ok(none(NOBODY));
        }
        let mut all = Vec::new();
        for peer in &parts.listed {
            let by = Bringer::Peer(peer.register);
            gathered.asked(&by);
            let mut much = false;
            let asked = peers::regain(&parts, peer, &mut |said| match said {
                // Central's word about a key, as it travels with the copies.
                peers::Heard::Key(key) => {
                    gathered.key(key);
                    true
                }
                peers::Heard::Journal(journal, next) => {
                    gathered.told(&by, journal, next);
                    true
                }
                peers::Heard::Line(line) => {
                    (self.progress)();
                    much |= gathered.take(&by, line).is_err();
                    !much
                }
            });
            if much {
                return Err(TooMuch);
            }
            all.push(Asked::of(by, asked.err().map(|why| why.to_string())));
        }
        Ok(all)
    }

    /// A stick is not even looked at from here: the reader says whether it is a bundle.
    fn path(&mut self, path: &Path, gathered: &mut Gathered) -> Result<Asked, TooMuch> {
        let text = path.display().to_string();
        let reader = match StickReader::this_program() {
            Ok(reader) => reader,
            Err(why) => return Ok(Asked::nobody(&text, &why.to_string())),
        };
        let no_bundle = match self.bundle(&reader, path, gathered)? {
            Tried::Was(asked) => return Ok(asked),
            Tried::IsNone(words) => words,
        };
        self.lines(&reader, path, no_bundle, gathered)
    }

    #[cfg(feature = "central")]
    fn bundle(
        &mut self,
        reader: &StickReader,
        path: &Path,
        gathered: &mut Gathered,
    ) -> Result<Tried, TooMuch> {
        use crate::cli::bundle::told::{NotUsed, read_bundle};
        let text = path.display().to_string();
        let by = Bringer::Bundle(text.clone());
        let bundle = match read_bundle(reader, path, Some(self.settings.store)) {
            Ok(bundle) => bundle,
            Err(NotUsed::NoBundle(words)) => return Ok(Tried::IsNone(Some(words))),
            Err(why) => return Ok(Tried::Was(Asked::nobody(&text, &why.to_string()))),
        };
        gathered.asked(&by);
        for part in bundle.parts.iter().filter(|part| part.journal().is_some()) {
            for line in part.lines() {
                (self.progress)();
                gathered.take(&by, line)?;
            }
        }
        let bad: Vec<String> =
            bundle.bad.iter().map(|bad| format!("{}: {}", bad.file, bad.why)).collect();
        let trouble = (!bad.is_empty())
            .then(|| format!("bad parts, of which nothing is used: {}", bad.join("; ")));
        Ok(Tried::Was(Asked::of(by, trouble)))
    }

    #[cfg(not(feature = "central"))]
    fn bundle(&mut self, _: &StickReader, _: &Path, _: &mut Gathered) -> Result<Tried, TooMuch> {
        Ok(Tried::IsNone(None))
    }

    fn lines(
        &mut self,
        reader: &StickReader,
        path: &Path,
        no_bundle: Option<String>,
        gathered: &mut Gathered,
    ) -> Result<Asked, TooMuch> {
        let text = path.display().to_string();
        let by = Bringer::File(text.clone());
        let words: [OsString; 4] = ["read-stick".into(), "lines".into(), "--".into(), path.into()];
        let mut much = false;
        let mut hear = || -> Result<(), String> {
            let silent =
                |why: crate::device::reader::NotTold| format!("{text} was not read: {why}");
            let mut reading = reader.begin(&words, u64::MAX).map_err(silent)?;
            loop {
                let frame = reading.next_frame().map_err(silent)?;
                match told(&frame).map_err(silent)? {
                    Told::Lines(lines) if self.takes(&by, &lines, gathered) => {}
                    Told::Lines(_) => {
                        much = true;
                        return Ok(());
                    }
                    // What is sealed beside records is for central alone.
                    Told::Length(_) | Told::Sealed(_) => {}
                    Told::Refused(refused) => {
                        // A folder that is no bundle, in the words of whoever looked for one.
                        let folder = no_bundle.as_ref().filter(|words| words.contains(MANIFEST));
                        return Err(folder.map_or(refused.words, |words| tape_hint(words)));
                    }
                    Told::End => break,
                    #[cfg(feature = "central")]
                    Told::Head(_) | Told::Good(_) | Told::Bad(_) => {
                        return Err(silent(crate::device::reader::NotTold::Nonsense));
                    }
                }
            }
            reading.finish().map_err(silent)
        };
        let trouble = hear().err();
        if much { Err(TooMuch) } else { Ok(Asked::of(by, trouble)) }
    }

    /// Takes lines; false where they are too much.
    fn takes(&mut self, by: &Bringer, lines: &[u8], gathered: &mut Gathered) -> bool {
        gathered.asked(by);
        lines.split(|byte| *byte == b'\n').all(|line| {
            (self.progress)();
            gathered.take(by, line).is_ok()
        })
    }
}

/// Why a folder is no bundle, and what else of a disk there may be.
fn tape_hint(words: &str) -> String {
    format!("{words}. Of an old disk name the tape, a file in its 'tape'")
}

/// Whether a path was a bundle.
enum Tried {
    /// It was, or can't be read at all.
    #[cfg_attr(
        not(feature = "central"),
        expect(dead_code, reason = "bundles are read with central's code")
    )]
    Was(Asked),
    /// It is none, in the reader's words.
    IsNone(Option<String>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_central_the_peers_or_a_path() {
        assert_eq!(Source::of("central"), Source::Central);
        assert_eq!(Source::of("peer"), Source::Peers);
        assert_eq!(Source::of("./peer"), Source::Path(PathBuf::from("./peer")));
        assert_eq!(Source::of("/media/stick"), Source::Path(PathBuf::from("/media/stick")));
    }
}

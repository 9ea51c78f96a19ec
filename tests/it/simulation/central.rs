//! Central: the real door over the real store, its projections stepped by hand. It can be killed,
//! backed up and put back to an older copy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tideover::central::door::{Door, DoorParts, InProcess, new_server_epoch};
use tideover::central::packs::Packs;
use tideover::central::project;
use tideover::central::sqlite::{FILE_NAME, SqliteStore};
use tideover::central::store::{Held, Store as _};
use tideover::device::clock::SimulatedClock;
use tideover::domain::ids::RegisterNo;
use tideover::journal::key::SigningKey;
use tideover::sync::carrier::{Request, Response};
use tideover::sync::enroll::{Enrollment, enroll};

use super::disk::Image;
use super::{Chance, STORE, template};

pub struct Central {
    pub folder: PathBuf,
    /// What it calls itself; another word after it was put back.
    pub name: String,
    running: Option<Running>,
    clock: SimulatedClock,
    entropy: Arc<Chance>,
    packs: Arc<Packs>,
    /// How far the store was after a commit, kept beside it.
    mark: Option<String>,
    /// A copy of the store, and how many sales were paid when it was made.
    pub copy: Option<(Image, usize)>,
    /// The store before the last request, for one that answers before it commits.
    before: Option<Image>,
    answers_early: bool,
}

struct Running {
    door: Arc<Door>,
    writer: Arc<Held>,
    reader: Arc<Held>,
}

impl Central {
    pub fn new(root: &Path, clock: SimulatedClock, seed: u64, answers_early: bool) -> Self {
        let folder = root.join("central");
        std::fs::create_dir_all(&folder).expect("a folder");
        template::central().put_back(&folder);
        let mut central = Self {
            folder,
            name: String::new(),
            running: None,
            clock,
            entropy: Arc::new(Chance::new(seed)),
            packs: template::packs_of_central(),
            mark: None,
            copy: None,
            before: None,
            answers_early,
        };
        central.start();
        central
    }

    pub fn is_up(&self) -> bool {
        self.running.is_some()
    }

    /// Starts, under a new name where the store is an older copy of what it was.
    pub fn start(&mut self) {
        let mut store = SqliteStore::open(&self.folder).expect("a store");
        let name = store.server_epoch().expect("read");
        let older = self.mark.as_ref().is_some_and(|mark| store.is_older_than(mark).expect("read"));
        if name.is_empty() || older {
            let word = new_server_epoch(self.entropy.as_ref()).expect("a word");
            store.set_server_epoch(&word).expect("named");
        }
        self.name = store.server_epoch().expect("read");
        let reader = SqliteStore::open(&self.folder).expect("a store");
        let writer = Arc::new(Held::new("simulated-writer", Box::new(store)).expect("a thread"));
        let reader = Arc::new(Held::new("simulated-reader", Box::new(reader)).expect("a thread"));
        let key = SigningKey::from_seed(&[9; 32]).expect("a key");
        let door = Arc::new(Door::new(DoorParts {
            writer: Arc::clone(&writer),
            reader: Arc::clone(&reader),
            pack_key: template::signer().public().0,
            seal_key: None,
            key,
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::<Chance>::clone(&self.entropy),
            published: None,
            on_commit: Box::new(|| ()),
        }));
        self.running = Some(Running { door, writer, reader });
        self.note_mark();
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("central runs")
    }

    pub fn enroll(&self, register: u16, key: &SigningKey) -> Enrollment {
        let door = Arc::clone(&self.running().door);
        let code = door.enroll_code(STORE, RegisterNo(register)).expect("a code");
        let url = "http://central.example";
        enroll(&mut InProcess(door), url, None, &code, key).expect("enrolled")
    }

    /// Answers; none while it does not run.
    pub fn answer(&mut self, request: &Request) -> Option<Response> {
        self.running.as_ref()?;
        if self.answers_early {
            self.before = Some(Image::of(&self.folder));
        }
        let response = self.running().door.answer(request);
        Some(response)
    }

    fn note_mark(&mut self) {
        let mark = self.running().writer.call(|store| store.mark());
        self.mark = Some(mark.expect("a mark"));
    }

    /// Looks at what it holds, at most so many stretches; true when there is nothing left.
    pub fn project(&self, steps: usize) -> bool {
        let Some(running) = &self.running else { return false };
        (0..steps).any(|_| {
            !project::step(&running.reader, &running.writer, self.packs.as_ref()).expect("read")
        })
    }

    pub fn forget_projections(&self) {
        self.running().writer.call(|store| store.forget_projections()).expect("forgotten");
    }

    pub fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(
            &mut dyn tideover::central::store::Store,
        ) -> Result<T, tideover::central::store::StoreError>
        + Send
        + 'static,
    ) -> T {
        self.running().reader.call(question).expect("answered")
    }

    /// Ends at once, as by SIGKILL: what was committed is there, and nothing is tidied up.
    pub fn kill(&mut self) {
        if self.running.is_none() {
            return;
        }
        self.note_mark();
        let left = self.before.take().unwrap_or_else(|| Image::of(&self.folder));
        self.running = None;
        left.put_back(&self.folder);
        if self.answers_early {
            // Nobody notices: the mark was early, too.
            self.mark = None;
        }
    }

    pub fn back_up(&mut self, paid: usize) {
        self.copy = Some((Image::of(&self.folder), paid));
    }

    /// Puts the copy back; gives how many sales were paid when it was made.
    pub fn restore(&mut self) -> Option<usize> {
        let (copy, paid) = self.copy.clone()?;
        self.kill();
        copy.put_back(&self.folder);
        self.before = None;
        Some(paid)
    }

    pub fn database(&self) -> PathBuf {
        self.folder.join(FILE_NAME)
    }
}

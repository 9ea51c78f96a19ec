//! The first start: try the demo store, or make this machine a register; by the keyboard alone.
//!
//! ```text
//!  Begin ─1─▶ demo
//!     └──2─▶ Central? ─1─▶ address ─▶ fingerprint ─▶ code ─────────────▶ set up
//!                 └────2─▶ price file ─▶ is it yours? ─▶ register's no. ─▶ set up
//! ```
//!
//! The same questions are asked in the window and, without a display, in the terminal. Nothing is
//! written here: what was answered goes to whoever asked.

use crate::domain::words::{Words, term, words};

/// What the person wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To try the demo store.
    Demo,
    /// A register that central knows.
    Enroll {
        /// Central's address.
        central: String,
        /// Its certificate's fingerprint; none on this machine.
        fingerprint: Option<String>,
        /// The one-time code.
        code: String,
    },
    /// A register that sells before central can be reached.
    Offline {
        /// The price file.
        pack: String,
        /// The register's number.
        register: u16,
    },
}

/// What a price file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFace {
    /// The store's number.
    pub store: u32,
    /// The store's name.
    pub name: String,
    /// The key it is signed with, for people.
    pub key: String,
}

/// Looks at a price file; the words say why it is none.
pub type LookAtPack = Box<dyn Fn(&str) -> Result<PackFace, Words>>;

/// What is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Question {
    /// Demo or register.
    #[default]
    Begin,
    /// Can central be reached?
    Central,
    /// Its address.
    Address,
    /// Its certificate.
    Fingerprint,
    /// The one-time code.
    Code,
    /// The price file.
    Pack,
    /// Is it this store's?
    Confirm,
    /// Which register is this?
    Register,
}

/// The guide.
#[derive(Default)]
pub struct Guide {
    /// What is asked now.
    pub question: Question,
    /// Why the last answer was not taken.
    pub trouble: Option<Words>,
    /// What was wished, once it is known.
    pub wish: Option<Wish>,
    look: Option<LookAtPack>,
    face: Option<PackFace>,
    pack: String,
    central: String,
    fingerprint: Option<String>,
}

impl Guide {
    /// A guide that looks at price files with `look`; `trouble` is what went wrong before.
    pub fn new(look: LookAtPack, trouble: Option<Words>) -> Self {
        Self { look: Some(look), trouble, ..Self::default() }
    }

    /// What is asked.
    pub const fn title(&self) -> &'static str {
        match self.question {
            Question::Begin => term("Welcome to Tideover"),
            Question::Central => term("Can central be reached from here?"),
            Question::Address => term("Central's address"),
            Question::Fingerprint => term("The fingerprint of central's certificate"),
            Question::Code => term("The one-time code"),
            Question::Pack => term("The store's price file"),
            Question::Confirm => term("Is this your store's price file?"),
            Question::Register => term("Which register is this?"),
        }
    }

    /// What there is to know before answering.
    pub fn words(&self) -> Vec<Words> {
        match self.question {
            Question::Begin => vec![
                words!("This register sells for cash and checks while other systems are down."),
                words!("Nothing is set up on this machine yet, and nothing is changed so far."),
            ],
            Question::Central => vec![
                words!("Central is where the sales of all registers are gathered."),
                words!("Without it the register sells all the same, and is enrolled later."),
            ],
            Question::Address => vec![words!("IT has it. Such as https://central.example:7443")],
            Question::Fingerprint => vec![
                words!("64 digits and letters, as central printed them at its start."),
                words!("Enter alone if central runs on this machine."),
            ],
            Question::Code => vec![words!("IT gets one for this register from central.")],
            Question::Pack => vec![
                words!("Type where the file is, such as /media/usb/store.pack"),
                words!("IT brings it: items, prices, taxes and people of this store."),
            ],
            Question::Confirm => self.face.as_ref().map_or_else(Vec::new, |face| {
                vec![
                    words!("Store {}, {}", face.store, &face.name),
                    words!("Signed with the key {}", &face.key),
                    words!("Compare the key with the one IT gave you."),
                ]
            }),
            Question::Register => vec![
                words!("Each register of the store has a number of its own, from 1."),
                words!("It stands on every receipt and can't be changed later."),
            ],
        }
    }

    /// The choices, by digit; none where something is typed.
    pub const fn choices(&self) -> &'static [(char, &'static str)] {
        const BEGIN: &[(char, &str)] =
            &[('1', term("Try the demo store")), ('2', term("Set up this register"))];
        const CENTRAL: &[(char, &str)] =
            &[('1', term("Yes, I have a code")), ('2', term("No, sell without it for now"))];
        const CONFIRM: &[(char, &str)] =
            &[('1', term("Yes, it is ours")), ('2', term("No, another file"))];
        match self.question {
            Question::Begin => BEGIN,
            Question::Central => CENTRAL,
            Question::Confirm => CONFIRM,
            _ => &[],
        }
    }

    /// Takes a digit that chooses.
    pub fn choose(&mut self, key: char) {
        self.trouble = None;
        self.question = match (self.question, key) {
            (Question::Begin, '1') => {
                self.wish = Some(Wish::Demo);
                Question::Begin
            }
            (Question::Begin, '2') => Question::Central,
            (Question::Central, '1') => Question::Address,
            (Question::Central, '2') | (Question::Confirm, '2') => Question::Pack,
            (Question::Confirm, '1') => Question::Register,
            (question, _) => question,
        };
    }

    /// Takes what was typed.
    pub fn answer(&mut self, text: &str) {
        let text = text.trim();
        self.trouble = None;
        match self.question {
            Question::Address if text.starts_with("https://") => {
                self.central = text.to_owned();
                self.question = Question::Fingerprint;
            }
            Question::Address => self.trouble = Some(words!("It begins with https://")),
            Question::Fingerprint => {
                let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
                if !text.is_empty() && digits.len() != 64 {
                    self.trouble = Some(words!("It has 64 digits and letters from a to f"));
                    return;
                }
                self.fingerprint = (!digits.is_empty()).then_some(digits);
                self.question = Question::Code;
            }
            Question::Code if text.is_empty() => self.trouble = Some(words!("No code was typed")),
            Question::Code => {
                self.wish = Some(Wish::Enroll {
                    central: self.central.clone(),
                    fingerprint: self.fingerprint.clone(),
                    code: text.to_owned(),
                });
            }
            Question::Pack => match self.look.as_ref().map(|look| look(text)) {
                Some(Ok(face)) => {
                    self.face = Some(face);
                    text.clone_into(&mut self.pack);
                    self.question = Question::Confirm;
                }
                Some(Err(why)) => self.trouble = Some(why),
                None => {}
            },
            Question::Register => match text.parse::<u16>() {
                Ok(register) if register > 0 => {
                    self.wish = Some(Wish::Offline { pack: self.pack.clone(), register });
                }
                _ => self.trouble = Some(words!("A register's number is 1 to 65535")),
            },
            Question::Begin | Question::Central | Question::Confirm => {}
        }
    }

    /// The question before.
    pub fn back(&mut self) {
        self.trouble = None;
        self.question = match self.question {
            Question::Begin | Question::Central => Question::Begin,
            Question::Address | Question::Pack => Question::Central,
            Question::Fingerprint => Question::Address,
            Question::Code => Question::Fingerprint,
            Question::Confirm | Question::Register => Question::Pack,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guide() -> Guide {
        let look: LookAtPack = Box::new(|path| match path {
            "/usb/store.pack" => {
                Ok(PackFace { store: 1042, name: "Market".to_owned(), key: "3f2a".to_owned() })
            }
            _ => Err(Words::data("there is no such file")),
        });
        Guide::new(look, None)
    }

    #[test]
    fn the_demo_is_one_key_away() {
        let mut guide = guide();
        guide.choose('1');
        assert_eq!(guide.wish, Some(Wish::Demo));
    }

    #[test]
    fn a_register_without_central_needs_a_price_file_and_a_number() {
        let mut guide = guide();
        guide.choose('2');
        guide.choose('2');
        guide.answer("/nowhere");
        assert!(guide.trouble.is_some() && guide.question == Question::Pack);
        guide.answer("/usb/store.pack");
        assert_eq!(guide.words()[0], "Store 1042, Market");
        guide.choose('1');
        guide.answer("0");
        assert!(guide.wish.is_none() && guide.trouble.is_some());
        guide.answer("7");
        let pack = "/usb/store.pack".to_owned();
        assert_eq!(guide.wish, Some(Wish::Offline { pack, register: 7 }));
    }

    #[test]
    fn a_register_of_central_needs_its_address_and_a_code() {
        let mut guide = guide();
        guide.choose('2');
        guide.choose('1');
        guide.answer("central.example");
        assert!(guide.trouble.is_some());
        guide.answer("https://central.example:7443");
        guide.answer("12");
        assert!(guide.trouble.is_some(), "half a fingerprint is none");
        guide.answer("");
        guide.answer("K7QF-22");
        let Some(Wish::Enroll { central, fingerprint, code }) = guide.wish else { panic!("no") };
        assert_eq!(
            (central.as_str(), fingerprint, code.as_str()),
            ("https://central.example:7443", None, "K7QF-22")
        );
    }

    #[test]
    fn every_question_has_a_way_back() {
        let mut guide = guide();
        guide.choose('2');
        guide.choose('2');
        guide.answer("/usb/store.pack");
        for _ in 0..5 {
            guide.back();
        }
        assert_eq!(guide.question, Question::Begin);
    }
}

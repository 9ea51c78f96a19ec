//! The printer's part of a register's settings: read apart from the rest, so that a wrong word in
//! it never keeps the register from starting.
//!
//! ```text
//!  "printer": {
//!    "to": "tcp 192.168.1.50:9100",        none, screen, file PATH, tcp HOST:PORT,
//!                                          serial /dev/ttyS0 [9600] [flow], device /dev/usb/lp0
//!    "columns": 42, "code_page": "cp437", "drawer": "pin2", "realtime_drawer": false,
//!    "logo": "logo.pbm", "qr": "printer", "answers": true, "language": "en"
//!  }
//! ```
//!
//! Only `to` must be there. Wrong settings say what is wrong and how to write it; receipts are
//! shown on the screen until somebody has mended them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::device::printer::{self, Deadlines, Lamp, NoPrinter, Setup, Target};
use crate::domain::echo::{echo, in_a_line};
use crate::receipt::Language;
use crate::receipt::bitmap::{self, Bitmap};
use crate::receipt::code_page::CodePage;
use crate::receipt::escpos::{Drawer, DrawerPin, Profile, QrBy};
use crate::receipt::layout::Columns;

use super::printing::Paper;
use super::settings::{DataDir, Settings};

const BAUD_DEFAULT: u32 = 9_600;
const BAUDS: [u32; 8] = [1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200];

/// The words of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrinterSettings {
    /// Where the printer is.
    pub to: String,
    /// Characters a line: 48, 42 or 32.
    #[serde(default)]
    pub columns: Option<u64>,
    /// Its code page: `cp437`, `cp850`, `cp858` or `wpc1252`.
    #[serde(default)]
    pub code_page: Option<String>,
    /// The drawer's pin: `pin2`, `pin5` or `none`.
    #[serde(default)]
    pub drawer: Option<String>,
    /// The level of the drawer's switch that means open: `high` or `low`, as 'tideover device
    /// test' shows it.
    #[serde(default)]
    pub drawer_open: Option<String>,
    /// Open the drawer by the real-time pulse.
    #[serde(default)]
    pub realtime_drawer: bool,
    /// A picture, beside the settings or with its whole path.
    #[serde(default)]
    pub logo: Option<PathBuf>,
    /// Who draws QR codes: `printer` or `picture`.
    #[serde(default)]
    pub qr: Option<String>,
    /// The printer answers when it is asked how it is.
    #[serde(default = "yes")]
    pub answers: bool,
    /// The customers' language: `en` or `es`.
    #[serde(default)]
    pub language: Option<String>,
}

const fn yes() -> bool {
    true
}

/// What is wrong with the printer's settings, and how to write it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongPrinter {
    /// A word that is none of the possible ones.
    #[error("printer.{field} is '{found}'; write {expected}")]
    Word {
        /// The field.
        field: &'static str,
        /// What stands there.
        found: String,
        /// What can stand there.
        expected: &'static str,
    },
    /// Not an object of the known fields.
    #[error("the printer's settings can't be read: {0}; docs/receipt.md lists the fields")]
    Shape(String),
    /// The logo is no picture.
    #[error("the logo {path} can't be used: {why}")]
    Logo {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
}

/// A printer's setup and the language of its paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The printer.
    pub setup: Setup,
    /// The language.
    pub language: Language,
    /// The logo was left out, and why; a picture is not worth a receipt.
    pub no_logo: Option<WrongPrinter>,
}

impl PrinterSettings {
    /// A printer at a place, everything else as usual: for `--printer` of the command line.
    pub fn at(to: &str) -> Self {
        Self {
            to: to.to_owned(),
            columns: None,
            code_page: None,
            drawer: None,
            drawer_open: None,
            realtime_drawer: false,
            logo: None,
            qr: None,
            answers: true,
            language: None,
        }
    }

    /// The printer of a register's settings; the text file of older ones, else the screen.
    ///
    /// # Errors
    /// [`WrongPrinter`] with how to mend it.
    pub fn of(settings: &Settings) -> Result<Self, WrongPrinter> {
        match (&settings.printer, &settings.receipts) {
            (Some(value), _) => serde_json::from_value(value.clone())
                .map_err(|error| WrongPrinter::Shape(in_a_line(&error.to_string()))),
            (None, Some(path)) => Ok(Self::at(&format!("file {}", path.display()))),
            (None, None) => Ok(Self::at("screen")),
        }
    }

    /// Reads the words. `folder` is where a logo without a path is looked for.
    ///
    /// # Errors
    /// [`WrongPrinter`] with how to mend it.
    pub fn read(&self, folder: &Path) -> Result<Chosen, WrongPrinter> {
        let target = target(&self.to)?;
        let columns = match self.columns {
            None => Columns::default(),
            Some(count) => Columns::from_count(count)
                .ok_or_else(|| word("columns", &count.to_string(), "48, 42 or 32"))?,
        };
        let code_page = match &self.code_page {
            None => CodePage::default(),
            Some(name) => CodePage::from_name(name)
                .ok_or_else(|| word("code_page", name, "cp437, cp850, cp858 or wpc1252"))?,
        };
        let pin = match self.drawer.as_deref() {
            None | Some("pin2") => Some(DrawerPin::Pin2),
            Some("pin5") => Some(DrawerPin::Pin5),
            Some("none") => None,
            Some(other) => return Err(word("drawer", other, "pin2, pin5 or none")),
        };
        let qr = match self.qr.as_deref() {
            None | Some("printer") => QrBy::Printer,
            Some("picture") => QrBy::Picture,
            Some(other) => return Err(word("qr", other, "printer or picture")),
        };
        let language = match self.language.as_deref() {
            None => Language::default(),
            Some(code) => {
                Language::from_code(code).ok_or_else(|| word("language", code, "en or es"))?
            }
        };
        let (logo, no_logo) = match self.logo.as_ref().map(|path| logo(&folder.join(path))) {
            None => (None, None),
            Some(Ok(logo)) => (Some(logo), None),
            Some(Err(why)) => (None, Some(why)),
        };
        let realtime = self.realtime_drawer;
        let drawer = pin.map(|pin| Drawer { pin, realtime });
        let open_level = match self.drawer_open.as_deref() {
            None => None,
            Some("high") => Some(true),
            Some("low") => Some(false),
            Some(other) => return Err(word("drawer_open", other, "high or low")),
        };
        let profile = Profile { columns, code_page, drawer, open_level, qr, logo };
        let (answers, deadlines) = (self.answers, Deadlines::default());
        let setup = Setup { target, profile, answers, deadlines };
        Ok(Chosen { setup, language, no_logo })
    }
}

/// The paper of a register. Wrong settings show receipts on the screen and say so.
pub fn paper(data: &DataDir, settings: &Settings) -> Paper {
    let chosen = PrinterSettings::of(settings).and_then(|words| words.read(&data.0));
    let chosen = match chosen {
        Ok(chosen) => chosen,
        Err(error) => {
            tracing::error!(%error, "receipts are shown on the screen");
            return Paper::new(Box::new(NoPrinter), Lamp::WrongSettings, Columns::default());
        }
    };
    if let Some(error) = &chosen.no_logo {
        tracing::error!(%error, "receipts go without their logo");
    }
    let (columns, drawer) = (chosen.setup.profile.columns, chosen.setup.profile.drawer);
    let wired = !matches!(chosen.setup.target, Target::Screen | Target::None | Target::File(_));
    let lamp = match &chosen.setup.target {
        Target::Screen => Lamp::PaperFree,
        // Nobody wants receipts: none is shown either.
        Target::None | Target::File(_) => Lamp::Ready,
        Target::Tcp(_) | Target::Serial { .. } | Target::Device(_) => Lamp::Unknown,
    };
    match printer::open(chosen.setup) {
        Ok(printer) => Paper {
            language: chosen.language,
            drawer: wired && drawer.is_some(),
            ..Paper::new(printer, lamp, columns)
        },
        Err(error) => {
            tracing::error!(%error, "the printer's thread did not start");
            Paper::new(Box::new(NoPrinter), Lamp::WrongSettings, columns)
        }
    }
}

fn word(field: &'static str, found: &str, expected: &'static str) -> WrongPrinter {
    WrongPrinter::Word { field, found: echo(found), expected }
}

/// Where the printer is: a word and what belongs to it. `tcp:host` is read like `tcp host`.
fn target(text: &str) -> Result<Target, WrongPrinter> {
    const EXPECTED: &str = "none, screen, file PATH, tcp HOST:PORT, serial /dev/ttyUSB0 9600 or \
                            device /dev/usb/lp0";
    let wrong = || word("to", text, EXPECTED);
    let kinds = ["file", "tcp", "serial", "device"];
    let (kind, rest) = text.trim().split_once([' ', ':']).unwrap_or((text.trim(), ""));
    let rest = rest.trim();
    if kinds.contains(&kind) == rest.is_empty() {
        return Err(wrong());
    }
    match kind {
        "none" => Ok(Target::None),
        "screen" => Ok(Target::Screen),
        "file" => Ok(Target::File(PathBuf::from(rest))),
        "device" => Ok(Target::Device(PathBuf::from(rest))),
        "tcp" => {
            let port = rest.rsplit_once(':').map(|(host, port)| (host, port.parse::<u16>()));
            match port {
                Some((host, Ok(port))) if !host.is_empty() && port > 0 => {
                    Ok(Target::Tcp(rest.to_owned()))
                }
                // 9100 is what network printers listen on.
                None => Ok(Target::Tcp(format!("{rest}:9100"))),
                Some(_) => Err(wrong()),
            }
        }
        "serial" => serial(rest).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

fn serial(rest: &str) -> Option<Target> {
    let mut words = rest.split_whitespace();
    let path = PathBuf::from(words.next()?);
    let (mut baud, mut flow_control) = (BAUD_DEFAULT, false);
    for word in words {
        match word {
            "flow" => flow_control = true,
            number => {
                baud = number.parse().ok().filter(|baud| BAUDS.contains(baud))?;
            }
        }
    }
    Some(Target::Serial { path, baud, flow_control })
}

fn logo(path: &Path) -> Result<Bitmap, WrongPrinter> {
    let wrong = |why: String| WrongPrinter::Logo { path: path.display().to_string(), why };
    let metadata = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?;
    if !metadata.is_file() || metadata.len() > bitmap::FILE_LEN_MAX {
        return Err(wrong("it must be a plain file of at most 256 KiB".to_owned()));
    }
    let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    Bitmap::read(&bytes).map_err(|why| wrong(why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: serde_json::Value) -> Result<Chosen, WrongPrinter> {
        serde_json::from_value::<PrinterSettings>(json)
            .map_err(|error| WrongPrinter::Shape(error.to_string()))
            .and_then(|words| words.read(Path::new("/nowhere")))
    }

    #[test]
    fn what_is_said_of_wrong_settings_is_short_whatever_stands_in_them() {
        let long = format!("\u{1b}{}", "o".repeat(4_096));
        let settings = |printer: serde_json::Value| -> Settings {
            let key = "ab".repeat(32);
            let all = serde_json::json!({
                "store": 1042, "register": 7, "pack_key": key, "printer": printer,
            });
            serde_json::from_value(all).expect("settings")
        };
        for printer in [
            serde_json::json!({ "to": "none", long.clone(): 1 }),
            serde_json::json!({ "to": long }),
        ] {
            let read = PrinterSettings::of(&settings(printer));
            let said = read.and_then(|words| words.read(Path::new("/nowhere")));
            let said = said.expect_err("wrong").to_string();
            assert!(said.len() < 600, "{} bytes", said.len());
            assert!(!said.chars().any(char::is_control), "{said:?}");
        }
    }

    #[test]
    fn places_are_read_as_people_write_them() {
        for (text, expected) in [
            ("none", Target::None),
            ("screen", Target::Screen),
            ("tcp 192.168.1.50:9100", Target::Tcp("192.168.1.50:9100".to_owned())),
            ("tcp:printer.store", Target::Tcp("printer.store:9100".to_owned())),
            ("device /dev/usb/lp0", Target::Device("/dev/usb/lp0".into())),
            ("file two words.txt", Target::File("two words.txt".into())),
            (
                "serial /dev/ttyS0 19200 flow",
                Target::Serial { path: "/dev/ttyS0".into(), baud: 19_200, flow_control: true },
            ),
        ] {
            assert_eq!(target(text), Ok(expected), "{text}");
        }
        for wrong in ["", "tcp", "tcp host:0", "tcp :9100", "serial /dev/x 1234", "lpt1", "none x"]
        {
            let said = target(wrong).expect_err(wrong).to_string();
            assert!(said.contains("write none, screen, file PATH"), "{said}");
        }
    }

    #[test]
    fn each_wrong_word_says_what_can_stand_there() {
        for (json, said) in [
            (serde_json::json!({"to": "screen", "columns": 40}), "write 48, 42 or 32"),
            (serde_json::json!({"to": "screen", "code_page": "utf8"}), "write cp437"),
            (serde_json::json!({"to": "screen", "drawer": "pin3"}), "write pin2"),
            (serde_json::json!({"to": "screen", "language": "fr"}), "write en or es"),
            (serde_json::json!({"to": "screen", "colums": 42}), "unknown field"),
            (serde_json::json!({}), "missing field"),
        ] {
            let error = read(json).expect_err(said).to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_logo_that_is_not_there_costs_the_logo() {
        let chosen = read(serde_json::json!({"to": "tcp 10.0.0.9:9100", "logo": "logo.pbm"}));
        let chosen = chosen.expect("a printer");
        assert_eq!(chosen.setup.profile.logo, None);
        assert!(chosen.no_logo.is_some_and(|why| why.to_string().contains("/nowhere/logo.pbm")));
    }
}

//! Which byte a printer wants for a character: four code pages, each with its own table.
//!
//! ```text
//!  ESC t 0   CP437     every ESC/POS printer has it: US English, most of Western Europe
//!  ESC t 2   CP850     all of Western Europe
//!  ESC t 19  CP858     the same with the euro
//!  ESC t 16  WPC1252   Windows' own
//! ```
//!
//! The numbers are Epson's; printers of other makers mostly follow them, and `tideover device
//! test` prints every character so that IT can look.

use serde::{Deserialize, Serialize};

/// A code page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodePage {
    /// The IBM PC's.
    #[default]
    Cp437,
    /// Western Europe.
    Cp850,
    /// Western Europe with the euro sign.
    Cp858,
    /// Windows, Western Europe.
    Wpc1252,
}

/// No character has this byte in WPC1252.
const NONE: char = '\u{fffd}';

const CP437: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ\
    áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}\
    ";
const CP850: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ\
    áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀\
    ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}\
    ";
const CP858: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ\
    áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀\
    ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}\
    ";
const WPC1252: &str = "\
    €\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ\
    \u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿\
    ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß\
    àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ\
    ";

impl CodePage {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cp437, Self::Cp850, Self::Cp858, Self::Wpc1252];

    /// The number that `ESC t` takes.
    pub const fn number(self) -> u8 {
        match self {
            Self::Cp437 => 0,
            Self::Cp850 => 2,
            Self::Cp858 => 19,
            Self::Wpc1252 => 16,
        }
    }

    /// Its name in the settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cp437 => "cp437",
            Self::Cp850 => "cp850",
            Self::Cp858 => "cp858",
            Self::Wpc1252 => "wpc1252",
        }
    }

    /// The page of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.name() == name)
    }

    /// The characters of the bytes 0x80 to 0xFF.
    pub const fn upper(self) -> &'static str {
        match self {
            Self::Cp437 => CP437,
            Self::Cp850 => CP850,
            Self::Cp858 => CP858,
            Self::Wpc1252 => WPC1252,
        }
    }

    /// The byte of a character; none when the page lacks it. A control character has none.
    pub fn byte(self, c: char) -> Option<u8> {
        match c {
            ' '..='~' => u8::try_from(c).ok(),
            _ if c.is_control() || c == NONE => None,
            _ => (0x80_u8..=0xFF).zip(self.upper().chars()).find(|(_, k)| *k == c).map(|(b, _)| b),
        }
    }

    /// A whole text in this page; none when it lacks a character.
    pub fn bytes(self, text: &str) -> Option<Vec<u8>> {
        text.chars().map(|c| self.byte(c)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_hold_what_the_standards_say() {
        for page in CodePage::ALL {
            assert_eq!(page.upper().chars().count(), 128, "{page:?}");
            assert_eq!(CodePage::from_name(page.name()), Some(page));
        }
        for (page, c, byte) in [
            (CodePage::Cp437, 'é', 0x82),
            (CodePage::Cp437, 'ñ', 0xA4),
            (CodePage::Cp437, '¢', 0x9B),
            (CodePage::Cp850, '¢', 0xBD),
            (CodePage::Cp850, 'Á', 0xB5),
            (CodePage::Cp858, '€', 0xD5),
            (CodePage::Wpc1252, '€', 0x80),
            (CodePage::Wpc1252, 'ÿ', 0xFF),
        ] {
            assert_eq!(page.byte(c), Some(byte), "{page:?} {c}");
        }
        assert_eq!(CodePage::Cp437.byte('€'), None);
        assert_eq!(CodePage::Cp850.byte('€'), None);
        assert_eq!(CodePage::Wpc1252.byte('\u{81}'), None, "a control character of Unicode");
        assert_eq!(CodePage::Wpc1252.byte(NONE), None);
    }

    #[test]
    fn no_text_becomes_a_control_byte() {
        for page in CodePage::ALL {
            for c in '\0'..='\u{3000}' {
                assert!(page.byte(c).is_none_or(|b| b >= 0x20 && b != 0x7F), "{page:?} {c:?}");
            }
        }
    }
}

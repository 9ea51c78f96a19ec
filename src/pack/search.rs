//! Finding items by words: a pack's names, folded, in one piece of memory.
//!
//! ```text
//!  item rows ─ read once ─▶ " jalapeno peppers 4677\n ground coffee 24 oz 4006381333931\n …"
//!                                    ▲
//!  "Jalap" ─ folded ─▶ " jalap" ─────┘ one pass; then only the rows on show are read
//! ```
//!
//! A pass over memory was chosen over SQLite's FTS5: the pack stays four plain tables that a
//! check can read, there is no second index to sign and to build, and a keystroke at 200,000
//! items costs a few milliseconds (docs/performance.md measures both). The price is some 40
//! bytes of memory an item, bounded by [`BYTES_MAX`].
//!
//! May not: write into a pack, rank by anything a person can't see.

use std::cell::Cell;

use super::error::PackError;
use super::open::Pack;
use crate::domain::item::Item;

/// The most memory the names take; items beyond it are found by their code alone.
pub const BYTES_MAX: usize = 64 << 20;
/// Counting ends here: nobody walks through more, and the next letter makes them fewer.
pub const COUNT_MAX: usize = 5_000;
/// The most words that are looked at.
const WORDS_MAX: usize = 8;

/// The names of a pack, ready to be searched.
#[derive(Debug)]
pub struct Catalog {
    pack: Pack,
    folded: String,
    /// Where each line begins.
    starts: Vec<u32>,
    keys: Vec<i64>,
    /// Item rows read since the catalog was made; a counter for tests and measurements.
    rows_read: Cell<u64>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// The first ones, best first.
    pub items: Vec<Item>,
    /// How many there are, as far as they were counted: at most [`COUNT_MAX`].
    pub total: usize,
}

impl Catalog {
    /// Reads the names of a pack.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read.
    pub fn of(pack: Pack) -> Result<Self, PackError> {
        let (mut folded, mut starts, mut keys) = (String::new(), Vec::new(), Vec::new());
        pack.each_item(&mut |key, code, name, _| {
            let Ok(start) = u32::try_from(folded.len()) else { return };
            if folded.len().saturating_add(name.len()).saturating_add(24) > BYTES_MAX {
                return;
            }
            starts.push(start);
            keys.push(key);
            fold(name, &mut folded);
            folded.push(' ');
            folded.extend(short(code).chars().flat_map(char::to_lowercase));
            folded.push('\n');
        })?;
        folded.shrink_to_fit();
        Ok(Self { pack, folded, starts, keys, rows_read: Cell::new(0) })
    }

    /// Items that have all of these words: each begins a word of the name, or the code. At most
    /// `limit` are read; those whose code or first word fits come first, in the pack's order.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read.
    pub fn search(&self, text: &str, limit: usize) -> Result<Hits, PackError> {
        let needles = needles(text);
        let (mut best, mut rest, mut total) = (Vec::new(), Vec::new(), 0_usize);
        self.each_line(&needles, &mut |index, line| {
            total = total.saturating_add(1);
            let fits = needles.first().is_some_and(|first| {
                line.starts_with(first.as_str())
                    || line.rsplit_once(' ').is_some_and(|(_, code)| code == first.trim_start())
            });
            let bucket = if fits { &mut best } else { &mut rest };
            if bucket.len() < limit {
                bucket.push(index);
            }
            total < COUNT_MAX
        });
        let mut items = Vec::new();
        for index in best.into_iter().chain(rest).take(limit) {
            let Some(key) = self.keys.get(index) else { continue };
            self.rows_read.set(self.rows_read.get().saturating_add(1));
            items.extend(self.pack.item_of_key(*key)?);
        }
        Ok(Hits { items, total })
    }

    /// The pack whose names these are.
    pub const fn pack(&self) -> &Pack {
        &self.pack
    }

    /// How many items can be found.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Nothing can be found.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Bytes of memory that the names take.
    pub fn bytes(&self) -> usize {
        let (starts, keys) = (size_of::<u32>(), size_of::<i64>());
        self.folded.len().saturating_add(self.keys.len().saturating_mul(starts + keys))
    }

    /// Item rows read since the catalog was made.
    pub const fn rows_read(&self) -> u64 {
        self.rows_read.get()
    }

    /// Calls `each` for every line that holds all needles, until it says that it is enough. The
    /// longest one drives: it is the rarest, as a rule.
    fn each_line(&self, needles: &[String], each: &mut dyn FnMut(usize, &str) -> bool) {
        let Some(driver) = needles.iter().max_by_key(|needle| needle.len()) else { return };
        let mut from = 0_usize;
        while let Some(at) = self.folded.get(from..).and_then(|rest| rest.find(driver.as_str())) {
            let at = from.saturating_add(at);
            let index = self.starts.partition_point(|start| usize_of(*start) <= at);
            let index = index.saturating_sub(1);
            let start = self.starts.get(index).copied().map_or(0, usize_of);
            let end = self
                .starts
                .get(index.saturating_add(1))
                .copied()
                .map_or(self.folded.len(), usize_of);
            let line = self.folded.get(start..end).map_or("", |line| line.trim_end_matches('\n'));
            let fits = |needle: &String| needle == driver || line.contains(needle.as_str());
            if needles.iter().all(fits) && !each(index, line) {
                return;
            }
            from = end;
        }
    }
}

fn usize_of(start: u32) -> usize {
    usize::try_from(start).unwrap_or(usize::MAX)
}

/// The words of a text, each with the space that stands before it in a folded line.
fn needles(text: &str) -> Vec<String> {
    let mut folded = String::new();
    fold(text, &mut folded);
    folded.split_whitespace().take(WORDS_MAX).map(|word| format!(" {}", short(word))).collect()
}

/// A number without the zeros before it: a scanner sends 12 digits where the pack holds 14.
fn short(word: &str) -> &str {
    let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let short = if digits { word.trim_start_matches('0') } else { word };
    if short.is_empty() { word } else { short }
}

/// Words in lower case without accents, a space before each: `Jalapeño 2%` is ` jalapeno 2`.
pub fn fold(text: &str, into: &mut String) {
    let mut apart = true;
    for c in text.chars().flat_map(char::to_lowercase) {
        if ('\u{300}'..='\u{36f}').contains(&c) || matches!(c, '\'' | '’') {
            continue; // An accent of its own, or the apostrophe of "Grower's".
        }
        if !c.is_alphanumeric() {
            apart = true;
            continue;
        }
        if apart {
            into.push(' ');
            apart = false;
        }
        match plain(c) {
            Some(letters) => into.push_str(letters),
            None => into.push(c),
        }
    }
}

/// The letters without their accents, as far as goods in stores of the Americas and Europe need.
const fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'é' | 'è' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'í' | 'ì' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' | 'ō' | 'ő' => "o",
        'ú' | 'ù' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ñ' | 'ń' | 'ň' => "n",
        'ç' | 'ć' | 'č' => "c",
        'ś' | 'š' | 'ş' => "s",
        'ź' | 'ž' | 'ż' => "z",
        'ğ' => "g",
        'ł' => "l",
        'ř' => "r",
        'ť' => "t",
        'ď' => "d",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        let mut into = String::new();
        fold(text, &mut into);
        into
    }

    #[test]
    fn accents_case_and_marks_make_no_difference() {
        assert_eq!(folded("JALAPEÑO, Crème-fraîche 2%"), " jalapeno creme fraiche 2");
        assert_eq!(folded("jalapen\u{303}o"), " jalapeno");
        assert_eq!(folded("Grower's 24oz"), " growers 24oz");
        assert_eq!(folded("  "), "");
    }

    #[test]
    fn a_code_is_found_with_and_without_its_zeros() {
        assert_eq!(needles("042100005264 cola"), [" 42100005264", " cola"]);
        assert_eq!(needles("000"), [" 000"]);
    }
}

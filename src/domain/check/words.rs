//! An amount in words, as it stands on a check: the words decide where figures and words differ
//! (Uniform Commercial Code 3-114), so the cashier compares the two.
//!
//! Up to 999,999,999.99. Cents are written as a fraction of a hundred.

use crate::domain::money::Money;

/// A language a check may be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `One hundred twenty-three and 45/100`
    English,
    /// `Ciento veintitrés con 45/100`
    Spanish,
}

/// The amount in words; none below zero and beyond the bound.
pub fn in_words(amount: Money, language: Language) -> Option<String> {
    let minor = u64::try_from(amount.minor()).ok()?;
    let (whole, cents) = (minor / 100, minor % 100);
    if whole > 999_999_999 {
        return None;
    }
    let (words, and) = match language {
        Language::English => (english(whole), "and"),
        Language::Spanish => (spanish(whole), "con"),
    };
    let mut letters = words.chars();
    let first = letters.next()?;
    Some(format!("{}{} {and} {cents:02}/100", first.to_uppercase(), letters.as_str()))
}

const EN_ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const EN_TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

const ES_ONES: [&str; 30] = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
];
const ES_TENS: [&str; 10] =
    ["", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"];
const ES_HUNDREDS: [&str; 10] = [
    "",
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
];

/// A word of a list; the lists are as long as the remainders that look into them.
fn word(list: &[&'static str], place: u64) -> &'static str {
    usize::try_from(place).ok().and_then(|place| list.get(place)).copied().unwrap_or("")
}

fn english(number: u64) -> String {
    let mut parts = Vec::new();
    for (size, name) in [(1_000_000, "million"), (1_000, "thousand")] {
        let many = number.checked_div(size).unwrap_or(0) % 1_000;
        if many > 0 {
            parts.push(format!("{} {name}", english_below_thousand(many)));
        }
    }
    let rest = number % 1_000;
    if rest > 0 || number == 0 {
        parts.push(english_below_thousand(rest));
    }
    parts.join(" ")
}

fn english_below_thousand(number: u64) -> String {
    let (hundreds, rest) = (number / 100, number % 100);
    let below = match (rest, rest / 10, rest % 10) {
        (0, ..) if hundreds > 0 => String::new(),
        (0..=19, ..) => word(&EN_ONES, rest).to_owned(),
        (_, tens, 0) => word(&EN_TENS, tens).to_owned(),
        (_, tens, ones) => format!("{}-{}", word(&EN_TENS, tens), word(&EN_ONES, ones)),
    };
    match (hundreds, below.is_empty()) {
        (0, _) => below,
        (_, true) => format!("{} hundred", word(&EN_ONES, hundreds)),
        (_, false) => format!("{} hundred {below}", word(&EN_ONES, hundreds)),
    }
}

fn spanish(number: u64) -> String {
    let mut parts = Vec::new();
    let (millions, thousands, rest) =
        (number / 1_000_000, (number / 1_000) % 1_000, number % 1_000);
    match millions {
        0 => {}
        1 => parts.push("un millón".to_owned()),
        many => parts.push(format!("{} millones", before_noun(&spanish_below_thousand(many)))),
    }
    match thousands {
        0 => {}
        1 => parts.push("mil".to_owned()),
        many => parts.push(format!("{} mil", before_noun(&spanish_below_thousand(many)))),
    }
    if rest > 0 || number == 0 {
        parts.push(spanish_below_thousand(rest));
    }
    parts.join(" ")
}

fn spanish_below_thousand(number: u64) -> String {
    let (hundreds, rest) = (number / 100, number % 100);
    let below = match (rest, rest / 10, rest % 10) {
        (0, ..) if hundreds > 0 => String::new(),
        (0..=29, ..) => word(&ES_ONES, rest).to_owned(),
        (_, tens, 0) => word(&ES_TENS, tens).to_owned(),
        (_, tens, ones) => format!("{} y {}", word(&ES_TENS, tens), word(&ES_ONES, ones)),
    };
    match (hundreds, below.is_empty()) {
        (0, _) => below,
        (1, true) => "cien".to_owned(),
        (_, true) => word(&ES_HUNDREDS, hundreds).to_owned(),
        (_, false) => format!("{} {below}", word(&ES_HUNDREDS, hundreds)),
    }
}

/// `uno` loses its o before a noun: veintiún mil, treinta y un mil.
fn before_noun(words: &str) -> String {
    match words.strip_suffix("uno") {
        Some("veinti") => "veintiún".to_owned(),
        Some(before) if before.ends_with("veinti") => {
            format!("{}veintiún", before.strip_suffix("veinti").unwrap_or(before))
        }
        Some(before) => format!("{before}un"),
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_they_stand_on_checks() {
        for (minor, english, spanish) in [
            (0, "Zero and 00/100", "Cero con 00/100"),
            (5, "Zero and 05/100", "Cero con 05/100"),
            (100, "One and 00/100", "Uno con 00/100"),
            (12_345, "One hundred twenty-three and 45/100", "Ciento veintitrés con 45/100"),
            (10_000, "One hundred and 00/100", "Cien con 00/100"),
            (4_030, "Forty and 30/100", "Cuarenta con 30/100"),
            (3_540, "Thirty-five and 40/100", "Treinta y cinco con 40/100"),
            (
                99_999,
                "Nine hundred ninety-nine and 99/100",
                "Novecientos noventa y nueve con 99/100",
            ),
            (100_000, "One thousand and 00/100", "Mil con 00/100"),
            (
                320_416,
                "Three thousand two hundred four and 16/100",
                "Tres mil doscientos cuatro con 16/100",
            ),
            (2_100_100, "Twenty-one thousand one and 00/100", "Veintiún mil uno con 00/100"),
            (10_100_000, "One hundred one thousand and 00/100", "Ciento un mil con 00/100"),
            (
                12_100_000,
                "One hundred twenty-one thousand and 00/100",
                "Ciento veintiún mil con 00/100",
            ),
            (100_000_000, "One million and 00/100", "Un millón con 00/100"),
            (
                203_100_201,
                "Two million thirty-one thousand two and 01/100",
                "Dos millones treinta y un mil dos con 01/100",
            ),
        ] {
            let amount = Money::from_minor(minor);
            assert_eq!(in_words(amount, Language::English).as_deref(), Some(english));
            assert_eq!(in_words(amount, Language::Spanish).as_deref(), Some(spanish));
        }
        assert_eq!(in_words(Money::from_minor(-1), Language::English), None);
        assert_eq!(in_words(Money::from_minor(i64::MAX), Language::English), None);
    }

    #[test]
    fn every_whole_amount_below_a_thousand_has_words_of_its_own() {
        for language in [Language::English, Language::Spanish] {
            let all: std::collections::BTreeSet<String> = (0..1_000)
                .filter_map(|whole| in_words(Money::from_minor(whole * 100), language))
                .collect();
            assert_eq!(all.len(), 1_000);
            assert!(all.iter().all(|words| !words.contains("  ") && !words.contains("- ")));
        }
    }
}

//! The application identifiers of GS1: how long each one's value is and what may stand in it.
//!
//! The facts of the GS1 Barcode Syntax Dictionary, written as one compact table. An identifier is
//! two to four digits and none is the beginning of another, so the longest match is the only one.

use super::batch::is_gs1_character;
use crate::domain::gtin::check_digit;

/// The shape of a value: `head` digits, then a tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    head: u8,
    tail: Tail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tail {
    None,
    /// This many digits, from and to.
    Digits(u8, u8),
    /// This many of the 82 characters, from and to.
    Text(u8, u8),
}

/// One row: the identifiers `first` to `last`, all of one length.
type Row = (&'static str, &'static str, Form);

const fn n(first: &'static str, last: &'static str, digits: u8) -> Row {
    (first, last, Form { head: digits, tail: Tail::None })
}

const fn x(first: &'static str, last: &'static str, most: u8) -> Row {
    (first, last, Form { head: 0, tail: Tail::Text(1, most) })
}

const fn nn(first: &'static str, last: &'static str, head: u8, tail: (u8, u8)) -> Row {
    (first, last, Form { head, tail: Tail::Digits(tail.0, tail.1) })
}

const fn nx(first: &'static str, last: &'static str, head: u8, tail: (u8, u8)) -> Row {
    (first, last, Form { head, tail: Tail::Text(tail.0, tail.1) })
}

const TABLE: [Row; 107] = [
    n("00", "00", 18),
    n("01", "03", 14),
    x("10", "10", 20),
    n("11", "13", 6),
    n("15", "17", 6),
    n("20", "20", 2),
    x("21", "22", 20),
    x("235", "235", 28),
    x("240", "241", 30),
    nn("242", "242", 0, (1, 6)),
    x("243", "243", 20),
    x("250", "251", 30),
    nx("253", "253", 13, (0, 17)),
    x("254", "254", 20),
    nn("255", "255", 13, (0, 12)),
    nn("30", "30", 0, (1, 8)),
    n("3100", "3105", 6),
    n("3110", "3115", 6),
    n("3120", "3125", 6),
    n("3130", "3135", 6),
    n("3140", "3145", 6),
    n("3150", "3155", 6),
    n("3160", "3165", 6),
    n("3200", "3205", 6),
    n("3210", "3215", 6),
    n("3220", "3225", 6),
    n("3230", "3235", 6),
    n("3240", "3245", 6),
    n("3250", "3255", 6),
    n("3260", "3265", 6),
    n("3270", "3275", 6),
    n("3280", "3285", 6),
    n("3290", "3295", 6),
    n("3300", "3305", 6),
    n("3310", "3315", 6),
    n("3320", "3325", 6),
    n("3330", "3335", 6),
    n("3340", "3345", 6),
    n("3350", "3355", 6),
    n("3360", "3365", 6),
    n("3370", "3375", 6),
    n("3400", "3405", 6),
    n("3410", "3415", 6),
    n("3420", "3425", 6),
    n("3430", "3435", 6),
    n("3440", "3445", 6),
    n("3450", "3455", 6),
    n("3460", "3465", 6),
    n("3470", "3475", 6),
    n("3480", "3485", 6),
    n("3490", "3495", 6),
    n("3500", "3505", 6),
    n("3510", "3515", 6),
    n("3520", "3525", 6),
    n("3530", "3535", 6),
    n("3540", "3545", 6),
    n("3550", "3555", 6),
    n("3560", "3565", 6),
    n("3570", "3575", 6),
    n("3600", "3605", 6),
    n("3610", "3615", 6),
    n("3620", "3625", 6),
    n("3630", "3635", 6),
    n("3640", "3645", 6),
    n("3650", "3655", 6),
    n("3660", "3665", 6),
    n("3670", "3675", 6),
    n("3680", "3685", 6),
    n("3690", "3695", 6),
    nn("37", "37", 0, (1, 8)),
    nn("3900", "3909", 0, (1, 15)),
    nn("3910", "3919", 3, (1, 15)),
    nn("3920", "3929", 0, (1, 15)),
    nn("3930", "3939", 3, (1, 15)),
    n("3940", "3943", 4),
    n("3950", "3955", 6),
    x("400", "401", 30),
    n("402", "402", 17),
    x("403", "403", 30),
    n("410", "417", 13),
    x("420", "420", 20),
    nx("421", "421", 3, (1, 9)),
    n("422", "422", 3),
    nn("423", "423", 3, (0, 12)),
    n("424", "424", 3),
    nn("425", "425", 3, (0, 12)),
    n("426", "426", 3),
    x("427", "427", 3),
    // 43xx, 70xx and 72xx say where a parcel goes, how an animal lived and whose record it is: no
    // register needs them apart, so their longest length stands for all of them.
    x("4300", "4333", 70),
    x("7001", "7002", 30),
    n("7003", "7003", 10),
    x("7004", "7041", 30),
    x("710", "717", 20),
    x("7230", "7259", 90),
    n("8001", "8001", 14),
    x("8002", "8004", 30),
    n("8005", "8005", 6),
    n("8006", "8006", 18),
    x("8007", "8010", 50),
    x("8011", "8020", 25),
    n("8026", "8026", 18),
    x("8030", "8030", 90),
    x("8040", "8043", 32),
    x("8110", "8112", 70),
    x("8200", "8200", 70),
    x("90", "90", 30),
    x("91", "99", 90),
];

/// Splits the identifier off a text; none when it begins with no identifier of the table.
pub fn split(text: &str) -> Option<(&str, Form, &str)> {
    [2, 3, 4].into_iter().find_map(|len| {
        let (ai, rest) = text.split_at_checked(len)?;
        form(ai).map(|form| (ai, form, rest))
    })
}

/// The form of an identifier; none for what is no identifier.
pub fn form(ai: &str) -> Option<Form> {
    let within = |row: &&Row| row.0.len() == ai.len() && row.0 <= ai && ai <= row.1;
    ai.bytes().all(|b| b.is_ascii_digit()).then(|| TABLE.iter().find(within))?.map(|row| row.2)
}

impl Form {
    /// The length of the value where it has only one.
    pub const fn fixed_len(self) -> Option<u8> {
        match self.tail {
            Tail::None => Some(self.head),
            Tail::Digits(..) | Tail::Text(..) => None,
        }
    }

    /// True for a value of this form.
    pub fn fits(self, value: &str) -> bool {
        let Some((head, tail)) = value.split_at_checked(usize::from(self.head)) else {
            return false;
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let within = |from: u8, to: u8| (usize::from(from)..=usize::from(to)).contains(&tail.len());
        digits(head)
            && match self.tail {
                Tail::None => tail.is_empty(),
                Tail::Digits(from, to) => within(from, to) && digits(tail),
                Tail::Text(from, to) => within(from, to) && tail.chars().all(is_gs1_character),
            }
    }
}

/// How many decimals the value of a measure or an amount has: the identifier's last digit.
pub fn decimals(ai: &str) -> Option<u8> {
    let measure = matches!(ai.get(..2), Some("31" | "32" | "33" | "34" | "35" | "36"))
        || matches!(ai.get(..3), Some("390" | "391" | "392" | "393" | "394" | "395"));
    (measure && ai.len() == 4).then(|| ai.get(3..)?.parse().ok())?
}

/// True for identifiers whose value begins with year, month and day.
pub fn is_date(ai: &str) -> bool {
    matches!(ai, "11" | "12" | "13" | "15" | "16" | "17" | "7003")
}

/// True unless the identifier's value ends with a check digit and it is wrong.
pub fn check_digit_holds(ai: &str, value: &str) -> bool {
    let guarded = match ai {
        "00" => 18,
        "01" | "02" | "03" | "8006" | "8026" => 14,
        "402" => 17,
        _ if ai.len() == 3 && ai.starts_with("41") => 13,
        _ => return true,
    };
    value
        .get(..guarded)
        .and_then(|value| value.split_at_checked(guarded.saturating_sub(1)))
        .is_some_and(|(body, last)| check_digit(body) == last.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_identifier_begins_another_and_the_rows_are_in_order() {
        for pair in TABLE.windows(2) {
            assert!(pair[0].1 < pair[1].0, "{} and {}", pair[0].1, pair[1].0);
        }
        let all: Vec<String> = (0..10_000_u32)
            .flat_map(|number| {
                [format!("{number:02}"), format!("{number:03}"), format!("{number:04}")]
            })
            .filter(|ai| form(ai).is_some())
            .collect();
        for ai in &all {
            for len in 2..ai.len() {
                assert_eq!(form(&ai[..len]), None, "{} begins {ai}", &ai[..len]);
            }
        }
    }

    #[test]
    fn values_have_their_form() {
        let fits = |ai: &str, value: &str| form(ai).is_some_and(|form| form.fits(value));
        assert!(fits("01", "04216518076420") && !fits("01", "0421651807642"));
        assert!(fits("10", "AB-12/x") && !fits("10", "") && !fits("10", "a b"));
        assert!(fits("3932", "840641") && !fits("3932", "840") && !fits("3932", "84O641"));
        assert!(fits("30", "12") && !fits("30", "123456789"));
        assert_eq!((decimals("3103"), decimals("3922"), decimals("17")), (Some(3), Some(2), None));
        assert_eq!(split("392264194").map(|(ai, _, rest)| (ai, rest)), Some(("3922", "64194")));
        assert!(split("0").is_none() && split("é").is_none() && split("5x").is_none());
    }
}

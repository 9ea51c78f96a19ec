//! Golden bytes, and that no text becomes a command.

use super::*;
use crate::receipt::document::Part;

fn bytes(document: &Document, profile: &Profile) -> Vec<u8> {
    encode(document, profile)
}

fn of(change: impl FnOnce(&mut Document)) -> Document {
    let mut document = Document::default();
    change(&mut document);
    document
}

#[test]
fn a_small_slip_is_these_bytes() {
    let slip = of(|d| {
        d.centered("Café", Look::Double);
        d.row("Water", "1.29", Look::Normal);
        d.row("TOTAL", "$1.29", Look::Bold);
        d.push(Part::Cut);
    });
    let profile = Profile { columns: Columns::C32, ..Profile::default() };
    let mut expected = b"\x1b@\x1c.\x1bt\x00".to_vec();
    expected.extend(b"\x1bE\x01\x1d!\x11      Caf\x82\x1d!\x00\x1bE\x00\n");
    expected.extend(b"Water                       1.29\n");
    expected.extend(b"\x1bE\x01TOTAL                      $1.29\x1bE\x00\n");
    expected.extend(b"\x1dVA\x03");
    assert_eq!(bytes(&slip, &profile), expected);
}

#[test]
fn the_drawers_pulse_is_sent_alone_on_either_pin() {
    let pulse = |pin, realtime| {
        let drawer = Some(Drawer { pin, realtime });
        bytes(&Document::pulse(), &Profile { drawer, ..Profile::default() })
    };
    assert_eq!(pulse(DrawerPin::Pin2, false), [0x1B, 0x70, 0, 25, 250]);
    assert_eq!(pulse(DrawerPin::Pin5, false), [0x1B, 0x70, 1, 25, 250]);
    assert_eq!(pulse(DrawerPin::Pin2, true), [0x10, 0x14, 1, 0, 1]);
    assert_eq!(pulse(DrawerPin::Pin5, true), [0x10, 0x14, 1, 1, 1]);
    let without = Profile { drawer: None, ..Profile::default() };
    assert_eq!(bytes(&Document::pulse(), &without), Vec::<u8>::new());
}

#[test]
fn a_qr_code_goes_out_as_model_2_with_medium_correction() {
    let code = of(|d| d.push(Part::Qr("TDO1:X".into())));
    let mut expected = b"\x1b@\x1c.\x1bt\x00\x1ba\x01".to_vec();
    expected.extend(b"\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1");
    expected.extend(b"\x1d(k\x09\x001P0TDO1:X\x1d(k\x03\x001Q0\n\x1ba\x00");
    assert_eq!(bytes(&code, &Profile::default()), expected);
}

#[test]
fn a_printer_without_qr_codes_gets_a_picture() {
    let code = of(|d| d.push(Part::Qr("TDO1:X".into())));
    let profile = Profile { qr: QrBy::Picture, ..Profile::default() };
    let out = bytes(&code, &profile);
    // 21 modules and a border of 4 at either side, 6 dots each: 174 dots, 22 bytes a row.
    assert!(out.starts_with(b"\x1b@\x1c.\x1bt\x00\x1ba\x01\x1dv0\x00\x16\x00\x18\x00"));
    assert!(!out.windows(3).any(|w| w == b"\x1d(k"));
}

#[test]
fn a_character_of_another_page_is_switched_to_and_a_foreign_one_is_drawn() {
    let price = of(|d| d.line("€ 1.00"));
    let euro = Profile { code_page: CodePage::Cp858, ..Profile::default() };
    assert_eq!(bytes(&price, &euro), b"\x1b@\x1c.\x1bt\x13\xd5 1.00\n");
    let greek = of(|d| d.line("Ω"));
    assert_eq!(bytes(&greek, &euro), b"\x1b@\x1c.\x1bt\x13\x1bt\x00\xea\n\x1bt\x13");
    let foreign = of(|d| d.line("魚"));
    // The paper's 42 columns are 504 dots, 63 bytes a row, 24 rows.
    let out = bytes(&foreign, &euro);
    assert!(out.starts_with(b"\x1b@\x1c.\x1bt\x13\x1dv0\x00\x3f\x00\x18\x00"));
    assert_eq!(out.len(), 7 + 8 + 63 * 24);
}

#[test]
fn a_picture_wider_than_the_paper_is_left_out() {
    let logo = Bitmap::read(format!("P1 500 1 {}", "1".repeat(500)).as_bytes()).expect("a logo");
    let document = of(|d| d.push(Part::Logo));
    let profile = |columns| Profile { columns, logo: Some(logo.clone()), ..Profile::default() };
    assert!(bytes(&document, &profile(Columns::C42)).len() > 60);
    assert_eq!(bytes(&document, &profile(Columns::C32)), b"\x1b@\x1c.\x1bt\x00");
}

/// A text of a pack can hold anything; whatever it is, the printer sees the same commands.
#[test]
fn no_text_is_a_command_whatever_stands_in_it() {
    let mut seed: u64 = 41;
    let mut chance = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(seed >> 40).expect("24 bits")
    };
    for round in 0..2_000 {
        let text: String = (0..chance() % 60)
            .filter_map(|_| match chance() % 4 {
                0 => char::from_u32(chance() % 0x20),
                1 => char::from_u32(0x7F + chance() % 0x30),
                2 => char::from_u32(0x20 + chance() % 0x5F),
                _ => char::from_u32(chance() % 0x3000),
            })
            .collect();
        let document = of(|d| d.row(&text, "1.00", Look::Normal));
        for code_page in CodePage::ALL {
            let out = bytes(&document, &Profile { code_page, ..Profile::default() });
            let mut rest = out
                .strip_prefix(&[0x1B, b'@', 0x1C, b'.', 0x1B, b't', code_page.number()])
                .expect("the start");
            while let Some(first) = rest.first() {
                rest = match first {
                    // A picture: its own length says where it ends.
                    0x1D => {
                        assert_eq!(rest[1..4], [b'v', b'0', 0], "round {round}");
                        &rest[8 + usize::from(rest[4]) * usize::from(rest[6])..]
                    }
                    // Another code page and back.
                    0x1B => {
                        assert_eq!(rest[1], b't', "round {round}");
                        &rest[3..]
                    }
                    b'\n' => &rest[1..],
                    byte => {
                        assert!(*byte >= 0x20 && *byte != 0x7F, "round {round}: {byte:02x}");
                        &rest[1..]
                    }
                };
            }
        }
    }
}

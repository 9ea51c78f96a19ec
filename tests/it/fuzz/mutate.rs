//! Changes of bytes: the kinds a failing disk, a clumsy program and a clever person make.

use tideover::device::entropy::SeededEntropy;

/// The longest input, but for a rare one.
const USUAL_MAX: usize = 64 * 1024;

/// What parsers trip over.
const PIECES: [&[u8]; 46] = [
    b"0",
    b"-0",
    b"-1",
    b"1",
    b"00",
    b"127",
    b"255",
    b"65536",
    b"2147483648",
    b"4294967296",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775808",
    b"18446744073709551615",
    b"99999999999999999999999999999999999999999",
    b"1e400",
    b"0.1",
    b"1.5",
    b"NaN",
    b"null",
    b"true",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\n",
    b"\r\n",
    b"\t",
    b"\0",
    b"\x1b",
    b"\x1d",
    b"\xff",
    b"\xc0\xaf",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b";",
    b"=",
    b"../",
    b"%00",
    b"'",
];

/// Lengths and counts that stand in binary.
const NUMBERS: [u64; 9] =
    [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x7fff_ffff_ffff_ffff, u64::MAX];

pub(super) fn below(chance: &SeededEntropy, bound: usize) -> usize {
    usize::try_from(chance.below(u64::try_from(bound.max(1)).expect("fits"))).expect("fits")
}

/// One of the seeds, changed a few times.
pub(super) fn mutated(seeds: &[Vec<u8>], chance: &SeededEntropy) -> Vec<u8> {
    let mut input = seeds[below(chance, seeds.len())].clone();
    for _ in 0..=below(chance, 4) {
        change(&mut input, &seeds[below(chance, seeds.len())], chance);
    }
    if input.len() > USUAL_MAX && below(chance, 50) != 0 {
        input.truncate(USUAL_MAX);
    }
    input
}

fn change(input: &mut Vec<u8>, other: &[u8], chance: &SeededEntropy) {
    let at = below(chance, input.len());
    let end = (at + 1 + below(chance, 16)).min(input.len());
    match below(chance, 14) {
        0 | 1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << below(chance, 8);
            }
        }
        2 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = u8::try_from(below(chance, 256)).expect("a byte");
            }
        }
        3 => input.truncate(at),
        4 if at < end => drop(input.drain(at..end)),
        5 => {
            let piece = PIECES[below(chance, PIECES.len())];
            drop(input.splice(at..at, piece.iter().copied()));
        }
        6 if at < end => {
            let piece = PIECES[below(chance, PIECES.len())];
            drop(input.splice(at..end, piece.iter().copied()));
        }
        // A piece of itself again, somewhere else.
        7 if at < end => {
            let from = below(chance, input.len());
            let long = (from + 1 + below(chance, 400)).min(input.len());
            let piece = input[from..long].to_vec();
            drop(input.splice(at..at, piece));
        }
        // Its beginning and another's end.
        8 if !other.is_empty() => {
            input.truncate(at);
            input.extend_from_slice(&other[below(chance, other.len())..]);
        }
        // A number in its text becomes another one.
        9 => {
            let digit = input.iter().skip(at).position(u8::is_ascii_digit).map(|place| at + place);
            if let Some(from) = digit {
                let rest = input[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                let number = PIECES[below(chance, 20)];
                drop(input.splice(from..from + rest, number.iter().copied()));
            }
        }
        // A number in its bytes.
        10 => {
            let number = NUMBERS[below(chance, NUMBERS.len())];
            let width = 1 << below(chance, 4);
            let bytes =
                if below(chance, 2) == 0 { number.to_be_bytes() } else { number.to_le_bytes() };
            let bytes = if below(chance, 2) == 0 { &bytes[..width] } else { &bytes[8 - width..] };
            for (place, byte) in bytes.iter().enumerate() {
                if let Some(place) = input.get_mut(at + place) {
                    *place = *byte;
                }
            }
        }
        // Deep in itself.
        11 => {
            let (open, close): (&[u8], &[u8]) =
                if below(chance, 2) == 0 { (b"[", b"]") } else { (b"{\"a\":", b"}") };
            let deep = 1 << below(chance, 13);
            let nest = [open.repeat(deep), b"1".to_vec(), close.repeat(deep)].concat();
            drop(input.splice(at..at, nest));
        }
        // Very long.
        12 => {
            let byte = input.get(at).copied().unwrap_or(b'9');
            let run = vec![byte; 1 << below(chance, 16)];
            drop(input.splice(at..at, run));
        }
        _ => {
            let to = below(chance, input.len());
            if at < input.len() && to < input.len() {
                input.swap(at, to);
            }
        }
    }
}

//! A file's bytes as pages that are shared until one of them is written: a file of a megabyte of
//! which one page changes costs one page, in memory and when it is laid down.
//!
//! ```text
//!  Bytes ─▶ page │ zeros │ page ─ shared ─ page      zeros are no page, and no write on the disk
//! ```

use std::fs::File;
use std::io::IoSlice;
use std::rc::Rc;

pub const PAGE: usize = 4096;
/// How many pieces the kernel takes in one call.
const PIECES_MAX: usize = 1024;

type Page = Option<Rc<[u8; PAGE]>>;

/// A file's bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    len: usize,
    /// None is a page of zeros.
    pages: Vec<Page>,
}

/// Where a page begins to be ours, how much of it, and what comes after.
fn within(at: usize, len: usize) -> (usize, usize, usize) {
    let (page, from) = (at / PAGE, at % PAGE);
    (page, from, len.min(PAGE - from))
}

impl Bytes {
    pub fn of(bytes: &[u8]) -> Self {
        let mut new = Self::default();
        new.put(0, bytes);
        new
    }

    pub const fn len(&self) -> usize {
        self.len
    }

    /// There is something, and each page is whole and like the first one.
    pub fn is_of_one_page(&self) -> bool {
        let first = self.pages.first();
        first.is_some_and(Option::is_some)
            && self.len.is_multiple_of(PAGE)
            && self.pages.iter().all(|page| Some(page) == first)
    }

    /// Writes bytes somewhere; what lies between the old end and them is zeros.
    pub fn put(&mut self, at: u64, written: &[u8]) {
        let mut at = usize::try_from(at).expect("fits");
        let mut rest = written;
        if self.len < at + rest.len() {
            self.resize(at + rest.len());
        }
        while !rest.is_empty() {
            let (page, from, len) = within(at, rest.len());
            let (piece, behind) = rest.split_at(len);
            self.put_in_page(page, from, piece);
            at += len;
            rest = behind;
        }
    }

    fn put_in_page(&mut self, page: usize, from: usize, piece: &[u8]) {
        let page = &mut self.pages[page];
        if page.is_none() && piece.iter().all(|byte| *byte == 0) {
            return;
        }
        let page = page.get_or_insert_with(|| Rc::new([0; PAGE]));
        Rc::make_mut(page)[from..from + piece.len()].copy_from_slice(piece);
    }

    /// Sets the length: what is cut off is gone, what is new is zeros.
    pub fn resize(&mut self, len: usize) {
        self.pages.resize(len.div_ceil(PAGE), None);
        if len < self.len
            && let Some(Some(last)) = self.pages.last_mut()
            && !len.is_multiple_of(PAGE)
        {
            Rc::make_mut(last)[len % PAGE..].fill(0);
        }
        self.len = len;
    }

    /// Writes them to a new file, zeros as the nothing that a new file has there.
    pub fn lay(&self, file: &File) {
        file.set_len(u64::try_from(self.len).expect("fits")).expect("a length");
        let mut first = 0;
        while first < self.pages.len() {
            let run = self.pages[first..].iter().take(PIECES_MAX).map_while(Option::as_ref);
            let pieces: Vec<&[u8]> = run.map(|page| page.as_slice()).collect();
            if pieces.is_empty() {
                first += 1;
                continue;
            }
            let at = first * PAGE;
            first += pieces.len();
            let mut left = self.len - at;
            let cut = |piece: &'_ [u8]| {
                let len = piece.len().min(left);
                left -= len;
                len
            };
            let lens: Vec<usize> = pieces.iter().copied().map(cut).collect();
            let pieces: Vec<IoSlice<'_>> =
                pieces.iter().zip(lens).map(|(piece, len)| IoSlice::new(&piece[..len])).collect();
            let wanted: usize = pieces.iter().map(|piece| piece.len()).sum();
            let at = u64::try_from(at).expect("fits");
            let written = rustix::io::pwritev(file, &pieces, at).expect("written");
            assert_eq!(written, wanted, "a file in memory takes all of it at once");
        }
    }
}

#[test]
fn shared_pages_are_the_bytes_that_were_written() {
    use std::os::unix::fs::FileExt as _;
    use tideover::device::entropy::SeededEntropy;

    let chance = SeededEntropy::new(9);
    let below = |bound: usize| {
        usize::try_from(chance.below(u64::try_from(bound).expect("fits"))).expect("fits")
    };
    for _ in 0..60 {
        let (mut plain, mut paged) = (Vec::<u8>::new(), Bytes::default());
        let mut earlier: Option<(Vec<u8>, Bytes)> = None;
        for step in 0..30 {
            let at = below(5 * PAGE);
            if chance.below(5) == 0 {
                plain.resize(at, 0);
                paged.resize(at);
            } else {
                let byte = u8::try_from(chance.below(3)).expect("one");
                let written = vec![byte; below(2 * PAGE)];
                let end = at + written.len();
                if plain.len() < end {
                    plain.resize(end, 0);
                }
                plain[at..end].copy_from_slice(&written);
                paged.put(u64::try_from(at).expect("fits"), &written);
            }
            if step == 14 {
                earlier = Some((plain.clone(), paged.clone()));
            }
        }
        let (earlier_plain, earlier_paged) = earlier.expect("kept");
        for (plain, paged) in [(plain, paged), (earlier_plain, earlier_paged)] {
            let file = tempfile::tempfile().expect("a file");
            paged.lay(&file);
            let mut laid = vec![7; plain.len() + 1];
            let read = file.read_at(&mut laid, 0).expect("read");
            assert_eq!((read, paged.len()), (plain.len(), plain.len()));
            assert!(laid[..read] == plain, "other bytes were laid down");
            let same = Bytes::of(&plain);
            assert_eq!(same.len(), plain.len());
        }
    }
}

//! What a task about goods is refused for, and what to do instead.

use crate::domain::words::{Words, words};

/// A closed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoodsFault {
    /// A carton, order or slip number with other characters, or too long.
    Number,
    /// An SSCC with a wrong check digit.
    CartonMisread,
    /// This carton stands in the list.
    CartonTwice(String),
    /// Nothing, below zero, or absurdly much.
    Quantity,
    /// More is damaged than came.
    MoreDamagedThanCame,
    /// A text that its field does not hold.
    TooLong,
    /// No more fits.
    Full,
    /// No such line.
    NoSuchLine,
    /// The notice says what should come.
    NoticeSays,
    /// What the slip says of so many lines was not keyed.
    SlipUnsaid(usize),
    /// Nothing came.
    NothingCame,
    /// These goods were received before: which receiving, what they share.
    ReceivedBefore(String, String),
    /// These goods were taken in from that store before.
    TransferredBefore(String),
    /// Goods can't go to the store itself.
    OwnStore,
    /// No area was named.
    NoArea,
    /// Nothing was counted.
    NothingCounted,
    /// Nobody counts after themselves.
    SameCounter,
    /// Nobody has this number.
    NoSuchPerson(String),
    /// Both counted already.
    CountedAlready,
    /// So many are to be counted again.
    CountAgain(usize),
    /// This one agrees and is not counted again.
    NotCountedAgain,
    /// Nothing to be recorded.
    NothingToRecord,
    /// This change was taken back already.
    CorrectedAlready,
    /// A correction is not corrected.
    NotCorrectable,
    /// The price file knows no such delivery.
    NoSuchDelivery(String),
}

impl GoodsFault {
    /// What happened, in one sentence.
    pub fn text(&self) -> Words {
        match self {
            Self::Number => words!("That is no carton, order or slip number"),
            Self::CartonMisread => words!("The carton's label was misread"),
            Self::CartonTwice(carton) => words!("Carton {} is on the list already", carton),
            Self::Quantity => words!("A quantity here is at most 100,000 and not below zero"),
            Self::MoreDamagedThanCame => words!("That is more than came"),
            Self::TooLong => words!("That text does not fit"),
            Self::Full => words!("This list is full"),
            Self::NoSuchLine => words!("No line is chosen"),
            Self::NoticeSays => words!("The delivery notice says what should come"),
            Self::SlipUnsaid(1) => words!("Of one line nobody said what the slip says"),
            Self::SlipUnsaid(lines) => words!("Of {} lines nobody said what the slip says", lines),
            Self::NothingCame => words!("Nothing was received yet"),
            Self::ReceivedBefore(receiving, shared) => {
                words!("{} was received here before, as {}", shared, receiving)
            }
            Self::TransferredBefore(slip) => words!("Slip {} was taken in here before", slip),
            Self::OwnStore => words!("That is this store"),
            Self::NoArea => words!("The area has no name"),
            Self::NothingCounted => words!("Nothing was counted yet"),
            Self::SameCounter => words!("The second count is somebody else's"),
            Self::NoSuchPerson(number) => words!("Nobody here has number {}", number),
            Self::CountedAlready => words!("Both have counted"),
            Self::CountAgain(1) => words!("One line is to be counted again"),
            Self::CountAgain(lines) => words!("{} lines are to be counted again", lines),
            Self::NotCountedAgain => words!("This item agrees and is not counted again"),
            Self::NothingToRecord => words!("There is nothing to record yet"),
            Self::CorrectedAlready => words!("This change was taken back already"),
            Self::NotCorrectable => words!("What takes a change back stays"),
            Self::NoSuchDelivery(number) => words!("No delivery {} is expected", number),
        }
    }

    /// What to do next, in one sentence.
    pub fn remedy(&self) -> Words {
        match self {
            Self::Number => words!("Key it as it is printed, up to 24 letters and digits."),
            Self::CartonMisread => words!("Scan it again, or key the 18 digits under the bars."),
            Self::CartonTwice(_) => words!("Go on with the next carton."),
            Self::Quantity => words!("Count again and key the number."),
            Self::MoreDamagedThanCame => {
                words!("Key first how many came, then how many are damaged.")
            }
            Self::TooLong => words!("Make it shorter."),
            Self::Full => words!("Record it, then begin another one."),
            Self::NoSuchLine => words!("Scan an item or choose a line first."),
            Self::NoticeSays => words!("Key only what came."),
            Self::SlipUnsaid(_) => {
                words!("Key it line by line, or say that the slip agrees with what was counted.")
            }
            Self::NothingCame => words!("Scan the first item."),
            Self::ReceivedBefore(..) => {
                words!("Look for that paper. If these are other goods, a manager signs.")
            }
            Self::TransferredBefore(_) => {
                words!("The goods are on record. Nothing more is to be done.")
            }
            Self::OwnStore => words!("Key the other store's number."),
            Self::NoArea => words!("Key a few words, such as Aisle 4."),
            Self::NothingCounted => words!("Scan the first item."),
            Self::SameCounter | Self::NoSuchPerson(_) => words!("Key the other person's number."),
            Self::CountedAlready => words!("Count again what is listed."),
            Self::CountAgain(_) => words!("Count what is listed once more; the last count counts."),
            Self::NotCountedAgain => words!("Count only what is listed."),
            Self::NothingToRecord => words!("Scan an item first."),
            Self::CorrectedAlready => words!("The figures are right already."),
            Self::NotCorrectable => words!("Record the change as it should be."),
            Self::NoSuchDelivery(_) => {
                words!("Choose one from the list, or receive it from its packing slip.")
            }
        }
    }
}

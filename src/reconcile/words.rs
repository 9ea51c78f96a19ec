//! What a rule's finding is called, what it means for the money, what to do: the words of the
//! manager's page, of the certificate and of the register's window, said once.

use crate::domain::words::term;

use super::exception::{Code, Level};

/// What can be chosen for a finding; the decision itself holds what goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Choice {
    /// It stands.
    Accept,
    /// The books are put right by an amount.
    Correct,
    /// It was another item.
    Reassign,
    /// Somebody else is asked.
    Ask,
    /// The store bears it.
    WriteOff,
    /// Goods are counted.
    Count,
    /// Customers get back what they paid too much.
    MakeGood,
}

impl Choice {
    /// All of them, as a form lists them.
    pub const ALL: [Self; 7] = [
        Self::Accept,
        Self::Correct,
        Self::Reassign,
        Self::MakeGood,
        Self::Count,
        Self::WriteOff,
        Self::Ask,
    ];

    /// The word in a form; the same as in the record of the decision.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Correct => "correct",
            Self::Reassign => "reassign",
            Self::Ask => "ask",
            Self::WriteOff => "write_off",
            Self::Count => "count",
            Self::MakeGood => "make_good",
        }
    }

    /// The choice of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.word() == word)
    }

    /// What stands on its button.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Accept => term("Accept as recorded"),
            Self::Correct => term("Correct the books"),
            Self::Reassign => term("It was another item"),
            Self::Ask => term("Ask a colleague"),
            Self::WriteOff => term("Write off"),
            Self::Count => term("Have it counted"),
            Self::MakeGood => term("Make it good to customers"),
        }
    }
}

impl Code {
    /// What it is called.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Fork => term("Two records at one place"),
            Self::BadSignature => term("A signature that is wrong"),
            Self::Unsigned => term("Records without a signature"),
            Self::ProvisionalRegister => term("A register nobody vouched for"),
            Self::RevokedKey => term("A key that is no longer trusted"),
            Self::AfterRotation => term("A key that was changed signs on"),
            Self::ForeignKey => term("A journal under a key that is not its own"),
            Self::Gap => term("Records are missing in between"),
            Self::ControlTotals => term("Money is not what was announced"),
            Self::Lifetime => term("Money does not follow from the records"),
            Self::Malformed => term("A record that can't be read"),
            Self::SchemaAhead => term("Records of a newer program"),
            Self::Arithmetic => term("A sale that does not add up"),
            Self::UnknownItem => term("Item not in the price file"),
            Self::PriceDiffers => term("Sold at another price"),
            Self::KeyedPrice => term("Price keyed by hand"),
            Self::TaxDiffers => term("Tax is not the table's"),
            Self::UnknownPack => term("Price file not known here"),
            Self::DrawerVariance => term("Drawer over or short"),
            Self::CheckWithoutId => term("Check without an ID"),
            Self::StockNegative => term("Less than nothing on the shelf"),
            Self::CountDiffers => term("Count is far off"),
            Self::ReceivedTwice => term("Goods received twice"),
            Self::DeliveryDiffers => term("Delivery is not as listed"),
            Self::ReturnedTwice => term("More came back than was sold"),
            Self::ReturnOfAnother => term("Receipt of another sale"),
            Self::PriceNotInForce => term("Sold by an older price file"),
            Self::CheckAboveLimit => term("Check above the limit"),
            Self::CheckTwice => term("Two checks that look like one"),
            Self::RefundWithoutReceipt => term("Money back without a receipt"),
            Self::RefundAboveLimit => term("Money back above the limit"),
            Self::ClockSkew => term("Register's clock is off"),
            Self::LateSale => term("Sales that came in late"),
            Self::CentralWasUp => term("Sold in an outage while central was up"),
            Self::PunchConflict => term("Hours that do not follow"),
            Self::NoSaleOften => term("Drawer opened often without a sale"),
            Self::SignedInByPhone => term("Signed in by phone, without a PIN"),
            Self::BagTwice => term("Bag number used twice"),
            Self::OpenShift => term("Drawer not counted"),
            Self::DrawerLedger => term("Register and central differ on a drawer"),
            Self::NotHere => term("Announced, and not here"),
            Self::RainCheckOpen => term("Rain check open"),
            Self::PickedUpTwice => term("Order handed over twice"),
            Self::PickupUnverified => term("Order handed over unseen"),
            Self::PickupNotFound => term("Order nobody knows"),
            Self::PickupDiffers => term("Order handed over otherwise"),
            Self::RedeemedTwice => term("Rain check redeemed twice"),
            Self::RainCheckUnknown => term("Rain check nobody wrote"),
            Self::SlipMissing => term("Paper slips are missing"),
            Self::SlipTwice => term("Paper slip used twice"),
            Self::ResumedTwice => term("Sale put aside went on twice"),
            Self::CardPending => term("A card may have paid"),
            Self::CardPendingTwice => term("Card sale ended in two ways"),
            Self::PriceGuessed => term("Price guessed on paper"),
            Self::SlipDiffers => term("Paper slip added up wrongly"),
            Self::VoidLate => term("Taken back long after it was paid"),
            Self::VoidsOften => term("Sales taken back unusually often"),
            Self::LineVoidsOften => term("Lines taken out unusually often"),
            Self::PriceChangesOften => term("Prices changed unusually often"),
            Self::JustBelowLimit => term("Amounts just below a limit"),
            Self::StockCover => term("Written off after money went back"),
            Self::SameApprover => term("One colleague signs for one cashier"),
            Self::ApproverTwice => term("Signed at two registers at once"),
            Self::PersonTwice => term("One name at two drawers"),
            Self::ParkedSale => term("Sale left lying aside"),
            Self::DrawerSlow => term("Drawer with few sales"),
            Self::OutageAlone => term("Outage of one register alone"),
            Self::NewJournal => term("Register began a new journal"),
            Self::PinGuessed => term("PINs guessed at"),
            Self::DaySet => term("A far day was booked"),
        }
    }

    /// What it means for the money, and what to do.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Fork => term(
                "The register's disk was copied or put back. Both sales are kept; IT \
                     finds out which till was real before their money is booked twice.",
            ),
            Self::BadSignature | Self::ForeignKey | Self::RevokedKey | Self::AfterRotation => term(
                "The evidence is in doubt, the money may be real. IT looks at the \
                     register first.",
            ),
            Self::Unsigned => term(
                "The key could not be read for a while. The chain still holds them; \
                     compare the drawer's count.",
            ),
            Self::ProvisionalRegister => {
                term("Its sales count. IT adopts it once they know whose machine it is.")
            }
            Self::Gap => {
                term("Money in between is not counted yet. IT sends the register's rest again.")
            }
            Self::ControlTotals | Self::Lifetime | Self::DrawerLedger => term(
                "Two sums that must agree don't. IT compares the register's journal; \
                     until then nothing is booked from it.",
            ),
            Self::Malformed | Self::SchemaAhead => term(
                "What it says is not counted. IT updates central, which then reads it \
                     again.",
            ),
            Self::Arithmetic => {
                term("Lines, tax and payment don't come to the total. IT looks at it.")
            }
            Self::UnknownItem => term(
                "The money is right; the goods stand under a code nobody has. Give them \
                     to the item they were.",
            ),
            Self::PriceDiffers | Self::PriceNotInForce => term(
                "Above the price: customers paid too much and get it back. Below: the \
                     store bears it.",
            ),
            Self::KeyedPrice => term("Somebody keyed a price and signed for it."),
            Self::TaxDiffers => term(
                "The difference is owed to the authority, or to customers. Correct the \
                     books by it.",
            ),
            Self::UnknownPack => {
                term("Prices could not be compared. IT gives central that price file.")
            }
            Self::DrawerVariance => term(
                "Counted against what should be there. Say what happened; never take it \
                     from wages.",
            ),
            Self::CheckWithoutId | Self::CheckAboveLimit => {
                term("The check may come back. Accept it if whoever signed was right to.")
            }
            Self::StockNegative | Self::CountDiffers => {
                term("Nobody is stopped. Have the place counted.")
            }
            Self::ReceivedTwice | Self::DeliveryDiffers => {
                term("Compare the papers before the supplier's bill is paid.")
            }
            Self::ReturnedTwice | Self::ReturnOfAnother => {
                term("Money went out twice, or for another sale. Write it off or correct it.")
            }
            Self::CheckTwice => term(
                "Number, amount and day are the same. Look at both papers: two customers \
                     may share them. The treasury can compare the accounts.",
            ),
            Self::RefundWithoutReceipt | Self::RefundAboveLimit => {
                term("Money left the drawer. Ask who signed, then accept it or write it off.")
            }
            Self::ClockSkew => term("Sales keep the times the register gave. IT sets its clock."),
            Self::LateSale => {
                term("They count on their own day. Tell accounting if that day is booked.")
            }
            Self::CentralWasUp => {
                term("Worth knowing: the outage may have been over, or was none.")
            }
            Self::PunchConflict => term(
                "Payroll can't add these hours up. A lead corrects them, and the employee \
                     agrees.",
            ),
            Self::NoSaleOften => term("Ask the cashier and whoever signed."),
            Self::SignedInByPhone => term(
                "IT let them in. Compare with IT's list of calls; what they did then is in \
                     the journal.",
            ),
            Self::ResumedTwice => term(
                "Two registers went on with one sale while they could not see each other. If it \
                     was paid at both, one of the two sales is to be voided.",
            ),
            Self::CardPending => term(
                "The customer may have paid by card, and the books don't know. Look for the \
                     payment at the card service; a manager closes it at a register, under Sales \
                     put aside.",
            ),
            Self::CardPendingTwice => term(
                "The records tell two stories of one payment: the customer may have paid twice, \
                     or not at all. Look at the card service and give back what was taken twice.",
            ),
            Self::BagTwice => term(
                "Two drops name one bag, and both left their drawers. Find both bags in the \
                     safe before the bank counts them.",
            ),
            Self::OpenShift => {
                term("Its money is not counted. Count the drawer and close the shift.")
            }
            Self::PickedUpTwice => term(
                "The goods were paid once and went out twice. Have both slips looked at; \
                     write the second off if they can't be brought back.",
            ),
            Self::PickupUnverified => term(
                "Goods went out that nobody could look up. Compare with the online system \
                     first.",
            ),
            Self::PickupNotFound => term(
                "The online system does not know the order. Ask for the customer's \
                     e-mail; write the goods off if there was none.",
            ),
            Self::PickupDiffers => term(
                "Other goods went out than were paid for. The customer gets the \
                     difference online.",
            ),
            Self::RedeemedTwice => term(
                "One promise was taken off two sales. Both stand; the store bears the \
                     second.",
            ),
            Self::RainCheckUnknown => term(
                "Something was taken off for a slip that no register wrote. Look at the \
                     paper.",
            ),
            Self::SlipMissing => term(
                "Somebody may have sold on them. Look for the slips, or for who had the \
                     pad.",
            ),
            Self::SlipTwice => term(
                "One of them may be a sale that was keyed twice. Compare both with the \
                     paper.",
            ),
            Self::PriceGuessed => term(
                "The money is what was taken. The price on paper was not the price \
                     file's.",
            ),
            Self::VoidLate | Self::VoidsOften => term(
                "Money went back. Ask whether the customer was there, and look at the \
                 goods and the receipt; honest mistakes are found at once.",
            ),
            Self::LineVoidsOften | Self::PriceChangesOften => term(
                "Goods may have gone out for less. Look at a few of these sales with the \
                 cashier; a wrong shelf label is the usual reason.",
            ),
            Self::JustBelowLimit => term(
                "Somebody may keep below what a second person would see. Ask the cashier \
                 and look at the papers.",
            ),
            Self::StockCover => term(
                "Goods that were said to come back are said to be gone. Ask to see them, \
                 and have somebody else count.",
            ),
            Self::SameApprover => {
                term("Worth knowing. It may be how they are placed, or an agreement.")
            }
            Self::ApproverTwice => term(
                "Somebody else knows this PIN. Give its owner a new one today, and look \
                 at what was signed.",
            ),
            Self::PersonTwice => term(
                "Nobody can say whose money is in which drawer. Count both, and have each \
                 cashier sign in.",
            ),
            Self::ParkedSale => term(
                "The goods may be gone without payment. Look for the slip and the basket, \
                 then pay or cancel it.",
            ),
            Self::DrawerSlow => {
                term("Worth knowing: a quiet lane, or sales that were not rung up.")
            }
            Self::OutageAlone => term(
                "The store's line was up. Ask why this register sold apart; what it sold \
                 stands and is here.",
            ),
            Self::NewJournal => term(
                "A machine was set up anew, or its disk put back. IT compares it with a \
                 ticket.",
            ),
            Self::PinGuessed => term(
                "Somebody forgot a PIN, or tries others'. Ask who stood there at those hours; give \
                 a new PIN where it may be known.",
            ),
            Self::DaySet => term(
                "Takings, taxes and checks went by that day. Compare it with the day it was, and \
                 have IT look at the clock.",
            ),
            Self::SlipDiffers => {
                term("The money is what was taken. The lines on the paper come to another sum.")
            }
            Self::RainCheckOpen => {
                term("A promise that nobody redeemed yet: the store owes it until its last day.")
            }
            Self::NotHere => term(
                "The register said it has these records. Leave it on; if its disk is \
                     gone, write the money off.",
            ),
        }
    }

    /// What can be chosen, the likeliest first.
    pub const fn choices(self) -> &'static [Choice] {
        use Choice::{Accept, Ask, Correct, Count, MakeGood, Reassign, WriteOff};
        match self {
            Self::UnknownItem => &[Reassign, Accept, WriteOff, Ask],
            Self::PriceDiffers | Self::PriceNotInForce => &[MakeGood, Accept, WriteOff, Ask],
            Self::TaxDiffers => &[Correct, MakeGood, Accept, Ask],
            Self::StockNegative | Self::CountDiffers => &[Count, Accept, Ask],
            Self::RainCheckOpen => &[Accept, MakeGood, WriteOff, Ask],
            Self::ReceivedTwice | Self::DeliveryDiffers => &[Correct, Count, Accept, Ask],
            Self::DrawerVariance | Self::OpenShift | Self::DrawerLedger | Self::NotHere => {
                &[WriteOff, Correct, Accept, Ask]
            }
            Self::RefundWithoutReceipt
            | Self::RefundAboveLimit
            | Self::ReturnedTwice
            | Self::ReturnOfAnother
            | Self::Arithmetic => &[Accept, WriteOff, Correct, Ask],
            _ => &[Accept, Correct, WriteOff, Ask],
        }
    }

    /// What can be chosen by a manager, or by a lead.
    pub fn choices_of(self, manager: bool) -> Vec<Choice> {
        let fits = |choice: &&Choice| manager || matches!(choice, Choice::Ask | Choice::Count);
        self.choices().iter().filter(fits).copied().collect()
    }

    /// Whether the money of its findings is money that is missing or too much, and not only money
    /// that they are about.
    pub const fn is_difference(self) -> bool {
        matches!(
            self,
            Self::PriceDiffers
                | Self::PriceNotInForce
                | Self::TaxDiffers
                | Self::DrawerVariance
                | Self::DrawerLedger
                | Self::OpenShift
                | Self::ControlTotals
                | Self::NotHere
        )
    }
}

impl Level {
    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Info => term("Worth knowing"),
            Self::Review => term("Look at it"),
            Self::Hold => term("Held back"),
            Self::Critical => term("Evidence in doubt"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_can_be_settled_and_is_said_in_short_words() {
        for code in Code::ALL {
            assert!(code.choices().contains(&Choice::Ask), "{code:?}");
            assert!(code.choices().len() >= 3, "{code:?}");
            assert!(code.title().len() <= 44, "{code:?}: {}", code.title());
            assert!(code.meaning().len() <= 180, "{code:?}: {}", code.meaning().len());
        }
        let titles: std::collections::BTreeSet<_> =
            Code::ALL.into_iter().map(Code::title).collect();
        assert_eq!(titles.len(), Code::ALL.len(), "no two are called alike");
    }
}

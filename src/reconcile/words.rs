//! What a rule's finding is called, what it means for the money, what to do: the words of the
//! manager's page, of the certificate and of the register's window, said once.

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
            Self::Accept => "Accept as recorded",
            Self::Correct => "Correct the books",
            Self::Reassign => "It was another item",
            Self::Ask => "Ask a colleague",
            Self::WriteOff => "Write off",
            Self::Count => "Have it counted",
            Self::MakeGood => "Make it good to customers",
        }
    }
}

impl Code {
    /// What it is called.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Fork => "Two records at one place",
            Self::BadSignature => "A signature that is wrong",
            Self::Unsigned => "Records without a signature",
            Self::ProvisionalRegister => "A register nobody vouched for",
            Self::RevokedKey => "A key that is no longer trusted",
            Self::ForeignKey => "A journal under a key that is not its own",
            Self::Gap => "Records are missing in between",
            Self::ControlTotals => "Money is not what was announced",
            Self::Lifetime => "Money does not follow from the records",
            Self::Malformed => "A record that can't be read",
            Self::SchemaAhead => "Records of a newer program",
            Self::Arithmetic => "A sale that does not add up",
            Self::UnknownItem => "Item not in the price file",
            Self::PriceDiffers => "Sold at another price",
            Self::KeyedPrice => "Price keyed by hand",
            Self::TaxDiffers => "Tax is not the table's",
            Self::UnknownPack => "Price file not known here",
            Self::DrawerVariance => "Drawer over or short",
            Self::CheckWithoutId => "Check without an ID",
            Self::StockNegative => "Less than nothing on the shelf",
            Self::CountDiffers => "Count is far off",
            Self::ReceivedTwice => "Goods received twice",
            Self::DeliveryDiffers => "Delivery is not as listed",
            Self::ReturnedTwice => "More came back than was sold",
            Self::ReturnOfAnother => "Receipt of another sale",
            Self::PriceNotInForce => "Sold by an older price file",
            Self::CheckAboveLimit => "Check above the limit",
            Self::CheckTwice => "Two checks that look like one",
            Self::RefundWithoutReceipt => "Money back without a receipt",
            Self::RefundAboveLimit => "Money back above the limit",
            Self::ClockSkew => "Register's clock is off",
            Self::LateSale => "Sales that came in late",
            Self::CentralWasUp => "Sold in an outage while central was up",
            Self::PunchConflict => "Hours that do not follow",
            Self::NoSaleOften => "Drawer opened often without a sale",
            Self::OpenShift => "Drawer not counted",
            Self::DrawerLedger => "Register and central differ on a drawer",
            Self::NotHere => "Announced, and not here",
            Self::PickedUpTwice => "Order handed over twice",
            Self::PickupUnverified => "Order handed over unseen",
            Self::PickupNotFound => "Order nobody knows",
            Self::PickupDiffers => "Order handed over otherwise",
            Self::RedeemedTwice => "Rain check redeemed twice",
            Self::RainCheckUnknown => "Rain check nobody wrote",
            Self::SlipMissing => "Paper slips are missing",
            Self::SlipTwice => "Paper slip used twice",
            Self::ResumedTwice => "Sale put aside went on twice",
            Self::CardPending => "A card may have paid",
            Self::CardPendingTwice => "Card sale ended in two ways",
            Self::PriceGuessed => "Price guessed on paper",
            Self::SlipDiffers => "Paper slip added up wrongly",
        }
    }

    /// What it means for the money, and what to do.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Fork => {
                "The register's disk was copied or put back. Both sales are kept; IT finds out \
                 which till was real before their money is booked twice."
            }
            Self::BadSignature | Self::ForeignKey | Self::RevokedKey => {
                "The evidence is in doubt, the money may be real. IT looks at the register first."
            }
            Self::Unsigned => {
                "The key could not be read for a while. The chain still holds them; compare the \
                 drawer's count."
            }
            Self::ProvisionalRegister => {
                "Its sales count. IT adopts it once they know whose machine it is."
            }
            Self::Gap => "Money in between is not counted yet. IT sends the register's rest again.",
            Self::ControlTotals | Self::Lifetime | Self::DrawerLedger => {
                "Two sums that must agree don't. IT compares the register's journal; until then \
                 nothing is booked from it."
            }
            Self::Malformed | Self::SchemaAhead => {
                "What it says is not counted. IT updates central, which then reads it again."
            }
            Self::Arithmetic => "Lines, tax and payment don't come to the total. IT looks at it.",
            Self::UnknownItem => {
                "The money is right; the goods stand under a code nobody has. Give them to the \
                 item they were."
            }
            Self::PriceDiffers | Self::PriceNotInForce => {
                "Above the price: customers paid too much and get it back. Below: the store bears \
                 it."
            }
            Self::KeyedPrice => "Somebody keyed a price and signed for it.",
            Self::TaxDiffers => {
                "The difference is owed to the authority, or to customers. Correct the books by it."
            }
            Self::UnknownPack => "Prices could not be compared. IT gives central that price file.",
            Self::DrawerVariance => {
                "Counted against what should be there. Say what happened; never take it from wages."
            }
            Self::CheckWithoutId | Self::CheckAboveLimit => {
                "The check may come back. Accept it if whoever signed was right to."
            }
            Self::StockNegative | Self::CountDiffers => {
                "Nobody is stopped. Have the place counted."
            }
            Self::ReceivedTwice | Self::DeliveryDiffers => {
                "Compare the papers before the supplier's bill is paid."
            }
            Self::ReturnedTwice | Self::ReturnOfAnother => {
                "Money went out twice, or for another sale. Write it off or correct it."
            }
            Self::CheckTwice => {
                "Number, amount and day are the same. Look at both papers: two customers may share \
                 them. The treasury can compare the accounts."
            }
            Self::RefundWithoutReceipt | Self::RefundAboveLimit => {
                "Money left the drawer. Ask who signed, then accept it or write it off."
            }
            Self::ClockSkew => "Sales keep the times the register gave. IT sets its clock.",
            Self::LateSale => "They count on their own day. Tell accounting if that day is booked.",
            Self::CentralWasUp => "Worth knowing: the outage may have been over, or was none.",
            Self::PunchConflict => {
                "Payroll can't add these hours up. A lead corrects them, and the employee agrees."
            }
            Self::NoSaleOften => "Ask the cashier and whoever signed.",
            Self::OpenShift => "Its money is not counted. Count the drawer and close the shift.",
            Self::PickedUpTwice => {
                "The goods were paid once and went out twice. Have both slips looked at; write the \
                 second off if they can't be brought back."
            }
            Self::PickupUnverified => {
                "Goods went out that nobody could look up. Compare with the online system first."
            }
            Self::PickupNotFound => {
                "The online system does not know the order. Ask for the customer's e-mail; write \
                 the goods off if there was none."
            }
            Self::PickupDiffers => {
                "Other goods went out than were paid for. The customer gets the difference online."
            }
            Self::RedeemedTwice => {
                "One promise was taken off two sales. Both stand; the store bears the second."
            }
            Self::RainCheckUnknown => {
                "Something was taken off for a slip that no register wrote. Look at the paper."
            }
            Self::SlipMissing => {
                "Somebody may have sold on them. Look for the slips, or for who had the pad."
            }
            Self::SlipTwice => {
                "One of them may be a sale that was keyed twice. Compare both with the paper."
            }
            Self::ResumedTwice => {
                "Two registers went on with one sale while they could not see each other. If it \
                 was paid at both, one of the two sales is to be voided."
            }
            Self::CardPending => {
                "The customer may have paid by card, and the books don't know. Look for the \
                 payment at the card service; a manager closes it at a register, under Sales put \
                 aside."
            }
            Self::CardPendingTwice => {
                "The records tell two stories of one payment: the customer may have paid twice, or \
                 not at all. Look at the card service and give back what was taken twice."
            }
            Self::PriceGuessed => {
                "The money is what was taken. The price on paper was not the price file's."
            }
            Self::SlipDiffers => {
                "The money is what was taken. The lines on the paper come to another sum."
            }
            Self::NotHere => {
                "The register said it has these records. Leave it on; if its disk is gone, write \
                 the money off."
            }
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
            Self::Info => "Worth knowing",
            Self::Review => "Look at it",
            Self::Hold => "Held back",
            Self::Critical => "Evidence in doubt",
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

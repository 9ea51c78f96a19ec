//! The function keys: label, hint and shortcut of each, said once.
//!
//! Buttons, the help card and the keyboard all read this enum, so they cannot drift apart.
//! Digits, letters, `*`, `.`, `-`, `/`, Enter and Backspace belong to the entry line and are
//! never shortcuts. Esc clears and goes back; it never voids.

use egui::{Key, Modifiers};

use crate::domain::words::term;

/// What a function key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Clear the entry, else leave the card or the payment.
    Back,
    /// The help card.
    Help,
    /// Declare an outage.
    DeclareOutage,
    /// End the outage.
    EndOutage,
    /// Take the newest line back.
    TakeBack,
    /// Void the chosen line.
    VoidLine,
    /// Give the whole sale up, after a question.
    CancelSale,
    /// Yes, give it up.
    ConfirmCancel,
    /// Pay by check.
    Check,
    /// The drawer's tasks: drop, loan, no sale, count and close the shift.
    Drawer,
    /// Price of the chosen line, or of the first yellow one.
    Price,
    /// Put the sale aside, or take one up again.
    Hold,
    /// The terminal hangs: put the sale aside as one that a card may have paid.
    CardAside,
    /// The sales that were put aside.
    Recall,
    /// Take items back against a receipt.
    Return,
    /// Take the whole sale of a receipt back.
    VoidSale,
    /// Print the last receipt again.
    Copy,
    /// All that has no key of its own.
    More,
    /// Pay in cash; in payment, exactly what is due.
    Cash,
    /// The work of a store besides selling.
    Store,
    /// To training, or back to real sales.
    Train,
    /// Sign out; a basket stays.
    SignOut,
    /// Choose the line above.
    LineUp,
    /// Choose the line below.
    LineDown,
    /// The next language.
    Language,
    /// The next colors.
    Colors,
    /// The customer's window: off, a window, the whole screen.
    Customer,
    /// Look for an item by words.
    FindItem,
    /// Show a price and add nothing.
    PriceCheck,
    /// The store's fast items.
    FastItems,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// A rain check for what was refused.
    RainCheck,
}

impl Action {
    /// All of them, in the order the help card shows them.
    pub const ALL: [Self; 33] = [
        Self::Help,
        Self::DeclareOutage,
        Self::EndOutage,
        Self::TakeBack,
        Self::LineUp,
        Self::LineDown,
        Self::VoidLine,
        Self::CancelSale,
        Self::ConfirmCancel,
        Self::Check,
        Self::Cash,
        Self::Price,
        Self::Hold,
        Self::CardAside,
        Self::Recall,
        Self::Return,
        Self::VoidSale,
        Self::Copy,
        Self::Drawer,
        Self::More,
        Self::Store,
        Self::Train,
        Self::SignOut,
        Self::FindItem,
        Self::PriceCheck,
        Self::FastItems,
        Self::RainCheck,
        Self::PageUp,
        Self::PageDown,
        Self::Language,
        Self::Colors,
        Self::Customer,
        Self::Back,
    ];

    /// The word on the button.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Back => term("Back"),
            Self::Help => term("Help"),
            Self::DeclareOutage => term("Declare outage…"),
            Self::EndOutage => term("End outage…"),
            Self::TakeBack => term("Take back"),
            Self::VoidLine => term("Void line"),
            Self::CancelSale => term("Cancel sale…"),
            Self::ConfirmCancel => term("Cancel the sale"),
            Self::Check => term("Check"),
            Self::Drawer => term("Drawer…"),
            Self::Price => term("Price"),
            Self::Hold => term("Put aside"),
            Self::CardAside => term("Card hangs…"),
            Self::Recall => term("Go on with…"),
            Self::Return => term("Return…"),
            Self::VoidSale => term("Void sale…"),
            Self::Copy => term("Copy"),
            Self::More => term("More…"),
            Self::Store => term("Store…"),
            Self::Cash => term("Cash"),
            Self::Train => term("Training…"),
            Self::SignOut => term("Sign out"),
            Self::LineUp => term("Line above"),
            Self::LineDown => term("Line below"),
            Self::Language => term("English / Español"),
            Self::Colors => term("Colors"),
            Self::Customer => term("Customer's window"),
            Self::FindItem => term("Find item"),
            Self::PriceCheck => term("Price check"),
            Self::FastItems => term("Fast items"),
            Self::PageUp => term("Page up"),
            Self::PageDown => term("Page down"),
            Self::RainCheck => term("Rain check"),
        }
    }

    /// What it does, in a sentence.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Back => term("Clears the entry, then leaves a card or the payment; never voids"),
            Self::Help => term("What works today, what does not, and what to tell customers"),
            Self::DeclareOutage => term("A lead says which systems are down"),
            Self::EndOutage => term("A lead says that the systems are back"),
            Self::TakeBack => term("Takes the newest line back"),
            Self::VoidLine => term("Takes the chosen line back"),
            Self::CancelSale => term("Gives the whole sale up, after a question"),
            Self::ConfirmCancel => term("Yes, give the sale up"),
            Self::Check => term("Takes a check; key an amount first for a part"),
            Self::Drawer => term("Drop, loan, no sale; counts the drawer and closes the shift"),
            Self::Price => term("Price of the chosen line, or of the yellow one that waits"),
            Self::Hold => term("Puts the sale aside; without one, shows those that wait"),
            Self::CardAside => term("The terminal hangs: puts the sale aside as perhaps paid"),
            Self::Recall => term("Shows the sales that were put aside"),
            Self::Return => term("Takes items back against a receipt"),
            Self::Copy => term("Prints the last receipt again, marked as a copy"),
            Self::VoidSale => term("Takes the whole sale of a receipt back"),
            Self::More => term("Everything that has no key of its own"),
            Self::Store => term("Stock, deliveries, pickups, hours, the cash office and more"),
            Self::Cash => term("Goes to payment; there, takes exactly what is due"),
            Self::Train => term("To a journal in which nothing counts, and back"),
            Self::SignOut => term("Locks the register; a sale stays as it is"),
            Self::LineUp => term("Chooses the line above"),
            Self::LineDown => term("Chooses the line below"),
            Self::Language => term("Changes the language of the window"),
            Self::Colors => term("Light, dark, or the strongest contrast"),
            Self::Customer => term("A second window for the customer: off, a window, its screen"),
            Self::FindItem => term("Finds an item by words of its name"),
            Self::PriceCheck => term("Shows a price large and adds nothing"),
            Self::FastItems => term("Items without a bar code, with pictures"),
            Self::PageUp => term("Goes a page up in a list"),
            Self::PageDown => term("Goes a page down in a list"),
            Self::RainCheck => term("Promises what was refused, or redeems a promise"),
        }
    }

    /// The key, with the modifiers it needs.
    pub const fn shortcut(self) -> (Modifiers, Key) {
        const NONE: Modifiers = Modifiers::NONE;
        match self {
            Self::Back => (NONE, Key::Escape),
            Self::Help => (NONE, Key::F1),
            Self::DeclareOutage => (Modifiers::CTRL, Key::O),
            Self::EndOutage => (Modifiers::CTRL.plus(Modifiers::SHIFT), Key::O),
            Self::TakeBack => (NONE, Key::F5),
            Self::VoidLine => (NONE, Key::F6),
            Self::CancelSale => (Modifiers::SHIFT, Key::F6),
            Self::ConfirmCancel => (NONE, Key::Delete),
            Self::Check => (NONE, Key::F9),
            Self::Drawer => (NONE, Key::F10),
            Self::Price => (NONE, Key::F4),
            Self::Hold => (NONE, Key::F7),
            Self::CardAside => (Modifiers::CTRL, Key::K),
            Self::Recall => (Modifiers::SHIFT, Key::F7),
            Self::Return => (NONE, Key::F8),
            Self::VoidSale => (Modifiers::SHIFT, Key::F8),
            Self::Copy => (Modifiers::CTRL, Key::P),
            Self::More => (NONE, Key::F11),
            Self::Store => (Modifiers::SHIFT, Key::F11),
            Self::Cash => (NONE, Key::F12),
            Self::Train => (Modifiers::CTRL.plus(Modifiers::SHIFT), Key::T),
            Self::SignOut => (Modifiers::CTRL, Key::L),
            Self::LineUp => (NONE, Key::ArrowUp),
            Self::LineDown => (NONE, Key::ArrowDown),
            Self::Language => (Modifiers::CTRL, Key::E),
            Self::Colors => (Modifiers::CTRL, Key::T),
            Self::Customer => (Modifiers::CTRL, Key::D),
            Self::FindItem => (NONE, Key::F2),
            Self::PriceCheck => (Modifiers::SHIFT, Key::F2),
            Self::FastItems => (NONE, Key::F3),
            Self::PageUp => (NONE, Key::PageUp),
            Self::PageDown => (NONE, Key::PageDown),
            Self::RainCheck => (Modifiers::CTRL, Key::R),
        }
    }

    /// The key's name as it stands on keyboards.
    pub const fn key_name(self) -> &'static str {
        match self {
            Self::Back => "Esc",
            Self::Help => "F1",
            Self::DeclareOutage => "Ctrl O",
            Self::EndOutage => "Ctrl Shift O",
            Self::TakeBack => "F5",
            Self::VoidLine => "F6",
            Self::CancelSale => "Shift F6",
            Self::ConfirmCancel => "Del",
            Self::Check => "F9",
            Self::Drawer => "F10",
            Self::Price => "F4",
            Self::Hold => "F7",
            Self::CardAside => "Ctrl K",
            Self::Recall => "Shift F7",
            Self::Return => "F8",
            Self::Copy => "Ctrl P",
            Self::VoidSale => "Shift F8",
            Self::More => "F11",
            Self::Store => "Shift F11",
            Self::Cash => "F12",
            Self::Train => "Ctrl Shift T",
            Self::SignOut => "Ctrl L",
            Self::LineUp => "Up",
            Self::LineDown => "Down",
            Self::Language => "Ctrl E",
            Self::Colors => "Ctrl T",
            Self::Customer => "Ctrl D",
            Self::FindItem => "F2",
            Self::PriceCheck => "Shift F2",
            Self::FastItems => "F3",
            Self::PageUp => "PgUp",
            Self::PageDown => "PgDn",
            Self::RainCheck => "Ctrl R",
        }
    }

    /// The action of a key with exactly these modifiers.
    ///
    /// Exactly, so that Alt+F4 or Ctrl+F12 mean nothing here.
    pub fn of_key(key: Key, held: Modifiers) -> Option<Self> {
        Self::ALL.into_iter().find(|action| {
            let (wanted, its_key) = action.shortcut();
            its_key == key
                && wanted.shift == held.shift
                && wanted.ctrl == held.ctrl
                && wanted.alt == held.alt
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_actions_share_a_key() {
        for action in Action::ALL {
            let (held, key) = action.shortcut();
            assert_eq!(Action::of_key(key, held), Some(action));
        }
    }

    #[test]
    fn a_key_with_another_modifier_means_nothing() {
        assert_eq!(Action::of_key(Key::F12, Modifiers::CTRL), None);
        assert_eq!(Action::of_key(Key::F6, Modifiers::SHIFT), Some(Action::CancelSale));
        assert_eq!(Action::of_key(Key::F6, Modifiers::ALT), None);
    }

    #[test]
    fn every_action_has_words() {
        for action in Action::ALL {
            assert!(!action.label().is_empty() && !action.key_name().is_empty());
            assert!(action.hint().len() > 15, "{action:?}");
        }
    }
}

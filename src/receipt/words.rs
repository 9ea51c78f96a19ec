//! The words of the program's own that stand on paper, in each language.
//!
//! A table of its own: the window may speak another language than the customer's paper. Names of
//! items, the store's address and its return policy are the store's words and stay as they are.

use serde::{Deserialize, Serialize};

/// A language paper can be printed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $english:literal, $spanish:literal;)*) => {
        /// One of the program's own words on paper.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Word {
            $($(#[$doc])* $name,)*
        }

        impl Word {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// In a language.
            pub const fn in_language(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::English) => $english,
                    (Self::$name, Language::Spanish) => $spanish,)*
                }
            }
        }
    };
}

words! {
    /// The store's number.
    Store: "Store", "Tienda";
    /// The register's number.
    Register: "Register", "Caja";
    /// Who rang it up.
    Cashier: "Cashier", "Cajero";
    /// The sale's number.
    Sale: "Sale", "Venta";
    /// The telephone.
    Phone: "Phone", "Tel.";
    /// Sold while systems are down.
    Outage: "OUTAGE: CASH AND CHECKS ONLY", "SIN SISTEMA: SOLO EFECTIVO Y CHEQUES";
    /// Printed again.
    Copy: "COPY", "COPIA";
    /// Nothing was sold.
    Training: "TRAINING - NOT A RECEIPT", "PRÁCTICA - NO ES UN RECIBO";
    /// Money went back.
    Refund: "REFUND", "DEVOLUCIÓN";
    /// A sale was taken back.
    Void: "VOID", "ANULACIÓN";
    /// The sale it belongs to.
    OfSale: "of sale", "de la venta";
    /// A returned item.
    Returned: "Returned:", "Devuelto:";
    /// The price was keyed.
    PriceKeyed: "price by cashier", "precio del cajero";
    /// The price stands on the package.
    PriceLabel: "price on label", "precio en etiqueta";
    /// The price before it was changed.
    Was: "was", "antes";
    /// The sum of the lines.
    Subtotal: "Subtotal", "Subtotal";
    /// A tax.
    Tax: "Tax", "Impuesto";
    /// What it is taken on.
    TaxOn: "of", "de";
    /// All together.
    Total: "TOTAL", "TOTAL";
    /// Notes and coins.
    Cash: "Cash", "Efectivo";
    /// A check.
    Check: "Check", "Cheque";
    /// A check that goes back to its writer.
    CheckReturned: "Check handed back", "Cheque devuelto";
    /// Above the endorsement of a check.
    Endorsement: "ON THE BACK OF THE CHECK", "AL REVERSO DEL CHEQUE";
    /// No tax is taken, by this certificate.
    Exempt: "Tax exempt, certificate", "Exento de impuesto, certificado";
    /// What was handed back.
    Change: "Change", "Cambio";
    /// What was handed out.
    PaidOut: "Paid out", "Pagado";
    /// To the nearest coin.
    Rounding: "Cash rounding", "Redondeo";
    /// Pieces.
    Items: "Items", "Artículos";
    /// A place to sign.
    Signature: "Customer's signature", "Firma del cliente";
    /// Why.
    Reason: "Reason", "Motivo";
    /// Who allowed it.
    ApprovedBy: "Approved by", "Autorizado por";
    /// The journal's record.
    Record: "Record", "Registro";
    /// One of several codes, each for some of the items.
    ReturnCode: "Code for returns", "Código para devolver";
    /// Cash to the safe.
    Drop: "DROP TO THE SAFE", "RETIRO A LA CAJA FUERTE";
    /// Cash to the office.
    Pickup: "PICKUP", "RECOLECCIÓN";
    /// Change brought.
    Loan: "LOAN TO THE DRAWER", "FONDO AL CAJÓN";
    /// Money that came in otherwise.
    PaidIn: "PAID IN", "ENTRADA DE EFECTIVO";
    /// Money that went out otherwise.
    PaidOutOfDrawer: "PAID OUT", "SALIDA DE EFECTIVO";
    /// The drawer was opened.
    NoSale: "NO SALE", "SIN VENTA";
    /// The next cashier takes the drawer.
    HandOver: "HAND-OVER", "ENTREGA DE CAJA";
    /// A sale waits.
    PutAside: "PUT ASIDE No.", "EN ESPERA No.";
    /// Nothing was paid.
    NotPaid: "Not paid. Scan the code to go on.", "No pagado. Escanee para seguir.";
    /// A shift.
    Shift: "Shift", "Turno";
    /// How many sales.
    Sales: "Sales", "Ventas";
    /// How many refunds.
    Refunds: "Refunds", "Devoluciones";
    /// What the drawer began with.
    Float: "Float", "Fondo inicial";
    /// Cash taken less change.
    CashOfSales: "Cash of sales", "Efectivo de ventas";
    /// Loans and paid in.
    MovedIn: "Brought in", "Entradas";
    /// Drops, pickups, paid out.
    MovedOut: "Taken out", "Salidas";
    /// What should be there.
    CashExpected: "Cash expected", "Efectivo esperado";
    /// What is there.
    CashCounted: "Cash counted", "Efectivo contado";
    /// How many checks.
    CheckCount: "Checks", "Cheques";
    /// What should be there in checks.
    ChecksExpected: "Checks expected", "Cheques esperados";
    /// What is there in checks.
    ChecksCounted: "Checks counted", "Cheques contados";
    /// The difference.
    OverShort: "Over (-: short)", "Sobra (-: falta)";
    /// The cashier signs.
    SignedCashier: "Cashier's signature", "Firma del cajero";
    /// Somebody else signs.
    SignedOther: "Second signature", "Segunda firma";
    /// The batch of a package.
    Batch: "Batch", "Lote";
    /// Coupons that were given back.
    CouponsRefused: "Coupons given back", "Cupones no aceptados";
    /// Gift cards that were given back.
    GiftCardsRefused: "Gift cards given back", "Tarjetas no aceptadas";
    /// A sealed bag.
    Bag: "Bag", "Bolsa";
    /// When a copy was printed.
    PrintedAgain: "Printed again", "Impreso de nuevo";
    /// A rain check with its number.
    RainCheck: "RAIN CHECK No.", "VALE No.";
    /// For a coupon.
    RainCoupon: "For a coupon", "Por un cupón";
    /// For a reward.
    RainReward: "For a reward", "Por una recompensa";
    /// For another price.
    RainPriceMatch: "For a promised price", "Por un precio prometido";
    /// For a gift card.
    RainGiftCard: "For a gift card", "Por una tarjeta de regalo";
    /// So much off.
    RainOff: "Taken off, once", "Se descuenta una vez";
    /// The promised price.
    RainPrice: "Price of one", "Precio de uno";
    /// For so many pieces.
    RainPieces: "For at most", "Para un máximo de";
    /// Its last day.
    RainUntil: "Good until", "Válido hasta";
    /// A register takes it.
    RainAtRegister: "At any register, with this slip", "En cualquier caja, con este vale";
    /// The desk takes it.
    RainAtDesk: "At the service desk, systems back", "En servicio al cliente, con sistema";
    /// Once.
    RainOnce: "Good once. No cash value.", "Vale una vez. Sin valor en efectivo.";
    /// Below a line that honors one.
    RainHonored: "Rain check", "Vale";
}

impl Language {
    /// The language of its code.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::English),
            "es" => Some(Self::Spanish),
            _ => None,
        }
    }

    /// Its ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// A word in this language.
    pub const fn word(self, word: Word) -> &'static str {
        word.in_language(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_there_in_both_and_fits_the_narrowest_paper() {
        for word in Word::ALL {
            for language in [Language::English, Language::Spanish] {
                let text = language.word(*word);
                assert!(!text.is_empty() && text.chars().count() <= 36, "{word:?}");
                assert_eq!(Language::from_code(language.code()), Some(language));
            }
        }
    }
}

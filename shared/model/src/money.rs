//! Money: a decimal amount with its currency. Never a float; a decimal string on the wire.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An amount in a currency. Scale is at most 6 places, as `Decimal(18,6)` in the warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    #[serde(with = "decimal_str")]
    pub amount: Decimal,
    pub currency: Currency,
}

impl Money {
    /// Decimal places kept in the warehouse.
    pub const SCALE: u32 = 6;
}

/// A three-letter currency code, upper case. The alphabet is checked here; whether ISO 4217 lists
/// the code is a matter of validation at central, so that a node never refuses an event for it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a currency is three letters (ISO 4217), for example USD")]
pub struct CurrencyError;

impl Currency {
    pub const USD: Currency = Currency(*b"USD");

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("USD")
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;
    fn from_str(code: &str) -> Result<Self, CurrencyError> {
        match *code.as_bytes() {
            [a, b, c] if code.bytes().all(|b| b.is_ascii_alphabetic()) => {
                Ok(Self([a, b, c].map(|b| b.to_ascii_uppercase())))
            }
            _ => Err(CurrencyError),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(d)?;
        code.parse().map_err(serde::de::Error::custom)
    }
}

/// `#[serde(with = "decimal_str")]`: a decimal as its string, the same in JSON and in bincode.
pub mod decimal_str {
    use std::fmt;

    use rust_decimal::Decimal;
    use serde::{Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(value: &Decimal, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Decimal, D::Error> {
        struct FromText;
        impl de::Visitor<'_> for FromText {
            type Value = Decimal;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number as a string, for example \"0.015\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
                Decimal::from_str_exact(text).map_err(E::custom)
            }
        }
        d.deserialize_str(FromText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_a_decimal_string() {
        let money = Money { amount: Decimal::new(15, 3), currency: "eur".parse().unwrap() };
        let json = serde_json::to_string(&money).unwrap();
        assert_eq!(json, r#"{"amount":"0.015","currency":"EUR"}"#);
        assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        assert!(serde_json::from_str::<Money>(r#"{"amount":0.015,"currency":"EUR"}"#).is_err());
    }

    #[test]
    fn currency_is_three_letters() {
        for bad in ["", "US", "USDT", "U1D", "€€€"] {
            assert!(bad.parse::<Currency>().is_err(), "{bad:?}");
        }
    }
}

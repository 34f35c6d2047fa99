//! Amounts of money as networks write them. Never a float.
//!
//! Rules:
//! - White space around, one currency sign (`$`, `€`, ...) and one ISO code before or after are dropped; a
//!   code, or a sign that only one currency has, names the currency.
//! - Spaces (also narrow and unbreakable ones) and apostrophes group digits by three.
//! - Comma and point both there: the one that comes last is the decimal separator, the other one groups.
//! - One kind, several times: it groups, so `1,234,567` is 1234567.
//! - One kind, once: it is the decimal separator. So `1,234` is 1.234 and not 1234: `12,345` from a network
//!   with cents written to three places must not become a thousandfold. Who means thousands can say `1,234.00`.
//! - Groups must be of three digits, or it is no amount. Neither are signs of a negative, exponents, other
//!   scripts' digits or more than [`MAX_DIGITS`] digits.

use iso_currency::Currency as Iso;
use rust_decimal::Decimal;
use traffoflex_model::{Currency, Money};

/// Significant digits of an amount as it is written.
pub const MAX_DIGITS: usize = 18;
/// Digits before the point that `Decimal(18,6)` holds.
const MAX_WHOLE: Decimal = Decimal::from_parts(0xD4A5_1000, 0xE8, 0, false, 0);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    pub value: Decimal,
    /// Where the text says so itself.
    pub currency: Option<Currency>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    #[error("is not a decimal number")]
    NotANumber,
    #[error("is negative: a chargeback is told by the status, not by the payout")]
    Negative,
    #[error("has more than {MAX_DIGITS} digits")]
    TooManyDigits,
    #[error("must be less than 1000000000000 after the payout factor")]
    TooLarge,
}

/// Currency signs. Several currencies share some of them, and those say nothing.
const SIGNS: &[(char, Option<&str>)] = &[
    ('$', None),
    ('¥', None),
    ('€', Some("EUR")),
    ('£', None),
    ('₽', Some("RUB")),
    ('₴', Some("UAH")),
    ('₹', Some("INR")),
    ('₺', Some("TRY")),
    ('₸', Some("KZT")),
    ('₫', Some("VND")),
    ('₪', Some("ILS")),
    ('₱', Some("PHP")),
    ('₦', Some("NGN")),
    ('₩', None),
    ('฿', Some("THB")),
];

/// Codes of ISO 4217 that no money is in: none, and the one for tests.
const NO_CURRENCY: [&str; 2] = ["XXX", "XTS"];

/// ISO 4217, in any case.
pub fn currency(code: &str) -> Option<Currency> {
    let currency: Currency = code.parse().ok()?;
    let is_money = !NO_CURRENCY.contains(&currency.as_str());
    Iso::from_code(currency.as_str()).filter(|_| is_money).map(|_| currency)
}

pub fn parse(text: &str) -> Result<Amount, AmountError> {
    let (number, currency) = without_currency(text.trim())?;
    let number = match number.strip_prefix('+') {
        Some(number) => number,
        None if number.starts_with(['-', '\u{2212}', '(']) => return Err(negative(number)),
        None => number,
    };
    let (whole, fraction) = split(number)?;
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if whole.len() + fraction.len() > MAX_DIGITS {
        return Err(AmountError::TooManyDigits);
    }
    let plain = format!("0{whole}.{fraction}");
    let value =
        Decimal::from_str_exact(plain.trim_end_matches('.')).map_err(|_| AmountError::TooManyDigits)?;
    Ok(Amount { value, currency })
}

/// The amount times the factor, rounded half away from zero to what the warehouse keeps.
pub fn scaled(value: Decimal, factor: Decimal) -> Result<Decimal, AmountError> {
    let scaled = value.checked_mul(factor).ok_or(AmountError::TooLarge)?;
    let rounded =
        scaled.round_dp_with_strategy(Money::SCALE, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    if rounded >= MAX_WHOLE { Err(AmountError::TooLarge) } else { Ok(rounded.normalize()) }
}

fn negative(number: &str) -> AmountError {
    let inner = number.trim_start_matches(['-', '\u{2212}', '(']).trim_end_matches(')');
    let is_amount = without_currency(inner.trim()).and_then(|(number, _)| split(number)).is_ok();
    if is_amount { AmountError::Negative } else { AmountError::NotANumber }
}

/// The number, and the currency that stands before or behind it.
fn without_currency(text: &str) -> Result<(&str, Option<Currency>), AmountError> {
    let (mut text, mut named) = (text, None);
    if let Some((number, currency)) = code_around(text) {
        (text, named) = (number, Some(currency));
    }
    let sign = |c: char| SIGNS.iter().find(|(sign, _)| *sign == c);
    let around = [
        text.chars().next().and_then(sign).map(|sign| (sign, &text[sign.0.len_utf8()..])),
        text.chars().next_back().and_then(sign).map(|sign| (sign, &text[..text.len() - sign.0.len_utf8()])),
    ];
    if let Some(((_, code), number)) = around.into_iter().flatten().next() {
        text = number.trim();
        named = named.or(code.and_then(currency));
    }
    if text.is_empty() { Err(AmountError::NotANumber) } else { Ok((text, named)) }
}

/// `USD 12` or `12 USD`: three ASCII letters of ISO 4217.
fn code_around(text: &str) -> Option<(&str, Currency)> {
    let before = text.get(..3).and_then(currency).map(|code| (&text[3..], code));
    let from = text.len().checked_sub(3)?;
    let behind = || text.get(from..).and_then(currency).map(|code| (&text[..from], code));
    before.or_else(behind).map(|(number, code)| (number.trim(), code))
}

/// Digits before and behind the decimal separator.
fn split(number: &str) -> Result<(String, &str), AmountError> {
    let (comma, point) = (number.rfind(','), number.rfind('.'));
    let decimal = match (comma, point) {
        (Some(comma), Some(point)) => Some(if comma > point { ',' } else { '.' }),
        (Some(_), None) => (number.matches(',').count() == 1).then_some(','),
        (None, Some(_)) => (number.matches('.').count() == 1).then_some('.'),
        (None, None) => None,
    };
    let (whole, fraction) = match decimal {
        Some(decimal) => number.split_once(decimal).ok_or(AmountError::NotANumber)?,
        None => (number, ""),
    };
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(fraction) {
        return Err(AmountError::NotANumber);
    }
    let whole = ungrouped(whole).ok_or(AmountError::NotANumber)?;
    Ok((whole, fraction))
}

/// Digits without what groups them; None unless the first group is of one to three and the others of three.
fn ungrouped(whole: &str) -> Option<String> {
    let separator =
        |c: char| matches!(c, ',' | '.' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '\u{2019}');
    let mut kinds = whole.chars().filter(|c| separator(*c));
    if let Some(first) = kinds.next()
        && kinds.any(|kind| kind != first)
    {
        return None;
    }
    let mut groups = whole.split(separator);
    let first = groups.next()?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 || !(1..=3).contains(&first.len()) {
            return None;
        }
        digits.push_str(group);
    }
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(digits)
}

#[cfg(test)]
mod tests;
